internal import ArgumentParser
internal import Reading
internal import Time

/// In which time zone times are printed.
struct ZoneOption: ParsableArguments {
    @Flag(help: "Print times in UTC, not in local time.")
    var utc = false

    var zone: TimeZone { utc ? .utc : .current }
}

/// How tables are printed.
struct TableOptions: ParsableArguments {
    @OptionGroup var zone: ZoneOption

    @Option(
        help: ArgumentHelp(
            "Make the table fit so many characters, 0 for whole lines. (default: the terminal's width, else 0)",
            valueName: "characters"))
    var width: Int?

    func validate() throws {
        guard let width, width != 0 else { return }
        guard width >= Paper.leastWidth else {
            throw ValidationError(
                "the width \(width) is too small: \(Paper.leastWidth) is the least, 0 is for whole lines")
        }
    }

    var paper: Paper { .standardOutput(width: width) }

    /// What `--help` says about tables.
    static let explanation = """
        Times are local (TZ), or with '--utc' UTC and have a 'Z'. On a terminal the table fits its width: what is the same \
        in all rows is said once below it, what matters least is left out, and long texts end with an ellipsis; words have \
        colours, unless NO_COLOR is set. Into a pipe or a file each row is one line with all columns and everything in \
        them, for grep and awk; what is not known is a hyphen.
        """
}

internal import ArgumentParser
internal import Diagnostics
internal import Kernel
internal import LeaseStore
internal import Reading

/// `recorder report`.
struct ReportCommand: DatabaseCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Writes a page with plots for a browser, which may be offline.",
        discussion: """
            How full the networks are, how long exchanges took, leases, starts of the server, servers that are not ours, \
            events, packets by type and drops by reason, with plots and tables, in light and in dark colours, also on a \
            telephone. All is in the file index.html, which loads nothing else; no client is named in it. Without \
            '--since' and '--until' it tells of all that is recorded.

            \(TimeExpression.explanation)

            Examples:
              recorder report --output report
              recorder report --output report --since 7d

            \(closing)
            """)

    /// Where Debian's package has it.
    static let standardLibrary = "/usr/share/javascript/chart.js/chart.min.js"

    @ParentCommand var parent: RecorderCommand

    @Option(
        help: ArgumentHelp("The directory for the page; it is made if it is not there.", valueName: "directory"),
        completion: .directory)
    var output: String

    @Option(
        name: .customLong("chart-js"),
        help: ArgumentHelp(
            "Chart.js 3, which draws the plots and becomes part of the page; from Debian's package libjs-chart.js.",
            valueName: "file"),
        completion: .file(extensions: ["js"]))
    var library = Self.standardLibrary

    @OptionGroup var database: DatabaseOption
    @OptionGroup var period: PeriodOptions

    func run() throws {
        let filter = try period.filter()
        do {
            let history = try LeaseReader(path: database.path(in: parent)).history(
                since: filter.since, until: filter.until)
            let page = ReportPage(history: history, madeAt: Int64(clamping: Clock.realtime), library: try readLibrary())
            try makeDirectory()
            let file = output + "/index.html"
            try WholeFile(path: file).write(page.html())
            StandardError.write("recorder: wrote \(file)")
        } catch let error as LeaseStoreError {
            throw Failure.unavailable("\(error)")
        }
    }

    private func readLibrary() throws(Failure) -> String {
        do {
            return String(decoding: try Descriptor.contents(of: library), as: UTF8.self)
        } catch {
            throw .unavailable(
                "cannot draw plots without Chart.js: \(error); install the package libjs-chart.js, or name the file "
                    + "with --chart-js")
        }
    }

    private func makeDirectory() throws(Failure) {
        do { _ = try Directory.make(output) } catch { throw .unavailable("cannot make \(output): \(error)") }
    }
}

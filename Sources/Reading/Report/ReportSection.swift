/// A part of the report: a plot, what it shows, and the numbers.
struct ReportSection: Hashable {
    let title: String
    /// What is shown, and of what.
    let note: String
    /// Nothing when there is nothing to show.
    let plot: Plot?
    let table: Table
    /// Whether there is never a plot.
    var isOnlyTable = false

    /// What the script of the page makes a plot of.
    struct Plot: Hashable, Encodable {
        enum Kind: String, Encodable {
            /// Bars above their labels, one series on the other.
            case bars
            /// Bars beside their labels, one series behind the other.
            case rows
            case lines
        }

        struct Series: Hashable, Encodable {
            let name: String
            /// One for each label; nothing where there was none.
            let values: [Double?]
            /// Whether this is beside what is meant first.
            var isDashed = false
        }

        let kind: Kind
        /// What the values are.
        let unit: String
        let labels: [String]
        let series: [Series]
    }

    /// The first column is of words, the others are of numbers.
    struct Table: Hashable {
        let headings: [String]
        let rows: [[String]]
    }
}

/// How numbers and times are written for people.
enum ReportText {
    /// With commas: `10,000,000`.
    static func number(_ number: Int64) -> String {
        let digits = String(number.magnitude)
        let grouped = digits.enumerated().map { index, digit in
            index > 0 && (digits.count - index).isMultiple(of: 3) ? ",\(digit)" : "\(digit)"
        }
        return (number < 0 ? "-" : "") + grouped.joined()
    }

    /// A time in microseconds as milliseconds, with all there is of it: `43.512`, wherever a start is told of.
    static func exactMilliseconds(_ microseconds: Int64) -> String {
        let rest = String(microseconds.magnitude % 1000)
        let zeros = String(repeating: "0", count: 3 - rest.count)
        return (microseconds < 0 ? "-" : "") + String(microseconds.magnitude / 1000) + "." + zeros + rest
    }

    /// With two decimals; a hyphen for nothing.
    static func milliseconds(_ milliseconds: Double?) -> String {
        guard let milliseconds else { return "-" }
        let hundredths = Int64((milliseconds * 100).rounded())
        let rest = hundredths.magnitude % 100
        return (hundredths < 0 ? "-" : "") + number(Int64(hundredths.magnitude / 100)) + (rest < 10 ? ".0" : ".")
            + "\(rest)"
    }

    /// How long a slot is: `30 minutes`.
    static func duration(_ microseconds: Int64) -> String {
        let seconds = microseconds / 1_000_000
        let units: [(Int64, String)] = [(604_800, "week"), (86_400, "day"), (3600, "hour"), (60, "minute")]
        let (size, name) = units.first { seconds.isMultiple(of: $0.0) } ?? (1, "second")
        return "\(seconds / size) \(name)\(seconds == size ? "" : "s")"
    }
}

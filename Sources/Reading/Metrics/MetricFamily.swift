internal import PrintableText

/// A metric with its samples, in the text format of Prometheus (its documentation, "Exposition formats", version 0.0.4).
struct MetricFamily {
    /// What the numbers are.
    enum Kind: String {
        /// Only grows.
        case counter
        /// Goes up and down.
        case gauge
        /// How many values were below each of some bounds.
        case histogram
    }

    /// One number.
    struct Sample {
        /// What stands behind the name of the family: `_sum`.
        var suffix = ""
        /// Names and values.
        var labels: KeyValuePairs<String, String> = [:]
        let value: Double
    }

    let name: String
    let kind: Kind
    let help: String
    let samples: [Sample]

    /// The lines of the family.
    var text: String {
        let head = "# HELP \(name) \(Self.escaped(help))\n# TYPE \(name) \(kind.rawValue)\n"
        return head + samples.map { "\(name)\($0.suffix)\(Self.text($0.labels)) \(Self.text($0.value))\n" }.joined()
    }

    /// The names that samples are asked for by.
    var sampleNames: Set<String> { Set(samples.map { name + $0.suffix }) }

    private static func text(_ labels: KeyValuePairs<String, String>) -> String {
        guard !labels.isEmpty else { return "" }
        let pairs = labels.map { name, value in
            "\(name)=\"\(escaped(value).split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\""))\""
        }
        return "{\(pairs.joined(separator: ","))}"
    }

    /// Whole numbers are written as such: `12` and not `12.0`.
    private static func text(_ value: Double) -> String {
        Int64(exactly: value).map(String.init) ?? "\(value)"
    }

    /// Backslashes and ends of lines are what the format cannot have; the rest is as in any text for people.
    private static func escaped(_ text: String) -> String {
        String(printable: text).replacing("\\", with: "\\\\")
    }
}

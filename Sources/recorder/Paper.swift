internal import Component
internal import Glibc
internal import Kernel

/// What a table is printed on.
struct Paper: Hashable {
    /// How many characters a line may have; nothing for as many as there are.
    var width: Int?
    /// Whether colours and weights are shown (ECMA-48, SGR).
    var hasColours = false

    /// The least width that a table is made to fit.
    static let leastWidth = 40

    /// Standard output: a terminal's width and colours, and for a pipe or a file whole lines and none.
    ///
    /// - Parameter width: as many characters whatever it is; 0 for whole lines.
    static func standardOutput(width: Int?, environment: [String: String] = ProcessEnvironment.variables) -> Paper {
        let columns = Terminal.width(of: STDOUT_FILENO)
        let isTerminal = columns != nil
        let wanted = width ?? columns.map { $0 == 0 ? 80 : max($0, leastWidth) }
        let mayColour = environment["NO_COLOR"].map(\.isEmpty) ?? true && environment["TERM"] != "dumb"
        return Paper(width: wanted == 0 ? nil : wanted, hasColours: isTerminal && mayColour)
    }

    /// What stands above others.
    func emphasized(_ text: String) -> String { styled(text, "1") }

    /// What matters less.
    func quiet(_ text: String) -> String { styled(text, "2") }

    /// A text in the column with this heading: words that mean well are green, those that mean trouble red.
    func coloured(_ text: String, _ heading: String) -> String {
        guard hasColours else { return text }
        return switch (heading, text) {
        case (_, "-"): quiet(text)
        case ("STATE", "bound"), ("OUTCOME", "ready"), ("MESSAGE", "ACK"): styled(text, "32")
        case ("STATE", "declined"), ("MESSAGE", "NAK"), ("MESSAGE", "DECLINE"): styled(text, "31")
        case ("STATE", _): quiet(text)
        case ("OUTCOME", _): styled(text, "31")
        case ("VERDICT", "forwarded"): text
        case ("VERDICT", _): styled(text, "33")
        default: text
        }
    }

    private func styled(_ text: String, _ parameter: String) -> String {
        hasColours && !text.isEmpty ? "\u{1B}[\(parameter)m\(text)\u{1B}[0m" : text
    }
}

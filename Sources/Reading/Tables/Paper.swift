/// What a table is printed on.
package struct Paper: Hashable {
    /// How many characters a line may have; nothing for as many as there are.
    package var width: Int?
    /// Whether colours and weights are shown (ECMA-48, SGR).
    package var hasColours: Bool

    /// The least width that a table is made to fit.
    package static let leastWidth = 40

    /// Paper of this width; nothing for lines as long as they are.
    package init(width: Int? = nil, hasColours: Bool = false) {
        (self.width, self.hasColours) = (width, hasColours)
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

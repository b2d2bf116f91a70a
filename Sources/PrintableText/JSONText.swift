/// Text as JSON writes it.
///
/// `JSONEncoder` cannot promise the order of members, and the output of programs keeps it.
public enum JSONText {
    /// A string in quotes (RFC 8259, section 7), in which nothing is left that a terminal obeys.
    public static func quoted(_ text: String) -> String {
        let characters = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"", "\\": "\\\(scalar)"
            case "\0"..."\u{1F}": "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: String(scalar)
            }
        }
        return String(printableJSON: "\"\(characters.joined())\"")
    }
}

/// Text as JSON has it, for output whose members are to keep their order, which `JSONEncoder` cannot promise.
public enum JSONText {
    /// A string in quotes (RFC 8259, section 7), without anything that a terminal would obey.
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

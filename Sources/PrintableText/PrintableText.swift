/// Text of others made safe to print: nothing in it is obeyed by a terminal, ends a line, or changes the direction in which
/// the rest is read.
///
/// All text goes through here that people read and others have had a hand in: lines of the log and of servers, tables,
/// pages, labels, the answers of components.
extension Unicode.Scalar {
    /// Whether it is shown, and nothing more.
    ///
    /// Not so the control characters of both sets (ISO 6429: U+0000 to U+001F, U+007F to U+009F), what is invisible and
    /// changes how the rest is shown (general category Cf, such as U+202E, which turns its direction round), and what ends a
    /// line or a paragraph (U+2028, U+2029).
    public var isPrintable: Bool {
        if (0x20...0x7E).contains(value) { return true }
        return switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: false
        default: true
        }
    }
}

extension String {
    /// The text with `\u{9b}` for each scalar that is not printable, but for tabs: these only move to a column.
    ///
    /// Text that is printable stays as it is; so to make it safe twice is to make it safe once.
    public init(printable text: String) {
        self = text.escaping { scalar in
            scalar.isPrintable || scalar == "\t" ? nil : "\\u{\(String(scalar.value, radix: 16))}"
        }
    }

    /// Bytes as text; those that are no UTF-8 are shown as U+FFFD.
    public init(printable bytes: [UInt8]) {
        self.init(printable: String(decoding: bytes, as: UTF8.self))
    }

    /// JSON that says the same with an escape (RFC 8259, section 7) for each scalar that is not printable; ends of lines
    /// stay, for they can only be between values.
    public init(printableJSON json: String) {
        self = json.escaping { scalar in
            guard !scalar.isPrintable, scalar != "\n" else { return nil }
            return String(scalar).utf16.map { unit in
                let digits = String(unit, radix: 16)
                return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }.joined()
        }
    }

    private func escaping(_ escape: (Unicode.Scalar) -> String?) -> String {
        guard !utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { return self }
        return unicodeScalars.reduce(into: "") { text, scalar in
            if let escaped = escape(scalar) { text += escaped } else { text.unicodeScalars.append(scalar) }
        }
    }
}

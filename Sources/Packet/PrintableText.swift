extension String {
    /// Bytes of a stranger as text that is safe to print: printable ASCII stays, a backslash is doubled, and anything
    /// else becomes `\x` and two hexadecimal digits, so that different bytes never look alike.
    public init(escaping bytes: [UInt8]) {
        self = bytes.reduce(into: "") { text, byte in
            switch byte {
            case UInt8(ascii: "\\"): text += "\\\\"
            case 0x20...0x7E: text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += "\\x" + Self.hexadecimalPair(byte)
            }
        }
    }

    /// Bytes as lower-case hexadecimal with colons, the way hardware addresses and client identifiers are written:
    /// `01:02:00:5e:10:00:64`.
    public init(hexadecimal bytes: [UInt8]) {
        self = bytes.map(Self.hexadecimalPair).joined(separator: ":")
    }

    private static func hexadecimalPair(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}

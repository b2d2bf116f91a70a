extension String {
    /// Makes text that is safe to print from the bytes of a stranger.
    ///
    /// Printable ASCII stays, a backslash is doubled, and any other byte becomes `\x` and two hexadecimal digits, so
    /// that different bytes never look alike.
    public init(escaping bytes: [UInt8]) {
        guard bytes.contains(where: { !(0x20...0x7E).contains($0) || $0 == UInt8(ascii: "\\") }) else {
            self = String(decoding: bytes, as: UTF8.self)
            return
        }
        self = bytes.reduce(into: "") { text, byte in
            switch byte {
            case UInt8(ascii: "\\"): text += "\\\\"
            case 0x20...0x7E: text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += "\\x" + Self.hexadecimalPair(byte)
            }
        }
    }

    /// Writes bytes as hardware addresses and client identifiers are written, in lower-case hexadecimal with colons:
    /// `01:02:00:5e:10:00:64`.
    public init(hexadecimal bytes: [UInt8]) {
        let length = bytes.isEmpty ? 0 : bytes.count * 3 - 1
        self = unsafe String(unsafeUninitializedCapacity: length) { text in
            for index in bytes.indices {
                if index > 0 { unsafe text[index * 3 - 1] = UInt8(ascii: ":") }
                unsafe text[index * 3] = Self.hexadecimalDigit(bytes[index] >> 4)
                unsafe text[index * 3 + 1] = Self.hexadecimalDigit(bytes[index] & 0xF)
            }
            return length
        }
    }

    /// Writes a number as tcpdump writes transaction identifiers: `0x3d641164`.
    public init(hexadecimal number: UInt32) {
        self = unsafe String(unsafeUninitializedCapacity: 10) { text in
            (unsafe text[0], unsafe text[1]) = (UInt8(ascii: "0"), UInt8(ascii: "x"))
            for index in 0..<8 {
                unsafe text[2 + index] = Self.hexadecimalDigit(UInt8(number >> (28 - 4 * UInt32(index)) & 0xF))
            }
            return 10
        }
    }

    private static func hexadecimalDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    private static func hexadecimalPair(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}

import PrintableText
import Testing

@Suite struct PrintableTextTests {
    /// All that must never be printed: both sets of control characters, marks of direction, ends of lines.
    private static let obeyed: [Unicode.Scalar] =
        (Array(0x00...0x1F) + Array(0x7F...0x9F) + [
            0xAD, 0x61C, 0x180E, 0x200B, 0x200E, 0x200F, 0x2028, 0x2029, 0xFEFF,
        ]
        + Array(0x202A...0x202E) + Array(0x2066...0x2069) + [0xE0001, 0xE0041]).compactMap(Unicode.Scalar.init)

    @Test func `no scalar that is obeyed is printable, and every other letter is`() {
        for scalar in Self.obeyed { #expect(!scalar.isPrintable, "\(scalar.value)") }
        for scalar in "aZ ~äßø€漢字🙂\u{301}".unicodeScalars { #expect(scalar.isPrintable, "\(scalar.value)") }
    }

    @Test func `what is obeyed becomes its number, and different text stays different`() {
        for scalar in Self.obeyed where scalar != "\t" {
            #expect(String(printable: "a\(scalar)b") == "a\\u{\(String(scalar.value, radix: 16))}b")
        }
        #expect(Set(Self.obeyed.map { String(printable: String($0)) }).count == Self.obeyed.count)
    }

    @Test func `what is printable stays as it is, and so do tabs`() {
        for text in ["", "Büro-PC 7", "a\\u{9b}", "\tsubnet 10.0.0.0", "e\u{301}"] {
            #expect(String(printable: text) == text)
        }
    }

    @Test func `bytes that are no UTF-8 are shown as such`() {
        #expect(String(printable: [0x61, 0x9B, 0x33, 0x31, 0x6D]) == "a\u{FFFD}31m")
        #expect(String(printable: [0xC2, 0x9B, 0x0A]) == "\\u{9b}\\u{a}")
    }

    @Test func `JSON stays JSON`() {
        #expect(
            String(printableJSON: "[\n{\"a\":\"\u{9B}\u{7F}ü\u{202E}\"}\n]")
                == "[\n{\"a\":\"\\u009b\\u007fü\\u202e\"}\n]")
        #expect(String(printableJSON: "\"\u{E0041}\"") == "\"\\udb40\\udc41\"")
    }
}

/// Splits a file into its lines.
///
/// The last line may lack its newline.
struct Lines: Sequence, IteratorProtocol {
    private let bytes: [UInt8]
    private var position = 0
    private var number = 0

    /// The lines of `bytes`.
    ///
    /// - Throws: `TableError.tooLarge` when there are more than `maximum` bytes, before any is looked at.
    init(_ bytes: [UInt8], maximum: Int) throws(TableError) {
        guard bytes.count <= maximum else { throw .tooLarge(maximum: maximum) }
        self.bytes = bytes
    }

    mutating func next() -> Line? {
        guard position < bytes.endIndex else { return nil }
        let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
        defer { position = end + 1 }
        number += 1
        return Line(number: number, text: bytes[position..<end])
    }
}

/// A line and its number, counted from 1.
struct Line {
    let number: Int
    /// The line without its newline.
    let text: ArraySlice<UInt8>

    /// The words of the line.
    ///
    /// Any number of blanks and tabs separates them: the kernel pads and aligns with both.
    var columns: [ArraySlice<UInt8>] {
        text.split { $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: " ") }
    }

    /// Makes the error that says why this line was refused.
    func error(_ reason: String) -> TableError {
        .malformed(line: number, reason: reason)
    }

    /// Makes the error that says what is wrong with `text` in this line, as in "Flags `00G3` is not hexadecimal".
    func error(_ name: String, _ text: ArraySlice<UInt8>, _ fault: String) -> TableError {
        error("\(name) `\(Self.printable(text))` \(fault)")
    }

    /// Reads a decimal number without a sign, as `%u` prints it; nil for any other text.
    static func decimal(_ text: ArraySlice<UInt8>) -> UInt32? {
        guard text.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) else { return nil }
        return UInt32(String(decoding: text, as: UTF8.self))
    }

    /// At most 40 bytes of `text`, with `\x0a` for a byte that is not printable ASCII, so that an error is one line.
    private static func printable(_ text: ArraySlice<UInt8>) -> String {
        let characters = text.prefix(40).map { byte in
            (0x20...0x7E).contains(byte)
                ? String(UnicodeScalar(byte)) : "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return characters.joined() + (text.count > 40 ? "..." : "")
    }
}

extension ArraySlice<UInt8> {
    /// Whether the bytes are this text.
    static func == (left: Self, right: String) -> Bool {
        left.elementsEqual(right.utf8)
    }
}

/// An input of libFuzzer as a source of choices, followed by bytes as they are.
///
/// It never ends: behind the last byte there are zeros.
struct FuzzInput {
    private var bytes: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) {
        self.bytes = bytes[...]
    }

    /// What has not been read yet.
    var rest: [UInt8] { Array(bytes) }

    var isEmpty: Bool { bytes.isEmpty }

    /// The next byte.
    mutating func byte() -> UInt8 { bytes.popFirst() ?? 0 }

    /// A number from eight bytes.
    mutating func number() -> UInt64 {
        (0..<8).reduce(0) { number, _ in number << 8 | UInt64(byte()) }
    }

    /// One of several, by the next byte.
    mutating func choice<Element>(_ elements: [Element]) -> Element {
        elements[Int(byte()) % elements.count]
    }
}

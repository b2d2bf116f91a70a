internal import PrintableText

/// Cuts what a program writes into lines.
///
/// A line longer than 4,096 bytes is cut into several.
struct LineSplitter {
    private var unfinished: [UInt8] = []
    private var finished: [String] = []
    private static let longest = 4_096

    /// Adds what was read.
    mutating func append(_ bytes: [UInt8]) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                finishLine()
            } else {
                unfinished.append(byte)
                if unfinished.count == Self.longest { finishLine() }
            }
        }
    }

    /// Gives the lines that are whole, and the last one too when nothing will follow.
    mutating func take(withUnfinished: Bool) -> [String] {
        if withUnfinished, !unfinished.isEmpty { finishLine() }
        defer { finished.removeAll() }
        return finished
    }

    /// What a terminal would obey is shown instead: the line may end up in one.
    private mutating func finishLine() {
        finished.append(String(printable: unfinished))
        unfinished.removeAll(keepingCapacity: true)
    }
}

public import ArgumentParser

/// A number of bytes as people type it: `500MB`, `2GiB`, or `4096` alone.
///
/// kB, MB, GB and TB are powers of 1000; KiB, MiB, GiB and TiB powers of 1024 (IEC 80000-13).
public struct ByteSize: Hashable, Sendable {
    /// How many bytes.
    public let bytes: Int64

    /// So many bytes.
    public init(bytes: Int64) {
        self.bytes = bytes
    }

    /// Reads a number, and a unit behind it if there is one; nothing for fractions, and for what is beyond 64 bits.
    public init?(_ text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let units: [Substring: Int64] = [
            "": 1, "B": 1, "kB": 1000, "MB": 1_000_000, "GB": 1_000_000_000, "TB": 1_000_000_000_000,
            "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
        ]
        guard let number = Int64(digits), let unit = units[text.dropFirst(digits.count)] else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit)
        guard !overflow else { return nil }
        self.bytes = bytes
    }
}

extension ByteSize: ExpressibleByArgument, CustomStringConvertible {
    /// Reads a command line argument.
    public init?(argument: String) {
        self.init(argument)
    }

    /// In bytes, `2147483648`.
    public var description: String { "\(bytes)" }

    /// In the largest unit of which it is a whole number, `2GiB`.
    public var defaultValueDescription: String {
        let units: [(name: String, bytes: Int64)] = [
            ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
        ]
        guard bytes != 0, let unit = units.first(where: { bytes % $0.bytes == 0 }) else { return description }
        return "\(bytes / unit.bytes)\(unit.name)"
    }
}

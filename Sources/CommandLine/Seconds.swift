public import ArgumentParser

/// A whole number of seconds, an hour at most.
public struct Seconds: Hashable, Sendable {
    /// How many.
    public let value: UInt64

    /// Nothing for more than an hour.
    public init?(_ value: UInt64) {
        guard value <= 3_600 else { return nil }
        self.value = value
    }

    /// The same in microseconds.
    public var microseconds: UInt64 { value * 1_000_000 }
}

extension Seconds: ExpressibleByArgument, ExpressibleByIntegerLiteral {
    /// A number that is written in the source.
    public init(integerLiteral value: UInt64) {
        self.value = value
    }

    /// A number as it stands on a command line.
    public init?(argument: String) {
        guard let value = UInt64(argument) else { return nil }
        self.init(value)
    }

    /// The number.
    public var defaultValueDescription: String { "\(value)" }
}

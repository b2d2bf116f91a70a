public import ArgumentParser

/// A length of time as people type it: `90s`, `1h30m`, `30d`; units are `s`, `m`, `h`, `d`, `w` and `y`, which is 365 days.
public struct TimeSpan: Hashable, Sendable {
    /// How long, in whole seconds; less than ten thousand years for each number with a unit.
    public let seconds: Int64

    /// As many seconds.
    public init(seconds: Int64) {
        self.seconds = seconds
    }

    /// Reads numbers with units behind them, or nothing.
    public init?(_ text: some StringProtocol) {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000]
        var (rest, seconds) = (Substring(text), Int64(0))
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            // Ten thousand years at most: then nothing can overflow.
            guard let number = Int64(digits), let unit = rest.popFirst().flatMap({ units[$0] }),
                number < 320_000_000_000 / unit
            else { return nil }
            seconds += number * unit
        }
        guard !text.isEmpty else { return nil }
        self.seconds = seconds
    }

    /// The same in microseconds.
    public var microseconds: Int64 { seconds * 1_000_000 }
}

extension TimeSpan: ExpressibleByArgument, CustomStringConvertible {
    /// Reads a command line argument.
    public init?(argument: String) {
        self.init(argument)
    }

    /// In seconds, `86400s`.
    public var description: String { "\(seconds)s" }

    /// In the largest unit of which it is a whole number, `30d`.
    public var defaultValueDescription: String {
        let units = [("y", 31_536_000), ("d", 86_400), ("h", 3600), ("m", 60)] as [(name: String, seconds: Int64)]
        guard seconds != 0, let unit = units.first(where: { seconds % $0.seconds == 0 }) else { return description }
        return "\(seconds / unit.seconds)\(unit.name)"
    }
}

internal import Addresses
internal import ArgumentParser
internal import CommandLine
internal import Kernel
internal import Reading
internal import Time

extension TimeExpression {
    /// Takes an option's value.
    static func parse(_ text: String) throws -> TimeExpression {
        guard let time = TimeExpression(text) else {
            throw ValidationError(
                "'\(text)' is not a time: write it as 2026-11-23, 2026-11-23T14:00, 14:00, or 30m, 2h, 7d for ago")
        }
        return time
    }

    /// The time that is meant now, in the local time zone, in microseconds since the Unix epoch.
    fileprivate func resolve(option: String) throws -> Int64 {
        guard let time = resolve(now: Int64(clamping: Clock.realtime), in: .current) else {
            throw ValidationError("there is no such time as that of '--\(option)'")
        }
        return time
    }
}

/// The hardware address of a client as people type it.
struct ClientAddress: ExpressibleByArgument {
    let macAddress: MACAddress

    /// Takes twelve hexadecimal digits in pairs or fours, with colons, hyphens or dots between them, or nothing.
    init?(argument: String) {
        let digits = argument.filter { !":-.".contains($0) }
        guard digits.utf8.count == 12, let number = UInt64(digits, radix: 16), !digits.hasPrefix("+") else {
            return nil
        }
        macAddress = MACAddress(rawValue: number)
    }
}

/// Between which times.
struct PeriodOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Nothing from before this time.", valueName: "time"), transform: TimeExpression.parse)
    var since: TimeExpression?

    @Option(help: ArgumentHelp("Nothing from this time on.", valueName: "time"), transform: TimeExpression.parse)
    var until: TimeExpression?

    /// The rows between the times.
    func filter() throws -> RecordFilter {
        var filter = RecordFilter()
        filter.since = try since?.resolve(option: "since")
        filter.until = try until?.resolve(option: "until")
        if let since = filter.since, let until = filter.until, since >= until {
            throw ValidationError("'--until' is not after '--since'")
        }
        return filter
    }
}

/// About whom.
struct SubjectOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Only what is about this IPv4 address.", valueName: "address"))
    var address: IPv4Address?

    @Option(
        name: .customLong("mac"),
        help: ArgumentHelp("Only what is about the client with this hardware address.", valueName: "mac"))
    var client: ClientAddress?

    /// Whether it is about everybody.
    var isEmpty: Bool { address == nil && client == nil }

    /// Leaves in `filter` only what these options say.
    func narrow(_ filter: inout RecordFilter) {
        filter.address = address
        filter.client = client?.macAddress
    }
}

/// A moment: who had what at that time.
struct MomentOption: ParsableArguments {
    @Option(
        name: .customLong("at"),
        help: ArgumentHelp("Only leases that were held at this time, as '--since' takes it.", valueName: "time"),
        transform: TimeExpression.parse)
    var moment: TimeExpression?

    /// The moment in microseconds since the Unix epoch.
    func time() throws -> Int64? { try moment?.resolve(option: "at") }
}

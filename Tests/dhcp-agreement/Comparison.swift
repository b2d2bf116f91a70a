import Addresses

/// What the server had in its file when a conversation was over.
struct Sample: Sendable {
    /// Of which conversation it is.
    var number: Int
    /// The question whose answer came then.
    var question: UInt32
    /// In microseconds since the Unix epoch, as the record has it: when that answer was captured.
    var time: Int64 = 0
    var leases: [IPv4Address: Holding]
}

/// A row of `leases`.
struct RecordedLease: Sendable {
    var address: IPv4Address
    var holder: String
    var boundAt: Int64
    /// When somebody lost it, or will: `ended_at` or `expires_at`.
    var until: Int64?
    var expiresAt: Int64?
    var isBound: Bool
}

/// Where the record and the server's file are not of one mind.
struct Difference: Sendable, CustomStringConvertible {
    var number: Int
    /// In microseconds since the Unix epoch.
    var time: Int64
    var address: IPv4Address
    var server: String
    var record: String

    func isSame(as other: Difference) -> Bool { server == other.server && record == other.record }

    var description: String {
        "after \(number) at \(address), \(time): the server has \(server), leases has \(record)"
    }
}

/// Compares what was in the server's file at each moment with what the record says of it.
enum Comparison {
    /// Servers count whole seconds, and look at the clock when the packet comes or a moment later.
    private static let precision: Int64 = 2_000_000

    static func differences(_ samples: [Sample], _ rows: [RecordedLease]) -> [Difference] {
        let rows = Dictionary(grouping: rows, by: \.address).mapValues { $0.sorted { $0.boundAt < $1.boundAt } }
        let found = Subject.pool.flatMap { address in
            differences(samples, rows[address] ?? [], at: address)
        }
        return found.sorted { $0.number < $1.number }
    }

    private static func differences(
        _ samples: [Sample], _ rows: [RecordedLease], at address: IPv4Address
    ) -> [Difference] {
        var found: [Difference] = []
        var last: Difference?
        var told: Difference?
        var next = 0
        for sample in samples {
            while next < rows.count, rows[next].boundAt <= sample.time { next += 1 }
            let row = next > 0 ? rows[next - 1] : nil
            let holding = sample.leases[address]
            guard !isEnding(holding?.expiresAt.map { $0 * 1_000_000 }, at: sample.time),
                !isEnding(row?.expiresAt, at: sample.time)
            else { continue }
            let isHeld = (holding?.expiresAt.map { $0 * 1_000_000 > sample.time } ?? (holding != nil))
            let server = isHeld ? holding?.holder : nil
            let record = row.flatMap { $0.until ?? .max > sample.time ? $0.holder : nil }
            guard server != record else {
                last = nil
                continue
            }
            let difference = Difference(
                number: sample.number, time: sample.time, address: address, server: server ?? "nobody",
                record: record ?? "nobody")
            // It is told once for as long as it stays the same, and when it has stayed: dhcpd writes what it does with a
            // lease that was released a moment later.
            if let last, last.isSame(as: difference), told?.number != last.number { found.append(last); told = last }
            if last?.isSame(as: difference) != true { last = difference }
        }
        if let sample = samples.last, let row = rows.last, row.isBound, let holding = sample.leases[address],
            last == nil
        {
            found += time(holding, row, sample)
        }
        return found
    }

    /// Until when, at the end.
    private static func time(_ holding: Holding, _ row: RecordedLease, _ sample: Sample) -> [Difference] {
        // dhcpd counts to the end of 2038's 32 bits, and says never of that.
        let end = row.expiresAt.flatMap { abs($0 - Int64(Int32.max) * 1_000_000) <= precision ? nil : $0 }
        let (server, record) = (holding.expiresAt.map { $0 * 1_000_000 }, end)
        switch (server, record) {
        case (nil, nil): return []
        case (let server?, let record?) where abs(server - record) <= precision: return []
        default:
            return [
                Difference(
                    number: sample.number, time: sample.time, address: row.address,
                    server: "it until \(server.map(String.init) ?? "ever")",
                    record: "it until \(record.map(String.init) ?? "ever")")
            ]
        }
    }

    private static func isEnding(_ end: Int64?, at time: Int64) -> Bool {
        end.map { abs($0 - time) <= precision } ?? false
    }
}

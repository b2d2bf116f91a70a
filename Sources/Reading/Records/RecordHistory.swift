internal import GRDB
package import LeaseStore
internal import Messages

/// What was recorded in a period, as numbers over time.
///
/// However many records there are, the numbers are few enough to be plotted.
package struct RecordHistory: Hashable, Sendable {
    /// How long the exchanges took that began in a slot, in milliseconds.
    package struct Latencies: Hashable, Sendable {
        /// From DISCOVER to OFFER.
        package var discoverToOffer: [Double] = []
        /// From DISCOVER to ACK.
        package var discoverToAck: [Double] = []
        /// From REQUEST to ACK.
        package var requestToAck: [Double] = []
        /// How many exchanges there were, answered or not.
        package var exchanges = 0
        /// How many had no answer.
        package var unanswered = 0
    }

    /// The leases of a LAN.
    package struct Leases: Hashable, Sendable {
        /// The LAN.
        package let interface: String
        /// How many were given in each slot, renewals not counted.
        package let given: [Int64]
        /// How many were held at the end of each slot; of the last one, at the end of the period.
        package let held: [Int64]
    }

    /// Packets of a type.
    package struct Packets: Hashable, Sendable {
        /// `DISCOVER` and so on; empty for packets without a type, `other` for those that RFC 2131 does not know.
        package let messageType: String
        /// How many there were in each of the slots of `hours`.
        package let counts: [Int64]
        /// How many of them were forwarded.
        package let forwarded: Int64
    }

    /// Packets that were dropped for one reason.
    package struct Drops: Hashable, Sendable {
        /// The reason.
        package let reason: String
        /// How many.
        package let packets: Int64
        /// When the hour began in which the last was dropped, in microseconds since the Unix epoch.
        package let lastHour: Int64
    }

    /// The starts of one server.
    package struct Starts: Hashable, Sendable {
        /// `lan` or `runtime`.
        package let uplink: String
        /// The command line of the server.
        package let serverCommand: String
        /// How many there were.
        package let count: Int64
        /// After how many the server was ready.
        package let ready: Int64
        /// How long those took on average, in milliseconds.
        package let mean: Double?
        /// How long the shortest of those took, in milliseconds.
        package let shortest: Double?
        /// How long the longest of those took, in milliseconds.
        package let longest: Double?
    }

    /// From when until when, in microseconds since the Unix epoch.
    package let period: Range<Int64>
    /// The slots of exchanges and leases.
    package let slots: TimeSlots
    /// The slots of packets, which are counted by the hour: whole hours.
    package let hours: TimeSlots
    /// The newest `startLimit` starts after which the server was ready, the newest last.
    package let newestStarts: [RecordTotals.Start]
    /// All starts, by server; those of at most 20 servers.
    package let starts: [Starts]
    /// The exchanges that began within the first `packetLimit` packets of each slot.
    package let latencies: [Latencies]
    /// The leases, by LAN.
    package let leases: [Leases]
    /// The packets, by type.
    package let packets: [Packets]
    /// The packets that were dropped, by reason, most first.
    package let drops: [Drops]
    /// The events without those of other servers, by kind, the newest first; `eventLimit` of them.
    package let events: [Events]
    /// Other DHCP servers that were heard, the last first; `eventLimit` of them.
    package let foreignServers: [Events]
    /// How full each network is at the time of the report.
    package let networks: [NetworkUse]
    /// How many records were lost on the way to the database.
    package let recordsLost: Int64

    /// How many starts are listed one by one: as many as the paper's Figure 12 has.
    package static let startLimit = 50
    /// How many packets of a slot are searched for exchanges.
    package static let packetLimit = 400

    init(_ database: Database, _ period: Range<Int64>) throws {
        self.period = period
        slots = TimeSlots(covering: period)
        hours = TimeSlots(covering: period, shortest: TimeSlots.hour)
        var filter = RecordFilter()
        (filter.since, filter.until) = (period.lowerBound, period.upperBound)
        let started = filter.period(of: "started_at")
        newestStarts = try RecordTotals.starts(
            database, where: "outcome = 'ready' AND \(started)", newest: Self.startLimit)
        starts = try Self.starts(database, started)
        latencies = try slots.ranges.map { try Latencies(database, $0.clamped(to: period)) }
        leases = try Self.leases(database, slots, until: min(slots.end, period.upperBound))
        packets = try Self.packets(database, hours)
        drops = try Self.drops(database, hours)
        let happened = filter.period(of: "happened_at")
        events = try Self.events(database, happened)
        foreignServers = try Self.foreignServers(database, happened)
        networks = try NetworkUse.all(database, at: Int64.fetchOne(database, sql: "SELECT \(Schema.now)") ?? 0)
        recordsLost =
            try SQLRequest<Int64>(
                literal: """
                    SELECT sum(amount) FROM events
                    WHERE kind = \(EventKind.recordsLost.rawValue) AND \(happened)
                    """
            ).fetchOne(database) ?? 0
    }
}

extension LeaseReader {
    /// What was recorded in a period, or nothing when it lies before the first record or behind the last.
    ///
    /// - Parameters:
    ///   - since: when it begins, in microseconds since the Unix epoch; never before the first record.
    ///   - until: when it ends, likewise; never behind the last record.
    /// - Throws: `failed`.
    package func history(since: Int64?, until: Int64?) throws(LeaseStoreError) -> RecordHistory? {
        do {
            return try connection.read { database in
                guard let recorded = try RecordHistory.recordedPeriod(database) else { return nil }
                let period = recorded.clamped(to: (since ?? .min)..<(until ?? .max))
                guard !period.isEmpty else { return nil }
                return try RecordHistory(database, period)
            }
        } catch {
            throw LeaseStoreError(error)
        }
    }
}

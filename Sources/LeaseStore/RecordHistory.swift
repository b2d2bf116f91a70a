internal import GRDB

/// What was recorded in a period, as numbers over time: as many as can be looked at, however many records there are.
public struct RecordHistory: Hashable, Sendable {
    /// How long the exchanges took that began in a slot, in milliseconds.
    public struct Latencies: Hashable, Sendable {
        /// From DISCOVER to OFFER.
        public var discoverToOffer: [Double] = []
        /// From DISCOVER to ACK.
        public var discoverToAck: [Double] = []
        /// From REQUEST to ACK.
        public var requestToAck: [Double] = []
        /// How many exchanges there were, answered or not.
        public var exchanges = 0
        /// How many had no answer.
        public var unanswered = 0
    }

    /// The leases of a LAN.
    public struct Leases: Hashable, Sendable {
        /// The LAN.
        public let interface: String
        /// How many were given in each slot, renewals not counted.
        public let given: [Int64]
        /// How many were held at the end of each slot; of the last one, at the end of the period.
        public let held: [Int64]
    }

    /// Packets of a type.
    public struct Packets: Hashable, Sendable {
        /// `DISCOVER` and so on; empty for packets without a type, `other` for those that RFC 2131 does not know.
        public let messageType: String
        /// How many there were in each of the slots of `hours`.
        public let counts: [Int64]
        /// How many of them were forwarded.
        public let forwarded: Int64
    }

    /// Packets that were dropped for one reason.
    public struct Drops: Hashable, Sendable {
        /// The reason.
        public let reason: String
        /// How many.
        public let packets: Int64
        /// When the hour began in which the last was dropped, in microseconds since the Unix epoch.
        public let lastHour: Int64
    }

    /// The starts of one server.
    public struct Starts: Hashable, Sendable {
        /// `lan` or `runtime`.
        public let uplink: String
        /// The command line of the server.
        public let serverCommand: String
        /// How many there were.
        public let count: Int64
        /// After how many the server was ready.
        public let ready: Int64
        /// How long those took on average, in milliseconds.
        public let mean: Double?
        /// How long the shortest of those took, in milliseconds.
        public let shortest: Double?
        /// How long the longest of those took, in milliseconds.
        public let longest: Double?
    }

    /// From when until when, in microseconds since the Unix epoch.
    public let period: Range<Int64>
    /// The slots of exchanges and leases.
    public let slots: TimeSlots
    /// The slots of packets, which are counted by the hour: whole hours.
    public let hours: TimeSlots
    /// The newest `startLimit` starts after which the server was ready, the newest last.
    public let newestStarts: [RecordTotals.Start]
    /// All starts, by server; those of at most 20 servers.
    public let starts: [Starts]
    /// The exchanges that began within the first `packetLimit` packets of each slot.
    public let latencies: [Latencies]
    /// The leases, by LAN.
    public let leases: [Leases]
    /// The packets, by type.
    public let packets: [Packets]
    /// The packets that were dropped, by reason, most first.
    public let drops: [Drops]
    /// The events but for other servers, by kind, the newest first; `eventLimit` of them.
    public let events: [Events]
    /// Other DHCP servers that were heard, the last first; `eventLimit` of them.
    public let foreignServers: [Events]
    /// How full each network is at the time of the report.
    public let networks: [NetworkUse]
    /// How many records were lost on the way to the database.
    public let recordsLost: Int64

    /// How many starts are told one by one: as many as the paper's Figure 12 has.
    public static let startLimit = 50
    /// How many packets of a slot are searched for exchanges.
    public static let packetLimit = 400

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
                    SELECT sum(CAST(detail AS INTEGER)) FROM events
                    WHERE kind = 'records-lost' AND \(happened)
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
    public func history(since: Int64?, until: Int64?) throws(LeaseStoreError) -> RecordHistory? {
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

public import Addresses

/// Something to be stored.
public enum Record: Hashable, Sendable {
    /// A frame and what became of it.
    case packet(PacketRecord)
    /// A start of the DHCP server.
    case start(StartRecord)
    /// Something worth knowing.
    case event(EventRecord)
    /// Frames that were no DHCP and were dropped.
    case drops(DropRecord)
    /// A flow through a door that has ended.
    case flow(FlowRecord)
}

/// How many frames that were no DHCP were dropped for a reason, since the last record of it.
public struct DropRecord: Hashable, Sendable {
    /// When this was told, in microseconds since the Unix epoch.
    public let countedAt: UInt64
    /// The LAN.
    public let interface: InterfaceName
    /// Which way they travelled.
    public let direction: Direction
    /// How many.
    public let count: UInt32
    /// Why: a verdict, or what they were, such as `udp/53`.
    public let reason: String

    /// The record of so many frames.
    public init(countedAt: UInt64, interface: InterfaceName, direction: Direction, count: UInt32, reason: String) {
        self.countedAt = countedAt
        self.interface = interface
        self.direction = direction
        self.count = count
        self.reason = reason
    }
}

/// A frame and what became of it.
public struct PacketRecord: Hashable, Sendable {
    /// When it was received, in microseconds since the Unix epoch.
    public let capturedAt: UInt64
    /// The LAN.
    public let interface: InterfaceName
    /// Which way it travelled.
    public let direction: Direction
    /// What became of it.
    public let verdict: Verdict
    /// The Ethernet frame; at most 65,535 bytes.
    public let frame: [UInt8]

    /// The record of one frame.
    public init(
        capturedAt: UInt64, interface: InterfaceName, direction: Direction, verdict: Verdict, frame: [UInt8]
    ) {
        self.capturedAt = capturedAt
        self.interface = interface
        self.direction = direction
        self.verdict = verdict
        self.frame = frame
    }
}

/// A start of the DHCP server, with how long each phase took.
public struct StartRecord: Hashable, Sendable {
    /// When the start began, in microseconds since the Unix epoch.
    public var startedAt: UInt64
    /// How packets come in and go out: `lan` or `runtime`.
    public var uplink: String
    /// The command line of the server.
    public var serverCommand: String
    /// The process of the server, seen from the agent's namespace; 0 if it could not be started.
    public var serverPID: UInt32
    /// `ready`, or why it did not become ready.
    public var outcome: String
    /// How long it took.
    public var phases = Phases()

    /// How long each phase of a start took that was reached, in microseconds of the monotonic clock.
    public struct Phases: Hashable, Sendable {
        /// Reading the routing table and deciding, in discovery's own process.
        public var discovery: UInt32?
        /// Making both network namespaces.
        public var namespace: UInt32?
        /// Making the interfaces, addresses, routes and packet sockets.
        public var link: UInt32?
        /// Starting the server's process, until its program is loaded.
        public var spawn: UInt32?
        /// From then until the server has bound its socket.
        public var ready: UInt32?
        /// From the beginning of the start until the server has bound its socket.
        public var total: UInt32?

        /// Those of a start of which nothing has been measured yet.
        public init() {}

        /// All of them, one after the other as they come, the total at the end.
        public var durations: [UInt32?] { [discovery, namespace, link, spawn, ready, total] }
    }

    /// A start of which nothing has been measured yet.
    public init(startedAt: UInt64, uplink: String, serverCommand: String) {
        self.startedAt = startedAt
        self.uplink = uplink
        self.serverCommand = serverCommand
        serverPID = 0
        outcome = ""
    }
}

/// Something worth knowing: a restart, a gap, a foreign DHCP server.
public struct EventRecord: Hashable, Sendable {
    /// When, in microseconds since the Unix epoch.
    public let happenedAt: UInt64
    /// What, as words with hyphens: `server-exited`; of components of ours an `EventKind`.
    public let kind: String
    /// The particulars in words.
    public let detail: String

    /// An event of the component that sends it.
    public init(happenedAt: UInt64, kind: EventKind, detail: String) {
        self.init(happenedAt: happenedAt, kind: kind.rawValue, detail: detail)
    }

    /// An event of whoever calls it so.
    public init(happenedAt: UInt64, kind: String, detail: String) {
        self.happenedAt = happenedAt
        self.kind = kind
        self.detail = detail
    }
}

/// Records that travel and are stored together.
public struct RecordBatch: Hashable, Sendable {
    /// Whose records they are.
    public let source: ComponentName
    /// A random number that the source chose when it began: its sequence numbers start again with it.
    public let instance: UInt64
    /// 1 for the first batch of an instance, then one more each.
    public let sequence: UInt64
    /// How many records were thrown away between the batch before and this one, because the recorder was away for
    /// longer than the source could remember.
    public let lost: UInt32
    /// The records in the order in which things happened.
    public let records: [Record]

    /// One batch.
    public init(source: ComponentName, instance: UInt64, sequence: UInt64, lost: UInt32, records: [Record]) {
        self.source = source
        self.instance = instance
        self.sequence = sequence
        self.lost = lost
        self.records = records
    }
}

/// Says that all batches of an instance up to a sequence number are stored.
public struct Acknowledgement: Hashable, Sendable {
    /// The instance whose batches are meant.
    public let instance: UInt64
    /// The last batch that is stored.
    public let sequence: UInt64

    /// The acknowledgement of everything up to `sequence`.
    public init(instance: UInt64, sequence: UInt64) {
        self.instance = instance
        self.sequence = sequence
    }

    init(reading reader: inout FieldReader) throws(MessageError) {
        instance = try reader.integer(UInt64.self)
        sequence = try reader.integer(UInt64.self)
    }

    func write(to bytes: inout [UInt8]) {
        bytes.appendInteger(instance)
        bytes.appendInteger(sequence)
    }
}

/// Who gets the requests, and whose replies go out, where there is a second server (`netns-agent --standby`).
///
/// On the wire it is a number: 0 nobody, that of the server, or 3 draining (docs/protocol.md).
public enum Destination: Hashable, Sendable {
    /// No server: requests are kept for the next one, and what a server sends is dropped.
    case nobody
    /// This one.
    case server(ServerPlace)
    /// The one that serves until now gets nothing new, but may still answer; afterwards the relay says `drained`.
    case draining

    init(reading reader: inout FieldReader) throws(MessageError) {
        let number = try reader.integer(UInt8.self)
        switch (number, ServerPlace(rawValue: number)) {
        case (0, _): self = .nobody
        case (_, let place?): self = .server(place)
        case (3, _): self = .draining
        default: throw .invalidField("destination")
        }
    }

    /// Its number on the wire.
    var number: UInt8 {
        switch self {
        case .nobody: 0
        case .server(let place): place.rawValue
        case .draining: 3
        }
    }
}

/// Which of two servers is meant: in messages, in the programs, and to people.
///
/// The number is the code on the wire (docs/protocol.md).
public enum ServerPlace: UInt8, CaseIterable, Sendable {
    /// The one that is started first.
    case first = 1
    /// The one that succeeds it.
    case standby = 2

    init(reading reader: inout FieldReader) throws(MessageError) {
        guard let place = try Self(rawValue: reader.integer(UInt8.self)) else { throw .invalidField("place") }
        self = place
    }

    /// The one of the two that is not this one.
    public var other: ServerPlace { self == .first ? .standby : .first }
}

extension ServerPlace: CustomStringConvertible {
    /// Its name: `first` or `standby`.
    public var description: String { self == .first ? "first" : "standby" }
}

/// From when on a server that answers nobody is looked at.
public struct SilenceThreshold: Hashable, Sendable {
    /// How long clients have waited, in microseconds; more than 0.
    public let duration: UInt64
    /// How many different clients; at least 1.
    public let clients: UInt32

    /// A threshold, or nothing when it is none.
    public init?(duration: UInt64, clients: UInt32) {
        guard duration > 0, clients > 0 else { return nil }
        self.duration = duration
        self.clients = clients
    }

    init(reading reader: inout FieldReader) throws(MessageError) {
        let duration = try reader.integer(UInt64.self)
        guard let threshold = try Self(duration: duration, clients: reader.integer(UInt32.self)) else {
            throw .invalidField("threshold")
        }
        self = threshold
    }

    func write(to bytes: inout [UInt8]) {
        bytes.appendInteger(duration)
        bytes.appendInteger(clients)
    }
}

/// What the relay sees of a server that answers none of the clients that it knows.
public struct Silence: Hashable, Sendable {
    /// What is done about it.
    public enum Stage: UInt8, CaseIterable, Sendable {
        /// The server is given nothing until it is known whether it reads.
        case asked = 0
        /// It was given their questions when it had read everything, and has not answered.
        case unanswered = 1
        /// It has answered one of them meanwhile.
        case answered = 2
    }

    /// How many different clients wait.
    public let clients: UInt32
    /// For how long they all do, in microseconds.
    public let duration: UInt64
    /// What is done about it.
    public let stage: Stage

    /// A silence.
    public init(clients: UInt32, duration: UInt64, stage: Stage) {
        self.clients = clients
        self.duration = duration
        self.stage = stage
    }

    init(reading reader: inout FieldReader) throws(MessageError) {
        clients = try reader.integer(UInt32.self)
        duration = try reader.integer(UInt64.self)
        guard let stage = try Stage(rawValue: reader.integer(UInt8.self)) else { throw .invalidField("stage") }
        self.stage = stage
    }

    func write(to bytes: inout [UInt8]) {
        bytes.appendInteger(clients)
        bytes.appendInteger(duration)
        bytes.append(stage.rawValue)
    }
}

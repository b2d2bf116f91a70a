/// What kind of message a datagram holds; the number is its code on the wire (docs/protocol.md).
public enum MessageKind: UInt8, CaseIterable, Sendable {
    /// The networks that the host belongs to: discovery to netns-agent.
    case networks = 1
    /// Sockets to forward between: netns-agent to relay, with descriptors. Interfaces to make: netns-agent to who holds
    /// a namespace; that they are made: its answer, with descriptors.
    case links = 2
    /// A channel on which to send records to the recorder: netns-agent to relay, with one descriptor.
    case recordsTo = 3
    /// A channel on which records of a component will come: netns-agent to recorder, with one descriptor.
    case recordsFrom = 4
    /// A batch of records: relay and netns-agent to recorder.
    case records = 5
    /// Records up to a sequence number are stored: recorder to relay and netns-agent.
    case acknowledgement = 6
    /// Asks a component how it is, with one descriptor to answer on.
    case statusRequest = 7
    /// The answer to a status request.
    case status = 8
    /// A network namespace is held for a server that others start: netns-agent hold to netns-agent, with one descriptor.
    case namespace = 9
    /// Whether a server hears clients in that namespace: netns-agent hold to netns-agent.
    case listening = 10
    /// The sockets of a second server: netns-agent to relay, with descriptors.
    case standby = 11
    /// Which server serves: netns-agent to relay.
    case destination = 12
    /// The server has nothing more to answer: relay to netns-agent.
    case drained = 13
    /// The server answers none of the clients that it knows: relay to netns-agent.
    case silence = 14
    /// Asks netns-agent that the other server take over, with one descriptor to answer on.
    case failoverRequest = 15
    /// Memory in which records outlive the relay: netns-agent to relay, with one descriptor.
    case recordsMemory = 16
    /// Whether the server has read everything that it was given: netns-agent to relay.
    case caughtUp = 17
    /// A channel on which flows will come: netns-agent to proxy, with one descriptor.
    case flows = 18
    /// A flow to carry: netns-agent to proxy, with two descriptors.
    case flow = 19
    /// A flow has ended: proxy to netns-agent.
    case flowEnded = 20
    /// All flows of a start of the server are to end: netns-agent to proxy.
    case endFlows = 21
}

/// Why a datagram is not a message.
public enum MessageError: Error, Hashable, Sendable {
    /// Shorter than the fields it must have.
    case tooShort
    /// It does not begin with `MSOK`.
    case wrongMagic
    /// A version of the protocol that this program does not speak.
    case unsupportedVersion(UInt8)
    /// A kind that this program does not know.
    case unknownKind(UInt8)
    /// The length in the header is not that of the datagram, or bytes are left over behind the last field.
    case wrongLength
    /// The field named holds a value that it must not have.
    case invalidField(String)
}

extension MessageError: CustomStringConvertible {
    /// The reason in words.
    public var description: String {
        switch self {
        case .tooShort: "the message is shorter than its fields"
        case .wrongMagic: "the datagram is not a message of middle-sock"
        case .unsupportedVersion(let version): "protocol version \(version) is not \(MessageHeader.version)"
        case .unknownKind(let kind): "message kind \(kind) is unknown"
        case .wrongLength: "the stated length is not the length of the message"
        case .invalidField(let name): "the field '\(name)' is invalid"
        }
    }
}

/// The first twelve bytes of every message.
enum MessageHeader {
    static let magic: UInt32 = 0x4D53_4F4B
    static let version: UInt8 = 1
    static let length = 12
    /// Where the length of the message stands in it.
    static let lengthPosition = 8

    /// Writes the header of a message of `kind` whose length is not known yet; `finish` fills it in.
    static func begin(_ kind: MessageKind, in bytes: inout [UInt8]) {
        bytes.appendInteger(magic)
        bytes.append(version)
        bytes.append(kind.rawValue)
        bytes.appendInteger(UInt16(0))
        bytes.appendInteger(UInt32(0))
    }

    /// Fills in the length of the message that `bytes` holds.
    static func finish(_ bytes: inout [UInt8]) {
        bytes.replaceInteger(at: lengthPosition, with: UInt32(bytes.count))
    }

    /// Reads the header and leaves the reader behind it.
    static func read(_ reader: inout FieldReader) throws(MessageError) -> MessageKind {
        let total = reader.remaining
        guard try reader.integer(UInt32.self) == magic else { throw .wrongMagic }
        let version = try reader.integer(UInt8.self)
        guard version == Self.version else { throw .unsupportedVersion(version) }
        let code = try reader.integer(UInt8.self)
        guard try reader.integer(UInt16.self) == 0 else { throw .invalidField("reserved") }
        guard try Int(reader.integer(UInt32.self)) == total else { throw .wrongLength }
        guard let kind = MessageKind(rawValue: code) else { throw .unknownKind(code) }
        return kind
    }
}

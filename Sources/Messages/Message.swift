/// A datagram between two components (docs/protocol.md).
public enum Message: Hashable, Sendable {
    /// The networks that the host belongs to.
    case networks(Networks)
    /// What is forwarded between, described, and whose ends it leads to; the descriptors travel beside the message. Without
    /// descriptors: what a namespace is to look like.
    case links([Link], of: ServerPlace = .first)
    /// The descriptor beside the message leads to the recorder.
    case recordsTo
    /// The descriptor beside the message is where this component's records will come from.
    case recordsFrom(ComponentName)
    /// Packets, starts and events to be stored.
    case records(RecordBatch)
    /// What was stored.
    case acknowledgement(Acknowledgement)
    /// The descriptor beside the message takes the answer.
    case statusRequest
    /// How a component is.
    case status(Status)
    /// The descriptor beside the message leads to who holds a network namespace for a server that others start.
    case namespace
    /// Whether UDP port 67 is bound in that namespace.
    case listening(Bool)
    /// The descriptors beside the message are the ends of the other server's links: of the one that those of `links` are
    /// not of.
    case standby(SilenceThreshold)
    /// Which server serves from now on.
    case destination(Destination)
    /// The server that is to be drained has answered what it had, or will not.
    case drained
    /// The server answers none of those that it knows.
    case silence(Silence)
    /// Asks that the other server take over; the descriptor beside the message takes the answer.
    case failoverRequest
    /// The descriptor beside the message is memory in which records outlive the relay.
    case recordsMemory
    /// The server has read everything that it was given, or reads and does not come to an end.
    case caughtUp(Bool)
    /// The descriptor beside the message is where flows will come from.
    case flows
    /// The descriptors beside the message are the two sockets of a flow.
    case flow(FlowOrder)
    /// A flow has ended.
    case flowEnded(FlowEnd)
    /// The server that was started under this number has ended, and its flows end with it.
    case endFlows(start: UInt32)

    /// The most bytes that a message may have.
    public static let maximumLength = 65_536

    /// Reads the message in a whole datagram.
    ///
    /// - Throws: `MessageError` for anything that is not exactly one message.
    public init(decoding datagram: [UInt8]) throws(MessageError) {
        var reader = FieldReader(datagram)
        switch try MessageHeader.read(&reader) {
        case .networks: self = try .networks(Networks(reading: &reader))
        case .links: self = try .links(Link.readAll(&reader), of: ServerPlace(reading: &reader))
        case .recordsTo: self = .recordsTo
        case .recordsFrom: self = try .recordsFrom(ComponentName(reading: &reader))
        case .records: self = try .records(RecordBatch(reading: &reader))
        case .acknowledgement: self = try .acknowledgement(Acknowledgement(reading: &reader))
        case .statusRequest: self = .statusRequest
        case .status: self = try .status(Status(reading: &reader))
        case .namespace: self = .namespace
        case .listening: self = try .listening(reader.boolean("listening"))
        case .standby: self = try .standby(SilenceThreshold(reading: &reader))
        case .destination: self = try .destination(Destination(reading: &reader))
        case .drained: self = .drained
        case .silence: self = try .silence(Silence(reading: &reader))
        case .failoverRequest: self = .failoverRequest
        case .recordsMemory: self = .recordsMemory
        case .caughtUp: self = try .caughtUp(reader.boolean("caught-up"))
        case .flows: self = .flows
        case .flow: self = try .flow(FlowOrder(reading: &reader))
        case .flowEnded: self = try .flowEnded(FlowEnd(reading: &reader))
        case .endFlows: self = try .endFlows(start: reader.integer(UInt32.self))
        }
        try reader.finish()
    }

    /// The bytes of the datagram.
    public func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        MessageHeader.begin(kind, in: &bytes)
        switch self {
        case .networks(let networks): networks.write(to: &bytes)
        case .links(let links, let place):
            Link.writeAll(links, to: &bytes)
            bytes.append(place.rawValue)
        case .recordsFrom(let component): bytes.append(component.rawValue)
        case .records(let batch): batch.write(to: &bytes)
        case .acknowledgement(let acknowledgement): acknowledgement.write(to: &bytes)
        case .status(let status): status.write(to: &bytes)
        case .listening(let isListening): bytes.appendBoolean(isListening)
        case .caughtUp(let isDone): bytes.appendBoolean(isDone)
        case .standby(let threshold): threshold.write(to: &bytes)
        case .destination(let destination): bytes.append(destination.number)
        case .silence(let silence): silence.write(to: &bytes)
        case .flow(let order): order.write(to: &bytes)
        case .flowEnded(let end): end.write(to: &bytes)
        case .endFlows(let start): bytes.appendInteger(start)
        case .recordsTo, .statusRequest, .namespace, .drained, .failoverRequest, .recordsMemory, .flows: break
        }
        MessageHeader.finish(&bytes)
        return bytes
    }

    /// The kind of the message, for its header.
    public var kind: MessageKind {
        switch self {
        case .networks: .networks
        case .links: .links
        case .recordsTo: .recordsTo
        case .recordsFrom: .recordsFrom
        case .records: .records
        case .acknowledgement: .acknowledgement
        case .statusRequest: .statusRequest
        case .status: .status
        case .namespace: .namespace
        case .listening: .listening
        case .standby: .standby
        case .destination: .destination
        case .drained: .drained
        case .silence: .silence
        case .failoverRequest: .failoverRequest
        case .recordsMemory: .recordsMemory
        case .caughtUp: .caughtUp
        case .flows: .flows
        case .flow: .flow
        case .flowEnded: .flowEnded
        case .endFlows: .endFlows
        }
    }
}

/// The programs of middle-sock; the number is the code on the wire (docs/protocol.md).
public enum ComponentName: UInt8, CaseIterable, Sendable {
    /// Says which networks the host belongs to.
    case discovery = 1
    /// Makes the namespace and starts the server.
    case netnsAgent = 2
    /// Forwards the frames.
    case relay = 3
    /// Writes the database.
    case recorder = 4
    /// Starts the others.
    case middleSock = 5
    /// Moves the bytes of flows through doors.
    case proxy = 6

    init(reading reader: inout FieldReader) throws(MessageError) {
        guard let name = try Self(rawValue: reader.integer(UInt8.self)) else { throw .invalidField("component") }
        self = name
    }
}

extension ComponentName: CustomStringConvertible {
    /// The name of the executable.
    public var description: String {
        switch self {
        case .discovery: "discovery"
        case .netnsAgent: "netns-agent"
        case .relay: "relay"
        case .recorder: "recorder"
        case .middleSock: "middle-sock"
        case .proxy: "proxy"
        }
    }
}

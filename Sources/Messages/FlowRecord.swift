public import Addresses

/// How a flow through a door came to its end.
public enum FlowEnding: UInt8, CaseIterable, Hashable, Sendable {
    /// Both sides had finished.
    case closed = 1
    /// The server broke it off.
    case resetByServer = 2
    /// The other side broke it off.
    case resetByPeer = 3
    /// Nothing came for as long as a flow may be silent.
    case idle = 4
    /// It was the one that had been silent for longest, and another needed its place.
    case displaced = 5
    /// The side that was connected to refused it.
    case refused = 6
    /// The side that was connected to did not answer.
    case timedOut = 7
    /// There is no way to the side that was connected to.
    case unreachable = 8
    /// The server that it belonged to has ended, or its door.
    case stopped = 9
    /// proxy has ended.
    case lost = 10

    /// What it has become when the kernel says this of one of its sockets.
    ///
    /// - Parameters:
    ///   - isServer: whether it is the socket on the server's side.
    ///   - isConnecting: whether the connection was still being made.
    public init(code: Int32, isServer: Bool, isConnecting: Bool) {
        self =
            switch code {
            case 110: .timedOut
            case 101, 113: .unreachable
            case 111: .refused
            default: isConnecting ? .refused : isServer ? .resetByServer : .resetByPeer
            }
    }
}

extension FlowEnding: CustomStringConvertible {
    /// The words by which people ask for it (`flows.ending`).
    public var description: String {
        switch self {
        case .closed: "closed"
        case .resetByServer: "reset-by-server"
        case .resetByPeer: "reset-by-peer"
        case .idle: "idle"
        case .displaced: "displaced"
        case .refused: "refused"
        case .timedOut: "timed-out"
        case .unreachable: "unreachable"
        case .stopped: "stopped"
        case .lost: "lost"
        }
    }
}

/// Which way a flow was begun, and how it travels.
public enum FlowKind: UInt8, CaseIterable, Hashable, Sendable {
    /// A connection.
    case stream = 1
    /// Datagrams.
    case datagrams = 2
}

/// A flow through a door that has ended; of what went through it, how much.
public struct FlowRecord: Hashable, Sendable {
    /// When it began, in microseconds since the Unix epoch.
    public let beganAt: UInt64
    /// How long it took, in microseconds.
    public let duration: UInt64
    /// The door, as the option that names it: `--publish 7911/tcp`.
    public let door: String
    /// Whether it was a connection.
    public let kind: FlowKind
    /// Whom the server spoke with.
    public let peer: IPv4Address
    /// The port there.
    public let peerPort: UInt16
    /// How many bytes went to the server.
    public let bytesToServer: UInt64
    /// How many bytes came from it.
    public let bytesFromServer: UInt64
    /// How it ended.
    public let ending: FlowEnding

    /// The record of one flow.
    public init(
        beganAt: UInt64, duration: UInt64, door: String, kind: FlowKind, peer: IPv4Address, peerPort: UInt16,
        bytesToServer: UInt64, bytesFromServer: UInt64, ending: FlowEnding
    ) {
        self.beganAt = beganAt
        self.duration = duration
        self.door = door
        self.kind = kind
        self.peer = peer
        self.peerPort = peerPort
        self.bytesToServer = bytesToServer
        self.bytesFromServer = bytesFromServer
        self.ending = ending
    }
}

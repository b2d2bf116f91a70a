public import Messages

/// Where frames of a link arrive.
public enum Origin: Hashable, Sendable {
    /// The host's interface.
    case lan
    /// The end of this server.
    case server(ServerPlace)

    /// The place with this number.
    public init?(number: UInt8) {
        switch (number, ServerPlace(rawValue: number)) {
        case (0, _): self = .lan
        case (_, let place?): self = .server(place)
        default: return nil
        }
    }

    /// Its number: 0, or the server's.
    public var number: UInt8 {
        switch self {
        case .lan: 0
        case .server(let place): place.rawValue
        }
    }

    /// Which way frames from here travel.
    public var direction: Direction { self == .lan ? .toServer : .toClient }
}

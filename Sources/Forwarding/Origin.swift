public import Messages

/// Where frames of a link arrive.
public enum Origin: UInt8, CaseIterable, Sendable {
    /// The host's interface.
    case lan = 0
    /// The server's end.
    case first = 1
    /// The end of a second server (`Succession`).
    case standby = 2

    /// Which way frames from here travel.
    public var direction: Direction { self == .lan ? .toServer : .toClient }
}

internal import Messages

/// Where frames of a link arrive.
enum Origin: UInt8, CaseIterable {
    /// The host's interface.
    case lan = 0
    /// The server's end.
    case first = 1
    /// The end of a second server (`Failover`).
    case standby = 2

    /// Which way frames from here travel.
    var direction: Direction { self == .lan ? .toServer : .toClient }
}

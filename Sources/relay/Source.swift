internal import Forwarding

/// What can wake the relay up.
enum Source: Hashable {
    /// A message at the relay's own socket.
    case inbox
    /// SIGTERM or SIGINT.
    case signals
    /// A message of netns-agent, or its end.
    case control
    /// A message of the recorder, its end, or room for more records.
    case records
    /// The service manager is to be told that the relay works.
    case watchdog
    /// Frames of the link with this number from there.
    case link(Int, Origin)

    private static let firstLink: UInt64 = 16

    /// The number by which the poller knows it.
    var token: UInt64 {
        switch self {
        case .inbox: 0
        case .signals: 1
        case .control: 2
        case .records: 3
        case .watchdog: 4
        case .link(let number, let origin): Self.firstLink + UInt64(number) << 2 + UInt64(origin.number)
        }
    }

    /// The source with this number.
    init?(token: UInt64) {
        switch token {
        case 0: self = .inbox
        case 1: self = .signals
        case 2: self = .control
        case 3: self = .records
        case 4: self = .watchdog
        default:
            guard token >= Self.firstLink, let origin = Origin(number: UInt8(token & 3)) else { return nil }
            self = .link(Int((token - Self.firstLink) >> 2), origin)
        }
    }
}

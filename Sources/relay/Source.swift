internal import Service
internal import Forwarding

/// What can wake the relay up.
enum Source: Hashable, EventSource {
    /// A message of netns-agent, or its end.
    case control
    /// A message of the recorder, its end, or room for more records.
    case records
    /// Frames of the link with this number from there.
    case link(Int, Origin)

    private static let firstLink: UInt64 = 16

    /// The number by which the poller knows it.
    var token: UInt64 {
        switch self {
        case .control: 0
        case .records: 1
        case .link(let number, let origin): Self.firstLink + UInt64(number) << 2 + UInt64(origin.number)
        }
    }

    /// The source with this number.
    init?(token: UInt64) {
        switch token {
        case 0: self = .control
        case 1: self = .records
        default:
            guard token >= Self.firstLink, let origin = Origin(number: UInt8(token & 3)) else { return nil }
            self = .link(Int((token - Self.firstLink) >> 2), origin)
        }
    }
}

internal import Service

/// What can wake the proxy up.
enum Source: Hashable, EventSource {
    /// A message of netns-agent, or its end.
    case control
    /// One of the sockets of the flow in this place.
    case flow(Int, Side)

    private static let firstFlow: UInt64 = 16

    /// The number by which the poller knows it.
    var token: UInt64 {
        switch self {
        case .control: 0
        case .flow(let place, let side): Self.firstFlow + UInt64(place) << 1 + UInt64(side.rawValue)
        }
    }

    /// The source with this number.
    init?(token: UInt64) {
        if token == 0 {
            self = .control
        } else if token >= Self.firstFlow, let side = Side(rawValue: UInt8(token & 1)) {
            self = .flow(Int((token - Self.firstFlow) >> 1), side)
        } else {
            return nil
        }
    }
}

/// One of the two sides of a flow.
enum Side: UInt8, CaseIterable {
    case server = 0
    case peer = 1

    var other: Side { self == .server ? .peer : .server }
}

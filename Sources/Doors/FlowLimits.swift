public import Pacing

/// How much of a door can be used at a time.
///
/// Whoever floods one door takes nothing from the others, nor from DHCP.
public struct FlowLimits: Hashable, Sendable {
    /// How many flows there can be at once.
    public let flows: Int
    /// How many can begin in a second.
    public let rate: UInt64
    /// How long a flow may be silent, in microseconds; nothing for one that has an end of its own.
    public let idle: UInt64?

    /// Those of each door.
    public static func of(_ transport: DoorTransport) -> FlowLimits {
        switch transport {
        case .tcp: FlowLimits(flows: 128, rate: 500, idle: nil)
        case .udp: FlowLimits(flows: 256, rate: 1_000, idle: 60_000_000)
        case .tftp: FlowLimits(flows: 64, rate: 100, idle: 60_000_000)
        }
    }

    /// How many may begin now, as many at once as in half a second.
    public var allowance: TokenBucket { TokenBucket(burst: max(1, rate / 2), rate: rate) }
}

/// The flags of a route, with the names of linux/route.h that /proc/net/route can show.
public struct RouteFlags: OptionSet, Hashable, Sendable {
    /// The bits as the kernel prints them, in hexadecimal.
    public let rawValue: UInt32

    /// Makes the flags from these bits, and keeps bits that have no name here.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    // swift-format-ignore: AlwaysUseLowerCamelCase
    /// The route can be used.
    public static let RTF_UP = RouteFlags(rawValue: 0x0001)
    // swift-format-ignore: AlwaysUseLowerCamelCase
    /// The route leads through a gateway.
    public static let RTF_GATEWAY = RouteFlags(rawValue: 0x0002)
    // swift-format-ignore: AlwaysUseLowerCamelCase
    /// The route leads to one host, and not to a network.
    public static let RTF_HOST = RouteFlags(rawValue: 0x0004)
    // swift-format-ignore: AlwaysUseLowerCamelCase
    /// The route refuses packets.
    ///
    /// The kernel sets this flag for unreachable and prohibit, not for blackhole and throw (`fib_flag_trans`,
    /// net/ipv4/fib_trie.c).
    public static let RTF_REJECT = RouteFlags(rawValue: 0x0200)
}

internal import CLinux

/// A set of privileges that root is divided into (capabilities(7)).
public struct Capabilities: OptionSet, Hashable, Sendable {
    /// A bit for each capability, at the number it has in linux/capability.h.
    public let rawValue: UInt64

    /// The set with these bits.
    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    private init(_ capability: Int32) {
        rawValue = 1 << UInt64(capability)
    }

    /// Change the owner of files.
    public static let chown = Capabilities(CAP_CHOWN)
    /// Read and write files whatever their mode.
    public static let dacOverride = Capabilities(CAP_DAC_OVERRIDE)
    /// Signal the processes of other users.
    public static let kill = Capabilities(CAP_KILL)
    /// Change groups.
    public static let setgid = Capabilities(CAP_SETGID)
    /// Change users.
    public static let setuid = Capabilities(CAP_SETUID)
    /// Give up capabilities for good.
    public static let setpcap = Capabilities(CAP_SETPCAP)
    /// Bind ports below 1024.
    public static let netBindService = Capabilities(CAP_NET_BIND_SERVICE)
    /// Configure interfaces, addresses and routes.
    public static let netAdmin = Capabilities(CAP_NET_ADMIN)
    /// Open packet sockets.
    public static let netRaw = Capabilities(CAP_NET_RAW)
    /// Make and enter namespaces.
    public static let sysAdmin = Capabilities(CAP_SYS_ADMIN)

    /// What the calling thread may do now.
    public static var effective: Capabilities {
        Capabilities(rawValue: clinux_effective_capabilities())
    }

    /// All that there are.
    public static let all = Capabilities(rawValue: .max)

    /// Each of the set that has a name here, by its name in capabilities(7) without `CAP_`.
    public var names: [String] {
        Self.named.filter { contains($0.1) }.map(\.0)
    }

    private static let named: [(String, Capabilities)] = [
        ("CHOWN", .chown), ("DAC_OVERRIDE", .dacOverride), ("KILL", .kill), ("SETGID", .setgid), ("SETUID", .setuid),
        ("SETPCAP", .setpcap), ("NET_BIND_SERVICE", .netBindService), ("NET_ADMIN", .netAdmin), ("NET_RAW", .netRaw),
        ("SYS_ADMIN", .sysAdmin),
    ]
}

/// An IPv4 address of an interface, with all that belongs to it (`struct ifaddrmsg`, linux/if_addr.h).
public struct InterfaceAddress: Hashable, Sendable {
    /// The host's own address (`IFA_LOCAL`).
    public let address: IPv4Address
    /// How many bits of it, or of the peer's address, are those of the network: 0 to 32.
    public let prefixLength: UInt8
    /// The other end of a point-to-point link (`IFA_ADDRESS`); otherwise `address` itself.
    public let peer: IPv4Address
    /// Where directed broadcasts go, if anywhere.
    public let broadcast: IPv4Address?
    /// How far it is known: 0 everywhere, 253 on the link, 254 on the host (`enum rt_scope_t`, linux/rtnetlink.h).
    public let scope: UInt8
    /// What the kernel keeps of how it was made.
    public let flags: Flags
    /// The metric of the route that the kernel makes for its network (`IFA_RT_PRIORITY`); 0 is the kernel's own choice.
    public let metric: UInt32
    /// The name it goes by, `ens34` or `ens34:1`; at most 15 bytes.
    public let label: String

    /// Of the kernel's flags for an address (`IFA_F_...`, linux/if_addr.h), those that make a difference to others.
    public struct Flags: OptionSet, Hashable, Sendable {
        /// The bits, with values of our own.
        public let rawValue: UInt8

        /// Makes the flags from these bits.
        public init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        /// Another address of the same network came first (`IFA_F_SECONDARY`).
        public static let secondary = Flags(rawValue: 1)
        /// The kernel makes no route for its network (`IFA_F_NOPREFIXROUTE`).
        public static let noPrefixRoute = Flags(rawValue: 2)

        static let all: Flags = [.secondary, .noPrefixRoute]
    }

    /// The longest label in bytes, as of an interface's name.
    public static let maximumLabelLength = InterfaceName.maximumLength

    /// Makes the address; nil if the prefix has more than 32 bits, or if the label is too long or has a NUL in it.
    public init?(
        _ address: IPv4Address, prefixLength: UInt8, peer: IPv4Address? = nil, broadcast: IPv4Address? = nil,
        scope: UInt8 = 0, flags: Flags = [], metric: UInt32 = 0, label: String
    ) {
        guard prefixLength <= 32, label.utf8.count <= Self.maximumLabelLength, !label.utf8.contains(0),
            Flags.all.isSuperset(of: flags), broadcast != .unspecified
        else { return nil }
        self.address = address
        self.prefixLength = prefixLength
        self.peer = peer ?? address
        self.broadcast = broadcast
        self.scope = scope
        self.flags = flags
        self.metric = metric
        self.label = label
    }

    /// The network around it; the kernel reckons from the peer.
    public var network: IPv4Network? { IPv4Network(containing: peer, prefixLength: prefixLength) }
}

extension InterfaceAddress: CustomStringConvertible {
    /// The address and the length of its prefix: `192.0.2.2/24`.
    public var description: String {
        peer == address ? "\(address)/\(prefixLength)" : "\(address) peer \(peer)/\(prefixLength)"
    }
}

extension InterfaceAddress {
    /// The host's address in a network, where nothing else is known of it.
    public init(of network: AttachedNetwork) {
        address = network.address
        prefixLength = network.network.prefixLength
        peer = network.address
        broadcast = network.network.prefixLength < 31 ? network.network.broadcastAddress : nil
        (scope, flags, metric) = (0, [], 0)
        label = "\(network.interface)"
    }
}

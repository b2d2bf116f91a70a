/// A network that the host belongs to.
///
/// The namespace of a DHCP server is made to look like it.
public struct AttachedNetwork: Hashable, Sendable {
    /// The host's interface in that network.
    public let interface: InterfaceName
    /// The host's own address; 0.0.0.0 where it has none (`hasAddress`).
    public let address: IPv4Address
    /// The network that `address` lies in.
    public let network: IPv4Network
    /// The router that leads to all other networks, if there is one.
    ///
    /// It lies in `network`.
    public let gateway: IPv4Address?

    /// Makes the network of `prefixLength` bits that contains `address`; nil if the length is above 32, or if the
    /// gateway lies outside of that network.
    public init?(interface: InterfaceName, address: IPv4Address, prefixLength: UInt8, gateway: IPv4Address?) {
        guard let network = IPv4Network(containing: address, prefixLength: prefixLength),
            gateway.map(network.contains) ?? true
        else { return nil }
        self.interface = interface
        self.address = address
        self.network = network
        self.gateway = gateway
    }

    /// An interface that has no address: the host is in no network there, and hears what is sent to all.
    public init(unaddressed interface: InterfaceName) {
        self.interface = interface
        address = .unspecified
        network = IPv4Network(of: .unspecified)
        gateway = nil
    }

    /// Whether the host has an address there.
    public var hasAddress: Bool { address != .unspecified }
}

extension AttachedNetwork: CustomStringConvertible {
    /// The interface, the address and the gateway in one line: `ens34 192.0.2.2/24 via 192.0.2.1`.
    public var description: String {
        guard hasAddress else { return "\(interface) without an address" }
        return "\(interface) \(address)/\(network.prefixLength)" + (gateway.map { " via \($0)" } ?? "")
    }
}

/// A network that the host belongs to: what a DHCP server's namespace must look like.
public struct AttachedNetwork: Hashable, Sendable {
    /// The host's interface in that network.
    public let interface: InterfaceName
    /// The host's own address.
    public let address: IPv4Address
    /// The network that `address` lies in.
    public let network: IPv4Network
    /// The router through which everything else is reached, if there is one; it lies in `network`.
    public let gateway: IPv4Address?

    /// The network of `prefixLength` bits around `address`, or nothing when the length is above 32 or the gateway
    /// lies outside.
    public init?(interface: InterfaceName, address: IPv4Address, prefixLength: UInt8, gateway: IPv4Address?) {
        guard let network = IPv4Network(containing: address, prefixLength: prefixLength),
            gateway.map(network.contains) ?? true
        else { return nil }
        self.interface = interface
        self.address = address
        self.network = network
        self.gateway = gateway
    }
}

extension AttachedNetwork: CustomStringConvertible {
    /// One line as people say it: `ens34 192.0.2.2/24 via 192.0.2.1`.
    public var description: String {
        "\(interface) \(address)/\(network.prefixLength)" + (gateway.map { " via \($0)" } ?? "")
    }
}

public import Addresses

/// What the host is on one LAN, and the server in its namespace with it.
public struct LinkIdentity: Hashable, Sendable {
    /// The Ethernet address of the host's interface.
    public let macAddress: MACAddress
    /// The interface, its address and its network.
    public let network: AttachedNetwork

    /// The host with this Ethernet address in this network.
    public init(macAddress: MACAddress, network: AttachedNetwork) {
        self.macAddress = macAddress
        self.network = network
    }
}

public import Addresses

/// The stations of the LAN on which the frames of the tests travel, the captured ones too.
public enum Station {
    /// The host, and in its namespace the server.
    public static let host = MACAddress(rawValue: 0x0200_5E10_0002)
    /// The host's address; its network is 192.168.50.0/24.
    public static let hostAddress = IPv4Address(192, 168, 50, 2)
    /// What the host sees, where its network has this prefix.
    public static func network(prefixLength: UInt8 = 24) -> AttachedNetwork? {
        InterfaceName("ens34").flatMap {
            AttachedNetwork(interface: $0, address: hostAddress, prefixLength: prefixLength, gateway: routerAddress)
        }
    }
    /// A client.
    public static let client = MACAddress(rawValue: 0x0200_5E10_0064)
    /// The address that the client gets.
    public static let clientAddress = IPv4Address(192, 168, 50, 100)
    /// The router, which is a relay agent for another network.
    public static let router = MACAddress(rawValue: 0x0200_5E10_0001)
    /// The router's address on this LAN.
    public static let routerAddress = IPv4Address(192, 168, 50, 1)
    /// Somebody else on the LAN.
    public static let stranger = MACAddress(rawValue: 0x0200_5E10_00C8)
    /// Somebody else's address.
    public static let strangerAddress = IPv4Address(192, 168, 50, 200)
}

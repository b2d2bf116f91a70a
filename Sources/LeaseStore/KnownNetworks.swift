internal import Addresses

/// The networks of which the server has given addresses, up to a number of them.
struct KnownNetworks: Sendable {
    static let limit = 256

    struct Network: Hashable, Sendable {
        let address: UInt32
        let mask: UInt32

        func contains(_ other: IPv4Address) -> Bool { other.rawValue & mask == address }
    }

    private var networks: [Network] = []

    /// The network of an address.
    subscript(address: IPv4Address) -> Network? { networks.first { $0.contains(address) } }

    /// Remembers the network of an address that the server gives or offers.
    mutating func insert(_ address: IPv4Address, mask: IPv4Address) {
        guard networks.count < Self.limit, self[address] == nil else { return }
        networks.append(Network(address: address.rawValue & mask.rawValue, mask: mask.rawValue))
    }
}

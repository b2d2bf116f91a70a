public import Addresses
public import Messages

/// The host's own addresses: what is sent to any of them is for it, by whichever interface it comes (RFC 1122, section
/// 3.3.4.2, the weak host, as Linux is one), and what it sends may come from any of them.
public struct HostAddresses: Sendable {
    private let first: IPv4Address?
    private let others: Set<IPv4Address>

    /// Those of a host on these links: of their interfaces, and of those that have no link.
    public init(of links: [Link]) {
        let own = links.flatMap { $0.addresses.map(\.address) + [$0.network.address] }.filter { $0 != .unspecified }
        let elsewhere = links.flatMap(\.routes).filter { $0.kind == .local && $0.destination.prefixLength == 32 }
        first = own.first
        others = Set(own.dropFirst() + elsewhere.map(\.destination.address)).subtracting([.unspecified])
    }

    /// Whether it is one of the host's own.
    public func contains(_ address: IPv4Address) -> Bool {
        // Nearly all are the first: that costs no hash.
        address == first || !others.isEmpty && others.contains(address)
    }
}

public import Addresses
import Foundation
import HostNetwork

/// Files that a kernel wrote, see Fixtures/README.md.
struct Fixture {
    let route: [UInt8]
    let trie: [UInt8]

    init(_ name: String) throws {
        route = try Self.bytes("\(name).route")
        trie = try Self.bytes("\(name).fib_trie")
    }

    /// What the fixture's host is found to be attached to.
    func attached(_ interfaces: InterfaceName..., present: Set<InterfaceName> = []) throws -> [String] {
        try HostNetworks.attached(
            routes: RouteTable.parse(route), localAddresses: LocalAddresses.parse(trie), interfaces: interfaces,
            present: present
        ).map(\.description)
    }

    private static func bytes(_ file: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: Bundle.module.bundleURL.appending(path: "Fixtures/\(file)")))
    }
}

/// Names in tests are right, or the test ends here.
extension InterfaceName: ExpressibleByStringLiteral {
    /// The interface of this name.
    public init(stringLiteral name: String) {
        guard let interface = InterfaceName(name) else { preconditionFailure("\(name) is no interface name") }
        self = interface
    }
}

/// Addresses in tests are right, or the test ends here.
extension IPv4Address: ExpressibleByStringLiteral {
    /// The address in dotted decimal.
    public init(stringLiteral text: String) {
        guard let address = IPv4Address(text) else { preconditionFailure("\(text) is no address") }
        self = address
    }
}

/// Networks in tests are right, or the test ends here: `192.0.2.0/24`.
extension IPv4Network: ExpressibleByStringLiteral {
    /// The network of an address whose bits behind the prefix are zero.
    public init(stringLiteral text: String) {
        let parts = text.split(separator: "/")
        guard parts.count == 2, let address = IPv4Address(String(parts[0])), let length = UInt8(parts[1]),
            let network = IPv4Network(containing: address, prefixLength: length), network.address == address
        else { preconditionFailure("\(text) is no network") }
        self = network
    }
}

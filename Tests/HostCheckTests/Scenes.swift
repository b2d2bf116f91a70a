import Addresses
import Foundation
import HostCheck
import Testing

/// Files that nft and ip wrote, see Fixtures/README.md.
enum Fixture {
    static func text(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: Bundle.module.bundleURL.appending(path: "Fixtures/\(name)")))
    }

    static func json(_ name: String) throws -> JSONValue {
        try #require(JSONValue(text("\(name).json")))
    }
}

extension Finding {
    /// `problem: text`.
    var line: String { "\(state): \(text)" }
}

/// The host's network on an interface of this name.
func network(on name: String, gateway: String? = "192.168.50.1") throws -> AttachedNetwork {
    let network = AttachedNetwork(
        interface: try #require(InterfaceName(name)), address: IPv4Address(192, 168, 50, 2), prefixLength: 24,
        gateway: try gateway.map { try #require(IPv4Address($0)) })
    return try #require(network)
}

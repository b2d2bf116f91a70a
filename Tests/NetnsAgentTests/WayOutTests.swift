import Addresses
import Messages
import ServerLife
import Testing

@testable import netns_agent

/// What is other on the host than what its server sees.
@Suite struct WayOutTests {
    private let served: HostSide.State
    private let way: InterfaceName

    init() throws {
        let name = try #require(InterfaceName("ens34"))
        way = try #require(InterfaceName("wan0"))
        let network = try #require(
            AttachedNetwork(interface: name, address: IPv4Address(192, 168, 50, 2), prefixLength: 24, gateway: nil))
        let link = Link(macAddress: MACAddress(2, 0, 0, 0, 0, 1), network: network)
        served = HostSide.State(link: link, index: 2, isUp: true)
    }

    private func wayOut(index: Int32 = 3, _ last: UInt8 = 2, address text: String? = "203.0.113.2") throws
        -> HostSide.State
    {
        let address = text.flatMap { text in
            InterfaceAddress(IPv4Address(text) ?? .unspecified, prefixLength: 24, label: "wan0")
        }
        let link = Link(
            macAddress: MACAddress(2, 0, 0, 0, 0, last), network: AttachedNetwork(unaddressed: way), hasUplink: false,
            addresses: [address].compactMap(\.self), routes: [])
        return HostSide.State(link: link, index: index, isUp: true)
    }

    private func change(from old: [HostSide.State], to new: [HostSide.State]) -> HostChange {
        HostChange(
            from: old, heard: old.map { $0.link.hasUplink ? $0.index : nil }, to: [served.link.network],
            seenAs: new)
    }

    @Test func `another address, another number and its end need no other surroundings`() throws {
        let before = [served, try wayOut()]
        #expect(change(from: before, to: before) == .none)
        let moved = try wayOut(index: 9, address: "198.51.100.7")
        #expect(change(from: before, to: [served, moved]) == .furnishing([served.link, moved.link], networks: nil))
        // One that is gone has no number, and whatever MAC address there is.
        let gone = try wayOut(index: 0, 1, address: nil)
        let empty = before[1].link.with(addresses: [], routes: [])
        #expect(change(from: before, to: [served, gone]) == .furnishing([served.link, empty], networks: nil))
    }

    @Test func `a new way out needs other surroundings, and one with another MAC address none`() throws {
        let networks = [served.link.network, AttachedNetwork(unaddressed: way)]
        #expect(change(from: [served], to: [served, try wayOut()]) == .networks(networks))
        let other = [served, try wayOut(index: 3, 7)]
        #expect(change(from: [served, try wayOut()], to: other) == .none)
    }
}

import Addresses
@testable import LeaseStore
import Testing

/// RELEASE and DECLINE are claims: each server has its own idea of which are true.
///
/// The rows are what AgreementTests have seen the servers do.
@Suite struct LeaseReturnTests {
    /// What a claim differs in from what the holder of the address would say.
    enum Lie: String, CaseIterable, Sendable {
        case nothing, identifier, noIdentifier, hardwareAddress, hardwareType, noServer, otherServer, relay, knownRelay
    }

    private static let server = IPv4Address(192, 168, 50, 2)
    private static let holder = LeaseClient(hardwareAddress: "02:00:5e:10:00:64", identifier: "0a")

    private func isBelieved(_ lie: Lie, _ state: LeaseState, by server: LeaseServer) -> Bool {
        var claim = LeaseReturn(
            address: .first, client: Self.holder, serverIdentifier: Self.server, interface: "ens34", returnedAt: 1,
            state: state)
        switch lie {
        case .nothing: break
        case .identifier: claim.client.identifier = "0b"
        case .noIdentifier: claim.client.identifier = nil
        case .hardwareAddress: claim.client.hardwareAddress = "02:00:5e:10:00:c8"
        case .hardwareType: claim.client.hardwareType = 6
        case .noServer: claim.serverIdentifier = nil
        case .otherServer: claim.serverIdentifier = IPv4Address(192, 168, 50, 3)
        case .relay: claim.relayAddress = IPv4Address(10, 9, 0, 1)
        case .knownRelay: (claim.relayAddress, claim.relay) = (IPv4Address(192, 168, 60, 1), .otherNetwork)
        }
        let lease = Lease(
            id: 1, address: .first, client: Self.holder, serverIdentifier: Self.server, interface: "ens34",
            relayAddress: nil, state: .bound, expiresAt: nil)
        let changes = LeaseEvent.returned(claim).changes(to: [lease], by: server)
        #expect(changes.isEmpty || changes == [.end(id: 1, state, at: 1)])
        return !changes.isEmpty
    }

    @Test(arguments: [
        (LeaseServer.dhcpd, [Lie.nothing, .identifier, .noIdentifier, .noServer, .otherServer, .knownRelay]),
        (.kea, [.nothing, .noIdentifier, .hardwareAddress, .hardwareType, .noServer, .relay, .knownRelay]),
        (.dnsmasq, [.nothing, .noIdentifier, .hardwareAddress, .hardwareType]),
        (.other, [.nothing, .noIdentifier, .hardwareAddress, .hardwareType, .noServer]),
    ])
    func `who releases is believed`(server: LeaseServer, believed: [Lie]) {
        #expect(Lie.allCases.filter { isBelieved($0, .released, by: server) } == believed)
    }

    @Test(arguments: [
        (LeaseServer.dhcpd, Lie.allCases.filter { $0 != .relay }),
        (.kea, [.nothing, .noIdentifier, .hardwareAddress, .hardwareType, .noServer, .relay, .knownRelay]),
        (.dnsmasq, [.nothing, .noIdentifier, .hardwareAddress, .hardwareType, .knownRelay]),
    ])
    func `who declines is believed`(server: LeaseServer, believed: [Lie]) {
        #expect(Lie.allCases.filter { isBelieved($0, .declined, by: server) } == believed)
    }

    @Test func `the server is told by its command line`() {
        #expect(LeaseServer(command: "dhcpd -f -4 -cf /etc/dhcp/kea-dhcp4.conf") == .dhcpd)
        #expect(LeaseServer(command: "/usr/bin/nice -n 5 /usr/sbin/kea-dhcp4 -c /etc/kea/kea-dhcp4.conf") == .kea)
        #expect(LeaseServer(command: "sh -c 'exec dnsmasq -k'") == .dnsmasq)
        #expect(LeaseServer(command: "(started by others)") == .other)
    }
}

import Addresses
import Messages
import Packet
import PacketTesting
import Testing

@testable import LeaseStore

/// What servers do with a lease, and with what they remember of one, when something else is asked of them.
@Suite final class ForgottenLeaseTests: StoreSuite {
    private static let mask = IPv4Address(255, 255, 255, 0)

    private var leases: [String] {
        get throws { try database.rows("SELECT address, state FROM leases WHERE client_identifier = '01' ORDER BY id") }
    }

    @Test(arguments: [("dhcpd -f", "superseded"), ("kea-dhcp4 -c kea.conf", "bound")])
    func `dhcpd frees what a client has where it asks for an address from elsewhere, though it refuses that`(
        command: String, expected: String
    ) throws {
        var client = Client(identifier: [1], subnetMask: Self.mask)
        let relay = IPv4Address(192, 168, 60, 1)
        let neighbour = Client(
            hardwareAddress: Station.stranger, identifier: [2], transaction: 2, relay: relay, subnetMask: Self.mask)
        var records = [start(command)]
        records += client.exchange(.first, for: 3600, at: .noon)
        records += neighbour.exchange(IPv4Address(192, 168, 60, 30), for: 3600, at: .noon)
        client.relay = relay
        records.append(client.request(.second, at: .noon + .second))
        try database.store(records, in: store)
        #expect(try leases == ["192.168.50.101 \(expected)"])
    }

    @Test(arguments: [true, false])
    func `dhcpd goes by an address that was given back until that is declined`(isDeclined: Bool) throws {
        let client = Client(identifier: [1], subnetMask: Self.mask)
        let other = Client(hardwareAddress: Station.stranger, transaction: 2)
        var records = [start("dhcpd -f")]
        records += client.exchange(.first, for: 3600, at: .noon)
        records.append(client.release(.first, at: .noon + .second))
        records += [client.request(.second, at: .noon + .second), client.ack(.second, for: 3600, at: .noon + .second)]
        if isDeclined { records.append(other.decline(.first, at: .noon + 2 * .second)) }
        records += [
            client.request(.third, at: .noon + 3 * .second),
            client.ack(.third, for: 3600, at: .noon + 3 * .second),
        ]
        try database.store(records, in: store)
        #expect(
            try leases == [
                "192.168.50.101 released", "192.168.50.102 \(isDeclined ? "superseded" : "bound")",
                "192.168.50.103 bound",
            ])
    }

    @Test func `of two questions with one number dhcpd's offer answers the one of whose client it has the address`() {
        var known = ServerKnowledge(of: .dhcpd)
        known.networks.insert(.first, mask: Self.mask)
        known.leases.give(
            LeaseGrant(
                address: .first, client: LeaseClient(hardwareAddress: "02:00:5e:10:00:64", identifier: "0a"),
                interface: "ens34", grantedAt: 1, expiresAt: nil))
        var offer = ObservedMessage(operation: .reply, messageType: .offer)
        offer.client = LeaseClient(hardwareAddress: "02:00:5e:10:00:64")
        func isExpected(_ address: IPv4Address, for identifier: String) -> Bool {
            offer.yourAddress = address
            var request = LeaseRequest(.discover)
            request.clientIdentifier = identifier
            let entry = PendingRequests.Entry(
                transactionIdentifier: 1, relayAddress: nil, request: request, order: 1)
            return known.isExpected(offer, to: entry, on: "ens34", at: 2, heldBy: nil)
        }
        #expect(isExpected(.first, for: "0a"))
        #expect(!isExpected(.first, for: "0b"))
        #expect(!isExpected(.second, for: "0a"))
        #expect(isExpected(.second, for: "0b"))
    }
}

import Addresses
@testable import LeaseStore
import Messages
import PacketTesting
import Testing

/// Which of several leases a server finds for a client, and what it does with a message that it reads behind another one.
///
/// What is expected is what AgreementTests have seen the servers do.
@Suite struct ServerLeasesTests {
    private static let alice = LeaseClient(hardwareAddress: "02:00:5e:10:00:64")
    private static let alicesIdentifier = LeaseClient(hardwareAddress: "02:00:5e:10:00:64", identifier: "0a")
    private static let mallory = LeaseClient(hardwareAddress: "02:00:5e:10:00:c8", identifier: "0a")

    private static let mallorysOther = LeaseClient(hardwareAddress: "02:00:5e:10:00:c8", identifier: "0c")

    private func grant(
        _ address: IPv4Address, to client: LeaseClient, for seconds: Int64? = 60, at second: Int64
    ) -> LeaseGrant {
        LeaseGrant(
            address: address, client: client, interface: "ens34", subnetMask: IPv4Address(255, 255, 255, 0),
            grantedAt: second * 1_000_000, expiresAt: seconds.map { (second + $0) * 1_000_000 })
    }

    private func found(for client: LeaseClient, in leases: ServerLeases, at second: Int64) -> IPv4Address? {
        leases.found(for: client, on: "ens34", at: second * 1_000_000) { _ in true }?.address
    }

    @Test(arguments: [(LeaseServer.kea, IPv4Address.first), (.dnsmasq, .second)])
    func `by a hardware address Kea finds the lease that has had it for longest, dnsmasq the address taken last`(
        server: LeaseServer, expected: IPv4Address
    ) {
        var leases = ServerLeases(of: server)
        leases.give(grant(.first, to: Self.alice, at: 1))
        leases.give(grant(.second, to: Self.mallory, at: 2))
        leases.give(grant(.second, to: Self.alicesIdentifier, at: 3))
        #expect(found(for: Self.alice, in: leases, at: 4) == expected)
        #expect(found(for: Self.alicesIdentifier, in: leases, at: 4) == .second)
    }

    @Test(arguments: [(LeaseServer.kea, IPv4Address.first), (.dnsmasq, .second), (.dhcpd, .first)])
    func `a lease whose time is over is found all the same, but not by dnsmasq`(
        server: LeaseServer, expected: IPv4Address
    ) {
        var leases = ServerLeases(of: server)
        leases.give(grant(.first, to: Self.alicesIdentifier, at: 1))
        leases.give(grant(.second, to: Self.mallory, for: 3600, at: 100))
        #expect(found(for: Self.alicesIdentifier, in: leases, at: 101) == expected)
    }

    @Test
    func `dhcpd puts a lease before those that end earlier if its address was taken, and behind them if it was free`() {
        var leases = ServerLeases(of: .dhcpd)
        leases.give(grant(.first, to: Self.alicesIdentifier, at: 1))
        leases.give(grant(.second, to: Self.mallory, for: nil, at: 2))
        #expect(found(for: Self.alicesIdentifier, in: leases, at: 2) == .first)
        leases = ServerLeases(of: .dhcpd)
        leases.give(grant(.second, to: Self.alice, for: nil, at: 1))
        leases.give(grant(.first, to: Self.alicesIdentifier, at: 2))
        leases.give(grant(.second, to: Self.mallory, at: 3))
        #expect(found(for: Self.alicesIdentifier, in: leases, at: 4) == .second)
    }

    @Test func `dhcpd goes by whom it has offered an address last`() {
        var leases = ServerLeases(of: .dhcpd)
        leases.give(grant(.first, to: Self.alicesIdentifier, at: 1))
        leases.offer(grant(.first, to: Self.mallory, at: 2))
        #expect(leases[.first, "ens34"]?.client == Self.mallory)
    }

    /// 25,000 conversations of seed 302 had one such.
    ///
    /// Kea's index leaves a lease that is sorted where it stands also under its
    /// new hardware address, and so before what that has already.
    @Test(arguments: [(nil as UInt32?, IPv4Address.first), (0x78, .second)])
    func `Kea leaves a lease where it stands if nothing comes between its old and its new client`(
        between number: UInt32?, expected: IPv4Address
    ) {
        var leases = ServerLeases(of: .kea)
        leases.give(grant(.first, to: Self.alice, at: 1))
        leases.give(grant(.second, to: Self.mallory, for: 3600, at: 2))
        if let number {
            let other = LeaseClient(hardwareAddress: "02:00:5e:10:00:\(String(number, radix: 16))", identifier: "0b")
            leases.give(grant(.third, to: other, for: 3600, at: 3))
        }
        leases.give(grant(.first, to: Self.mallorysOther, for: 3600, at: 100))
        let mallory = LeaseClient(hardwareAddress: Self.mallory.hardwareAddress)
        #expect(found(for: mallory, in: leases, at: 101) == expected)
    }

    /// What a BOOTP client is answered says nothing of that.
    ///
    /// 100,000 conversations of seed 302 had one such with Kea.
    @Test(arguments: [
        (LeaseServer.dhcpd, 151 as Int64, 601 as Int64?), (.kea, 151, 601), (.kea, 152, nil), (.dnsmasq, 2, nil),
    ])
    func `dhcpd and Kea leave a lease as it is for a quarter of its time`(
        server: LeaseServer, second: Int64, end: Int64?
    ) {
        var leases = ServerLeases(of: server)
        leases.give(grant(.first, to: Self.alice, for: 600, at: 1))
        #expect(leases.endLeftAsItIs(by: grant(.first, to: Self.alice, for: nil, at: second)) == end)
    }

    @Test func `what a claim has ended can be put back as it was`() throws {
        var leases = ServerLeases(of: .kea)
        leases.give(grant(.first, to: Self.alicesIdentifier, at: 1))
        leases.give(grant(.second, to: Self.alicesIdentifier, at: 2))
        let snapshot = try #require(leases.snapshot(of: .first, on: "ens34"))
        leases.end(.first, on: "ens34", .declined, at: 3_000_000)
        #expect(found(for: Self.alicesIdentifier, in: leases, at: 4) == .second)
        leases.restore(snapshot)
        #expect(found(for: Self.alicesIdentifier, in: leases, at: 4) == .first)
    }

    @Test func `what is kept is bounded`() {
        var leases = ServerLeases(of: .kea)
        for number in 0..<UInt32(2 * ServerLeases.addresses) {
            let client = number % 2 == 0 ? Self.alice : Self.mallory
            leases.give(grant(IPv4Address(rawValue: 0x0A00_0000 + number), to: client, for: nil, at: Int64(number)))
        }
        #expect(leases[IPv4Address(rawValue: 0x0A00_0000), "ens34"] == nil)
    }
}

/// The same in the table.
@Suite final class ServersOrderTests: StoreSuite {
    private var leases: [String] {
        get throws {
            try database.rows("SELECT address, hardware_type, client_identifier, state FROM leases ORDER BY id")
        }
    }

    @Test func `a DECLINE behind a REQUEST does not hide from it what the client had when the server read it`() throws {
        let holder = Client(identifier: [1], transaction: 1)
        var other = Client(hardwareType: 6, transaction: 2)
        var records = [start("kea-dhcp4 -c kea.conf")]
        records += holder.exchange(.first, for: 3600, at: .noon)
        records += other.exchange(.second, for: 3600, at: .noon + .second)
        other.identifier = [1]
        records += [
            other.request(.first, at: .noon + 2 * .second), holder.decline(.first, at: .noon + 2 * .second),
            other.ack(.first, for: 3600, at: .noon + 2 * .second + 1000),
        ]
        try database.store(records, in: store)
        #expect(
            try leases == [
                "192.168.50.101 1 01 superseded", "192.168.50.102 6 - bound", "192.168.50.101 6 01 declined",
            ])
    }

    @Test(arguments: [("dnsmasq -k", "superseded"), ("dhcpd -f", "bound")])
    func `dnsmasq forgets a lease when a BOOTP request comes from another network, also without a reply`(
        command: String, expected: String
    ) throws {
        let mask = IPv4Address(255, 255, 255, 0)
        var client = Client(subnetMask: mask)
        let relay = IPv4Address(192, 168, 60, 1)
        var neighbour = Client(hardwareAddress: Station.stranger, transaction: 2, relay: relay, subnetMask: mask)
        neighbour.identifier = [2]
        var records = [start(command)]
        records += client.exchange(.first, for: 3600, at: .noon)
        records += neighbour.exchange(IPv4Address(192, 168, 60, 30), for: 3600, at: .noon)
        records.append(client.bootRequest(at: .noon + .second))
        try database.store(records, in: store)
        #expect(try leases.first == "192.168.50.101 1 - bound")
        client.relay = relay
        try database.store([client.bootRequest(at: .noon + 2 * .second)], in: store)
        #expect(try leases == ["192.168.50.101 1 - \(expected)", "192.168.60.30 1 02 bound"])
    }
}

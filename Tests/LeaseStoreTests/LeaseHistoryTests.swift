import Addresses
import LeaseStore
import Messages
import PacketTesting
import Testing

/// Packets in, rows of `leases` out.
///
/// Times are told in seconds from the first.
@Suite final class LeaseHistoryTests: StoreSuite {
    /// Stores packets and gives each lease as "address state bound renewed expires ended".
    private func history(_ records: [Record]) throws -> [String] {
        try database.store(records, in: store)
        return try history()
    }

    private func history() throws -> [String] {
        let times = ["bound_at", "renewed_at", "expires_at", "ended_at"].map { "(\($0) - \(UInt64.noon)) / 1000000" }
        return try database.rows("SELECT address, state, \(times.joined(separator: ", ")) FROM leases ORDER BY id")
    }

    @Test func `an exchange binds the address for the time of the ACK`() throws {
        let client = Client(identifier: [1, 2], hostName: "laptop")
        #expect(
            try history(client.exchange(.first, for: 3600, at: .noon - 3000)) == ["192.168.50.101 bound 0 - 3600 -"])
        #expect(
            try database.rows(
                "SELECT client_mac, client_identifier, host_name, server_identifier, interface FROM leases")
                == ["02:00:5e:10:00:64 01:02 laptop 192.168.50.2 ens34"])
    }

    @Test func `a renewal updates the row`() throws {
        let client = Client()
        let renewal = [
            client.renew(.first, at: .noon + 1800 * .second),
            client.ack(.first, for: 3600, at: .noon + 1800 * .second),
        ]
        #expect(
            try history(client.exchange(.first, for: 3600, at: .noon) + renewal)
                == ["192.168.50.101 bound 0 1800 5400 -"])
    }

    @Test func `a client that comes back too late gets a new row`() throws {
        let client = Client()
        let late = client.ack(.first, for: 60, at: .noon + 100 * .second)
        #expect(
            try history([client.ack(.first, for: 60, at: .noon), late])
                == ["192.168.50.101 expired 0 - 60 60", "192.168.50.101 bound 100 - 160 -"])
    }

    @Test func `a client that is bound to another address leaves the first`() throws {
        let client = Client()
        let moved = client.ack(.second, for: 60, at: .noon + 10 * .second)
        #expect(
            try history([client.ack(.first, for: 60, at: .noon), moved])
                == ["192.168.50.101 superseded 0 - 60 10", "192.168.50.102 bound 10 - 70 -"])
    }

    @Test func `a client on two LANs holds an address on each`() throws {
        let records = [
            Client().ack(.first, for: 60, at: .noon), Client(interface: "ens35").ack(.first, for: 60, at: .noon),
            Client(relay: Station.routerAddress).ack(.second, for: 60, at: .noon),
        ]
        #expect(try history(records).allSatisfy { $0.contains(" bound ") })
        #expect(
            try database.rows("SELECT interface, relay_address FROM leases")
                == ["ens34 -", "ens35 -", "ens34 192.168.50.1"])
    }

    @Test func `a relayed client that renews past its relay agent stays on its LAN`() throws {
        let relayed = Client(relay: Station.routerAddress)
        var direct = relayed
        direct.relay = .unspecified
        let records = [
            relayed.ack(.first, for: 60, at: .noon), direct.ack(.first, for: 60, at: .noon + 30 * .second),
            relayed.ack(.second, for: 60, at: .noon + 40 * .second),
        ]
        #expect(
            try history(records)
                == ["192.168.50.101 superseded 0 30 90 40", "192.168.50.102 bound 40 - 100 -"])
    }

    @Test func `an address that goes to another client has one holder`() throws {
        let other = Client(hardwareAddress: Station.stranger)
        let records = [
            Client().ack(.first, for: 60, at: .noon), other.ack(.first, for: 60, at: .noon + 10 * .second),
        ]
        #expect(
            try history(records) == ["192.168.50.101 superseded 0 - 60 10", "192.168.50.101 bound 10 - 70 -"])
    }

    @Test func `RELEASE and DECLINE end the lease`() throws {
        let client = Client()
        let records = [
            client.ack(.first, for: 60, at: .noon), client.release(.first, at: .noon + 10 * .second),
            client.ack(.first, for: 60, at: .noon + 20 * .second), client.decline(.first, at: .noon + 21 * .second),
        ]
        #expect(
            try history(records) == ["192.168.50.101 released 0 - 60 10", "192.168.50.101 declined 20 - 80 21"])
    }

    @Test func `a RELEASE or DECLINE that does not fit is a packet and nothing more`() throws {
        let client = Client()
        let stranger = Client(hardwareAddress: Station.stranger)
        let records = [
            client.ack(.first, for: 60, at: .noon), stranger.release(.first, at: .noon),
            stranger.decline(.first, at: .noon), client.release(.second, at: .noon),
            client.decline(.second, at: .noon), client.release(.first, to: Station.strangerAddress, at: .noon),
            Client(interface: "ens35").release(.first, at: .noon), client.release(.first, at: .noon + 61 * .second),
        ]
        #expect(try history(records) == ["192.168.50.101 bound 0 - 60 -"])
        #expect(try database.rows("SELECT count(*) FROM packets") == ["8"])
    }

    @Test func `an ACK that answers an INFORM is no lease`() throws {
        let client = Client()
        let records = [
            client.inform(.first, at: .noon), client.ack(.unspecified, for: nil, at: .noon),
            client.ack(.first, for: nil, at: .noon),
        ]
        #expect(try history(records) == [])
    }

    @Test func `only an ACK that was forwarded counts`() throws {
        let client = Client()
        let records = [
            client.offer(.first, at: .noon), client.nak(at: .noon),
            client.ack(.first, for: 60, verdict: .spoofedSource, at: .noon),
            client.ack(.first, for: 60, verdict: .sendFailed, at: .noon),
        ]
        #expect(try history(records) == [])
    }

    @Test func `an infinite lease never expires, and neither does that of a BOOTP client`() throws {
        let bootp = Client(hardwareAddress: Station.stranger)
        #expect(
            try history([Client().ack(.first, for: .max, at: .noon), bootp.bootReply(.second, at: .noon)])
                == ["192.168.50.101 bound 0 - - -", "192.168.50.102 bound 0 - - -"])
        #expect(try store.expireLeases(at: .max) == 0)
        #expect(
            try database.rows("SELECT message_type, your_address FROM packets ORDER BY id DESC LIMIT 1")
                == ["- 192.168.50.102"])
    }

    @Test func `leases expire at their time, whenever that is noticed`() throws {
        _ = try history([Client().ack(.first, for: 60, at: .noon)])
        #expect(try store.expireLeases(at: .noon + 60 * .second - 1) == 0)
        #expect(try store.expireLeases(at: .noon + .hour) == 1)
        #expect(try history() == ["192.168.50.101 expired 0 - 60 60"])
    }

    @Test func `a renewal that arrives after its lease was marked as expired revives it`() throws {
        let client = Client()
        _ = try history([client.ack(.first, for: 60, at: .noon)])
        try store.expireLeases(at: .noon + .hour)
        #expect(
            try history([client.ack(.first, for: 60, at: .noon + 30 * .second)])
                == ["192.168.50.101 bound 0 30 90 -"])
        try store.expireLeases(at: .noon + .hour)
        #expect(
            try history([client.release(.first, at: .noon + 80 * .second)])
                == ["192.168.50.101 released 0 30 90 80"])
    }

    @Test func `a clock that is set back does not split a lease`() throws {
        let client = Client()
        let records = [
            client.ack(.first, for: 60, at: .noon), client.ack(.first, for: 60, at: .noon - .hour),
            client.ack(.first, for: 60, at: .noon - .hour + 30 * .second),
        ]
        #expect(try history(records) == ["192.168.50.101 bound 0 -3570 -3510 -"])
    }

    @Test func `leases that ended because the clock was a day ahead go on when it is set back`() throws {
        let moved = Client(hardwareAddress: Station.stranger)
        let third = IPv4Address(192, 168, 50, 103)
        let tomorrow = UInt64.noon + 24 * .hour
        _ = try history([Client().ack(.first, for: 60, at: .noon), moved.ack(.second, for: 60, at: .noon)])
        #expect(try store.expireLeases(at: tomorrow) == 2)
        _ = try history([moved.ack(third, for: 60, at: tomorrow)])
        #expect(try store.expireLeases(at: .noon + 30 * .second) == 0)
        #expect(
            try history() == [
                "192.168.50.101 bound 0 - 60 -", "192.168.50.102 expired 0 - 60 60",
                "192.168.50.103 bound 86400 - 86460 -",
            ])
    }

    @Test func `a lease that another one followed at its address is not renewed when the clock is set back`() throws {
        let other = Client(hardwareAddress: Station.stranger)
        let records = [
            Client().ack(.first, for: 60, at: .noon), other.ack(.first, for: 60, at: .noon + 90 * .second),
            Client().ack(.first, for: 60, at: .noon + 30 * .second),
        ]
        #expect(
            try history(records) == [
                "192.168.50.101 superseded 0 - 60 30", "192.168.50.101 superseded 90 - 150 30",
                "192.168.50.101 bound 30 - 90 -",
            ])
    }

    @Test func `the client identifier outweighs the MAC address`() throws {
        let host = Client(identifier: [0xFF, 1])
        let guest = Client(identifier: [0xFF, 2], transaction: 2)
        let docked = Client(hardwareAddress: Station.stranger, identifier: [0xFF, 1], transaction: 3)
        let records =
            host.exchange(.first, for: 3600, at: .noon) + guest.exchange(.second, for: 3600, at: .noon)
            + docked.exchange(.first, for: 3600, at: .noon + 10 * .second)
        #expect(
            try history(records) == [
                "192.168.50.101 superseded 0 - 3600 10", "192.168.50.102 bound 0 - 3600 -",
                "192.168.50.101 bound 10 - 3610 -",
            ])
        #expect(
            try database.rows("SELECT client_mac, client_identifier FROM leases ORDER BY id")
                == ["02:00:5e:10:00:64 ff:01", "02:00:5e:10:00:64 ff:02", "02:00:5e:10:00:c8 ff:01"])
    }

    @Test func `a request of another transaction says nothing about the client`() throws {
        let records = [
            Client(identifier: [9]).request(.first, at: .noon),
            Client(transaction: 5).ack(.first, for: 60, at: .noon),
        ]
        _ = try history(records)
        #expect(try database.rows("SELECT client_identifier FROM leases") == ["-"])
    }

    @Test func `frames captured from dhcpd and udhcpc make the lease they made`() throws {
        let toServer = [CapturedExchange.discover, CapturedExchange.request, CapturedExchange.renewal]
        let interface = try #require(InterfaceName("ens34"))
        let frames = [
            CapturedExchange.discover, CapturedExchange.offer, CapturedExchange.request, CapturedExchange.ack,
            CapturedExchange.renewal, CapturedExchange.renewalAck, CapturedExchange.release,
        ]
        // The relay completes the checksums that were left to a card before it records a frame.
        let records = frames.enumerated().map { second, frame in
            Record.packet(
                PacketRecord(
                    capturedAt: .noon + UInt64(second) * .second, interface: interface,
                    direction: toServer.contains(frame) || frame == CapturedExchange.release ? .toServer : .toClient,
                    verdict: .forwarded, frame: withFittingIPChecksums(frame)))
        }
        #expect(try history(records) == ["192.168.50.100 released 3 5 601 6"])
        #expect(
            try database.rows("SELECT client_identifier, host_name FROM leases") == ["01:02:00:5e:10:00:64 laptop"])
    }
}

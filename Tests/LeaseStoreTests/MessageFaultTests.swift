import Addresses
import Messages
import Packet
import PacketTesting
import Testing

@testable import LeaseStore

/// What one server throws away another reads: the record goes by what the server that serves has read.
@Suite final class MessageFaultTests: StoreSuite {
    private static let alice = Client(identifier: [0xA], hostName: "alice")
    private static let mallory = Client(identifier: [0xB], hostName: "mallory")

    private func serve(_ command: String) throws {
        let start = StartRecord(startedAt: .noon, uplink: "lan", serverCommand: command)
        try database.store([.start(start)], in: store)
    }

    /// The same packet with a wrong checksum in its datagram.
    private func damaged(_ record: Record) -> Record {
        changed(record) { $0[41] ^= 0x5A }
    }

    /// The same packet with an option at its end that leaves it.
    private func openEnded(_ record: Record) -> Record {
        changed(record) { frame in
            frame[frame.count - 2] = 43
            frame[frame.count - 1] = 9
            // Where the end was is padding.
            if let end = frame.lastIndex(of: 255) { frame[end] = 0 }
            frame = withFittingChecksums(frame)
        }
    }

    private func changed(_ record: Record, _ change: (inout [UInt8]) -> Void) -> Record {
        guard case .packet(let packet) = record else { return record }
        var frame = packet.frame
        change(&frame)
        return .packet(
            PacketRecord(
                capturedAt: packet.capturedAt, interface: packet.interface, direction: packet.direction,
                verdict: packet.verdict, frame: frame))
    }

    @Test(arguments: [("dhcpd -f", "alice"), ("kea-dhcp4 -c x", "mallory"), ("dnsmasq -k", "alice")])
    func `an ACK answers no request that was damaged on the way, but where the server does not look`(
        server: String, holder: String
    ) throws {
        try serve(server)
        let records = [
            damaged(Self.mallory.request(.first, at: .noon)), Self.alice.request(.first, at: .noon),
            Self.alice.ack(.first, for: 60, at: .noon),
        ]
        try database.store(records, in: store)
        #expect(try database.rows("SELECT host_name FROM leases") == [holder])
    }

    @Test(arguments: [("dhcpd -f", "alice"), ("kea-dhcp4 -c x", "mallory"), ("dnsmasq -k", "mallory")])
    func `nor one whose options have no end, but where the server reads as far as it can`(
        server: String, holder: String
    ) throws {
        try serve(server)
        let records = [
            openEnded(Self.mallory.request(.first, at: .noon)), Self.alice.request(.first, at: .noon),
            Self.alice.ack(.first, for: 60, at: .noon),
        ]
        try database.store(records, in: store)
        #expect(try database.rows("SELECT host_name FROM leases") == [holder])
        // The row of the packet has what could be read.
        let row = try database.rows("SELECT message_type, client_identifier, host_name FROM packets WHERE id = 1")
        #expect(row == ["REQUEST 0b mallory"])
    }

    @Test(arguments: [("dhcpd -f", "bound"), ("kea-dhcp4 -c x", "released"), ("dnsmasq -k", "bound")])
    func `a damaged RELEASE ends a lease only where the server does not look`(server: String, state: String) throws {
        try serve(server)
        try database.store(Self.alice.exchange(.first, for: 3600, at: .noon), in: store)
        try database.store([damaged(Self.alice.release(.first, at: .noon + 60 * .second))], in: store)
        #expect(try database.rows("SELECT state FROM leases") == [state])
    }

    @Test func `a reply whose type cannot be read grants nothing`() throws {
        let frame = DHCPLayer(operation: 2, client: Station.client).setting(\.yourAddress, to: .first)
            .setting(\.end, to: [53, 200]).udp().ipv4(from: Station.hostAddress, to: .broadcast)
            .ethernet(from: Station.host, to: .broadcast).bytes
        let interface = try #require(InterfaceName("ens34"))
        try database.store(
            [
                .packet(
                    PacketRecord(
                        capturedAt: .noon, interface: interface, direction: .toClient, verdict: .forwarded,
                        frame: frame))
            ], in: store)
        #expect(try database.rows("SELECT count(*) FROM leases") == ["0"])
        #expect(
            try database.rows("SELECT message_type, client_mac, your_address FROM packets")
                == ["- 02:00:5e:10:00:64 192.168.50.101"])
    }

    @Test func `what is too short for a hardware address is a packet without a message`() throws {
        let frame = UDPLayer(from: 68, to: 67, payload: [1, 1, 6, 0, 1, 2, 3, 4]).ipv4(
            from: .unspecified, to: .broadcast
        )
        .ethernet(from: Station.client, to: .broadcast).bytes
        let interface = try #require(InterfaceName("ens34"))
        try database.store(
            [
                .packet(
                    PacketRecord(
                        capturedAt: .noon, interface: interface, direction: .toServer, verdict: .forwarded,
                        frame: frame))
            ], in: store)
        #expect(try database.rows("SELECT verdict, transaction_id, client_mac FROM packets") == ["forwarded - -"])
    }
}

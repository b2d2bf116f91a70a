import Foundation
import Glibc
import Packet
import Testing

/// What every client does, with every server: it comes to its end under middle-sock, and what leaves is what came in.
@Suite struct MatrixTests {
    @Test(arguments: Server.all, ClientProgram.allCases)
    func `lease and unicast renewal`(server: Server, kind: ClientProgram) async throws {
        try await Lab.watched(server) { lab, wire in
            let client = try await lab.client1.start(kind)
            let lease = try await client.lease()
            #expect(try await client.renew().address == lease.address)
            try await client.isDead()
            try await wire.service.records(
                "SELECT address, state, renewed_at > bound_at FROM leases", [[lease.address, "bound", "1"]])
            #expect(try wire.kinds().starts(with: [.discover, .offer, .request, .ack]))
            // Without the flag the server answers to the address that it gives, before the client has it.
            #expect(try wire.messages().allSatisfy { !$0.wantsBroadcast })
            #expect(try wire.messages().first { $0.message == .offer }?.isBroadcast == false)
        }
    }

    /// dhclient has no way to ask for broadcasts.
    @Test(arguments: Server.all, [ClientProgram.udhcpc, .dhcpcd])
    func `a lease with the broadcast flag`(server: Server, kind: ClientProgram) async throws {
        try await Lab.watched(server) { lab, wire in
            let client = try await lab.client1.start(kind, options: [kind == .udhcpc ? "-B" : "-J"])
            try await client.lease()
            try await client.isDead()
            #expect(try wire.kinds() == [.discover, .offer, .request, .ack])
            #expect(try wire.messages().allSatisfy { $0.wantsBroadcast && $0.isBroadcast })
        }
    }

    @Test(arguments: Server.all, ClientProgram.allCases)
    func `rebinding by broadcast`(server: Server, kind: ClientProgram) async throws {
        try await Lab.watched(server) { lab, wire in
            let client = try await lab.client1.start(kind)
            let lease = try await client.lease()
            try await lab.client1.loseUnicastToHost()
            try await client.rebind {
                try await !wire.service.recorded(
                    "SELECT id FROM packets WHERE message_type = 'REQUEST' AND client_address = '\(lease.address)'"
                ).isEmpty
            }
            try await wire.service.records(
                "SELECT address, renewed_at > bound_at FROM leases WHERE state = 'bound'", [[lease.address, "1"]])
            try await client.isDead()
            #expect(try wire.messages().last { $0.operation == .request }?.isBroadcast == true)
        }
    }

    @Test(arguments: Server.all, ClientProgram.allCases)
    func release(server: Server, kind: ClientProgram) async throws {
        try await Lab.watched(server) { lab, wire in
            let client = try await lab.client1.start(kind)
            let lease = try await client.lease()
            try await client.release()
            try await client.isDead()
            try await wire.service.records(
                "SELECT address, state FROM leases", [[lease.address, "released"]])
            #expect(try wire.messages().contains { $0.message == .release && !$0.isBroadcast })
        }
    }

    @Test(arguments: Server.all, [ClientProgram.dhclient, .dhcpcd])
    func `a client that remembers its lease asks for it again (INIT-REBOOT)`(
        server: Server, kind: ClientProgram
    ) async throws {
        try await Lab.watched(server) { lab, wire in
            let first = try await lab.client1.start(kind)
            let lease = try await first.lease()
            try await wait(for: "\(kind) to write its lease down", evidence: { first.program.text }) {
                let files = ["/var/lib/dhcp/dhclient.leases", "/var/lib/dhcpcd/eth0.lease"]
                return files.contains { !contents(of: lab.client1.path($0)).isEmpty }
            }
            try await first.isDead()
            try await lab.client1.output("ip", "address", "flush", "dev", "eth0")
            let before = try wire.messages().count
            let second = try await lab.client1.start(kind)
            try await wait(for: "the lease again", evidence: { second.program.text }) {
                second.events.contains { $0.reason == "reboot" && $0.address == lease.address }
            }
            try await second.isDead()
            #expect(try wire.kinds(after: before) == [.request, .ack])
            try await wire.service.records(
                """
                SELECT server_identifier, requested_address FROM packets
                WHERE message_type = 'REQUEST' AND server_identifier IS NULL AND client_address IS NULL LIMIT 1
                """, [["", lease.address]])
        }
    }

    @Test(arguments: Server.all)
    func `a client that comes from another network is refused and then served`(server: Server) async throws {
        try await Lab.watched(server) { lab, wire in
            try lab.client1.write(RefusalTests.leaseFromElsewhere, to: "/var/lib/dhcp/dhclient.leases")
            let client = try await lab.client1.start(.dhclient)
            #expect(try await client.lease().address.hasPrefix("192.168.50."))
            try await client.isDead()
            #expect(try wire.kinds().starts(with: [.request, .nak]))
        }
    }

    @Test(arguments: Server.all, [ClientProgram.udhcpc, .dhcpcd])
    func `an address that somebody answers for is declined`(server: Server, kind: ClientProgram) async throws {
        try await Lab.watched(server) { lab, wire in
            try await lab.router.useAddressInSecret("192.168.50.35")
            let client = try await lab.client1.start(kind, checking: true, options: ["-r", "192.168.50.35"])
            try await wire.service.records(
                "SELECT address, state FROM leases WHERE address = '192.168.50.35'", [["192.168.50.35", "declined"]])
            try await client.isDead()
            #expect(try wire.messages().contains { $0.message == .decline && $0.isBroadcast })
        }
    }

    @Test(arguments: Server.all)
    func `a machine with an address of its own is informed`(server: Server) async throws {
        try await Lab.watched(server) { lab, wire in
            try await lab.client1.output("ip", "address", "add", "192.168.50.5/24", "dev", "eth0")
            let client = try await lab.client1.start(.dhcpcd, options: ["-s", "192.168.50.5/24"])
            try await client.isInformed()
            try await client.isDead()
            #expect(try wire.kinds() == [.inform, .ack])
            try await wire.service.records("SELECT count(*) FROM leases", [["0"]])
        }
    }

    /// Kea 2.2 asks nobody by ping.
    @Test(arguments: [Server.dhcpd(), .dnsmasq()])
    func `no address is offered that answers a ping`(server: Server) async throws {
        try await Lab.watched(server) { lab, wire in
            try await lab.router.output("ip", "address", "add", "192.168.50.35/24", "dev", "eth0")
            let client = try await lab.client1.start(.udhcpc, options: ["-r", "192.168.50.35"])
            #expect(try await client.lease().address != "192.168.50.35")
            try await client.isDead()
        }
    }
}

extension Server {
    /// Every server, for a LAN whose clients renew after two seconds and rebind after five, and that pings nobody.
    static var all: [Server] { [.impatient, .impatientKea, .impatientDnsmasq] }

    private static var impatientKea: Server {
        var server = kea
        server.files = server.files.mapValues {
            $0.replacing(
                "\"valid-lifetime\": 600,", with: "\"valid-lifetime\": 600, \"renew-timer\": 2, \"rebind-timer\": 5,")
        }
        return server
    }

    private static var impatientDnsmasq: Server {
        var server = dnsmasq()
        server.files = server.files.mapValues {
            $0 + "no-ping\ndhcp-option=option:T1,2s\ndhcp-option=option:T2,5s\n"
        }
        return server
    }
}

extension Client {
    /// Ends it without a word to the server.
    fileprivate func isDead() async throws {
        program.send(SIGKILL)
        _ = try await program.ended()
    }
}

extension Service {
    /// The rows of a query now.
    func recorded(_ sql: String) async throws -> [[String]] {
        try await recording?.rows(sql) ?? []
    }
}

extension Machine {
    /// Takes an address, and does not answer when it is pinged, as many machines: only a client's own ARP finds it.
    func useAddressInSecret(_ address: String) async throws {
        try await output("sysctl", "-w", "net.ipv4.icmp_echo_ignore_all=1")
        try await output("ip", "address", "add", "\(address)/24", "dev", "eth0")
    }
}

extension Lab {
    /// Makes a lab with a server under middle-sock, and compares both ends of the wire when the work is done.
    static func watched(_ server: Server, _ work: (Lab, Wire) async throws -> Void) async throws {
        try await with { lab in
            let wire = try await Wire(lab, lab.serve(server))
            try await work(lab, wire)
            try await wire.isFaithful()
        }
    }
}

import Foundation
import Glibc
import Testing

/// What happens when not all is well with an address.
@Suite struct RefusalTests {
    @Test(arguments: Arrangement.allCases)
    func `a client that comes from another network is refused and then served`(arrangement: Arrangement) async throws {
        try await Lab.with { lab in
            let service = try await lab.serve(.impatient, arrangement)
            try lab.client1.write(Self.leaseFromElsewhere, to: "/var/lib/dhcp/dhclient.leases")
            let client = try await lab.client1.start(.dhclient)
            try await client.program.says("DHCPNAK from 192.168.50.2")
            #expect(try await client.lease().address.hasPrefix("192.168.50."))
            try await service.records(
                "SELECT DISTINCT direction, verdict FROM packets WHERE message_type = 'NAK'",
                [["to-client", "forwarded"]])
        }
    }

    @Test(arguments: [ClientProgram.udhcpc, .dhcpcd], Arrangement.allCases)
    func `a client declines an address that somebody answers for`(
        kind: ClientProgram, arrangement: Arrangement
    ) async throws {
        try await Lab.with { lab in
            let service = try await lab.serve(.dhcpd(), arrangement)
            try await lab.router.useAddressInSecret("192.168.50.35")
            _ = try await lab.client1.start(kind, checking: true, options: ["-r", "192.168.50.35"])
            try await service.program.says("Abandoning IP address 192.168.50.35: declined")
            try await service.records(
                "SELECT address, state FROM leases WHERE ended_at IS NOT NULL", [["192.168.50.35", "declined"]])
        }
    }

    @Test(arguments: Arrangement.allCases)
    func `dhcpd offers no address that answers its ping`(arrangement: Arrangement) async throws {
        try await Lab.with { lab in
            let service = try await lab.serve(.dhcpd(), arrangement)
            try await lab.router.output("ip", "address", "add", "192.168.50.35/24", "dev", "eth0")
            let client = try await lab.client1.start(.udhcpc, options: ["-r", "192.168.50.35"])
            #expect(try await client.lease().address != "192.168.50.35")
            #expect(service.program.text.contains("Abandoning IP address 192.168.50.35: pinged before offer"))
        }
    }

    @Test(arguments: Arrangement.allCases)
    func `a machine with an address of its own is informed`(arrangement: Arrangement) async throws {
        try await Lab.with { lab in
            let service = try await lab.serve(.impatient, arrangement)
            try await lab.client1.output("ip", "address", "add", "192.168.50.5/24", "dev", "eth0")
            let client = try await lab.client1.start(.dhcpcd, options: ["-s", "192.168.50.5/24"])
            try await client.isInformed()
            try await service.records(
                "SELECT message_type, client_address FROM packets ORDER BY id",
                [["INFORM", "192.168.50.5"], ["ACK", "192.168.50.5"]])
            try await service.records("SELECT count(*) FROM leases", [["0"]])
        }
    }

    @Test(arguments: Arrangement.allCases)
    func `every repetition of a client that is not answered reaches the server`(arrangement: Arrangement) async throws {
        try await Lab.with { lab in
            let service = try await lab.serve(.impatient, arrangement)
            let server = try await service.server()
            _ = kill(server, SIGSTOP)
            let capture = try await lab.capture("udp dst port 67")
            let client = try await lab.client1.start(.udhcpc)
            try await capture.frames(atLeast: 3)
            _ = kill(server, SIGCONT)
            try await client.lease()
            let seen = service.program.text.components(separatedBy: "DHCPDISCOVER from").count - 1
            #expect(seen >= 3)
            try await service.records(
                "SELECT count(DISTINCT transaction_id), count(*) >= 3 FROM packets WHERE message_type = 'DISCOVER'",
                [["1", "1"]])
        }
    }

    /// What dhclient remembers of a network that is not this one.
    static let leaseFromElsewhere = """
        lease {
          interface "eth0";
          fixed-address 10.9.9.9;
          option subnet-mask 255.255.255.0;
          option dhcp-server-identifier 10.9.9.1;
          option dhcp-lease-time 86400;
          renew never;
          rebind never;
          expire never;
        }

        """
}

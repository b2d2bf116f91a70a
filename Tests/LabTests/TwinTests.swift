import Foundation
import Testing

/// The same server with the same configuration on two hosts that are the same, bare on one and behind middle-sock on the
/// other: what they send is the same, byte by byte, whatever clients and relay agents send to them.
///
/// `script/fuzz twin` runs the same for longer: MIDDLE_SOCK_TWIN is then "RUNS SEED".
@Suite(.serialized) struct TwinTests {
    /// How many pairs, and what they are made of.
    private static let (runs, seed) = Project.runs("MIDDLE_SOCK_TWIN", otherwise: 100)

    @Test(arguments: ["dhcpd", "kea", "dnsmasq"])
    func `what a bare host sends, one behind middle-sock sends too, and nothing else`(kind: String) async throws {
        let server = try #require(Self.servers[kind])
        try await Lab.with { bare in
            try await Lab.with { behind in
                _ = try await bare.serve(server, .direct)
                _ = try await behind.serve(server)
                let ending = try await bare.startOutside([
                    "\(Project.binaries)/dhcp-twin", "--bare", bare.name, "--behind", behind.name,
                    "--seed", "\(Self.seed)", "--runs", "\(Self.runs)",
                ]).ended(within: .seconds(7200))
                print("\(kind): \(ending.output)")
                #expect(ending.status == 0, "\(kind), seed \(Self.seed): \(ending.output)\(ending.errors)")
            }
        }
    }

    /// They answer whom they can, at once.
    private static let servers: [String: Server] = [
        "dhcpd": .dhcpd(
            """
            authoritative;
            ping-check false;
            default-lease-time 600;
            subnet 192.168.50.0 netmask 255.255.255.0 {
                range dynamic-bootp 192.168.50.30 192.168.50.69;
                option routers 192.168.50.1;
            }

            """),
        "kea": Server(
            name: "kea",
            files: [
                "/etc/kea/kea-dhcp4.conf": """
                { "Dhcp4": {
                    "interfaces-config": { "interfaces": ["ens34"] },
                    "lease-database": { "type": "memfile", "name": "/var/lib/kea/kea-leases4.csv", "lfc-interval": 0 },
                    "hooks-libraries": [ { "library": "/usr/lib/x86_64-linux-gnu/kea/hooks/libdhcp_bootp.so" } ],
                    "valid-lifetime": 600, "authoritative": true,
                    "subnet4": [
                        { "subnet": "192.168.50.0/24", "pools": [ { "pool": "192.168.50.30 - 192.168.50.69" } ] }
                    ]
                } }

                """
            ], command: ["kea-dhcp4", "-c", "/etc/kea/kea-dhcp4.conf"]),
        "dnsmasq": Server(
            name: "dnsmasq",
            files: [
                "/etc/dhcp/dnsmasq.conf": """
                port=0
                no-ping
                dhcp-authoritative
                bootp-dynamic
                dhcp-leasefile=/var/lib/misc/dnsmasq.leases
                dhcp-range=192.168.50.30,192.168.50.69,255.255.255.0,600

                """ + (224...233).map { "dhcp-option=\($0),\(String(repeating: "x", count: 250))\n" }.joined()
            ],
            command: ["dnsmasq", "--keep-in-foreground", "--log-facility=-", "--conf-file=/etc/dhcp/dnsmasq.conf"]),
    ]
}

import Foundation
import Testing

extension Server {
    private static let subnet = """
        authoritative;
        subnet 192.168.50.0 netmask 255.255.255.0 {
            range 192.168.50.30 192.168.50.39;
            option routers 192.168.50.1;
        }

        """

    /// ISC dhcpd that puts its clients' names into a DNS server.
    static func updatingNames(at address: String) -> Server {
        .dhcpd(
            """
            ddns-update-style standard;
            ddns-domainname "example.test.";
            ddns-rev-domainname "in-addr.arpa.";
            update-conflict-detection false;
            zone example.test. { primary \(address); }
            zone 50.168.192.in-addr.arpa. { primary \(address); }
            \(subnet)
            """)
    }

    /// ISC dhcpd that can be controlled by OMAPI, by anybody.
    static var withControl: Server { .dhcpd("omapi-port 7911;\n\(subnet)") }

    /// ISC dhcpd that shares its addresses with a partner.
    static func failover(at address: String, with partner: String, isPrimary: Bool) -> Server {
        .dhcpd(
            """
            failover peer "pair" {
                \(isPrimary ? "primary" : "secondary");
                address \(address);
                port 647;
                peer address \(partner);
                peer port 647;
                max-response-delay 10;
                max-unacked-updates 10;
                \(isPrimary ? "mclt 2;\n    split 128;" : "")
            }
            authoritative;
            subnet 192.168.50.0 netmask 255.255.255.0 {
                option routers 192.168.50.1;
                pool {
                    failover peer "pair";
                    range 192.168.50.30 192.168.50.69;
                }
            }

            """)
    }

    /// dnsmasq as people have it in a small network: DHCP, DNS and TFTP.
    static let dnsmasqWithEverything = Server(
        name: "dnsmasq with everything",
        files: [
            "/etc/dhcp/dnsmasq.conf": """
            dhcp-authoritative
            dhcp-range=192.168.50.30,192.168.50.39,255.255.255.0,600
            no-resolv
            no-hosts
            server=192.168.50.1
            host-record=here.lan,192.168.50.7
            enable-tftp
            tftp-root=/var/lib/tftp

            """
        ],
        command: ["dnsmasq", "--keep-in-foreground", "--log-facility=-", "--conf-file=/etc/dhcp/dnsmasq.conf"])
}

extension Machine {
    /// Starts bind9 on this machine with the zones of the lab, which 127.0.0.1 and the LAN may change.
    func bind9(at address: String) async throws -> Program {
        let directory = path("/var/lib/bind")
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try write(
            """
            options {
                directory "/var/lib/bind"; pid-file none; session-keyfile none; recursion no;
                listen-on { \(address); }; listen-on-v6 { none; }; dnssec-validation no;
            };
            controls { };
            zone "example.test" { type primary; file "example.test"; allow-update { 127.0.0.1; 192.168.50.2; }; };
            zone "50.168.192.in-addr.arpa" { type primary; file "reverse"; allow-update { 127.0.0.1; 192.168.50.2; }; };

            """, to: "/var/lib/bind/named.conf")
        let zone = """
            $TTL 60
            @ IN SOA ns.example.test. root.example.test. 1 60 60 60 60
            @ IN NS ns.example.test.

            """
        try write(zone + "ns.example.test. IN A 192.168.50.1\n", to: "/var/lib/bind/example.test")
        try write(zone, to: "/var/lib/bind/reverse")
        let program = try await start("named", "-g", "-c", "/var/lib/bind/named.conf")
        try await program.says("running")
        return program
    }

    /// Gives this machine an address of its own, so that it can ask without DHCP.
    func hasAddress(_ address: String, router: String = "192.168.50.1") async throws {
        try await output("ip", "address", "add", address, "dev", "eth0")
        try await output("ip", "route", "add", "default", "via", router)
    }

    /// Waits until dhcpd on this machine and its partner serve together: its lease file has both states.
    func isNormal(_ program: Program) async throws {
        try await wait(for: "failover on \(role) to be normal", within: .seconds(60), evidence: { program.text }) {
            let states = contents(of: path("/var/lib/dhcp/dhcpd.leases")).components(separatedBy: "failover peer")
            guard let last = states.last, states.count > 1 else { return false }
            return last.contains("my state normal") && last.contains("partner state normal")
        }
    }
}

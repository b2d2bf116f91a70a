import Foundation
import Testing

/// Each server's own file against the record, whatever clients send.
///
/// `script/fuzz agreement` runs the same for longer: MIDDLE_SOCK_AGREEMENT is then "RUNS SEED".
@Suite(.serialized) struct AgreementTests {
    /// How many conversations, and what they are made of.
    private static let (runs, seed) = Project.runs("MIDDLE_SOCK_AGREEMENT", otherwise: 300)
    /// Where to keep what was seen, to compare it again with another version (`dhcp-agreement --keep`).
    private static let keepsake = ProcessInfo.processInfo.environment["MIDDLE_SOCK_AGREEMENT_KEEP"]

    @Test(arguments: AgreementServer.all)
    func `who holds which address, and held it before, is what the server has in its own file`(
        server: AgreementServer
    ) async throws {
        let keeping = Self.keepsake.map { ["--keep", "\($0)/\(server.kind)-\(Self.seed)"] } ?? []
        let outcome = try await play(server, ["--runs", "\(Self.runs)"] + keeping)
        print("\(server.kind): \(outcome.text.split(separator: "\n").last ?? "nothing")")
        guard !outcome.agrees else { return }
        // To cut it down takes minutes: a long run has them.
        if Self.runs > 300, Self.keepsake == nil {
            let numbers = try await shorten(server, to: outcome.firstDifference)
            let shortest = try await play(server, ["--only", Self.list(numbers), "--verbose"])
            Issue.record("\(outcome.text)\nThe same with the conversations \(Self.list(numbers)):\n\(shortest.text)")
            return
        }
        Issue.record("seed \(Self.seed): \(outcome.text)")
    }

    /// What came of a number of conversations with a new server.
    private struct Outcome {
        var agrees: Bool
        var text: String

        /// The numbers of the conversations after which the two differed, ten of them at most.
        private var numbers: [Int] {
            text.split(separator: "\n").filter { $0.hasPrefix("after ") }.compactMap {
                Int($0.split(separator: " ")[1])
            }
        }

        var firstDifference: Int { numbers.first ?? 0 }
    }

    private static func list(_ numbers: [Int]) -> String { numbers.map(String.init).joined(separator: ",") }

    private func play(_ server: AgreementServer, _ options: [String]) async throws -> Outcome {
        var outcome = Outcome(agrees: false, text: "")
        try await Lab.with { lab in
            let service = try await lab.middleSock(server.server)
            try await lab.knowNeighbours(of: service)
            // In the network of the LAN, and with the files of this computer, where those of the host are.
            let keeper = try await lab.lan.keepNamespace()
            let ending = try await lab.startOutside(
                [
                    "nsenter", "-t", "\(try keeper.running)", "-n", "\(Project.binaries)/dhcp-agreement", "--interface",
                    "host", "--kind", server.kind, "--leases",
                    lab.host.path(server.leases), "--database",
                    lab.host.path("/var/lib/middle-sock/middle-sock.sqlite"), "--seed", "\(Self.seed)",
                ] + options
            ).ended(within: .seconds(7200))
            outcome = Outcome(agrees: ending.status == 0, text: ending.output + ending.errors)
            // It could not be compared.
            try #require(ending.status <= 1, "\(outcome.text)")
        }
        return outcome
    }

    /// Leaves conversations out as long as the two still differ: what comes before the last one first, then any part of it.
    private func shorten(_ server: AgreementServer, to last: Int) async throws -> [Int] {
        func differ(_ numbers: [Int]) async throws -> Bool {
            try await !play(server, ["--only", Self.list(numbers)]).agrees
        }
        var numbers = Array(0...last)
        for count in [2, 4, 8, 16, 32, 64, 128] where count < numbers.count {
            if try await differ(numbers.suffix(count)) {
                numbers = numbers.suffix(count)
                break
            }
        }
        var size = max(1, numbers.count / 2)
        while true {
            var place = 0
            while place < numbers.count, numbers.count > 1 {
                let without = numbers.enumerated().filter { !(place..<place + size).contains($0.offset) }.map(\.element)
                if !without.isEmpty, try await differ(without) { numbers = without } else { place += size }
            }
            guard size > 1 else { return numbers }
            size /= 2
        }
    }
}

/// A server whose leases are compared, with all that its clients can be given, for two networks.
struct AgreementServer: Sendable, CustomTestStringConvertible {
    var kind: String
    var server: Server
    /// Its lease file.
    var leases: String

    var testDescription: String { kind }

    /// All, or the one that MIDDLE_SOCK_AGREEMENT_SERVER names.
    static var all: [AgreementServer] {
        let wanted = ProcessInfo.processInfo.environment["MIDDLE_SOCK_AGREEMENT_SERVER"]
        return [dhcpd, kea, dnsmasq].filter { wanted == nil || $0.kind == wanted }
    }

    private static let dhcpd = AgreementServer(
        kind: "dhcpd",
        server: .dhcpd(
            """
            authoritative;
            ping-check false;
            db-time-format local;
            default-lease-time 600;
            min-lease-time 2;
            max-lease-time 4294967295;
            subnet 192.168.50.0 netmask 255.255.255.0 {
                range dynamic-bootp 192.168.50.30 192.168.50.39;
                option routers 192.168.50.1;
            }
            subnet 192.168.60.0 netmask 255.255.255.0 {
                range dynamic-bootp 192.168.60.30 192.168.60.39;
                option routers 192.168.60.1;
            }

            """), leases: "/var/lib/dhcp/dhcpd.leases")

    private static let kea = AgreementServer(
        kind: "kea",
        server: Server(
            name: "kea",
            files: [
                "/etc/kea/kea-dhcp4.conf": """
                { "Dhcp4": {
                    "interfaces-config": { "interfaces": ["ens34"] },
                    "lease-database": {
                        "type": "memfile", "name": "/var/lib/kea/kea-leases4.csv", "lfc-interval": 0
                    },
                    "hooks-libraries": [ { "library": "/usr/lib/x86_64-linux-gnu/kea/hooks/libdhcp_bootp.so" } ],
                    "valid-lifetime": 600, "min-valid-lifetime": 2, "max-valid-lifetime": 4294967294,
                    "decline-probation-period": 3, "authoritative": true,
                    "subnet4": [
                        { "subnet": "192.168.50.0/24", "pools": [ { "pool": "192.168.50.30 - 192.168.50.39" } ] },
                        { "subnet": "192.168.60.0/24", "pools": [ { "pool": "192.168.60.30 - 192.168.60.39" } ],
                          "valid-lifetime": 4294967295, "min-valid-lifetime": 4294967295, "max-valid-lifetime": 4294967295 }
                    ]
                } }

                """
            ], command: ["kea-dhcp4", "-c", "/etc/kea/kea-dhcp4.conf"]), leases: "/var/lib/kea/kea-leases4.csv")

    private static let dnsmasq = AgreementServer(
        kind: "dnsmasq",
        server: Server(
            name: "dnsmasq",
            files: [
                "/etc/dhcp/dnsmasq.conf": """
                port=0
                no-ping
                dhcp-authoritative
                dhcp-rapid-commit
                bootp-dynamic
                dhcp-leasefile=/var/lib/misc/dnsmasq.leases
                dhcp-range=192.168.50.30,192.168.50.39,255.255.255.0,infinite
                dhcp-range=192.168.60.30,192.168.60.39,255.255.255.0,600

                """
            ],
            command: ["dnsmasq", "--keep-in-foreground", "--log-facility=-", "--conf-file=/etc/dhcp/dnsmasq.conf"]),
        leases: "/var/lib/misc/dnsmasq.leases")
}

extension Lab {
    /// Lets the server's namespace know where the clients are, so that no answer waits for ARP and is overtaken.
    fileprivate func knowNeighbours(of service: Service) async throws {
        let addresses = (30..<40).map { "192.168.50.\($0)" } + ["192.168.50.77", "192.168.50.200"]
        let lines = addresses.map { "neighbour replace \($0) lladdr 02:00:5e:fe:00:fe nud permanent dev ens34\n" }
        try host.write(lines.joined(), to: "/run/neighbours")
        let server = "\(try await service.server())"
        try await host.output("nsenter", "-t", server, "-n", "ip", "-batch", "/run/neighbours")
        // dnsmasq makes entries of its own for whom it answers: nobody is asked whether they are still true.
        try await host.output(
            "nsenter", "-t", server, "-n", "ip", "ntable", "change", "name", "arp_cache", "dev", "ens34", "delay_probe",
            "3600000")
    }
}

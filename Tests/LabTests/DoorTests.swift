import Foundation
import Glibc
import Testing

/// What a server's configuration names beside DHCP: what the options name works, and the rest is refused aloud.
@Suite struct DoorTests {
    /// Where bind9 may be.
    enum Place: String, CaseIterable, CustomTestStringConvertible {
        case loopback = "127.0.0.1"
        case host = "192.168.50.2"
        case router = "192.168.50.1"

        var testDescription: String { "at \(rawValue)" }
    }

    @Test(arguments: Place.allCases)
    func `dhcpd puts a client's name into bind9`(place: Place) async throws {
        try await Lab.with { lab in
            let machine = place == .router ? lab.router : lab.host
            let named = try await machine.bind9(at: place.rawValue)
            let service = try await lab.middleSock(
                .updatingNames(at: place.rawValue), "--connect", "\(place.rawValue):53/udp", "--connect",
                "\(place.rawValue):53/tcp")
            let lease = try await lab.client1.start(.udhcpc, options: ["-x", "hostname:guest1"]).lease()
            try await wait(for: "guest1 to be in DNS", evidence: { service.program.text + named.text }) {
                try await machine.output("dig", "+short", "@\(place.rawValue)", "guest1.example.test") == lease.address
            }
            try await service.records("SELECT count(*) FROM events WHERE kind = 'connection-refused'", [["0"]])
        }
    }

    @Test func `what has no option is refused at once, and told with the option`() async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(.updatingNames(at: "127.0.0.1"))
            try await lab.client1.start(.udhcpc, options: ["-x", "hostname:guest1"]).lease()
            let words = "dhcpd wanted udp 127.0.0.1:53: --connect 127.0.0.1:53/udp"
            try await service.program.says(words)
            try await service.records("SELECT detail FROM events WHERE kind = 'connection-refused'", [[words]])
            let status = try await lab.host.output("\(Project.binaries)/middle-sock", "status")
            #expect(status.contains(words), "\(status)")
        }
    }

    @Test func `what a server listens on and nobody reaches is told with the option`() async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(.withControl)
            try await service.program.says("dhcpd listens on 7911/tcp, where nobody reaches it: --publish 7911/tcp")
            try await service.records(
                "SELECT count(*) FROM events WHERE kind = 'port-unreachable-from-lan'", [["1"]])
        }
    }

    @Test func `omshell speaks with dhcpd from where it may, and from nowhere else`() async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(.withControl, "--publish", "7911/tcp@192.168.50.0/24")
            try await lab.client1.hasAddress("192.168.50.20/24")
            try await lab.remote.hasAddress("192.168.60.20/24", router: "192.168.60.1")
            let script = "printf 'server 192.168.50.2\\nconnect\\n' | omshell"
            #expect(try await lab.client1.output("sh", "-c", script).contains("obj: <null>"))
            #expect(!(try await lab.remote.run("sh", "-c", script)).output.contains("obj: <null>"))
            try await service.program.says("192.168.60.20 is not among those who may come: --publish 7911/tcp")
            #expect(!service.program.text.contains("where nobody reaches it"))
        }
    }

    @Test(arguments: [true, false])
    func `two dhcpd find each other, and again when one is killed`(isPrimary: Bool) async throws {
        try await Lab.with { lab in
            let (ours, theirs) = ("192.168.50.2", "192.168.50.1")
            let partner = Server.failover(at: theirs, with: ours, isPrimary: !isPrimary)
            try partner.prepare(on: lab.router)
            let bare = try await lab.start(.router, partner.command + ["eth0"])
            let service = try await lab.middleSock(
                .failover(at: ours, with: theirs, isPrimary: isPrimary), "--connect", "\(theirs):647/tcp",
                "--publish", "647/tcp@\(theirs)")
            try await lab.host.isNormal(service.program)
            try await lab.router.isNormal(bare)
            try await lab.client1.start(.udhcpc).lease()
            let told = bare.text.components(separatedBy: Self.interrupted).count - 1
            try await service.killAndAwaitSuccessor("dhcpd")
            try await bare.says(Self.interrupted, times: told + 1)
            try await lab.host.isNormal(service.program)
            try await lab.router.isNormal(bare)
            try await lab.client2.start(.udhcpc).lease()
        }
    }

    private static let interrupted = "to communications-interrupted"

    @Test func `dnsmasq answers names and sends files, and asks another for what it does not know`() async throws {
        try await Lab.with { lab in
            try FileManager.default.createDirectory(
                atPath: lab.host.path("/var/lib/tftp"), withIntermediateDirectories: true)
            _ = try await lab.router.bind9(at: "192.168.50.1")
            let service = try await lab.middleSock(
                .dnsmasqWithEverything, "--publish", "53/udp", "--publish", "53/tcp", "--publish", "69/tftp",
                "--connect", "192.168.50.1:53/udp", "--connect", "192.168.50.1:53/tcp")
            try await lab.client1.hasAddress("192.168.50.20/24")
            for options in [["+notcp"], ["+tcp"]] {
                for (name, address) in [("here.lan", "192.168.50.7"), ("ns.example.test", "192.168.50.1")] {
                    let answer = try await lab.start(
                        .client1, ["dig", "+short", "+tries=1"] + options + ["@192.168.50.2", name]
                    ).ended()
                    #expect(
                        answer.output.contains(address), "\(name) \(options): \(answer.output)\(service.program.text)")
                }
            }
            let file = String(repeating: "0123456789abcdef", count: 65_536)
            try lab.host.write(file, to: "/var/lib/tftp/boot")
            try await lab.client1.output("tftp", "192.168.50.2", "-m", "binary", "-c", "get", "boot", "/run/boot")
            #expect(contents(of: lab.client1.path("/run/boot")) == file)
        }
    }

    @Test func `a proxy that is killed has a successor, and new connections wait for it`() async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(.withControl, "--publish", "7911/tcp")
            try await lab.client1.hasAddress("192.168.50.20/24")
            try await service.killAndAwaitSuccessor("proxy")
            let script = "printf 'server 192.168.50.2\\nconnect\\n' | omshell"
            #expect(try await lab.client1.output("sh", "-c", script).contains("obj: <null>"))
            try await service.records("SELECT count(*) FROM events WHERE kind = 'proxy-gone'", [["1"]])
        }
    }

    @Test func `doors move with the server`() async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(.withControl, "--standby", "--publish", "7911/tcp")
            try await lab.client1.hasAddress("192.168.50.20/24")
            try await service.isReadyToFailOver()
            let script = "printf 'server 192.168.50.2\\nconnect\\n' | omshell"
            for place in ["standby", "first"] {
                let answer = try await lab.host.output("\(Project.binaries)/middle-sock", "failover")
                #expect(answer.contains("serving: \(place)"))
                #expect(try await lab.client1.output("sh", "-c", script).contains("obj: <null>"))
            }
        }
    }

    @Test func `a port that another program has is named before anything is started`() async throws {
        try await Lab.with { lab in
            _ = try await lab.host.start(
                "python3", "-c", "import socket, time; s = socket.create_server(('192.168.50.2', 7911)); time.sleep(60)"
            )
            try await wait(for: "the port to be taken") {
                try await lab.host.output("cat", "/proc/net/tcp").contains("0232A8C0:1EE7")
            }
            try Server.withControl.prepare(on: lab.host)
            let ending = try await lab.start(
                .host, Lab.middleSockCommand(.withControl, ["--publish", "7911/tcp"])
            ).ended()
            #expect(ending.status == 69)
            #expect(
                ending.errors.contains("--publish 7911/tcp cannot be opened: 192.168.50.2 has a program on port 7911"))
        }
    }
}

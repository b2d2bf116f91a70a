import Foundation
import Glibc
import Testing

/// One of two servers succeeds the other (`--standby`).
@Suite struct FailoverTests {
    static let servers: [Server] = [.impatient, .dnsmasq(), .kea]

    @Test(arguments: servers)
    func `a server that ends has a successor that knows its leases`(server: Server) async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(server, "--standby")
            let guest = try await lab.client1.start(.udhcpc)
            let lease = try await guest.lease()
            try await service.isReadyToFailOver()
            _ = try await service.stopServer(by: SIGKILL)
            #expect(try await service.failover(1).hasPrefix("standby serves instead of first"))
            #expect(try await guest.renew().address == lease.address)
            let next = try await lab.client2.start(.udhcpc).lease()
            #expect(next.address != lease.address)
            try await service.records(
                "SELECT address, state FROM leases ORDER BY bound_at",
                [[lease.address, "bound"], [next.address, "bound"]])
        }
    }

    @Test(arguments: servers)
    func `a server that is stopped is killed, and finds no way out when it is continued`(server: Server) async throws {
        try await Lab.with { lab in
            // dnsmasq reads nothing for the three seconds that its ping check takes: longer than the silence here.
            let service = try await lab.middleSock(
                server.forAHouse, "--standby", "--silence", "2s", "--silent-clients", "2")
            let guests = [try await lab.client1.start(.udhcpc), try await lab.client2.start(.udhcpc)]
            for guest in guests { try await guest.lease() }
            try await service.isReadyToFailOver()
            let old = try await service.stopServer(by: SIGSTOP)
            async let first = guests[0].renew()
            async let second = guests[1].renew()
            _ = try await (first, second)
            #expect(try await service.failover(1).contains("is stopped, and has read nothing for 2 s"))
            #expect(kill(old, SIGCONT) == -1 && errno == ESRCH)
        }
    }

    @Test(arguments: servers)
    func `a switch by hand loses no request, and a second one goes back`(server: Server) async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(server.forAHouse, "--standby")
            try await service.isReadyToFailOver()
            let residents = try await lab.residents("--clients", "60", "--renewal", "0.5", "--retransmission", "4")
            try await service.acknowledges(120)
            for place in ["standby", "first", "standby"] {
                let answer = try await lab.host.output("\(Project.binaries)/middle-sock", "failover")
                #expect(answer.contains("serving: \(place)"))
                try await service.acknowledges(60)
            }
            let result = try await residents.result()
            #expect(
                result["repeated"] == 0 && result["denied"] == 0 && result["shared"] == 0 && result["unserved"] == 0)
            #expect(try #require(result["renewed"]) > 100)
            _ = try await service.failover(3)
        }
    }

    @Test func `without a second server there is nothing to switch to`() async throws {
        try await Lab.with { lab in
            _ = try await lab.middleSock(.impatient)
            let ending = try await lab.host.run("\(Project.binaries)/middle-sock", "failover")
            #expect(ending.status == 69 && ending.errors.contains("start middle-sock with --standby"))
        }
    }

    @Test func `a switch to one that cannot start is told to have failed`() async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(.impatient, "--standby-command", "/bin/false")
            try await service.isReadyToFailOver()
            let ending = try await lab.host.run("\(Project.binaries)/middle-sock", "failover")
            #expect(ending.status == 69 && ending.output.isEmpty)
            #expect(
                ending.errors.contains("first serves again: false ended with status 1 before it was ready"),
                "\(ending.errors)")
            try await lab.client1.start(.udhcpc).lease()
        }
    }

    @Test func `another server can stand behind, and the first is tried again when that one fails`() async throws {
        try await Lab.with { lab in
            try Server.kea.prepare(on: lab.host)
            let service = try await lab.middleSock(
                .impatient, "--standby-command", Server.kea.command.joined(separator: " "))
            try await service.isReadyToFailOver()
            _ = try await service.stopServer(by: SIGKILL)
            _ = try await service.failover(1)
            try await lab.client1.start(.udhcpc).lease()
            #expect(kill(try await service.process("kea-dhcp4"), SIGKILL) == 0)
            #expect(try await service.failover(2).hasPrefix("first serves instead of standby"))
            try await lab.client2.start(.udhcpc).lease()
        }
    }

    /// One ends before the relay is there, the other when it has its links since long.
    @Test(arguments: [
        Server.dhcpd("nonsense;"), Server(name: "late", files: [:], command: ["/bin/sh", "-c", "sleep 2; exit 1"]),
    ])
    func `one that cannot even start gives way to one that can`(first: Server) async throws {
        try await Lab.with { lab in
            try Server.kea.prepare(on: lab.host)
            let service = try await lab.middleSock(
                first, "--standby-command", Server.kea.command.joined(separator: " "))
            _ = try await service.failover(1)
            try await lab.client1.start(.udhcpc).lease()
        }
    }

    @Test func `servers that fail one after the other are started later and later, and it is said`() async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(.impatient, "--standby-command", "/bin/false")
            try await service.isReadyToFailOver()
            for count in [2, 4] {
                _ = try await service.stopServer(by: SIGKILL)
                try await service.records(
                    "SELECT count(*) FROM events WHERE kind = 'server-ready'", [["\(count / 2 + 1)"]])
            }
            try await service.records("SELECT count(*) > 0 FROM events WHERE kind = 'failover-failing'", [["1"]])
            try await lab.client1.start(.udhcpc).lease()
        }
    }

    /// Servers that have nothing to say to anyone who asks, or to no more than one.
    @Test(arguments: [
        Server.dhcpd("deny unknown-clients;", "option routers 192.168.50.1;"),
        .dhcpd(range: "192.168.50.30", "ping-check false;"),
        .dhcpd("subnet 192.168.50.0 netmask 255.255.255.0 { }"),
    ])
    func `a server that is right to be silent stays`(server: Server) async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(server, "--standby", "--silence", "2s", "--silent-clients", "1")
            try await service.isReadyToFailOver()
            let residents = try await lab.residents("--clients", "20", "--retransmission", "0.5")
            // Each has asked for more than three times as long as a server may be silent.
            let sql = "SELECT count(*) >= 280 FROM packets WHERE message_type = 'DISCOVER' AND verdict = 'forwarded'"
            try await wait(for: "it to be asked", within: .seconds(30), evidence: { service.program.text }) {
                try await service.recording?.rows(sql) == [["1"]]
            }
            try await service.records(
                "SELECT count(*) FROM events WHERE kind IN ('failover', 'server-silent', 'server-slow')", [["0"]])
            residents.program.send(SIGKILL)
        }
    }

    /// It acknowledges what it is asked, to whomever; after SIGUSR1 it reads on, and says nothing.
    private static let mute = """
        import signal, socket, struct
        port = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        port.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        port.bind(("", 67))
        speaks = [True]
        signal.signal(signal.SIGUSR1, lambda *_: speaks.clear())
        while True:
            request = port.recv(2048)
            kind = request[242]
            if not speaks or kind not in (1, 3): continue
            address = socket.inet_aton(f"192.168.50.{100 + request[33] % 100}")
            options = bytes([53, 1, 2 if kind == 1 else 5, 54, 4]) + socket.inet_aton("192.168.50.2") \\
                + bytes([51, 4, 0, 0, 14, 16, 1, 4, 255, 255, 255, 0, 255])
            reply = b"\\x02" + request[1:16] + address + bytes(8) + request[28:44] + bytes(192) + request[236:240] + options
            port.sendto(reply + bytes(60), ("255.255.255.255", 68))

        """

    @Test func `a server that reads and answers nobody is found in three times the silence`() async throws {
        try await Lab.with { lab in
            let server = Server(
                name: "mute", files: ["/etc/dhcp/mute.py": Self.mute], command: ["python3", "-u", "/etc/dhcp/mute.py"])
            let service = try await lab.middleSock(server, "--standby", "--silence", "2s", "--silent-clients", "2")
            try await service.isReadyToFailOver()
            let residents = try await lab.residents("--clients", "4", "--renewal", "0.5")
            try await service.acknowledges(8)
            let start = ContinuousClock.now
            _ = try await service.stopServer(by: SIGUSR1)
            try await service.program.says("reads what it is sent, and has answered none of", within: .seconds(20))
            note("mute, to the line that says so", from: start, to: .now)
            _ = try await service.failover(1)
            // Its successor serves them.
            try await service.acknowledges(8)
            residents.program.send(SIGKILL)
        }
    }

    /// Half by `kill -9`, half by SIGSTOP and SIGCONT later.
    @Test(arguments: [SIGKILL, SIGSTOP])
    func `25 times a server fails, and of 200 clients none notices`(signal: Int32) async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(
                Server.impatient.forAHouse, "--standby", "--silence", "2s", "--silent-clients", "3")
            try await service.isReadyToFailOver()
            let residents = try await lab.residents("--clients", "200", "--renewal", "2")
            for count in 1...25 {
                // A server that fails sooner is started again later.
                try await Task.sleep(for: .seconds(2.1))
                let old = try await service.stopServer(by: signal)
                _ = try await service.failover(count)
                #expect(kill(old, SIGCONT) == -1 && errno == ESRCH)
            }
            let result = try await residents.result()
            #expect(result["denied"] == 0 && result["shared"] == 0 && result["unserved"] == 0)
            #expect(try #require(result["renewed"]) > 2_000)
            try await service.records(
                "SELECT count(*) FROM (SELECT 1 FROM leases WHERE state = 'bound' GROUP BY address HAVING count(*) > 1)",
                [["0"]])
        }
    }

    /// As many exchanges as a LAN of hundreds of clients has in an hour.
    @Test func `an hour's load makes no server look silent`() async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(
                Server.impatient.forAHouse, "--standby", "--silence", "2s", "--silent-clients", "1")
            try await service.isReadyToFailOver()
            let residents = try await lab.residents("--clients", "200", "--renewal", "0.5")
            let sql = "SELECT count(*) > 3600 FROM packets WHERE message_type = 'ACK'"
            try await wait(for: "an ACK for each second", within: .seconds(120), evidence: { service.program.text }) {
                try await service.recording?.rows(sql) == [["1"]]
            }
            let result = try await residents.result()
            #expect(result["unserved"] == 0 && result["denied"] == 0)
            try await service.records("SELECT count(*) FROM events WHERE kind = 'failover'", [["0"]])
        }
    }
}

extension Server {
    /// The same with a range for more clients than a lab has machines.
    var forAHouse: Server {
        var server = self
        for (path, text) in files {
            server.files[path] = text.replacing("192.168.50.30", with: "192.168.50.10")
                .replacing("192.168.50.39", with: "192.168.50.250")
            if name == "dnsmasq" { server.files[path, default: ""] += "no-ping\n" }
        }
        return server
    }
}

extension Service {
    /// Waits until the second server's place is ready and the relay has it.
    func isReadyToFailOver() async throws {
        try await program.says("a second server's links are there")
    }

    /// Sends the server's process a signal, and gives its number.
    func stopServer(by signal: Int32) async throws -> pid_t {
        let server = try await process(serverName)
        try #require(kill(server, signal) == 0)
        return server
    }

    /// Waits for the failover with this number, and gives its description.
    func failover(_ number: Int) async throws -> String {
        try await eventually("failover \(number)", within: .seconds(30), evidence: { program.text }) {
            let rows = try await recording?.rows("SELECT detail FROM events WHERE kind = 'failover' ORDER BY id") ?? []
            return rows.count >= number ? rows[number - 1][0] : nil
        }
    }

    /// Waits until it has acknowledged so many more requests than by now.
    func acknowledges(_ count: Int) async throws {
        let sql = "SELECT count(*) FROM packets WHERE message_type = 'ACK' AND verdict = 'forwarded'"
        let before = try #require(Int(try await recording?.rows(sql).first?.first ?? ""))
        try await wait(for: "\(count) acknowledgements", evidence: { program.text }) {
            try #require(Int(try await recording?.rows(sql).first?.first ?? "")) >= before + count
        }
    }
}

/// `dhcp-load residents` at work on a machine.
struct ResidentsProgram: Sendable {
    let program: Program

    /// Ends it, and gives what it counted.
    func result() async throws -> [String: Int] {
        let ending = try await program.stop(within: .seconds(30))
        return try JSONDecoder().decode([String: Int].self, from: Data(ending.output.utf8))
    }
}

extension Lab {
    func residents(_ options: String...) async throws -> ResidentsProgram {
        ResidentsProgram(
            program: try await start(
                .client1,
                ["\(Project.binaries)/dhcp-load", "residents", "--interface", "eth0", "--server", "192.168.50.2"]
                    + options))
    }
}

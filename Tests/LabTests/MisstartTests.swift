import Foundation
import Glibc
import Testing

/// A server that is started in a way in which it cannot serve under middle-sock.
@Suite struct MisstartTests {
    /// dhcpd and dnsmasq bind the port before their first process ends, Kea from a script does it afterwards.
    private static let backgrounding: [Server] = [
        .impatient.with { $0.removeAll { ["-f", "-d"].contains($0) } },
        .dnsmasq().with { $0.removeAll { $0 == "--keep-in-foreground" || $0 == "--log-facility=-" } },
        .kea.with { $0 = ["sh", "-c", $0.joined(separator: " ") + " &"] },
        // It is ready for long before its first process ends.
        .impatient.with {
            $0 = ["sh", "-c", $0.joined(separator: " ") + " & sleep 1"]
        },
    ]

    @Test(arguments: backgrounding)
    func `a server that goes into the background is found every time`(server: Server) async throws {
        try await Lab.with { lab in
            try server.prepare(on: lab.host)
            // Who is late to look at it finds it ready, who is early does not.
            for _ in 1...6 {
                let ending = try await lab.start(.host, Lab.middleSockCommand(server)).ended(within: .seconds(60))
                #expect(ending.status == 64)
                #expect(
                    ending.errors.contains("went into the background; keep it in the foreground"), "\(ending.errors)")
                #expect(!ending.errors.contains("started again"), "\(ending.errors)")
            }
            let recording = Recording(path: lab.host.path("/var/lib/middle-sock/middle-sock.sqlite"))
            #expect(try await recording.rows("SELECT count(*) FROM events WHERE kind = 'start-failed'") == [["6"]])
            try await lab.host.isDeserted()
        }
    }

    @Test func `the last line of a start without a network says why there is none`() async throws {
        try await Lab.with { lab in
            try Server.impatient.prepare(on: lab.host)
            let command = Lab.middleSockCommand(.impatient, ["--interface", "nope"])
            let ending = try await lab.start(.host, command).ended(within: .seconds(60))
            #expect(ending.status == 69)
            let last = try #require(ending.errors.split(separator: "\n").last)
            #expect(last.contains("ends with status 69: /proc/net/route: there is no interface nope"), "\(last)")
        }
    }

    private static let deaf: [(server: Server, words: String)] = [
        (.impatient.with { $0 += ["-p", "1067"] }, "listens on UDP port 1067,"),
        (.dnsmasq().with { $0.append("--dhcp-alternate-port=1067,1068") }, "listens on UDP port 1067,"),
        (.kea.replacing(#""interfaces": ["ens34"]"#, with: #""interfaces": []"#), "listens on no UDP port:"),
    ]

    @Test(arguments: deaf)
    func `a server that hears nobody is told of, with what it listens on`(server: Server, words: String) async throws {
        try await Lab.with { lab in
            try server.prepare(on: lab.host)
            let program = try await lab.start(.host, Lab.middleSockCommand(server))
            try await program.says("no client is heard for 10 s: \(server.command[0]) (process ", within: .seconds(60))
            #expect(program.text.contains(words))
            let recording = Recording(path: lab.host.path("/var/lib/middle-sock/middle-sock.sqlite"))
            try await recording.shows(
                "SELECT count(*) FROM events WHERE kind = 'server-deaf' AND detail LIKE '%\(words)%'", [["1"]],
                sourceLocation: #_sourceLocation)
            #expect(try await program.stop().status == 0)
        }
    }
}

extension Server {
    /// The same with another command.
    fileprivate func with(_ change: (inout [String]) -> Void) -> Server {
        var server = self
        change(&server.command)
        return server
    }

    /// The same with another configuration.
    fileprivate func replacing(_ words: String, with others: String) -> Server {
        var server = self
        server.files = files.mapValues { $0.replacing(words, with: others) }
        return server
    }
}

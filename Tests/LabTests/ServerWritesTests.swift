import Foundation
import Testing

/// `--server-writes`: a server that may write what it needs, and nothing else.
@Suite struct ServerWritesTests {
    /// The servers, with what each has to write.
    static let servers: [(server: Server, writes: [String])] = [
        (.impatient, ["/var/lib/dhcp"]), (.dnsmasq(), ["/var/lib/misc", "/run"]),
        (.keaCleaningUp, ["/var/lib/kea", "/run/kea", "/run/lock/kea"]),
    ]

    @Test(arguments: servers)
    func `a server keeps its leases where it may write`(server: Server, writes: [String]) async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(
                server, by: ["env", "MIDDLE_SOCK_SERVER_WRITES=\(writes.joined(separator: ","))"])
            let lease = try await lab.client1.start(.udhcpc).lease()
            let directory = lab.host.path(writes[0])
            try await wait(for: "the lease in \(directory)", evidence: { service.program.text }) {
                try FileManager.default.contentsOfDirectory(atPath: directory).contains {
                    contents(of: "\(directory)/\($0)").contains(lease.address)
                }
            }
            if server.name == "kea" {
                // A program of its own writes the file anew, and renames it.
                try await wait(for: "the clean-up of the leases", evidence: { service.program.text }) {
                    FileManager.default.fileExists(atPath: directory + "/kea-leases4.csv.2")
                }
            }
        }
    }

    @Test func `one that was taken over changes nothing else`() async throws {
        let attempts = """
            for path in ("/etc/dhcp/hostile.py", "/run/hostile", "/var/lib/misc/hostile", "/tmp/middle-sock-hostile", "/root/hostile"):
                attempt(f"write {path}", lambda: open(path, "a").close())
            attempt("mode", lambda: os.chmod("/etc/dhcp/hostile.py", 0o4755))
            attempt("owner", lambda: os.chown("/etc/dhcp/hostile.py", 1, 1))
            attempt("time", lambda: os.utime("/etc/dhcp/hostile.py"))
            attempt("attribute", lambda: os.setxattr("/etc/dhcp/hostile.py", "user.x", b""))
            attempt("length", lambda: os.truncate("/etc/dhcp/hostile.py", 0))
            attempt("name", lambda: os.rename("/etc/dhcp/hostile.py", "/etc/dhcp/hostile"))
            attempt("removal", lambda: os.remove("/etc/dhcp/hostile.py"))
            attempt("link", lambda: os.link("/etc/dhcp/hostile.py", "/var/lib/dhcp/hostile"))
            attempt("/proc", lambda: open_for_writing("/proc/sys/kernel/core_pattern"))
            attempt("remount as root of users", lambda: in_user_namespace(lambda: call(libc.mount, None, b"/", None, 0x1020, None)))
            attempt("usual file", lambda: open("/var/lib/dhcp/hostile", "w").close())
            attempt("usual rename", lambda: os.rename("/var/lib/dhcp/hostile", "/var/lib/dhcp/hostile~"))
            attempt("usual removal", lambda: os.remove("/var/lib/dhcp/hostile~"))
            attempt("usual device", lambda: open_for_writing("/dev/null"))
            print("attempts are over", flush=True)
            port.recv(2048)
            """
        try await Lab.with { lab in
            let server = HostileServer.server(attempts)
            let service = try await lab.middleSock(server, "--server-writes", "/var/lib/dhcp")
            _ = try await lab.client1.start(.udhcpc)
            try await service.program.says("attempts are over", within: .seconds(60))
            let said = HostileFiles.attempts(in: service.program.text)
            #expect(said.filter { $0.hasSuffix(": ok") }.allSatisfy { $0.hasPrefix("usual ") }, "\(said)")
            #expect(said.filter { $0.hasPrefix("usual ") }.allSatisfy { $0.hasSuffix(": ok") }, "\(said)")
            #expect(said.count == 19, "\(said)")
        }
    }

    @Test func `a path that is not there is refused in one line`() async throws {
        try await Lab.with { lab in
            let command = Lab.middleSockCommand(.impatient, ["--server-writes", "/var/lib/no-such"])
            try Server.impatient.prepare(on: lab.host)
            let ending = try await lab.start(.host, command).ended(within: .seconds(20))
            #expect(ending.status == 69, "\(ending)")
            #expect(
                ending.errors.contains(
                    "--server-writes: find /var/lib/no-such: No such file or directory; make it first, or leave it out"),
                "\(ending.errors)")
        }
    }
}

extension Server {
    /// Kea, which every second has its lease file written anew.
    fileprivate static var keaCleaningUp: Server {
        var server = kea
        server.files = server.files.mapValues {
            $0.replacing("\"type\": \"memfile\",", with: "\"type\": \"memfile\", \"lfc-interval\": 1,")
        }
        return server
    }
}

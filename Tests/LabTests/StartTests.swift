import Foundation
import Testing

/// What middle-sock says when it cannot start, and with which status: that of sysexits.h, so that scripts can tell.
@Suite struct StartTests {
    static let wrongUsage: Int32 = 64
    static let somethingMissing: Int32 = 69

    @Test func `a port 67 that is taken is named together with who holds it`() async throws {
        try await Lab.with { lab in
            _ = try await lab.serve(.dnsmasq(), .direct)
            let ending = try await lab.tryMiddleSock(.paper)
            #expect(ending.status == Self.somethingMissing)
            #expect(ending.errors.contains("67") && ending.errors.contains("dnsmasq"), "\(ending.errors)")
            try await lab.client1.start(.udhcpc).lease()
        }
    }

    @Test func `an interface that does not exist is named`() async throws {
        try await Lab.with { lab in
            let ending = try await lab.tryMiddleSock(.paper, "--interface", "nosuch0")
            #expect(ending.status == Self.somethingMissing)
            #expect(ending.errors.contains("nosuch0"), "\(ending.errors)")
            try await lab.host.isDeserted()
        }
    }

    @Test func `a host without a network is nothing to start on`() async throws {
        try await Lab.with { lab in
            try await lab.host.output("ip", "link", "set", "ens34", "down")
            let ending = try await lab.tryMiddleSock(.paper)
            #expect(ending.status == Self.somethingMissing)
            try await lab.host.isDeserted()
        }
    }

    @Test func `who is not root is told so`() async throws {
        try await Lab.with { lab in
            // The project may lie in a home directory that nobody else may enter.
            let copy = lab.host.path("/run/middle-sock-copy")
            try FileManager.default.copyItem(atPath: "\(Project.binaries)/middle-sock", toPath: copy)
            let ending = try await lab.host.run(
                "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "/run/middle-sock-copy", "--", "dhcpd")
            #expect(ending.status == Self.somethingMissing)
            #expect(ending.errors.contains("root") || ending.errors.contains("privilege"), "\(ending.errors)")
        }
    }

    @Test func `the server has what it needs and no more, whatever could be inherited`() async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(.impatient, by: ["setpriv", "--inh-caps=+sys_admin,+net_admin"])
            let status = ProcessStatus(of: try await service.server())
            #expect(status["CapInh"] == "0000000000000000" && status["CapPrm"] == status["CapBnd"])
            #expect(try ProcessStatus(of: service.program.running)["CapInh"] != "0000000000000000")
        }
    }

    @Test func `the server's PID file names the process that the host knows it by, also after it was killed`()
        async throws
    {
        try await Lab.with { lab in
            let service = try await lab.middleSock(.impatient)
            let file = lab.host.path("/run/dhcpd.pid")
            let first = try await service.server()
            try await wait(for: "the PID file to say \(first)", evidence: { contents(of: file) }) {
                contents(of: file) == "\(first)\n"
            }
            try await service.killAndAwaitSuccessor("dhcpd")
            let second = try await service.server()
            try await wait(for: "the PID file to say \(second)", evidence: { contents(of: file) }) {
                contents(of: file) == "\(second)\n"
            }
        }
    }

    @Test(arguments: [["--no-such-option", "--", "dhcpd"], ["--uplink", "pigeon", "--", "dhcpd"], []])
    func `a wrong command line is a wrong usage`(arguments: [String]) async throws {
        try await Lab.with { lab in
            let ending = try await lab.start(.host, ["\(Project.binaries)/middle-sock"] + arguments).ended()
            #expect(ending.status == Self.wrongUsage)
            #expect(!ending.errors.isEmpty)
        }
    }

    @Test func `a server that does not exist is named`() async throws {
        try await Lab.with { lab in
            let ending = try await lab.tryMiddleSock(Server(name: "none", files: [:], command: ["no-such-server"]))
            #expect(ending.status == Self.somethingMissing)
            #expect(ending.errors.contains("no-such-server"), "\(ending.errors)")
            try await lab.host.isDeserted()
        }
    }

    @Test func `a server that gives up gives its own status and its own words`() async throws {
        try await Lab.with { lab in
            let ending = try await lab.tryMiddleSock(.dhcpd("this is no configuration"))
            #expect(ending.status == 1)
            #expect(ending.errors.contains("Configuration file errors encountered"), "\(ending.errors)")
            try await lab.host.isDeserted()
        }
    }
}

extension Lab {
    /// Starts middle-sock where it is expected to give up.
    func tryMiddleSock(_ server: Server, _ options: String...) async throws -> Program.Ending {
        try server.prepare(on: host)
        return try await start(.host, Self.middleSockCommand(server, options)).ended()
    }
}

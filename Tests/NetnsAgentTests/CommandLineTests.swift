import Addresses
import ArgumentParser
import CommandLine
import Diagnostics
import Service
import Testing

@testable import Doctor
@testable import netns_agent

@Suite("The agent's command line")
struct AgentCommandLineTests {
    @Test func `a second server is one that the agent starts`() throws {
        let agent = try #require(try NetnsAgent.parseAsRoot(["--external-server", "--standby"]) as? NetnsAgent)
        #expect(throws: Failure.self) { try agent.run() }
        let command = ["--standby-command", "a b  c", "--", "dhcpd"]
        let other = try #require(try NetnsAgent.parseAsRoot(command) as? NetnsAgent)
        #expect(other.standby.threshold != nil && other.standby.command == ["a", "b", "c"])
    }

    @Test func `the directory is heard behind a subcommand`() throws {
        let hold = try NetnsAgent.parseAsRoot(["hold", "--runtime-directory", "/x"]) as? Hold
        #expect(hold?.directory.runtimeDirectory.path == "/x")
        let status = try NetnsAgent.parseAsRoot(["status", "--runtime-directory", "/x"])
        #expect((status as? StatusSubcommand<NetnsAgent>)?.directory.runtimeDirectory.path == "/x")
    }

    @Test func `doctor has the server and the flags that stand behind it`() throws {
        let line = ["doctor", "--external-server", "--interface", "a", "--", "dhcpd", "-f"]
        let doctor = try #require(try NetnsAgent.parseAsRoot(line) as? DoctorCommand<NetnsAgent>)
        #expect(doctor.argument.server == ["dhcpd", "-f"])
        #expect(doctor.chosen.interfaces.map(\.description) == ["a"])
        #expect(doctor.externalServer)
    }

    @Test func `who holds a namespace takes the directory from the environment`() {
        #expect(Hold.environmentOptions == [.value("runtime-directory"), .value("log-level"), .value("log-format")])
    }
}

import Addresses
import ArgumentParser
import CommandLine
import Diagnostics
import Kernel
import Messages
import Service
import Testing

@testable import Doctor
@testable import middle_sock

@Suite("Options of middle-sock")
struct OptionTests {
    private func parse(_ arguments: String...) throws -> MiddleSock {
        try #require(try MiddleSock.parseAsRoot(arguments) as? MiddleSock)
    }

    @Test func `a server alone is enough`() throws {
        let command = try parse("--", "dhcpd", "-f", "--grace")
        #expect(command.argument.server == ["dhcpd", "-f", "--grace"])
        #expect(command.chosen.interfaces.isEmpty)
        #expect(command.transport.uplink == .lan && command.routes == nil)
        #expect(command.database == "/var/lib/middle-sock/middle-sock.sqlite")
        #expect(command.directory.runtimeDirectory.path == "/run/middle-sock")
        #expect(command.grace == 5)
        #expect(command.firstUser.group == 60_767)
        #expect(command.retention.arguments.isEmpty)
    }

    @Test func `the doctor takes interfaces and a server as a start does`() throws {
        let arguments = ["doctor", "--interface", "a", "--no-probe", "--wait", "9", "--json", "--", "dhcpd", "-f"]
        let doctor = try #require(try MiddleSock.parseAsRoot(arguments) as? DoctorCommand<MiddleSock>)
        #expect(doctor.chosen.interfaces.map(\.description) == ["a"])
        #expect(doctor.argument.server == ["dhcpd", "-f"])
        #expect(doctor.isSilent && doctor.json && doctor.wait == 9 && !doctor.externalServer)
        #expect(DoctorCommand<MiddleSock>.environmentOptions.contains(.flag("no-probe")))
        #expect(StatusCommand.environmentOptions == [.value("runtime-directory"), .flag("json")])
    }

    @Test func `a server may be called as a subcommand is`() throws {
        #expect(try parse("--", "status").argument.server == ["status"])
    }

    @Test func `each option is taken`() throws {
        let command = try parse(
            "--interface", "a", "--interface", "b", "--uplink", "runtime", "--routes", "host/route", "--database", "x",
            "--runtime-directory", "/y",
            "--grace", "0", "--first-user", "1", "--", "kea-dhcp4")
        #expect(command.chosen.interfaces.map(\.description) == ["a", "b"])
        #expect(command.transport.uplink == .runtime && command.routes == "host/route")
        #expect(command.database == "x" && command.directory.runtimeDirectory.path == "/y")
        #expect(command.grace == 0 && command.firstUser.relay.user == 2)
    }

    @Test(arguments: [
        ["--interface", "a/b"], ["--interface", ""], ["--uplink", "pigeon"], ["--grace", "-1"], ["--grace", "3601"],
        ["--first-user", "0"], ["--keep-packets", "never"], ["--max-size", "1"], ["--first-user", "4294967292"],
        ["--runtime-directory", ""], ["dhcpd"],
    ])
    func `what cannot be is refused`(arguments: [String]) {
        #expect(throws: (any Error).self) { try MiddleSock.parseAsRoot(arguments + ["--", "dhcpd"]) }
    }

    @Test(arguments: [
        ["status", "--runtime-directory", "/y", "--json"], ["--runtime-directory", "/y", "status", "--json"],
    ])
    func `status knows where to ask`(arguments: [String]) throws {
        let command = try #require(try MiddleSock.parseAsRoot(arguments) as? StatusCommand)
        #expect(command.directory.runtimeDirectory.path == "/y")
        #expect(command.json)
    }

    @Test func `without a server nothing is launched, and an example shows how it is given`() throws {
        let command = try parse("--interface", "a")
        let failure = #expect(throws: Failure.self) { try Launch(command, environment: []) }
        #expect(failure?.status == .usage)
        #expect(failure?.message.contains("middle-sock -- dhcpd") == true)
    }

    @Test func `a server that is not there is named`() throws {
        let launch = try Launch(parse("--", "no-such-server"), environment: ["PATH=/nowhere"])
        let failure = #expect(throws: Failure.self) { try launch.checkServer() }
        #expect(failure?.status == .unavailable)
        #expect(failure?.message.contains("no-such-server") == true && failure?.message.contains("/nowhere") == true)
        #expect(throws: Never.self) { try Launch(parse("--", "sh"), environment: ["PATH=/bin"]).checkServer() }
    }

    @Test func `paths are made absolute`() {
        #expect(Launch.absolute("data/x", from: "/home/a") == "/home/a/data/x")
        #expect(Launch.absolute("x", from: "/") == "/x")
        #expect(Launch.absolute("/x", from: "/home/a") == "/x")
    }
}

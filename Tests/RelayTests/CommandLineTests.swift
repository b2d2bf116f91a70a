import ArgumentParser
import CommandLine
import Service
import Testing

@testable import relay

@Suite("The relay's command line")
struct RelayCommandLineTests {
    @Test(arguments: [["status", "--runtime-directory", "/x"], ["--runtime-directory", "/x", "status"]])
    func `the directory is heard before and behind the subcommand`(arguments: [String]) throws {
        let command = try #require(try Relay.parseAsRoot(arguments) as? StatusSubcommand<Relay>)
        #expect(command.directory.runtimeDirectory.path == "/x")
    }

    @Test func `the relay itself hears it too`() throws {
        let command = try #require(try Relay.parseAsRoot(["--runtime-directory", "/x"]) as? Relay)
        #expect(command.directory.runtimeDirectory.path == "/x")
    }
}

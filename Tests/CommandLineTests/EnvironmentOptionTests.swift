import CommandLine
import Testing

@Suite("Options from the environment")
struct EnvironmentOptionTests {
    private let options: [EnvironmentOption] = [.value("runtime-directory"), .list("interface"), .flag("standby")]

    private func merge(_ arguments: [String], _ environment: [String: String]) -> [String] {
        EnvironmentOption.merge(arguments, with: environment, options: options, subcommands: ["status"])
    }

    @Test func `a variable stands for its option`() {
        let environment = ["MIDDLE_SOCK_RUNTIME_DIRECTORY": "/run/x", "MIDDLE_SOCK_OTHER": "y", "PATH": "z"]
        #expect(merge(["--", "dhcpd"], environment) == ["--runtime-directory", "/run/x", "--", "dhcpd"])
    }

    @Test func `the command line goes first`() {
        let environment = ["MIDDLE_SOCK_RUNTIME_DIRECTORY": "/run/x", "MIDDLE_SOCK_INTERFACE": "a,b"]
        let arguments = ["--runtime-directory=/run/y", "--interface", "c"]
        #expect(merge(arguments, environment) == arguments)
    }

    @Test func `what stands behind the two hyphens belongs to the server`() {
        let merged = merge(["--", "kea", "--interface", "c"], ["MIDDLE_SOCK_INTERFACE": "a,b"])
        #expect(merged == ["--interface", "a", "--interface", "b", "--", "kea", "--interface", "c"])
    }

    @Test(arguments: [("1", true), ("true", true), ("YES", true), ("0", false), ("", false), ("off", false)])
    func `a flag is given by a word for yes`(text: String, isGiven: Bool) {
        #expect(merge([], ["MIDDLE_SOCK_STANDBY": text]) == (isGiven ? ["--standby"] : []))
    }

    @Test func `options of a subcommand stand behind it`() {
        let merged = merge(["status", "--json"], ["MIDDLE_SOCK_RUNTIME_DIRECTORY": "/run/x"])
        #expect(merged == ["status", "--runtime-directory", "/run/x", "--json"])
    }

    @Test func `an empty variable is as if it were not there`() {
        #expect(merge(["a"], ["MIDDLE_SOCK_RUNTIME_DIRECTORY": ""]) == ["a"])
    }
}

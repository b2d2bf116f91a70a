import Testing

@Suite("Completions in bash")
struct CompletionTests {
    @Test(arguments: Command.all) func `options are offered`(command: Command) async throws {
        let offered = try await Manuals.shared.completions(of: command.words.joined(separator: " ") + " --")
        #expect(Set(offered) == Set(command.options.filter { $0.hasPrefix("--") }))
    }

    @Test(arguments: [
        ("middle-sock sta", ["starts", "status"]), ("middle-sock le", ["leases"]),
        ("middle-sock leases --cur", ["--current"]), ("middle-sock leases --database /etc/hostn", ["/etc/hostname"]),
        ("recorder leases --cur", ["--current"]), ("netns-agent h", ["help", "hold"]),
        ("middle-sock --uplink ", ["lan", "runtime"]), ("netns-agent --standby --uplink r", ["runtime"]),
        ("middle-sock --interface l", ["lo"]), ("discovery --interface l", ["lo"]),
        ("middle-sock --database /etc/hostn", ["/etc/hostname"]),
        ("recorder leases --database /etc/hostn", ["/etc/hostname"]),
        ("recorder metrics --output /etc/hostn", ["/etc/hostname"]),
        ("relay --runtime-directory /etc/ho", []), ("relay status --runtime-directory /usr/shar", ["/usr/share"]),
    ]) func `subcommands and values are offered`(line: String, expected: [String]) async throws {
        #expect(try await Manuals.shared.completions(of: line) == expected)
    }

    @Test(arguments: [
        ("middle-sock -- sha256", ["sha256sum"]), ("middle-sock --standby -- cat /etc/hostn", ["/etc/hostname"]),
        ("middle-sock doctor -- sha256", ["sha256sum"]), ("netns-agent --uplink lan -- sha256", ["sha256sum"]),
    ]) func `behind the hyphens stands another command`(line: String, expected: [String]) async throws {
        #expect(try await Manuals.shared.completions(of: line) == expected)
    }
}

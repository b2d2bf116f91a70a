import CommandLine
import Testing

@Suite("A server without the two hyphens")
struct MisplacedServerTests {
    private func advice(_ line: String) -> String? {
        MisplacedServer.advice(
            on: line.split(separator: " ").map(String.init), of: "middle-sock",
            options: [.list("interface"), .value("grace"), .flag("standby")], subcommands: ["status", "doctor"])
    }

    @Test(arguments: [
        ("dhcpd -f", "middle-sock -- dhcpd -f"), ("dhcpd", "middle-sock -- dhcpd"),
        ("--interface a dnsmasq -k", "middle-sock --interface a -- dnsmasq -k"),
        ("--grace=3 --standby /usr/sbin/dhcpd -f -4", "middle-sock --grace=3 --standby -- /usr/sbin/dhcpd -f -4"),
    ])
    func `the line is shown with them`(line: String, expected: String) {
        #expect(advice(line)?.contains("two hyphens: \(expected)") == true)
    }

    @Test func `words with blanks are shown as a shell takes them`() {
        let advice = MisplacedServer.advice(
            on: ["kea-dhcp4", "-c", "/etc/my kea.conf", "it's"], of: "middle-sock doctor", options: [], subcommands: [])
        #expect(advice?.hasSuffix(#": middle-sock doctor -- kea-dhcp4 -c '/etc/my kea.conf' 'it'\''s'"#) == true)
    }

    @Test(arguments: ["", "-f", "--nonsense dhcpd", "-- dhcpd --wrong", "--interface a -- dhcpd", "--standby status x"])
    func `nothing is said where something else is wrong`(line: String) {
        #expect(advice(line) == nil)
    }
}

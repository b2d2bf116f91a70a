internal import ArgumentParser
internal import CommandLine
internal import Diagnostics
internal import HostCheck

/// `middle-sock doctor`: says before a start what would be in its way.
struct DoctorCommand: EnvironmentCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Looks at this host and says what would keep a DHCP server under middle-sock from serving it.",
        usage: "middle-sock doctor [OPTION]... [-- SERVER [ARGUMENT]...]",
        discussion: """
            It serves nobody and changes nothing. It looks at the privileges, at what the kernel can do, which networks \
            would be served and why, their interfaces, who holds UDP port 67, rules of nftables and filters of tc that a \
            packet socket cannot get around, at what of this host a server would not see, and at other DHCP servers on \
            the LAN.

            dhcpd, kea-dhcp4 and dnsmasq check their configuration themselves ('dhcpd -t', 'kea-dhcp4 -t', \
            'dnsmasq --test'): with what stands behind the two hyphens, in a namespace made like the server's, which is \
            gone afterwards. Their lease files stay as they are. Whether a network of this host is among those that the \
            configuration serves is read from its files.

            It finds those by asking: ONE DHCPDISCOVER IS SENT ON EACH LAN, and again every two seconds, from the host's \
            own MAC address and with the host name middle-sock-doctor. A server that answers keeps the address it offers \
            for a moment, as for any client that looks around; the offer is never taken, so there is no lease. \
            --no-probe sends nothing.

            Each finding is 'ok', 'unchecked' (why stands behind it), 'warning' (a start succeeds, but look at it) or \
            'problem' (it fails, or clients are not served). It is for the uplink lan.

            Examples:
              middle-sock doctor -- dhcpd -f -4 -cf /etc/dhcp/dhcpd.conf
              middle-sock doctor --json --no-probe | jq .ready

            \(EnvironmentOption.section(on: environmentOptions))

            Exit status:
              0   there is no problem
              64  wrong usage
              69  there is one
              70  a fault of middle-sock
            """)

    static let environmentOptions: [EnvironmentOption] =
        InterfacesOption.environment + [.flag("json"), .flag("no-probe"), .value("wait")]

    @OptionGroup var served: ServedOptions

    @Flag(help: "Print a JSON object: ready, networks, findings.")
    var json = false

    @Flag(name: .customLong("no-probe"), help: "Send no DHCPDISCOVER to find other DHCP servers.")
    var isSilent = false

    @Option(
        help: ArgumentHelp(
            "How long to wait for their answers; some ping an address for three seconds before they offer it.",
            valueName: "seconds"))
    var wait: Seconds = 5

    @Flag(help: "Also look at what a server needs that others start (netns-agent --external-server): a TAP interface.")
    var externalServer = false

    func run() throws {
        let report = try Inspection(self).report()
        print(json ? report.json : report.text)
        guard report.isReady else { throw ExitCode(Failure.Status.unavailable.rawValue) }
    }
}

public import ArgumentParser
public import CommandLine
internal import Diagnostics
internal import HostCheck
public import Kernel

/// A program that can look at the host before it starts a server there.
public protocol ExaminingProgram: ComponentCommand {
    /// What it needs for itself and for the server.
    ///
    /// - Parameter externalServer: whether others start that.
    static func neededCapabilities(externalServer: Bool) -> Capabilities
}

/// `middle-sock doctor`, `netns-agent doctor`: says before a start what would be in its way.
public struct DoctorCommand<Examining: ExaminingProgram>: EnvironmentCommand {
    /// Its name and help.
    public static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "doctor",
            abstract: "Looks at this host and says what would keep a DHCP server under middle-sock from serving it.",
            usage: "\(Examining.component) doctor [OPTION]... [-- SERVER [ARGUMENT]...]",
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
                  \(Examining.component) doctor -- dhcpd -f -4 -cf /etc/dhcp/dhcpd.conf
                  \(Examining.component) doctor --json --no-probe | jq .ready

                \(EnvironmentOption.section(on: environmentOptions))

                Exit status:
                  0   there is no problem
                  64  wrong usage
                  69  there is one
                  70  a fault of \(Examining.component)
                """)
    }

    /// The options that can come from the environment.
    public static var environmentOptions: [EnvironmentOption] {
        InterfacesOption.environment + [.flag("json"), .flag("no-probe"), .value("wait"), .flag("external-server")]
    }

    @OptionGroup var chosen: InterfacesOption

    @OptionGroup var argument: ServerArgument

    @Flag(help: "Print a JSON object: ready, networks, findings.")
    var json = false

    @Flag(name: .customLong("no-probe"), help: "Send no DHCPDISCOVER to find other DHCP servers.")
    var isSilent = false

    @Option(
        help: ArgumentHelp(
            "How long to wait for their answers; some ping an address for three seconds before they offer it.",
            valueName: "seconds"))
    var wait: Seconds = 5

    @OptionGroup var starting: ExternalServerOption

    var externalServer: Bool { starting.externalServer }

    /// A command with the default options.
    public init() {}

    /// What to do about arguments that were not understood, where the first of them is `doctor`; nothing if it is not.
    ///
    /// - Parameter subcommands: the names of those of the program.
    public static func advice(on arguments: [String], subcommands: Set<String>) -> String? {
        guard arguments.first == "doctor" else { return nil }
        return MisplacedServer.advice(
            on: arguments.dropFirst(), of: "\(Examining.component) doctor", options: environmentOptions,
            subcommands: subcommands)
    }

    /// Looks, and prints what it found.
    ///
    /// - Throws: `Failure` of the kernel, `ExitCode` where there is a problem.
    public func run() throws {
        let inspection = Inspection(
            server: argument.server, interfaces: chosen.interfaces, externalServer: externalServer,
            probing: isSilent ? nil : wait, needed: Examining.neededCapabilities(externalServer: externalServer),
            programs: try ProgramDirectory.own())
        let report = try inspection.report()
        print(json ? report.json : report.text)
        guard report.isReady else { throw ExitCode(Failure.Status.unavailable.rawValue) }
    }
}

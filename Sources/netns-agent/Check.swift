import Addresses
import ArgumentParser
import CommandLine
import Diagnostics
import Kernel
import Netlink

/// `netns-agent check`: tries what a start needs of the kernel.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Tries what a start needs of the kernel: namespaces, a veth pair, packet sockets.",
        usage: """
            netns-agent check [--tun]
            netns-agent check [--interface NAME]... -- SERVER [ARGUMENT]...
            """,
        discussion: """
            All of it is made in namespaces of its own, and gone when this ends; nothing is sent. It prints nothing \
            when everything could be made, otherwise one line that says what could not. 'middle-sock doctor' does this \
            and looks at the host as well.

            With a server it makes instead what that would see of this host, and runs it there: with the option by \
            which it checks its configuration, and ends. What it says is repeated when it fails. Nothing that it sends \
            leaves the namespace.

            Examples:
              netns-agent check -- dhcpd -t -4 -cf /etc/dhcp/dhcpd.conf

            Exit status:
              0   everything could be made, the server has ended with status 0
              64  wrong usage
              69  something could not, for want of a privilege or of a feature of the kernel; the server has not
              70  something could not, for another reason
            """)

    @OptionGroup var directory: DirectoryOption

    @OptionGroup var chosen: InterfacesOption

    @Flag(help: "Also try what 'netns-agent hold' needs: a TAP interface.")
    var tun = false

    @OptionGroup var argument: ServerArgument

    func run() throws {
        guard argument.server.isEmpty else {
            var trial = try ServerTrial(argument.server, on: chosen.interfaces, hiding: directory.runtimeDirectory)
            return try trial.run()
        }
        let namespaces = try Surroundings.Namespaces.make()
        do {
            try Self.connect(namespaces)
            if tun {
                _ = try namespaces.server.run { () throws(SystemError) in
                    try TapInterface(named: "tap0", filter: .nothing)
                }
            }
        } catch {
            throw Failure.kernel("make a server's surroundings", error)
        }
    }

    /// Makes a pair of links between the namespaces, and a packet socket on one end.
    private static func connect(_ namespaces: borrowing Surroundings.Namespaces) throws(SystemError) {
        guard let name = InterfaceName("veth0") else { preconditionFailure("veth0 is a name") }
        var session = try namespaces.relay.run { () throws(SystemError) in try NetlinkSession() }
        // Interface 1 of a namespace is the loopback; both ends need numbers of their own (see `ServerSide`).
        let (near, far) = (Int32(2), Int32(3))
        try session.perform([
            .pair(
                near: .init(name: name, index: near, macAddress: nil),
                far: .init(name: name, index: far, macAddress: nil), mtu: 1_500,
                in: namespaces.server.descriptor.rawValue)
        ])
        _ = try namespaces.relay.run { () throws(SystemError) in try PacketSocket(on: near, filter: .fromServer) }
    }
}

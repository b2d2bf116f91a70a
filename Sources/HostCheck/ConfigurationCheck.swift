/// How a DHCP server checks its configuration by itself.
public struct ConfigurationCheck: Hashable, Sendable {
    /// The servers whose checks are known.
    public enum Server: String, Sendable {
        /// ISC dhcpd (dhcpd(8)).
        case dhcpd
        /// Kea (kea-dhcp4(8)).
        case kea = "kea-dhcp4"
        /// dnsmasq (dnsmasq(8)).
        case dnsmasq
    }

    /// The server.
    public let server: Server
    /// What the server is told besides its name.
    public let arguments: [String]
    /// The command that makes the check: it ends by itself, with status 0 where nothing is wrong, and leaves files as they are.
    public let command: [String]

    /// The check of the server that `command` starts; nil where no check is known.
    public init?(of command: [String]) {
        guard let program = command.first, let name = program.split(separator: "/").last,
            let server = Server(rawValue: String(name))
        else { return nil }
        let arguments = Array(command.dropFirst())
        guard let asked = Self.asked(server, arguments) else { return nil }
        self.server = server
        self.arguments = arguments
        self.command = [program] + asked
    }

    private static func asked(_ server: Server, _ arguments: [String]) -> [String]? {
        switch server {
        // Told to be quiet, it does not even say what is wrong.
        case .dhcpd: return ["-t"] + arguments.filter { $0 != "-q" }
        case .kea:
            guard let place = arguments.firstIndex(where: { $0.hasPrefix("-c") }) else { return nil }
            var asked = arguments
            asked[place] = "-t" + arguments[place].dropFirst(2)
            return asked
        case .dnsmasq: return arguments + ["--test"]
        }
    }
}

import Foundation
import Testing

/// A DHCP server: the files it needs and the command that starts it, both as its own manual says.
struct Server: Sendable, CustomTestStringConvertible {
    var name: String
    var files: [String: String]
    var command: [String]

    var testDescription: String { name }

    /// ISC dhcpd with a configuration.
    static func dhcpd(_ configuration: String) -> Server {
        Server(
            name: "dhcpd", files: ["/etc/dhcp/dhcpd.conf": configuration],
            command: ["dhcpd", "-f", "-d", "-4", "-cf", "/etc/dhcp/dhcpd.conf"])
    }

    /// ISC dhcpd as in the paper, File 1, byte for byte.
    static var paper: Server { .dhcpd(contents(of: Project.root + "/script/paper/dhcpd.conf")) }

    /// ISC dhcpd for a LAN with these lines of configuration added to its subnet.
    static func dhcpd(range: String = "192.168.50.30 192.168.50.39", _ lines: String...) -> Server {
        .dhcpd(
            """
            authoritative;
            subnet 192.168.50.0 netmask 255.255.255.0 {
                range \(range);
                option routers 192.168.50.1;
                \(lines.joined(separator: "\n    "))
            }

            """)
    }

    /// ISC dhcpd that tells its clients to renew after two seconds and to rebind after five, and tests no address
    /// by a ping, so that a test need not wait for it.
    static var impatient: Server {
        .dhcpd("option dhcp-renewal-time 2;", "option dhcp-rebinding-time 5;", "ping-check false;")
    }

    /// dnsmasq with DHCP alone.
    static func dnsmasq(range: String = "192.168.50.30,192.168.50.39") -> Server {
        Server(
            name: "dnsmasq",
            files: [
                "/etc/dhcp/dnsmasq.conf": """
                port=0
                dhcp-authoritative
                dhcp-range=\(range),255.255.255.0,600
                dhcp-option=option:router,192.168.50.1
                log-dhcp

                """
            ],
            command: ["dnsmasq", "--keep-in-foreground", "--log-facility=-", "--conf-file=/etc/dhcp/dnsmasq.conf"])
    }

    /// Kea with its lease file.
    static let kea = Server(
        name: "kea",
        files: [
            "/etc/kea/kea-dhcp4.conf": """
            { "Dhcp4": {
                "interfaces-config": { "interfaces": ["ens34"] },
                "lease-database": { "type": "memfile", "name": "/var/lib/kea/kea-leases4.csv" },
                "valid-lifetime": 600, "authoritative": true,
                "subnet4": [ {
                    "subnet": "192.168.50.0/24",
                    "pools": [ { "pool": "192.168.50.30 - 192.168.50.39" } ],
                    "option-data": [ { "name": "routers", "data": "192.168.50.1" } ]
                } ],
                "loggers": [ { "name": "kea-dhcp4", "output_options": [ { "output": "stdout" } ], "severity": "INFO" } ]
            } }

            """
        ],
        command: ["kea-dhcp4", "-c", "/etc/kea/kea-dhcp4.conf"])

    /// Lays out its files on a machine.
    func prepare(on machine: Machine) throws {
        for (path, text) in files { try machine.write(text, to: path) }
    }
}

/// How a server gets its packets.
enum Arrangement: String, CaseIterable, CustomTestStringConvertible {
    /// On the host itself: the reference, against which the other has to make no difference.
    case direct
    /// Under middle-sock, in its own namespace.
    case middleSock

    /// Both, unless the environment asks for one of them by name.
    static let allCases =
        ProcessInfo.processInfo.environment["MIDDLE_SOCK_ARRANGEMENT"].flatMap(Arrangement.init).map { [$0] }
        ?? [.direct, .middleSock]

    var testDescription: String { self == .direct ? "on the host itself" : "under middle-sock" }
}

/// A server at work on the host of a lab.
struct Service: Sendable {
    let host: Machine
    /// The server itself, or middle-sock with the server under it.
    let program: Program
    /// The name of the server's executable.
    let serverName: String
    /// What middle-sock recorded, nil when the server runs on the host itself.
    let recording: Recording?

    /// Waits until the database gives these rows, where there is a database.
    func records(
        _ sql: String, _ expected: [[String]], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await recording?.shows(sql, expected, sourceLocation: sourceLocation)
    }
}

extension Lab {
    /// Starts a server on the host and waits until it has bound its DHCP socket.
    func serve(_ server: Server, _ arrangement: Arrangement = .middleSock) async throws -> Service {
        try server.prepare(on: host)
        switch arrangement {
        case .direct:
            let program = try await start(.host, server.command)
            try await host.waitForDHCPSocket(of: program)
            return Service(host: host, program: program, serverName: server.command[0], recording: nil)
        case .middleSock:
            return try await middleSock(server)
        }
    }
}

extension Machine {
    /// Waits until UDP port 67 (hexadecimal 43) is bound in the program's network namespace.
    func waitForDHCPSocket(of program: Program) async throws {
        try await wait(for: "\(program.title) to bind UDP port 67", evidence: { program.text }) {
            let processIdentifier = try program.running
            return contents(of: "/proc/\(processIdentifier)/net/udp").contains(":0043 ")
        }
    }
}

import Foundation
import Testing

/// A container on the bridge of a runtime that publishes UDP port 67 of the lab's host.
///
/// It is the machine client2, moved from the LAN behind a bridge of the host. The host does with the port what docker
/// does (`iptables-save` of docker 20.10 with `-p 67:67/udp`): NAT for what is sent to the host's own address, and a
/// proxy for the rest, which sends each datagram again from the bridge's address.
struct Container: Sendable {
    let machine: Machine
    let address = "172.17.0.3"
    private let keeper: Program

    private static let rules = [
        "-A PREROUTING -m addrtype --dst-type LOCAL -p udp --dport 67 -j DNAT --to-destination 172.17.0.3:67",
        "-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE",
    ]

    // docker-proxy, as far as requests go: the replies of DHCP servers never go back to the port it sends from.
    private static let proxy = """
        import socket
        outside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        outside.bind(("", 67))
        inside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        inside.connect(("172.17.0.3", 67))
        print("repeats what comes to port 67", flush=True)
        while True:
            inside.send(outside.recv(65535))
        """

    /// Makes it.
    init(in lab: Lab) async throws {
        machine = lab.client2
        keeper = try await machine.keepNamespace()
        try await machine.output("ip", "link", "delete", "eth0")
        try await lab.host.configure(
            "link add docker0 type bridge", "link set docker0 address 02:42:00:00:00:01 up",
            "address add 172.17.0.1/16 dev docker0")
        try await connect(macAddress: "02:42:ac:11:00:03")
        try await lab.host.output("sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
        for rule in Self.rules {
            try await lab.host.output("sh", "-c", "exec iptables --wait --table nat \(rule)")
        }
        try await lab.host.start("python3", "-c", Self.proxy).says("repeats what comes to port 67")
    }

    /// Takes it off the bridge and connects it again, as `docker network disconnect` and `connect` do.
    func reconnect(macAddress: String) async throws {
        try await machine.configure("link delete eth0")
        try await connect(macAddress: macAddress)
    }

    private func connect(macAddress: String) async throws {
        try await machine.lab.host.configure(
            "link add veth3 type veth peer name eth0 address \(macAddress) netns \(try keeper.running)",
            "link set veth3 master docker0 up")
        try await machine.configure(
            "link set eth0 up", "address add \(address)/16 dev eth0", "route add default via 172.17.0.1")
    }

    /// Starts a server in it under middle-sock, with no more of the host than its routing table mounted, and waits
    /// until its start is recorded as ready.
    func middleSock(_ server: Server) async throws -> Service {
        try server.prepare(on: machine)
        let program = try await start(server)
        let recording = Recording(path: machine.path("/var/lib/middle-sock/middle-sock.sqlite"))
        try await wait(for: "the start to be recorded as ready", evidence: { program.text }) {
            _ = try program.running
            return try await recording.rows("SELECT id FROM starts WHERE ready_us IS NOT NULL").count == 1
        }
        return Service(host: machine, program: program, serverName: server.command[0], recording: recording)
    }

    /// Starts middle-sock in it.
    func start(_ server: Server, _ options: String...) async throws -> Program {
        let keeper = try await machine.lab.host.keepNamespace()
        let mounts = """
            mkdir -p /run/host
            for table in route fib_trie; do
                : >/run/host/$table
                mount --bind "/proc/$1/net/$table" "/run/host/$table"
            done
            shift
            exec "$@"
            """
        let command = Lab.middleSockCommand(
            server, ["--uplink", "runtime", "--routes", "/run/host/route"] + options)
        return try await machine.lab.start(
            machine.role, ["sh", "-e", "-c", mounts, "sh", "\(try keeper.running)"] + command)
    }
}

extension Machine {
    /// A process of this machine that does nothing, by which others can name its network namespace.
    func keepNamespace() async throws -> Program {
        let keeper = try await start("sh", "-c", "echo keeps the namespace; exec sleep infinity")
        try await keeper.says("keeps the namespace")
        return keeper
    }

    /// Applies ip commands to its namespace, in their order.
    func configure(_ commands: String...) async throws {
        for command in commands { try await output("sh", "-c", "exec ip \(command)") }
    }
}

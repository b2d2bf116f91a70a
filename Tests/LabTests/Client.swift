import Foundation
import Glibc
import Testing

/// The DHCP clients of Debian 12.
enum ClientProgram: String, CaseIterable {
    case dhclient, udhcpc, dhcpcd

    /// The command that keeps the client in the foreground, with its hook from `script/client`.
    ///
    /// - Parameters:
    ///   - checking: whether it looks by ARP if somebody has its address before it uses it.
    ///   - options: further options, in the client's own words.
    /// - Returns: the name of the program and its arguments.
    fileprivate func command(checking: Bool, options: [String]) -> [String] {
        switch self {
        case .dhclient:
            ["dhclient", "-4", "-d", "-sf", "/etc/dhcp/dhclient-hook"] + options + ["eth0"]
        case .udhcpc:
            ["udhcpc", "-f", "-i", "eth0", "-s", "/etc/dhcp/udhcpc-hook", "-T", "1", "-t", "10", "-A", "1"]
                + (checking ? ["-a"] : []) + options
        case .dhcpcd:
            ["dhcpcd", "-4", "-B", "-d", "--nodelay", "-f", "/dev/null", "-c", "/etc/dhcp/dhcpcd-hook"]
                + (checking ? [] : ["--noarp"]) + options + ["eth0"]
        }
    }
}

/// A DHCP client at work on a machine.
struct Client: Sendable {
    /// One line its hook wrote: what happened, in the client's own words, and the address and seconds it then had.
    struct Event: Sendable {
        var reason: String
        var address: String
        var seconds: Int?
    }

    let machine: Machine
    let kind: ClientProgram
    let program: Program

    /// What its hook noted so far.
    var events: [Event] {
        contents(of: machine.path("/run/client-events")).split(separator: "\n").map { line in
            let words = line.split(separator: " ").map(String.init)
            return Event(reason: words[1].lowercased(), address: words[2], seconds: Int(words[3]))
        }
    }

    private func happens(_ what: String, _ reasons: Set<String>, times: Int = 1) async throws -> Event {
        try await eventually("\(kind) is \(what)", within: .seconds(20), evidence: { program.text }) {
            let matching = events.filter { reasons.contains($0.reason) }
            return matching.count >= times ? matching[times - 1] : nil
        }
    }

    private func count(_ reasons: Set<String>) -> Int {
        events.count { reasons.contains($0.reason) }
    }

    /// Waits for its first lease.
    @discardableResult
    func lease() async throws -> Event {
        try await happens("bound", ["bound", "reboot"])
    }

    /// Waits until it has the answer to what it asked with an address of its own.
    func isInformed() async throws {
        _ = try await happens("informed", ["inform"])
    }

    /// Renews its lease as soon as it can be told to, and waits for the acknowledgement.
    ///
    /// udhcpc and dhcpcd renew on SIGUSR1; dhclient knows no such signal and renews when its renewal time is over.
    @discardableResult
    func renew() async throws -> Event {
        let before = count(["renew"])
        return try await urging(kind == .dhclient ? nil : SIGUSR1) {
            try await happens("renewed", ["renew"], times: before + 1)
        }
    }

    /// Waits until it has asked all servers for more time, because its own does not answer.
    ///
    /// dhclient and dhcpcd do so at the rebinding time; udhcpc knows none and does so when it is told to renew again.
    ///
    /// - Parameter hasRebound: whether it has been seen to.
    func rebind(_ hasRebound: @escaping @Sendable () async throws -> Bool) async throws {
        try await urging(kind == .udhcpc ? SIGUSR1 : nil) {
            try await wait(for: "\(kind) to rebind", within: .seconds(20), evidence: { program.text }) {
                try await hasRebound()
            }
        }
    }

    /// Gives its address back and waits until it no longer has it.
    func release() async throws {
        if kind == .dhclient {
            try await machine.output("dhclient", "-4", "-r", "-sf", "/etc/dhcp/dhclient-hook", "eth0")
        }
        let signals: [ClientProgram: Int32] = [.udhcpc: SIGUSR2, .dhcpcd: SIGALRM]
        try await urging(signals[kind]) {
            try await wait(for: "\(kind) to have no address", evidence: { program.text }) {
                try await machine.addresses().isEmpty
            }
        }
    }

    /// Sends it a signal, and again every two seconds as long as the work waits for the effect: dhcpcd can lose a
    /// signal that comes while it starts a process of its own, and no client repeats a renewal soon by itself.
    private func urging<Value: Sendable>(
        _ signal: Int32?, _ work: @Sendable () async throws -> Value
    ) async throws -> Value {
        guard let signal else { return try await work() }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while true {
                    program.send(signal)
                    try await Task.sleep(for: .seconds(2))
                }
            }
            defer { group.cancelAll() }
            return try await work()
        }
    }
}

extension Machine {
    /// Starts a client on this machine.
    func start(
        _ kind: ClientProgram, checking: Bool = false, options: [String] = []
    ) async throws -> Client {
        // How often dhclient repeats itself is a matter of its configuration; its defaults wait for ten seconds.
        try write(
            "initial-interval 1;\nbackoff-cutoff 1;\nreboot 1;\nselect-timeout 0;\n", to: "/etc/dhcp/dhclient.conf")
        let program = try await lab.start(role, kind.command(checking: checking, options: options))
        return Client(machine: self, kind: kind, program: program)
    }

    /// From now on what this machine sends to the host's own address is lost, and what it broadcasts is not.
    ///
    /// The host answers at an Ethernet address that ends at the router's port. (An address nobody has would be
    /// flooded to all ports, and dhcpd's packet socket takes frames for other hosts too.)
    func loseUnicastToHost() async throws {
        let nobody = "02:00:00:00:00:99"
        try await lab.lan.output("bridge", "fdb", "replace", nobody, "dev", "router", "master", "static")
        try await output("ip", "neigh", "replace", "192.168.50.2", "lladdr", nobody, "dev", "eth0", "nud", "permanent")
    }
}

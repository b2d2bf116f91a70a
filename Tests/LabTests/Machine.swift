import Foundation
import Glibc
import Testing

/// One of the machines in a lab: a network namespace, and files of its own for what programs read and write.
struct Machine: Sendable {
    let lab: Lab
    let role: Lab.Role

    /// The network interface on the LAN.
    var interface: String { role == .host ? "ens34" : "eth0" }

    /// The address of that interface as Ethernet sees it, fixed by `script/lab`.
    var hardwareAddress: String {
        switch role {
        case .lan: ""
        case .router: "02:00:00:00:50:01"
        case .host: "02:00:00:00:50:02"
        case .client1: "02:00:00:00:51:01"
        case .client2: "02:00:00:00:51:02"
        case .remote: "02:00:00:00:60:01"
        }
    }

    /// Where a file lies that the programs of this machine know under a path in /etc/dhcp, /etc/kea, /var/lib or /run.
    func path(_ path: String) -> String { "\(Project.labs)/\(lab.name)/\(role)\(path)" }

    /// Gives this machine a file.
    func write(_ text: String, to path: String) throws {
        try text.write(toFile: self.path(path), atomically: false, encoding: .utf8)
    }

    /// Starts a program and lets it run.
    func start(_ command: String...) async throws -> Program {
        try await lab.start(role, command)
    }

    /// Runs a program to its end, whatever that is.
    func run(_ command: String...) async throws -> Program.Ending {
        try await lab.start(role, command).ended()
    }

    /// Runs a program that has to succeed, and returns what it printed, without the last newline.
    @discardableResult
    func output(_ command: String...) async throws -> String {
        let ending = try await lab.start(role, command).ended()
        try #require(ending.status == 0, "\(command.joined(separator: " ")): \(ending.errors)")
        return ending.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The IPv4 addresses of its interface on the LAN.
    func addresses() async throws -> [String] {
        try await output("ip", "-4", "-oneline", "address", "show", "dev", interface)
            .split(separator: "\n")
            .map { String($0.split(separator: " ")[3].prefix { $0 != "/" }) }
    }
}

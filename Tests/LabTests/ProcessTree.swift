import Foundation
import Glibc

/// A process as /proc shows it.
struct ProcessEntry: Sendable {
    var identifier: pid_t
    var parent: pid_t
    /// The first 15 bytes of the executable's name.
    var name: String
    /// What it does, as proc_pid_stat(5) has it.
    var state: String

    /// A process that has ended and whose parent has not looked yet.
    var isZombie: Bool { state == "Z" }
    /// A process that waits for something to happen.
    var isAsleep: Bool { state == "S" }

    /// All processes at this moment.
    static func all() throws -> [ProcessEntry] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { pid_t($0) }.compactMap(Self.init)
    }

    /// Reads `/proc/PID/stat`, whose second field is the name in parentheses; nil when the process is gone.
    private init?(_ identifier: pid_t) {
        let text = contents(of: "/proc/\(identifier)/stat")
        guard let opening = text.firstIndex(of: "("), let closing = text.lastIndex(of: ")") else { return nil }
        let fields = text[closing...].split(separator: " ")
        guard fields.count > 2, let parent = pid_t(fields[2]) else { return nil }
        self.identifier = identifier
        self.parent = parent
        name = String(text[text.index(after: opening)..<closing])
        state = String(fields[1])
    }

    /// A process and all that it started, directly or not, the first first.
    static func family(of root: pid_t) throws -> [ProcessEntry] {
        let processes = try all()
        var family = processes.filter { $0.identifier == root }
        var next = 0
        while next < family.count {
            family += processes.filter { $0.parent == family[next].identifier }
            next += 1
        }
        return family
    }
}

extension Service {
    /// The processes of this service that run.
    func processes() throws -> [ProcessEntry] {
        try ProcessEntry.family(of: program.running).filter { !$0.isZombie }
    }

    /// Waits for a process of this service by the name of its executable.
    func process(_ name: String) async throws -> pid_t {
        try await eventually("a process \(name)", evidence: { program.text }) {
            try processes().first { $0.name == name }?.identifier
        }
    }

    /// Kills a process of this service by the name of its executable, as if it had failed, and waits for the next one.
    func killAndAwaitSuccessor(_ name: String) async throws {
        let victim = try await process(name)
        _ = kill(victim, SIGKILL)
        try await wait(for: "another \(name) than \(victim)", evidence: { program.text }) {
            try processes().contains { $0.name == name && $0.identifier != victim }
                && !processes().contains { $0.identifier == victim }
        }
    }

    /// The DHCP server's own process.
    func server() async throws -> pid_t { try await process(serverName) }
}

extension Machine {
    /// The processes that were ever started on this machine and still run, in whatever namespace they are now:
    /// all have its files mounted.
    func processes() throws -> [ProcessEntry] {
        try ProcessEntry.all().filter {
            contents(of: "/proc/\($0.identifier)/mountinfo").contains("/middle-sock-lab/\(lab.name)/\(role)/")
        }
    }

    /// Waits until no process of this machine is left; with the last one go the namespaces and links it held.
    func isDeserted() async throws {
        try await wait(for: "no process on \(role)", evidence: { (try? processes().description) ?? "" }) {
            try processes().isEmpty
        }
    }

    /// The names of its network interfaces.
    func links() async throws -> [String] {
        try await output("ip", "-brief", "link").split(separator: "\n").map {
            String($0.prefix { $0 != " " && $0 != "@" })
        }
    }
}

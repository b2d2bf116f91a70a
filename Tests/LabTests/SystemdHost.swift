import Foundation
import Glibc
import Testing

/// The host of a lab with a systemd as its first process, on which middle-sock was installed and nothing else.
struct SystemdHost: Sendable {
    /// The components, as their units are called; discovery waits for nobody, and netns-agent for it.
    static let components = ["discovery", "relay", "recorder", "netns-agent"]

    let lab: Lab
    /// Runs the systemd.
    private let program: Program
    /// Its process, as this computer sees it.
    private let process: pid_t

    /// Where the files of the host's /usr/local and /etc lie that `script/install` has put there.
    static func installed(in lab: Lab) -> String { "\(Project.labs)/\(lab.name)/systemd/installed" }

    /// Installs as an administrator does, says which server is wanted, and starts the machine.
    init(in lab: Lab, for server: Server) async throws {
        self.lab = lab
        try server.prepare(on: lab.host)
        let installed = Self.installed(in: lab)
        try await Self.install("--destdir", installed, in: lab)
        try "MIDDLE_SOCK_SERVER=\(server.command.joined(separator: " "))\n"
            .write(toFile: "\(installed)/etc/default/middle-sock", atomically: false, encoding: .utf8)
        let program = try await lab.startOutside([Project.lab, "systemd", lab.name])
        process = try await eventually("systemd to be there", evidence: { program.text }) {
            try ProcessEntry.family(of: program.running).map(\.identifier).first(where: Self.isSystemd)
        }
        self.program = program
        try await wait(for: "systemd to answer", evidence: { program.text }) {
            try await run("systemctl", "is-system-running", "--wait").output == "running\n"
        }
        try await output("systemd-sysusers", "/usr/local/lib/sysusers.d/middle-sock.conf")
    }

    /// Whether a process is systemd by now, and no longer what starts it, which has the same name.
    private static func isSystemd(_ process: pid_t) -> Bool {
        let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/exe")
        return program?.hasSuffix("/systemd/systemd") == true
    }

    /// Runs `script/install`, which has to succeed.
    static func install(_ options: String..., in lab: Lab) async throws {
        let ending = try await lab.startOutside(
            ["MIDDLE_SOCK_BINARIES=\(Project.binaries)", "\(Project.root)/script/install"] + options
        ).ended()
        try #require(ending.status == 0, "\(ending.errors)")
    }

    /// Runs a program on the host to its end, whatever that is.
    func run(_ command: String...) async throws -> Program.Ending { try await run(command) }

    private func run(_ command: [String]) async throws -> Program.Ending {
        try await lab.startOutside(["nsenter", "--target", "\(process)", "--all"] + command).ended(within: .seconds(60))
    }

    /// Runs a program that has to succeed, and gives what it printed, without the last newline.
    @discardableResult
    func output(_ command: String...) async throws -> String {
        let ending = try await run(command)
        guard ending.status == 0 else {
            let journal = try await run(["journalctl", "--no-pager", "--boot"]).output
            throw NeverHappened(description: "\(command.joined(separator: " ")): \(ending.errors)\n\(journal)")
        }
        return ending.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func unit(of component: String) -> String {
        component == "middle-sock" ? "middle-sock.service" : "middle-sock-\(component).service"
    }

    /// A property of the unit of a component, or of the launcher.
    func property(_ name: String, of component: String) async throws -> String {
        try await output("systemctl", "show", "--value", "--property", name, Self.unit(of: component))
    }

    /// The main process of each component, in the numbers of the machine.
    func mainProcesses() async throws -> [String: String] {
        var processes: [String: String] = [:]
        for component in Self.components { processes[component] = try await property("MainPID", of: component) }
        return processes
    }

    /// The main process of a component, in the numbers of this computer.
    func mainProcess(of component: String) throws -> pid_t {
        try #require(processes().first { $0.name == component }?.identifier, "no process \(component)")
    }

    /// The processes on the machine beside systemd itself and its journal.
    func processes() throws -> [ProcessEntry] {
        try ProcessEntry.family(of: process).filter { $0.identifier != process && $0.name != "systemd-journal" }
    }

    /// Adds lines to the service of a component, as `systemctl edit` does.
    func edit(_ component: String, _ lines: String...) async throws {
        let directory = "/proc/\(process)/root/etc/systemd/system/\(Self.unit(of: component)).d"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let text = (["[Service]"] + lines).joined(separator: "\n") + "\n"
        try text.write(toFile: "\(directory)/override.conf", atomically: false, encoding: .utf8)
        try await output("systemctl", "daemon-reload")
    }

    /// The machine's journal, which then is among the logs of the lab.
    @discardableResult
    func journal() async throws -> String { try await output("journalctl", "--no-pager", "--boot") }

    /// Stops a unit, and waits until nothing of middle-sock is left: of a target systemctl does not wait for the units.
    func stop(_ unit: String) async throws {
        try await output("systemctl", "stop", unit)
        try await wait(for: "nothing to be left", evidence: { (try? processes().description) ?? "" }) {
            try processes().isEmpty
                && !FileManager.default.fileExists(atPath: "/proc/\(process)/root/run/middle-sock")
        }
        #expect(try await lab.host.links() == ["lo", "ens34"])
    }

    /// Ends the machine at once, and waits until nothing of it is left.
    func end() async throws {
        _ = kill(process, SIGKILL)
        _ = try await program.ended()
        try await lab.host.isDeserted()
    }
}

extension Lab {
    /// Makes a lab whose host has a systemd and middle-sock, for a server, and ends it whatever happened.
    static func withSystemd(_ server: Server, _ work: (SystemdHost) async throws -> Void) async throws {
        try await with { lab in
            let host = try await SystemdHost(in: lab, for: server)
            do { try await work(host) } catch {
                try await host.journal()
                throw error
            }
            // Nothing was ended by a filter of system calls, its own or that of its unit.
            #expect(try await !host.journal().contains("status=31/SYS"))
            try await host.end()
        }
    }
}

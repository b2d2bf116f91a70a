internal import CommandLine
internal import Diagnostics
internal import Kernel
internal import Messages

/// The subcommands that read the record: `recorder` has them, and the launcher passes them on to it, so that people need to
/// know one name only.
///
/// That they are all of recorder's, and say what it says, is what ManualTests look at.
enum ReadingCommands {
    /// Their names, and what each is for.
    static let all: [(name: String, abstract: String)] = [
        ("leases", "Prints who has and had which address, the newest last."),
        ("starts", "Prints the starts of the server and how long each took."),
        ("packets", "Prints the newest packets, 50 or as many as wanted."),
        ("events", "Prints what happened beside packets, the newest last."),
        ("follow", "Prints packets as they come, until it is interrupted."),
        ("export", "Writes recorded frames into a file for Wireshark and tshark."),
        ("report", "Writes a page with plots for a browser, which may be offline."),
        ("metrics", "Prints counters and states in the text format of Prometheus."),
    ]

    /// What `--help` says of them: a line for each.
    static var section: String {
        let width = all.map(\.name.utf8.count).max() ?? 0
        return all.map { command in
            let gap = String(repeating: " ", count: width - command.name.utf8.count)
            return "  \(command.name)\(gap)  \(command.abstract)"
        }.joined(separator: "\n")
    }

    /// Becomes `recorder`, where the command line begins with one of them; its options are recorder's.
    ///
    /// - Throws: `Failure` when there is no recorder beside this program.
    static func passOn(_ arguments: [String]) throws(Failure) {
        guard let name = arguments.first, all.contains(where: { $0.name == name }) else { return }
        let recorder = try "\(ProgramDirectory.own())/\(ComponentName.recorder)"
        do { try Program.become(recorder, arguments) } catch {
            throw .unavailable("cannot run recorder for '\(name)': \(error)")
        }
    }
}

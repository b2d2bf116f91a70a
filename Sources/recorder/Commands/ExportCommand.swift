internal import ArgumentParser
internal import Diagnostics
internal import Glibc
internal import Kernel
internal import LeaseStore
internal import Reading

/// `recorder export`.
struct ExportCommand: DatabaseCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes recorded frames into a file for Wireshark and tshark.",
        discussion: """
            Each frame has its interface, its direction (inbound is to the server), its time and, as a comment, what \
            became of it: 'frame.comment == "forwarded"' is a filter.

            \(TimeExpression.explanation)

            Examples:
              recorder export --pcapng dhcp.pcapng --since 2h
              recorder export --pcapng - --mac 02:00:00:00:51:01 | wireshark -k -i -

            \(closing)
            """)

    @ParentCommand var parent: RecorderCommand

    @Option(
        help: ArgumentHelp("The file to write, or '-' for standard output.", valueName: "file"),
        completion: .file())
    var pcapng: String

    @OptionGroup var database: DatabaseOption
    @OptionGroup var subject: SubjectOptions
    @OptionGroup var period: PeriodOptions

    func validate() throws {
        if pcapng == "-" && isatty(STDOUT_FILENO) == 1 {
            throw ValidationError("a terminal shows no frames: name a file, or pipe the output to 'wireshark -k -i -'")
        }
    }

    func run() throws {
        var filter = try period.filter()
        subject.narrow(&filter)
        do {
            let pages = try LeaseReader(path: database.path(in: parent)).packets(where: filter)
            let tally = try pages.export(to: Self.open(pcapng))
            StandardError.write("recorder: \(tally)")
        } catch let error as LeaseStoreError {
            throw Failure.unavailable("\(error)")
        } catch let error as SystemError {
            throw Failure.unavailable("cannot write \(pcapng): \(error)")
        }
    }

    private static func open(_ path: String) throws(SystemError) -> Descriptor {
        path == "-" ? Descriptor(owning: STDOUT_FILENO) : try Descriptor(replacing: path)
    }
}

/// How many packets were written.
private struct ExportTally: CustomStringConvertible {
    var written = 0
    /// Packets whose frames were not kept.
    var withoutFrame = 0

    var description: String {
        let rest = withoutFrame == 0 ? "" : "; left out \(withoutFrame) of which the frames were not kept"
        return "wrote \(written) packet\(written == 1 ? "" : "s")\(rest)"
    }
}

extension PacketPages {
    /// Writes the packets, page by page: there can be millions.
    fileprivate func export(to file: consuming Descriptor) throws -> ExportTally {
        var pages = self
        var encoder = PcapngEncoder()
        var tally = ExportTally()
        try file.write(encoder.header)
        while let page = try pages.nextPage() {
            let packets = page.filter { !$0.frame.isEmpty }
            try file.write(packets.flatMap { encoder.encode($0) })
            tally.written += packets.count
            tally.withoutFrame += page.count - packets.count
        }
        return tally
    }
}

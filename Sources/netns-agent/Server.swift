import Kernel

/// One running DHCP server: its process, the PID namespace that everything it starts lives in, and its output.
///
/// When this value ends, by whatever, the namespace ends, and the kernel kills every process in it.
final class Server {
    private let process: ChildProcess
    private let processes: PIDNamespace
    private let lifeline: Descriptor
    /// What the server writes, standard output and error together.
    let output: Descriptor
    private var lines = LineSplitter()
    /// What it said before it heard clients.
    private(set) var lastWords = LastWords()
    /// Whether nobody has what it writes with any more, and all of it was read.
    private(set) var outputHasEnded = false
    /// Looks at its namespace, also when the process has ended.
    private var port: UDPPortWatch?

    /// Starts the server in a network namespace.
    ///
    /// It is loaded when this returns, and nothing more.
    ///
    /// - Parameters:
    ///   - start: the number of this start, another one each time.
    ///   - files: what it sees of the host's files; as they are where nothing is given.
    /// - Throws: `SystemError` naming the step that failed.
    init(
        _ command: ServerCommand, start: UInt32, in network: borrowing NetworkNamespace, seeing files: FileView? = nil
    ) throws(SystemError) {
        let lifeline = try Descriptor.pipe()
        let output = try Descriptor.pipe()
        try output.reading.stopBlocking()
        let processes = try PIDNamespace(heldFor: lifeline.reading)
        var program = command.program(
            network: network.descriptor.rawValue, pidNamespace: processes.descriptor.rawValue, start: start,
            output: output.writing.rawValue)
        program.files = files
        do { process = try ChildProcess(program) } catch {
            try processes.end()
            throw error
        }
        self.processes = processes
        self.lifeline = lifeline.writing
        self.output = output.reading
    }

    /// Its number in the agent's PID namespace.
    var pid: Int32 { process.pid }

    /// Readable when the server has ended.
    var ending: Descriptor {
        _read { yield process.descriptor }
    }

    /// Whether the server has ended, which `exit` then tells about.
    ///
    /// - Throws: `SystemError` of waitid(2).
    var hasEnded: Bool {
        get throws(SystemError) { try process.hasEnded }
    }

    /// How the server ended, if it has.
    ///
    /// - Throws: `SystemError` of waitid(2).
    func exit() throws(SystemError) -> ChildProcess.Exit? {
        try process.exit()
    }

    /// Sends it a signal.
    ///
    /// - Throws: `SystemError` of pidfd_send_signal(2).
    func signal(_ signal: Int32) throws(SystemError) {
        try process.signal(signal)
    }

    /// Whether it hears clients: it has bound UDP port 67 in its namespace, and its packet sockets, if it has any, to
    /// their interfaces.
    ///
    /// Kea binds the port first, and does not hear yet while it binds the others. Looking takes some 5 µs.
    ///
    /// - Parameter minding: whether packet sockets count: some other program in there may never bind its own.
    func isListening(mindingPacketSockets minding: Bool) -> Bool {
        if port == nil { port = try? UDPPortWatch(port: 67, seenBy: "\(pid)") }
        guard (try? port?.isBound) == true,
            !minding || packetSockets().allSatisfy({ $0.isRunning && $0.interface != 0 })
        else { return false }
        return true
    }

    /// Whether a process of its namespace holds UDP port 67, when its own has ended.
    var leavesListener: Bool { (try? port?.isBound) == true }

    /// The UDP ports that are bound in its namespace.
    var boundPorts: Set<UInt16> { Set(table("udp").map { UDPSocketTable.parse($0).map(\.port) } ?? []) }

    /// What the kernel shows of whether it reads what it is sent; nothing when it cannot be looked at, for then it has
    /// ended.
    ///
    /// What is sent comes to its packet sockets; where it has none, to UDP port 67. Kea has both, and reads that port, which
    /// it does not need, only now and then. Looking takes some 100 µs.
    func look() -> ReadingWatch.Look? {
        guard let activity = ProcessActivity(of: pid), let counters = table("snmp") else { return nil }
        let packets = packetSockets().filter { $0.isRunning && $0.interface != 0 }.map(\.unread)
        let datagrams = table("udp").map { UDPSocketTable.parse($0).filter { $0.port == 67 }.map(\.unread) } ?? []
        return ReadingWatch.Look(
            unread: (packets.isEmpty ? datagrams : packets).reduce(0, +),
            datagramsRead: packets.isEmpty ? UDPSocketTable.datagramsRead(in: counters) ?? 0 : 0,
            switches: activity.switches, isStopped: activity.isStopped)
    }

    private func packetSockets() -> [PacketSocketTable.Entry] {
        table("packet").map { PacketSocketTable.parse($0) } ?? []
    }

    private func table(_ name: String) -> [UInt8]? {
        try? Descriptor(reading: "/proc/\(pid)/net/\(name)").readFromStart(capacity: 65_536)
    }

    /// Writes what it has written since the last call to standard error, each line after its name.
    ///
    /// - Throws: `SystemError` of read(2).
    func passLines(as name: String, isStarting: Bool) throws(SystemError) {
        for line in try readLines() {
            if isStarting { lastWords.hear(line) }
            StandardError.write("\(name): \(line)")
        }
    }

    /// The lines that the server has written since the last call; where nobody can write any more also one that is not
    /// finished.
    ///
    /// As much as a pipe holds (pipe(7)), and its end: one that writes without end must not keep the agent from everything else.
    ///
    /// - Throws: `SystemError` of read(2).
    func readLines() throws(SystemError) -> [String] {
        for _ in 0...16 {
            guard let bytes = try output.read(capacity: 4_096) else { break }
            guard !bytes.isEmpty else {
                outputHasEnded = true
                break
            }
            lines.append(bytes)
        }
        return lines.take(withUnfinished: outputHasEnded)
    }

    /// Ends whatever the server has left behind, and waits until the kernel has done so.
    ///
    /// - Throws: `SystemError` of waitid(2).
    func sweep() throws(SystemError) {
        try processes.end()
    }
}

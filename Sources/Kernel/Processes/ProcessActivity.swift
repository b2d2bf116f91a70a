/// Shows whether a process does anything, by `/proc/PID/task/TID/status` (proc_pid_status(5)).
public struct ProcessActivity: Hashable, Sendable {
    /// Whether a signal or a debugger has stopped it.
    public let isStopped: Bool
    /// How often its threads have begun to wait, or had to make room for others: it changes whenever one of them runs.
    public let switches: UInt64

    /// What a process does now; nothing if it has ended.
    public init?(of process: Int32) {
        var isStopped = false
        var switches: UInt64 = 0
        let threads = DirectoryEntries(of: "/proc/\(process)/task").entries.map(\.name).filter { Int32($0) != nil }
        guard !threads.isEmpty else { return nil }
        for thread in threads {
            // One may end meanwhile.
            guard let text = try? Descriptor.contents(of: "/proc/\(process)/task/\(thread)/status") else { continue }
            for line in text.split(separator: UInt8(ascii: "\n")) {
                let words = line.split { $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: " ") }
                guard words.count > 1 else { continue }
                switch String(decoding: words[0], as: UTF8.self) {
                case "State:": isStopped = isStopped || ["T", "t"].contains(String(decoding: words[1], as: UTF8.self))
                case "voluntary_ctxt_switches:", "nonvoluntary_ctxt_switches:":
                    switches += UInt64(String(decoding: words[1], as: UTF8.self)) ?? 0
                default: break
                }
            }
        }
        self.isStopped = isStopped
        self.switches = switches
    }
}

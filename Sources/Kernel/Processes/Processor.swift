internal import CLinux

/// A processor of the machine.
public enum Processor {
    /// Tells again and again on which processor a process runs: it keeps the file open, because opening takes four times as
    /// long as reading.
    public struct Watch: ~Copyable {
        private let stat: Descriptor

        /// Watches a process.
        ///
        /// - Throws: `SystemError` of open(2), `ENOENT` when there is no such process.
        public init(of process: Int32) throws(SystemError) {
            stat = try Descriptor(reading: "/proc/\(process)/stat")
        }

        /// The number of the processor on which it runs or ran last (`processor`, proc_pid_stat(5)); nothing if it has ended.
        public var last: Int32? {
            guard let text = try? stat.readFromStart(capacity: 1_024), let end = text.lastIndex(of: UInt8(ascii: ")"))
            else { return nil }
            // The field behind the name is the third.
            let fields = text[(end + 1)...].split(separator: UInt8(ascii: " "))
            guard fields.count > 36 else { return nil }
            return Int32(String(decoding: fields[36], as: UTF8.self))
        }
    }

    /// Runs `body` on any of the calling thread's processors except this one.
    ///
    /// - Returns: false, without running it, when the thread has no other, or may not choose (seccomp(2)).
    /// - Throws: `SystemError` of sched_setaffinity(2), or what `body` throws.
    public static func avoid(_ number: Int32, _ body: () throws(SystemError) -> Void) throws(SystemError) -> Bool {
        var before = cpu_set_t()
        guard unsafe clinux_leave_processor(number, &before) == 0 else {
            guard [EINVAL, EPERM].contains(lastError) else { throw SystemError("sched_setaffinity") }
            return false
        }
        do { try body() } catch {
            _ = unsafe clinux_use_processors(&before)
            throw error
        }
        guard unsafe clinux_use_processors(&before) == 0 else { throw SystemError("sched_setaffinity") }
        return true
    }
}

internal import CLinux

/// A processor of the machine.
public enum Processor {
    /// The number of the one that a process runs on, or ran on last (`processor`, proc_pid_stat(5)); nothing when there is
    /// no such process.
    public static func last(of process: Int32) -> Int32? {
        guard let stat = try? Descriptor.contents(of: "/proc/\(process)/stat"),
            let end = stat.lastIndex(of: UInt8(ascii: ")"))
        else { return nil }
        // The field behind the name is the third.
        let fields = stat[(end + 1)...].split(separator: UInt8(ascii: " "))
        guard fields.count > 36 else { return nil }
        return Int32(String(decoding: fields[36], as: UTF8.self))
    }

    /// Runs `body` on any processor of the calling thread's but this one.
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

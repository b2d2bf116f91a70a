internal import CLinux

/// Processes that others left behind and the kernel gave to this one, as it does to the first process of a container.
public enum Orphans {
    /// Collects those that have ended.
    ///
    /// Otherwise they stay, and with them the PID namespaces in which they lived.
    ///
    /// - Parameter children: the processes that were started here, whose end is not to be lost.
    /// - Throws: `SystemError` of waitid(2).
    public static func collect(sparing children: Set<Int32>) throws(SystemError) {
        while let ended = try next(WNOWAIT), !children.contains(ended) {
            _ = try next(0, P_PID, id_t(ended))
        }
    }

    private static func next(
        _ options: Int32, _ kind: idtype_t = P_ALL, _ process: id_t = 0
    ) throws(SystemError) -> Int32? {
        var information = unsafe siginfo_t()
        do {
            try retrying("waitid") {
                unsafe waitid(kind, process, &information, WEXITED | WNOHANG | options)
            }
        } catch {
            guard error.code == ECHILD else { throw error }
            return nil
        }
        let process = unsafe clinux_ended_process(&information)
        return process == 0 ? nil : process
    }
}

internal import CLinux
internal import PrintableText
internal import Synchronization

/// Where programs say what people should read.
///
/// Nobody ever waits for whoever reads there: what finds no room waits within a bound, and is written as soon as there is
/// room, while the program waits for something else (`Poller`). What exceeds the bound is counted, and the number told.
public enum StandardError {
    /// What writing a line needs.
    public static let systemCalls = PromptOutput.systemCalls

    private static let output = PromptOutput(STDERR_FILENO)
    private static let backlog = Mutex(LineBacklog())
    private static let hasBacklog = Atomic(false)

    /// Prepares to write, before the process gives up what that needs.
    ///
    /// - Parameter name: who is to tell of lines that were lost.
    public static func begin(as name: String) {
        _ = output
        backlog.withLock { $0.name = name }
    }

    /// Writes a line in one piece, so that lines of several programs do not mix, now or as soon as there is room; what a
    /// terminal would obey is shown instead.
    public static func write(_ line: String) {
        backlog.withLock { backlog in
            backlog.append(String(printable: line))
            write(&backlog)
        }
    }

    /// Whether it is a file or a terminal: nobody adds to a line there when it was written.
    public static var isFileOrTerminal: Bool {
        var status = stat()
        guard unsafe fstat(STDERR_FILENO, &status) == 0 else { return false }
        return status.st_mode & UInt32(S_IFMT) == UInt32(S_IFREG) || isatty(STDERR_FILENO) == 1
    }

    /// Whether lines wait for room.
    static var isBehind: Bool { hasBacklog.load(ordering: .relaxed) }

    /// Writes what waits, as far as there is room.
    static func catchUp() {
        backlog.withLock { write(&$0) }
    }

    private static func write(_ backlog: inout LineBacklog) {
        var isFull = false
        while !isFull, case let piece = backlog.piece(), !piece.isEmpty {
            switch output.write(piece) {
            case .written(let count): backlog.remove(count)
            case .full: isFull = true
            case .broken:
                // Nothing tells when somebody reads again: the next line is tried.
                backlog.abandon()
                return hasBacklog.store(false, ordering: .relaxed)
            }
        }
        hasBacklog.store(isFull, ordering: .relaxed)
    }

    /// Writes what waits before the process ends, and waits for room, but not for long.
    ///
    /// - Parameter time: for how long at most, in microseconds.
    public static func finish(within time: UInt64 = 500_000) {
        let deadline = Clock.monotonic + time
        while isBehind, Clock.monotonic < deadline {
            _ = output.hasRoom(within: 10)
            catchUp()
        }
    }
}

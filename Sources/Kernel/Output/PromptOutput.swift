internal import CLinux

/// Writes to a descriptor and never waits for whoever reads, without changing the open file behind it: that one others
/// share, and a shell whose terminal has become `O_NONBLOCK` fails.
struct PromptOutput {
    /// What became of bytes that were to be written.
    enum Outcome: Hashable {
        /// So many of them are.
        case written(Int)
        /// There is no room now.
        case full
        /// Nobody can read them: the reader or the terminal is gone, or the disk is full.
        case broken
    }

    /// How it is written without waiting.
    private enum Way {
        /// A socket, as the journal's: each send(2) says that it does not wait.
        case sending
        /// A file, or a pipe or terminal of which this process has an open file of its own, which is `O_NONBLOCK`.
        case writing
        /// A pipe or terminal that is another user's, so that it cannot be opened again; this much at once.
        case asking(length: Int)
    }

    /// What writing needs.
    static let systemCalls: [SystemCall] =
        ["write", "poll", "ppoll", SystemCall("pwritev2").when(0, is: UInt32(STDERR_FILENO))]
        + MessageSocket.sendingCalls

    private let descriptor: Int32
    private let way: Way

    /// Looks at the descriptor, and puts an open file of this process's own in its place where that is possible.
    ///
    /// What this process starts inherits that, so that the components of a launcher need not open what they may not.
    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            way = .writing
            return
        }
        let isTerminal = isatty(descriptor) == 1
        switch status.st_mode & UInt32(S_IFMT) {
        case UInt32(S_IFSOCK): way = .sending
        case UInt32(S_IFIFO): way = Self.reopen(descriptor) ? .writing : .asking(length: LineBacklog.pieceLength)
        case UInt32(S_IFCHR) where isTerminal: way = Self.reopen(descriptor) ? .writing : .asking(length: 128)
        default: way = .writing
        }
    }

    private static func reopen(_ descriptor: Int32) -> Bool {
        let flags = O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
        let opened = unsafe clinux_open_at(AT_FDCWD, "/proc/self/fd/\(descriptor)", flags)
        guard opened >= 0 else { return false }
        let own = Descriptor(owning: opened)
        return dup2(own.rawValue, descriptor) >= 0
    }

    /// Writes some bytes, at least one.
    func write(_ bytes: [UInt8]) -> Outcome {
        switch way {
        case .sending:
            outcome { unsafe send(descriptor, bytes, bytes.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)) }
        case .writing: outcome { unsafe CLinux.write(descriptor, bytes, bytes.count) }
        case .asking(let length): ask(bytes.count > length ? Array(bytes.prefix(length)) : bytes)
        }
    }

    /// Pipes do not wait when they are told so with each call, since Linux 6.4 (`FMODE_NOWAIT`).
    ///
    /// Older ones and terminals do not know that (`EOPNOTSUPP`): they are asked whether there is room. A pipe that has some
    /// takes `PIPE_BUF` bytes at least, a terminal 256 (`tty_buffer_space_avail`, `WAKEUP_CHARS`), of which a newline takes
    /// two. Between the two calls another process could take the room: that is what remains.
    private func ask(_ bytes: [UInt8]) -> Outcome {
        let outcome = outcome { unsafe clinux_write_if_possible(descriptor, bytes, bytes.count) }
        guard outcome == .broken, lastError == EOPNOTSUPP || lastError == ENOSYS else { return outcome }
        guard hasRoom(within: 0) else { return .full }
        return self.outcome { unsafe CLinux.write(descriptor, bytes, bytes.count) }
    }

    private func outcome(_ call: () -> Int) -> Outcome {
        do throws(SystemError) {
            return try retryingUnlessBlocked("write", call).map { .written($0) } ?? .full
        } catch {
            return .broken
        }
    }

    /// Waits until there is room, or an error to collect, for so many milliseconds at most.
    func hasRoom(within time: Int32) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return unsafe poll(&request, 1, time) > 0
    }
}

internal import CLinux

/// What is found where a socket is to be.
public enum ListeningPath {
    /// Why a directory is no place for sockets, in words; nothing when only root, the caller and the directory's group
    /// can put something there or take it away, and nothing when it is missing.
    ///
    /// Anybody else who could would receive what is meant for a component, even descriptors.
    public static func objection(toDirectory path: String) -> String? {
        // With a slash behind it the name of a link would be followed.
        guard let status = status(of: String(path.droppingLast("/"))) else { return nil }
        switch kind(of: status) {
        case S_IFDIR: break
        case S_IFLNK: return "it is a symbolic link"
        default: return "it is no directory"
        }
        guard [0, geteuid()].contains(status.st_uid) else { return "it belongs to user \(status.st_uid)" }
        guard status.st_mode & 0o002 == 0 else { return "everybody may write there" }
        return nil
    }

    /// What keeps a socket from being bound at `path`, in words; nothing when nothing is there.
    public static func occupant(of path: String) -> String? {
        guard let status = status(of: path) else { return nil }
        switch kind(of: status) {
        case S_IFSOCK: break
        case S_IFLNK: return "a symbolic link is there, and is not followed; remove it"
        default: return "something is there that is no socket; remove it"
        }
        return status.st_uid == geteuid()
            ? "another process receives there; stop it, or use another directory"
            : "a socket of user \(status.st_uid) is there; stop whoever receives there, or remove it"
    }

    /// Removes a socket that a process of ours left behind, so that its name can be bound again.
    ///
    /// Only a socket, not a link to one; only our own user's; only one on which nobody receives any more. What else is
    /// there stays, and binding to it will fail with `EADDRINUSE`.
    ///
    /// A process that was killed while it started another leaves its socket with that one until execve(2), and nothing
    /// tells when it is closed: so it is asked for again and again, for `patience` microseconds at most.
    static func removeAbandonedSocket(at path: String, patience: UInt64) throws(SystemError) {
        guard let status = status(of: path), kind(of: status) == S_IFSOCK, status.st_uid == geteuid() else { return }
        let probe = try MessageSocket()
        let deadline = Clock.monotonic + patience
        while unsafe clinux_connect(probe.descriptor.rawValue, path) == 0 {
            guard Clock.monotonic < deadline else { return }
            usleep(askingInterval)
        }
        guard lastError == ECONNREFUSED else { return }
        try retrying("unlink \(path)") { unsafe unlink(path) }
    }

    /// In microseconds.
    private static let askingInterval: UInt32 = 1_000

    private static func status(of path: String) -> stat? {
        var status = stat()
        return unsafe lstat(path, &status) == 0 ? status : nil
    }

    private static func kind(of status: stat) -> Int32 {
        Int32(status.st_mode) & S_IFMT
    }
}

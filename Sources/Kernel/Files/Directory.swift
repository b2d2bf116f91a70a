internal import CLinux

/// An open directory.
///
/// Whatever its name leads to later, operations act on this one.
public struct Directory: ~Copyable, Sendable {
    private let descriptor: Descriptor

    /// Makes a directory, and those above it that are missing with mode 0755; false when something is there already.
    ///
    /// - Throws: `SystemError` of mkdir(2).
    public static func make(_ path: String, mode: UInt32 = 0o755) throws(SystemError) -> Bool {
        do {
            try retrying("make \(path)") { unsafe mkdir(path, mode) }
        } catch {
            if error.code == EEXIST { return false }
            guard error.code == ENOENT, let above = parent(of: path), try make(above) else { throw error }
            return try make(path, mode: mode)
        }
        // Whatever the caller's umask: others must be able to pass through those above.
        try retrying("chmod \(path)") { unsafe chmod(path, mode) }
        return true
    }

    /// Whether a directory lies there in which nobody may do anything (mode 0); a symbolic link to one does not count.
    ///
    /// - Throws: `SystemError` of lstat(2).
    public static func isSealed(_ path: String) throws(SystemError) -> Bool {
        var status = stat()
        try retrying("look at \(path)") { unsafe lstat(path, &status) }
        return status.st_mode == S_IFDIR
    }

    /// Whether a directory lies there, or a link leads to one.
    public static func exists(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & UInt32(S_IFMT) == UInt32(S_IFDIR)
    }

    /// The names of what lies in a directory, in no order; nothing where it cannot be read.
    public static func names(in path: String) -> [String]? {
        guard exists(path) else { return nil }
        return DirectoryEntries(of: path).entries.map(\.name).filter { $0 != "." && $0 != ".." }
    }

    /// The directory that a file lies in, as its path says; nothing for what lies in the current one, and for the root.
    public static func parent(of path: String) -> String? {
        let path = path.droppingLast("/")
        guard let slash = path.lastIndex(of: "/") else { return nil }
        let above = String(path[..<slash].droppingLast("/"))
        return path.isEmpty ? nil : above.isEmpty ? "/" : above
    }

    /// Opens a directory; a symbolic link to one is refused.
    ///
    /// - Throws: `SystemError` of open(2), `ENOTDIR` when `path` is something else.
    public init(opening path: String) throws(SystemError) {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        descriptor = Descriptor(owning: try retrying("open \(path)") { unsafe clinux_open_at(AT_FDCWD, path, flags) })
    }

    /// The user it belongs to.
    ///
    /// - Throws: `SystemError` of fstat(2).
    public var owner: UInt32 {
        get throws(SystemError) { try descriptor.status.st_uid }
    }

    /// Whom it belongs to, and what they and others may do there: the permissions with the sticky bit.
    ///
    /// - Throws: `SystemError` of fstat(2).
    public var permissions: (owner: Program.Identity, mode: UInt32) {
        get throws(SystemError) {
            let status = try descriptor.status
            return (Program.Identity(user: status.st_uid, group: status.st_gid), status.st_mode & 0o7777)
        }
    }

    /// The names of what is in it, in no order.
    ///
    /// - Throws: `SystemError` of open(2) or fdopendir(3).
    public var names: [String] {
        get throws(SystemError) {
            // Another open file: reading moves its position.
            let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
            let number = try retrying("open .") { unsafe clinux_open_at(descriptor.rawValue, ".", flags) }
            guard let stream = unsafe fdopendir(number) else {
                close(number)
                throw SystemError("fdopendir")
            }
            defer { unsafe closedir(stream) }
            return unsafe DirectoryEntries(in: stream).entries.map(\.name).filter { $0 != "." && $0 != ".." }
        }
    }

    /// Says whom it belongs to, and what they and others may do there.
    ///
    /// - Throws: `SystemError` of fchown(2) or fchmod(2).
    public func set(owner: Program.Identity, mode: UInt32) throws(SystemError) {
        try retrying("chown") { fchown(descriptor.rawValue, owner.user, owner.group) }
        try retrying("chmod") { fchmod(descriptor.rawValue, mode) }
    }

    /// Opens a file in it for reading, or for writing too, made with mode 0600 if it is missing; a symbolic link is
    /// refused.
    ///
    /// - Throws: `SystemError` of open(2); `EPERM` when the file is another user's than the caller's.
    public func file(_ name: String, writing: Bool = false) throws(SystemError) -> Descriptor {
        let flags = (writing ? O_RDWR : O_RDONLY) | O_CREAT | O_NOFOLLOW | O_CLOEXEC
        let number = try retrying("open \(name)") { unsafe clinux_open_at(descriptor.rawValue, name, flags) }
        let file = Descriptor(owning: number)
        guard try file.status.st_uid == geteuid() else { throw SystemError("open \(name)", code: EPERM) }
        return file
    }

    /// Whether the open file is the one that has this name in it now.
    ///
    /// - Throws: `SystemError` of fstat(2).
    public func contains(_ file: borrowing Descriptor, as name: String) throws(SystemError) -> Bool {
        let own = try file.status
        var found = stat()
        guard unsafe fstatat(descriptor.rawValue, name, &found, AT_SYMLINK_NOFOLLOW) == 0 else { return false }
        return found.st_dev == own.st_dev && found.st_ino == own.st_ino
    }

    /// Removes a file in it, if it is there.
    ///
    /// - Throws: `SystemError` of unlink(2).
    public func remove(_ name: String) throws(SystemError) {
        do {
            try retrying("remove \(name)") { unsafe unlinkat(descriptor.rawValue, name, 0) }
        } catch {
            guard error.code == ENOENT else { throw error }
        }
    }

    /// Removes an empty directory; one that is not empty stays.
    ///
    /// - Throws: `SystemError` of rmdir(2).
    public static func removeIfEmpty(_ path: String) throws(SystemError) {
        do {
            try retrying("remove \(path)") { unsafe rmdir(path) }
        } catch {
            guard error.code == ENOTEMPTY else { throw error }
        }
    }
}

extension StringProtocol {
    /// Without the `character`s at its end.
    func droppingLast(_ character: Character) -> SubSequence {
        self[..<(lastIndex { $0 != character }.map(index(after:)) ?? startIndex)]
    }
}

extension Descriptor {
    var status: stat {
        get throws(SystemError) {
            var status = stat()
            try retrying("fstat") { unsafe fstat(rawValue, &status) }
            return status
        }
    }

    /// Locks the file for this process alone (fcntl(2), `F_SETLK`).
    ///
    /// Unlike `lock()` it does not hold for those that it starts, not even until they have called execve(2). It lasts
    /// until the process ends, or closes any descriptor of that file.
    ///
    /// - Returns: nothing, or the process that has locked it: 0 for one that is not in the caller's PID namespace.
    /// - Throws: `SystemError` of fcntl(2).
    public func lockForProcess() throws(SystemError) -> Int32? {
        var holder: Int32 = 0
        let isLocked = try retrying("fcntl F_SETLK") { unsafe clinux_lock_for_process(rawValue, &holder) }
        return isLocked == 1 ? nil : holder
    }

    /// Has a file hold these bytes and no others.
    ///
    /// - Throws: `SystemError` of ftruncate(2) or pwrite(2).
    public func replaceContents(with bytes: [UInt8]) throws(SystemError) {
        try retrying("ftruncate") { ftruncate(rawValue, 0) }
        try retrying("pwrite") { unsafe pwrite(rawValue, bytes, bytes.count, 0) }
    }

    /// Locks the open file until the last descriptor for it is closed, in whatever process (flock(2)); false when
    /// another open file of it is locked.
    ///
    /// - Throws: `SystemError` of flock(2).
    public func lock() throws(SystemError) -> Bool {
        try retryingUnlessBlocked("flock") { flock(rawValue, LOCK_EX | LOCK_NB) } != nil
    }

    /// Locks the open file as `lock()` does, as soon as nobody else has.
    ///
    /// - Throws: `SystemError` of flock(2).
    public func waitForLock() throws(SystemError) {
        try retrying("flock") { flock(rawValue, LOCK_EX) }
    }
}

/// Where symbolic links lead.
public enum SymbolicLink {
    /// What a link holds, such as `/proc/self/exe` the file that the caller runs.
    ///
    /// - Throws: `SystemError` of readlink(2).
    public static func destination(of path: String) throws(SystemError) -> String {
        var bytes = [UInt8](repeating: 0, count: 4_096)  // PATH_MAX (linux/limits.h)
        let count = try retrying("read \(path)") {
            unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe readlink(path, buffer.bindMemory(to: CChar.self).baseAddress.unsafelyUnwrapped, buffer.count)
            }
        }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    /// The path without links and dots that leads where `path` does (realpath(3)).
    ///
    /// - Throws: `SystemError`, `ENOENT` when nothing is there.
    public static func resolve(_ path: String) throws(SystemError) -> String {
        guard let resolved = unsafe realpath(path, nil) else { throw SystemError("find \(path)") }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }
}

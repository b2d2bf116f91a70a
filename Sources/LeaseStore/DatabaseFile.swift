internal import GRDB
internal import GRDBSQLite
internal import Glibc

/// The file in which the database is, and the two beside it.
package enum DatabaseFile {
    /// Makes an empty file at `path` unless there is one.
    ///
    /// Everybody may read it: who may reach it is decided by the directory. SQLite gives `-wal` and `-shm` the same
    /// permissions (`findCreateFileMode`, os_unix.c), without which others cannot read the database.
    static func create(at path: String) throws(LeaseStoreError) {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            if errno == EEXIST { return }
            throw .unusable(path: path, reason: DatabasePlace(path).reason(errno, writing: true))
        }
        defer { close(descriptor) }
        // The umask of a service can be narrower.
        guard fchmod(descriptor, 0o644) == 0 else {
            throw .unusable(path: path, reason: unsafe String(cString: strerror(errno)))
        }
    }

    /// Whether something is at `path`; a directory that hides it makes an error of its own.
    package static func exists(at path: String) throws(LeaseStoreError) -> Bool {
        if unsafe access(path, F_OK) == 0 { return true }
        if errno == ENOENT { return false }
        throw .unusable(path: path, reason: DatabasePlace(path).reason(errno, writing: false))
    }

    /// Refuses what is no regular file, before anybody waits for its other end; what is not there passes.
    ///
    /// From then on SQLite opens nothing else, whatever takes the place of the file or lies beside it.
    static func refuseIrregular(at path: String) throws(LeaseStoreError) {
        _ = opensRegularFilesOnly
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return }
        let kind: String
        switch status.st_mode & S_IFMT {
        case S_IFREG: return
        case S_IFDIR: kind = "a directory"
        case S_IFIFO: kind = "a FIFO"
        case S_IFSOCK: kind = "a socket"
        default: kind = "a device"
        }
        throw .irregular(path: path, kind: kind)
    }

    /// Has SQLite open files with `openRegular` (`aSyscall`, os_unix.c).
    private static let opensRegularFilesOnly: Bool = {
        let systemCall = unsafe unsafeBitCast(openRegular, to: sqlite3_syscall_ptr.self)
        guard let files = unsafe sqlite3_vfs_find(nil), let replace = unsafe files.pointee.xSetSystemCall else {
            return false
        }
        return unsafe replace(files, "open", systemCall) == SQLITE_OK
    }()

    /// open(2), but for what would wait for somebody at its other end, or is a device; directories are opened to be
    /// synchronized, and random numbers are read.
    private static let openRegular: @convention(c) (UnsafePointer<CChar>?, CInt, CInt) -> CInt = { path, flags, mode in
        guard let path = unsafe path else { return -1 }
        let descriptor = unsafe open(path, flags | O_NONBLOCK, mode_t(mode))
        guard descriptor >= 0 else { return descriptor }
        var status = stat()
        let isKnown = unsafe fstat(descriptor, &status) == 0
        if isKnown, [S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT) { return descriptor }
        if unsafe strcmp(path, "/dev/urandom") == 0 { return descriptor }
        close(descriptor)
        errno = EINVAL
        return -1
    }

    /// Which file it is, whatever its name.
    struct Identity: Hashable {
        let device: UInt64
        let node: UInt64
    }

    /// Which file is at `path` now, if there is one.
    static func identity(at path: String) -> Identity? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        return Identity(device: UInt64(status.st_dev), node: UInt64(status.st_ino))
    }

    /// The user and the group whose file it is.
    package static func owner(of path: String) -> (user: UInt32, group: UInt32)? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? (status.st_uid, status.st_gid) : nil
    }

    /// Makes `-wal` and `-shm` stay when the last connection closes: a reader that may not write into the directory
    /// cannot open the database without them (https://www.sqlite.org/wal.html#readonly).
    static func keepLogFiles(of database: Database) throws {
        var keep: CInt = 1
        let code = unsafe sqlite3_file_control(database.sqliteConnection, nil, SQLITE_FCNTL_PERSIST_WAL, &keep)
        guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
    }
}

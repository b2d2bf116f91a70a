internal import GRDB
internal import GRDBSQLite
internal import Glibc

/// The file in which the database is, and the two beside it.
enum DatabaseFile {
    /// Makes an empty file at `path` unless there is one.
    ///
    /// Everybody may read it: who may reach it is decided by the directory. SQLite gives `-wal` and `-shm` the same
    /// permissions (`findCreateFileMode`, os_unix.c), without which others cannot read the database.
    static func create(at path: String) throws(LeaseStoreError) {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            if errno == EEXIST { return }
            throw .unusable(path: path, reason: reason(errno))
        }
        defer { close(descriptor) }
        // The umask of a service can be narrower.
        guard fchmod(descriptor, 0o644) == 0 else { throw .unusable(path: path, reason: reason(errno)) }
    }

    /// Whether something is at `path`; a directory that hides it makes an error of its own.
    static func exists(at path: String) throws(LeaseStoreError) -> Bool {
        if unsafe access(path, F_OK) == 0 { return true }
        switch errno {
        case ENOENT: return false
        case EACCES:
            let advice = "only root and the group of its directory get there, run it with sudo"
            throw .unusable(path: path, reason: "\(reason(EACCES)); \(advice)")
        default: throw .unusable(path: path, reason: reason(errno))
        }
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

    /// Makes `-wal` and `-shm` stay when the last connection closes: a reader that may not write into the directory
    /// cannot open the database without them (https://www.sqlite.org/wal.html#readonly).
    static func keepLogFiles(of database: Database) throws {
        var keep: CInt = 1
        let code = unsafe sqlite3_file_control(database.sqliteConnection, nil, SQLITE_FCNTL_PERSIST_WAL, &keep)
        guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
    }

    private static func reason(_ code: CInt) -> String {
        unsafe String(cString: strerror(code))
    }
}

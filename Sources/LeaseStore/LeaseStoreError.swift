internal import GRDB

/// Why the database cannot be used.
public enum LeaseStoreError: Error, Hashable, Sendable {
    /// There is no such file.
    case missing(path: String)
    /// What is there is no file, but such as a FIFO.
    case irregular(path: String, kind: String)
    /// The file is no database of middle-sock.
    case foreign(path: String)
    /// The file is empty, or no recorder has made its tables yet.
    case empty(path: String)
    /// A newer middle-sock wrote the database.
    case newerSchema(path: String)
    /// An older middle-sock wrote the database, and no recorder has brought it up to date since.
    case olderSchema(path: String)
    /// The operating system or SQLite does not let us at the file.
    case unusable(path: String, reason: String)
    /// SQLite could not do what was asked: the disk is full, or another process holds the write lock.
    case failed(reason: String)
}

extension LeaseStoreError: CustomStringConvertible {
    /// One line: what failed, on what, why, and what to do.
    public var description: String {
        switch self {
        case .missing(let path):
            "cannot open the database \(path): no such file; name it with --database, or start the recorder first"
        case .irregular(let path, let kind):
            "cannot use \(path): it is \(kind), and no database; name another file with --database"
        case .foreign(let path):
            "cannot use \(path): it is not a database of middle-sock; name another file with --database"
        case .empty(let path):
            "cannot read the database \(path): it is empty; start the recorder first, or name another file with --database"
        case .newerSchema(let path):
            "cannot use the database \(path): a newer version of middle-sock wrote it; install that version"
        case .olderSchema(let path):
            "cannot read the database \(path): an older version of middle-sock wrote it; start this recorder once"
        case .unusable(let path, let reason): "cannot open the database \(path): \(reason)"
        case .failed(let reason): "the database does not work: \(reason)"
        }
    }
}

extension LeaseStoreError {
    /// What went wrong while working with an open database.
    package init(_ error: any Error) {
        self = error as? LeaseStoreError ?? .failed(reason: Self.reason(error))
    }

    /// What went wrong while opening the file at `path`.
    package init(opening path: String, writing isWriting: Bool, _ error: any Error) {
        switch error {
        case let error as LeaseStoreError: self = error
        case let error as DatabaseError where error.resultCode == .SQLITE_NOTADB: self = .foreign(path: path)
        case let error as DatabaseError
        where [.SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM].contains(error.resultCode):
            let obstacle = DatabasePlace(path).obstacle(writing: isWriting)
            self = .unusable(
                path: path, reason: [Self.reason(error), obstacle].compactMap(\.self).joined(separator: ": "))
        default: self = .unusable(path: path, reason: Self.reason(error))
        }
    }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? DatabaseError else { return "\(error)" }
        return error.message ?? "\(error.resultCode)"
    }
}

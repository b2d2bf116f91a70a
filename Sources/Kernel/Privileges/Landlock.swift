internal import CLinux

/// Takes from the calling thread, and those that it starts later, all files but some (landlock(7)).
///
/// What is open already stays open, and may be used as before.
public enum Landlock {
    /// What may be done with files (`LANDLOCK_ACCESS_FS_*`, linux/landlock.h).
    public struct Access: OptionSet, Hashable, Sendable {
        /// The bits of the kernel.
        public let rawValue: UInt64

        /// The access with these bits.
        public init(rawValue: UInt64) {
            self.rawValue = rawValue
        }

        /// Open a file for reading.
        public static let readFile = Access(rawValue: UInt64(LANDLOCK_ACCESS_FS_READ_FILE))
        /// Open a file for writing, and make it shorter.
        public static let writeFile = Access(rawValue: UInt64(LANDLOCK_ACCESS_FS_WRITE_FILE)).union(.truncate)
        /// List a directory.
        public static let readDirectory = Access(rawValue: UInt64(LANDLOCK_ACCESS_FS_READ_DIR))
        /// Make a regular file.
        public static let makeFile = Access(rawValue: UInt64(LANDLOCK_ACCESS_FS_MAKE_REG))
        /// Remove anything but a directory.
        public static let removeFile = Access(rawValue: UInt64(LANDLOCK_ACCESS_FS_REMOVE_FILE))

        // Of later versions than the headers of Debian 12.
        fileprivate static let truncate = Access(rawValue: 1 << 14)

        /// All that a version of the kernel's interface knows.
        fileprivate static func all(version: Int32) -> Access {
            let count =
                switch version {
                case 1: 13
                case 2: 14
                case 3, 4: 15
                default: 16
                }
            return Access(rawValue: 1 << UInt64(count) - 1)
        }

        /// What can be done with a file that is no directory.
        fileprivate static let ofFiles: Access = [.readFile, .writeFile]
    }

    /// What may be done with the files beneath a directory, or with one file.
    public struct Rule: Hashable, Sendable {
        /// The directory or the file.
        public let path: String
        /// What may be done there; directories are for directories only.
        public let access: Access

        /// The files at `path`, which may be used like this.
        public init(_ path: String, _ access: Access) {
            self.path = path
            self.access = access
        }
    }

    /// What may be done with TCP (since version 4), abstract Unix sockets and signals (since version 6).
    public enum Reach: Sendable {
        /// Nothing.
        case none
        /// Listening for connections.
        case listening
    }

    /// From now on nothing but this may be done with files; a rule whose path leads nowhere allows nothing.
    ///
    /// - Returns: the version of the kernel's interface; what is newer than that is not forbidden.
    /// - Throws: `SystemError`, `ENOSYS`, `EOPNOTSUPP` or `EPERM` of `landlock_create_ruleset` where the kernel has no
    ///   Landlock or a container's runtime does not let it be used: see `isUnsupported`.
    public static func enforce(_ rules: [Rule], reach: Reach = .none) throws(SystemError) -> Int32 {
        let version = try retrying("landlock_create_ruleset") { clinux_landlock_version() }
        let all = Access.all(version: version)
        // BIND_TCP and CONNECT_TCP; ABSTRACT_UNIX_SOCKET and SIGNAL.
        var description = clinux_landlock_ruleset(files: all.rawValue, network: reach == .none ? 3 : 2, scopes: 3)
        let size = version < 4 ? 8 : version < 6 ? 16 : 24
        let ruleset = Descriptor(
            owning: try retrying("landlock_create_ruleset") { unsafe clinux_landlock_create(&description, size) })
        for rule in rules { try allow(rule, within: all, in: ruleset) }
        try retrying("landlock_restrict_self") { clinux_landlock_enforce(ruleset.rawValue) }
        return version
    }

    private static func allow(_ rule: Rule, within all: Access, in ruleset: borrowing Descriptor) throws(SystemError) {
        guard let place = try find(rule.path) else { return }
        let isDirectory = try place.status.st_mode & UInt32(S_IFMT) == UInt32(S_IFDIR)
        let access = rule.access.intersection(isDirectory ? all : all.intersection(.ofFiles))
        try retrying("landlock_add_rule \(rule.path)") {
            clinux_landlock_allow(ruleset.rawValue, place.rawValue, access.rawValue)
        }
    }

    private static func find(_ path: String) throws(SystemError) -> Descriptor? {
        let number = unsafe clinux_open_at(AT_FDCWD, path, O_PATH | O_CLOEXEC)
        guard number < 0 else { return Descriptor(owning: number) }
        guard lastError == ENOENT else { throw SystemError("open \(path)") }
        return nil
    }
}

extension SystemError {
    /// The kernel does not know what was asked for, or a container's runtime keeps it from being used.
    public var isUnsupported: Bool { [ENOSYS, EOPNOTSUPP, EPERM].contains(code) }
}

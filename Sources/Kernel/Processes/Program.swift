internal import CLinux

/// A program to start, and what it may do.
public struct Program: Sendable {
    /// The file.
    public var path: String
    /// Its working directory; the caller's if nothing is given.
    ///
    /// It is entered before the user changes. So with a relative `path` a user can start a program that he may run but not
    /// reach, as in a home directory.
    public var directory: String?
    /// Its arguments, without its own name.
    public var arguments: [String]
    /// Its environment as `NAME=value`.
    public var environment: [String]
    /// What becomes its standard input; the caller's where nothing is given.
    ///
    /// Beside the three standard ones the program gets no descriptor.
    public var input: Int32?
    /// Whether its standard input is empty instead.
    public var hasNoInput = false
    /// What becomes its standard output; the caller's where nothing is given.
    public var output: Int32?
    /// What becomes its standard error; the caller's where nothing is given.
    public var error: Int32?
    /// The network namespace it lives in.
    public var network = Network.same
    /// The PID namespace it lives in (see `PIDNamespace.descriptor`); the caller's where nothing is given.
    public var pidNamespace: Int32?
    /// What it sees of the host's files, for which it needs a PID namespace of its own; what the caller does where nothing is
    /// given.
    public var files: FileView?
    /// Whether its number in that namespace is to be the one that it has in the caller's: a PID file that it writes then names
    /// the process that others have to signal.
    ///
    /// That needs clone3(2), and SYS_ADMIN or CHECKPOINT_RESTORE over both namespaces; where these are missing it has a
    /// number of its own in there.
    public var keepsNumber = false
    /// How many process numbers of that namespace to leave out before such a number.
    ///
    /// A server that was killed leaves a file with its number. In a new PID namespace the next one would have the same,
    /// and take itself for the one before (Kea's `PIDFile::check`).
    public var skippedNumbers: UInt32 = 0
    /// The user and group that it runs as, with no supplementary groups; the caller's where nothing is given.
    public var identity: Identity?
    /// The capabilities that it can get at most: all others are dropped from the bounding set for good.
    public var capabilities = Capabilities.all
    /// Whether programs that it starts can have more privileges than itself (`PR_SET_NO_NEW_PRIVS`).
    public var mayGainPrivileges = false
    /// Whether it begins a session of its own (setsid(2)): what is typed at the caller's terminal does not reach it.
    public var startsSession = false
    /// The signal it gets when the thread that started it ends.
    public var parentDeathSignal: Int32?

    /// A network namespace for a program.
    public enum Network: Sendable {
        /// The caller's.
        case same
        /// An empty one of its own.
        case empty
        /// The one that a descriptor refers to.
        case existing(Int32)
    }

    /// A user and a group.
    public struct Identity: Hashable, Sendable {
        /// The number of the user.
        public let user: UInt32
        /// The number of the group.
        public let group: UInt32

        /// A user and a group by their numbers.
        public init(user: UInt32, group: UInt32) {
            self.user = user
            self.group = group
        }
    }

    /// A program that lives in the caller's namespaces.
    public init(path: String, arguments: [String], environment: [String]) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
    }

    /// Finds a program as a shell does: a name with a slash is a path, others are looked for in the directories of
    /// `searchPath`, or those that hold servers when it is empty.
    public static func find(_ name: String, searchPath: String?) -> String? {
        guard !name.contains("/") else { return isExecutable(name) ? name : nil }
        let standard = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        return (searchPath ?? standard).split(separator: ":").map { "\($0)/\(name)" }.first(where: isExecutable)
    }

    private static func isExecutable(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & UInt32(S_IFMT) == UInt32(S_IFREG)
            && access(path, X_OK) == 0
    }
}

extension Program {
    /// The strings of its description, in the order in which `description(_:)` takes them.
    var strings: [[String]] {
        let view = files ?? FileView(readOnly: [])
        return [
            [path] + arguments, environment, [path, directory].compactMap(\.self), view.readOnly, view.writable ?? [],
            view.hidden,
        ]
    }

    /// What C has to know to start it; valid as long as `strings` are.
    func description(_ strings: [UnsafePointer<UnsafeMutablePointer<CChar>?>]) -> clinux_program {
        var description = unsafe clinux_program()
        unsafe description.path = UnsafePointer(strings[2][0])
        unsafe description.directory = directory == nil ? nil : UnsafePointer(strings[2][1])
        unsafe description.arguments = strings[0]
        unsafe description.environment = strings[1]
        unsafe description.input = hasNoInput ? CLINUX_NO_INPUT : input ?? -1
        unsafe description.output = output ?? -1
        unsafe description.error = error ?? -1
        if let files {
            unsafe description.files.read_only = strings[3]
            unsafe description.files.writable = files.writable == nil ? nil : strings[4]
            unsafe description.files.hidden = strings[5]
        }
        unsafe description.network_namespace = -1
        switch network {
        case .same: break
        case .empty: unsafe description.new_network_namespace = true
        case .existing(let descriptor): unsafe description.network_namespace = descriptor
        }
        unsafe description.pid_namespace = pidNamespace ?? -1
        unsafe description.same_number = keepsNumber
        unsafe description.skipped_numbers = skippedNumbers
        unsafe description.user = identity?.user ?? UInt32.max
        unsafe description.group = identity?.group ?? UInt32.max
        unsafe description.capabilities = capabilities.rawValue
        unsafe description.no_new_privileges = !mayGainPrivileges
        unsafe description.own_session = startsSession
        unsafe description.parent_death_signal = parentDeathSignal ?? 0
        return unsafe description
    }
}

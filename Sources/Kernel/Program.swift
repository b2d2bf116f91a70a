internal import CLinux

/// A program to start, and what it may do.
public struct Program: Sendable {
    /// The file.
    public var path: String
    /// Where it begins; where the caller is if nothing is given.
    ///
    /// It is entered before the user changes: with a relative `path`, a program can so be started by a user who may
    /// run it but not reach it, as in a home directory.
    public var directory: String?
    /// What it is told, without its own name.
    public var arguments: [String]
    /// Its environment as `NAME=value`.
    public var environment: [String]
    /// What becomes its standard input; the caller's where nothing is given.
    ///
    /// Beside the three standard ones the program gets no descriptor.
    public var input: Int32?
    /// What becomes its standard output; the caller's where nothing is given.
    public var output: Int32?
    /// What becomes its standard error; the caller's where nothing is given.
    public var error: Int32?
    /// The network namespace it lives in.
    public var network = Network.same
    /// The PID namespace it lives in (see `PIDNamespace.descriptor`); the caller's where nothing is given.
    public var pidNamespace: Int32?
    /// How many process numbers of that namespace are left out before its own.
    ///
    /// A server that was killed leaves a file with its number. In a new PID namespace the next one would have the same,
    /// and take itself for the one before (Kea's `PIDFile::check`).
    public var skippedNumbers: UInt32 = 0
    /// The user and group that it runs as, with no supplementary groups; the caller's where nothing is given.
    public var identity: Identity?
    /// What it can get at most: the others are dropped from the bounding set for good.
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

    /// A program that lives where the caller lives.
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
    func description(
        _ path: UnsafePointer<CChar>?, _ directory: UnsafePointer<CChar>?,
        _ arguments: UnsafePointer<UnsafeMutablePointer<CChar>?>,
        _ environment: UnsafePointer<UnsafeMutablePointer<CChar>?>
    ) -> clinux_program {
        var description = unsafe clinux_program()
        unsafe description.path = path
        unsafe description.directory = directory
        unsafe description.arguments = arguments
        unsafe description.environment = environment
        unsafe description.input = input ?? -1
        unsafe description.output = output ?? -1
        unsafe description.error = error ?? -1
        unsafe description.network_namespace = -1
        switch network {
        case .same: break
        case .empty: unsafe description.new_network_namespace = true
        case .existing(let descriptor): unsafe description.network_namespace = descriptor
        }
        unsafe description.pid_namespace = pidNamespace ?? -1
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

internal import Glibc

/// How much of the machine a process can take at most (getrlimit(2)).
public struct ResourceLimits: Hashable, Sendable {
    /// How many descriptors it can have (`RLIMIT_NOFILE`).
    public var descriptors: UInt64
    /// How many bytes of memory it can write to (`RLIMIT_DATA`).
    public var memory: UInt64
    /// Whether it can start processes and threads (`RLIMIT_NPROC`).
    public var startsThreads: Bool

    /// These limits.
    public init(descriptors: UInt64, memory: UInt64, startsThreads: Bool = false) {
        self.descriptors = descriptors
        self.memory = memory
        self.startsThreads = startsThreads
    }

    /// Puts the limits into force, where they are below those that the process has already; beside them no core is
    /// dumped, no memory locked, and no queue of messages made.
    ///
    /// - Throws: `SystemError` of setrlimit(2).
    public func enforce() throws(SystemError) {
        try Self.lower(RLIMIT_NOFILE, to: descriptors, "RLIMIT_NOFILE")
        try Self.lower(RLIMIT_DATA, to: memory, "RLIMIT_DATA")
        if !startsThreads { try Self.lower(__RLIMIT_NPROC, to: 0, "RLIMIT_NPROC") }
        try Self.lower(RLIMIT_CORE, to: 0, "RLIMIT_CORE")
        try Self.lower(__RLIMIT_MEMLOCK, to: 0, "RLIMIT_MEMLOCK")
        try Self.lower(__RLIMIT_MSGQUEUE, to: 0, "RLIMIT_MSGQUEUE")
    }

    private static func lower(
        _ resource: __rlimit_resource, to limit: UInt64, _ name: String
    ) throws(SystemError) {
        var current = rlimit()
        try retrying("getrlimit \(name)") { unsafe getrlimit(Int32(resource.rawValue), &current) }
        let new = min(UInt(limit), current.rlim_max)
        current = rlimit(rlim_cur: min(new, current.rlim_cur), rlim_max: new)
        try retrying("setrlimit \(name)") { unsafe setrlimit(Int32(resource.rawValue), &current) }
    }
}

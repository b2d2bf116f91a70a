internal import Glibc

/// How much of the machine a process can take at most (getrlimit(2)).
public struct ResourceLimits: Hashable, Sendable {
    /// How many descriptors it can have (`RLIMIT_NOFILE`).
    public var descriptors: UInt64
    /// How many bytes of memory it can write to (`RLIMIT_DATA`).
    public var memory: UInt64
    /// Whether it can start processes and threads (`RLIMIT_NPROC`).
    public var startsThreads: Bool
    /// Whether it has as many descriptors as it can have, and not only as many as whoever started it left it.
    public var raisesDescriptors: Bool

    /// These limits.
    public init(descriptors: UInt64, memory: UInt64, startsThreads: Bool = false, raisesDescriptors: Bool = false) {
        self.descriptors = descriptors
        self.memory = memory
        self.startsThreads = startsThreads
        self.raisesDescriptors = raisesDescriptors
    }

    /// How many descriptors the process can have now.
    ///
    /// - Throws: `SystemError` of getrlimit(2).
    public static func currentDescriptors() throws(SystemError) -> UInt64 {
        var current = rlimit()
        try retrying("getrlimit RLIMIT_NOFILE") { unsafe getrlimit(Int32(RLIMIT_NOFILE.rawValue), &current) }
        return UInt64(current.rlim_cur)
    }

    /// Puts the limits into force, where they are below those that the process has already; beside them no core is
    /// dumped, no memory locked, and no queue of messages made.
    ///
    /// - Throws: `SystemError` of setrlimit(2).
    public func enforce() throws(SystemError) {
        try Self.lower(RLIMIT_NOFILE, to: descriptors, "RLIMIT_NOFILE", raises: raisesDescriptors)
        try Self.lower(RLIMIT_DATA, to: memory, "RLIMIT_DATA")
        if !startsThreads { try Self.lower(__RLIMIT_NPROC, to: 0, "RLIMIT_NPROC") }
        try Self.lower(RLIMIT_CORE, to: 0, "RLIMIT_CORE")
        try Self.lower(__RLIMIT_MEMLOCK, to: 0, "RLIMIT_MEMLOCK")
        try Self.lower(__RLIMIT_MSGQUEUE, to: 0, "RLIMIT_MSGQUEUE")
    }

    private static func lower(
        _ resource: __rlimit_resource, to limit: UInt64, _ name: String, raises: Bool = false
    ) throws(SystemError) {
        var current = rlimit()
        try retrying("getrlimit \(name)") { unsafe getrlimit(Int32(resource.rawValue), &current) }
        let new = min(UInt(limit), current.rlim_max)
        current = rlimit(rlim_cur: raises ? new : min(new, current.rlim_cur), rlim_max: new)
        try retrying("setrlimit \(name)") { unsafe setrlimit(Int32(resource.rawValue), &current) }
    }
}

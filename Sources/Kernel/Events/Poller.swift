internal import CLinux

/// Waits until one of several descriptors is ready (epoll(7), level-triggered).
@safe
public struct Poller: ~Copyable {
    private let descriptor: Descriptor
    private let events: UnsafeMutableBufferPointer<epoll_event>
    /// How many events the last `wait` found.
    ///
    /// It lies beside them, so that waiting changes no property of the owner, who may be an object: each change of one is watched
    /// as it happens, and each frame that comes alone waits.
    private let ready: UnsafeMutablePointer<Int>

    /// What to wait for.
    public struct Interest: OptionSet, Sendable {
        /// The bits of `epoll_event.events`.
        public let rawValue: UInt32

        /// The interest with these bits.
        public init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        /// There is something to read, or an error to collect.
        public static let reading = Interest(rawValue: EPOLLIN.rawValue)
        /// There is room to write.
        public static let writing = Interest(rawValue: EPOLLOUT.rawValue)
        /// The other end is gone.
        ///
        /// A socket's end is both bits, a pipe's the first alone, which is always watched for: ask `Event.hasEnded`.
        public static let hangUp = Interest(rawValue: EPOLLHUP.rawValue | EPOLLRDHUP.rawValue)
        /// An error waits at the descriptor; always watched for.
        public static let failure = Interest(rawValue: EPOLLERR.rawValue)
    }

    /// A descriptor that is ready.
    public struct Event: Sendable {
        /// What the descriptor was watched as.
        public let token: UInt64
        /// What it is ready for.
        public let readiness: Interest

        /// Whether the other end is gone, or an error waits.
        public var hasEnded: Bool {
            readiness.rawValue & (Interest.hangUp.rawValue | Interest.failure.rawValue) != 0
        }
    }

    /// A poller that watches nothing yet and tells of up to `capacity` descriptors at once.
    ///
    /// - Throws: `SystemError` of epoll_create1(2).
    public init(capacity: Int = 64) throws(SystemError) {
        descriptor = Descriptor(owning: try retrying("epoll_create1") { epoll_create1(Int32(EPOLL_CLOEXEC)) })
        unsafe events = .allocate(capacity: capacity)
        unsafe ready = .allocate(capacity: 1)
        unsafe ready.initialize(to: 0)
    }

    deinit {
        unsafe events.deallocate()
        unsafe ready.deallocate()
    }

    /// Watches a descriptor until it is forgotten or closed; `token` says which it was.
    ///
    /// - Throws: `SystemError` of epoll_ctl(2).
    public func watch(_ watched: borrowing Descriptor, for interest: Interest, token: UInt64) throws(SystemError) {
        try control(EPOLL_CTL_ADD, watched, interest, token)
    }

    /// Changes what a watched descriptor is watched for.
    ///
    /// - Throws: `SystemError` of epoll_ctl(2).
    public func change(_ watched: borrowing Descriptor, to interest: Interest, token: UInt64) throws(SystemError) {
        try control(EPOLL_CTL_MOD, watched, interest, token)
    }

    /// Watches a descriptor no longer.
    ///
    /// One that other processes hold too must be forgotten before it is closed.
    ///
    /// - Throws: `SystemError` of epoll_ctl(2).
    public func forget(_ watched: borrowing Descriptor) throws(SystemError) {
        try control(EPOLL_CTL_DEL, watched, [], 0)
    }

    /// Waits until a descriptor is ready or `timeout` microseconds are over, and says how many are ready.
    ///
    /// Lines that wait for room on standard error are written meanwhile, as soon as there is some.
    ///
    /// - Parameter timeout: microseconds, or nothing to wait for ever.
    /// - Throws: `SystemError` of epoll_pwait2(2). A signal ends the waiting with no descriptor ready.
    public func wait(timeout: UInt64? = nil) throws(SystemError) -> Range<Int> {
        guard StandardError.isBehind else { return try waitOnce(timeout: timeout) }
        let begin = Clock.monotonic
        var rest = timeout
        unsafe ready.pointee = 0
        while StandardError.isBehind, rest ?? .max > Self.catchingUp {
            guard try waitOnce(timeout: Self.catchingUp).isEmpty else { break }
            StandardError.catchUp()
            rest = timeout.map { $0 - min($0, Clock.monotonic - begin) }
        }
        StandardError.catchUp()
        let found = unsafe ready.pointee
        return found > 0 ? 0..<found : try waitOnce(timeout: rest)
    }

    /// How often to try to write lines that wait, in microseconds: epoll(7) does not tell of every open file that it has room.
    private static let catchingUp: UInt64 = 20_000

    private func waitOnce(timeout: UInt64?) throws(SystemError) -> Range<Int> {
        var limit = timespec()
        limit.tv_sec = Int(clamping: (timeout ?? 0) / 1_000_000)
        limit.tv_nsec = Int((timeout ?? 0) % 1_000_000) * 1_000
        let forever = timeout == nil
        let count = unsafe withUnsafePointer(to: &limit) { limit in
            unsafe epoll_pwait2(
                descriptor.rawValue, events.baseAddress, Int32(events.count), forever ? nil : limit, nil)
        }
        guard count >= 0 || lastError == EINTR else { throw SystemError("epoll_pwait2") }
        let found = max(0, Int(count))
        unsafe ready.pointee = found
        return 0..<found
    }

    /// One of the descriptors that the last `wait` found ready.
    public subscript(index: Int) -> Event {
        unsafe precondition(index < ready.pointee)
        let event = unsafe events[index]
        return unsafe Event(token: event.data.u64, readiness: Interest(rawValue: event.events))
    }

    /// The system calls for watching and waiting.
    public static let systemCalls: [SystemCall] = ["epoll_pwait2", "epoll_ctl"]

    private func control(
        _ operation: Int32, _ watched: borrowing Descriptor, _ interest: Interest, _ token: UInt64
    ) throws(SystemError) {
        var event = unsafe epoll_event()
        unsafe event.events = interest.rawValue
        unsafe event.data.u64 = token
        let number = watched.rawValue
        try retrying("epoll_ctl") { unsafe epoll_ctl(descriptor.rawValue, operation, number, &event) }
    }
}

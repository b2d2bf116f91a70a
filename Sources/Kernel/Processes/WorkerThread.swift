internal import CLinux
internal import Synchronization

/// A thread that does what it is given, one piece of work after the other, until the process ends.
///
/// It is started before the process gives up system calls: afterwards no thread can be started.
public final class WorkerThread: Sendable {
    /// What waiting for work and giving it needs.
    public static let systemCalls: [SystemCall] = ["futex"]

    private let work = Mutex<[@Sendable () -> Void]>([])
    private let waiting = Semaphore()

    /// A thread that is not started yet; work that it is given waits.
    public init() {}

    /// Starts it; `name`, of at most 15 bytes, is what ps(1) shows.
    ///
    /// Signals that the caller has blocked do not reach it.
    ///
    /// - Throws: `SystemError` of pthread_create(3).
    public func start(named name: String) throws(SystemError) {
        let begun = Semaphore()
        let body = Body { [self] in
            unsafe pthread_setname_np(pthread_self(), name)
            begun.post()
            while true { next()() }
        }
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread, nil,
            { context in
                guard let context = unsafe context else { return nil }
                unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, unsafe Unmanaged.passRetained(body).toOpaque())
        guard code == 0 else { throw SystemError("pthread_create", code: code) }
        pthread_detach(thread)
        // What a thread does at its beginning needs more calls than what it goes on with.
        begun.wait()
    }

    /// Has `work` done, after what was given before.
    public func perform(_ work: @escaping @Sendable () -> Void) {
        self.work.withLock { $0.append(work) }
        waiting.post()
    }

    private func next() -> @Sendable () -> Void {
        while true {
            waiting.wait()
            if let next = work.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { return next }
        }
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }
}

/// A semaphore: counts what was posted and not waited for yet (sem_overview(7)).
@safe
private final class Semaphore: Sendable {
    private nonisolated(unsafe) let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() {
        unsafe sem_init(semaphore, 0, 0)
    }

    deinit {
        unsafe sem_destroy(semaphore)
        unsafe semaphore.deallocate()
    }

    func post() {
        unsafe sem_post(semaphore)
    }

    func wait() {
        while unsafe sem_wait(semaphore) != 0 {}
    }
}

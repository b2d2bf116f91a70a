internal import CLinux

/// A network namespace, which lives at least as long as this value (network_namespaces(7)).
///
/// A namespace belongs to a thread: `enter` and `run` concern the calling thread alone.
public struct NetworkNamespace: ~Copyable, Sendable {
    /// Refers to the namespace, for setns(2) and for netlink attributes such as `IFLA_NET_NS_FD`.
    public let descriptor: Descriptor

    private init(_ descriptor: consuming Descriptor) {
        self.descriptor = descriptor
    }

    /// The namespace that the calling thread is in.
    ///
    /// - Throws: `SystemError` of open(2).
    public static func current() throws(SystemError) -> NetworkNamespace {
        NetworkNamespace(try Descriptor(reading: "/proc/thread-self/ns/net"))
    }

    /// The namespace that a file stands for, such as those of `ip netns`.
    ///
    /// - Throws: `SystemError` of open(2).
    public init(at path: String) throws(SystemError) {
        self.init(try Descriptor(reading: path))
    }

    /// A new namespace, empty but for a loopback interface that is down.
    ///
    /// The calling thread ends where it was.
    ///
    /// - Throws: `SystemError` of unshare(2), `EPERM` without SYS_ADMIN.
    public static func make() throws(SystemError) -> NetworkNamespace {
        try awayFromHome { () throws(SystemError) in
            try retrying("unshare CLONE_NEWNET") { unshare(CLONE_NEWNET) }
            return try current()
        }
    }

    /// Whether it is another than the one that the calling thread is in.
    ///
    /// What is changed in the wrong one can cut the host off: so whoever changes something asks first.
    ///
    /// - Throws: `SystemError` of open(2) or fstat(2).
    public var isElsewhere: Bool {
        get throws(SystemError) { try inode != Self.current().inode }
    }

    /// The number by which the kernel knows it (`/proc/PID/ns/net`).
    private var inode: UInt {
        get throws(SystemError) {
            var status = stat()
            try retrying("fstat") { unsafe fstat(descriptor.rawValue, &status) }
            return status.st_ino
        }
    }

    /// Moves the calling thread into the namespace.
    ///
    /// - Throws: `SystemError` of setns(2).
    public func enter() throws(SystemError) {
        try retrying("setns") { setns(descriptor.rawValue, CLONE_NEWNET) }
    }

    /// Runs `body` in the namespace and comes back to where the calling thread was.
    ///
    /// - Throws: `SystemError` of setns(2), or what `body` throws.
    public func run<Result: ~Copyable>(_ body: () throws(SystemError) -> Result) throws(SystemError) -> Result {
        try Self.awayFromHome { () throws(SystemError) in
            try enter()
            return try body()
        }
    }

    /// Runs `body`, which leaves the calling thread's namespace, and comes back whether it fails or not.
    private static func awayFromHome<Result: ~Copyable>(
        _ body: () throws(SystemError) -> Result
    ) throws(SystemError) -> Result {
        let home = try current()
        do {
            let result = try body()
            try home.enter()
            return result
        } catch {
            try home.enter()
            throw error
        }
    }
}

import Kernel
import Netlink

/// Makes the kernel hurry with what a server waits for when it opens and closes its sockets.
///
/// Whoever binds or closes a packet socket waits until no processor can still be using what was there before (a grace
/// period of RCU): 4 to 16 ms for each socket, most of a server's start. While the lock of the network's configuration
/// (RTNL) is held, by whomever, the kernel asks all processors at once, and 50 µs are enough (`synchronize_net`,
/// net/core/dev.c). So that lock is taken again and again, for some 50 µs each time, by changing what nobody uses: whether
/// the loopback interface of the relay's namespace is up.
///
/// Nothing depends on it but time.
struct GracePeriods: ~Copyable {
    private let session: NetlinkSession

    // In one datagram: between them the lock is free for less than a microsecond.
    private static let changes: [NetlinkRequest] = (0..<16).flatMap { _ in [.up(1), .down(1)] }

    /// Those of this kernel, hastened in a namespace whose loopback interface is down and nobody's.
    ///
    /// - Throws: `SystemError` of setns(2) or socket(2).
    init(changing namespace: borrowing NetworkNamespace) throws(SystemError) {
        session = try namespace.run { () throws(SystemError) in try NetlinkSession() }
    }

    /// Keeps them short for a millisecond, for a process that runs at the same time: on the same processor it would only
    /// run, and open its sockets, between one time and the next.
    ///
    /// - Returns: false when there is no other processor, or it may not be chosen, or there is no such process.
    /// - Throws: `SystemError` of sendmsg(2) or sched_setaffinity(2).
    func hasten(_ process: Int32) throws(SystemError) -> Bool {
        guard let processor = Processor.last(of: process) else { return false }
        return try Processor.avoid(processor) { () throws(SystemError) in try session.post(Self.changes) }
    }
}

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

    // One datagram, which takes half a millisecond: between its changes the lock is free for less than a microsecond, and
    // behind it for the time that the next one takes to be sent. The kernel is done with hurrying when this processor too
    // has left it, so it is no longer.
    private static let changes = (0..<8).flatMap { _ in NetlinkRequest.up(1).bytes + NetlinkRequest.down(1).bytes }
    private static let datagramsPerRound = 2

    /// How many rounds of a millisecond there are before the caller has its turn: for that it needs longer than a server from
    /// one socket to the next, and the lock is free meanwhile.
    private static let rounds = 16
    /// After how many of them it is looked where the process runs, which takes time too.
    private static let roundsPerLook = 4

    /// How long a round may take, in microseconds.
    ///
    /// When it takes much longer than a millisecond, others configure networks, or have the processor: that is no haste.
    private static let patience: UInt64 = 10_000

    /// Those of this kernel, hastened in a namespace whose loopback interface is down and nobody's.
    ///
    /// - Throws: `SystemError` of setns(2) or socket(2).
    init(changing namespace: borrowing NetworkNamespace) throws(SystemError) {
        session = try namespace.run { () throws(SystemError) in try NetlinkSession() }
    }

    /// Keeps them short for some milliseconds, for a process that runs at the same time: on the same processor it would
    /// only run, and open its sockets, between one time and the next.
    ///
    /// - Parameter isOver: whether the process has what it needs; it is asked each millisecond.
    /// - Returns: false when there is no other processor, or it may not be chosen, when there is no such process, or
    ///   others are in the way.
    /// - Throws: `SystemError` of sendmsg(2) or sched_setaffinity(2), or what `isOver` throws.
    func hasten(_ process: Int32, until isOver: () throws(SystemError) -> Bool) throws(SystemError) -> Bool {
        guard let place = try? Processor.Watch(of: process), let processor = place.last else { return false }
        var isHaste = true
        let isPossible = try Processor.avoid(processor) { () throws(SystemError) in
            for round in 1...Self.rounds {
                isHaste = try hastenForOneRound()
                guard isHaste, try !isOver() else { return }
                guard round % Self.roundsPerLook != 0 || place.last == processor else { return }
            }
        }
        return isPossible && isHaste
    }

    private func hastenForOneRound() throws(SystemError) -> Bool {
        let begin = Clock.monotonic
        for _ in 0..<Self.datagramsPerRound { try session.post(Self.changes) }
        return Clock.monotonic - begin < Self.patience
    }
}

internal import Addresses
internal import Diagnostics
internal import Kernel
internal import Messages
internal import Service

/// A component that has a channel to a recorder, and notes how long each batch waits until it is stored.
final class RecordSender {
    private let channel: ComponentChannel
    private var poller: Poller
    private var outbox = Outbox(source: .relay, instance: .random(in: .min ... .max))
    private let interface: InterfaceName
    /// When the batches that are under way were sent, the oldest first, in microseconds.
    private var sentAt: [UInt64] = []
    private var acknowledged: UInt64 = 0
    /// How many acknowledgements came: the recorder sends one with each commit.
    private(set) var commits = 0
    /// From the sending of each batch until its acknowledgement was there, in microseconds.
    private(set) var waits: [UInt64] = []

    /// How many records are kept at most, when it is for the sender to say: as many as twice what may be under way.
    private static let mostPending = 6_000

    /// Introduces a relay to the recorder that receives at `path`.
    ///
    /// - Throws: `Failure` when there is none.
    init(to path: String) throws {
        guard let interface = InterfaceName("ens34") else { preconditionFailure("no name of an interface") }
        self.interface = interface
        let ends = try MessageSocket.channel()
        channel = ComponentChannel(ends.near, token: 0)
        let hello = Message.recordsFrom(.relay).encoded()
        guard try MessageSocket().send(hello, to: path, passing: [ends.far.rawValue]) else {
            throw Failure.unavailable("the recorder at \(path) has no room")
        }
        poller = try Poller()
        try channel.watch(with: poller)
    }

    /// Records that are not stored yet.
    var pending: Int { outbox.pending }

    /// How many more can be taken, so that there is always enough to send.
    var room: Int { max(0, Self.mostPending - pending) }

    /// Records for which there was no room: the recorder was too slow.
    var lost: UInt64 { outbox.lost }

    /// Takes a frame that was just forwarded.
    func append(_ frame: [UInt8], isReply: Bool) {
        outbox.append(
            unsafe frame.span.bytes, capturedAt: Clock.realtime, interface: interface,
            direction: isReply ? .toClient : .toServer, verdict: .forwarded)
    }

    /// Sends what may be sent, then hears the recorder, until a time of the monotonic clock or for the first answer.
    func exchange(until deadline: UInt64?) throws {
        try send()
        repeat {
            let now = Clock.monotonic
            let ready = try poller.wait(timeout: deadline.map { $0 - min($0, now) })
            for index in ready { try hear(hasEnded: poller[index].hasEnded) }
        } while deadline.map { Clock.monotonic < $0 } ?? false
    }

    private func send() throws {
        while try outbox.sendNext(by: { try channel.socket.send($0) }) { sentAt.append(Clock.monotonic) }
    }

    private func hear(hasEnded: Bool) throws {
        while let arrival = channel.next(hasEnded: hasEnded) {
            guard case .message(.acknowledgement(let acknowledgement), _) = arrival else {
                throw Failure.unavailable("the recorder is gone, or says something else than that it has stored")
            }
            outbox.accept(acknowledgement)
            commits += 1
            let count = Int(acknowledgement.sequence - acknowledged)
            let now = Clock.monotonic
            waits += sentAt.prefix(count).map { now - $0 }
            sentAt.removeFirst(count)
            acknowledged = acknowledgement.sequence
        }
    }
}

internal import Kernel
internal import Messages
internal import Service

/// The way of the records to the recorder, while there is one.
final class RecordsChannel {
    /// The near end.
    let channel: ComponentChannel
    private var waitsForRoom = false

    /// The channel of which `descriptor` is the near end.
    init(adopting descriptor: consuming Descriptor) {
        channel = ComponentChannel(adopting: descriptor, token: Source.records.token)
    }

    /// Sends what there is to send and has room; where room is missing the poller will tell when there is some.
    ///
    /// A shortage of memory is for the next time: nothing tells of its end, and there may be room all the while.
    ///
    /// - Returns: false when the recorder is gone.
    /// - Throws: `SystemError` of sendto(2) other than these, or of epoll_ctl(2).
    func flush(_ outbox: inout Outbox, with poller: borrowing Poller) throws(SystemError) -> Bool {
        try flush(&outbox, with: poller) { bytes throws(SystemError) in try channel.socket.send(bytes) }
    }

    /// Flushes by `send` instead of the channel's own.
    func flush(
        _ outbox: inout Outbox, with poller: borrowing Poller, by send: (RawSpan) throws(SystemError) -> Bool
    ) throws(SystemError) -> Bool {
        let obstacle = try outbox.send(by: send)
        guard obstacle != .nobodyThere else { return false }
        let isFull = obstacle == .noRoom
        guard isFull != waitsForRoom else { return true }
        waitsForRoom = isFull
        try channel.watchForRoom(isFull, with: poller)
        return true
    }
}

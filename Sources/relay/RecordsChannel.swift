internal import Component
internal import Kernel
internal import Messages

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
    /// - Returns: false when the recorder is gone.
    /// - Throws: `SystemError` of epoll_ctl(2).
    func flush(_ outbox: inout Outbox, with poller: borrowing Poller) throws(SystemError) -> Bool {
        var isFull = false
        do {
            while !isFull, outbox.hasDatagram { isFull = try !outbox.sendNext { try channel.socket.send($0) } }
        } catch {
            // Nobody will ever receive it (`EPIPE`, `ECONNRESET`).
            return false
        }
        guard isFull != waitsForRoom else { return true }
        waitsForRoom = isFull
        try channel.watchForRoom(isFull, with: poller)
        return true
    }
}

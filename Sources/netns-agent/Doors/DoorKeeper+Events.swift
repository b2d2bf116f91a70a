import Diagnostics
import Doors
import Kernel
import Logging
import Messages
import Pacing
import Service

/// What wakes it, and when.
extension DoorKeeper {
    /// Does what one of its sockets is ready for.
    ///
    /// - Throws: `SystemError` of the kernel that is no matter of one flow.
    func handle(_ event: Poller.Event, _ poller: borrowing Poller) throws(SystemError) {
        let now = Clock.monotonic
        if let listener = listeners.first(where: { $0.token == event.token }) {
            do {
                switch listener.use.transport {
                case .tcp: try takeConnections(listener, now: now)
                case .udp: try takeDatagrams(listener, now: now)
                case .tftp: try takeTransfers(listener, poller, now: now)
                }
            } catch {
                fail(listener, error, now: now)
            }
        } else if let place = refusalWatches.first(where: { $0.value.token == event.token })?.key {
            try takeRefusals(place, now: now)
        } else {
            for listener in listeners {
                if let transfer = listener.transfers.values.first(where: { $0.token == event.token }) {
                    return takeAnswer(transfer, listener, poller, now: now)
                }
            }
        }
    }

    /// Takes note that a flow could not be made; the next may be.
    func fail(_ listener: DoorListener, _ error: SystemError, now: UInt64) {
        // Without descriptors it would be asked again at once, without end.
        listener.pausedUntil = now + (error.isShortage ? 1_000_000 : 1_000)
        guard listener.use.failures.isDue(at: now) else { return }
        news.append(.log(.warning, "\(listener.use.option): a flow cannot be made: \(error)"))
    }

    /// When it has to be woken though nothing comes.
    func deadline(now: UInt64) -> UInt64? {
        var deadlines = listeners.flatMap { $0.transfers.values.map(\.deadline) }
        deadlines += listeners.map(\.pausedUntil).filter { $0 > now }
        deadlines += refusalWatches.values.map(\.pausedUntil).filter { $0 > now }
        if isProxyWanted { deadlines.append(nextMeeting) }
        if let listeningLook { deadlines.append(listeningLook) }
        return deadlines.min()
    }

    /// Does what is due, and has watched what may come now: nothing without a proxy to carry it, where it waits.
    ///
    /// - Throws: `SystemError` of the kernel.
    func advance(_ poller: borrowing Poller, now: UInt64) throws(SystemError) {
        try meetProxy(poller, now: now)
        for listener in listeners {
            for transfer in listener.transfers.values where transfer.deadline <= now {
                try poller.forget(transfer.socket.descriptor)
                listener.transfers[transfer.client] = nil
            }
            let isWanted = proxy != nil && listener.isWanted(now: now)
            guard isWanted != listener.isWatched else { continue }
            if isWanted {
                try poller.watch(listener.socket.descriptor, for: .reading, token: listener.token)
            } else {
                try poller.forget(listener.socket.descriptor)
            }
            listener.isWatched = isWanted
        }
        for watch in refusalWatches.values {
            let isWanted = watch.pausedUntil <= now
            guard isWanted != watch.isWatched else { continue }
            if isWanted {
                try poller.watch(watch.socket.descriptor, for: .reading, token: watch.token)
            } else {
                try poller.forget(watch.socket.descriptor)
            }
            watch.isWatched = isWanted
        }
    }
}

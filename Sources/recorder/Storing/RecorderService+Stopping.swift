internal import Diagnostics
internal import Glibc
internal import Kernel
internal import LeaseStore
internal import Logging
internal import Messages
internal import Service

extension RecorderService {
    /// Goes on while those whose records it stores are stopping too, so that their last ones are among them: who stops all
    /// at once, as a container engine does when the machine goes down, knows no order.
    ///
    /// When all are still there after a moment, it is the only one to stop. A second signal ends it sooner.
    mutating func seeOthersOff() throws(SystemError) {
        let begin = Clock.monotonic
        while true {
            try step()
            let deadline = begin + (channels.areComplete ? Self.moment : Self.patience)
            guard !channels.all.isEmpty, Clock.monotonic < deadline, try !isToldToStop() else { return }
            try wait(until: deadline)
        }
    }

    /// Takes everything that was sent and stores it, unless that takes too long or a second signal comes.
    mutating func drain() throws(SystemError) {
        try readInbox()
        try poller.forget(inbox.descriptor)
        try listen(false)
        let deadline = Clock.monotonic + Self.grace
        intake.add("stopped", "process \(getpid())", at: Clock.realtime)
        while Clock.monotonic < deadline {
            receive()
            let isLast = !intake.isFull
            storeWaiting()
            acknowledge()
            storeBacklog()
            if intake.isEmpty && isLast && intake.backlog.isEmpty { return }
            // Only a signal can come: the channels are not watched.
            if !intake.mayTry(at: Clock.monotonic) { _ = try poller.wait(timeout: Intake.pause / 10) }
            if try isToldToStop() { return }
        }
    }

    /// Leaves the database without a log that has to be read first.
    func close() throws(Failure) {
        guard intake.isEmpty else {
            throw Failure(
                .software,
                "stopped before everything was stored: \(intake.batches.count) batches are with who sent them")
        }
        if !intake.backlog.isEmpty {
            log.warning("\(intake.backlog.bytes) bytes are kept and not in the tables: the next start brings them in")
        }
        do {
            try store.checkpoint()
            try store.close()
        } catch {
            throw Failure(.software, "\(error)")
        }
    }
}

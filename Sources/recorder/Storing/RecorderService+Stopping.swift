internal import Diagnostics
internal import Glibc
internal import Kernel
internal import LeaseStore
internal import Logging
internal import Messages
internal import Service

extension RecorderService {
    /// Goes on while the components whose records it stores are stopping too, so that it stores their last records: a
    /// container engine that stops all of them at once, as when the machine goes down, knows no order.
    ///
    /// If all are still there after a moment, only the recorder is stopping. A second signal ends it sooner.
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
        try loop.closeInbox()
        try listen(false)
        let deadline = Clock.monotonic + Self.grace
        intake.add(.stopped, "process \(getpid())", at: Clock.realtime)
        while Clock.monotonic < deadline {
            receive()
            let isLast = !intake.isFull
            storeWaiting()
            acknowledge()
            storeBacklog()
            if intake.isEmpty && isLast && intake.backlog.isEmpty { return }
            // Only a signal can come: the channels are not watched.
            let now = Clock.monotonic
            if !intake.mayTry(at: now) { try loop.rest(until: now + Intake.pause / 10, from: now) }
            if try isToldToStop() { return }
        }
    }

    /// Brings the log into the database file, so that whoever opens it next need not read a log first.
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

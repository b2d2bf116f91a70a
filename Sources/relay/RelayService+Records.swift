internal import Kernel
internal import Messages
internal import Service

// The channel to the recorder.
extension RelayService {
    /// The time from one sending of records to the next at least, in microseconds: so under load many of them travel,
    /// and are stored, together, while what comes alone is sent at once.
    private static let flushInterval: UInt64 = 20_000
    /// How long a relay that was told to stop waits until the recorder has everything, in microseconds: half of what the
    /// launcher grants it.
    static let handoverTime: UInt64 = 1_000_000

    func connectRecorder(_ descriptors: [PassedDescriptor]) throws(SystemError) {
        guard descriptors.count == 1, descriptors[0].socketKind == .channel else {
            refusedOnChannels += 1
            return
        }
        try records?.channel.forget(with: loop.poller)
        let new = RecordsChannel(adopting: try descriptors[0].take())
        try new.channel.watch(with: loop.poller)
        records = new
        journal.outbox.resendUnacknowledged()
        journal.say("records go to the recorder")
    }

    func keepRecords(in descriptors: [PassedDescriptor]) throws(SystemError) {
        guard descriptors.count == 1, descriptors[0].isMemory(of: OutboxMemory.length()) else {
            refusedOnChannels += 1
            return
        }
        let memory = try SharedMemory(descriptors[0].take(), length: OutboxMemory.length())
        let count = journal.outbox.keep(in: unsafe OutboxMemory(memory.bytes, of: memory))
        if count > 0 { journal.say("takes over \(count) records of the relay before") }
    }

    func readRecords(hasEnded: Bool) throws(SystemError) {
        for _ in 0..<ServiceLoop.messagesPerTurn {
            switch records?.channel.next(hasEnded: hasEnded) {
            case .message(.acknowledgement(let acknowledgement), let descriptors) where descriptors.isEmpty:
                journal.outbox.accept(acknowledgement)
            case .message, .refused: refusedOnChannels += 1
            case .end: return try loseRecorder()
            case nil: return
            }
        }
    }

    /// When there is something to send that may be sent.
    var flushDue: UInt64? {
        records != nil && journal.outbox.hasDatagram ? nextFlush : nil
    }

    func flushRecordsIfDue(now: UInt64) throws(SystemError) {
        guard let due = flushDue, now >= due else { return }
        try flushRecords()
        nextFlush = now + Self.flushInterval
    }

    /// Sends what is left as the recorder takes it, until that has said that it has everything, or is gone, or until
    /// `deadline`: where netns-agent has ended, nobody keeps what is left here, or counts it.
    func handOverRecords(by deadline: UInt64, _ batch: inout FrameBatch) throws(SystemError) {
        nextFlush = 0
        var now = Clock.monotonic
        while true {
            try flushRecordsIfDue(now: now)
            guard records != nil, !journal.outbox.isEmpty, now < deadline else { break }
            try handleEvents(until: min(deadline, flushDue ?? deadline), from: now, &batch)
            now = Clock.monotonic
        }
        let pending = journal.outbox.pending
        if pending > 0 { journal.warn("records that the recorder may not have at the end: \(pending)") }
    }

    private func flushRecords() throws(SystemError) {
        guard let records, try !records.flush(&journal.outbox, with: loop.poller) else { return }
        try loseRecorder()
    }

    private func loseRecorder() throws(SystemError) {
        try records?.channel.forget(with: loop.poller)
        records = nil
        journal.warn("the recorder is gone: records gather here until it is back")
    }
}

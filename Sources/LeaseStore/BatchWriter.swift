internal import GRDB
internal import Messages

/// Writes the records of batches within one transaction.
struct BatchWriter {
    private var records: RecordWriter
    private let part: RecordWriter.Part
    private let gaps: Gaps

    /// What is to be remembered for the next transaction, if this one succeeds.
    var memory: LeaseMemory { records.memory }

    init(
        _ database: Database, keepsFrames: Bool, part: RecordWriter.Part = .all,
        remembering memory: LeaseMemory = LeaseMemory()
    ) throws {
        records = try RecordWriter(database, keepsFrames: keepsFrames, part: part, remembering: memory)
        self.part = part
        gaps = Gaps(database)
    }

    /// Writes the records of `batch`, which came at `time`, in microseconds since the Unix epoch.
    ///
    /// Records that the source had to throw away come before it, as an event.
    mutating func write(_ batch: RecordBatch, at time: UInt64) throws {
        if batch.lost > 0, part != .leases {
            try gaps.add(Int64(batch.lost), of: batch.source, at: Int64(clamping: time))
        }
        for record in batch.records { try records.insert(record, of: batch.source) }
    }

    /// Writes what the recorder itself has to say.
    func write(_ event: EventRecord) throws {
        try records.insert(event, of: .recorder)
    }

    /// Writes what was counted on the way; `pause` is called now and then.
    func finish(_ pause: () -> Void = {}) throws {
        try records.finish(pause)
    }
}

internal import Addresses
internal import GRDB
internal import Messages

/// Writes batches within one transaction.
struct BatchWriter {
    private let database: Database
    private var records: RecordWriter
    private var lastSequences: [RecordSource: UInt64] = [:]
    private var changed: Set<RecordSource> = []

    init(_ database: Database, keepsFrames: Bool) throws {
        self.database = database
        records = try RecordWriter(database, keepsFrames: keepsFrames)
    }

    /// Writes the records of `batch` if it is the next of its source.
    ///
    /// Records that the source had to throw away come before it, as an event.
    mutating func write(_ batch: RecordBatch, at time: UInt64) throws {
        let source = RecordSource(batch)
        guard try isNext(batch, of: source) else { return }
        if batch.lost > 0 {
            let lost = EventRecord(happenedAt: time, kind: "records-lost", detail: "\(batch.lost) records")
            try records.insert(lost, of: batch.source)
        }
        for record in batch.records { try records.insert(record, of: batch.source) }
        lastSequences[source] = batch.sequence
        changed.insert(source)
    }

    /// Writes what the recorder itself has to say.
    func write(_ event: EventRecord) throws {
        try records.insert(event, of: .recorder)
    }

    /// Writes up to where the sources are stored, in the same transaction, and says so.
    func finish() throws -> [RecordSource: Acknowledgement] {
        try records.finish()
        for source in changed { try remember(source) }
        return Dictionary(
            uniqueKeysWithValues: lastSequences.map { source, sequence in
                (source, Acknowledgement(instance: source.instance, sequence: sequence))
            })
    }

    private mutating func isNext(_ batch: RecordBatch, of source: RecordSource) throws -> Bool {
        guard let last = try lastSequences[source] ?? storedSequence(of: source) else { return true }
        lastSequences[source] = last
        return last != .max && batch.sequence == last + 1
    }

    private func storedSequence(of source: RecordSource) throws -> UInt64? {
        let statement = try database.cachedStatement(
            sql: "SELECT sequence FROM sources WHERE component = ? AND instance = ?")
        let stored = try Int64.fetchOne(
            statement, arguments: [source.component.description, Int64(bitPattern: source.instance)])
        return stored.map { UInt64(bitPattern: $0) }
    }

    /// A component that begins again and again must not fill the table: its 64 latest runs are kept.
    private func remember(_ source: RecordSource) throws {
        let component = source.component.description
        try database.cachedStatement(
            sql: """
                INSERT INTO sources (component, instance, sequence) VALUES (?, ?, ?)
                ON CONFLICT (component, instance) DO UPDATE SET sequence = excluded.sequence
                """
        ).execute(
            arguments: [
                component, Int64(bitPattern: source.instance), lastSequences[source].map { Int64(bitPattern: $0) },
            ])
        try database.cachedStatement(
            sql: """
                DELETE FROM sources WHERE component = ?1 AND id <= (
                    SELECT id FROM sources WHERE component = ?1 ORDER BY id DESC LIMIT 1 OFFSET 64
                )
                """
        ).execute(arguments: [component])
    }
}

internal import Addresses
internal import GRDB
internal import Messages

/// Writes batches within one transaction.
struct BatchWriter {
    /// A run of a component.
    private struct Source: Hashable {
        let component: ComponentName
        let instance: UInt64
    }

    private let database: Database
    private let records: RecordWriter
    private var lastSequences: [Source: UInt64] = [:]
    private var changed: Set<Source> = []
    private var order: [Source] = []

    init(_ database: Database) throws {
        self.database = database
        records = try RecordWriter(database)
    }

    /// Writes the records of `batch` if it is the next of its source. Records that the source had to throw away come
    /// before it, as an event.
    mutating func write(_ batch: RecordBatch, at time: UInt64) throws {
        let source = Source(component: batch.source, instance: batch.instance)
        guard try isNext(batch, of: source) else { return }
        if batch.lost > 0 {
            let lost = EventRecord(happenedAt: time, kind: "records-lost", detail: "\(batch.lost) records")
            try records.insert(lost, of: batch.source)
        }
        for record in batch.records { try records.insert(record, of: batch.source) }
        lastSequences[source] = batch.sequence
        changed.insert(source)
    }

    /// Writes up to where the sources are stored, in the same transaction.
    ///
    /// - Returns: what to tell them, in the order in which they first came.
    func finish() throws -> [Acknowledgement] {
        for source in order where changed.contains(source) { try remember(source) }
        return order.compactMap { source in
            lastSequences[source].map { Acknowledgement(instance: source.instance, sequence: $0) }
        }
    }

    private mutating func isNext(_ batch: RecordBatch, of source: Source) throws -> Bool {
        if lastSequences[source] == nil, !order.contains(source) {
            order.append(source)
            lastSequences[source] = try storedSequence(of: source)
        }
        guard let last = lastSequences[source] else { return true }
        return last != .max && batch.sequence == last + 1
    }

    private func storedSequence(of source: Source) throws -> UInt64? {
        let statement = try database.cachedStatement(
            sql: "SELECT sequence FROM sources WHERE component = ? AND instance = ?")
        let stored = try Int64.fetchOne(
            statement, arguments: [source.component.description, Int64(bitPattern: source.instance)])
        return stored.map { UInt64(bitPattern: $0) }
    }

    /// A component that begins again and again must not fill the table: its 64 latest runs are kept.
    private func remember(_ source: Source) throws {
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

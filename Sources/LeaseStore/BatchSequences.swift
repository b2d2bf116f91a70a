internal import GRDB
internal import Messages

/// Up to which batch each source was taken, read and written within one transaction.
struct BatchSequences {
    private let database: Database
    private var last: [RecordSource: UInt64] = [:]
    private var changed: Set<RecordSource> = []
    private var versions: [RecordSource: String] = [:]
    /// Which batches are not in this database and never will be: their sender knows them as stored.
    private var missing: [String] = []

    init(_ database: Database) {
        self.database = database
    }

    /// Whether `batch` was not taken before, and then counts it as taken.
    ///
    /// A channel has the batches in their order, and a new one begins with the oldest that is not acknowledged. So one that
    /// does not follow the last comes to a database that is not the one of before, but one put back from a backup.
    mutating func take(_ batch: RecordBatch) throws -> Bool {
        let source = RecordSource(batch)
        if let last = try last[source] ?? storedSequence(of: source) {
            self.last[source] = last
            guard batch.sequence > last else { return false }
            if batch.sequence > last + 1 { missing.append("\(source.component) \(last + 1) to \(batch.sequence - 1)") }
        }
        last[source] = batch.sequence
        changed.insert(source)
        if let version = batch.version { versions[source] = version }
        return true
    }

    /// Writes up to where the sources are taken, and says so of all that were asked about.
    func finish() throws -> [RecordSource: Acknowledgement] {
        for source in changed { try remember(source) }
        return Dictionary(
            uniqueKeysWithValues: last.map { source, sequence in
                (source, Acknowledgement(instance: source.instance, sequence: sequence))
            })
    }

    /// What the recorder has to say about missing batches.
    func events(at time: UInt64) -> [EventRecord] {
        missing.map { batches in
            EventRecord(
                happenedAt: time, kind: .batchesMissing,
                detail: "\(batches) are not in this database: it is older than what was acknowledged")
        }
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
                INSERT INTO sources (component, instance, sequence, version) VALUES (?, ?, ?, ?)
                ON CONFLICT (component, instance) DO UPDATE
                SET sequence = excluded.sequence, version = coalesce(excluded.version, version)
                """
        ).execute(
            arguments: [
                component, Int64(bitPattern: source.instance), last[source].map { Int64(bitPattern: $0) },
                versions[source],
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

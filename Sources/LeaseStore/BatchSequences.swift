internal import GRDB
internal import Messages

/// Up to which batch each source was taken, read and written within one transaction.
struct BatchSequences {
    private let database: Database
    private var last: [RecordSource: UInt64] = [:]
    private var changed: Set<RecordSource> = []

    init(_ database: Database) {
        self.database = database
    }

    /// Whether `batch` is the next of its source, and then counts it as taken.
    mutating func take(_ batch: RecordBatch) throws -> Bool {
        let source = RecordSource(batch)
        guard try isNext(batch, of: source) else { return false }
        last[source] = batch.sequence
        changed.insert(source)
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

    private mutating func isNext(_ batch: RecordBatch, of source: RecordSource) throws -> Bool {
        guard let last = try last[source] ?? storedSequence(of: source) else { return true }
        self.last[source] = last
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
            arguments: [component, Int64(bitPattern: source.instance), last[source].map { Int64(bitPattern: $0) }])
        try database.cachedStatement(
            sql: """
                DELETE FROM sources WHERE component = ?1 AND id <= (
                    SELECT id FROM sources WHERE component = ?1 ORDER BY id DESC LIMIT 1 OFFSET 64
                )
                """
        ).execute(arguments: [component])
    }
}

import Foundation
import GRDB
import LeaseStore
import Messages

/// A database in a directory of its own, which disappears with it.
final class TemporaryDatabase {
    let directory: URL
    var path: String { directory.appendingPathComponent("middle-sock.sqlite").path }
    private var sequence: UInt64 = 0

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("lease-store-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: directory)
    }

    /// Stores records as the next batch of one relay, which did not hear the first time when it sends it `twice`.
    func store(_ records: [Messages.Record], in store: LeaseStore, twice: Bool = false) throws {
        sequence += 1
        for _ in 0..<(twice ? 2 : 1) { _ = try store.store([batch(sequence, records)], at: .noon) }
    }

    /// Stores records of `component` as the next batch of one run.
    func store(
        _ records: [Messages.Record], of component: ComponentName, lost: UInt32 = 0, at time: UInt64,
        in store: LeaseStore
    ) throws {
        sequence += 1
        let batch = batch(sequence, records, of: component, instance: UInt64(component.rawValue), lost: lost)
        _ = try store.store([batch], at: time)
    }

    /// What another program sees, such as sqlite3: every value as text, NULL as "-".
    func rows(_ sql: String) throws -> [String] {
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        let rows = try queue.read { try Row.fetchAll($0, sql: sql) }
        return rows.map { row in
            row.databaseValues.map { String.fromDatabaseValue($0) ?? ($0.isNull ? "-" : "\($0)") }
                .joined(separator: " ")
        }
    }

    /// Writes past the store, as somebody else or an older version would.
    func execute(_ sql: String) throws {
        try DatabaseQueue(path: path).write { try $0.execute(sql: sql) }
    }
}

func batch(
    _ sequence: UInt64, _ records: [Messages.Record], of source: ComponentName = .relay, instance: UInt64 = 7,
    lost: UInt32 = 0
) -> RecordBatch {
    RecordBatch(source: source, instance: instance, sequence: sequence, lost: lost, records: records)
}

func event(_ kind: String) -> Messages.Record {
    .event(EventRecord(happenedAt: .noon, kind: kind, detail: "for a test"))
}

func acknowledged(_ sequence: UInt64, instance: UInt64 = 7) -> [RecordSource: Acknowledgement] {
    [
        RecordSource(component: .relay, instance: instance):
            Acknowledgement(instance: instance, sequence: sequence)
    ]
}

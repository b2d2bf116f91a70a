import Addresses
import Foundation
import GRDB
import LeaseStore
import Messages

/// What a run has seen, so that it can be compared again with another version of the record: the packets as the relay
/// saw them, and what the server had in its file when.
struct Keepsake {
    private let directory: URL

    init(in directory: String) {
        self.directory = URL(fileURLWithPath: directory, isDirectory: true)
    }

    private func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

    /// Keeps a run.
    func write(_ samples: [Sample], of record: Record) throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let names = ["recorded.sqlite", "samples.json"]
        for name in names where FileManager.default.fileExists(atPath: path(name)) {
            try FileManager.default.removeItem(atPath: path(name))
        }
        try record.copy(to: path("recorded.sqlite"))
        var last: [IPv4Address: Holding] = [:]
        let changes = samples.map { sample in
            let addresses = Set(sample.leases.keys).union(last.keys).filter { sample.leases[$0] != last[$0] }
            last = sample.leases
            return Change(
                number: sample.number, question: sample.question, time: sample.time,
                leases: addresses.map { Change.Lease(address: $0.description, holding: sample.leases[$0]) })
        }
        try JSONEncoder().encode(changes).write(to: directory.appendingPathComponent("samples.json"))
    }

    /// A sample, as far as it differs from the one before.
    private struct Change: Codable {
        struct Lease: Codable {
            var address: String
            var holding: Holding?
        }

        var number: Int
        var question: UInt32
        var time: Int64
        var leases: [Lease]
    }

    private func samples() throws -> [Sample] {
        let data = try Data(contentsOf: directory.appendingPathComponent("samples.json"))
        var leases: [IPv4Address: Holding] = [:]
        return try JSONDecoder().decode([Change].self, from: data).map { change in
            for lease in change.leases {
                if let address = IPv4Address(lease.address) { leases[address] = lease.holding }
            }
            return Sample(number: change.number, question: change.question, time: change.time, leases: leases)
        }
    }

    /// Stores the packets anew, as this version does.
    func replay(of kind: ServerKind) throws -> (samples: [Sample], leases: [RecordedLease]) {
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: path("again.sqlite" + suffix))
        }
        let store = try LeaseStore(path: path("again.sqlite"))
        var batches = Batches(store: store)
        var configuration = Configuration()
        configuration.readonly = true
        try DatabaseQueue(path: path("recorded.sqlite"), configuration: configuration).read { database in
            let commands = try Row.fetchCursor(database, sql: "SELECT server_command FROM starts ORDER BY id")
            while let row = try commands.next() {
                try batches.add(.start(StartRecord(startedAt: 0, uplink: "lan", serverCommand: row[0])))
            }
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT captured_at, interface, direction, frame FROM packets WHERE verdict = 'forwarded' ORDER BY id
                    """)
            while let row = try rows.next() {
                guard let interface = InterfaceName(row[1] as String) else { continue }
                let frame: Data = row[3]
                try batches.add(
                    .packet(
                        PacketRecord(
                            capturedAt: UInt64(row[0] as Int64), interface: interface,
                            direction: row[2] == "to-server" ? .toServer : .toClient, verdict: .forwarded,
                            frame: Array(frame))))
            }
        }
        try batches.flush()
        return (try samples(), try Record(at: path("again.sqlite"), of: kind).leases())
    }

    /// Records on their way into the store.
    private struct Batches {
        let store: LeaseStore
        private var sequence: UInt64 = 0
        private var records: [Messages.Record] = []

        init(store: LeaseStore) {
            self.store = store
        }

        mutating func add(_ record: Messages.Record) throws {
            records.append(record)
            if records.count == 500 { try flush() }
        }

        mutating func flush() throws {
            sequence += 1
            let batch = RecordBatch(source: .relay, instance: 1, sequence: sequence, lost: 0, records: records)
            _ = try store.store([batch], at: 0)
            records = []
        }
    }
}

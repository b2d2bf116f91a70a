import Addresses
import Foundation
import GRDB
import LeaseStore
import Messages
import Synchronization
import Testing

/// How large the log beside the database gets.
@Suite final class LogSizeTests: StoreSuite {
    private var logSize: Int {
        get throws {
            let attributes = try FileManager.default.attributesOfItem(atPath: database.path + "-wal")
            return try #require(attributes[.size] as? Int) >> 20
        }
    }

    /// Stores `count` MiB at one time, in commits of one each.
    private func storeMebibytes(_ count: Int, at time: UInt64 = .noon) throws {
        for _ in 0..<count { try storePacket(of: 1 << 20, at: time) }
    }

    /// Stores a packet of `size` bytes in a commit of its own.
    private func storePacket(of size: Int, at time: UInt64) throws {
        let packet = PacketRecord(
            capturedAt: .noon, interface: try #require(InterfaceName("ens34")), direction: .toServer, verdict: .vlan,
            frame: [UInt8](repeating: 0xA5, count: size))
        try database.store([.packet(packet)], in: store)
        try store.shortenLog(at: time)
    }

    @Test func `without readers the log is brought into the database every 16 MiB`() throws {
        try storeMebibytes(50)
        #expect(try (15...18).contains(logSize))
    }

    @Test func `a reader lets the log grow and holds nothing up, and 64 MiB of it stay afterwards`() throws {
        var configuration = Configuration()
        configuration.readonly = true
        let reader = try DatabaseQueue(path: database.path, configuration: configuration)
        try reader.read { snapshot in
            #expect(try Int.fetchOne(snapshot, sql: "SELECT count(*) FROM packets") == 0)
            try storeMebibytes(80)
            #expect(try Int.fetchOne(snapshot, sql: "SELECT count(*) FROM packets") == 0)
            #expect(try logSize >= 80)
        }
        try storeMebibytes(2, at: .noon + .second)
        #expect(try logSize == 64)
        #expect(try database.rows("SELECT count(*) FROM packets") == ["82"])
    }

    @Test func `a log that was left very long is begun anew as well`() throws {
        try DatabaseQueue(path: database.path).inTransaction(.deferred) { reader in
            #expect(try Int.fetchOne(reader, sql: "SELECT count(*) FROM packets") == 0)
            try storeMebibytes(140)
            return .rollback
        }
        try storeUntilLogIsShort()
        #expect(try logSize == 64)
    }

    /// Somebody brings it in meanwhile, which takes as long as the disk and the readers do.
    private func storeUntilLogIsShort() throws {
        let deadline = ContinuousClock.now + .seconds(60)
        var later = UInt64.noon
        while try logSize > 64, .now < deadline {
            later += .second
            try storePacket(of: 1, at: later)
        }
        #expect(try logSize <= 64)
    }

    @Test func `readers that read one after the other, without a pause, do not make the log grow`() throws {
        let isOver = Mutex(false)
        let readers = DispatchGroup()
        for _ in 0..<4 {
            readers.enter()
            Thread.detachNewThread { [path = database.path] in
                while !isOver.withLock({ $0 }) { try? Self.readSomething(from: path) }
                readers.leave()
            }
        }
        defer {
            isOver.withLock { $0 = true }
            readers.wait()
        }
        try storeMebibytes(120)
        try storeUntilLogIsShort()
    }

    /// Holds a snapshot for some milliseconds.
    private static func readSomething(from path: String) throws {
        var configuration = Configuration()
        configuration.readonly = true
        try DatabaseQueue(path: path, configuration: configuration).read { snapshot in
            _ = try Int.fetchOne(
                snapshot,
                sql: """
                    WITH RECURSIVE number (n) AS (SELECT max(id) FROM packets UNION ALL SELECT n + 1 FROM number LIMIT 20000)
                    SELECT sum(n) FROM number
                    """)
        }
    }
}

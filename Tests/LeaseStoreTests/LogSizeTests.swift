import Addresses
import Foundation
import GRDB
import LeaseStore
import Messages
import Testing

/// How large the log beside the database gets.
@Suite struct LogSizeTests {
    private let database: TemporaryDatabase
    private let store: LeaseStore

    init() throws {
        database = try TemporaryDatabase()
        store = try LeaseStore(path: database.path)
    }

    private var logSize: Int {
        get throws {
            let attributes = try FileManager.default.attributesOfItem(atPath: database.path + "-wal")
            return try #require(attributes[.size] as? Int) >> 20
        }
    }

    /// Stores `count` MiB, in commits of one each.
    private func storeMebibytes(_ count: Int) throws {
        let interface = try #require(InterfaceName("ens34"))
        let frame = [UInt8](repeating: 0xA5, count: 1 << 20)
        for _ in 0..<count {
            let packet = PacketRecord(
                capturedAt: .noon, interface: interface, direction: .toServer, verdict: .vlan, frame: frame)
            try database.store([.packet(packet)], in: store)
        }
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
        try storeMebibytes(2)
        #expect(try logSize == 64)
        #expect(try database.rows("SELECT count(*) FROM packets") == ["82"])
    }
}

import Addresses
import GRDB
import Messages
import PacketTesting
import Testing

@testable import LeaseStore

/// How full a network is, by what was seen of it.
@Suite final class NetworkUseTests: StoreSuite {
    private static func client(_ number: Int, relay: IPv4Address = .unspecified) -> Client {
        var client = Client(
            hardwareAddress: MACAddress(rawValue: 0x0200_0000_0000 + UInt64(number)), transaction: UInt32(number))
        client.relay = relay
        return client
    }

    private static func address(_ number: Int) -> IPv4Address { IPv4Address(192, 168, 50, UInt8(number)) }
    private static let agent = IPv4Address(10, 0, 0, 1)

    private func give(
        _ numbers: ClosedRange<Int>, for seconds: UInt32 = 3600, relay: IPv4Address = .unspecified, at time: UInt64
    )
        throws
    {
        for number in numbers {
            try database.store(
                Self.client(number, relay: relay).exchange(Self.address(number), for: seconds, at: time), in: store)
        }
    }

    private func numbers(at time: UInt64) throws -> [String] {
        try store.networks(at: time).map {
            "\($0.name): \($0.held) of \($0.mostHeld), \($0.heldInLastDay), \($0.unansweredClients), \($0.denials)"
        }
    }

    /// The rows that triggers keep, and what the history of leases says.
    private func expectKept() throws {
        let kept = try database.rows("SELECT interface, relay_address, held, most_held FROM networks ORDER BY 1, 2")
        try store.inTransaction { database in
            try database.execute(sql: "DELETE FROM networks")
            try database.execute(sql: Migration.networks[1])
        }
        #expect(
            try database.rows("SELECT interface, relay_address, held, most_held FROM networks ORDER BY 1, 2") == kept)
    }

    @Test func `what is held, the most ever, and of the last day`() throws {
        try give(1...3, at: .noon)
        try give(11...12, relay: Self.agent, at: .noon)
        try database.store([Self.client(2).release(Self.address(2), at: .noon + .hour / 2)], in: store)
        try give(2...2, at: .noon + .hour / 2 + .second)
        try give(20...20, for: .max, at: .noon + .hour / 2 + 2 * .second)
        #expect(
            try numbers(at: .noon + .hour / 2) == ["ens34: 4 of 4, 4, 0, 0", "ens34 via 10.0.0.1: 2 of 2, 2, 0, 0"])
        try store.expireLeases(at: .noon + 2 * .hour)
        #expect(
            try numbers(at: .noon + 2 * .hour) == ["ens34: 1 of 4, 4, 0, 0", "ens34 via 10.0.0.1: 0 of 2, 2, 0, 0"])
        try expectKept()
        #expect(try numbers(at: .noon + 30 * .hour).first == "ens34: 1 of 4, 1, 0, 0")
        // The clock was wrong: they go on.
        try store.expireLeases(at: .noon)
        #expect(try numbers(at: .noon).first == "ens34: 4 of 4, 4, 0, 0")
        try expectKept()
        try database.execute("DELETE FROM leases WHERE address <> '192.168.50.1'")
        #expect(try numbers(at: .noon).map { $0.prefix(12) } == ["ens34: 1 of ", "ens34 via 10"])
    }

    @Test func `clients without an answer and NAKs belong to their network`() throws {
        try give(1...1, at: .noon)
        let agent = IPv4Address(10, 9, 9, 9)
        try database.store(
            [
                Self.client(5).discover(at: .noon), Self.client(6).discover(at: .noon + 1),
                // Of a relay agent that nobody was ever given an address through.
                Self.client(7, relay: agent).discover(at: .noon + 2),
                Self.client(8).request(Self.address(9), at: .noon + 3), Self.client(8).nak(at: .noon + 4),
            ], in: store)
        #expect(
            try numbers(at: .noon + .second) == [
                "ens34: 1 of 1, 1, 2, 1", "ens34 via other relay agents: 0 of 0, 0, 1, 0",
            ])
        #expect(try numbers(at: .noon + 25 * .hour).first?.hasSuffix(", 0, 0") == true)
    }

    @Test func `relay agents that somebody invents have no row from some number on`() throws {
        for number in 0..<1010 {
            var client = Self.client(number)
            client.relay = IPv4Address(10, 1, UInt8(number / 256), UInt8(number % 256))
            let address = IPv4Address(192, 168, UInt8(51 + number / 250), UInt8(number % 250))
            try database.store(client.exchange(address, for: 60, at: .noon), in: store)
        }
        #expect(try database.rows("SELECT count(*), sum(held) FROM networks") == ["1000 1000"])
        // The LAN itself has one whatever they do.
        try give(1...1, for: 60, at: .noon)
        #expect(try database.rows("SELECT held FROM networks WHERE relay_address = ''") == ["1"])
        try store.expireLeases(at: .noon + .hour)
        while try store.expireLeases(at: .noon + .hour) > 0 {}
        #expect(try database.rows("SELECT sum(held), max(held) FROM networks") == ["0 0"])
    }

    /// How many clients wait in networks that are as full as ever, some seconds after noon.
    private func waiting(_ seconds: UInt64) throws -> [Int64] {
        try store.fullNetworks(at: .noon + seconds * .second).map(\.waiting)
    }

    @Test func `it may be full when the most is reached again and somebody waits`() throws {
        try give(1...3, at: .noon)
        try database.store([Self.client(9).discover(at: .noon + 60 * .second)], in: store)
        // It grows: nobody was refused before.
        #expect(try waiting(80) == [])
        try database.store([Self.client(2).release(Self.address(2), at: .noon + 90 * .second)], in: store)
        #expect(try waiting(120) == [])
        try give(2...2, at: .noon + 130 * .second)
        #expect(try waiting(140) == [1])
        // Answered.
        try database.store(Self.client(9).exchange(Self.address(4), for: 60, at: .noon + 150 * .second), in: store)
        #expect(try waiting(170) == [])
    }

    @Test func `or when it is so for ten minutes`() throws {
        try give(1...3, at: .noon)
        for second in [60, 64, 620] as [UInt64] {
            try database.store([Self.client(9).discover(at: .noon + second * .second)], in: store)
        }
        #expect(try waiting(590) == [])
        #expect(try waiting(621) == [1])
        // Who came and went counts no more.
        #expect(try waiting(1300) == [])
    }

    @Test func `who asked for nothing since it is so does not count`() throws {
        try database.store([Self.client(9).discover(at: .noon - 60 * .second)], in: store)
        try give(1...3, at: .noon)
        #expect(try waiting(700) == [])
    }
}

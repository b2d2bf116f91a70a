import Addresses
import LeaseStore
import Messages
import PacketTesting
import Testing

/// Which request a reply answers, whatever others send under the same number.
@Suite final class LeaseRequestTests: StoreSuite {
    /// Who has which address by the table.
    private var holders: [String] {
        get throws {
            try database.rows(
                "SELECT address, client_mac, client_identifier, host_name, state FROM leases ORDER BY id")
        }
    }

    private static let alice = Client(identifier: [0xA], hostName: "alice")
    private static let mallory = Client(identifier: [0xB], hostName: "mallory")
    private static let alicesLease = ["192.168.50.101 02:00:5e:10:00:64 0a alice bound"]

    @Test func `an INFORM with the number of a REQUEST does not hide the lease`() throws {
        let client = Self.alice
        let records = [
            client.request(.first, at: .noon), client.inform(.first, at: .noon), client.ack(.first, for: 60, at: .noon),
            client.ack(.unspecified, for: nil, at: .noon),
        ]
        try database.store(records, in: store)
        #expect(try holders == Self.alicesLease)
    }

    @Test(arguments: [
        mallory.discover(at: .noon), mallory.request(.first, at: .noon), mallory.request(.second, at: .noon),
        mallory.inform(.first, at: .noon),
    ])
    func `what another one says after the REQUEST is not the client's`(other: Record) throws {
        let records = [Self.alice.request(.first, at: .noon), other, Self.alice.ack(.first, for: 60, at: .noon)]
        try database.store(records, in: store)
        #expect(try holders == Self.alicesLease)
    }

    @Test(arguments: [
        mallory.discover(at: .noon), mallory.request(.second, at: .noon), mallory.inform(.first, at: .noon),
        mallory.renew(.second, at: .noon),
    ])
    func `and what he says before the REQUEST neither, if the server cannot have granted it`(other: Record) throws {
        let records = [other, Self.alice.request(.first, at: .noon), Self.alice.ack(.first, for: 60, at: .noon)]
        try database.store(records, in: store)
        #expect(try holders == Self.alicesLease)
    }

    @Test func `of two that ask for the same the one gets it that holds it, and if nobody does the first`() throws {
        let (alice, mallory) = (Self.alice, Self.mallory)
        let records = [
            alice.request(.first, at: .noon), mallory.request(.first, at: .noon), alice.ack(.first, for: 60, at: .noon),
            mallory.nak(at: .noon), mallory.request(.first, at: .noon + 30 * .second),
            alice.request(.first, at: .noon + 30 * .second), alice.ack(.first, for: 60, at: .noon + 30 * .second),
        ]
        try database.store(records, in: store)
        #expect(try holders == Self.alicesLease)
    }

    @Test func `a NAK is the answer to the first, the ACK to the second`() throws {
        let (alice, mallory) = (Self.alice, Self.mallory)
        let records = [
            mallory.request(.first, at: .noon), alice.request(.first, at: .noon), mallory.nak(at: .noon),
            alice.ack(.first, for: 60, at: .noon),
        ]
        try database.store(records, in: store)
        #expect(try holders == Self.alicesLease)
    }

    @Test func `a BOOTP client has what it is given, whatever DHCP is spoken in its name`() throws {
        let client = Client()
        let records = [
            client.bootRequest(at: .noon), Self.mallory.discover(at: .noon), Self.mallory.request(.first, at: .noon),
            Self.mallory.inform(.first, at: .noon), client.bootReply(.first, at: .noon),
        ]
        try database.store(records, in: store)
        #expect(try holders == ["192.168.50.101 02:00:5e:10:00:64 - - bound"])
    }

    @Test func `another kind of hardware address or another relay agent is another client`() throws {
        var tokenRing = Self.mallory
        tokenRing.hardwareType = 6
        var relayed = Self.mallory
        relayed.relay = Station.routerAddress
        let records = [
            tokenRing.request(.first, at: .noon), relayed.request(.first, at: .noon),
            Self.alice.request(.first, at: .noon), Self.alice.ack(.first, for: 60, at: .noon),
        ]
        try database.store(records, in: store)
        #expect(try holders == Self.alicesLease)
    }

    @Test func `another MAC address with the same identifier has a row of its own`() throws {
        let docked = Client(hardwareAddress: Station.stranger, identifier: [0xA], hostName: "alice", transaction: 2)
        let records =
            Self.alice.exchange(.first, for: 3600, at: .noon)
            + docked.exchange(.first, for: 3600, at: .noon + 60 * .second)
        try database.store(records, in: store)
        #expect(
            try holders == [
                "192.168.50.101 02:00:5e:10:00:64 0a alice superseded",
                "192.168.50.101 02:00:5e:10:00:c8 0a alice bound",
            ])
    }

    @Test(arguments: [true, false])
    func `the request is known in the next transaction, and to the next recorder`(keepsFrames: Bool) throws {
        for isSameRecorder in [true, false] {
            let database = try TemporaryDatabase()
            let retention = Retention(keepsFrames: keepsFrames)
            var store = try LeaseStore(path: database.path, keeping: retention)
            try database.store([Self.alice.request(.first, at: .noon)], in: store)
            if !isSameRecorder {
                try store.close()
                store = try LeaseStore(path: database.path, keeping: retention)
            }
            try database.store(
                [Self.mallory.discover(at: .noon), Self.alice.ack(.first, for: 60, at: .noon)], in: store)
            #expect(
                try database.rows("SELECT client_identifier, host_name FROM leases") == ["0a alice"])
        }
    }

    @Test func `a flood does not push out what a client said that the server knows`() throws {
        try database.store([Self.alice.discover(at: .noon), Self.alice.offer(.first, at: .noon)], in: store)
        var records = [Self.alice.request(.first, at: .noon)]
        for number in 0..<20_000 {
            var stranger = Self.mallory
            stranger.hardwareAddress = MACAddress(rawValue: 0x0600_0000_0000 + UInt64(number))
            records.append(number % 2 == 0 ? stranger.discover(at: .noon) : stranger.request(.first, at: .noon))
        }
        records.append(Self.alice.ack(.first, for: 60, at: .noon))
        for start in stride(from: 0, to: records.count, by: 500) {
            try database.store(Array(records[start..<min(start + 500, records.count)]), in: store)
        }
        #expect(try holders == Self.alicesLease)
    }
}

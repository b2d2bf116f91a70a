import LeaseStore
import Messages
import PacketTesting
import Testing

/// Names that clients give themselves, which can be any bytes.
@Suite final class HostNameTests: StoreSuite {
    @Test(
        arguments: [
            ("laptop", "laptop"), ("laptop\0", "laptop"), ("lap\0top", #"lap\x00top"#),
            ("'; DROP TABLE leases; --", "'; DROP TABLE leases; --"),
            ("x'), (1, 'y", "x'), (1, 'y"), (#""quoted""#, #""quoted""#), ("%s%n?1", "%s%n?1"),
            (#"back\slash"#, #"back\\slash"#), ("\u{1B}[2J\r\n", #"\x1b[2J\x0d\x0a"#), ("caf\u{E9}", #"caf\xc3\xa9"#),
            (String(repeating: "'", count: 255), String(repeating: "'", count: 255)),
        ])
    func `any name is stored as text that is safe to print, and is only text`(name: String, stored: String) throws {
        let other = Client(hardwareAddress: Station.stranger, hostName: "other", transaction: 7)
        try database.store(other.exchange(.second, for: 60, at: .noon), in: store)
        try database.store(Client(hostName: name).exchange(.first, for: 60, at: .noon), in: store)
        let names = "SELECT host_name FROM"
        #expect(try database.rows("\(names) packets WHERE client_mac = '02:00:5e:10:00:64' AND id = 7") == [stored])
        #expect(try database.rows("\(names) leases ORDER BY id") == ["other", stored])
        #expect(try database.rows("\(names) clients ORDER BY host_name = 'other' DESC") == ["other", stored])
    }

    @Test(arguments: ["", "\0", "\0\0\0"])
    func `a name of nothing is none`(name: String) throws {
        try database.store(Client(hostName: name).exchange(.first, for: 60, at: .noon), in: store)
        #expect(try database.rows("SELECT host_name FROM leases") == ["-"])
        #expect(try database.rows("SELECT DISTINCT host_name FROM packets") == ["-"])
    }
}

import Addresses
import Foundation
import Kernel
import LeaseStore
import Messages
import PacketTesting
import Testing

/// That what `--json` prints is as docs/schema says.
@Suite struct SchemaTests {
    private static let schemas = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../docs/schema")

    /// A database in which each listing has rows, with and without what can be missing.
    private static func database() throws -> RecordedPackets {
        var failed = StartRecord(startedAt: Exchange.start, uplink: "lan", serverCommand: "dhcpd -f")
        failed.outcome = "exited with status 1"
        failed.phases.discovery = 1234
        var ready = StartRecord(startedAt: Exchange.start, uplink: "runtime", serverCommand: "dhcpd -f")
        (ready.outcome, ready.serverPID) = ("ready", 7)
        (ready.phases.discovery, ready.phases.namespace, ready.phases.link) = (1, 2, 3)
        (ready.phases.spawn, ready.phases.ready, ready.phases.total) = (4, 5, 15)
        let event = EventRecord(happenedAt: Exchange.start, kind: "foreign-server", detail: "\u{1B}[2J")
        return try RecordedPackets([
            identified, Exchange.discover, Exchange.offer, Exchange.acknowledgement, Exchange.stray, Exchange.long,
            .start(failed),
            .start(ready), .event(event),
        ])
    }

    /// Of a client that has an identifier.
    private static var identified: Messages.Record {
        Exchange.packet(
            DHCPLayer.request(1, from: Station.client).option(61, [1, 2, 0xAF]).udp()
                .ipv4(from: .unspecified, to: .broadcast).ethernet(from: Station.client, to: .broadcast).bytes,
            .toServer, at: Exchange.start - 1000)
    }

    private func check(_ json: String, against schema: String, in database: RecordedPackets) throws -> String {
        let file = database.file("\(schema).json")
        try Data(json.utf8).write(to: URL(fileURLWithPath: file))
        let path = Self.schemas.appendingPathComponent("\(schema).json").path
        let result = try FinishedProgram("python3", ["-m", "jsonschema", "--instance", file, path])
        return result.exit == .status(0) ? "" : "\(result.exit) \(result.output)\(result.error)"
    }

    @Test func `the summary is as its schema says`() throws {
        let database = try Self.database()
        let output = try database.recorder(["leases", "--summary", "--json"]).output
        #expect(try check(output, against: "leases-summary", in: database) == "")
        #expect(output.contains("\"held\":1,\"most_held\":1,\"most_held_at\":1700000000001500"))
        #expect(try check(output.replacing(":1,", with: ":\"1\","), against: "leases-summary", in: database) != "")
        let table = try database.recorder(["leases", "--summary"]).output.split(separator: "\n").last
        #expect(table?.split(separator: " ") == ["ens34", "-", "1", "1", "2023-11-14T22:13:20Z", "1", "0", "0"])
        #expect(try database.recorder(["leases", "--summary", "--current"]).exit == .status(64))
    }

    @Test(arguments: ["leases", "starts", "packets", "events"])
    func `a listing is as its schema says`(table: String) throws {
        let database = try Self.database()
        let output = try database.recorder([table, "--json"]).output
        let rows = try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [Any]
        #expect(rows?.isEmpty == false)
        #expect(try check(output, against: table, in: database) == "")
        // It says something: a number as text, and a column that nobody knows, are refused.
        let wrong = try #require(output.range(of: "\"id\":1"))
        #expect(
            try check(output.replacingCharacters(in: wrong, with: "\"id\":\"1\""), against: table, in: database) != "")
        #expect(
            try check(output.replacingCharacters(in: wrong, with: "\"x\":1,\"id\":1"), against: table, in: database)
                != "")
    }
}

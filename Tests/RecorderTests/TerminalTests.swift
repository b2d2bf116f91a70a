import Foundation
import Kernel
import Testing

/// What listings look like on a real terminal, and how they differ in a pipe.
@Suite struct TerminalTests {
    private let database: RecordedPackets

    init() throws {
        database = try RecordedPackets([
            Exchange.discover, Exchange.offer, Exchange.acknowledgement, Exchange.stray, Exchange.long,
        ])
    }

    /// The lines that a terminal gets, script(1) makes it.
    private func lines(_ arguments: String, columns: Int, environment: String = "") throws -> [String] {
        let program = try RunningRecorder.program([])
        let command = """
            stty cols \(columns); cd '\(program.directory ?? "")'; \
            env TERM=xterm \(environment) ./recorder \(arguments) --database \(database.database)
            """
        let result = try FinishedProgram("script", ["--quiet", "--return", "--command", command, "/dev/null"])
        try #require(result.exit == .status(0), "\(result.output)\(result.error)")
        return result.output.split(separator: "\r\n").map(String.init)
    }

    private func plain(_ line: String) -> String { line.replacing(#/\u{1B}\[[0-9;]*m/#, with: "") }

    @Test(arguments: ["packets", "leases", "events"], [80, 120])
    func `a table fits its terminal`(table: String, columns: Int) throws {
        let lines = try lines(table, columns: columns).map(plain)
        #expect(lines.filter { $0.count > columns } == [])
        #expect(lines.first?.hasPrefix(table == "leases" ? "ADDRESS" : "TIME") == true)
    }

    @Test func `words have colours, unless nobody wants them`() throws {
        let coloured = try lines("packets", columns: 80)
        #expect(coloured.contains { $0.contains("\u{1B}[32mACK\u{1B}[0m") }, "\(coloured)")
        #expect(coloured.contains { $0.contains("\u{1B}[33mnot-for-us\u{1B}[0m") }, "\(coloured)")
        for environment in ["NO_COLOR=1", "TERM=dumb"] {
            let plain = try lines("packets", columns: 80, environment: environment)
            #expect(plain.filter { $0.contains("\u{1B}") } == [] && plain.count > 5, "\(environment)")
        }
    }

    @Test func `a pipe gets whole lines, each with everything`() throws {
        let output = try database.recorder(["packets"]).output
        let lines = output.split(separator: "\n").map(String.init)
        #expect(!output.contains("\u{1B}") && !output.contains("…") && lines.count == 6)
        let fields = lines[3].split(separator: " ").map(String.init)
        #expect(
            fields == [
                "2023-11-14T22:13:20.001500Z", "ens34", "to-client", "ACK", "02:00:5e:10:00:64", "192.168.50.101",
                "0x3903f326", "-", "forwarded",
            ])
        let narrow = try database.recorder(["packets", "--width", "80"]).output.split(separator: "\n")
        #expect(narrow.filter { $0.count > 80 } == [])
        let refused = try database.recorder(["packets", "--width", "7"])
        #expect(refused.exit == .status(64) && refused.error.contains("40 is the least"))
    }

    @Test func `times are local, and UTC when that is wanted`() throws {
        let tokyo = try database.recorder(["leases"], environment: ["TZ=Asia/Tokyo"]).output
        #expect(tokyo.contains("2023-11-15T07:13:20+09:00"))
        let utc = try database.recorder(["leases", "--utc"], environment: ["TZ=Asia/Tokyo"]).output
        #expect(utc.contains("2023-11-14T22:13:20Z"))
        // What is printed can be asked for.
        let again = try database.recorder(
            ["leases", "--at", "2023-11-15T07:13:21+09:00"], environment: ["TZ=Asia/Tokyo"])
        #expect(again.output.contains("192.168.50.101"))
    }
}

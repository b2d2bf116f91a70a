import Foundation
import GRDB
import Kernel
import Messages
import PacketTesting
import Testing

/// What tshark makes of the files that `recorder export` writes.
@Suite struct ExportTests {
    private let recorded: RecordedPackets

    init() throws {
        let other = Exchange.packet([UInt8](repeating: 0xA5, count: 61), .toServer, .vlan, at: 1, interface: "ens35.20")
        recorded = try RecordedPackets([Exchange.discover, Exchange.offer, Exchange.stray, other])
    }

    private func tshark(_ file: String, _ fields: [String]) throws -> [String] {
        let result = try FinishedProgram(
            "tshark", ["-r", file, "-T", "fields", "-E", "separator=|"] + fields.flatMap { ["-e", $0] })
        #expect(result.exit == .status(0), "\(result.error)")
        return result.output.split(separator: "\n").map(String.init)
    }

    private static let fields = [
        "frame.interface_name", "frame.time_epoch", "frame.packet_flags_direction", "frame.comment", "frame.len",
        "dhcp.option.dhcp",
    ]

    @Test func `tshark reads interface, time, direction, verdict and frame`() throws {
        let file = recorded.file("all.pcapng")
        let result = try recorded.recorder(["export", "--pcapng", file])
        #expect(result.exit == .status(0) && result.error == "recorder: wrote 4 packets\n")
        #expect(
            try tshark(file, Self.fields) == [
                "ens35.20|0.000001000|0x00000001|vlan|61|",
                "ens34|1700000000.000000000|0x00000001|forwarded|342|1",
                "ens34|1700000000.001000000|0x00000002|forwarded|342|2",
                "ens34|1700000000.002000000|0x00000001|not-for-us|342|3",
            ])
        #expect(try tshark(file, ["_ws.malformed"]).allSatisfy { !$0.contains("Malformed") })
    }

    @Test func `every byte of a frame is as it was recorded`() throws {
        let file = recorded.file("all.pcapng")
        _ = try recorded.recorder(["export", "--pcapng", file])
        let dump = try FinishedProgram(
            "tshark", ["-r", file, "-T", "jsonraw", "-Y", "frame.comment == \"not-for-us\""])
        guard case .packet(let packet) = Exchange.stray else { return }
        let hexadecimal = packet.frame.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(dump.output.contains(hexadecimal))
    }

    @Test func `only what is asked for goes into the pipe`() throws {
        let result = try recorded.recorder(["export", "--pcapng", "-", "--mac", "02:00:5e:10:00:c8"])
        #expect(result.error == "recorder: wrote 1 packet\n")
        let file = recorded.file("piped.pcapng")
        try result.standardOutput.write(to: URL(fileURLWithPath: file))
        #expect(try tshark(file, ["frame.comment", "dhcp.hw.mac_addr"]) == ["not-for-us|02:00:5e:10:00:c8"])
    }

    @Test func `a capture without packets is one`() throws {
        let file = recorded.file("none.pcapng")
        let result = try recorded.recorder(["export", "--pcapng", file, "--since", "2030-01-01"])
        #expect(result.error == "recorder: wrote 0 packets\n")
        #expect(try tshark(file, ["frame.number"]).isEmpty)
    }

    @Test func `packets whose frames were not kept are left out and counted`() throws {
        try DatabaseQueue(path: recorded.database).write { database in
            try database.execute(sql: "UPDATE packets SET frame = x'' WHERE verdict = 'forwarded'")
        }
        let file = recorded.file("rest.pcapng")
        let result = try recorded.recorder(["export", "--pcapng", file])
        #expect(result.error == "recorder: wrote 2 packets; left out 2 of which the frames were not kept\n")
        #expect(try tshark(file, ["frame.comment"]) == ["vlan", "not-for-us"])
    }

    @Test func `a file that cannot be written is one line and status 69`() throws {
        let result = try recorded.recorder(["export", "--pcapng", "/nonexistent/a.pcapng"])
        #expect(result.exit == .status(69))
        #expect(
            result.error == """
                recorder: cannot write /nonexistent/a.pcapng: open /nonexistent/a.pcapng: No such file or directory

                """)
    }
}

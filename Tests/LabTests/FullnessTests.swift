import Foundation
import Testing

/// How full a network is, with a real server whose addresses run out.
@Suite struct FullnessTests {
    private static let scarce = "SELECT component, detail FROM events WHERE kind = 'addresses-scarce'"

    @Test func `when the last address is taken again and somebody waits, that is an event, once`() async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(
                .dhcpd(range: "192.168.50.30 192.168.50.30", "ping-check false;"))
            let recording = try #require(service.recording)
            let first = try await lab.client2.start(.udhcpc)
            _ = try await first.lease()
            try await first.release()
            try await service.records("SELECT held, most_held FROM networks", [["0", "1"]])
            try await SteppingClient(on: lab.client1, number: 1).serve()
            let waiting = try SteppingClient(on: lab.client1, number: 2)
            try await wait(for: "the event", within: .seconds(60), evidence: { service.program.text }) {
                waiting.discover()
                try await Task.sleep(for: .milliseconds(500))
                return try await !recording.rows(Self.scarce).isEmpty
            }
            let words =
                "ens34: 1 address is held, as many as ever, and a client waits for an answer: the server may have none "
                + "left"
            try await service.records(Self.scarce, [["recorder", words]])
            try await service.program.says(words)

            let recorder = "\(Project.binaries)/recorder"
            let summary = try await lab.host.output(recorder, "leases", "--summary")
            let row = try #require(summary.split(separator: "\n").last).split(separator: " ")
            #expect(row.prefix(4) == ["ens34", "-", "1", "1"] && row.suffix(3) == ["1", "1", "0"], "\(summary)")
            let status = try await lab.host.output(recorder, "status")
            #expect(status.contains("leases-held: 1\n") && status.contains("network-ens34: 1 held, most ever 1 ("))
            #expect(status.contains("1 in the last day, 1 client without an answer, 0 NAK"), "\(status)")
            for table in ["leases", "packets", "events", "starts"] {
                try await check([recorder, table, "--json"], against: table, on: lab.host)
            }
            try await check([recorder, "leases", "--summary", "--json"], against: "leases-summary", on: lab.host)
            try await check(["\(Project.binaries)/middle-sock", "status", "--json"], against: "status", on: lab.host)
        }
    }

    /// That what a command prints is as docs/schema says.
    private func check(_ command: [String], against schema: String, on machine: Machine) async throws {
        let checking = """
            "$@" >/run/printed.json && /usr/bin/python3 -m jsonschema --instance /run/printed.json \
            \(Project.root)/docs/schema/\(schema).json
            """
        let ending = try await machine.lab.start(machine.role, ["sh", "-c", checking, "sh"] + command).ended()
        #expect(ending.status == 0, "\(schema): \(ending.output)\(ending.errors)")
    }
}

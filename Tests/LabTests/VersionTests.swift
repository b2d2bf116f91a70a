import Foundation
import Testing

@Suite struct VersionTests {
    @Test func `the version begins each log and each status, and is with each run's records`() async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(.impatient)
            let programs = ["netns-agent", "relay", "recorder"]
            let said = try await lab.host.output("\(Project.binaries)/middle-sock", "--version")
            let version = try #require(said.split(separator: " ").last.map(String.init))
            let lines = service.program.text.split(separator: "\n")
            for program in ["middle-sock", "discovery"] + programs {
                // It goes into a file, where nobody else says when.
                let first = lines.first { $0.contains("Z \(program): ") }
                #expect(first?.hasSuffix("Z \(program): version \(version)") == true, "\(lines)")
            }
            for program in programs {
                let status = try await lab.host.output("\(Project.binaries)/\(program)", "status")
                #expect(status.hasPrefix("version: \(version)\n"), "\(status)")
            }
            let status = try await lab.host.output("\(Project.binaries)/middle-sock", "status", "--json")
            let file = FileManager.default.temporaryDirectory.appendingPathComponent("status-\(UUID()).json")
            defer { try? FileManager.default.removeItem(at: file) }
            try Data(status.utf8).write(to: file)
            let schema = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("../../docs/schema/status.json").path
            let checked = try await lab.host.run(
                "/usr/bin/python3", "-m", "jsonschema", "--instance", file.path, schema)
            #expect(checked.status == 0, "\(checked.errors) \(status)")
            #expect(status.contains("\"discovery\": \"telling\"") && status.contains("\"leases-held\": 0"))
            // What the start took is one number wherever it stands.
            let start = try #require(status.firstMatch(of: #/"start-ms": ([0-9.]+)/#)?.1)
            #expect(service.program.text.contains("is ready after \(start) ms"))
            try await service.records("SELECT total_ms = \(start) FROM start_log", [["1"]])
            try await service.records(
                "SELECT component, version FROM sources ORDER BY component",
                [["netns-agent", version], ["relay", version]])
        }
    }
}

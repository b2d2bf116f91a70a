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
                let first = lines.first { $0.hasPrefix("\(program): ") }
                #expect(first == "\(program): version \(version)", "\(lines)")
            }
            for program in programs {
                let status = try await lab.host.output("\(Project.binaries)/\(program)", "status")
                #expect(status.hasPrefix("version: \(version)\n"), "\(status)")
            }
            try await service.records(
                "SELECT component, version FROM sources ORDER BY component",
                [["netns-agent", version], ["relay", version]])
        }
    }
}

import Foundation
import Testing

/// What docs/security.md says that a process has left when it works.
@Suite struct StagesTests {
    @Test func `relay, recorder and discovery have given up everything that can be given up`() async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(.impatient)
            try await lab.client1.start(.udhcpc).lease()
            for (name, group) in [("relay", 60_768), ("recorder", 60_769), ("discovery", 60_770)] {
                let process = try await service.process(name)
                let status = contents(of: "/proc/\(process)/status").split(separator: "\n").map {
                    $0.split(whereSeparator: \.isWhitespace).joined(separator: " ")
                }
                let expected =
                    ["Inh", "Prm", "Eff", "Bnd", "Amb"].map { "Cap\($0): 0000000000000000" } + [
                        "NoNewPrivs: 1", "Seccomp: 2", "Groups:", "Uid: \(group) \(group) \(group) \(group)",
                        "Gid: 60767 60767 60767 60767",
                    ]
                for line in expected { #expect(status.contains(line), "\(name) has not '\(line)': \(status)") }
                let limits = contents(of: "/proc/\(process)/limits")
                #expect(limits.contains(/Max core file size +0 +0/) && limits.contains(/Max locked memory +0 +0/))
            }
            // A library's thread can need what a process has given up: each is known by its name.
            let threads = [
                "relay": ["relay"], "recorder": ["long-log", "recorder"], "discovery": ["discovery"],
                "netns-agent": ["netns-agent"],
            ]
            for (name, known) in threads { #expect(try await service.threads(of: name) == known, "\(name)") }
            #expect(try Service.threads(of: service.program.running) == ["middle-sock"])
            #expect(!service.program.text.contains("SIGSYS"), "\(service.program.text)")
        }
    }
}

extension Service {
    /// The names of the threads of a component, sorted.
    func threads(of name: String) async throws -> [String] { try Self.threads(of: await process(name)) }

    /// The names of the threads of a process, sorted.
    static func threads(of process: pid_t) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task").map {
            contents(of: "/proc/\(process)/task/\($0)/comm").trimmingCharacters(in: .newlines)
        }.sorted()
    }
}

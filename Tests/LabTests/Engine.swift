import Foundation
import Testing

/// A Docker engine whose host is the host of a lab.
struct Engine: Sendable {
    let lab: Lab
    /// What clients find in `DOCKER_HOST`.
    private let address: String

    /// Starts one; it ends with the lab.
    init(in lab: Lab) async throws {
        let ending = try await lab.startOutside([Project.lab, "engine", lab.name]).ended(within: .seconds(60))
        try #require(ending.status == 0, "script/lab engine: \(ending.errors)")
        self.lab = lab
        address = ending.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Runs a client of the engine, which has to succeed, and gives what it printed.
    @discardableResult
    func run(_ command: [String]) async throws -> String {
        let ending = try await end(command)
        try #require(ending.status == 0, "\(command.joined(separator: " ")): \(ending.errors)")
        return ending.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Runs a client of the engine to its end.
    func end(_ command: [String]) async throws -> Program.Ending {
        try await lab.startOutside(["DOCKER_HOST=\(address)"] + command).ended(within: .seconds(90))
    }

    /// Runs `docker`.
    @discardableResult
    func docker(_ arguments: String...) async throws -> String { try await run(["docker"] + arguments) }

    /// The lines that `docker` prints.
    func list(_ arguments: String...) async throws -> [String] {
        try await run(["docker"] + arguments).split(separator: "\n").map(String.init)
    }
}

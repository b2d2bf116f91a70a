import ArgumentParser
import CommandLine
import Foundation
import Subprocess
import SystemPackage
import Testing

@testable import discovery
@testable import middle_sock
@testable import netns_agent
@testable import recorder
@testable import relay

/// One of the programs, or one of their subcommands.
struct Command: CustomTestStringConvertible, Sendable {
    let program: any ComponentCommand.Type
    let subcommand: (any ParsableCommand.Type)?

    /// All of them: each has a page.
    static let all = programs.flatMap { program in
        [Command(program: program, subcommand: nil)]
            + program.configuration.subcommands.map { Command(program: program, subcommand: $0) }
    }

    private static let programs: [any ComponentCommand.Type] = [
        Discovery.self, MiddleSock.self, NetnsAgent.self, RecorderCommand.self, Relay.self,
    ]

    /// What it is called by.
    var words: [String] {
        ["\(program.component)"] + [subcommand?.configuration.commandName].compactMap(\.self)
    }

    var testDescription: String { words.joined(separator: " ") }

    /// What it says of itself.
    var description: String { (subcommand ?? program).configuration.discussion }

    var help: String {
        guard let subcommand else { return program.helpMessage(columns: 80) }
        return program.helpMessage(for: subcommand, columns: 80)
    }

    /// The options that `help` explains, with their hyphens.
    var options: [String] {
        help.split(separator: "\n").filter { $0.hasPrefix("  -") }.flatMap { line in
            line.split(whereSeparator: { " ,".contains($0) }).prefix { $0.hasPrefix("-") }.map(String.init)
        }
    }

    /// The options that can come from the environment.
    var environment: [EnvironmentOption] {
        guard let subcommand else { return program.environmentOptions }
        return (subcommand as? any EnvironmentCommand.Type)?.environmentOptions ?? []
    }
}

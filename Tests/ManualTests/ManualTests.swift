import ArgumentParser
import CommandLine
import Foundation
import Testing

@testable import middle_sock
@testable import recorder

@Suite("Manual pages")
struct ManualTests {
    @Test(arguments: Command.all) func `a page has the form that mdoc wants`(command: Command) async throws {
        let page = try await Manuals.shared.page(of: command)
        #expect(try await Manuals.output(of: ["/usr/bin/mandoc", "-Tlint", "-Wwarning", page]) == "")
    }

    @Test(arguments: Command.all) func `a page explains each option that the help does`(command: Command) async throws {
        let lines = try await Manuals.shared.text(of: command).split(separator: "\n")
        let terms = lines.map { $0.drop { $0 == " " } }.filter { $0.hasPrefix("-") }
        let explained = Set(terms.flatMap { $0.split { " ,".contains($0) } }.map(String.init))
        #expect(command.options.contains("--help"))
        #expect(command.options.filter { !explained.contains($0) } == [])
    }

    @Test(arguments: Command.all) func `a page names each variable, of an option that there is`(
        command: Command
    ) async throws {
        let words = try await words(of: command)
        #expect(command.environment.map(\.variable).filter { !words.contains($0) } == [])
        #expect(command.environment.map { "--\($0.name)" }.filter { !command.options.contains($0) } == [])
    }

    @Test(arguments: Command.all) func `no word of the help is lost on the way to the page`(
        command: Command
    ) async throws {
        let words = try await words(of: command)
        let headings: Set<Substring> = ["Environment:", "Files:", "Exit status:", "Examples:"]
        let lines = command.description.split(separator: "\n").filter { !headings.contains($0) }
        let said = lines.flatMap { $0.split(whereSeparator: \.isWhitespace) }.map(String.init)
        #expect(said.filter { !words.contains($0) } == [])
    }

    @Test func `a page says what an administrator looks for`() async throws {
        let command = try #require(Command.all.first { $0.words == ["middle-sock"] })
        let sections = try await Manuals.shared.text(of: command).split(separator: "\n").filter { $0.first != " " }
        #expect(
            sections.dropFirst().dropLast() == [
                "NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "SUBCOMMANDS", "ENVIRONMENT", "FILES", "EXIT STATUS",
                "SEE ALSO",
            ])
    }

    @Test func `the launcher passes on all subcommands that recorder has and it has not itself`() {
        let own = Set(MiddleSock.configuration.subcommands.compactMap { $0.configuration.commandName })
        let others = RecorderCommand.configuration.subcommands.map { $0.configuration }
            .filter { !own.contains($0.commandName ?? "") }
        #expect(ReadingCommands.all.map(\.name) == others.compactMap { $0.commandName })
        #expect(ReadingCommands.all.map(\.abstract) == others.map { $0.abstract })
    }

    @Test func `what the launcher passes on, recorder answers`() async throws {
        for (name, _) in ReadingCommands.all {
            let words = [name, "--help"]
            let launcher = try await Manuals.output(of: [Manuals.programs.appending(path: "middle-sock").path] + words)
            let recorder = try await Manuals.output(of: [Manuals.programs.appending(path: "recorder").path] + words)
            #expect(launcher == recorder && launcher.contains("recorder \(name)"))
        }
    }

    @Test(arguments: Command.all) func `a page fits a terminal`(command: Command) async throws {
        let lines = try await Manuals.shared.text(of: command).split(separator: "\n")
        #expect(lines.filter { $0.utf8.count > 80 } == [])
    }

    private func words(of command: Command) async throws -> Set<String> {
        Set(try await Manuals.shared.text(of: command).split(whereSeparator: \.isWhitespace).map(String.init))
    }
}

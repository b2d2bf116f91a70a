import CommandLine
import Diagnostics
import Foundation
import Testing

@Suite("Versions")
struct VersionTests {
    @Test(arguments: Command.all) func `each program and subcommand says its version`(command: Command) async throws {
        let words = [Manuals.programs.appending(path: command.words[0]).path] + command.words.dropFirst()
        let text = try await Manuals.output(of: words + ["--version"])
        #expect(text == Version.line(of: command.program.component) + "\n")
    }
}

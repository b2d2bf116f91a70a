import Foundation
import Testing

@Suite("Scripts")
struct ScriptTests {
    private static let directory = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../script").standardizedFileURL

    /// What a person calls.
    static var all: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted().filter {
                let file = directory.appending(path: $0)
                return try file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true
                    && file.pathExtension.isEmpty
            }
        }
    }

    @Test func `each answers --help with its first comment, and does nothing`() async throws {
        let scripts = try Self.all
        #expect(Set(scripts).isSuperset(of: ["bootstrap", "build", "demo", "test", "test-compose"]))
        for script in scripts {
            let path = Self.directory.appending(path: script).path
            // Where it finds no program but the plainest, there is nothing else that it could do.
            let help = try await Manuals.output(of: ["/usr/bin/env", "-i", "PATH=/usr/bin:/bin", path, "--help"])
            let comment = try String(contentsOfFile: path, encoding: .utf8)
                .split(separator: "\n", omittingEmptySubsequences: false).dropFirst().prefix { $0.hasPrefix("#") }.map {
                    $0.dropFirst(2)
                }
            #expect(help.split(separator: "\n") == comment.filter { !$0.isEmpty }, "\(script)")
        }
    }
}

import Foundation

/// The examples of docs/database.md: what is typed, and what is printed then.
struct Documentation {
    struct Example: CustomStringConvertible, Sendable {
        var query: String
        var output: String

        var description: String { query }
    }

    /// The project, seen from this file.
    private static let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static func text() throws -> String {
        try String(contentsOf: project.appendingPathComponent("docs/database.md"), encoding: .utf8)
    }

    static func examples() throws -> [Example] {
        var examples: [Example] = []
        var isTyped = false
        for line in try text().components(separatedBy: "\n") {
            if line.hasPrefix("sqlite> ") {
                examples.append(Example(query: String(line.dropFirst(8)), output: ""))
                isTyped = true
            } else if isTyped, line.hasPrefix("   ...> "), let last = examples.indices.last {
                examples[last].query += " " + line.dropFirst(8)
            } else if isTyped, !line.isEmpty, line != "```", let last = examples.indices.last {
                examples[last].output += line + "\n"
            } else {
                isTyped = false
            }
        }
        return examples
    }
}

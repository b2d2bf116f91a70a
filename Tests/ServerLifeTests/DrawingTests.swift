import Foundation
import Testing

@testable import ServerLife

/// What docs/architecture.md shows of a server's life is what it is.
@Suite("docs/architecture.md")
struct DrawingTests {
    private static let document = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("docs/architecture.md")

    @Test func `the drawing of a server's life is made from the code`() throws {
        let (begin, end) = ("<!-- made by DrawingTests: ", "<!-- end -->")
        let text = try String(contentsOf: Self.document, encoding: .utf8)
        let first = try #require(text.range(of: begin))
        let last = try #require(text.range(of: end, range: first.upperBound..<text.endIndex))
        let made = begin + "DRAW=yes swift test --filter DrawingTests -->\n" + Self.drawing
        let new = text.replacingCharacters(in: first.lowerBound..<last.lowerBound, with: made)
        if ProcessInfo.processInfo.environment["DRAW"] != nil {
            return try new.write(to: Self.document, atomically: true, encoding: .utf8)
        }
        #expect(text == new, "DRAW=yes swift test --filter DrawingTests draws it anew")
    }

    /// What may happen in nearly all states is told in words.
    private static let everywhere: Set<EventKind> = [.terminate, .failed]

    private static var drawing: String {
        let edges = ServerLifeTests.edges.filter { $0.from != $0.to && !everywhere.contains($0.event) }
        let arrows = Dictionary(grouping: edges) { Arrow(from: $0.from, to: $0.to) }
        let lines = arrows.keys.sorted().map { arrow in
            let events = EventKind.allCases.filter { event in arrows[arrow]?.contains { $0.event == event } == true }
            return
                "    \(arrow.from.rawValue) --> \(arrow.to.rawValue): \(events.map(\.rawValue).joined(separator: ", "))"
        }
        let worlds = ServerLifeTests.explorations.map(\.worlds.count).reduce(0, +)
        return """
            ```mermaid
            stateDiagram-v2
                [*] --> \(StateKind.waitingForNetworks.rawValue)
            \(lines.joined(separator: "\n"))
                \(StateKind.gone.rawValue) --> [*]
            ```

            \(StateKind.allCases.count) states, \(ServerLifeTests.edges.count) transitions with those that stay in a state; \
            \(worlds) worlds are explored.

            """
    }

    private struct Arrow: Hashable, Comparable {
        let from: StateKind
        let to: StateKind

        static func < (one: Self, other: Self) -> Bool { (one.from, one.to) < (other.from, other.to) }
    }
}

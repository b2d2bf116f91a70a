import Foundation
import Messages
import Testing

@Suite("docs/protocol.md")
struct ProtocolDocumentTests {
    private let message = Message.records(
        RecordBatch(
            source: .relay, instance: 0x0123_4567_89AB_CDEF, sequence: 2, lost: 3,
            records: [
                .event(EventRecord(happenedAt: 1_700_000_000_000_001, kind: "link-down", detail: "ens34 is down"))
            ]))

    private var text: String {
        get throws {
            let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent()
            let document = repository.appendingPathComponent("docs/protocol.md")
            return try String(contentsOf: document, encoding: .utf8)
        }
    }

    @Test func `its example is what the encoder makes`() throws {
        let block = try #require(try text.split(separator: "```hex\n").dropFirst().first?.split(separator: "```").first)
        let bytes = block.split(whereSeparator: \.isWhitespace).compactMap { UInt8($0, radix: 16) }
        #expect(bytes == message.encoded())
        #expect(try Message(decoding: bytes) == message)
    }

    @Test func `it lists every verdict, component and kind with its number`() throws {
        let words = try text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        for verdict in Verdict.allCases { #expect(words.contains("\(verdict.rawValue) \(verdict)")) }
        for component in ComponentName.allCases { #expect(words.contains("\(component.rawValue) \(component)")) }
        for kind in MessageKind.allCases { #expect(words.contains("| \(kind.rawValue) | ")) }
    }
}

import Addresses
import Foundation
import Messages
import Testing

@Suite("docs/protocol.md")
struct ProtocolDocumentTests {
    private let records = Message.records(
        RecordBatch(
            source: .relay, instance: 0x0123_4567_89AB_CDEF, sequence: 2, lost: 3,
            records: [
                .event(EventRecord(happenedAt: 1_700_000_000_000_001, kind: "link-down", detail: "ens34 is down"))
            ]))

    private var links: Message {
        get throws {
            let network = AttachedNetwork(
                interface: try #require(InterfaceName("ens34")), address: IPv4Address(192, 168, 50, 2),
                prefixLength: 24, gateway: IPv4Address(192, 168, 50, 1))
            let container = AttachedNetwork(
                interface: try #require(InterfaceName("eth0")), address: IPv4Address(172, 17, 0, 3), prefixLength: 16,
                gateway: IPv4Address(172, 17, 0, 1))
            let macAddress = MACAddress(0x02, 0x42, 0xAC, 0x11, 0x00, 0x03)
            return .links([Link(macAddress: macAddress, network: try #require(network), container: container)])
        }
    }

    private var text: String {
        get throws {
            let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent()
            let document = repository.appendingPathComponent("docs/protocol.md")
            return try String(contentsOf: document, encoding: .utf8)
        }
    }

    @Test func `its examples are what the encoder makes`() throws {
        let messages = [records, try links]
        let examples = try text.split(separator: "```hex\n").dropFirst().compactMap { rest in
            rest.split(separator: "```").first?.split(whereSeparator: \.isWhitespace)
                .compactMap { UInt8($0, radix: 16) }
        }
        #expect(examples == messages.map { $0.encoded() })
        #expect(try examples.map { try Message(decoding: $0) } == messages)
    }

    @Test func `it lists every verdict, component and kind with its number`() throws {
        let words = try text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        for verdict in Verdict.allCases { #expect(words.contains("\(verdict.rawValue) \(verdict)")) }
        for component in ComponentName.allCases { #expect(words.contains("\(component.rawValue) \(component)")) }
        for kind in MessageKind.allCases { #expect(words.contains("| \(kind.rawValue) | ")) }
    }
}

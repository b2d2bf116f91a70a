import Addresses
import Packet
import PacketTesting
import Testing

@Suite("DHCP options")
struct DHCPOptionTests {
    private let bootp = DHCPLayer(operation: 1, client: Station.client).setting(\.paddedLength, to: 0)

    @Test func `options without an end are whole when they fill their field`() throws {
        let layer = bootp.setting(\.options, to: [53, 1, 1, 0, 0]).setting(\.end, to: [])
        #expect(codes(layer) == [53])
    }

    @Test(arguments: [[53], [53, 2, 1], [12, 4, 65, 66, 67], [0, 0, 61], [254, 255]] as [[UInt8]])
    func `an option that reaches beyond its field makes the message malformed`(options: [UInt8]) {
        #expect(codes(bootp.setting(\.options, to: options).setting(\.end, to: [])) == nil)
    }

    @Test func `nothing is read behind the end`() {
        #expect(codes(bootp.option(53, [1]).setting(\.end, to: [255, 12, 200])) == [53])
    }

    @Test func `padding between options is skipped`() {
        #expect(codes(bootp.setting(\.options, to: [0, 53, 1, 1, 0, 0, 12, 1, 65, 0])) == [53, 12])
    }

    @Test func `an option may be empty or 255 bytes long`() {
        let long = [UInt8](repeating: 7, count: 255)
        let layer = bootp.option(80, []).option(43, long)
        #expect(codes(layer) == [80, 43])
        #expect(joined(43, in: layer) == long && joined(80, in: layer) == [] && joined(81, in: layer) == nil)
    }

    @Test(
        arguments: [
            (1, [53, 52, 12]), (2, [53, 52, 61]), (3, [53, 52, 12, 61]), (0, [53, 52]),
        ] as [(UInt8, [UInt8])])
    func `file and sname hold options when they are said to`(overload: UInt8, expected: [UInt8]) {
        #expect(codes(overloaded(overload)) == expected)
    }

    @Test func `file and sname are not read when nothing says so`() {
        let layer = bootp.option(53, [1]).setting(\.file, to: [12, 200]).setting(\.serverName, to: [61])
        #expect(codes(layer) == [53])
    }

    @Test func `an option that leaves file or sname makes the message malformed`() {
        #expect(codes(overloaded(1).setting(\.file, to: [12, 127])) == nil)
        #expect(
            codes(overloaded(1).setting(\.file, to: [12, 126] + [UInt8](repeating: 1, count: 126))) == [53, 52, 12])
        #expect(codes(overloaded(2).setting(\.serverName, to: [61, 63])) == nil)
        #expect(codes(overloaded(2).setting(\.serverName, to: [61, 62])) == [53, 52, 61])
        #expect(codes(overloaded(2).setting(\.file, to: [12, 127])) == [53, 52, 61])
    }

    @Test func `an overload counts once, in the options field, by its first byte`() {
        #expect(codes(bootp.option(52, [])) == [52])
        let long = overloaded(1).setting(\.options, to: [53, 1, 1, 52, 2, 1, 2])
        #expect(codes(long) == [53, 52, 12])
        let again = overloaded(1).setting(\.file, to: [52, 1, 2, 255])
        #expect(codes(again) == [53, 52, 52])
        let endless = overloaded(1).setting(\.file, to: [52, 1, 1, 255])
        #expect(codes(endless) == [53, 52, 52])
    }

    @Test func `parts of a long option are joined in the order of the fields`() {
        let layer = bootp.option(61, [1]).option(52, [3]).option(61, [2, 3])
            .setting(\.file, to: DHCPLayer.option(61, [4]) + [255])
            .setting(\.serverName, to: DHCPLayer.option(61, [5]) + [255])
        #expect(joined(61, in: layer) == [1, 2, 3, 4, 5])
    }

    @Test func `a message type is found in file too`() throws {
        let bytes = bootp.option(52, [1]).setting(\.file, to: [53, 1, 8, 255]).bytes
        #expect(try present(DHCPMessage(ByteView(bytes.span.rawBytes))).messageType == .inform)
    }

    @Test func `numbers of the wrong length are no numbers`() throws {
        let bytes = bootp.option(50, [1, 2, 3]).option(51, [1, 2, 3, 4, 5]).option(54, []).bytes
        let message = try present(DHCPMessage(ByteView(bytes.span.rawBytes)))
        #expect(message.requestedAddress == nil && message.leaseSeconds == nil && message.serverIdentifier == nil)
    }

    @Test func `a host name loses the NULs at its end and nothing else`() throws {
        let bytes = bootp.option(12, [0, 104, 0, 105, 0, 0]).bytes
        #expect(try present(DHCPMessage(ByteView(bytes.span.rawBytes))).hostName == [0, 104, 0, 105])
    }

    @Test func `strangers' bytes are printed so that a terminal is safe`() {
        let hostile: [UInt8] = Array("a\u{1B}[2J\\ '\"~".utf8) + [0, 0x7F, 0x80, 0xFF, 0x0A]
        #expect(String(escaping: hostile) == #"a\x1b[2J\\ '"~\x00\x7f\x80\xff\x0a"#)
        #expect(String(escaping: []) == "")
        #expect(String(hexadecimal: [1, 0xAB, 0]) == "01:ab:00" && String(hexadecimal: []) == "")
        #expect(String(hexadecimal: 0x0D64_11FF) == "0x0d6411ff")
    }

    private func overloaded(_ overload: UInt8) -> DHCPLayer {
        bootp.option(53, [1]).option(52, [overload])
            .setting(\.file, to: DHCPLayer.option(12, [65]) + [255])
            .setting(\.serverName, to: DHCPLayer.option(61, [66]) + [255])
    }

    /// The codes of all options in the order in which they are read; nothing when the message is malformed.
    private func codes(_ layer: DHCPLayer) -> [UInt8]? {
        let bytes = layer.bytes
        guard let message = DHCPMessage(ByteView(bytes.span.rawBytes)), message.hasWholeOptions else { return nil }
        var codes: [UInt8] = []
        var walk = message.options
        while let option = walk.next() { codes.append(option.code.rawValue) }
        return codes
    }

    private func joined(_ code: UInt8, in layer: DHCPLayer) -> [UInt8]? {
        let bytes = layer.bytes
        guard let message = DHCPMessage(ByteView(bytes.span.rawBytes)) else { return nil }
        return message.joinedOption(DHCPOptionCode(rawValue: code))
    }
}

import Addresses
import Packet
import PacketTesting
import Testing

@Suite("DHCP messages")
struct DHCPMessageTests {
    @Test func `the fields of a captured DISCOVER are read`() throws {
        let frame = CapturedExchange.discover
        let message = try present(DHCPMessage(frame: frame.span.rawBytes))
        #expect(message.operation == .request && message.messageType == .discover)
        #expect(message.hardwareType == 1 && message.hardwareAddressLength == 6 && message.hops == 0)
        #expect(message.transactionIdentifier == 0xBE04_3E5B)
        #expect(message.clientMACAddress == Station.client)
        #expect(message.clientHardwareAddress == Station.client.bytes)
        #expect(message.hostName == Array("laptop".utf8))
        #expect(message.clientIdentifier == [1] + Station.client.bytes)
        #expect(message.requestedAddress == nil && message.serverIdentifier == nil && message.leaseSeconds == nil)
        #expect(message.clientAddress == .unspecified && message.yourAddress == .unspecified)
    }

    @Test func `the fields of a captured ACK are read`() throws {
        let frame = CapturedExchange.ack
        let message = try present(DHCPMessage(frame: frame.span.rawBytes))
        #expect(message.operation == .reply && message.messageType == .ack)
        #expect(message.yourAddress == Station.clientAddress)
        #expect(message.serverIdentifier == Station.hostAddress)
        #expect(message.leaseSeconds == 600 && message.secs == 1)
    }

    @Test func `every fixed field is read from its place`() throws {
        let bytes = DHCPLayer.request(3, from: Station.client)
            .setting(\.hops, to: 3).setting(\.secs, to: 0x0102).setting(\.flags, to: 0x8000)
            .setting(\.clientAddress, to: IPv4Address(10, 0, 0, 1)).setting(\.yourAddress, to: IPv4Address(10, 0, 0, 2))
            .setting(\.nextServerAddress, to: IPv4Address(10, 0, 0, 3))
            .setting(\.relayAddress, to: IPv4Address(10, 0, 0, 4))
            .option(50, [10, 0, 0, 5]).option(54, [10, 0, 0, 6]).option(51, [0xFF, 0xFF, 0xFF, 0xFF]).bytes
        let message = try present(DHCPMessage(ByteView(bytes.span.rawBytes)))
        #expect(message.hops == 3 && message.secs == 0x0102 && message.flags == 0x8000 && message.wantsBroadcast)
        #expect(message.clientAddress == IPv4Address(10, 0, 0, 1) && message.yourAddress == IPv4Address(10, 0, 0, 2))
        #expect(message.nextServerAddress == IPv4Address(10, 0, 0, 3))
        #expect(message.relayAddress == IPv4Address(10, 0, 0, 4))
        #expect(message.requestedAddress == IPv4Address(10, 0, 0, 5))
        #expect(message.serverIdentifier == IPv4Address(10, 0, 0, 6) && message.leaseSeconds == .max)
    }

    @Test(arguments: [
        (UInt8(1), UInt8(6), Station.client as MACAddress?), (6, 6, nil), (1, 0, nil), (1, 16, nil), (32, 8, nil),
    ])
    func `only 6 bytes of type 1 are an Ethernet address`(type: UInt8, length: UInt8, expected: MACAddress?) throws {
        let bytes = DHCPLayer.request(1, from: Station.client)
            .setting(\.hardwareType, to: type).setting(\.hardwareAddressLength, to: length).bytes
        let message = try present(DHCPMessage(ByteView(bytes.span.rawBytes)))
        #expect(message.clientMACAddress == expected)
        #expect(message.isWellFormed == true)
        #expect(
            message.clientHardwareAddress
                == Array((Station.client.bytes + Array(repeating: 0, count: 10))[..<Int(length)]))
    }

    @Test func `a BOOTP message is one without a type`() {
        #expect(isMessage(DHCPLayer(operation: 1, client: Station.client)))
        #expect(messageType(DHCPLayer(operation: 1, client: Station.client)) == nil)
        #expect(messageType(.request(8, from: Station.client)) == .inform)
    }

    @Test func `what contradicts itself is not well formed, and read all the same`() throws {
        let right = DHCPLayer.request(1, from: Station.client)
        #expect(try isWellFormed(right))
        #expect(try !isWellFormed(right.setting(\.operation, to: 0)))
        #expect(try !isWellFormed(right.setting(\.operation, to: 3)))
        #expect(try !isWellFormed(right.setting(\.hardwareAddressLength, to: 17)))
        #expect(try !isWellFormed(right.setting(\.magicCookie, to: 0x6382_5364)))
        #expect(try !isWellFormed(right.setting(\.end, to: [12, 200])))
        #expect(try !isWellFormed(DHCPLayer(operation: 1, client: Station.client).option(53, [])))
        #expect(try !isWellFormed(DHCPLayer(operation: 1, client: Station.client).option(53, [1, 1])))
    }

    @Test func `of what is not well formed nothing is made up`() throws {
        let bytes = DHCPLayer.request(1, from: Station.client).option(12, [65]).setting(\.hardwareAddressLength, to: 17)
            .setting(\.end, to: [61, 200, 1]).bytes
        let message = try present(DHCPMessage(ByteView(bytes.span.rawBytes)))
        #expect(message.messageType == .discover && message.hostName == [65] && message.clientIdentifier == nil)
        #expect(message.clientHardwareAddress == [] && message.clientMACAddress == nil)
        #expect(!message.hasWholeOptions && message.hasMagicCookie && !message.isBOOTP)
        let unknown = DHCPLayer(operation: 2, client: Station.client).setting(\.end, to: [53, 200]).bytes
        let other = try present(DHCPMessage(ByteView(unknown.span.rawBytes)))
        #expect(other.messageType == nil && !other.isBOOTP)
    }

    @Test(arguments: [(0, false), (43, false), (44, true), (235, true), (236, true), (239, true), (240, true)])
    func `a message has the fields up to the hardware address at least`(length: Int, isMessage: Bool) {
        let bytes = DHCPLayer(operation: 1, client: Station.client).bytes
        #expect(self.isMessage(Array(bytes.prefix(length))) == isMessage)
    }

    @Test(arguments: [44, 200, 236, 239])
    func `a message that ends before its options has none`(length: Int) throws {
        let bytes = Array(DHCPLayer.request(1, from: Station.client).bytes.prefix(length))
        let message = try present(DHCPMessage(ByteView(bytes.span.rawBytes)))
        #expect(message.transactionIdentifier == 0x3903_F326 && message.clientMACAddress == Station.client)
        #expect(message.messageType == nil && message.isBOOTP && !message.isWellFormed)
        let isLong = message.hasFixedFields
        #expect(isLong == (length >= 236))
    }

    @Test func `the type is the first byte of the first option 53 that has one, as servers read it`() throws {
        let bootp = DHCPLayer(operation: 1, client: Station.client)
        #expect(messageType(bootp.option(53, [3, 1])) == .request)
        #expect(messageType(bootp.option(53, []).option(53, [8])) == .inform)
        #expect(messageType(bootp.option(53, [1]).option(53, [8])) == .discover)
    }

    @Test func `a frame without DHCP holds no message`() {
        for frame in [CapturedExchange.arpRequest, CapturedExchange.echoRequest, []] {
            let message = DHCPMessage(frame: frame.span.rawBytes)
            let isMissing = message == nil
            #expect(isMissing)
        }
    }

    @Test func `message types have the names people know`() {
        let names = (1...9).map { DHCPMessageType(rawValue: $0).description }
        #expect(names == ["DISCOVER", "OFFER", "REQUEST", "DECLINE", "ACK", "NAK", "RELEASE", "INFORM", "9"])
        #expect(DHCPMessageType(rawValue: 0).description == "0")
    }

    private func isWellFormed(_ layer: DHCPLayer) throws -> Bool {
        let bytes = layer.bytes
        return try present(DHCPMessage(ByteView(bytes.span.rawBytes))).isWellFormed
    }

    private func isMessage(_ layer: DHCPLayer) -> Bool {
        isMessage(layer.bytes)
    }

    private func isMessage(_ bytes: [UInt8]) -> Bool {
        DHCPMessage(ByteView(bytes.span.rawBytes)) != nil
    }

    private func messageType(_ layer: DHCPLayer) -> DHCPMessageType? {
        let bytes = layer.bytes
        guard let message = DHCPMessage(ByteView(bytes.span.rawBytes)) else { return nil }
        return message.messageType
    }
}

import Addresses
import Packet
import PacketTesting
import Testing

@Suite("Headers below DHCP")
struct HeaderTests {
    @Test func `a captured frame is read layer by layer`() throws {
        let frame = CapturedExchange.offer
        let ethernet = try present(EthernetFrame(ByteView(frame.span.rawBytes)))
        #expect(ethernet.source == Station.host && ethernet.destination == Station.client)
        #expect(ethernet.etherType == .ipv4)
        let packet = try present(IPv4Packet(ethernet.payload))
        #expect(packet.source == Station.hostAddress && packet.destination == Station.clientAddress)
        #expect(packet.transportProtocol == .udp && !packet.isFragment && packet.headerLength == 20)
        let datagram = try present(UDPDatagram(packet))
        #expect(datagram.sourcePort == 67 && datagram.destinationPort == 68 && datagram.isDHCP)
        #expect(datagram.payload.count == 300 && ICMPMessage(packet) == nil)
    }

    @Test func `captured ARP packets are read`() throws {
        let request = CapturedExchange.arpRequest
        let question = try present(ARPPacket(ByteView(request.span.extracting(14...).rawBytes)))
        #expect(question.operation == ARPPacket.request && question.targetAddress == Station.clientAddress)
        #expect(question.senderMACAddress == Station.host && question.senderAddress == Station.hostAddress)
        let reply = CapturedExchange.arpReply
        let answer = try present(ARPPacket(ByteView(reply.span.extracting(14...).rawBytes)))
        #expect(answer.operation == ARPPacket.reply && answer.targetAddress == Station.hostAddress)
        #expect(answer.senderMACAddress == Station.client && answer.targetMACAddress == Station.host)
        let isShortOneMissing = ARPPacket(ByteView(reply.span.extracting(14..<41).rawBytes)) == nil
        #expect(isShortOneMissing)
    }

    @Test func `captured echoes are read`() throws {
        for (frame, isRequest) in [(CapturedExchange.echoRequest, true), (CapturedExchange.echoReply, false)] {
            let ethernet = try present(EthernetFrame(ByteView(frame.span.rawBytes)))
            let echo = try present(ICMPMessage(try present(IPv4Packet(ethernet.payload))))
            #expect(echo.isEchoRequest == isRequest && echo.isEchoReply == !isRequest)
            #expect(echo.identifier == 3852 && echo.sequenceNumber == 0 && echo.hasValidChecksum)
        }
    }

    @Test func `padding of the frame belongs to no packet`() throws {
        let frame = ICMPLayer().setting(\.payload, to: []).ipv4(from: Station.hostAddress, to: Station.clientAddress)
            .ethernet(from: Station.host, to: Station.client).bytes
        let ethernet = try present(EthernetFrame(ByteView(frame.span.rawBytes)))
        #expect(ethernet.payload.count == 46)
        #expect(try present(IPv4Packet(ethernet.payload)).payload.count == 8)
    }

    @Test func `a header with options is longer, and its payload starts behind them`() throws {
        let frame = UDPLayer(from: 68, to: 67, payload: [1]).ipv4(from: Station.hostAddress, to: Station.clientAddress)
            .setting(\.options, to: [1, 1, 1, 0]).ethernet(from: Station.host, to: Station.client).bytes
        let packet = try present(IPv4Packet(ByteView(frame.span.extracting(14...).rawBytes)))
        #expect(packet.headerLength == 24 && packet.hasValidHeaderChecksum)
        #expect(try present(UDPDatagram(packet)).payload.array == [1])
    }

    @Test(arguments: [(UInt16(0x2000), true), (0x0001, true), (0x1FFF, true), (0x4000, false), (0x8000, false)])
    func `more fragments or an offset make a fragment, do-not-fragment does not`(field: UInt16, isFragment: Bool) throws
    {
        let frame = ICMPLayer().ipv4(from: Station.hostAddress, to: Station.clientAddress)
            .setting(\.fragmentation, to: field).ethernet(from: Station.host, to: Station.client).bytes
        let packet = try present(IPv4Packet(ByteView(frame.span.extracting(14...).rawBytes)))
        #expect(packet.isFragment == isFragment && (ICMPMessage(packet) == nil) == isFragment)
    }

    @Test func `of the first fragment the datagram's beginning is read, and of a later one nothing`() throws {
        for (field, isFirst) in [(UInt16(0x2000), true), (0x2001, false), (0x0001, false)] {
            let frame = UDPLayer(from: 67, to: 68, payload: [2, 1]).setting(\.length, to: 2_000)
                .ipv4(from: Station.hostAddress, to: Station.clientAddress).setting(\.fragmentation, to: field)
                .ethernet(from: Station.host, to: Station.client).bytes
            let packet = try present(IPv4Packet(ByteView(frame.span.extracting(14...).rawBytes)))
            let isLater = packet.isLaterFragment
            #expect(isLater == !isFirst)
            guard isFirst else { continue }
            let datagram = try present(UDPDatagram(packet))
            #expect(datagram.payload.array == [2, 1] && !datagram.isWhole)
        }
    }

    @Test func `what UDP carries behind its length is left out`() throws {
        let frame = UDPLayer(from: 68, to: 67, payload: [1, 2, 3]).setting(\.length, to: 9)
            .ipv4(from: Station.hostAddress, to: Station.clientAddress)
            .ethernet(from: Station.host, to: Station.client).bytes
        let packet = try present(IPv4Packet(ByteView(frame.span.extracting(14...).rawBytes)))
        #expect(try present(UDPDatagram(packet)).payload.array == [1])
    }

    @Test func `a view shows what it is asked for and no more`() throws {
        let bytes: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 9]
        let view = ByteView(bytes.span.rawBytes)
        #expect(view.uint16(at: 7) == 0x0809 && view.uint32(at: 5) == 0x0607_0809)
        #expect(view.uint64(at: 1) == 0x0203_0405_0607_0809 && view.uint8(at: 8) == 9)
        #expect(view.macAddress(at: 3).description == "04:05:06:07:08:09")
        #expect(try present(view.slice(2..<5)).array == [3, 4, 5])
        #expect(view.slice(-1..<2) == nil && view.slice(0..<10) == nil)
    }

    @Test func `reading outside of a view stops the process`() async {
        await #expect(processExitsWith: .failure) {
            let bytes: [UInt8] = [1, 2, 3]
            _ = ByteView(bytes.span.extracting(..<2).rawBytes).uint16(at: 1)
        }
        await #expect(processExitsWith: .failure) {
            let bytes: [UInt8] = [1, 2, 3]
            _ = ByteView(bytes.span.extracting(1...).rawBytes).uint8(at: -1)
        }
    }
}

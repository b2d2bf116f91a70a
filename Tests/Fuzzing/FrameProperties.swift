import Addresses
import Packet
import PacketTesting

/// Whatever the bytes, a view shows only what is there, and what is written into a frame fits it.
enum FrameProperties {
    static func check(_ frame: [UInt8]) {
        checkViews(frame)
        checkCompletion(frame)
        checkRewriting(frame)
        checkText(Array(frame.prefix(64)))
        var answer = frame
        change(&answer) { $0.answerARP(from: Station.host) }
        require(answer == frame || isARPRequest(frame) && answer[20...21] == [0, 2], "only an ARP request is answered")
    }

    private static func checkViews(_ bytes: [UInt8]) {
        let frame = bytes.span.rawBytes
        guard let ethernet = EthernetFrame(ByteView(frame)) else { return require(bytes.count < 14, "14 are enough") }
        require(ethernet.payload.count == bytes.count - 14, "the payload is what follows the header")
        require(ethernet.source.bytes == Array(bytes[6..<12]), "the source is where it stands")
        guard let packet = IPv4Packet(ethernet.payload) else { return }
        require(packet.headerLength + packet.payload.count <= ethernet.payload.count, "a packet ends in its frame")
        if let message = ICMPMessage(packet) { require(!(message.isEchoReply && message.isEchoRequest), "one of both") }
        guard let datagram = UDPDatagram(packet) else { return }
        require(datagram.payload.count + 8 <= packet.payload.count, "a datagram ends in its packet")
        guard let message = DHCPMessage(datagram.payload) else { return }
        checkMessage(message, in: datagram.payload)
    }

    private static func checkMessage(_ message: borrowing DHCPMessage, in payload: ByteView) {
        require(payload.count >= DHCPMessage.minimumLength, "a message has its fixed fields")
        let fits = message.hardwareAddressLength <= 16
        require(
            message.clientHardwareAddress.count == (fits ? message.hardwareAddressLength : 0), "hlen is what is given")
        var length = 0
        var identifier: [UInt8]?
        var walk = message.options
        while let option = walk.next() {
            length += 2 + option.value.count
            if option.code == .clientIdentifier { identifier = (identifier ?? []) + option.value.array }
        }
        require(walk.isMalformed != message.hasWholeOptions, "who reads to the end knows whether it is one")
        require(length <= payload.count - 44, "no byte is read twice, and none before sname")
        require(message.clientIdentifier == identifier, "the client identifier is all parts of option 61")
        require((message.hostName?.last ?? 1) != 0, "a host name has no NUL at its end")
        require(message.requestedAddress == nil || message.firstOption(.requestedAddress) != nil, "none from nowhere")
    }

    private static func checkCompletion(_ frame: [UInt8]) {
        var completed = frame
        change(&completed) { $0.completeChecksums() }
        var again = completed
        change(&again) { $0.completeChecksums() }
        require(again == completed, "what is complete stays as it is")
        guard isIPv4(frame) else { return require(completed == frame, "only IPv4 packets have these checksums") }
        require(haveFittingChecksums(completed), "completed checksums fit")
    }

    private static func checkRewriting(_ frame: [UInt8]) {
        guard isIPv4(frame) else { return }
        let fit = haveFittingChecksums(frame)
        var moved = frame
        // Addresses that nobody chose: those of the frame itself, the other way round.
        let packet = Array(frame[26..<34])
        change(&moved) { $0.replaceIPv4Destination(with: IPv4Address(packet[0], packet[1], packet[2], packet[3])) }
        require(haveFittingChecksums(moved) == fit, "a checksum that fits goes on to, any other does not")
        change(&moved) { $0.replaceIPv4Source(with: .broadcast) }
        require(haveFittingChecksums(moved) == fit, "the same for the source")
    }

    /// Text that was made safe to print still tells every byte.
    private static func checkText(_ bytes: [UInt8]) {
        let text = Array(String(escaping: bytes).utf8)
        require(text.allSatisfy { (0x20...0x7E).contains($0) }, "only printable ASCII is printed")
        var read: [UInt8] = []
        var position = 0
        while position < text.count {
            if text[position] != UInt8(ascii: "\\") {
                read.append(text[position])
                position += 1
            } else if text[position + 1] == UInt8(ascii: "\\") {
                read.append(text[position])
                position += 2
            } else {
                read.append(UInt8(String(decoding: text[position + 2..<position + 4], as: UTF8.self), radix: 16) ?? 0)
                position += 4
            }
        }
        require(read == bytes, "different bytes are different text")
    }

    private static func isIPv4(_ frame: [UInt8]) -> Bool {
        guard let ethernet = EthernetFrame(ByteView(frame.span.rawBytes)), ethernet.etherType == .ipv4 else {
            return false
        }
        guard let packet = IPv4Packet(ethernet.payload) else { return false }
        return packet.isWhole
    }

    private static func isARPRequest(_ frame: [UInt8]) -> Bool {
        guard let ethernet = EthernetFrame(ByteView(frame.span.rawBytes)), ethernet.etherType == .arp,
            let packet = ARPPacket(ethernet.payload)
        else { return false }
        return packet.operation == ARPPacket.request
    }
}

/// Lets `change` write into the frame.
func change(_ frame: inout [UInt8], _ change: (inout MutableRawSpan) -> Void) {
    var span = frame.mutableSpan
    var bytes = unsafe span.mutableBytes
    change(&bytes)
}

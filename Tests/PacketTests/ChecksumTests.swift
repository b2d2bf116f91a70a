import Addresses
import Packet
import PacketTesting
import Testing

@Suite("Checksums")
struct ChecksumTests {
    private static let finished = [
        CapturedExchange.discover, CapturedExchange.offer, CapturedExchange.request, CapturedExchange.ack,
    ]
    // What tcpdump computed for the frames whose senders left the checksum to the card.
    private static let unfinished: [(frame: [UInt8], checksum: UInt16)] = [
        (CapturedExchange.renewal, 0x3491), (CapturedExchange.renewalAck, 0x201F), (CapturedExchange.release, 0x4482),
    ]

    @Test(arguments: finished)
    func `captured packets with finished checksums are valid`(frame: [UInt8]) throws {
        #expect(try checksums(of: frame) == Validity(header: true, datagram: true))
    }

    @Test(arguments: unfinished)
    func `an unfinished checksum is invalid until it is completed`(frame: [UInt8], checksum: UInt16) throws {
        #expect(try checksums(of: frame) == Validity(header: true, datagram: false))
        let completed = completing(frame)
        #expect(try checksums(of: completed) == Validity(header: true, datagram: true))
        #expect(Array(completed[40...41]) == [UInt8(checksum >> 8), UInt8(checksum & 0xFF)])
        #expect(Array(completed[..<40]) == Array(frame[..<40]) && Array(completed[42...]) == Array(frame[42...]))
    }

    @Test(arguments: finished)
    func `completing what is finished, cleared or garbled gives what the sender computed`(frame: [UInt8]) {
        for garbage in [nil, 0, 0xFF] as [UInt8?] {
            var garbled = frame
            for offset in [24, 25, 40, 41] { garbled[offset] = garbage ?? frame[offset] }
            #expect(completing(garbled) == frame)
        }
    }

    @Test func `frames without UDP keep everything but the header checksum`() {
        for frame in [CapturedExchange.arpRequest, CapturedExchange.echoRequest, CapturedExchange.echoReply, [], [1]] {
            #expect(completing(frame) == frame)
        }
        var cleared = CapturedExchange.echoReply
        (cleared[24], cleared[25]) = (0, 0)
        #expect(completing(cleared) == CapturedExchange.echoReply)
    }

    @Test func `a fragment has no UDP checksum to complete`() {
        let frame = udp([1, 2, 3]).setting(\.fragmentation, to: 0x2000)
            .ethernet(from: Station.client, to: Station.host).bytes
        #expect(completing(frame) == frame)
    }

    @Test(arguments: 0...70)
    func `every length sums up as the plain algorithm does`(length: Int) throws {
        let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ 200) }
        let right = udp(payload).ethernet(from: Station.client, to: Station.host).bytes
        #expect(try checksums(of: right) == Validity(header: true, datagram: true))
        let carries = udp(Array(repeating: 0xFF, count: length)).ethernet(from: Station.client, to: Station.host).bytes
        #expect(try checksums(of: carries) == Validity(header: true, datagram: true))
    }

    @Test func `no UDP checksum is valid, a computed 0 is sent as 0xFFFF`() throws {
        let none = UDPLayer(from: 68, to: 67, payload: [9]).setting(\.checksum, to: .zero)
            .ipv4(from: Station.clientAddress, to: Station.hostAddress)
            .ethernet(from: Station.client, to: Station.host).bytes
        #expect(try checksums(of: none) == Validity(header: true, datagram: true))

        // The payload that makes the sum of everything else 0xFFFF.
        let empty = udp([0, 0]).ethernet(from: Station.client, to: Station.host).bytes
        let frame = udp([empty[40], empty[41]]).ethernet(from: Station.client, to: Station.host).bytes
        #expect(Array(frame[40...41]) == [0xFF, 0xFF])
        #expect(try checksums(of: frame) == Validity(header: true, datagram: true))
        var cleared = frame
        (cleared[40], cleared[41]) = (0, 0)
        #expect(completing(cleared) == frame)
    }

    private struct Validity: Equatable {
        let header: Bool
        let datagram: Bool
    }

    private func checksums(of frame: [UInt8]) throws -> Validity {
        let ethernet = try present(EthernetFrame(ByteView(frame.span.rawBytes)))
        let packet = try present(IPv4Packet(ethernet.payload))
        let datagram = try present(UDPDatagram(packet))
        return Validity(header: packet.hasValidHeaderChecksum, datagram: datagram.hasValidChecksum)
    }

    private func completing(_ frame: [UInt8]) -> [UInt8] {
        var completed = frame
        var span = completed.mutableSpan
        var bytes = unsafe span.mutableBytes
        bytes.completeChecksums()
        return completed
    }

    private func udp(_ payload: [UInt8]) -> IPv4Layer {
        UDPLayer(from: 68, to: 67, payload: payload).ipv4(from: Station.clientAddress, to: Station.hostAddress)
    }
}

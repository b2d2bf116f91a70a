import Addresses
import Packet
import PacketTesting
import Testing

@Suite("Rewriting addresses")
struct RewritingTests {
    private static let elsewhere = IPv4Address(172, 17, 0, 3)

    // Every length, so that the checksum takes many values; the odd ones end with half a word.
    @Test(arguments: 0...70)
    func `another address gives what a sender with that address would have sent`(length: Int) {
        let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ 200) }
        let datagram = UDPLayer(from: 68, to: 67, payload: payload)
        let original = frame(datagram.ipv4(from: Station.clientAddress, to: Station.hostAddress))
        #expect(
            changing(original) { $0.replaceIPv4Destination(with: Self.elsewhere) }
                == frame(datagram.ipv4(from: Station.clientAddress, to: Self.elsewhere)))
        #expect(
            changing(original) { $0.replaceIPv4Source(with: Self.elsewhere) }
                == frame(datagram.ipv4(from: Self.elsewhere, to: Station.hostAddress)))
    }

    @Test(arguments: [
        IPv4Address.unspecified, .broadcast, IPv4Address(255, 255, 0, 0), IPv4Address(0, 0, 255, 255),
        Station.hostAddress,
    ])
    func `addresses of zeros and ones carry right`(address: IPv4Address) {
        let datagram = UDPLayer(from: 68, to: 67, payload: [1, 2, 3])
        for old in [IPv4Address.unspecified, .broadcast, Self.elsewhere] {
            let original = frame(datagram.ipv4(from: Station.clientAddress, to: old))
            #expect(
                changing(original) { $0.replaceIPv4Destination(with: address) }
                    == frame(datagram.ipv4(from: Station.clientAddress, to: address)))
        }
    }

    @Test func `a computed 0 is sent as 0xFFFF`() {
        // The payload that makes the sum of everything else 0xFFFF, at the new address.
        let empty = frame(udp([0, 0], to: Self.elsewhere))
        let datagram = UDPLayer(from: 68, to: 67, payload: [empty[40], empty[41]])
        let expected = frame(datagram.ipv4(from: Station.clientAddress, to: Self.elsewhere))
        #expect(Array(expected[40...41]) == [0xFF, 0xFF])
        let original = frame(datagram.ipv4(from: Station.clientAddress, to: Station.hostAddress))
        #expect(changing(original) { $0.replaceIPv4Destination(with: Self.elsewhere) } == expected)
        #expect(changing(expected) { $0.replaceIPv4Destination(with: Station.hostAddress) } == original)
    }

    @Test func `no checksum stays none, and a wrong one stays as wrong as it was`() {
        for choice in [ChecksumChoice.zero, .wrong] {
            let datagram = UDPLayer(from: 68, to: 67, payload: [9, 9, 9]).setting(\.checksum, to: choice)
            let changed = changing(frame(datagram.ipv4(from: Station.clientAddress, to: Station.hostAddress))) {
                $0.replaceIPv4Destination(with: Self.elsewhere)
            }
            let right = frame(udp([9, 9, 9], to: Self.elsewhere))
            #expect(changed[..<40] == right[..<40] && changed[42...] == right[42...])
            #expect((changed[40...41] == [0, 0]) == (choice == .zero) && changed[40...41] != right[40...41])
        }
        let header = udp([9], to: Station.hostAddress).setting(\.checksum, to: .wrong)
        let changed = changing(frame(header)) { $0.replaceIPv4Destination(with: Self.elsewhere) }
        #expect(changed[24...25] != frame(udp([9], to: Self.elsewhere))[24...25])
    }

    @Test func `a header with options is as long as it says`() {
        let packet = udp([1, 2], to: Station.hostAddress).setting(\.options, to: [1, 1, 1, 1])
        let expected = udp([1, 2], to: Self.elsewhere).setting(\.options, to: [1, 1, 1, 1])
        #expect(changing(frame(packet)) { $0.replaceIPv4Destination(with: Self.elsewhere) } == frame(expected))
    }

    @Test func `a ping has only the checksum of its header changed`() {
        let ping = ICMPLayer(identifier: 7, sequenceNumber: 8)
        let changed = changing(frame(ping.ipv4(from: Station.hostAddress, to: Station.clientAddress))) {
            $0.replaceIPv4Source(with: Self.elsewhere)
        }
        #expect(changed == frame(ping.ipv4(from: Self.elsewhere, to: Station.clientAddress)))
    }

    @Test func `another station changes nothing but the first six bytes`() {
        let changed = changing(CapturedExchange.offer) { $0.replaceEthernetDestination(with: Station.router) }
        #expect(changed == Station.router.bytes + CapturedExchange.offer[6...])
    }

    @Test func `an ARP request becomes its answer`() {
        let request = ARPLayer.request(for: Station.clientAddress, from: Station.hostAddress, at: Station.host)
        let reply = ARPLayer.reply(
            from: Station.clientAddress, at: Station.router, to: Station.hostAddress, at: Station.host)
        #expect(
            changing(request.ethernet(from: Station.host, to: .broadcast).bytes) { $0.answerARP(from: Station.router) }
                == reply.ethernet(from: Station.router, to: Station.host).bytes)
    }

    @Test func `what carries no such thing stays as it is`() {
        let reply = CapturedExchange.arpReply
        #expect(changing(reply) { $0.answerARP(from: Station.router) } == reply)
        let frames = [CapturedExchange.arpRequest, [], [1, 2, 3, 4, 5], Array(CapturedExchange.discover.prefix(60))]
        for frame in frames {
            #expect(changing(frame) { $0.replaceIPv4Destination(with: Self.elsewhere) } == frame)
            #expect(changing(frame) { $0.replaceIPv4Source(with: Self.elsewhere) } == frame)
        }
        for frame in [CapturedExchange.discover, [], [1, 2, 3, 4, 5], Array(CapturedExchange.arpRequest.prefix(41))] {
            #expect(changing(frame) { $0.answerARP(from: Station.router) } == frame)
        }
        #expect(changing([1, 2, 3, 4, 5]) { $0.replaceEthernetDestination(with: Station.router) } == [1, 2, 3, 4, 5])
    }

    private func udp(_ payload: [UInt8], to address: IPv4Address) -> IPv4Layer {
        UDPLayer(from: 68, to: 67, payload: payload).ipv4(from: Station.clientAddress, to: address)
    }

    private func frame(_ packet: IPv4Layer) -> [UInt8] {
        packet.ethernet(from: Station.client, to: Station.host).bytes
    }

    private func changing(_ frame: [UInt8], _ change: (inout MutableRawSpan) -> Void) -> [UInt8] {
        var changed = frame
        var span = changed.mutableSpan
        var bytes = unsafe span.mutableBytes
        change(&bytes)
        return changed
    }
}

import Addresses
import Forwarding
@testable import ForwardingTests
import Messages
import Packet
import PacketTesting

/// What passes through a published port is what would pass on the host's own interface, with another address and nothing
/// else changed.
enum TranslationProperties {
    private static let runtime = MACAddress(0x02, 0x42, 0x00, 0x00, 0x00, 0x01)

    /// A translation that has seen a request through the runtime, and the forwarder behind it.
    private static let prepared: (translation: Translation, forwarder: Forwarder) = {
        let host = FuzzNetworks.host
        var forwarder = Forwarder(
            link: Link(macAddress: Station.host, network: host, container: FuzzNetworks.container))
        guard var translation = Translation(host, container: FuzzNetworks.container) else {
            preconditionFailure("the container has a gateway")
        }
        var frame = DHCPLayer.request(1, from: Station.client).udp()
            .ipv4(from: FuzzNetworks.runtimeAddress, to: FuzzNetworks.containerAddress)
            .ethernet(from: runtime, to: Station.host).bytes
        let verdict = carry(&frame, FrameMetadata(originalLength: frame.count), .toServer, &translation, &forwarder)
        require(verdict.verdict == .forwarded, "a request through the runtime passes")
        return (translation, forwarder)
    }()

    static func check(_ input: inout FuzzInput) {
        let choices = FrameChoices(&input)
        var (translation, forwarder) = prepared
        var carried = choices.frame
        let decision = carry(&carried, choices.metadata, choices.direction, &translation, &forwarder)
        require(carried.count == choices.frame.count, "a frame keeps its length")
        switch choices.direction {
        case .toServer: checkArrival(choices, decision, carried)
        case .toClient: checkDeparture(choices, decision, carried)
        }
    }

    private static func checkArrival(_ choices: FrameChoices, _ decision: Decision, _ carried: [UInt8]) {
        require(decision.verdict != .answered && decision.verdict != .undeliverable, "these are words of the other way")
        var expected = choices.frame
        // No more than the destination and the checksums is another's.
        for offset in [24, 25, 30, 31, 32, 33] + checksumField(of: expected) where offset < expected.count {
            expected[offset] = carried[offset]
        }
        require(expected == carried, "only the destination changes")
        guard decision.verdict == .forwarded else { return }
        require(ReferenceJudge(frame: carried).passes(.toServer), "what passes would pass on the host's interface")
    }

    private static func checkDeparture(_ choices: FrameChoices, _ decision: Decision, _ carried: [UInt8]) {
        let frame = choices.frame
        let judged = choices.checksumNotReady ? withFittingIPChecksums(frame) : frame
        let isLetOut = ReferenceJudge(frame: judged).passes(.toClient)
        switch decision.verdict {
        case .forwarded:
            require(isLetOut, "what leaves would leave through the host's interface")
            require(
                Array(carried[..<6]) == runtime.bytes && carried[6..<12] == frame[6..<12], "all goes to the runtime")
            require(Array(carried[26..<30]) == [172, 17, 0, 3], "all comes from the container")
            require(carried[30..<34] == frame[30..<34] && carried[34...].count == frame[34...].count, "to whom it was")
            require(haveFittingChecksums(carried) == haveFittingChecksums(judged), "checksums fit if they did")
        case .answered:
            require(isLetOut && frame[21] == 1 && carried[20...21] == [0, 2], "an ARP request is answered")
            require(carried[28..<32] == frame[38..<42] && carried[..<6] == frame[6..<12], "to who asked, for what")
        default:
            require(carried == frame, "what stays is as it came")
        }
    }

    /// Where the checksum of a UDP datagram or an ICMP message stands, if there is one.
    private static func checksumField(of frame: [UInt8]) -> [Int] {
        guard frame.count > 14 else { return [] }
        let offset = 14 + Int(frame[14] & 15) * 4 + 6
        return [offset, offset + 1]
    }

    private static func carry(
        _ frame: inout [UInt8], _ metadata: FrameMetadata, _ direction: Direction, _ translation: inout Translation,
        _ forwarder: inout Forwarder
    ) -> Decision {
        var span = frame.mutableSpan
        var bytes = unsafe span.mutableBytes
        let decision = translation.decide(&bytes, metadata: metadata, direction: direction, now: 1, by: &forwarder)
        if decision.completesChecksums { bytes.completeChecksums() }
        return decision
    }
}

import Addresses
import Forwarding
@testable import ForwardingTests
import Messages
import Packet
import PacketTesting

/// A frame passes exactly when the rules, written down a second time, let it pass.
enum ForwardingProperties {
    /// A forwarder that has let the captured ping out.
    private static let forwarder: Forwarder = {
        var forwarder = Forwarder(link: Link(macAddress: Station.host, network: FuzzNetworks.host))
        let frame = CapturedExchange.echoRequest
        let decision = forwarder.decide(
            frame.span.rawBytes, metadata: FrameMetadata(originalLength: frame.count), direction: .toClient, now: 0)
        require(decision.verdict == .forwarded, "the captured ping passes")
        return forwarder
    }()

    static func check(_ input: inout FuzzInput) {
        let choices = FrameChoices(&input)
        let frame = choices.frame
        let decision = decide(frame, choices.metadata, choices.direction)
        let reaches = !choices.isCut && (choices.tag ?? 0) & 0x0FFF == 0
        // What the card has not finished is judged as it will be once it is.
        let judged = choices.checksumNotReady ? withFittingIPChecksums(frame) : frame
        let passes = reaches && ReferenceJudge(frame: judged).passes(choices.direction)
        require((decision.verdict == .forwarded) == passes, "\(decision.verdict) although passing is \(passes)")
        require(
            decision.completesChecksums == (passes && choices.checksumNotReady), "unfinished checksums are completed")
        if passes, choices.isRepeated, choices.direction == .toClient { checkLimit(choices, judged) }
    }

    /// One frame again and again passes as often as the rules say, and then no more; one echo request went out before.
    private static func checkLimit(_ choices: FrameChoices, _ judged: [UInt8]) {
        var forwarder = forwarder
        let judge = ReferenceJudge(frame: judged)
        let most = judge.unaskedBurst - (judge.unaskedBurst == 64 ? 1 : 0)
        for count in 0...most {
            let decision = forwarder.decide(
                choices.frame.span.rawBytes, metadata: choices.metadata, direction: .toClient, now: 1)
            require(decision.verdict == (count < most ? .forwarded : .rateLimited), "\(count) of \(most) pass")
        }
    }

    private static func decide(_ frame: [UInt8], _ metadata: FrameMetadata, _ direction: Direction) -> Decision {
        var forwarder = forwarder
        return forwarder.decide(frame.span.rawBytes, metadata: metadata, direction: direction, now: 1)
    }
}

/// A frame and how it came, as an input of libFuzzer says it: two bytes of choices, then the frame.
struct FrameChoices {
    let direction: Direction
    let checksumNotReady: Bool
    let isCut: Bool
    let isRepeated: Bool
    let tag: UInt16?
    let frame: [UInt8]

    init(_ input: inout FuzzInput) {
        let choices = input.byte()
        let priority = input.byte()
        direction = choices & 1 == 0 ? .toServer : .toClient
        checksumNotReady = choices & 2 != 0
        isCut = choices & 8 != 0
        isRepeated = choices & 64 != 0
        tag = choices & 16 != 0 ? UInt16(priority) << 8 : choices & 32 != 0 ? UInt16(priority) : nil
        frame = choices & 4 != 0 ? withFittingChecksums(input.rest) : input.rest
    }

    var metadata: FrameMetadata {
        FrameMetadata(
            originalLength: frame.count + (isCut ? 1 : 0), vlanTag: tag, checksumNotReady: checksumNotReady)
    }
}

/// The networks that the targets play in: those of the tests.
enum FuzzNetworks {
    static let host = network("ens34", Station.hostAddress, 24, gateway: Station.routerAddress)
    static let containerAddress = IPv4Address(172, 17, 0, 3)
    static let runtimeAddress = IPv4Address(172, 17, 0, 1)
    static let container = network("eth0", containerAddress, 16, gateway: runtimeAddress)

    private static func network(
        _ name: String, _ address: IPv4Address, _ prefixLength: UInt8, gateway: IPv4Address
    ) -> AttachedNetwork {
        guard let interface = InterfaceName(name),
            let network = AttachedNetwork(
                interface: interface, address: address, prefixLength: prefixLength, gateway: gateway)
        else { preconditionFailure("\(name) \(address) is no network") }
        return network
    }
}

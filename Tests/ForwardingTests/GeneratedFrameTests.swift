import Addresses
import Forwarding
import Messages
import PacketTesting
import Testing

@Suite("Generated frames")
struct GeneratedFrameTests {
    /// A link on which the captured ping is waiting for its answer.
    private let link: ForwardedLink
    /// Real frames, and one that nobody here sends.
    private let toServer =
        ([
            CapturedExchange.discover, CapturedExchange.request, CapturedExchange.renewal, CapturedExchange.release,
            CapturedExchange.arpReply, CapturedExchange.echoReply,
        ] + CapturedRequest.all).map(completed) + [Good.request(overloaded).bytes]
    private let toClient =
        ([
            CapturedExchange.offer, CapturedExchange.ack, CapturedExchange.renewalAck, CapturedExchange.arpRequest,
            CapturedExchange.echoRequest,
        ] + CapturedReply.all).map(completed) + [Good.reply(overloadedReply).bytes]

    init() throws {
        var link = try ForwardedLink()
        #expect(link.decide(CapturedExchange.echoRequest, .toClient).verdict == .forwarded)
        self.link = link
    }

    @Test(arguments: Direction.allCases)
    func `real frames pass in their direction and not in the other`(direction: Direction) {
        for frame in frames(direction) {
            #expect(decide(frame, direction).verdict == .forwarded)
            #expect(ReferenceJudge(frame: frame).passes(direction))
        }
        for frame in frames(direction == .toServer ? .toClient : .toServer) {
            #expect(decide(frame, direction).verdict != .forwarded)
        }
    }

    @Test func `without a request a server's frame passes as often as the rules say`() throws {
        for frame in toClient {
            var link = try ForwardedLink()
            let count = (0..<2_000).count { _ in link.decide(frame, .toClient).verdict == .forwarded }
            #expect(count == ReferenceJudge(frame: frame).unaskedBurst)
        }
    }

    @Test(arguments: Direction.allCases)
    func `the beginning of a frame passes when it says that it is a request`(direction: Direction) {
        for frame in frames(direction) {
            for length in 0..<frame.count {
                let beginning = Array(frame[..<length])
                let passes = ReferenceJudge(frame: beginning).passes(direction)
                // Only where there is enough of it to see that it is a request.
                #expect(!passes || direction == .toServer && length > 42)
                #expect((decide(beginning, direction).verdict == .forwarded) == passes, "\(length) of \(frame)")
                #expect((decide(beginning, direction, checksumNotReady: true).verdict == .forwarded) == passes)
            }
        }
    }

    @Test(arguments: Direction.allCases)
    func `a changed byte of an echo is found by its checksum`(direction: Direction) {
        for frame in frames(direction) where frame[13] == 0 && frame[23] == 1 {
            forEachChangedByte(of: frame) { changed, offset in
                let verdict = decide(changed, direction).verdict
                #expect(verdict != .forwarded || offset < 12, "byte \(offset)")
            }
        }
    }

    @Test(arguments: Direction.allCases)
    func `a changed byte passes unless it makes the frame something else`(direction: Direction) {
        for frame in frames(direction) {
            forEachChangedByte(of: frame) { changed, offset in
                let verdict = decide(changed, direction).verdict
                #expect((verdict == .forwarded) == ReferenceJudge(frame: changed).passes(direction), "byte \(offset)")
            }
        }
    }

    @Test(arguments: Direction.allCases)
    func `a changed byte with fitting checksums passes only without a contradiction`(direction: Direction) {
        for frame in frames(direction) {
            forEachChangedByte(of: frame) { changed, offset in
                let changed = withFittingChecksums(changed)
                let verdict = decide(changed, direction).verdict
                #expect((verdict == .forwarded) == ReferenceJudge(frame: changed).passes(direction), "byte \(offset)")
            }
        }
    }

    @Test(arguments: Direction.allCases, 0..<8)
    func `frames with several changes pass only without a contradiction`(direction: Direction, seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<500 {
            let frame = spoiled(frames(direction).randomElement(using: &random) ?? [], using: &random)
            let decision = decide(frame, direction)
            #expect((decision.verdict == .forwarded) == ReferenceJudge(frame: frame).passes(direction), "\(frame)")
            #expect(!decision.completesChecksums)
            let unfinished = decide(frame, direction, checksumNotReady: true)
            guard unfinished.completesChecksums else { continue }
            #expect(unfinished.verdict == .forwarded)
            #expect(ReferenceJudge(frame: completed(frame)).passes(direction), "\(frame)")
        }
    }

    private func frames(_ direction: Direction) -> [[UInt8]] {
        direction == .toServer ? toServer : toClient
    }

    private func decide(_ frame: [UInt8], _ direction: Direction, checksumNotReady: Bool = false) -> Decision {
        var link = link
        return link.decide(frame, direction, checksumNotReady: checksumNotReady)
    }

    /// Each bit inverted, and the lowest and the highest value.
    private func forEachChangedByte(of frame: [UInt8], _ body: ([UInt8], Int) -> Void) {
        for offset in frame.indices {
            for value in (0..<8).map({ frame[offset] ^ 1 << $0 }) + [0, 255] where value != frame[offset] {
                var changed = frame
                changed[offset] = value
                body(changed, offset)
            }
        }
    }

    /// One to four changes, mostly to fields that steer the parsing, then half of the time fitting checksums.
    private func spoiled(_ frame: [UInt8], using random: inout SplitMix64) -> [UInt8] {
        var frame = frame
        let headers = 0..<min(frame.count, 54)
        let options = min(frame.count - 1, 282)..<frame.count
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let region = [headers, options, frame.indices].randomElement(using: &random) ?? headers
            let values = [UInt8.random(in: 0...255, using: &random), 0, 1, 2, 52, 53, 61, 255]
            frame[Int.random(in: region, using: &random)] = values.randomElement(using: &random) ?? 0
        }
        if Int.random(in: 0..<8, using: &random) == 0 {
            frame.removeLast(Int.random(in: 0..<frame.count, using: &random))
        }
        return Bool.random(using: &random) ? withFittingChecksums(frame) : frame
    }
}

private let overloaded = Good.discover.option(52, [3])
    .setting(\.file, to: DHCPLayer.option(12, Array("laptop".utf8)) + [255])
    .setting(\.serverName, to: DHCPLayer.option(61, [1, 2, 3]) + [255])

private let overloadedReply = Good.offer.option(52, [3])
    .setting(\.file, to: DHCPLayer.option(67, Array("boot".utf8))).setting(\.serverName, to: DHCPLayer.option(66, [1]))

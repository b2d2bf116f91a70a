internal import Addresses
internal import Forwarding
internal import Kernel
internal import Messages
internal import Packet

/// What is decided about the frames of a link, and what became of them.
///
/// It is one value, of which the link has one for all: each access to a property of an object is watched as it happens,
/// at the price of a twentieth of all that a frame costs.
struct LinkTraffic {
    var forwarder: Forwarder
    /// Nothing when the uplink is the host's own interface.
    private var translation: Translation?
    /// Whether the host's interface is there, or only an end that leads nowhere.
    private let hasUplink: Bool
    /// What became of the frames, each way.
    var counters = PerDirection(Counters())
    /// What was dropped without being DHCP, each way.
    var dropped = PerDirection(DroppedFrames())
    /// From where nothing comes any more, as people were told.
    var down: Set<Origin> = []

    /// The traffic of a link on which nothing has come yet.
    init(forwarder: Forwarder, translation: Translation?, hasUplink: Bool) {
        self.forwarder = forwarder
        self.translation = translation
        self.hasUplink = hasUplink
    }

    /// Decides about the first `count` frames of a batch, and completes their checksums.
    ///
    /// - Parameter link: the number of the link.
    mutating func judge(
        _ count: Int, _ origin: Origin, link: Int, _ batch: inout FrameBatch, _ succession: inout Succession?
    ) -> Judgement {
        let now = Clock.monotonic
        var judgement = Judgement()
        if !down.isEmpty { judgement.endsSilence = down.remove(origin) != nil }
        for index in 0..<count {
            let decision = decide(index, origin.direction, &batch, now: now)
            if decision.completesChecksums {
                var frame = batch.mutableFrame(index)
                frame.completeChecksums()
            }
            let verdict = succession?.verdict(on: batch[index], decision, from: origin, link: link, now: now)
            judgement.set(leaving(verdict ?? decision.verdict), decision, at: index)
        }
        return judgement
    }

    /// What becomes of a frame that may pass: without an uplink there is nowhere to go, and nothing to be spared.
    private func leaving(_ verdict: Verdict) -> Verdict {
        guard !hasUplink else { return verdict }
        return verdict == .forwarded || verdict == .rateLimited ? .undeliverable : verdict
    }

    private mutating func decide(
        _ index: Int, _ direction: Direction, _ batch: inout FrameBatch, now: UInt64
    ) -> Decision {
        let metadata = FrameMetadata(batch.auxiliary(of: index))
        var frame = batch.mutableFrame(index)
        return translation?.decide(&frame, metadata: metadata, direction: direction, now: now, by: &forwarder)
            ?? forwarder.decide(frame.bytes, metadata: metadata, direction: direction, now: now)
    }

    /// Counts what became of the frames of a batch, and those apart that were dropped without being recorded.
    mutating func count(
        _ judgement: borrowing Judgement, _ batch: borrowing FrameBatch, _ count: Int, _ direction: Direction
    ) {
        for index in 0..<count {
            let verdict = judgement.verdicts[index]
            counters[direction].count(verdict)
            guard verdict.isDrop, !judgement.isRecorded(index) else { continue }
            dropped[direction].count(DropReason(batch[index], verdict))
        }
    }
}

extension FrameMetadata {
    fileprivate init(_ auxiliary: FrameBatch.Auxiliary) {
        self.init(
            originalLength: auxiliary.originalLength, vlanTag: auxiliary.vlanIdentifier,
            checksumNotReady: auxiliary.checksumNotReady)
    }
}

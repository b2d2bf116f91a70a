internal import Forwarding
internal import Messages

/// What was decided about the frames of one batch.
struct Judgement {
    /// The verdict on each frame.
    private(set) var verdicts = InlineArray<64, Verdict>(repeating: .forwarded)
    /// A bit for each frame that goes on.
    private(set) var passing: UInt64 = 0
    /// A bit for each frame that goes back as the answer to itself.
    private(set) var answering: UInt64 = 0
    /// A bit for each frame that people may have to be told of: `Journal.tell`.
    private(set) var notable: UInt64 = 0
    /// Whether frames come again from where people were told that none do.
    var endsSilence = false
    private var recorded: UInt64 = 0
    private var evidence: UInt64 = 0
    private var exchanges = InlineArray<64, UInt64>(repeating: 0)
    private var ofExchanges: UInt64 = 0

    /// Notes what becomes of the frame at `index`.
    mutating func set(_ verdict: Verdict, _ decision: Decision, at index: Int) {
        let bit: UInt64 = 1 << UInt64(index)
        verdicts[index] = verdict
        switch verdict {
        case .forwarded:
            passing |= bit
            if decision.isEvidence { evidence |= bit }
        case .answered: answering |= bit
        case .foreignServer, .undeliverable: notable |= bit
        default: break
        }
        if decision.isDHCP { recorded |= bit }
        guard verdict == .forwarded, let message = decision.summary else { return }
        exchanges[index] = message.exchange
        ofExchanges |= bit
    }

    /// Notes the frames, a bit for each, that the kernel did not take.
    mutating func fail(_ frames: UInt64) {
        var rest = frames
        while rest != 0 {
            verdicts[rest.trailingZeroBitCount] = .sendFailed
            rest &= rest - 1
        }
        evidence &= ~frames
        ofExchanges &= ~frames
    }

    /// Whether the frame at `index` granted or ended a lease.
    func isEvidence(_ index: Int) -> Bool {
        evidence >> UInt64(index) & 1 == 1
    }

    /// Whether the frame at `index` is to be recorded.
    func isRecorded(_ index: Int) -> Bool {
        recorded >> UInt64(index) & 1 == 1
    }

    /// What the frame at `index` has in common with what it answers, or is answered by, when it went on:
    /// `MessageSummary.exchange`.
    func exchange(_ index: Int) -> UInt64? {
        ofExchanges >> UInt64(index) & 1 == 1 ? exchanges[index] : nil
    }
}

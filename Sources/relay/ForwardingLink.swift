internal import Addresses
internal import Forwarding
internal import Glibc
internal import Kernel
internal import Messages
internal import Packet

/// A LAN and the server's side of it, and what is carried between the two.
final class ForwardingLink {
    /// The host's interface, whose name the server's has too.
    let interface: InterfaceName
    /// What became of the frames, each way.
    private(set) var counters = PerDirection(Counters())
    private var forwarder: Forwarder
    /// Nothing when the uplink is the host's own interface.
    private var translation: Translation?
    private let uplink: FramePort
    private let server: FramePort
    private var isDown = PerDirection(false)

    /// How many batches are carried one way before the other sockets have their turn.
    static let batchesPerTurn = 8

    /// The link between the host's interface, where `uplink` is, and the end of the server's, where `server` is.
    init(_ link: Link, uplink: consuming FramePort, server: consuming FramePort) {
        interface = link.network.interface
        forwarder = Forwarder(link: link)
        translation = link.container.flatMap { Translation(link.network, container: $0) }
        self.uplink = uplink
        self.server = server
    }

    /// Runs `body` with the port at which frames arrive that travel in `direction`.
    func withSource<Result>(
        of direction: Direction, _ body: (borrowing FramePort) throws(SystemError) -> Result
    ) throws(SystemError) -> Result {
        switch direction {
        case .toServer: try body(uplink)
        case .toClient: try body(server)
        }
    }

    /// What people call the interface on which frames arrive that travel in `direction`.
    func source(of direction: Direction) -> String {
        switch direction {
        case .toServer: "\(interface)"
        case .toClient: "the server's \(interface)"
        }
    }

    /// Carries what waits, up to a number of batches; what is left then makes the port ready again.
    ///
    /// An interface that is down is told of once: its port works again when the interface is back. That of a TAP
    /// interface which is gone (`EBADFD`) is taken back when netns-agent knows of it.
    ///
    /// - Throws: `SystemError` when the port can be of no use any more.
    func takeTurn(_ direction: Direction, _ batch: inout FrameBatch, _ journal: Journal) throws(SystemError) {
        do {
            for _ in 0..<Self.batchesPerTurn {
                let count = try forward(direction, &batch, journal)
                guard count == batch.capacity else { return }
            }
        } catch {
            guard [ENETDOWN, ENXIO, EBADFD].contains(error.code) else { throw error }
            noteDown(direction, journal)
        }
    }

    /// Carries one batch and says how many frames it had: first all that may pass is sent, then what is DHCP recorded.
    func forward(
        _ direction: Direction, _ batch: inout FrameBatch, _ journal: Journal
    ) throws(SystemError) -> Int {
        let count = try withSource(of: direction) { port throws(SystemError) in try batch.receive(from: port) }
        guard count > 0 else { return 0 }
        if isDown[direction] { noteUp(direction, journal) }
        var judgement = judge(count, direction, &batch)
        judgement.fail(send(judgement.passing, direction, &batch))
        judgement.fail(sendBack(judgement.answering, direction, &batch))
        record(judgement, count, direction, batch, journal)
        return count
    }

    private func judge(_ count: Int, _ direction: Direction, _ batch: inout FrameBatch) -> Judgement {
        let now = Clock.monotonic
        var judgement = Judgement()
        for index in 0..<count {
            let decision = decide(index, direction, &batch, now: now)
            judgement.set(decision, at: index)
            if decision.completesChecksums {
                var frame = batch.mutableFrame(index)
                frame.completeChecksums()
            }
        }
        return judgement
    }

    private func decide(_ index: Int, _ direction: Direction, _ batch: inout FrameBatch, now: UInt64) -> Decision {
        let metadata = FrameMetadata(batch.auxiliary(of: index))
        var frame = batch.mutableFrame(index)
        return translation?.decide(&frame, metadata: metadata, direction: direction, now: now, by: &forwarder)
            ?? forwarder.decide(frame.bytes, metadata: metadata, direction: direction, now: now)
    }

    private func send(_ selection: UInt64, _ direction: Direction, _ batch: inout FrameBatch) -> UInt64 {
        switch direction {
        case .toServer: batch.send(selection, to: server)
        case .toClient: batch.send(selection, to: uplink)
        }
    }

    /// Sends where the frames came from that were made their own answers.
    private func sendBack(_ selection: UInt64, _ direction: Direction, _ batch: inout FrameBatch) -> UInt64 {
        switch direction {
        case .toServer: batch.send(selection, to: uplink)
        case .toClient: batch.send(selection, to: server)
        }
    }

    private func record(
        _ judgement: Judgement, _ count: Int, _ direction: Direction, _ batch: borrowing FrameBatch,
        _ journal: Journal
    ) {
        let now = Clock.realtime
        for index in 0..<count {
            let verdict = judgement.verdicts[index]
            counters[direction].count(verdict)
            guard judgement.isRecorded(index) else { continue }
            journal.record(
                batch[index], capturedAt: now, interface: interface, direction: direction, verdict: verdict)
        }
    }

    private func noteDown(_ direction: Direction, _ journal: Journal) {
        guard !isDown[direction] else { return }
        isDown[direction] = true
        journal.warn(event: "link-down", "\(source(of: direction)) is down or gone; nothing comes from it")
    }

    private func noteUp(_ direction: Direction, _ journal: Journal) {
        isDown[direction] = false
        let detail = "frames come from \(source(of: direction)) again"
        journal.say(detail)
        journal.record(event: "link-up", detail)
    }

    /// Asks the kernel how many frames it threw away since the last time, and tells of them.
    ///
    /// - Throws: `SystemError` of getsockopt(2).
    func noteKernelLosses(_ journal: Journal) throws(SystemError) {
        for direction in Direction.allCases {
            let lost = try withSource(of: direction) { port throws(SystemError) in try port.takeDropCount() }
            guard lost > 0 else { continue }
            counters[direction].lostInKernel += UInt64(lost)
            journal.warn(
                event: "frames-lost",
                "\(lost) frames from \(source(of: direction)) were lost: they came faster than they were read")
        }
    }
}

/// What was decided about the frames of one batch.
private struct Judgement {
    /// The verdict on each frame.
    private(set) var verdicts = InlineArray<64, Verdict>(repeating: .forwarded)
    /// A bit for each frame that goes on.
    private(set) var passing: UInt64 = 0
    /// A bit for each frame that goes back as the answer to itself.
    private(set) var answering: UInt64 = 0
    private var recorded: UInt64 = 0

    mutating func set(_ decision: Decision, at index: Int) {
        verdicts[index] = decision.verdict
        if decision.verdict == .forwarded { passing |= 1 << UInt64(index) }
        if decision.verdict == .answered { answering |= 1 << UInt64(index) }
        if decision.isDHCP { recorded |= 1 << UInt64(index) }
    }

    /// Notes the frames, a bit for each, that the kernel did not take.
    mutating func fail(_ frames: UInt64) {
        var rest = frames
        while rest != 0 {
            verdicts[rest.trailingZeroBitCount] = .sendFailed
            rest &= rest - 1
        }
    }

    func isRecorded(_ index: Int) -> Bool {
        recorded >> UInt64(index) & 1 == 1
    }
}

extension FrameMetadata {
    fileprivate init(_ auxiliary: FrameBatch.Auxiliary) {
        self.init(
            originalLength: auxiliary.originalLength, vlanTag: auxiliary.vlanIdentifier,
            checksumNotReady: auxiliary.checksumNotReady)
    }
}

internal import Addresses
internal import Forwarding
internal import Kernel
internal import Logging
internal import Messages
internal import Packet

/// What the relay has to tell: records for the recorder, and lines for people.
final class Journal {
    /// The records that are not stored yet.
    var outbox: Outbox
    private var foreignServers = ForeignServers()
    private var hasToldOfUndeliverable = false
    private let logger: Logger

    /// A journal whose records gather in `outbox`.
    init(outbox: consuming Outbox, logger: Logger) {
        self.outbox = outbox
        self.logger = logger
    }

    /// How many foreign servers are remembered.
    var foreignServerCount: Int { foreignServers.count }

    /// How many foreign servers there was no room to tell of.
    var foreignServersLeftOut: UInt64 { foreignServers.leftOut }

    /// Tells people something that is as it should be.
    func say(_ text: String) {
        logger.info("\(text)")
    }

    /// Tells people something that they should look after.
    func warn(_ text: String) {
        logger.warning("\(text)")
    }

    /// Records something worth knowing.
    func record(event kind: EventKind, _ detail: String) {
        outbox.append(.event(EventRecord(happenedAt: Clock.realtime, kind: kind, detail: detail)))
    }

    /// Records what was dropped since the last time.
    func record(_ frames: inout DroppedFrames, on interface: InterfaceName, _ direction: Direction) {
        guard !outbox.isShortage else { return }
        let now = Clock.realtime
        for (reason, count) in frames.takeNews() {
            outbox.append(
                .drops(
                    DropRecord(
                        countedAt: now, interface: interface, direction: direction, count: UInt32(clamping: count),
                        reason: "\(reason)")))
        }
    }

    /// Records something worth knowing that people should look after, and warns them.
    func warn(event kind: EventKind, _ detail: String) {
        warn(detail)
        record(event: kind, detail)
    }

    /// Records a frame that was kept and is given to the server now, and what became of it.
    ///
    /// - Parameter exchange: what its message has in common with the answer.
    func record(given frame: RawSpan, _ exchange: UInt64?, interface: InterfaceName, verdict: Verdict) {
        outbox.append(
            frame, capturedAt: Clock.realtime, interface: interface, direction: .toServer, verdict: verdict,
            key: verdict == .forwarded ? exchange : nil)
    }

    /// Records the frames of a batch that are to be recorded, and what became of them.
    ///
    /// - Parameters:
    ///   - interface: where they came or would have left.
    ///   - hasUplink: whether that leads anywhere (`Link.hasUplink`).
    func record(
        _ batch: borrowing FrameBatch, _ count: Int, _ judgement: borrowing Judgement, on interface: InterfaceName,
        hasUplink: Bool, _ direction: Direction
    ) {
        Self.append(batch, count, judgement, interface: interface, direction: direction, to: &outbox)
        var notable = judgement.notable
        while notable != 0 {
            let index = notable.trailingZeroBitCount
            if judgement.isRecorded(index) { tell(of: batch[index], judgement.verdicts[index], interface, hasUplink) }
            notable &= notable - 1
        }
    }

    /// One access to the outbox for all of the batch: each is watched as it happens.
    ///
    /// What granted or ended a lease is thrown away last, and with it what it answers.
    private static func append(
        _ batch: borrowing FrameBatch, _ count: Int, _ judgement: borrowing Judgement, interface: InterfaceName,
        direction: Direction, to outbox: inout Outbox
    ) {
        let now = Clock.realtime
        for index in 0..<count {
            defer { outbox.note(inHand: count - index - 1) }
            guard judgement.isRecorded(index) else { continue }
            let (verdict, isEvidence) = (judgement.verdicts[index], judgement.isEvidence(index))
            let exchange = judgement.exchange(index)
            if isEvidence, direction == .toClient, let exchange { outbox.recall(exchange) }
            outbox.append(
                batch[index], capturedAt: now, interface: interface, direction: direction, verdict: verdict,
                isEvidence: isEvidence, key: direction == .toServer ? exchange : nil)
        }
    }

    private func tell(of frame: RawSpan, _ verdict: Verdict, _ interface: InterfaceName, _ hasUplink: Bool) {
        switch verdict {
        case .foreignServer: noteForeignServer(frame, on: interface)
        case .undeliverable: noteUndeliverable(frame, on: interface, hasUplink)
        default: break
        }
    }

    /// Tells of it once: each client that broadcasts would cause it again and again.
    private func noteUndeliverable(_ frame: RawSpan, on interface: InterfaceName, _ hasUplink: Bool) {
        guard !hasToldOfUndeliverable else { return }
        hasToldOfUndeliverable = true
        let message = DHCPMessage(frame: frame)
        let client = message?.clientMACAddress.map { " to \($0)" } ?? ""
        let type = message?.messageType.map { "\($0)" } ?? "reply"
        let reason =
            hasUplink
            ? "a published port reaches no client without an address; to serve those on the LAN of \(interface) use "
                + "'--uplink lan'; relay agents and renewals are served"
            : "its way is by \(interface), which is not served; '--interface \(interface)', beside the others, serves it"
        warn(event: .undeliverable, "the \(type)\(client) cannot leave: \(reason)")
    }

    private func noteForeignServer(_ frame: RawSpan, on interface: InterfaceName) {
        guard let server = ForeignServer(frame, on: interface), let message = DHCPMessage(frame: frame) else { return }
        foreignServers.note(server, message.messageType, now: Clock.monotonic)
        tellOfForeignServers()
    }

    /// Tells of the foreign servers whose turn it is, and says whether others wait for theirs.
    @discardableResult
    func tellOfForeignServers() -> Bool {
        let now = Clock.monotonic
        while let sighting = foreignServers.nextNews(now: now) {
            let (server, type) = (sighting.server, sighting.messageType.map { " \($0)" } ?? "")
            warn(
                event: .foreignServer,
                "another DHCP server answers on \(server.interface): \(server.address) at \(server.macAddress) "
                    + "sent\(type); clients may take its addresses instead of ours")
        }
        if let count = foreignServers.leftOutNews(now: now) {
            warn(
                event: .foreignServersLeftOut,
                "\(count) other DHCP servers were seen that there was no room to tell of: somebody may invent them; "
                    + "the packets show all, verdict foreign-server")
        }
        return foreignServers.hasNews
    }
}

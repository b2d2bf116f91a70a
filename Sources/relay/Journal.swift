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
    func record(event kind: String, _ detail: String) {
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
    func warn(event kind: String, _ detail: String) {
        warn(detail)
        record(event: kind, detail)
    }

    /// Records a frame and what became of it.
    ///
    /// - Parameter isEvidence: whether it granted or ended a lease: such a record is thrown away last, and with it what it
    ///   answers.
    func record(
        _ frame: RawSpan, capturedAt: UInt64, interface: InterfaceName, direction: Direction, verdict: Verdict,
        isEvidence: Bool = false
    ) {
        var key: UInt64?
        if isEvidence {
            if direction == .toClient, outbox.hasSetAside, let key = Self.key(of: frame) { outbox.recall(key) }
        } else if outbox.isShortage, direction == .toServer, verdict == .forwarded {
            key = Self.key(of: frame)
        }
        outbox.append(
            frame, capturedAt: capturedAt, interface: interface, direction: direction, verdict: verdict,
            isEvidence: isEvidence, key: key)
        switch verdict {
        case .foreignServer: noteForeignServer(frame, on: interface)
        case .undeliverable: noteUndeliverable(frame, on: interface)
        default: break
        }
    }

    /// What a request and its reply have in common: the transaction and the client.
    private static func key(of frame: RawSpan) -> UInt64? {
        guard let message = DHCPMessage(frame: frame) else { return nil }
        let client = message.clientMACAddress?.rawValue ?? 0
        return UInt64(message.transactionIdentifier) << 32 | UInt64(UInt32(truncatingIfNeeded: client ^ client >> 32))
    }

    /// Tells of it once: each client that broadcasts would cause it again and again.
    private func noteUndeliverable(_ frame: RawSpan, on interface: InterfaceName) {
        guard !hasToldOfUndeliverable else { return }
        hasToldOfUndeliverable = true
        let message = DHCPMessage(frame: frame)
        let client = message?.clientMACAddress.map { " to \($0)" } ?? ""
        let type = message?.messageType.map { "\($0)" } ?? "reply"
        warn(
            event: "undeliverable",
            "the \(type)\(client) cannot leave: a published port reaches no client without an address; to serve those "
                + "on the LAN of \(interface) use '--uplink lan'; relay agents and renewals are served")
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
                event: "foreign-server",
                "another DHCP server answers on \(server.interface): \(server.address) at \(server.macAddress) "
                    + "sent\(type); clients may take its addresses instead of ours")
        }
        if let count = foreignServers.leftOutNews(now: now) {
            warn(
                event: "foreign-servers-left-out",
                "\(count) other DHCP servers were seen that there was no room to tell of: somebody may invent them; "
                    + "the packets show all, verdict foreign-server")
        }
        return foreignServers.hasNews
    }
}

internal import Addresses
internal import Messages
internal import Packet

/// What is counted of the packets of one transaction, to be added to `packet_counts` and `clients` at its end.
struct PacketTally {
    /// A row of `packet_counts`.
    struct Hour: Hashable {
        /// When the hour began, in microseconds since the Unix epoch.
        var beginsAt: Int64
        var interface: String
        var direction: Direction
        var verdict: Verdict
        /// As in the table: empty for BOOTP, `other` for all types that RFC 2131 does not know.
        var messageType: String
    }

    /// What an hour has of them.
    struct Amount {
        var packets: Int64 = 0
        /// The lengths of the frames.
        var bytes: Int64 = 0

        fileprivate mutating func add(_ length: Int) {
            packets += 1
            bytes += Int64(length)
        }
    }

    /// A row of `clients`.
    struct Client: Hashable {
        var hardwareAddress: String
        var interface: String
    }

    /// What was seen of a client; times are in microseconds since the Unix epoch.
    struct Activity {
        var firstSeenAt: Int64
        var lastSeenAt: Int64
        var packets: Int64 = 0
        var requests: Int64 = 0
        var answers: Int64 = 0
        var lastAnswerAt: Int64?
        /// Requests since the last answer, or the beginning.
        var unanswered: Int64 = 0
        var unansweredSince: Int64?
        var hostName: String?
        var relayAddress: String?
        /// When an address was given to it.
        var leasedAt: Int64?
    }

    private static let hour: Int64 = 3_600_000_000

    private(set) var hours: [Hour: Amount] = [:]
    private(set) var clients: [Client: Activity] = [:]

    /// Counts a packet whose frame has `length` bytes.
    mutating func count(_ packet: ObservedPacket, length: Int) {
        let hour = Hour(
            beginsAt: packet.capturedAt / Self.hour * Self.hour, interface: packet.interface,
            direction: packet.direction, verdict: packet.verdict,
            messageType: packet.message?.messageType?.label ?? "")
        hours[hour, default: Amount()].add(length)
        guard let message = packet.message, let address = message.client.hardwareAddress else { return }
        let new = Activity(firstSeenAt: packet.capturedAt, lastSeenAt: packet.capturedAt)
        clients[Client(hardwareAddress: address, interface: packet.interface), default: new].note(packet, message)
    }
}

extension PacketTally.Activity {
    fileprivate mutating func note(_ packet: ObservedPacket, _ message: ObservedMessage) {
        packets += 1
        firstSeenAt = min(firstSeenAt, packet.capturedAt)
        lastSeenAt = max(lastSeenAt, packet.capturedAt)
        guard packet.verdict == .forwarded else { return }
        switch (packet.direction, message.messageType) {
        case (.toServer, .discover), (.toServer, .request), (.toServer, .inform), (.toServer, nil):
            requests += 1
            unanswered += 1
            unansweredSince = unansweredSince ?? packet.capturedAt
            hostName = message.hostName ?? hostName
            relayAddress = message.relayAddress?.description ?? relayAddress
        case (.toClient, .offer), (.toClient, .ack), (.toClient, .nak), (.toClient, nil):
            answers += 1
            lastAnswerAt = packet.capturedAt
            if [.ack, nil].contains(message.messageType), message.yourAddress != nil { leasedAt = packet.capturedAt }
            unanswered = 0
            unansweredSince = nil
        default: break
        }
    }
}

extension DHCPMessageType {
    /// The name, by which packets are counted: whoever makes up types makes up no more than one.
    fileprivate var label: String { isKnown ? description : "other" }
}

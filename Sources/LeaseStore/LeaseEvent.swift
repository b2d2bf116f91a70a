internal import Addresses
internal import Messages
internal import Packet

/// An address given to a client.
struct LeaseGrant: Hashable, Sendable {
    var address: IPv4Address
    var client: LeaseClient
    var hostName: String?
    var serverIdentifier: IPv4Address?
    var interface: String
    var relayAddress: IPv4Address?
    /// When, in microseconds since the Unix epoch.
    var grantedAt: Int64
    /// In microseconds since the Unix epoch; nothing when the lease never ends.
    var expiresAt: Int64?
}

/// An address that a client does not want any longer.
struct LeaseReturn: Hashable, Sendable {
    var address: IPv4Address
    var client: LeaseClient
    var serverIdentifier: IPv4Address?
    var interface: String
    /// When, in microseconds since the Unix epoch.
    var returnedAt: Int64
    /// `released` or `declined`.
    var state: LeaseState
}

/// What a client said in the message that a reply answers.
struct LeaseRequest: Hashable, Sendable {
    /// Whether it was an INFORM, and not a DISCOVER or REQUEST.
    var isInform: Bool
    var clientIdentifier: String?
    var hostName: String?

    /// A request with these values.
    init(isInform: Bool, clientIdentifier: String?, hostName: String?) {
        (self.isInform, self.clientIdentifier, self.hostName) = (isInform, clientIdentifier, hostName)
    }

    /// What `packet` says, if it begins or continues a transaction and was forwarded.
    init?(_ packet: ObservedPacket) {
        guard packet.direction == .toServer, packet.verdict == .forwarded, let message = packet.message else {
            return nil
        }
        switch message.messageType {
        case .discover, .request, .inform: break
        default: return nil
        }
        self.init(
            isInform: message.messageType == .inform, clientIdentifier: message.client.identifier,
            hostName: message.hostName)
    }
}

extension ObservedPacket {
    /// Whether a lease can change: false for nearly everything, without looking anything up.
    var mayConcernLeases: Bool {
        guard verdict == .forwarded, let message else { return false }
        return switch (direction, message.messageType) {
        case (.toClient, .ack), (.toClient, nil): message.yourAddress != nil
        case (.toServer, .release), (.toServer, .decline): true
        default: false
        }
    }
}

/// What a packet says about leases.
enum LeaseEvent: Hashable, Sendable {
    case granted(LeaseGrant)
    case returned(LeaseReturn)

    /// The address it is about.
    var address: IPv4Address {
        switch self {
        case .granted(let grant): grant.address
        case .returned(let giveBack): giveBack.address
        }
    }

    /// The LAN it happened on.
    var interface: String {
        switch self {
        case .granted(let grant): grant.interface
        case .returned(let giveBack): giveBack.interface
        }
    }

    /// 0xFFFFFFFF seconds are for ever (RFC 2131, section 3.3).
    static let infinity = UInt32.max

    /// What `packet` says, or nothing.
    ///
    /// Only a packet that was forwarded reached anybody.
    ///
    /// - Parameters:
    ///   - packet: the packet that was seen.
    ///   - request: the latest DISCOVER, REQUEST or INFORM of the same transaction and client. Servers need not repeat
    ///     the client identifier in their reply (RFC 6842), and never repeat the host name.
    init?(_ packet: ObservedPacket, request: LeaseRequest?) {
        guard packet.verdict == .forwarded, let message = packet.message else { return nil }
        switch (packet.direction, message.operation) {
        case (.toClient, .reply): self.init(reply: message, in: packet, to: request)
        case (.toServer, .request): self.init(request: message, in: packet)
        default: return nil
        }
    }

    /// An ACK grants an address if it names one with a time, unless it answers an INFORM (RFC 2131, section 4.3.5).
    ///
    /// The reply to a BOOTP client grants one for ever, for BOOTP knows no time (RFC 1534, section 2).
    private init?(reply: ObservedMessage, in packet: ObservedPacket, to request: LeaseRequest?) {
        guard let address = reply.yourAddress else { return nil }
        let expiresAt: Int64?
        switch (reply.messageType, reply.leaseSeconds) {
        case (.ack, .some(let seconds)) where request?.isInform != true:
            expiresAt = Self.end(of: seconds, after: packet.capturedAt)
        case (nil, _): expiresAt = nil
        default: return nil
        }
        self = .granted(
            LeaseGrant(
                address: address,
                client: LeaseClient(
                    hardwareAddress: reply.client.hardwareAddress,
                    identifier: request?.clientIdentifier ?? reply.client.identifier),
                hostName: request?.hostName ?? reply.hostName, serverIdentifier: reply.serverIdentifier,
                interface: packet.interface, relayAddress: reply.relayAddress, grantedAt: packet.capturedAt,
                expiresAt: expiresAt))
    }

    /// A RELEASE names the address in `ciaddr`, a DECLINE in option 50 (RFC 2131, table 5).
    private init?(request: ObservedMessage, in packet: ObservedPacket) {
        let address: IPv4Address?
        let state: LeaseState
        switch request.messageType {
        case .release: (address, state) = (request.clientAddress, .released)
        case .decline: (address, state) = (request.requestedAddress, .declined)
        default: return nil
        }
        guard let address else { return nil }
        self = .returned(
            LeaseReturn(
                address: address, client: request.client, serverIdentifier: request.serverIdentifier,
                interface: packet.interface, returnedAt: packet.capturedAt, state: state))
    }

    private static func end(of seconds: UInt32, after time: Int64) -> Int64? {
        guard seconds != infinity else { return nil }
        let (end, overflow) = time.addingReportingOverflow(Int64(seconds) * 1_000_000)
        return overflow ? .max : end
    }
}

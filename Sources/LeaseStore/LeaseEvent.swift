internal import Addresses
internal import Messages
internal import Packet

/// An address given to a client.
struct LeaseGrant: Hashable, Sendable {
    var address: IPv4Address
    var client: LeaseClient
    /// Whether the client identifier is known, also that there is none: the request was seen, or the reply repeats it.
    var isIdentifierKnown = true
    var hostName: String?
    /// The address that the client said it uses already (`ciaddr`).
    var clientAddress: IPv4Address?
    var serverIdentifier: IPv4Address?
    var interface: String
    var relayAddress: IPv4Address?
    /// Of the network of the address, if the server says so (option 1).
    var subnetMask: IPv4Address?
    var isBOOTP = false
    /// When, in microseconds since the Unix epoch.
    var grantedAt: Int64
    /// In microseconds since the Unix epoch; nothing when the lease never ends.
    var expiresAt: Int64?
}

/// What the server has for whoever comes through a relay agent.
enum RelayKnowledge: Hashable, Sendable {
    /// Nothing, as far as is known.
    case unknown
    /// Another network than that of the address.
    case otherNetwork
    /// The network of the address.
    case sameNetwork
}

/// An address that a client does not want any longer, or so somebody says.
struct LeaseReturn: Hashable, Sendable {
    var address: IPv4Address
    var client: LeaseClient
    var serverIdentifier: IPv4Address?
    var interface: String
    /// The server of this LAN, as it calls itself; nothing while it has not said so.
    var server: IPv4Address?
    var relayAddress: IPv4Address?
    /// Whether the server has given addresses through that relay agent, and of the network of this one.
    var relay = RelayKnowledge.unknown
    /// Whether there is also an option 50, where none belongs.
    var namesAnother = false
    /// Who has the address in the server's memory, where that is not who was given it: dhcpd goes by its last offer.
    var holder: LeaseClient?
    /// When, in microseconds since the Unix epoch.
    var returnedAt: Int64
    /// `released` or `declined`.
    var state: LeaseState
}

extension ObservedPacket {
    /// Whether a lease can change: false for nearly everything, without looking anything up.
    var mayConcernLeases: Bool {
        guard verdict == .forwarded, let message else { return false }
        return switch (direction, message.messageType) {
        case (.toClient, .ack): message.yourAddress != nil
        case (.toClient, nil): message.isBOOTP && message.yourAddress != nil
        case (.toServer, .release), (.toServer, .decline): true
        default: false
        }
    }
}

/// What a packet says about leases.
enum LeaseEvent: Hashable, Sendable {
    case granted(LeaseGrant)
    case returned(LeaseReturn)
    case searched(LeaseSearch)

    /// The address it is about, if it is about one.
    var address: IPv4Address? {
        switch self {
        case .granted(let grant): grant.address
        case .returned(let giveBack): giveBack.address
        case .searched: nil
        }
    }

    /// The LAN it happened on.
    var interface: String {
        switch self {
        case .granted(let grant): grant.interface
        case .returned(let giveBack): giveBack.interface
        case .searched(let search): search.interface
        }
    }

    /// Who the client is.
    var client: LeaseClient {
        switch self {
        case .granted(let grant): grant.client
        case .returned(let giveBack): giveBack.client
        case .searched(let search): search.client
        }
    }

    /// When it happened, in microseconds since the Unix epoch.
    var time: Int64 {
        switch self {
        case .granted(let grant): grant.grantedAt
        case .returned(let giveBack): giveBack.returnedAt
        case .searched(let search): search.searchedAt
        }
    }

    /// What ends the lease that `other` grants can not have done so before.
    func notBefore(_ other: LeaseEvent) -> LeaseEvent {
        switch self {
        case .granted: return self
        case .returned(var giveBack):
            if giveBack.address == other.address { giveBack.returnedAt = max(giveBack.returnedAt, other.time) }
            return .returned(giveBack)
        case .searched(var search):
            search.searchedAt = max(search.searchedAt, other.time)
            return .searched(search)
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
    ///   - request: what it answers. Servers need not repeat the client identifier in their reply (RFC 6842), and never
    ///     repeat the host name.
    init?(_ packet: ObservedPacket, answering request: LeaseRequest?) {
        guard packet.verdict == .forwarded, let message = packet.message else { return nil }
        switch (packet.direction, message.operation) {
        case (.toClient, .reply): self.init(reply: message, in: packet, to: request)
        case (.toServer, .request): self.init(request: message, in: packet)
        default: return nil
        }
    }

    /// An ACK grants an address if it names one with a time, whatever else was asked in between; what answers an INFORM
    /// has neither (RFC 2131, section 4.3.5), unless the client wrote the address there itself.
    ///
    /// The reply to a BOOTP client grants one for ever, for BOOTP knows no time (RFC 1534, section 2).
    private init?(reply: ObservedMessage, in packet: ObservedPacket, to request: LeaseRequest?) {
        guard let address = reply.yourAddress, request?.messageType != .inform else { return nil }
        let expiresAt: Int64?
        switch (reply.messageType, reply.leaseSeconds) {
        case (.ack, let seconds?): expiresAt = Self.end(of: seconds, after: packet.capturedAt)
        case (nil, _) where reply.isBOOTP: expiresAt = nil
        default: return nil
        }
        var client = reply.client
        client.identifier = reply.client.identifier ?? request?.clientIdentifier
        self = .granted(
            LeaseGrant(
                address: address, client: client, isIdentifierKnown: request != nil || client.identifier != nil,
                hostName: request?.hostName ?? reply.hostName,
                clientAddress: request?.clientAddress ?? reply.clientAddress, serverIdentifier: reply.serverIdentifier,
                interface: packet.interface, relayAddress: reply.relayAddress, subnetMask: reply.subnetMask,
                isBOOTP: reply.messageType == nil, grantedAt: packet.capturedAt, expiresAt: expiresAt))
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
                interface: packet.interface, relayAddress: request.relayAddress,
                namesAnother: state == .released && request.requestedAddress != nil,
                returnedAt: packet.capturedAt, state: state))
    }

    private static func end(of seconds: UInt32, after time: Int64) -> Int64? {
        guard seconds != infinity else { return nil }
        let (end, overflow) = time.addingReportingOverflow(Int64(seconds) * 1_000_000)
        return overflow ? .max : end
    }
}

internal import Addresses
internal import Messages
internal import Packet

/// What a client said in a message to which a server may reply.
struct LeaseRequest: Hashable, Sendable {
    /// DISCOVER, REQUEST or INFORM; nothing in a BOOTP request.
    var messageType: DHCPMessageType?
    /// Option 61.
    var clientIdentifier: String?
    /// Option 12.
    var hostName: String?
    /// Option 50.
    var requestedAddress: IPv4Address?
    /// `ciaddr`.
    var clientAddress: IPv4Address?
    /// `yiaddr`, which is the server's to fill in: dnsmasq leaves what an INFORM has there in its reply.
    var yourAddress: IPv4Address?
    /// Option 54.
    var serverIdentifier: IPv4Address?
    /// When it was captured, in microseconds since the Unix epoch.
    var capturedAt: Int64 = 0

    /// A message of this type that says nothing.
    init(_ messageType: DHCPMessageType?) {
        self.messageType = messageType
    }

    /// What `packet` says, if a server got it and may reply to it.
    init?(_ packet: ObservedPacket) {
        guard packet.direction == .toServer, packet.verdict == .forwarded, let message = packet.message,
            message.operation == .request, Self.answered.contains(message.messageType)
        else { return nil }
        messageType = message.messageType
        clientIdentifier = message.client.identifier
        hostName = message.hostName
        requestedAddress = message.requestedAddress
        clientAddress = message.clientAddress
        yourAddress = message.yourAddress
        serverIdentifier = message.serverIdentifier
        capturedAt = packet.capturedAt
    }

    private static let answered: [DHCPMessageType?] = [.request, .discover, .inform, nil]

    /// Whether `server` can have replied to this with `reply`, which gives an address.
    ///
    /// No server gives in an ACK what the REQUEST did not ask for, and a reply that repeats the client identifier
    /// (RFC 6842) says whom it is for.
    func canBeAnswered(by reply: ObservedMessage, of server: LeaseServer) -> Bool {
        if let identifier = reply.client.identifier, identifier != clientIdentifier { return false }
        return switch messageType {
        case .request: reply.messageType == .ack && isAsked(for: reply.yourAddress, of: server)
        case .discover: reply.messageType == .ack && reply.isRapidCommit
        case .inform: reply.messageType == .ack && yourAddress != nil && yourAddress == reply.yourAddress
        default: reply.messageType == nil
        }
    }

    /// Whether `server` may answer a REQUEST that names no address: by the standard it does not (RFC 2131, section 4.3.2),
    /// but Kea does, and dnsmasq says NAK to who has no lease if it is authoritative.
    func isAnswered(by server: LeaseServer) -> Bool {
        messageType != .request || requestedAddress != nil || clientAddress != nil || server != .dhcpd
    }

    private func isAsked(for address: IPv4Address?, of server: LeaseServer) -> Bool {
        guard requestedAddress != nil || clientAddress != nil else { return server == .kea || server == .other }
        return address == wanted(of: server) || (server == .other && address == clientAddress)
    }

    /// Whether `server` looks at which server the message names: dhcpd does not, dnsmasq in a REQUEST with option 50, and none
    /// in BOOTP.
    func isMeant(for server: LeaseServer) -> Bool {
        switch server {
        case .dhcpd: false
        case .dnsmasq: messageType == .request && requestedAddress != nil
        case .kea, .other: messageType != nil
        }
    }

    /// The `ciaddr` of a reply that gives an address: the one of the request, but dnsmasq does not look at it where there is
    /// none.
    func repeatedAddress(by server: LeaseServer) -> IPv4Address? {
        let isOverlooked = requestedAddress != nil && messageType != nil || messageType == .discover
        return server == .dnsmasq && isOverlooked ? nil : clientAddress
    }

    /// The address that is asked for: servers differ in which of the two they go by when a client names both.
    func wanted(of server: LeaseServer) -> IPv4Address? {
        server == .dhcpd ? clientAddress ?? requestedAddress : requestedAddress ?? clientAddress
    }
}

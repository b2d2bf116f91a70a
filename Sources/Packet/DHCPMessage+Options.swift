public import Addresses

extension DHCPMessage {
    /// The value of the first option with this code, without later options of the same code that continue it.
    @_lifetime(copy self)
    public func firstOption(_ code: DHCPOptionCode) -> ByteView? {
        var walk = options
        while let option = walk.next() {
            if option.code == code { return option.value }
        }
        return nil
    }

    /// The values of all options with this code, joined to one (RFC 3396); nil if there is no such option.
    public func joinedOption(_ code: DHCPOptionCode) -> [UInt8]? {
        var joined: [UInt8]?
        var walk = options
        while let option = walk.next() {
            if option.code == code { joined = (joined ?? []) + option.value.array }
        }
        return joined
    }

    /// The address that the client asks for (option 50).
    public var requestedAddress: IPv4Address? { address(.requestedAddress) }

    /// The mask of the client's network (option 1).
    public var subnetMask: IPv4Address? { address(.subnetMask) }

    /// The identifier of the server (option 54): the one that the client chose, or the one that answers.
    public var serverIdentifier: IPv4Address? { address(.serverIdentifier) }

    /// The duration of the lease in seconds, granted or requested (option 51); 0xFFFFFFFF means for ever.
    public var leaseSeconds: UInt32? {
        guard let value = firstOption(.leaseTime), value.count == 4 else { return nil }
        return value.uint32(at: 0)
    }

    /// The client identifier (option 61), as the client sent it.
    public var clientIdentifier: [UInt8]? { joinedOption(.clientIdentifier) }

    /// The host name of the client (option 12), without NULs at its end (RFC 2132, section 2).
    ///
    /// It can contain any bytes. `String(escaping:)` makes it safe for terminals.
    public var hostName: [UInt8]? {
        guard var name = joinedOption(.hostName) else { return nil }
        while name.last == 0 { name.removeLast() }
        return name
    }

    private func address(_ code: DHCPOptionCode) -> IPv4Address? {
        guard let value = firstOption(code), value.count == 4 else { return nil }
        return value.ipv4Address(at: 0)
    }
}

extension DHCPMessage {
    /// Reads the message in an Ethernet frame; nil if the frame contains none.
    ///
    /// It does not check addresses, ports and checksums.
    @_lifetime(copy frame)
    public init?(frame: RawSpan) {
        guard let ethernet = EthernetFrame(ByteView(frame)), ethernet.etherType == .ipv4,
            let packet = IPv4Packet(ethernet.payload), let datagram = UDPDatagram(packet)
        else { return nil }
        self.init(datagram.payload)
    }
}

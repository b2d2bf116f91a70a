public import Addresses

extension DHCPMessage {
    /// The value of the first option with this code, without those that may follow to continue it.
    @_lifetime(copy self)
    public func firstOption(_ code: DHCPOptionCode) -> ByteView? {
        var walk = options
        while let option = walk.next() {
            if option.code == code { return option.value }
        }
        return nil
    }

    /// The values of all options with this code as one (RFC 3396), or nothing when there is none.
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

    /// The server that is meant or speaks (option 54).
    public var serverIdentifier: IPv4Address? { address(.serverIdentifier) }

    /// For how many seconds the address is granted or wanted (option 51); 0xFFFFFFFF is for ever.
    public var leaseSeconds: UInt32? {
        guard let value = firstOption(.leaseTime), value.count == 4 else { return nil }
        return value.uint32(at: 0)
    }

    /// What the client wants to be recognised by (option 61), as it sent it.
    public var clientIdentifier: [UInt8]? { joinedOption(.clientIdentifier) }

    /// The client's name for itself (option 12) without NULs at its end (RFC 2132, section 2).
    ///
    /// It can hold any bytes: `String(escaping:)` makes it fit for terminals.
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
    /// The message in an Ethernet frame, or nothing when it holds none.
    ///
    /// Addresses, ports and checksums can be anything.
    @_lifetime(copy frame)
    public init?(frame: RawSpan) {
        guard let ethernet = EthernetFrame(ByteView(frame)), ethernet.etherType == .ipv4,
            let packet = IPv4Packet(ethernet.payload), let datagram = UDPDatagram(packet)
        else { return nil }
        self.init(datagram.payload)
    }
}

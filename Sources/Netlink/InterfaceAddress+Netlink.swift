public import Addresses
internal import CLinux

extension InterfaceAddress {
    /// Reads a message `RTM_NEWADDR`: the address and the number of its interface; nothing when it is another message, or
    /// contradicts itself.
    static func read(_ message: NetlinkMessage) -> (interface: Int32, address: InterfaceAddress)? {
        let size = MemoryLayout<ifaddrmsg>.size
        guard message.type == RTM_NEWADDR, let header = message.content(as: ifaddrmsg.self),
            header.ifa_family == UInt8(AF_INET), let own = message.address(IFA_LOCAL, behind: size)
        else { return nil }
        let broadcast = message.address(IFA_BROADCAST, behind: size)
        let address = InterfaceAddress(
            own, prefixLength: header.ifa_prefixlen, peer: message.address(IFA_ADDRESS, behind: size),
            broadcast: broadcast == .unspecified ? nil : broadcast, scope: header.ifa_scope,
            flags: Flags(kernel: message.number(IFA_FLAGS, behind: size) ?? UInt32(header.ifa_flags)),
            metric: message.number(IFA_RT_PRIORITY, behind: size) ?? 0,
            label: message.text(IFA_LABEL, behind: size) ?? "")
        return address.map { (Int32(bitPattern: header.ifa_index), $0) }
    }
}

extension InterfaceAddress.Flags {
    fileprivate init(kernel flags: UInt32) {
        self = []
        if flags & UInt32(IFA_F_SECONDARY) != 0 { insert(.secondary) }
        if flags & UInt32(IFA_F_NOPREFIXROUTE) != 0 { insert(.noPrefixRoute) }
    }
}

extension NetlinkRequest {
    /// All IPv4 addresses of the namespace.
    static var addresses: NetlinkRequest {
        var header = ifaddrmsg()
        header.ifa_family = UInt8(AF_INET)
        return NetlinkRequest("look at the addresses", RTM_GETADDR, flags: NLM_F_DUMP, header) { _ in }
    }

    /// Gives an address to the interface with this number.
    ///
    /// Whether it is a secondary one the kernel decides, by those that the interface has already.
    public static func add(_ address: InterfaceAddress, on index: Int32) -> NetlinkRequest {
        let flags = NLM_F_CREATE | NLM_F_EXCL
        return change("add the address \(address.address)", RTM_NEWADDR, flags: flags, address, on: index)
    }

    /// Takes an address from the interface with this number, and with the first of a network its secondary ones.
    public static func remove(_ address: InterfaceAddress, on index: Int32) -> NetlinkRequest {
        change("remove the address \(address.address)", RTM_DELADDR, flags: 0, address, on: index)
    }

    private static func change(
        _ purpose: String, _ type: Int, flags: Int32, _ address: InterfaceAddress, on index: Int32
    ) -> NetlinkRequest {
        var header = ifaddrmsg()
        header.ifa_family = UInt8(AF_INET)
        header.ifa_prefixlen = address.prefixLength
        header.ifa_scope = address.scope
        header.ifa_index = UInt32(index)
        return NetlinkRequest(purpose, type, flags: flags, header) { attributes in
            attributes.add(IFA_LOCAL, address: address.address)
            attributes.add(IFA_ADDRESS, address: address.peer)
            if let broadcast = address.broadcast { attributes.add(IFA_BROADCAST, address: broadcast) }
            if !address.label.isEmpty { attributes.add(IFA_LABEL, text: address.label) }
            if address.flags.contains(.noPrefixRoute) {
                attributes.add(IFA_FLAGS, number: UInt32(IFA_F_NOPREFIXROUTE))
            }
            if address.metric != 0 { attributes.add(IFA_RT_PRIORITY, number: address.metric) }
        }
    }
}

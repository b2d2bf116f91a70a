internal import CLinux

/// What everybody may know of a network interface in the calling thread's namespace (getifaddrs(3)).
public struct NetworkDevice: Hashable, Sendable {
    /// Its name.
    public let name: String
    /// Its number in its namespace.
    public let index: Int32
    /// Its MAC address in the lower 48 bits, first byte highest; nothing when it is not an Ethernet interface.
    public let macAddress: UInt64?
    /// Whether it is up (`IFF_UP`).
    public let isUp: Bool
    /// Whether it has a carrier (`IFF_RUNNING`).
    public let isRunning: Bool

    /// All interfaces of the namespace, up or not.
    ///
    /// - Throws: `SystemError` of getifaddrs(3).
    public static func all() throws(SystemError) -> [NetworkDevice] {
        var first: UnsafeMutablePointer<ifaddrs>?
        try retrying("getifaddrs") { unsafe getifaddrs(&first) }
        defer { unsafe freeifaddrs(first) }
        var devices: [NetworkDevice] = []
        var next = unsafe first
        while let entry = unsafe next {
            if let device = unsafe NetworkDevice(entry.pointee) { devices.append(device) }
            unsafe next = entry.pointee.ifa_next
        }
        return devices
    }

    /// Each interface has one entry of the family `AF_PACKET`, and further ones for its addresses.
    private init?(_ entry: ifaddrs) {
        guard let address = unsafe entry.ifa_addr, unsafe Int32(address.pointee.sa_family) == AF_PACKET else {
            return nil
        }
        let link = unsafe UnsafeRawPointer(address).loadUnaligned(as: sockaddr_ll.self)
        let isEthernet = Int32(link.sll_hatype) == ARPHRD_ETHER && link.sll_halen == 6
        let bytes = [
            link.sll_addr.0, link.sll_addr.1, link.sll_addr.2, link.sll_addr.3, link.sll_addr.4, link.sll_addr.5,
        ]
        unsafe name = String(cString: entry.ifa_name)
        index = link.sll_ifindex
        macAddress = isEthernet ? bytes.reduce(0) { $0 << 8 | UInt64($1) } : nil
        isUp = unsafe entry.ifa_flags & UInt32(IFF_UP) != 0
        isRunning = unsafe entry.ifa_flags & UInt32(IFF_RUNNING) != 0
    }
}

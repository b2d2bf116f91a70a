public import Addresses
internal import CLinux

/// A route in one of the kernel's tables.
public struct RouteEntry: Hashable, Sendable {
    /// The number of the interface that it uses; nothing where it uses none.
    public let interface: Int32?
    /// What it says.
    public let route: InterfaceRoute
    /// Whether it leads through a router that has an IPv6 address only, which `route` does not tell.
    public let isThroughIPv6: Bool

    /// Reads a message `RTM_NEWROUTE`: one entry for each interface that the route uses; none when it is another message,
    /// contradicts itself, or is of no kind that `InterfaceRoute` knows.
    ///
    /// Of the table `local` only what somebody else than the kernel has put there: the rest comes with the addresses.
    static func all(in message: NetlinkMessage) -> [RouteEntry]? {
        guard message.type == RTM_NEWROUTE, let header = message.content(as: rtmsg.self),
            header.rtm_family == UInt8(AF_INET), let kind = InterfaceRoute.Kind(rawValue: header.rtm_type),
            header.rtm_flags & UInt32(RTM_F_CLONED) == 0
        else { return nil }
        let table = message.number(Int(RTA_TABLE.rawValue), behind: size) ?? UInt32(header.rtm_table)
        guard table == (kind == .local ? RT_TABLE_LOCAL : RT_TABLE_MAIN).rawValue,
            kind != .local || header.rtm_protocol != UInt8(RTPROT_KERNEL),
            let destination = IPv4Network(
                containing: message.address(Int(RTA_DST.rawValue), behind: size) ?? .unspecified,
                prefixLength: header.rtm_dst_len)
        else { return nil }
        return hops(in: message, header, kind).compactMap { interface, hops, isThroughIPv6 in
            let route = InterfaceRoute(
                to: destination, kind, typeOfService: header.rtm_tos, origin: header.rtm_protocol,
                scope: header.rtm_scope, metric: message.number(Int(RTA_PRIORITY.rawValue), behind: size) ?? 0,
                source: message.address(Int(RTA_PREFSRC.rawValue), behind: size), mtu: mtu(in: message),
                nextHops: hops)
            return route.map { RouteEntry(interface: interface, route: $0, isThroughIPv6: isThroughIPv6) }
        }
    }

    private typealias Hops = (interface: Int32?, hops: [InterfaceRoute.NextHop], isThroughIPv6: Bool)
    private static var size: Int { MemoryLayout<rtmsg>.size }

    private static func hops(
        in message: NetlinkMessage, _ header: rtmsg, _ kind: InterfaceRoute.Kind
    ) -> [Hops] {
        guard kind == .unicast else { return [(nil, [], false)] }
        if let several = message.attribute(Int(RTA_MULTIPATH.rawValue), behind: size) {
            return byInterface(MultipathHops.parse(several))
        }
        guard let interface = message.number(Int(RTA_OIF.rawValue), behind: size) else { return [] }
        let hop = InterfaceRoute.NextHop(
            gateway: message.address(Int(RTA_GATEWAY.rawValue), behind: size),
            isOnLink: header.rtm_flags & UInt32(RTNH_F_ONLINK) != 0)
        let isThroughIPv6 = message.attribute(Int(RTA_VIA.rawValue), behind: size) != nil
        return [(Int32(bitPattern: interface), [hop], isThroughIPv6)]
    }

    private static func byInterface(_ hops: [MultipathHops.Hop]) -> [Hops] {
        var order: [Int32] = []
        for hop in hops where !order.contains(hop.interface) { order.append(hop.interface) }
        return order.map { interface in
            let own = hops.filter { $0.interface == interface }
            // Whoever is alone shares with nobody.
            let hops = own.count == 1 ? [own[0].nextHop.alone] : own.map(\.nextHop)
            return (interface, hops, own.contains(where: \.isThroughIPv6))
        }
    }

    private static func mtu(in message: NetlinkMessage) -> UInt32 {
        message.attribute(Int(RTA_METRICS.rawValue), behind: size)
            .flatMap { AttributeList($0).number(Int(RTAX_MTU)) } ?? 0
    }
}

/// The next hops of a route that has several: `struct rtnexthop` and what follows it, again and again.
enum MultipathHops {
    struct Hop {
        let interface: Int32
        let nextHop: InterfaceRoute.NextHop
        let isThroughIPv6: Bool
    }

    /// What the attribute `RTA_MULTIPATH` holds; what follows one that does not hold what it says is left out.
    static func parse(_ bytes: [UInt8]) -> [Hop] {
        var hops: [Hop] = []
        var rest = bytes[...]
        let size = MemoryLayout<rtnexthop>.size
        while rest.count >= size {
            let header = unsafe [UInt8](rest.prefix(size)).withUnsafeBytes {
                unsafe $0.loadUnaligned(as: rtnexthop.self)
            }
            let length = Int(header.rtnh_len)
            guard length >= size, length <= rest.count else { break }
            let attributes = AttributeList([UInt8](rest.prefix(length).dropFirst(size)))
            let gateway = attributes.number(Int(RTA_GATEWAY.rawValue)).map {
                IPv4Address(rawValue: UInt32(bigEndian: $0))
            }
            hops.append(
                Hop(
                    interface: header.rtnh_ifindex,
                    nextHop: .init(
                        gateway: gateway, isOnLink: Int32(header.rtnh_flags) & RTNH_F_ONLINK != 0,
                        weight: header.rtnh_hops),
                    isThroughIPv6: attributes.content(Int(RTA_VIA.rawValue)) != nil))
            rest = rest.dropFirst((length + 3) & ~3)
        }
        return hops
    }
}

extension NetlinkRequest {
    /// All IPv4 routes of the namespace.
    static var routes: NetlinkRequest {
        var header = rtmsg()
        header.rtm_family = UInt8(AF_INET)
        return NetlinkRequest("look at the routes", RTM_GETROUTE, flags: NLM_F_DUMP, header) { _ in }
    }

    /// Adds a route through the interface with this number, behind others that have the same key.
    ///
    /// - Parameter index: 1, the loopback, for addresses that are the host's own elsewhere; it does not matter for what
    ///   leads nowhere.
    public static func add(_ route: InterfaceRoute, on index: Int32) -> NetlinkRequest {
        let flags = NLM_F_CREATE | NLM_F_APPEND
        return change("add the route \(route)", RTM_NEWROUTE, flags: flags, route, on: index)
    }

    /// Removes a route through the interface with this number.
    public static func remove(_ route: InterfaceRoute, on index: Int32) -> NetlinkRequest {
        change("remove the route \(route)", RTM_DELROUTE, flags: 0, route, on: index)
    }

    private static func change(
        _ purpose: String, _ type: Int, flags: Int32, _ route: InterfaceRoute, on index: Int32
    ) -> NetlinkRequest {
        var header = rtmsg()
        header.rtm_family = UInt8(AF_INET)
        header.rtm_dst_len = route.destination.prefixLength
        header.rtm_tos = route.typeOfService
        header.rtm_table = UInt8((route.kind == .local ? RT_TABLE_LOCAL : RT_TABLE_MAIN).rawValue)
        header.rtm_protocol = route.origin
        header.rtm_scope = route.scope
        header.rtm_type = route.kind.rawValue
        if route.nextHops.count == 1, route.nextHops[0].isOnLink { header.rtm_flags = UInt32(RTNH_F_ONLINK) }
        return NetlinkRequest(purpose, type, flags: flags, header) { attributes in
            if route.destination.prefixLength > 0 {
                attributes.add(Int(RTA_DST.rawValue), address: route.destination.address)
            }
            attributes.add(Int(RTA_PRIORITY.rawValue), number: route.metric)
            if let source = route.source { attributes.add(Int(RTA_PREFSRC.rawValue), address: source) }
            if route.mtu != 0 {
                attributes.nest(Int(RTA_METRICS.rawValue)) { $0.add(Int(RTAX_MTU), number: route.mtu) }
            }
            attributes.add(nextHopsOf: route, on: index)
        }
    }
}

extension NetlinkRequest.Attributes {
    fileprivate func add(nextHopsOf route: InterfaceRoute, on index: Int32) {
        if route.kind == .local { add(Int(RTA_OIF.rawValue), number: UInt32(index)) }
        guard let first = route.nextHops.first else { return }
        guard route.nextHops.count == 1 else {
            return add(Int(RTA_MULTIPATH.rawValue), bytes: route.nextHops.flatMap { $0.bytes(on: index) })
        }
        if let gateway = first.gateway { add(Int(RTA_GATEWAY.rawValue), address: gateway) }
        add(Int(RTA_OIF.rawValue), number: UInt32(index))
    }
}

extension InterfaceRoute.NextHop {
    fileprivate var alone: Self { Self(gateway: gateway, isOnLink: isOnLink) }

    /// `struct rtnexthop` and the router's address.
    fileprivate func bytes(on index: Int32) -> [UInt8] {
        var header = rtnexthop()
        header.rtnh_len = UInt16(MemoryLayout<rtnexthop>.size + (gateway == nil ? 0 : 8))
        header.rtnh_flags = isOnLink ? UInt8(RTNH_F_ONLINK) : 0
        header.rtnh_hops = weight
        header.rtnh_ifindex = index
        var bytes = unsafe withUnsafeBytes(of: header) { unsafe [UInt8]($0) }
        guard let gateway else { return bytes }
        let attribute = rtattr(rta_len: 8, rta_type: UInt16(RTA_GATEWAY.rawValue))
        bytes += unsafe withUnsafeBytes(of: attribute) { unsafe [UInt8]($0) }
        bytes += unsafe withUnsafeBytes(of: gateway.rawValue.bigEndian) { unsafe [UInt8]($0) }
        return bytes
    }
}

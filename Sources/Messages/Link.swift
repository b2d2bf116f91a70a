public import Addresses

/// A LAN and the server's side of it: between the two sockets of a link the relay forwards.
public struct Link: Hashable, Sendable {
    /// The MAC address that the host and the server's interface share.
    public let macAddress: MACAddress
    /// How many bytes the payload of a frame may have, the same on both sides.
    public let mtu: UInt32
    /// The network as the host and the server's namespace both see it.
    public let network: AttachedNetwork
    /// In the `runtime` uplink the container's own place, its gateway being the runtime's interface on the host;
    /// nothing in the `lan` uplink.
    public let container: AttachedNetwork?
    /// Whether the other side is there; without one nobody is served there, and what the server sends goes nowhere: it is
    /// an interface by which the host's own traffic leaves.
    public let hasUplink: Bool
    /// All of the interface's addresses, in the kernel's order.
    public let addresses: [InterfaceAddress]
    /// All routes through the interface, in the kernel's order; with the first link also those that use no interface
    /// of a link: what leads nowhere, and the host's own addresses elsewhere (`InterfaceRoute.Kind.local`).
    public let routes: [InterfaceRoute]

    /// The link of the host's interface, or of the container's, with this MAC address.
    ///
    /// Where no addresses or routes are given they are those that `network` tells of.
    public init(
        macAddress: MACAddress, mtu: UInt32 = 1_500, network: AttachedNetwork, container: AttachedNetwork? = nil,
        hasUplink: Bool = true, addresses: [InterfaceAddress]? = nil, routes: [InterfaceRoute]? = nil
    ) {
        self.hasUplink = hasUplink
        self.macAddress = macAddress
        self.mtu = mtu
        self.network = network
        self.container = container
        self.addresses = addresses ?? (network.hasAddress ? [InterfaceAddress(of: network)] : [])
        self.routes = routes ?? network.routes
    }

    /// The same with other addresses and routes.
    public func with(addresses: [InterfaceAddress], routes: [InterfaceRoute]) -> Link {
        Link(
            macAddress: macAddress, mtu: mtu, network: network, container: container, hasUplink: hasUplink,
            addresses: addresses, routes: routes)
    }

    private init(reading reader: inout FieldReader) throws(MessageError) {
        let number = try reader.integer(UInt64.self)
        guard number >> 48 == 0 else { throw .invalidField("MAC address") }
        macAddress = MACAddress(rawValue: number)
        mtu = try reader.integer(UInt32.self)
        network = try AttachedNetwork(reading: &reader)
        let uplink = try reader.integer(UInt8.self)
        guard uplink <= 2 else { throw .invalidField("uplink") }
        container = uplink == 1 ? try AttachedNetwork(reading: &reader) : nil
        hasUplink = uplink != 2
        guard container == nil || container?.gateway != nil else { throw .invalidField("container") }
        addresses = try reader.list { reader throws(MessageError) in try InterfaceAddress(reading: &reader) }
        routes = try reader.list { reader throws(MessageError) in try InterfaceRoute(reading: &reader) }
    }

    private func write(to bytes: inout [UInt8]) {
        bytes.appendInteger(macAddress.rawValue)
        bytes.appendInteger(mtu)
        network.write(to: &bytes)
        bytes.append(container != nil ? 1 : hasUplink ? 0 : 2)
        container?.write(to: &bytes)
        bytes.appendInteger(UInt16(addresses.count))
        for address in addresses { address.write(to: &bytes) }
        bytes.appendInteger(UInt16(routes.count))
        for route in routes { route.write(to: &bytes) }
    }

    /// How many there can be: the relay gets a channel and two sockets for each, and no more than 253 descriptors come
    /// with a message (`SCM_MAX_FD`, net/scm.h).
    public static let maximumCount = 126

    static func readAll(_ reader: inout FieldReader) throws(MessageError) -> [Link] {
        let count = Int(try reader.integer(UInt8.self))
        guard (1...maximumCount).contains(count) else { throw .invalidField("number of links") }
        var links: [Link] = []
        for _ in 0..<count { links.append(try Link(reading: &reader)) }
        return links
    }

    static func writeAll(_ links: [Link], to bytes: inout [UInt8]) {
        precondition((1...maximumCount).contains(links.count))
        bytes.append(UInt8(links.count))
        for link in links { link.write(to: &bytes) }
    }
}

extension Link {
    /// The links with as much of their addresses and routes as one message takes, and how many had to be left out.
    ///
    /// Of the addresses the first stay. Of the routes those to the LANs stay, and then those to the largest networks: where
    /// a router knows all the networks of the Internet, that is its default route, but not they.
    public static func fitting(_ links: [Link]) -> (links: [Link], leftOut: Int) {
        let bare = links.map { $0.with(addresses: [], routes: []) }
        var room = Message.maximumLength - Message.links(bare).encoded().count
        var leftOut = 0
        func takes(_ write: (inout [UInt8]) -> Void) -> Bool {
            var bytes: [UInt8] = []
            write(&bytes)
            guard bytes.count <= room else {
                leftOut += 1
                return false
            }
            room -= bytes.count
            return true
        }
        let addresses = links.map { link in link.addresses.filter { address in takes { address.write(to: &$0) } } }
        let places = links.indices.flatMap { number in links[number].routes.indices.map { (link: number, route: $0) } }
        var kept = links.map { [Bool](repeating: false, count: $0.routes.count) }
        for place in places.sorted(by: { rank(links[$0.link].routes[$0.route]) < rank(links[$1.link].routes[$1.route]) }
        ) {
            kept[place.link][place.route] = takes { links[place.link].routes[place.route].write(to: &$0) }
        }
        let fitting = links.indices.map { number in
            bare[number].with(
                addresses: addresses[number],
                routes: links[number].routes.indices.filter { kept[number][$0] }.map { links[number].routes[$0] })
        }
        return (fitting, leftOut)
    }

    private static func rank(_ route: InterfaceRoute) -> (Int, UInt8) {
        (route.hasGateway ? 1 : 0, route.destination.prefixLength)
    }
}

public import Addresses

/// What discovery found: the networks that the host belongs to.
public struct Networks: Hashable, Sendable {
    /// How long finding them took, in microseconds.
    public let elapsed: UInt32
    /// The networks, the one that the host prefers first; at most 255.
    public let networks: [AttachedNetwork]
    /// A number that the sender chose when it began: another one means that it was started again.
    public let instance: UInt64

    /// The result of one reading of the routing table.
    public init(elapsed: UInt32, networks: [AttachedNetwork], instance: UInt64 = 0) {
        self.elapsed = elapsed
        self.networks = networks
        self.instance = instance
    }

    init(reading reader: inout FieldReader) throws(MessageError) {
        elapsed = try reader.integer(UInt32.self)
        instance = try reader.integer(UInt64.self)
        var networks: [AttachedNetwork] = []
        for _ in 0..<(try reader.integer(UInt8.self)) {
            networks.append(try AttachedNetwork(reading: &reader))
        }
        self.networks = networks
    }

    func write(to bytes: inout [UInt8]) {
        bytes.appendInteger(elapsed)
        bytes.appendInteger(instance)
        bytes.append(UInt8(clamping: networks.count))
        for network in networks.prefix(Int(UInt8.max)) { network.write(to: &bytes) }
    }
}

extension AttachedNetwork {
    init(reading reader: inout FieldReader) throws(MessageError) {
        let interface = try reader.interfaceName()
        let address = try reader.address()
        let gateway = try reader.address()
        let prefixLength = try reader.integer(UInt8.self)
        let network = AttachedNetwork(
            interface: interface, address: address, prefixLength: prefixLength,
            gateway: gateway == .unspecified ? nil : gateway)
        guard let network else { throw .invalidField("network") }
        self = network
    }

    func write(to bytes: inout [UInt8]) {
        bytes.appendInterfaceName(interface)
        bytes.appendInteger(address.rawValue)
        bytes.appendInteger((gateway ?? .unspecified).rawValue)
        bytes.append(network.prefixLength)
    }
}

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

    /// The link of the host's interface, or of the container's, with this address.
    public init(
        macAddress: MACAddress, mtu: UInt32 = 1_500, network: AttachedNetwork, container: AttachedNetwork? = nil
    ) {
        self.macAddress = macAddress
        self.mtu = mtu
        self.network = network
        self.container = container
    }

    private init(reading reader: inout FieldReader) throws(MessageError) {
        let number = try reader.integer(UInt64.self)
        guard number >> 48 == 0 else { throw .invalidField("MAC address") }
        macAddress = MACAddress(rawValue: number)
        mtu = try reader.integer(UInt32.self)
        network = try AttachedNetwork(reading: &reader)
        guard try reader.boolean("uplink") else {
            container = nil
            return
        }
        let container = try AttachedNetwork(reading: &reader)
        guard container.gateway != nil else { throw .invalidField("container") }
        self.container = container
    }

    private func write(to bytes: inout [UInt8]) {
        bytes.appendInteger(macAddress.rawValue)
        bytes.appendInteger(mtu)
        network.write(to: &bytes)
        bytes.appendBoolean(container != nil)
        container?.write(to: &bytes)
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

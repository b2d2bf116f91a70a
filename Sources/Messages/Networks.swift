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

public import Addresses

/// What discovery found: the networks that the host belongs to.
public struct Networks: Hashable, Sendable {
    /// How long finding them took, in microseconds.
    public let elapsed: UInt32
    /// The networks, the one that the host prefers first; at most 255.
    public let networks: [AttachedNetwork]
    /// A number that the sender chose when it began: another one means that it was started again.
    public let instance: UInt64

    /// How they were chosen.
    public let selection: Selection

    /// Which networks are chosen of those that the host belongs to.
    public enum Selection: UInt8, Hashable, Sendable {
        /// Those of interfaces with a gateway, where nobody says anything.
        case withGateway
        /// Those of interfaces that were named.
        case named
        /// All.
        case all

        /// What naming these interfaces chooses.
        public init(naming interfaces: [InterfaceName]) {
            self = interfaces.contains(.all) ? .all : interfaces.isEmpty ? .withGateway : .named
        }
    }

    /// The result of one reading of the routing table.
    public init(
        elapsed: UInt32, networks: [AttachedNetwork], instance: UInt64 = 0, selection: Selection = .withGateway
    ) {
        self.selection = selection
        self.elapsed = elapsed
        self.networks = networks
        self.instance = instance
    }

    init(reading reader: inout FieldReader) throws(MessageError) {
        elapsed = try reader.integer(UInt32.self)
        instance = try reader.integer(UInt64.self)
        guard let selection = Selection(rawValue: try reader.integer(UInt8.self)) else {
            throw .invalidField("selection")
        }
        self.selection = selection
        var networks: [AttachedNetwork] = []
        for _ in 0..<(try reader.integer(UInt8.self)) {
            networks.append(try AttachedNetwork(reading: &reader))
        }
        self.networks = networks
    }

    func write(to bytes: inout [UInt8]) {
        bytes.appendInteger(elapsed)
        bytes.appendInteger(instance)
        bytes.append(selection.rawValue)
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

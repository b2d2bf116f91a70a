public import Addresses

/// An IPv4 packet to build.
public struct IPv4Layer: Layer {
    /// The version.
    public var version: UInt8 = 4
    /// The length of the header in words of 4 bytes, when it is not to be the right one.
    public var headerWords: UInt8?
    /// The options of the header; a multiple of 4 bytes.
    public var options: [UInt8] = []
    /// The total length, when it is not to be the right one.
    public var totalLength: UInt16?
    /// Three flags and the offset of a fragment.
    public var fragmentation: UInt16 = 0
    /// The protocol of the payload.
    public var transportProtocol: UInt8
    /// What to write as checksum.
    public var checksum = ChecksumChoice.right
    /// The sender.
    public var source: IPv4Address
    /// The receiver.
    public var destination: IPv4Address
    /// What it carries.
    public var payload: [UInt8]

    /// A packet between these addresses.
    public init(from source: IPv4Address, to destination: IPv4Address, transportProtocol: UInt8, payload: [UInt8]) {
        self.source = source
        self.destination = destination
        self.transportProtocol = transportProtocol
        self.payload = payload
    }

    /// The packet in a frame between these stations.
    public func ethernet(from source: MACAddress, to destination: MACAddress) -> EthernetLayer {
        EthernetLayer(from: source, to: destination, etherType: 0x0800, payload: header + payload)
    }

    private var header: [UInt8] {
        let words = headerWords ?? UInt8(5 + options.count / 4)
        let length = totalLength ?? UInt16(20 + options.count + payload.count)
        let before = [version << 4 | words, 0] + length.networkBytes + [0, 0] + fragmentation.networkBytes
        let after = source.rawValue.networkBytes + destination.rawValue.networkBytes + options
        let right = plainChecksum(before + [64, transportProtocol, 0, 0] + after)
        return before + [64, transportProtocol] + checksum.applied(to: right).networkBytes + after
    }
}

/// An ARP packet to build.
public struct ARPLayer: Layer {
    /// The kind of hardware address; 1 is Ethernet.
    public var hardwareType: UInt16 = 1
    /// The kind of protocol address.
    public var protocolType: UInt16 = 0x0800
    /// The lengths of both, in bytes.
    public var lengths: [UInt8] = [6, 4]
    /// 1 for a request, 2 for a reply.
    public var operation: UInt16
    /// The sender's Ethernet address.
    public var senderMACAddress: MACAddress
    /// The sender's IPv4 address.
    public var sender: IPv4Address
    /// The target's Ethernet address.
    public var targetMACAddress: MACAddress
    /// The target's IPv4 address.
    public var target: IPv4Address

    /// The question who has `target`.
    public static func request(for target: IPv4Address, from sender: IPv4Address, at address: MACAddress) -> ARPLayer {
        ARPLayer(
            operation: 1, senderMACAddress: address, sender: sender, targetMACAddress: MACAddress(rawValue: 0),
            target: target)
    }

    /// The answer that `sender` is at `address`.
    public static func reply(
        from sender: IPv4Address, at address: MACAddress, to target: IPv4Address, at targetAddress: MACAddress
    ) -> ARPLayer {
        ARPLayer(
            operation: 2, senderMACAddress: address, sender: sender, targetMACAddress: targetAddress, target: target)
    }

    /// The packet in a frame between these stations.
    public func ethernet(from source: MACAddress, to destination: MACAddress) -> EthernetLayer {
        EthernetLayer(from: source, to: destination, etherType: 0x0806, payload: bytes)
    }

    private var bytes: [UInt8] {
        hardwareType.networkBytes + protocolType.networkBytes + lengths + operation.networkBytes
            + senderMACAddress.bytes + sender.rawValue.networkBytes
            + targetMACAddress.bytes + target.rawValue.networkBytes
    }
}

/// An Ethernet frame to build.
public struct EthernetLayer: Layer {
    /// The receiver.
    public var destination: MACAddress
    /// The sender.
    public var source: MACAddress
    /// What it carries.
    public var etherType: UInt16
    /// The bytes it carries.
    public var payload: [UInt8]
    /// What the frame is filled up to with zeros, in bytes: on a wire at least 60.
    public var paddedLength = 60

    /// A frame between these stations.
    public init(from source: MACAddress, to destination: MACAddress, etherType: UInt16, payload: [UInt8]) {
        self.source = source
        self.destination = destination
        self.etherType = etherType
        self.payload = payload
    }

    /// The frame as it is sent.
    public var bytes: [UInt8] {
        DHCPLayer.filled(destination.bytes + source.bytes + etherType.networkBytes + payload, to: paddedLength)
    }
}

public import Addresses

/// A UDP datagram to build.
public struct UDPLayer: Layer {
    /// The port it comes from.
    public var source: UInt16
    /// The port it goes to.
    public var destination: UInt16
    /// The length field, when it is not to be the right one.
    public var length: UInt16?
    /// What to write as checksum.
    public var checksum = ChecksumChoice.right
    /// What it carries.
    public var payload: [UInt8]

    /// A datagram between these ports.
    public init(from source: UInt16, to destination: UInt16, payload: [UInt8]) {
        self.source = source
        self.destination = destination
        self.payload = payload
    }

    /// The datagram in a packet between these addresses, which its checksum covers.
    public func ipv4(from source: IPv4Address, to destination: IPv4Address) -> IPv4Layer {
        IPv4Layer(
            from: source, to: destination, transportProtocol: 17, payload: bytes(from: source, to: destination))
    }

    private func bytes(from sender: IPv4Address, to receiver: IPv4Address) -> [UInt8] {
        let length = length ?? UInt16(8 + payload.count)
        let ports = source.networkBytes + destination.networkBytes + length.networkBytes
        let pseudoHeader =
            sender.rawValue.networkBytes + receiver.rawValue.networkBytes + [0, 17] + length.networkBytes
        let right = plainChecksum(pseudoHeader + ports + [0, 0] + payload)
        return ports + checksum.applied(to: right == 0 ? 0xFFFF : right).networkBytes + payload
    }
}

/// An ICMP message to build: an echo request (8) unless told otherwise.
public struct ICMPLayer: Layer {
    /// The type.
    public var type: UInt8
    /// The code.
    public var code: UInt8 = 0
    /// Which program asks.
    public var identifier: UInt16
    /// Which of its questions it is.
    public var sequenceNumber: UInt16
    /// What to write as checksum.
    public var checksum = ChecksumChoice.right
    /// What it carries.
    public var payload: [UInt8] = Array(0..<20)

    /// A message with the fields of an echo.
    public init(type: UInt8 = 8, identifier: UInt16 = 0, sequenceNumber: UInt16 = 0) {
        self.type = type
        self.identifier = identifier
        self.sequenceNumber = sequenceNumber
    }

    /// The message in a packet between these addresses.
    public func ipv4(from source: IPv4Address, to destination: IPv4Address) -> IPv4Layer {
        IPv4Layer(from: source, to: destination, transportProtocol: 1, payload: bytes)
    }

    private var bytes: [UInt8] {
        let rest = identifier.networkBytes + sequenceNumber.networkBytes + payload
        return [type, code] + checksum.applied(to: plainChecksum([type, code, 0, 0] + rest)).networkBytes + rest
    }
}

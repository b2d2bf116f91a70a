public import Addresses

/// A DHCP message to build.
///
///     DHCPLayer.request(1, from: Station.client).option(12, Array("laptop".utf8)).udp()
///         .ipv4(from: .unspecified, to: .broadcast).ethernet(from: Station.client, to: .broadcast).bytes
public struct DHCPLayer: Layer {
    /// `op`: 1 for requests, 2 for replies.
    public var operation: UInt8 = 1
    /// `htype`.
    public var hardwareType: UInt8 = 1
    /// `hlen`.
    public var hardwareAddressLength: UInt8 = 6
    /// `hops`.
    public var hops: UInt8 = 0
    /// `xid`.
    public var transactionIdentifier: UInt32 = 0x3903_F326
    /// `secs`.
    public var secs: UInt16 = 0
    /// `flags`.
    public var flags: UInt16 = 0
    /// `ciaddr`.
    public var clientAddress = IPv4Address.unspecified
    /// `yiaddr`.
    public var yourAddress = IPv4Address.unspecified
    /// `siaddr`.
    public var nextServerAddress = IPv4Address.unspecified
    /// `giaddr`.
    public var relayAddress = IPv4Address.unspecified
    /// `chaddr`, filled up to 16 bytes.
    public var clientHardwareAddress: [UInt8] = []
    /// `sname`, filled up to 64 bytes.
    public var serverName: [UInt8] = []
    /// `file`, filled up to 128 bytes.
    public var file: [UInt8] = []
    /// The four bytes before the options.
    public var magicCookie: UInt32 = 0x6382_5363
    /// The options as they are written, without the end.
    public var options: [UInt8] = []
    /// What follows the options: option 255.
    public var end: [UInt8] = [255]
    /// What the message is filled up to with zeros, in bytes: BOOTP had 300.
    public var paddedLength = 300

    /// A message of the operation 1 or 2 about `client`, without options.
    public init(operation: UInt8, client: MACAddress) {
        self.operation = operation
        clientHardwareAddress = client.bytes
    }

    /// A message of a client with this type in option 53.
    public static func request(_ messageType: UInt8, from client: MACAddress) -> DHCPLayer {
        DHCPLayer(operation: 1, client: client).option(53, [messageType])
    }

    /// A message of a server with this type in option 53 and its address in option 54.
    public static func reply(_ messageType: UInt8, from server: IPv4Address, to client: MACAddress) -> DHCPLayer {
        DHCPLayer(operation: 2, client: client).option(53, [messageType]).option(54, server.rawValue.networkBytes)
    }

    /// The message with one more option.
    public func option(_ code: UInt8, _ value: [UInt8]) -> DHCPLayer {
        setting(\.options, to: options + Self.option(code, value))
    }

    /// An option as it is written, for other fields than the options field.
    public static func option(_ code: UInt8, _ value: [UInt8]) -> [UInt8] {
        [code, UInt8(value.count)] + value
    }

    /// The message as it is sent.
    public var bytes: [UInt8] {
        var bytes = [operation, hardwareType, hardwareAddressLength, hops] + transactionIdentifier.networkBytes
        bytes += secs.networkBytes + flags.networkBytes
        bytes += [clientAddress, yourAddress, nextServerAddress, relayAddress].flatMap(\.rawValue.networkBytes)
        bytes += Self.filled(clientHardwareAddress, to: 16) + Self.filled(serverName, to: 64)
        bytes += Self.filled(file, to: 128) + magicCookie.networkBytes + options + end
        return Self.filled(bytes, to: paddedLength)
    }

    /// The message in a datagram; between the ports of clients and servers unless others are given.
    public func udp(from source: UInt16? = nil, to destination: UInt16? = nil) -> UDPLayer {
        UDPLayer(
            from: source ?? (operation == 1 ? 68 : 67), to: destination ?? (operation == 1 ? 67 : 68), payload: bytes)
    }

    static func filled(_ bytes: [UInt8], to length: Int) -> [UInt8] {
        bytes + Array(repeating: 0, count: max(0, length - bytes.count))
    }
}

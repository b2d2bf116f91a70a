public import Addresses

/// Where the server may connect to: what `--connect` names.
public struct ConnectDoor: Hashable, Sendable {
    /// The address that the server connects to; those of 127.0.0.0/8 and the host's own are the host's.
    public let address: IPv4Address
    /// The port.
    public let port: UInt16
    /// TCP or UDP.
    public let transport: DoorTransport

    private static let example = "192.168.50.1:53/udp"

    /// The door to one port.
    public init(_ address: IPv4Address, _ port: UInt16, _ transport: DoorTransport) {
        self.address = address
        self.port = port
        self.transport = transport
    }

    /// Reads the value of the option: `ADDRESS:PORT/tcp` or `ADDRESS:PORT/udp`.
    ///
    /// - Throws: `DoorError` with what to write instead.
    public init(_ text: some StringProtocol) throws(DoorError) {
        let (place, transport) = try DoorGrammar.transport(
            of: Substring(text), among: [.tcp, .udp], example: Self.example)
        guard let colon = DoorGrammar.colon(in: place) else {
            throw DoorError("'\(text)' names no address and port: write \(Self.example)")
        }
        let host = place[..<colon]
        guard !["", "*", "0.0.0.0", "any", "[::]"].contains(host) else {
            throw DoorError("--connect takes no wildcard: write the one address that is wanted, as in \(Self.example)")
        }
        let port = place[place.index(after: colon)...]
        guard port != "*" else {
            throw DoorError("--connect takes no wildcard: write the one port that is wanted, as in \(Self.example)")
        }
        try self.init(
            DoorGrammar.address(host, example: Self.example),
            DoorGrammar.port(port, transport, example: Self.example), transport)
    }

    /// Where the address leads to.
    ///
    /// - Parameter host: the host's own addresses.
    public func destination(from host: some Collection<IPv4Address>) -> Destination {
        if address.isLoopback { return .loopback }
        return host.contains(address) ? .host : .elsewhere
    }

    /// Whose an address is.
    public enum Destination: Hashable, Sendable {
        /// The host's loopback, which the server takes for its own.
        case loopback
        /// The host itself, whose address is the server's, too.
        case host
        /// Another's.
        case elsewhere
    }
}

extension IPv4Address {
    /// Whether it leads nowhere but to whoever uses it (127.0.0.0/8, RFC 1122).
    public var isLoopback: Bool { rawValue >> 24 == 127 }
}

extension ConnectDoor: CustomStringConvertible {
    /// The value of the option.
    public var description: String { "\(address):\(port)/\(transport)" }
}

public import Addresses

/// Who may connect to the server: what `--publish` names.
public struct PublishDoor: Hashable, Sendable {
    /// The host's address on which clients are accepted; all of those where clients are served where nothing is given.
    public let address: IPv4Address?
    /// The port, the same on the host and of the server.
    public let port: UInt16
    /// How clients come.
    public let transport: DoorTransport
    /// From where they may come; from anywhere where nothing is given.
    public let sources: [IPv4Network]

    private static let example = "7911/tcp@192.168.50.0/24"

    /// The door to a port of the server.
    public init(
        _ port: UInt16, _ transport: DoorTransport, at address: IPv4Address? = nil, from sources: [IPv4Network] = []
    ) {
        self.address = address
        self.port = port
        self.transport = transport
        self.sources = sources
    }

    /// Reads the value of the option: `[ADDRESS:]PORT/tcp|udp|tftp[@FROM[+FROM]...]`.
    ///
    /// - Throws: `DoorError` with what to write instead.
    public init(_ text: some StringProtocol) throws(DoorError) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map { Substring($0) }
        let (place, transport) = try DoorGrammar.transport(
            of: parts[0], among: DoorTransport.allCases, example: Self.example)
        let colon = DoorGrammar.colon(in: place)
        let port = colon.map { place[place.index(after: $0)...] } ?? place
        address = try colon.map { colon throws(DoorError) in try Self.address(place[..<colon]) }
        self.port = try DoorGrammar.port(port, transport, example: Self.example)
        self.transport = transport
        sources = try parts.count > 1 ? Self.sources(parts[1]) : []
    }

    private static func address(_ text: Substring) throws(DoorError) -> IPv4Address {
        guard !["*", "0.0.0.0", "", "[::]"].contains(text) else {
            throw DoorError("'\(text):' stands for all of the host's addresses: leave it out, as in \(example)")
        }
        return try DoorGrammar.address(text, example: "127.0.0.1:8000/tcp")
    }

    private static func sources(_ text: Substring) throws(DoorError) -> [IPv4Network] {
        var sources: [IPv4Network] = []
        for part in text.split(separator: "+", omittingEmptySubsequences: false) {
            guard !part.contains(":"), !part.contains("[") else {
                throw DoorError(
                    "'\(part)' is an IPv6 address, and doors are for IPv4 so far: write one, as in \(example)")
            }
            let words = part.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            guard let address = words.first.flatMap({ IPv4Address(String($0)) }),
                let length = words.count == 1 ? 32 : UInt8(words[1]),
                let network = IPv4Network(containing: address, prefixLength: length)
            else {
                throw DoorError(
                    "'\(part)' is neither an address nor a network: write one behind the @, as in \(example)")
            }
            sources.append(network)
        }
        return sources
    }

    /// Whether a client with this address may come in.
    public func admits(_ client: IPv4Address) -> Bool {
        sources.isEmpty || sources.contains { $0.contains(client) }
    }

    /// The addresses on which clients are accepted.
    ///
    /// - Parameter served: those of the host where clients are served.
    public func addresses(among served: [IPv4Address]) -> [IPv4Address] {
        guard let address else { return served }
        return [address]
    }

    /// Whether it leads to a port that the server has on this address, or on all where nothing is given.
    func leads(to port: UInt16, of transport: DoorTransport, at address: IPv4Address?) -> Bool {
        guard self.port == port, self.transport.usesDatagrams == transport.usesDatagrams else { return false }
        // Without an address clients come to those where they are served, none of which is the loopback.
        guard let published = self.address else { return address?.isLoopback != true }
        return address == nil || address == published
    }
}

extension PublishDoor: CustomStringConvertible {
    /// The value of the option.
    public var description: String {
        let from = sources.map { $0.prefixLength == 32 ? "\($0.address)" : "\($0)" }.joined(separator: "+")
        return (address.map { "\($0):" } ?? "") + "\(port)/\(transport)" + (from.isEmpty ? "" : "@\(from)")
    }
}

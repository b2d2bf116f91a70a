public import Addresses
internal import Pacing

/// What a server wanted to connect to and could not, for there is no door.
public struct RefusedAttempt: Hashable, Sendable {
    /// TCP or UDP.
    public let transport: DoorTransport
    /// Where it wanted to connect to.
    public let address: IPv4Address
    /// The port there.
    public let port: UInt16

    /// The attempt to connect there.
    public init(_ transport: DoorTransport, _ address: IPv4Address, _ port: UInt16) {
        self.transport = transport
        self.address = address
        self.port = port
    }

    /// The door that it takes; nothing where there can be none.
    public var door: ConnectDoor? { try? ConnectDoor("\(address):\(port)/\(transport)") }

    /// What it was and what to do about it.
    public func words(about server: String) -> String {
        let attempt = "\(server) wanted \(transport) \(address):\(port)"
        return attempt + (door.map { ": --connect \($0)" } ?? ", for which there can be no door")
    }
}

/// Those of a server, of which people are told once each; what a server makes up fills neither a log nor memory.
public struct RefusedAttempts: Sendable {
    /// Those that people were told of, in their order.
    public private(set) var told: [RefusedAttempt] = []
    /// How many there were in all.
    public private(set) var count: UInt64 = 0
    /// How many attempts people were not told of, for there were too many others.
    public private(set) var untold: UInt64 = 0
    private var pace = TokenBucket(burst: 8, interval: 10_000_000)

    /// How many different ones people are told of.
    public static let maximumCount = 32

    /// None yet.
    public init() {}

    /// Takes note of one at `now`, in microseconds; says whether people are to be told of it.
    public mutating func note(_ attempt: RefusedAttempt, at now: UInt64) -> Bool {
        count += 1
        guard !told.contains(attempt) else { return false }
        guard told.count < Self.maximumCount, pace.take(now: now) else {
            untold += 1
            return false
        }
        told.append(attempt)
        return true
    }
}

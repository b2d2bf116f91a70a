/// All doors of a server.
public struct Doors: Hashable, Sendable {
    /// Where the server may connect to.
    public let connects: [ConnectDoor]
    /// Who may connect to it.
    public let publishes: [PublishDoor]

    /// How many there can be of each kind.
    public static let maximumCount = 64

    /// These doors; one that is named twice is one.
    ///
    /// - Throws: `DoorError` when there are too many.
    public init(connects: [ConnectDoor] = [], publishes: [PublishDoor] = []) throws(DoorError) {
        self.connects = Self.unique(connects)
        self.publishes = Self.unique(publishes)
        for (name, count) in [("connect", self.connects.count), ("publish", self.publishes.count)] {
            guard count <= Self.maximumCount else {
                throw DoorError("--\(name) is given \(count) times: \(Self.maximumCount) are possible")
            }
        }
        for (number, door) in self.publishes.enumerated() {
            let same = self.publishes.prefix(number).first {
                $0.port == door.port && $0.address == door.address
                    && $0.transport.usesDatagrams == door.transport.usesDatagrams
            }
            if let same {
                throw DoorError(
                    "--publish \(same) and --publish \(door) are one port: write one option, with + between who may come"
                )
            }
        }
    }

    private init() {
        connects = []
        publishes = []
    }

    /// No doors: nothing but DHCP passes.
    public static let none = Doors()

    /// Whether there are none.
    public var isEmpty: Bool { connects.isEmpty && publishes.isEmpty }

    /// The options, for the command line of another program.
    public var arguments: [String] {
        connects.flatMap { ["--connect", "\($0)"] } + publishes.flatMap { ["--publish", "\($0)"] }
    }

    private static func unique<Door: Hashable>(_ doors: [Door]) -> [Door] {
        var seen: Set<Door> = []
        return doors.filter { seen.insert($0).inserted }
    }
}

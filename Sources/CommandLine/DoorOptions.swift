public import ArgumentParser
public import Doors

/// The options of the launcher and of netns-agent that say what the server speaks beside DHCP, and with whom.
public struct DoorOptions: ParsableArguments {
    /// Where the server may connect to.
    @Option(
        help: ArgumentHelp(
            "The server may connect to this address, as '192.168.50.1:53/udp'; 127.0.0.1 and the host's own address are the "
                + "host's. It can be given several times; without it the server reaches nobody.",
            valueName: "address:port/tcp|udp"),
        transform: { text throws in try parsed { () throws(DoorError) in try ConnectDoor(text) } })
    public var connect: [ConnectDoor] = []

    /// Who may connect to the server.
    @Option(
        help: ArgumentHelp(
            "Others may connect to this port of the server, as '7911/tcp@192.168.50.0/24'; without @ anybody. With tftp the "
                + "server may answer from another port. It can be given several times; without it nobody reaches the server.",
            valueName: "[address:]port/tcp|udp|tftp[@from[+from]]"),
        transform: { text throws in try parsed { () throws(DoorError) in try PublishDoor(text) } })
    public var publish: [PublishDoor] = []

    /// How they come from the environment.
    public static let environment: [EnvironmentOption] = [.list("connect"), .list("publish")]

    /// No doors: nothing but DHCP passes.
    public init() {}

    /// Refuses what contradicts itself.
    public func validate() throws {
        _ = try Self.parsed { () throws(DoorError) in try Doors(connects: connect, publishes: publish) }
    }

    /// All of them.
    public var doors: Doors { (try? Doors(connects: connect, publishes: publish)) ?? .none }

    private static func parsed<Value>(_ parse: () throws(DoorError) -> Value) throws -> Value {
        do { return try parse() } catch { throw ValidationError(error.reason) }
    }
}

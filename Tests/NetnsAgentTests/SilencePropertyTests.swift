import Addresses
import Messages
import PacketTesting
import Testing

@testable import netns_agent

/// Many histories of a server, its clients and strangers on the LAN: who judges the server may not be led by the
/// strangers, and finds what is wrong with it in time.
@Suite("Whether a server is silent, in generated histories")
struct SilencePropertyTests {
    private static let seeds: [UInt64] = {
        let first = UInt64.random(in: 0 ..< .max / 2)
        print("histories from seed \(first)")
        return (0..<6).map { first + $0 }
    }()

    @Test(arguments: ServerKind.allCases, seeds)
    func `whatever strangers send, a server that works is not found silent`(kind: ServerKind, seed: UInt64) throws {
        var history = try History(kind, seed: seed, mayTakeLeases: true)
        history.run(seconds: 40)
        #expect(history.lan.verdict == nil, "seed \(seed)")
    }

    @Test(arguments: ServerKind.allCases, Fault.allCases.filter { $0 != .none })
    func `whatever strangers send, one that fails is found in time`(kind: ServerKind, fault: Fault) throws {
        for seed in Self.seeds.prefix(3) {
            var history = try History(kind, seed: seed, mayTakeLeases: false)
            history.run(seconds: 8)
            #expect(history.lan.verdict == nil, "seed \(seed)")
            history.lan.fault = fault
            history.run(seconds: 20)
            let verdict = try #require(history.lan.verdict, "seed \(seed)")
            let duration = history.threshold.duration
            // What is read after a ping that dnsmasq had begun is read three seconds later.
            let ping: UInt64 = kind == .dnsmasq ? 3_000_000 : 0
            // One that is mute is missed when enough have asked it; the others when they are sent anything.
            let start = history.lan.firstGiven ?? .max / 2
            let missed = history.lan.missed.values.sorted()
            let asked = missed.count >= 3 ? missed[2] : .max / 2
            let limit =
                switch fault {
                case .stopped: start + duration + 1_000_000
                case .hung: start + max(duration, 4_000_000) + 1_000_000
                default: asked + 3 * duration + ping
                }
            #expect(verdict.time <= limit, "seed \(seed): \(verdict.words) at \(verdict.time), first given at \(start)")
        }
    }
}

/// A LAN with something going on.
private struct History {
    var lan: SimulatedLAN
    let threshold: SilenceThreshold
    private var random: SplitMix64
    private var renewals: [[UInt8]] = []
    private var nextTurn: [UInt64] = []
    /// What strangers send.
    private var arsenal: [[UInt8]] = []
    private var intensity = 0
    private var weapons: [Int] = []
    /// How long clients wait until they ask again, in microseconds.
    private var pace: ClosedRange<UInt64> = 300_000...1_500_000

    init(_ kind: ServerKind, seed: UInt64, mayTakeLeases: Bool) throws {
        random = SplitMix64(seed: seed)
        threshold = try #require(SilenceThreshold(duration: 2_000_000, clients: 3))
        let count = Int.random(in: 3...8, using: &random)
        lan = SimulatedLAN(kind, clients: count, threshold, on: try #require(Station.network()))
        lan.abandons = mayTakeLeases && Bool.random(using: &random)
        (lan.informs, lan.hasAddresses) = (Bool.random(using: &random), Bool.random(using: &random))
        for client in 0..<count {
            let frame = Self.renewal(client, transaction: UInt32(client))
            lan.teach(frame, .renewal(client))
            renewals.append(frame)
            nextTurn.append(lan.now + .random(in: 0...500_000, using: &random))
        }
        for client in 0..<count { arm(client, mayTakeLeases) }
        for number in 0..<300 { arm(stranger: number) }
        // Everybody has an address before anything else happens. Then strangers may be alone for long.
        run(seconds: 2, withStrangers: false)
        if mayTakeLeases, Bool.random(using: &random) { pace = 15_000_000...60_000_000 }
        // A flood may keep what clients answer to ARP from the server.
        lan.areReachable = !mayTakeLeases || Bool.random(using: &random)
        for client in nextTurn.indices { nextTurn[client] = lan.now + .random(in: pace, using: &random) }
    }

    private static func message(_ type: UInt8?, _ client: Int, _ transaction: UInt32) -> DHCPLayer {
        let station = SimulatedLAN.station(client)
        let message = type.map { DHCPLayer.request($0, from: station) } ?? DHCPLayer(operation: 1, client: station)
        return message.setting(\.transactionIdentifier, to: transaction).option(12, Array("client".utf8))
    }

    private static func frame(_ message: DHCPLayer, from source: IPv4Address = .unspecified) -> [UInt8] {
        message.udp().ipv4(from: source, to: .broadcast).ethernet(from: Station.client, to: .broadcast).bytes
    }

    private static func renewal(_ client: Int, transaction: UInt32, secs: UInt16 = 0) -> [UInt8] {
        let address = SimulatedLAN.address(client)
        let message = message(3, client, transaction).setting(\.clientAddress, to: address).setting(\.secs, to: secs)
        return frame(message, from: address)
    }

    private mutating func add(_ frame: [UInt8], _ content: Content) {
        lan.teach(frame, content)
        arsenal.append(frame)
    }

    /// What strangers say in the name of a client.
    private mutating func arm(_ client: Int, _ mayTakeLeases: Bool) {
        let (address, other) = (SimulatedLAN.address(client), SimulatedLAN.address((client + 1) % lan.clientCount))
        let transaction = UInt32(client)
        for secs: UInt16 in [0, 99, .max] {
            add(Self.renewal(client, transaction: transaction, secs: secs), .renewal(client))
            add(Self.frame(Self.message(nil, client, transaction).setting(\.secs, to: secs)), .nothing)
        }
        let renewal = Self.message(3, client, transaction).setting(\.clientAddress, to: address)
        // Of a class that is denied; for another's address; for another server; with a source that no kernel takes.
        add(Self.frame(renewal.option(60, Array("denied".utf8)), from: address), .nothing)
        add(Self.frame(renewal.setting(\.clientAddress, to: other), from: other), .nothing)
        add(
            Self.frame(Self.message(3, client, transaction).option(54, [9, 9, 9, 9]).option(50, [1, 2, 3, 4])), .nothing
        )
        add(Self.frame(renewal, from: SimulatedLAN.host), .nothing)
        add(Self.frame(renewal.setting(\.relayAddress, to: IPv4Address(10, 0, 0, 1))), .nothing)
        add(Self.frame(Self.message(1, client, transaction).option(60, Array("denied".utf8))), .nothing)
        add(Self.frame(Self.message(8, client, transaction).setting(\.clientAddress, to: address)), .inform)
        add(Self.frame(Self.message(1, client, transaction)), .rediscover(client))
        guard mayTakeLeases else { return }
        for isValid in [true, false] {
            let release = Self.message(7, client, transaction).setting(\.clientAddress, to: address)
            let frame = Self.frame(isValid ? release : release.option(61, [9]), from: address)
            add(frame, .release(client, isValid: isValid))
        }
    }

    private mutating func arm(stranger number: Int) {
        let content: [(UInt8?, Content)] = [(nil, .nothing), (1, .discover), (8, .inform), (3, .nothing)]
        let (type, meaning) = content[number % content.count]
        let message = Self.message(type, 1_000 + number, .random(in: .min ... .max, using: &random))
        add(Self.frame(message.setting(\.secs, to: .random(in: .min ... .max, using: &random))), meaning)
    }

    mutating func run(seconds: UInt64, withStrangers: Bool = true) {
        let end = lan.now + seconds * 1_000_000
        while lan.now < end, lan.verdict == nil {
            for client in renewals.indices where lan.now >= nextTurn[client] {
                lan.send(renewals[client])
                lan.noteDemand(of: client)
                nextTurn[client] = lan.now + .random(in: pace, using: &random)
            }
            if withStrangers { attack() }
            lan.advance()
        }
    }

    /// Now and then strangers change what they send, and how much.
    private mutating func attack() {
        if Int.random(in: 0..<200, using: &random) == 0 {
            intensity = [0, 1, 4, 12].randomElement(using: &random) ?? 0
            let count = [1, 2, 5, arsenal.count].randomElement(using: &random) ?? 1
            weapons = (0..<count).map { _ in Int.random(in: arsenal.indices, using: &random) }
        }
        for _ in 0..<intensity {
            if let weapon = weapons.randomElement(using: &random) { lan.send(arsenal[weapon]) }
        }
    }
}

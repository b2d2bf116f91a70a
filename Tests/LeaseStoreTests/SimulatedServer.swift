import Addresses
import Messages
import PacketTesting

/// A server with fewer addresses than it has clients, and what it knows of its leases.
///
/// All clients talk at once: their exchanges overlap. Time only goes on.
struct SimulatedServer {
    /// Who had which address from when until when: the truth, which is only the server's to know.
    struct Holding: Hashable, CustomStringConvertible {
        var address: IPv4Address
        var client: MACAddress
        var from: UInt64
        var until: UInt64

        var description: String { "\(address) \(client) \(from) \(until)" }
    }

    private static let firstAddress = IPv4Address(192, 168, 50, 100).rawValue
    private let addressCount: UInt32 = 48
    private let clients: [Client]
    private(set) var history: [Holding] = []
    /// Of each client, its place in the history while it has an address.
    private var current: [Int: Int] = [:]
    private var waking: [(time: UInt64, client: Int)]
    var numbers: Numbers

    init(clients count: Int, seed: UInt64) {
        numbers = Numbers(seed: seed)
        clients = (0..<count).map { number in
            let address: [UInt8] = [2, 0, 0x5E, 0x20, 0, UInt8(number)]
            return Client(
                hardwareAddress: MACAddress(rawValue: 0x0200_5E20_0000 + UInt64(number)),
                identifier: number % 2 == 0 ? [1] + address : nil,
                hostName: number % 3 == 0 ? "host-\(number)" : nil, transaction: UInt32(number) << 8)
        }
        // All within the time of one exchange.
        waking = (0..<count).map { (UInt64.noon + UInt64($0) * 100, $0) }
    }

    /// Lets a client do something, `count` times; gives all packets in the order in which they are seen.
    mutating func run(_ count: Int) -> [Messages.Record] {
        var packets: [(UInt64, Messages.Record)] = []
        for _ in 0..<count {
            waking.sort { $0.time > $1.time }
            guard let (time, client) = waking.popLast() else { break }
            let (records, sleep) = act(client, at: time)
            packets += records.map { ($0.capturedAt, $0) }
            waking.append((time + sleep, client))
        }
        return packets.enumerated().sorted { ($0.1.0, $0.0) < ($1.1.0, $1.0) }.map { $0.1.1 }
    }

    /// What a client and the server say to each other, and for how long the client is silent then.
    private mutating func act(_ number: Int, at time: UInt64) -> ([Messages.Record], UInt64) {
        let client = clients[number]
        let sleep = UInt64.random(in: 1...40, using: &numbers) * .second
        guard let place = current[number], history[place].until > time + 5_000 else {
            return (bind(number, at: time), sleep)
        }
        let address = history[place].address
        switch Int.random(in: 0..<8, using: &numbers) {
        case 0:
            end(number, at: time)
            return ([client.release(address, at: time)], sleep)
        case 1:
            end(number, at: time)
            return ([client.decline(address, at: time)], sleep)
        case 2: return (bind(number, at: time), sleep)  // The server has forgotten it, and gives it another address.
        case 3: return ([client.inform(address, at: time), client.ack(.unspecified, for: nil, at: time + 1)], sleep)
        default:
            let seconds = someSeconds()
            history[place].until = time + 1_000 + UInt64(seconds) * .second
            let renewal = client.renew(address, at: time)
            let ack = client.ack(address, for: seconds, at: time + 1_000)
            return (numbers.happens(onceIn: 4) ? [renewal, renewal, ack] : [renewal, ack], sleep)
        }
    }

    private mutating func bind(_ number: Int, at time: UInt64) -> [Messages.Record] {
        let client = clients[number]
        // A lease that ends while the exchange is under way is not free for it.
        let taken = Set(history.filter { $0.until + 5_000 > time }.map(\.address.rawValue))
        let free = (0..<addressCount).map { Self.firstAddress + $0 }.filter { !taken.contains($0) }
        guard let raw = free.randomElement(using: &numbers) else { return [client.discover(at: time)] }
        let address = IPv4Address(rawValue: raw)
        let seconds = someSeconds()
        let packets = client.exchange(address, for: seconds, at: time)
        end(number, at: time + 3_000)
        current[number] = history.count
        history.append(
            Holding(
                address: address, client: client.hardwareAddress, from: time + 3_000,
                until: time + 3_000 + UInt64(seconds) * .second))
        return packets
    }

    private mutating func someSeconds() -> UInt32 { .random(in: 20...120, using: &numbers) }

    private mutating func end(_ number: Int, at time: UInt64) {
        guard let place = current.removeValue(forKey: number) else { return }
        history[place].until = min(history[place].until, time)
    }
}

extension Messages.Record {
    fileprivate var capturedAt: UInt64 {
        guard case .packet(let packet) = self else { return 0 }
        return packet.capturedAt
    }
}

import Addresses
import LeaseStore
import Messages
import PacketTesting
import Testing

/// A few clients on two LANs that do whatever can be done, seen through a recorder to which anything happens.
private struct Turmoil {
    /// What is stored of one step, and what somebody who sees it writes down.
    struct Step {
        var records: [Messages.Record]
        var note: (inout LeaseModel) -> Void
    }

    var numbers: Numbers
    private(set) var time = UInt64.noon
    private var transaction: UInt32 = 0

    init(seed: UInt64) {
        numbers = Numbers(seed: seed)
    }

    /// Time goes on, packets come late, and now and then somebody sets the clock by a day.
    mutating func goOn() {
        time += .random(in: 0...30, using: &numbers) * .second
        time -= .random(in: 0...10, using: &numbers) * .second
        if numbers.happens(onceIn: 40) { time = Bool.random(using: &numbers) ? time + 24 * .hour : time - 24 * .hour }
    }

    mutating func step() -> Step {
        let client = someClient()
        let address = IPv4Address(192, 168, 50, .random(in: 101...105, using: &numbers))
        switch Int.random(in: 0..<13, using: &numbers) {
        case 0...1: return returned(client, address, as: "released")
        case 2...3: return returned(client, address, as: "declined")
        case 4:
            let note = grant(client, address, for: nil, isHeard: false)
            return Step(records: [client.bootReply(address, at: time)], note: note)
        case 5: return answered(client, address, client.inform(address, at: time), isInform: true)
        case 6: return Step(records: [client.offer(address, at: time), client.nak(at: time)], note: { _ in })
        default: return answered(client, address, client.request(address, at: time), isInform: false)
        }
    }

    private mutating func someClient() -> Client {
        let stations = [Station.client, Station.stranger, Station.router]
        let identifiers: [[UInt8]?] = [nil, nil, [0xFF, 1], [0xFF, 2]]
        transaction += 1
        var client = Client(transaction: transaction)
        client.hardwareAddress = stations[Int.random(in: 0..<3, using: &numbers)]
        client.hardwareType = numbers.happens(onceIn: 8) ? 6 : 1
        client.identifier = identifiers[Int.random(in: 0..<4, using: &numbers)]
        client.interface = Bool.random(using: &numbers) ? "ens34" : "ens35"
        client.relay = numbers.happens(onceIn: 4) ? Station.routerAddress : .unspecified
        return client
    }

    /// A request and its ACK, of which each can be lost on its way to the recorder.
    private mutating func answered(
        _ client: Client, _ address: IPv4Address, _ request: Messages.Record, isInform: Bool
    ) -> Step {
        let seconds = ([0, 10, 60, 60, 600, 100_000, .max] as [UInt32]).randomElement(using: &numbers) ?? 60
        let isHeard = !numbers.happens(onceIn: 10)
        guard !numbers.happens(onceIn: 10) else { return Step(records: isHeard ? [request] : [], note: { _ in }) }
        let ack = client.ack(address, for: seconds, at: time)
        // An ACK with an address and a time is a lease, whatever was asked; but who called himself so did not ask for it.
        let note = grant(client, address, for: seconds, isHeard: isHeard && !isInform)
        return Step(records: isHeard ? [request, ack] : [ack], note: note)
    }

    private func grant(
        _ client: Client, _ address: IPv4Address, for seconds: UInt32?, isHeard: Bool
    ) -> (inout LeaseModel) -> Void {
        let end = seconds.flatMap { $0 == .max ? nil : time + UInt64($0) * .second }
        let entry = LeaseModel.Entry(
            interface: client.interface, address: address,
            relay: client.isBooting(seconds) ? .unspecified : client.relay,
            holder: LeaseModel.Holder(
                hardwareType: client.hardwareType, hardwareAddress: client.hardwareAddress,
                identifier: isHeard ? client.identifier : nil),
            isIdentifierHeard: isHeard, boundAt: time, expiresAt: end)
        return { $0.grant(entry) }
    }

    private mutating func returned(_ client: Client, _ address: IPv4Address, as state: String) -> Step {
        var client = client
        if !numbers.happens(onceIn: 4) { client.relay = .unspecified }
        let time = time
        let record =
            state == "released" ? client.release(address, at: time) : client.decline(address, at: time)
        let holder = LeaseModel.Holder(
            hardwareType: client.hardwareType, hardwareAddress: client.hardwareAddress, identifier: client.identifier)
        return Step(
            records: [record],
            note: { [client] in
                $0.giveBack(
                    address, on: client.interface, through: client.relay, by: holder, as: state, at: time)
            })
    }
}

extension Client {
    /// The BOOTP replies of the tests name no relay agent.
    fileprivate func isBooting(_ seconds: UInt32?) -> Bool { seconds == nil }
}

@Suite struct LeaseModelTests {
    private let database: TemporaryDatabase

    init() throws {
        database = try TemporaryDatabase()
    }

    private var table: [String] {
        get throws {
            try database.rows(
                """
                SELECT interface, address, hardware_type, client_mac, client_identifier, relay_address, state, bound_at, renewed_at,
                expires_at, ended_at FROM leases ORDER BY id
                """)
        }
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func `whatever clients, clock and recorder do, the table is what somebody would have written down`(
        seed: UInt64
    ) throws {
        var turmoil = Turmoil(seed: seed)
        var model = LeaseModel()
        var store = try LeaseStore(path: database.path)
        for step in 1...300 {
            turmoil.goOn()
            if turmoil.numbers.happens(onceIn: 8) {
                model.look(at: turmoil.time)
                try store.expireLeases(at: turmoil.time)
            }
            if turmoil.numbers.happens(onceIn: 50) {
                try store.close()
                store = try LeaseStore(path: database.path)
            }
            let happened = turmoil.step()
            try database.store(happened.records, in: store, twice: turmoil.numbers.happens(onceIn: 10))
            happened.note(&model)
            if step % 20 == 0 { try #require(try table == model.texts, "step \(step)") }
        }
        #expect(model.entries.count > 80)
        #expect(Set(model.entries.map(\.state)) == ["bound", "released", "declined", "expired", "superseded"])
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `of 64 clients at once, everybody held what the server says that they held`(seed: UInt64) throws {
        var server = SimulatedServer(clients: 64, seed: seed)
        var store = try LeaseStore(path: database.path)
        for round in 0..<40 {
            try database.store(server.run(50), in: store, twice: round % 7 == 0)
            if round % 9 == 0 { try store.expireLeases(at: .noon + UInt64(round) * .second) }
            if round % 11 == 0 {
                try store.close()
                store = try LeaseStore(path: database.path)
            }
        }
        let table = try database.rows(
            "SELECT address, client_mac, bound_at, coalesce(ended_at, expires_at) FROM leases ORDER BY bound_at, address"
        )
        let truth = server.history.sorted { ($0.from, $0.address.description) < ($1.from, $1.address.description) }
        #expect(table.difference(from: truth.map(\.description)).map { "\($0)" } == [])
        #expect(table.count > 500)
    }
}

internal import Addresses
internal import GRDB
internal import Messages
internal import Packet

/// The `leases` table within one transaction: looks up what a decision needs, and carries it out.
struct LeaseTable {
    private let database: Database
    private let statements: LeaseStatements
    /// What is known of earlier packets.
    private(set) var memory: LeaseMemory

    init(_ database: Database, remembering memory: LeaseMemory = LeaseMemory()) throws {
        self.database = database
        self.memory = memory
        statements = try LeaseStatements(database)
    }

    /// Another server may serve from now on.
    mutating func note(_ start: StartRecord) {
        memory.server = LeaseServer(command: start.serverCommand)
    }

    /// Changes the leases as `packet` says.
    mutating func apply(_ packet: ObservedPacket) throws {
        memory.note(packet)
        if packet.mayConcernLeases {
            try applyEvent(of: packet)
        } else if packet.direction == .toClient, packet.message?.messageType == .nak, packet.verdict == .forwarded {
            try applyDenial(packet)
        }
    }

    private mutating func applyEvent(of packet: ObservedPacket) throws {
        guard let message = packet.message else { return }
        guard let address = message.yourAddress, packet.direction == .toClient else {
            if let event = memory.event(packet, answering: nil) { try apply(event, nil) }
            return
        }
        let newest = try newest(address, on: packet.interface)
        let holder = newest.flatMap { $0.isHeld(at: packet.capturedAt) ? $0.client : nil }
        let entry = memory.requests.answer(message, at: packet.capturedAt, on: packet.interface, heldBy: holder)
        guard let event = memory.event(packet, answering: entry?.request) else { return }
        try apply(event, newest)
        guard case .granted(let grant) = event, let entry else { return }
        for giveBack in memory.claims(about: grant, after: entry) { try apply(.returned(giveBack), nil) }
    }

    /// - Parameter newest: the newest row of the address, if it was looked up already.
    private mutating func apply(_ event: LeaseEvent, _ newest: Lease?) throws {
        let newest = try newest ?? self.newest(event.address, on: event.interface)
        if case .granted(let grant) = event { try addNetwork(of: grant) }
        try apply(event.changes(to: try leases(concernedBy: event, newest), by: memory.server))
    }

    private mutating func applyDenial(_ packet: ObservedPacket) throws {
        guard let message = packet.message,
            let request = memory.requests.settle(message, at: packet.capturedAt, on: packet.interface),
            let denial = LeaseDenial(packet, answering: request, by: memory.server)
        else { return }
        try apply(denial.changes(to: try held(by: denial.client, at: denial.deniedAt, on: packet.interface)))
    }

    /// Of a renewal, its row; of all else, the newest row of the address and what else the client holds.
    private func leases(concernedBy event: LeaseEvent, _ newest: Lease?) throws -> [Lease] {
        let atAddress = newest.map { [$0] } ?? []
        if case .granted(let grant) = event, atAddress.contains(where: { grant.isRenewal(of: $0, by: memory.server) }) {
            return atAddress
        }
        let ofClient = try held(by: event.client, at: event.time, on: event.interface)
        return atAddress + ofClient.filter { $0.id != newest?.id }
    }

    /// The newest row of an address: only that one can still be held.
    private func newest(_ address: IPv4Address, on interface: String) throws -> Lease? {
        try statements.newestAtAddress.first(
            { row in
                row.add(address.description)
                row.add(interface)
            }, read: Lease.init)
    }

    /// What a client holds, by its hardware address or its identifier, in the order in which it got it.
    private func held(by client: LeaseClient, at time: Int64, on interface: String) throws -> [Lease] {
        var leases: [Lease] = []
        if let address = client.hardwareAddress {
            leases += try held(by: address, statements.ofHardwareAddress, at: time, on: interface)
        }
        if let identifier = client.identifier {
            leases += try held(by: identifier, statements.ofIdentifier, at: time, on: interface)
        }
        var seen: Set<Int64> = []
        return leases.filter { seen.insert($0.id).inserted }.sorted { $0.id < $1.id }
    }

    private func held(
        by client: String, _ statement: RowStatement, at time: Int64, on interface: String
    ) throws -> [Lease] {
        try statement.all(
            { row in
                row.add(client)
                row.add(time)
                row.add(interface)
            }, read: Lease.init)
    }

    private func apply(_ changes: [LeaseChange]) throws {
        for change in changes { try apply(change) }
    }

    private func apply(_ change: LeaseChange) throws {
        switch change {
        case .bind(let grant): try bind(grant)
        case .renew(let id, let grant): try renew(id, grant)
        case .end(let id, let state, let time):
            try statements.end.execute { row in
                row.add(state.rawValue)
                row.add(time)
                row.add(id)
            }
        }
    }

    /// Triggers count what is held in a network that has a row.
    private mutating func addNetwork(of grant: LeaseGrant) throws {
        guard memory.isNewNetwork(grant) else { return }
        try statements.addNetwork.execute { row in
            row.add(grant.interface)
            row.add(grant.relayAddress?.description)
            row.add(grant.grantedAt)
        }
    }

    private func bind(_ grant: LeaseGrant) throws {
        try statements.bind.execute { row in
            row.add(grant.address.description)
            row.add(grant.interface)
            row.add(grant.grantedAt)
            row.add(grant.expiresAt)
            row.add(Int64(grant.client.hardwareType))
            row.add(grant.client.hardwareAddress)
            row.add(grant.client.identifier)
            row.add(grant)
        }
    }

    private func renew(_ id: Int64, _ grant: LeaseGrant) throws {
        try statements.renew.execute { row in
            row.add(id)
            row.add(grant.grantedAt)
            row.add(grant.expiresAt)
            row.add(grant)
        }
    }
}

extension RowValues {
    /// What may be another with each grant.
    fileprivate mutating func add(_ grant: LeaseGrant) {
        add(grant.hostName)
        add(grant.serverIdentifier?.description)
        add(grant.relayAddress?.description)
    }
}

extension Lease {
    /// The row as `LeaseStatements` selects it.
    fileprivate init(_ row: RowColumns) throws {
        guard let id = row.number(0), let address = row.text(1).flatMap(IPv4Address.init),
            let interface = row.text(5), let state = row.text(7).flatMap(LeaseState.init)
        else { throw LeaseStoreError.failed(reason: "row \(row.number(0) ?? 0) of the table leases is damaged") }
        self.init(
            id: id, address: address,
            client: LeaseClient(
                hardwareType: UInt8(clamping: row.number(9) ?? 1), hardwareAddress: row.text(2),
                identifier: row.text(3)),
            serverIdentifier: row.text(4).flatMap(IPv4Address.init), interface: interface,
            relayAddress: row.text(6).flatMap(IPv4Address.init), state: state, expiresAt: row.number(8))
    }
}

internal import Addresses
internal import GRDB
internal import Messages
internal import Packet

/// The `leases` table within one transaction: looks up what a decision needs, and carries it out.
struct LeaseTable {
    private let database: Database
    private let statements: LeaseStatements
    /// The requests of this transaction: nearly always, the one that a reply answers is among them.
    private var requests: [Exchange: LeaseRequest] = [:]

    /// What the messages of an exchange have in common.
    private struct Exchange: Hashable {
        let transactionIdentifier: UInt32
        let hardwareAddress: String?
        let interface: String

        init(_ message: ObservedMessage, on interface: String) {
            transactionIdentifier = message.transactionIdentifier
            hardwareAddress = message.client.hardwareAddress
            self.interface = interface
        }
    }

    init(_ database: Database) throws {
        self.database = database
        statements = try LeaseStatements(database)
    }

    /// Changes the leases as `packet` says.
    ///
    /// The packet itself must be in the database already.
    mutating func apply(_ packet: ObservedPacket) throws {
        if let message = packet.message, let request = LeaseRequest(packet) {
            requests[Exchange(message, on: packet.interface)] = request
        }
        guard packet.mayConcernLeases, let event = LeaseEvent(packet, request: try request(answeredBy: packet)) else {
            return
        }
        for change in event.changes(to: try leases(concernedBy: event)) { try apply(change) }
    }

    /// The latest message with which the client began or continued the transaction that `packet` answers.
    private func request(answeredBy packet: ObservedPacket) throws -> LeaseRequest? {
        guard packet.direction == .toClient, let message = packet.message else { return nil }
        if let request = requests[Exchange(message, on: packet.interface)] { return request }
        return try statements.request.first { row in
            row.add(message.transactionText)
            row.add(message.client.hardwareAddress)
            row.add(packet.interface)
        } read: { row in
            LeaseRequest(
                isInform: row.text(0) == DHCPMessageType.inform.description, clientIdentifier: row.text(1),
                hostName: row.text(2))
        }
    }

    private func leases(concernedBy event: LeaseEvent) throws -> [Lease] {
        let atAddress = try atAddress(event.address, interface: event.interface)
        guard case .granted(let grant) = event, !atAddress.contains(where: grant.isRenewal(of:)) else {
            return atAddress
        }
        var leases = atAddress
        if let address = grant.client.hardwareAddress {
            leases += try held(by: address, statements.ofHardwareAddress, grant)
        }
        if let identifier = grant.client.identifier {
            leases += try held(by: identifier, statements.ofIdentifier, grant)
        }
        var seen: Set<Int64> = []
        return leases.filter { seen.insert($0.id).inserted }
    }

    /// The newest row: only that one can still be held.
    private func atAddress(_ address: IPv4Address, interface: String) throws -> [Lease] {
        try statements.newestAtAddress.all(
            { row in
                row.add(address.description)
                row.add(interface)
            }, read: Lease.init)
    }

    private func held(by client: String, _ statement: RowStatement, _ grant: LeaseGrant) throws -> [Lease] {
        try statement.all(
            { row in
                row.add(client)
                row.add(grant.grantedAt)
                row.add(grant.interface)
            }, read: Lease.init)
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

    private func bind(_ grant: LeaseGrant) throws {
        try statements.bind.execute { row in
            row.add(grant.address.description)
            row.add(grant.interface)
            row.add(grant.grantedAt)
            row.add(grant.expiresAt)
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
    /// What a server says of a client with each grant.
    fileprivate mutating func add(_ grant: LeaseGrant) {
        add(grant.client.hardwareAddress)
        add(grant.client.identifier)
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
            id: id, address: address, client: LeaseClient(hardwareAddress: row.text(2), identifier: row.text(3)),
            serverIdentifier: row.text(4).flatMap(IPv4Address.init), interface: interface,
            relayAddress: row.text(6).flatMap(IPv4Address.init), state: state, expiresAt: row.number(8))
    }
}

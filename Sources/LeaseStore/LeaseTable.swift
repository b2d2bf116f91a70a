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
        memory.noteStart(of: start.serverCommand)
    }

    /// Changes the leases as `packet` says.
    mutating func apply(_ packet: ObservedPacket) throws {
        let claim = memory.note(packet)
        guard packet.verdict == .forwarded, let message = packet.message else { return }
        if packet.direction == .toServer {
            if let claim { try self.claim(claim, order: memory.count) }
        } else if packet.mayConcernLeases {
            try applyGrant(packet, message)
        } else if message.messageType == .nak {
            try applyDenial(packet, message)
        } else if message.messageType == .offer {
            try applyOffer(packet, message)
        }
    }

    private mutating func applyGrant(_ packet: ObservedPacket, _ message: ObservedMessage) throws {
        guard let address = message.yourAddress else { return }
        let newest = try newest(address, on: packet.interface)
        let holder = newest.flatMap { $0.isHeld(at: packet.capturedAt) ? $0.client : nil }
        let entry = memory.requests.answer(
            message, at: packet.capturedAt, on: packet.interface, by: memory.known, heldBy: holder)
        guard let event = memory.event(packet, answering: entry?.request), case .granted(let grant) = event else {
            return
        }
        guard let entry else { return try apply(event) }
        let claims = claims(about: grant, after: entry).map { $0.notBefore(event) }
        try perform(before: claims, since: entry, on: packet.interface) { try $0.apply(event) }
    }

    /// What is offered is no lease, but dhcpd goes by it when the address is given back.
    private mutating func applyOffer(_ packet: ObservedPacket, _ message: ObservedMessage) throws {
        guard
            let entry = memory.requests.settle(
                message, at: packet.capturedAt, on: packet.interface, by: memory.known),
            memory.known.server == .dhcpd, message.yourAddress != nil
        else { return }
        let offer = memory.known.offer(message, in: packet, to: entry.request)
        let claims = claims(about: offer, after: entry)
        try perform(before: claims, since: entry, on: packet.interface) { $0.memory.known.leases.offer(offer) }
    }

    private mutating func applyDenial(_ packet: ObservedPacket, _ message: ObservedMessage) throws {
        guard
            let entry = memory.requests.settle(
                message, at: packet.capturedAt, on: packet.interface, by: memory.known),
            let search = LeaseSearch(packet, answering: entry.request, by: memory.known.server)
        else { return }
        let claims = memory.claims(
            about: entry.request.requestedAddress, by: search.client, on: packet.interface, after: entry)
        try perform(before: claims, since: entry, on: packet.interface) { try $0.apply(.searched(search)) }
    }

    private func claims(about grant: LeaseGrant, after entry: PendingRequests.Entry) -> [LeaseMemory.Claim] {
        memory.claims(about: grant.address, by: grant.client, on: grant.interface, after: entry)
    }

    /// Carries out what the server did with a request, and behind it what it has read since: `claims` and all that has
    /// ended a lease.
    private mutating func perform(
        before claims: [LeaseMemory.Claim], since entry: PendingRequests.Entry, on interface: String,
        _ action: (inout LeaseTable) throws -> Void
    ) throws {
        let undone = memory.takeClaims(after: entry, on: interface)
        for claim in undone { try undo(claim) }
        try action(&self)
        let orders = Set(claims.map(\.order))
        for claim in (undone.filter { !orders.contains($0.order) } + claims).sorted(by: { $0.order < $1.order }) {
            try self.claim(claim.event, order: claim.order)
        }
    }

    /// Carries out a claim, and remembers what it has ended.
    private mutating func claim(_ event: LeaseEvent, order: Int) throws {
        let event = memory.known.completing(event)
        let leases = try leases(concernedBy: event)
        let changes = event.changes(to: leases, by: memory.known.server)
        for change in changes {
            guard case .end(let id, _, _) = change, let lease = leases.first(where: { $0.id == id }) else { continue }
            let before = memory.known.leases.snapshot(of: lease.address, on: lease.interface)
            memory.note(LeaseMemory.Claim(event: event, order: order, row: id, before: before), on: event.interface)
            try apply(change, to: leases)
        }
        guard changes.isEmpty, case .returned(let giveBack) = event, let holder = giveBack.holder,
            memory.known.server.forgets(giveBack, of: holder)
        else { return }
        let before = memory.known.leases.snapshot(of: giveBack.address, on: giveBack.interface)
        memory.note(LeaseMemory.Claim(event: event, order: order, before: before), on: event.interface)
        memory.known.leases.end(giveBack.address, on: giveBack.interface, giveBack.state, at: giveBack.returnedAt)
    }

    private mutating func undo(_ claim: LeaseMemory.Claim) throws {
        if let row = claim.row { try statements.goOn.execute { $0.add(row) } }
        if let before = claim.before { memory.known.leases.restore(before) }
    }

    private mutating func apply(_ event: LeaseEvent) throws {
        let event = memory.known.completing(event)
        let leases = try leases(concernedBy: event)
        let grant: LeaseGrant? = if case .granted(let grant) = event { grant } else { nil }
        if let grant { try addNetwork(of: grant) }
        let changes = event.changes(to: leases, by: memory.known.server)
        for change in changes { try apply(change, of: grant, to: leases) }
        // Kea removes what it finds for a client that gets another address also when the time of that is over.
        guard memory.known.server == .kea, case .bind(let grant)? = changes.last else { return }
        for lease in leases where lease.address != grant.address && !lease.isHeld(at: grant.grantedAt) {
            memory.known.leases.end(lease.address, on: lease.interface, .superseded, at: grant.grantedAt)
        }
    }

    /// What the server finds for the client, and the newest row of the address; of most renewals the latter alone.
    private func leases(concernedBy event: LeaseEvent) throws -> [Lease] {
        let newest = try event.address.flatMap { try self.newest($0, on: event.interface) }
        if case .granted(let grant) = event, memory.known.server != .dhcpd,
            let newest, grant.isRenewal(of: newest, by: memory.known.server)
        {
            return [newest]
        }
        let found = try found(by: event)
        return found.filter { $0.id != newest?.id } + (newest.map { [$0] } ?? [])
    }

    /// What the server finds for a client: the one lease that it goes by, if that is known, and else what it may hold.
    private func found(by event: LeaseEvent) throws -> [Lease] {
        let known = memory.known.leases
        if case .searched(let search) = event, case .inside(_, let wanted) = search.scope,
            !known.isAvailable(wanted, to: search.client, on: search.interface, at: search.searchedAt / 1_000_000)
        {
            return []
        }
        let found = known.found(for: event.client, on: event.interface, at: event.time) { isLooked(at: $0, by: event) }
        guard let found, memory.known.server != .other else {
            let held = try held(by: event.client, at: event.time, on: event.interface)
            return memory.known.server == .dnsmasq ? held.reversed() : held
        }
        guard found.address != event.address, let lease = try newest(found.address, on: event.interface) else {
            return []
        }
        return [lease.held(by: found.client)]
    }

    /// Whether the server goes by what a client has of an address.
    private func isLooked(at address: IPv4Address, by event: LeaseEvent) -> Bool {
        switch event {
        case .granted(let grant): memory.known.server == .dnsmasq || grant.isNear(address)
        case .returned: true
        case .searched(let search):
            if case .inside(let network, _) = search.scope { network.contains(address) } else { true }
        }
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

    /// - Parameter grant: of what the change is a part.
    private mutating func apply(_ change: LeaseChange, of grant: LeaseGrant? = nil, to leases: [Lease]) throws {
        switch change {
        case .bind(let grant):
            try bind(grant)
            memory.known.leases.give(grant)
        case .renew(let id, var grant):
            try renew(id, grant)
            if let lease = leases.first(where: { $0.id == id }) { grant.client = lease.client }
            memory.known.leases.give(grant)
        case .end(let id, let state, let time):
            try statements.end.execute { row in
                row.add(state.rawValue)
                row.add(time)
                row.add(id)
            }
            // What another gets instead the server has had without a break.
            guard let lease = leases.first(where: { $0.id == id }), lease.address != grant?.address else { return }
            memory.known.leases.end(lease.address, on: lease.interface, state, at: time)
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

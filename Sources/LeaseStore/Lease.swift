internal import Addresses

/// What has become of a lease; the raw value is what the `leases` table holds.
enum LeaseState: String, CaseIterable, Sendable {
    /// The client may use the address.
    case bound
    /// The client gave the address back.
    case released
    /// The client found the address in use by somebody else.
    case declined
    /// The time was over before the client renewed it.
    case expired
    /// The address went to another client, or the client to another address.
    case superseded
}

/// Who holds a lease, written the way the database has it.
struct LeaseClient: Hashable, Sendable {
    /// The kind of hardware address (`htype`); 1 is Ethernet.
    ///
    /// The same bytes of another kind are another client (RFC 2131, section 4.2).
    var hardwareType: UInt8 = 1
    /// The hardware address (`chaddr`); nothing when it has no bytes.
    var hardwareAddress: String?
    /// The client identifier (option 61), if the client sends one.
    var identifier: String?

    /// Whether both are the same client by the standard: the client identifier decides when both have one, and the kind
    /// and bytes of the hardware address otherwise (RFC 2131, section 4.2).
    func isSame(as other: LeaseClient) -> Bool {
        if let identifier, let otherIdentifier = other.identifier { return identifier == otherIdentifier }
        return hardwareAddress != nil && hasHardware(of: other)
    }

    /// Whether both have the same hardware address of the same kind.
    func hasHardware(of other: LeaseClient) -> Bool {
        hardwareAddress == other.hardwareAddress && hardwareType == other.hardwareType
    }
}

/// A row of the `leases` table, as far as decisions need it.
struct Lease: Hashable, Sendable {
    let id: Int64
    let address: IPv4Address
    let client: LeaseClient
    let serverIdentifier: IPv4Address?
    let interface: String
    /// The relay agent through which the client was reached when it got the address.
    let relayAddress: IPv4Address?
    let state: LeaseState
    /// In microseconds since the Unix epoch; nothing when the lease never ends.
    let expiresAt: Int64?

    /// The lease, with another client.
    func held(by client: LeaseClient) -> Lease {
        Lease(
            id: id, address: address, client: client, serverIdentifier: serverIdentifier, interface: interface,
            relayAddress: relayAddress, state: state, expiresAt: expiresAt)
    }

    /// Whether the client held the address at `time`.
    ///
    /// A row can be marked as expired although its time has not come: packets arrive late when the recorder was away,
    /// and the clock can be set back. What the packet says counts, so such a lease is still held.
    func isHeld(at time: Int64) -> Bool {
        switch state {
        case .bound: expiresAt.map { $0 > time } ?? true
        case .expired: expiresAt.map { $0 > time } ?? false
        case .released, .declined, .superseded: false
        }
    }
}

/// A change to the `leases` table.
enum LeaseChange: Hashable, Sendable {
    /// A new row.
    case bind(LeaseGrant)
    /// The row goes on, with what the server said now.
    case renew(id: Int64, LeaseGrant)
    /// The row becomes history.
    case end(id: Int64, LeaseState, at: Int64)
}

internal import Addresses

/// What the server has in its memory of each address, as far as its replies tell: which lease it finds for a client.
///
/// A client, or several with one identifier, can have more than one address, and what had one before can still be in the
/// server's lists. The server goes by the first that it finds there; each has its own order:
///
/// - dhcpd keeps a list for each identifier. A lease stays in it when it ends, and an OFFER puts one into it; where it is
///   put depends on what it was before and until when (mdb.c, `client_lease_preferred`).
/// - Kea finds the lease that has had the identifier, or the hardware address, for longest (memfile's indexes), also if its
///   time is over and nobody has had the address since. One exception: `listsKeptInPlace`.
/// - dnsmasq finds the address that was taken last.
///
/// What is kept is bounded: `addresses` of them, and `leasesOfClient` in each list. Of others the table `leases` tells.
struct ServerLeases: Sendable {
    static let addresses = 8192
    static let leasesOfClient = 64
    /// The end of dhcpd's time, and what it says of what does not end.
    private static let lastSecond = Int64(Int32.max)
    /// When a lease ends that does not, in seconds since the Unix epoch.
    var never: Int64 { server == .dhcpd ? Self.lastSecond : .max }
    /// For how long dhcpd keeps what it offers.
    private static let offerSeconds: Int64 = 120
    /// For how long it gives an address to nobody that was declined, if its configuration does not say otherwise.
    private static let abandonedSeconds: Int64 = 86_400
    private static let nobody = LeaseClient(hardwareType: 0)

    struct Place: Hashable, Sendable {
        let address: IPv4Address
        let interface: String
    }

    /// An address, as the server has it.
    struct Entry: Hashable, Sendable {
        var client: LeaseClient
        var hostName: String?
        var standing: Standing
        /// In seconds since the Unix epoch, as servers count.
        var startsAt: Int64
        /// In seconds since the Unix epoch; `.max` if never.
        var endsAt: Int64
        /// When the client last spoke with the server, in seconds since the Unix epoch.
        var spokenAt: Int64
        /// How many addresses were taken before this one.
        var taken: Int
        /// Whether dhcpd does not leave the lease as it is at the next REQUEST, because it has offered it anew.
        var isOffered = false

        func isActive(at time: Int64) -> Bool { standing == .bound && endsAt > time }

        /// Whether anybody can get the address.
        func isFree(at time: Int64) -> Bool { standing == .free || endsAt <= time }

        /// Whether dhcpd takes `client` for whom it has the address for, or had.
        func isOf(_ client: LeaseClient) -> Bool {
            self.client.identifier == nil
                ? self.client.hasHardware(of: client) : self.client.identifier == client.identifier
        }

        /// Whether dhcpd gives the address to `client`: nobody has it, or `client` has or had it.
        func isAvailable(to client: LeaseClient, at time: Int64) -> Bool { isFree(at: time) || isOf(client) }
    }

    /// What became of an address, as far as the server knows; the time of the latter two may be over.
    enum Standing: Hashable, Sendable {
        /// It was offered or given back.
        case free
        /// It was granted.
        case bound
        /// It was declined: dhcpd gives it to nobody for some time.
        case abandoned
    }

    /// Everything about one address that a claim changes, so that it can be put back.
    struct Snapshot: Sendable {
        let place: Place
        let entry: Entry
        fileprivate let lists: [ListKey: [IPv4Address]]
    }

    struct ListKey: Hashable, Sendable {
        let interface: String
        /// Of the hardware address, or nothing if it is a list of a client identifier.
        let hardwareType: UInt8?
        let text: String

        /// Whether it is Kea's list of those without an identifier, by which it finds nobody.
        var isOfNobody: Bool { text.isEmpty }
    }

    let server: LeaseServer
    private var entries = ClockCache<Place, Entry?>(capacity: addresses)
    private(set) var lists: [ListKey: [IPv4Address]] = [:]
    private var count = 0

    init(of server: LeaseServer) {
        self.server = server
    }

    subscript(address: IPv4Address, interface: String) -> Entry? {
        entries[Place(address: address, interface: interface)] ?? nil
    }

    // MARK: What changes it

    /// The server has given an address.
    mutating func give(_ grant: LeaseGrant) {
        let time = grant.grantedAt / 1_000_000
        let end = min(grant.expiresAt.map { $0 / 1_000_000 } ?? never, never)
        let place = Place(address: grant.address, interface: grant.interface)
        let before = self[grant.address, grant.interface]
        if let before, isLeftAsItIs(before, by: grant, at: time), abs(end - before.endsAt) <= 1 {
            return
        }
        let taken = before.flatMap { isKept($0, at: time) ? $0.taken : nil } ?? count
        put(
            Entry(
                client: grant.client, hostName: grant.hostName, standing: .bound, startsAt: time, endsAt: end,
                spokenAt: time, taken: taken), at: place, time, isNear: grant.isNear)
    }

    /// dhcpd has offered what `grant` would give: it keeps that like a lease, or goes on with the one that there is.
    mutating func offer(_ grant: LeaseGrant) {
        guard server == .dhcpd else { return }
        let time = grant.grantedAt / 1_000_000
        let before = self[grant.address, grant.interface]
        if let before, isLeftAsItIs(before, by: grant, at: time) { return }
        put(
            Entry(
                client: grant.client, hostName: grant.hostName,
                standing: before.map { $0.isFree(at: time) ? .free : $0.standing } ?? .free, startsAt: time,
                endsAt: max(time + Self.offerSeconds, before?.endsAt ?? 0), spokenAt: time,
                taken: before?.taken ?? count, isOffered: true),
            at: Place(address: grant.address, interface: grant.interface), time, isNear: grant.isNear)
    }

    /// The server has ended a lease: it has another client, or was given back.
    mutating func end(_ address: IPv4Address, on interface: String, _ state: LeaseState, at time: Int64) {
        let place = Place(address: address, interface: interface)
        guard let entry = self[address, interface] else { return }
        if server == .dhcpd, state == .declined {
            abandon(place, entry, at: time / 1_000_000)
        } else if server == .dhcpd {
            entries.update(place) {
                $0?.standing = .free
                $0?.endsAt = time / 1_000_000
            }
        } else {
            remove(place, entry)
        }
    }

    /// dhcpd forgets who had an address that is declined, and of the rest only when that was.
    private mutating func abandon(_ place: Place, _ entry: Entry, at time: Int64) {
        removeFromLists(place, entry)
        entries.update(place) {
            $0?.client = Self.nobody
            $0?.hostName = nil
            $0?.standing = .abandoned
            $0?.endsAt = time + Self.abandonedSeconds
        }
    }

    /// What `restore` needs to undo what is done to an address.
    func snapshot(of address: IPv4Address, on interface: String) -> Snapshot? {
        guard let entry = self[address, interface] else { return nil }
        let place = Place(address: address, interface: interface)
        let keys = lists(of: entry.client, on: interface)
        return Snapshot(
            place: place, entry: entry,
            lists: Dictionary(uniqueKeysWithValues: keys.map { ($0, lists[$0] ?? []) }))
    }

    mutating func restore(_ snapshot: Snapshot) {
        if let entry = self[snapshot.place.address, snapshot.place.interface] { remove(snapshot.place, entry) }
        entries.update(snapshot.place) { $0 = snapshot.entry }
        for (key, list) in snapshot.lists { lists[key] = list }
    }

    // MARK: Rules

    /// Whether the server still has what it had of an address, at `time` in seconds.
    ///
    /// Kea keeps what is over for an hour (`hold-reclaimed-time`).
    func isKept(_ entry: Entry, at time: Int64) -> Bool {
        switch server {
        case .dhcpd: true
        case .kea: entry.endsAt > time - 3600
        case .dnsmasq, .other: entry.isActive(at: time)
        }
    }

    /// Whether dhcpd or Kea answers with the lease as it is, for a client that renews before a quarter of the time is over
    /// (`dhcp-cache-threshold`, `cache-threshold`).
    func isLeftAsItIs(_ entry: Entry, by grant: LeaseGrant, at time: Int64) -> Bool {
        guard server == .dhcpd || server == .kea else { return false }
        let isCalledTheSame = grant.hostName == entry.hostName || (server == .dhcpd && grant.hostName == nil)
        return entry.isActive(at: time) && !entry.isOffered && entry.client == grant.client && isCalledTheSame
            && time - entry.startsAt <= (entry.endsAt - entry.startsAt) / 4
    }

    /// Whether dhcpd puts what was `entry` before `other` into a list.
    private func isPreferred(_ entry: Entry?, to other: Entry, at time: Int64) -> Bool {
        let isActive = entry?.isActive(at: time) ?? false
        let isAbandoned = entry.map { $0.standing == .abandoned && !$0.isFree(at: time) } ?? false
        let isLater = (entry?.spokenAt ?? 0) >= other.spokenAt
        if other.isActive(at: time) { return isActive && (entry?.endsAt ?? 0) >= other.endsAt }
        return other.isFree(at: time) ? isActive || (!isAbandoned && isLater) : !isAbandoned || isLater
    }

    // MARK: Lists

    /// The lists in which a lease of `client` stands, that of its identifier first.
    func lists(of client: LeaseClient, on interface: String) -> [ListKey] {
        let text = client.identifier ?? (server == .kea ? "" : nil)
        let identifier = text.map { ListKey(interface: interface, hardwareType: nil, text: $0) }
        // Kea's index has the bytes alone.
        let type = server == .kea ? 0 : client.hardwareType
        let hardware = client.hardwareAddress.map { ListKey(interface: interface, hardwareType: type, text: $0) }
        return [identifier, hardware].compactMap(\.self)
    }

    /// - Parameter isNear: whether an address is in the same network.
    private mutating func put(_ entry: Entry, at place: Place, _ time: Int64, isNear: (IPv4Address) -> Bool) {
        count += 1
        let before = self[place.address, place.interface]
        let kept = before.flatMap { isKept($0, at: time) ? $0 : nil }
        let keys = lists(of: entry.client, on: place.interface)
        let inPlace = kept.map { listsKeptInPlace(place, from: $0.client, to: entry.client, isNear: isNear) } ?? []
        if let before {
            for key in lists(of: before.client, on: place.interface)
            where server == .dhcpd || kept == nil || !keys.contains(key) {
                take(place.address, from: key)
            }
        }
        for key in keys where !(lists[key]?.contains(place.address) ?? false) {
            var list = lists[key] ?? []
            let position =
                inPlace.contains(key)
                ? list.firstIndex(where: isNear) ?? list.endIndex
                : self.place(of: entry, in: list, before: before, on: place.interface, at: time)
            list.insert(place.address, at: position)
            if list.count > Self.leasesOfClient, !key.isOfNobody { list.removeLast() }
            lists[key] = list
        }
        if let (gone, value) = entries.insert(place, entry), let value { removeFromLists(gone, value) }
        entries.update(place) { $0 = entry }
    }

    private func place(of entry: Entry, in list: [IPv4Address], before: Entry?, on interface: String, at time: Int64)
        -> Int
    {
        let place = list.firstIndex { address in
            guard let other = self[address, interface] else { return false }
            return switch server {
            case .dhcpd: isPreferred(before, to: other, at: time)
            case .dnsmasq: other.taken < entry.taken
            case .kea, .other: false
            }
        }
        return place ?? list.endIndex
    }

    private mutating func remove(_ place: Place, _ entry: Entry) {
        removeFromLists(place, entry)
        entries.update(place) { $0 = nil }
    }

    private mutating func removeFromLists(_ place: Place, _ entry: Entry) {
        for key in lists(of: entry.client, on: place.interface) { take(place.address, from: key) }
    }

    private mutating func take(_ address: IPv4Address, from key: ListKey) {
        lists[key]?.removeAll { $0 == address }
        if lists[key]?.isEmpty ?? false { lists[key] = nil }
    }
}

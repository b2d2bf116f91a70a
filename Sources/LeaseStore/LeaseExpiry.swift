internal import GRDB

/// Ends the leases whose time is over, within one transaction.
struct LeaseExpiry {
    private let database: Database

    init(_ database: Database) {
        self.database = database
    }

    /// Marks a few of those that are over at `time`, and says how many.
    ///
    /// When the clock was wrong and is set back, leases that were marked too early go on, unless their address or their
    /// client got another since. Only then, and when the database was just opened, are those looked through that could.
    func expire(at time: Int64, _ revival: inout LeaseRevival) throws -> Int {
        revival.note(time)
        if let place = revival.place { revival.place = try revive(behind: place, at: time) }
        try database.cachedStatement(sql: Self.ending).execute(arguments: [time, LeaseStore.leasesPerStep])
        return database.changesCount
    }

    /// Looks at the next few that were marked, and says up to where; nothing when these were the last.
    private func revive(behind place: LeaseRevival.Place, at time: Int64) throws -> LeaseRevival.Place? {
        let rows = try RowStatement(database, sql: Self.marked).all { row in
            row.add(place.expiresAt)
            row.add(place.id)
            row.add(Int64(Self.revivalsPerStep))
        } read: { row in
            LeaseRevival.Place(expiresAt: row.number(1) ?? 0, id: row.number(0) ?? 0)
        }
        let revival = try database.cachedStatement(sql: Self.reviving)
        for row in rows where row.expiresAt > time { try revival.execute(arguments: [row.id]) }
        return rows.count == Self.revivalsPerStep ? rows.last : nil
    }

    /// How many are looked at in one transaction: each for whatever else its client had.
    private static let revivalsPerStep = 100

    private static let ending = """
        UPDATE leases SET state = 'expired', ended_at = expires_at WHERE id IN (
            SELECT id FROM leases WHERE state = 'bound' AND expires_at <= ? ORDER BY expires_at LIMIT ?
        )
        """

    /// In two parts, each of which begins where it has to: many can end at one time.
    private static let marked = """
        SELECT * FROM (
            SELECT id, expires_at FROM leases WHERE state = 'expired' AND expires_at = ?1 AND id > ?2
            ORDER BY id LIMIT ?3
        ) UNION ALL SELECT * FROM (
            SELECT id, expires_at FROM leases WHERE state = 'expired' AND expires_at > ?1
            ORDER BY expires_at, id LIMIT ?3
        ) LIMIT ?3
        """

    private static let reviving = """
        UPDATE leases SET state = 'bound', ended_at = NULL
        WHERE id = ? AND state = 'expired' AND NOT EXISTS (
            SELECT 1 FROM leases AS later
            WHERE later.address = leases.address AND later.interface = leases.interface AND later.id > leases.id
        ) AND NOT EXISTS (
            SELECT 1 FROM leases AS later
            WHERE (later.client_mac = leases.client_mac OR later.client_identifier = leases.client_identifier)
            AND later.interface = leases.interface AND later.relay_address IS leases.relay_address
            AND later.id > leases.id
            AND coalesce(
                later.client_identifier = leases.client_identifier,
                later.client_mac = leases.client_mac AND later.hardware_type = leases.hardware_type)
        )
        """
}

/// Up to where leases were looked through that a wrong clock has ended too early.
struct LeaseRevival: Hashable {
    /// A place in the order in which they are looked through.
    struct Place: Hashable {
        var expiresAt: Int64
        var id: Int64
    }

    /// Behind which to go on; nothing when there is no need to look.
    var place: Place?
    private var latest: Int64?

    /// It is `time` now, in microseconds since the Unix epoch: begins to look when that is earlier than it was, or when
    /// nobody knows.
    mutating func note(_ time: Int64) {
        if latest.map({ time < $0 }) ?? true { place = Place(expiresAt: time, id: .max) }
        latest = time
    }
}

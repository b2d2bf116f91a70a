package import Addresses
internal import GRDB

/// Which rows to read; without conditions, all of them.
package struct RecordFilter: Hashable, Sendable {
    /// Only rows from this time on, in microseconds since the Unix epoch.
    ///
    /// A lease counts when it was held at some time after.
    package var since: Int64?
    /// Only rows from before this time, in microseconds since the Unix epoch.
    ///
    /// A lease counts when it was held at some time before.
    package var until: Int64?
    /// Only leases of this address, and packets in which it is given, asked for or used by the client.
    package var address: IPv4Address?
    /// Only leases and packets of the client with this hardware address.
    package var client: MACAddress?

    /// All rows.
    package init() {}

    /// Leaves only what was so at one moment, in microseconds since the Unix epoch.
    package mutating func narrow(to moment: Int64) {
        since = moment
        until = moment == .max ? moment : moment + 1
    }

    /// Whether rows are chosen by a client or an address, and not only by time.
    var namesSubject: Bool { address != nil || client != nil }

    /// The same filter without client and address.
    var onlyPeriod: RecordFilter {
        var filter = self
        (filter.address, filter.client) = (nil, nil)
        return filter
    }

    /// The condition on the time, for a table whose rows have one time each.
    func period(of time: SQL) -> SQL {
        Self.all([since.map { "\(time) >= \($0)" }, until.map { "\(time) < \($0)" }])
    }

    /// The condition on the time, for rows that begin at one time and end at another.
    func period(from begin: SQL, to end: SQL) -> SQL {
        Self.all([since.map { "\(end) > \($0)" }, until.map { "\(begin) < \($0)" }])
    }

    /// The condition on client and address, for a table with these columns of addresses.
    func subject(client column: SQL, addresses columns: [SQL]) -> SQL {
        let ofAddress = address.map { address in
            "(\(columns.map { "\($0) = \(address.description)" as SQL }.joined(separator: " OR ")))" as SQL
        }
        return Self.all([client.map { "\(column) = \($0.description)" }, ofAddress])
    }

    static func all(_ conditions: [SQL?]) -> SQL {
        let conditions = conditions.compactMap(\.self)
        return conditions.isEmpty ? "TRUE" : conditions.joined(separator: " AND ")
    }
}

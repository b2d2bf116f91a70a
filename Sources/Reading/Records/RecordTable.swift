internal import GRDB
internal import LeaseStore

/// The tables that can be read.
package enum RecordTable: String, CaseIterable, Sendable {
    /// All leases there were and are.
    case leases
    /// The leases that are held now.
    case currentLeases
    /// Starts of the server.
    case starts
    /// Frames of DHCP.
    case packets
    /// What happened beside packets.
    case events
}

/// How rows are read.
package enum RecordForm: Sendable {
    /// `RecordTable.columns`, for people.
    case text
    /// One JSON object with all columns; its keys are the names of the columns. Behind each time in microseconds, such as
    /// `bound_at`, stands the same as ISO 8601 in UTC, as the views have it: `bound_time`.
    case json
}

extension RecordTable {
    /// The table that holds the rows.
    var name: String {
        switch self {
        case .leases, .currentLeases: "leases"
        case .starts: "starts"
        case .packets: "packets"
        case .events: "events"
        }
    }

    /// In which order the rows are read.
    ///
    /// Where there is an index of times, they are read in the order of their times: after a storm, an absence of a
    /// component or a change of the clock they are stored in another order.
    var order: RowOrder {
        switch self {
        case .packets: .time("captured_at")
        case .events: .time("happened_at")
        case .leases, .currentLeases, .starts: .stored
        }
    }

    /// Whether a period is looked up in an index.
    var isOrderedByTime: Bool { if case .time = order { true } else { false } }

    /// The condition on rows that the filter leaves.
    ///
    /// - Parameter isSearched: whether the rows are found by what the condition says. When they are found by their number
    ///   SQLite must not think that it could do better: a plus before a column keeps it from the indexes.
    func condition(_ filter: RecordFilter, isSearched: Bool) -> SQL {
        func column(_ name: String) -> SQL { SQL(sql: isSearched ? name : "+\(name)") }
        let isHeld = SQL(sql: "state = 'bound' AND (expires_at IS NULL OR expires_at > \(Schema.now))")
        let subject = filter.subject(client: column("client_mac"), addresses: addressColumns.map(column))
        return switch self {
        case .currentLeases: RecordFilter.all([isHeld, leasePeriod(filter), subject])
        case .leases: RecordFilter.all([leasePeriod(filter), subject])
        case .starts: filter.period(of: column("started_at"))
        case .packets: RecordFilter.all([filter.period(of: column("captured_at")), subject])
        case .events: filter.period(of: column("happened_at"))
        }
    }

    private func leasePeriod(_ filter: RecordFilter) -> SQL {
        filter.period(from: "+bound_at", to: "coalesce(ended_at, expires_at, \(Int64.max))")
    }

    private var addressColumns: [String] {
        switch self {
        case .leases, .currentLeases: ["address"]
        case .packets: ["your_address", "requested_address", "client_address"]
        case .starts, .events: []
        }
    }

    /// The SQL expressions that make up a row, in their order.
    func expressions(_ form: RecordForm) -> [String] {
        switch form {
        case .text: selectedColumns.map { "CAST(\($0.expression) AS TEXT)" }
        case .json: ["json_object(\(names.flatMap(members).joined(separator: ", ")))"]
        }
    }

    /// A column as a member of an object; a time is followed by the same time as text.
    private func members(_ name: String) -> [String] {
        let value = value(name)
        guard name.hasSuffix("_at") else { return ["'\(name)', \(value)"] }
        return ["'\(name)', \(value)", "'\(name.dropLast(2))time', \(Schema.readable("(\(value))"))"]
    }

    private var names: [String] {
        switch self {
        case .leases, .currentLeases:
            [
                "id", "address", "client_mac", "client_identifier", "host_name", "server_identifier", "interface",
                "state", "bound_at", "renewed_at", "expires_at", "ended_at", "relay_address", "hardware_type",
            ]
        case .starts: ["id"] + Schema.startColumns
        case .packets: ["id"] + Schema.packetColumns
        case .events: ["id"] + Schema.eventColumns + ["amount"]
        }
    }

    /// The column as it is at this moment: while no recorder runs, nobody marks leases as expired.
    ///
    /// Frames are written in hexadecimal, because JSON has no bytes.
    func value(_ column: String) -> String {
        switch (name, column) {
        case ("leases", "state"): "CASE WHEN \(Self.isOver) THEN 'expired' ELSE state END"
        case ("leases", "ended_at"): "CASE WHEN \(Self.isOver) THEN expires_at ELSE ended_at END"
        case ("packets", "frame"): "lower(hex(frame))"
        default: column
        }
    }

    private static let isOver = "state = 'bound' AND expires_at <= \(Schema.now)"
}

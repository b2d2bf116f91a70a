internal import GRDB

/// What can be read from the database.
public enum RecordTable: String, CaseIterable, Sendable {
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
public enum RecordForm: Sendable {
    /// Some columns as text for people, with `RecordTable.headings` above them.
    case text
    /// One JSON object with all columns; its keys are the names of the columns.
    case json
}

extension RecordTable {
    /// What stands above the columns of the form `text`.
    public var headings: [String] { textColumns.map(\.heading) }

    /// The table that holds the rows.
    var name: String {
        switch self {
        case .leases, .currentLeases: "leases"
        case .starts: "starts"
        case .packets: "packets"
        case .events: "events"
        }
    }

    /// In which order the rows are read: where there is an index of their times by these, for a storm, a component that was
    /// away, or a clock that was set have them stored in another one.
    var order: RowOrder {
        switch self {
        case .packets: .time("captured_at")
        case .events: .time("happened_at")
        case .leases, .currentLeases, .starts: .stored
        }
    }

    /// Whether a period is looked up in an index.
    var isOrderedByTime: Bool { if case .time = order { true } else { false } }

    /// Which rows of the table are meant.
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
        case .text: textColumns.map(\.expression)
        case .json: ["json_object(\(columns.map { "'\($0)', \(value($0))" }.joined(separator: ", ")))"]
        }
    }

    private var columns: [String] {
        switch self {
        case .leases, .currentLeases:
            [
                "id", "address", "client_mac", "client_identifier", "host_name", "server_identifier", "interface",
                "state", "bound_at", "renewed_at", "expires_at", "ended_at", "relay_address", "hardware_type",
            ]
        case .starts: ["id"] + RecordWriter.startColumns
        case .packets: ["id"] + RecordWriter.packetColumns
        case .events: ["id"] + RecordWriter.eventColumns
        }
    }

    /// The column, right at this moment: nobody marks leases as expired while the recorder is not running.
    ///
    /// Frames are written in hexadecimal, for JSON has no bytes.
    private func value(_ column: String) -> String {
        switch (name, column) {
        case ("leases", "state"): "CASE WHEN \(Self.isOver) THEN 'expired' ELSE state END"
        case ("leases", "ended_at"): "CASE WHEN \(Self.isOver) THEN expires_at ELSE ended_at END"
        case ("packets", "frame"): "lower(hex(frame))"
        default: column
        }
    }

    private static let isOver = "state = 'bound' AND expires_at <= \(Schema.now)"

    private var textColumns: [(heading: String, expression: String)] {
        switch self {
        case .leases, .currentLeases:
            [
                ("ADDRESS", "address"), ("CLIENT", "coalesce(client_mac, client_identifier)"),
                ("HOST NAME", "host_name"), ("INTERFACE", "interface"), ("STATE", value("state")),
                ("BOUND", Self.second("bound_at")), ("RENEWED", Self.second("renewed_at")),
                ("EXPIRES", "coalesce(\(Self.second("expires_at")), 'never')"),
                ("ENDED", Self.second(value("ended_at"))),
            ]
        case .starts:
            [
                ("STARTED", Schema.readable("started_at")), ("UPLINK", "uplink"), ("OUTCOME", "outcome"),
                ("DISCOVERY ms", Self.milliseconds("discovery_us")),
                ("NAMESPACE ms", Self.milliseconds("namespace_us")), ("LINK ms", Self.milliseconds("link_us")),
                ("SPAWN ms", Self.milliseconds("spawn_us")), ("READY ms", Self.milliseconds("ready_us")),
                ("TOTAL ms", Self.milliseconds("total_us")), ("SERVER", "server_command"),
            ]
        case .packets:
            [
                ("TIME", Schema.readable("captured_at")), ("INTERFACE", "interface"), ("DIRECTION", "direction"),
                ("MESSAGE", "message_type"), ("CLIENT", "client_mac"),
                ("ADDRESS", "coalesce(your_address, requested_address, client_address)"),
                ("TRANSACTION", "transaction_id"), ("HOST NAME", "host_name"), ("VERDICT", "verdict"),
            ]
        case .events:
            [
                ("TIME", Schema.readable("happened_at")), ("COMPONENT", "component"), ("KIND", "kind"),
                ("DETAIL", "detail"),
            ]
        }
    }

    private static func second(_ column: String) -> String {
        "strftime('%Y-%m-%dT%H:%M:%SZ', (\(column)) / 1000000, 'unixepoch')"
    }

    private static func milliseconds(_ column: String) -> String {
        "CASE WHEN \(column) IS NOT NULL THEN printf('%.3f', \(column) / 1000.0) END"
    }
}

/// A column of a table for people.
package struct TableColumn: Hashable, Sendable {
    /// What the texts in the column are, if they are not empty.
    package enum Content: Hashable, Sendable {
        /// As it is to be read.
        case text
        /// A whole number.
        case number
        /// A time, in microseconds since the Unix epoch, of which people want to know the second.
        case second
        /// A time, likewise, as exactly as it is known.
        case time
        /// When something ends, as `second`; empty is never.
        case end
        /// A length of time in microseconds.
        case duration
    }

    /// What becomes of it where there is no room for all.
    package enum Room: Hashable, Sendable {
        /// It stays as it is.
        case kept
        /// Its text is shortened, but not to less than so many characters.
        case shortened(Int)
        /// Its text goes on below, in lines of at least so many characters.
        case wrapped(Int)
        /// It is left out before any text is shortened.
        case dispensable
        /// It is left out when that was not enough, those with the lowest numbers first.
        case leftOut(Int)
    }

    /// What stands above it.
    package let heading: String
    /// What its text is.
    package let content: Content
    /// What becomes of it where there is no room for all.
    package let room: Room
    /// Whether it says little where all rows say the same.
    package let isUsuallySame: Bool

    /// A column that stays as it is unless told otherwise.
    package init(_ heading: String, _ content: Content = .text, _ room: Room = .kept, isUsuallySame: Bool = false) {
        (self.heading, self.content, self.room, self.isUsuallySame) = (heading, content, room, isUsuallySame)
    }
}

extension RecordTable {
    /// The columns of the form `text`.
    package var columns: [TableColumn] { selectedColumns.map(\.column) }

    /// The same, with the SQL expressions of their texts.
    var selectedColumns: [(column: TableColumn, expression: String)] {
        switch self {
        case .leases, .currentLeases: leaseColumns
        case .starts: Self.startColumns
        case .packets: Self.packetColumns
        case .events: Self.eventColumns
        }
    }

    private var leaseColumns: [(TableColumn, String)] {
        [
            (TableColumn("ADDRESS"), "address"),
            (TableColumn("CLIENT", .text, .shortened(17)), "coalesce(client_mac, client_identifier)"),
            (TableColumn("HOST", .text, .shortened(6)), "host_name"),
            (TableColumn("INTERFACE", .text, .leftOut(3), isUsuallySame: true), "interface"),
            (TableColumn("RELAY", .text, .leftOut(1), isUsuallySame: true), "relay_address"),
            (TableColumn("STATE"), value("state")), (TableColumn("BOUND", .second, .leftOut(2)), "bound_at"),
            (TableColumn("RENEWED", .second, .dispensable), "renewed_at"),
            (TableColumn("UNTIL", .end), "coalesce(ended_at, expires_at)"),
        ]
    }

    private static var startColumns: [(TableColumn, String)] {
        let phases = RecordTotals.Start.phases.dropLast().enumerated().map { index, phase in
            (TableColumn(phase.uppercased(), .duration, .leftOut(index + 1)), "\(phase)_us")
        }
        return [
            (TableColumn("STARTED", .time), "started_at"),
            (TableColumn("UPLINK", .text, .dispensable, isUsuallySame: true), "uplink"),
            (TableColumn("OUTCOME", .text, .shortened(12)), "outcome"),
        ] + phases + [
            (TableColumn("TOTAL ms", .duration), "total_us"),
            (TableColumn("SERVER", .text, .shortened(16), isUsuallySame: true), "server_command"),
        ]
    }

    private static var packetColumns: [(TableColumn, String)] {
        [
            (TableColumn("TIME", .time), "captured_at"),
            (TableColumn("INTERFACE", .text, .leftOut(1), isUsuallySame: true), "interface"),
            (TableColumn("DIRECTION", .text, .dispensable, isUsuallySame: true), "direction"),
            (TableColumn("MESSAGE"), "message_type"), (TableColumn("CLIENT", .text, .shortened(17)), "client_mac"),
            (TableColumn("ADDRESS"), "coalesce(your_address, requested_address, client_address)"),
            (TableColumn("TRANSACTION", .text, .dispensable), "transaction_id"),
            (TableColumn("HOST", .text, .shortened(6)), "host_name"),
            (TableColumn("VERDICT", .text, .shortened(7), isUsuallySame: true), "verdict"),
        ]
    }

    private static var eventColumns: [(TableColumn, String)] {
        [
            (TableColumn("TIME", .time), "happened_at"),
            (TableColumn("COMPONENT", .text, .leftOut(1), isUsuallySame: true), "component"),
            (TableColumn("KIND", .text, .shortened(16)), "kind"),
            (TableColumn("DETAIL", .text, .wrapped(24)), "detail"),
        ]
    }
}

package import LeaseStore
internal import PrintableText
package import Time

/// `recorder leases --summary`: how full each network is.
package struct NetworkSummary {
    /// How full each is.
    let networks: [NetworkUse]

    /// The summary of these networks.
    package init(networks: [NetworkUse]) {
        self.networks = networks
    }

    private static let columns = [
        TableColumn("INTERFACE"), TableColumn("RELAY", isUsuallySame: true), TableColumn("HELD", .number),
        TableColumn("MOST EVER", .number), TableColumn("REACHED", .second, .leftOut(1)),
        TableColumn("LAST DAY", .number), TableColumn("UNANSWERED", .number), TableColumn("NAK", .number),
    ]

    /// A table for people.
    package func table(zone: TimeZone, paper: Paper) -> String {
        let rows = networks.map { network in
            [network.interface, network.relayAddress]
                + [network.held, network.mostHeld].map { "\($0)" } + [network.mostHeldAt.map { "\($0)" } ?? ""]
                + [network.heldInLastDay, network.unansweredClients, network.denials].map { "\($0)" }
        }
        return TextTable(columns: Self.columns, rows: rows, zone: zone, paper: paper).text
    }

    /// A JSON array of objects.
    package var json: String {
        var array = JSONArray()
        let objects = networks.map { network in
            let members: [(String, String)] = [
                ("interface", JSONText.quoted(network.interface)),
                ("relay_address", network.relayAddress.isEmpty ? "null" : JSONText.quoted(network.relayAddress)),
                ("held", "\(network.held)"), ("most_held", "\(network.mostHeld)"),
                ("most_held_at", network.mostHeldAt.map { "\($0)" } ?? "null"),
                ("most_held_time", network.mostHeldAt.map { JSONText.quoted(CalendarTime($0).word()) } ?? "null"),
                ("held_in_last_day", "\(network.heldInLastDay)"),
                ("unanswered_clients", "\(network.unansweredClients)"), ("naks_in_last_day", "\(network.denials)"),
            ]
            return "{\(members.map { "\(JSONText.quoted($0.0)):\($0.1)" }.joined(separator: ","))}"
        }
        return array.adding(objects) + array.end
    }
}

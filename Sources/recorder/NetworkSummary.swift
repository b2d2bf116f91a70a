internal import Component
internal import Foundation
internal import Kernel
internal import LeaseStore
internal import Messages

extension NetworkUse {
    /// How many networks a status shows: those with the most addresses that are held.
    private static let mostShown = 8

    /// What a status says of all networks.
    static func fields(of networks: [NetworkUse]?) -> [Status.Field] {
        guard let networks else { return [Status.Field("leases-held", "-")] }
        let largest = networks.sorted { $0.held > $1.held }
        let more = largest.count - mostShown
        return [Status.Field("leases-held", networks.reduce(0) { $0 + $1.held })]
            + largest.prefix(mostShown).map(\.field)
            + (more > 0 ? [Status.Field("networks-not-shown", more)] : [])
    }

    private var field: Status.Field {
        let name = relayAddress.isEmpty ? interface : "\(interface)-\(relayAddress)"
        let clients = unansweredClients == 1 ? "1 client" : "\(unansweredClients) clients"
        let most = mostHeldAt.map { "most ever \(mostHeld) (\(CalendarTime($0).word(digits: 0)))" } ?? "none ever"
        return Status.Field(
            "network-\(name)",
            "\(held) held, \(most), \(heldInLastDay) in the last day, \(clients) without an answer, \(denials) NAK")
    }
}

/// `recorder leases --summary`: how full each network is.
struct NetworkSummary {
    let networks: [NetworkUse]

    private static let columns = [
        TableColumn("INTERFACE"), TableColumn("RELAY", isUsuallySame: true), TableColumn("HELD", .number),
        TableColumn("MOST EVER", .number), TableColumn("REACHED", .second, .leftOut(1)),
        TableColumn("LAST DAY", .number), TableColumn("UNANSWERED", .number), TableColumn("NAK", .number),
    ]

    /// A table for people.
    func table(zone: TimeZone, paper: Paper) -> String {
        let rows = networks.map { network in
            [network.interface, network.relayAddress]
                + [network.held, network.mostHeld].map { "\($0)" } + [network.mostHeldAt.map { "\($0)" } ?? ""]
                + [network.heldInLastDay, network.unansweredClients, network.denials].map { "\($0)" }
        }
        return TextTable(columns: Self.columns, rows: rows, zone: zone, paper: paper).text
    }

    /// A JSON array of objects.
    var json: String {
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

internal import LeaseStore
internal import Messages
internal import Time

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

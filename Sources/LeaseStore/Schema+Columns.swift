/// The columns of the tables of records but for `id`, in the order in which they are written.
extension Schema {
    package static let packetColumns = [
        "captured_at", "interface", "direction", "verdict", "message_type", "transaction_id", "client_mac",
        "client_identifier", "client_address", "your_address", "relay_address", "server_identifier",
        "requested_address", "lease_seconds", "host_name", "frame",
    ]

    package static let startColumns = [
        "started_at", "uplink", "server_command", "server_pid", "outcome", "discovery_us", "namespace_us", "link_us",
        "spawn_us", "ready_us", "total_us",
    ]

    package static let eventColumns = ["happened_at", "component", "kind", "detail"]
}

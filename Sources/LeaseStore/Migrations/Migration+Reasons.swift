extension Migration {
    /// There were more reasons to drop a packet.
    static let moreReasons = [
        "DROP INDEX IF EXISTS packets_dropped", droppedIndex(reasons + ["held", "fenced", "probe"]),
    ]

    static func droppedIndex(_ reasons: [String]) -> String {
        let named = reasons.map { "OR verdict = '\($0)'" }.joined(separator: " ")
        return "CREATE INDEX packets_dropped ON packets (verdict, captured_at) WHERE verdict <> 'forwarded' \(named);"
    }

    /// Says nothing new, but SQLite only sees that `verdict = 'vlan'` is about dropped packets when it is written here.
    static let reasons = [
        "truncated", "vlan", "own-frame", "not-for-us", "unsupported", "fragment", "malformed-arp", "malformed-ip",
        "malformed-udp", "malformed-icmp", "malformed-dhcp", "reply-from-client", "request-from-server",
        "foreign-server", "unsolicited-echo-reply", "spoofed-source", "send-failed", "undeliverable",
        "answered",
    ]
}

/// The end of the server's process, and what it says about how the server was started.
struct ServerEnd {
    /// How it ended.
    let exit: ServerLife.Exit
    /// Whether another process of its namespace holds UDP port 67 still.
    let leavesListener: Bool
    /// For how long it had been taken for ready, in microseconds; nothing before that.
    let served: UInt64?

    /// Until when a server that goes into the background does so, in microseconds: dhcpd and dnsmasq have bound the port
    /// some milliseconds before, and a processor may be busy.
    private static let backgroundTime: UInt64 = 30_000_000

    /// Whether the server goes on without the process that was started, so that nobody could tell when it ends.
    ///
    /// Some bind the port before they go, and so are taken for ready, others after it.
    var isBackgrounding: Bool {
        guard exit == .status(0) else { return false }
        return served.map { leavesListener && $0 <= Self.backgroundTime } ?? true
    }

    /// What to tell about a server of that name that went into the background.
    static func advice(on server: String) -> String {
        "\(server) went into the background; keep it in the foreground, as with 'dhcpd -f' or 'dnsmasq -k'"
    }
}

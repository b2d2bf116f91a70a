internal import Addresses
internal import ArgumentParser
internal import Glibc
internal import Kernel

/// Plays clients that each get an address by four messages, so many at once.
struct Exchange: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Gets addresses, and prints as JSON how many, and how long each answer took.",
        discussion: """
            Any DHCP server will do, 'sink --answer' is the fastest. A client that gets no answer in time begins \
            anew and counts as lost. The round trips are those of DISCOVER to OFFER and of REQUEST to ACK.
            """)

    @OptionGroup var lan: ClientLAN

    @Option(help: "How many exchanges are under way at once: 1 to 1,024.")
    var outstanding = 64

    @Option(help: "How many begin in a second at most; 0 for as many as possible.")
    var rate = 0

    @Option(help: "For how many seconds.")
    var seconds = 2.0

    @Option(help: "Until so many have come to their end, or SIGTERM comes, instead of for some seconds.")
    var count: Int?

    @Option(help: "After how many seconds without an answer a client begins anew.")
    var patience = 0.2

    @Option(help: "How many clients take turns.")
    var clients = 1_000

    @Option(help: "The first byte of all transaction identifiers: 0 to 255.")
    var mark: UInt8 = 2

    @Option(
        help: .init(
            "Where to write a byte for each exchange: 1 for the DISCOVER that was sent, 2 for an OFFER that came, 4 for the REQUEST, 8 for an ACK.",
            valueName: "file"))
    var log: String?

    func validate() throws {
        guard (1...1_024).contains(outstanding), (0.001...60).contains(seconds), (1...100_000).contains(clients) else {
            throw ValidationError("1 to 1,024 exchanges at once, up to 60 seconds, 1 to 100,000 clients")
        }
        guard (0...1_000_000).contains(rate), (0.001...60).contains(patience), (1...8_000_000).contains(count ?? 1)
        else { throw ValidationError("up to 1,000,000 a second, 8,000,000 in all, 60 seconds of patience") }
    }

    func run() throws {
        var conversation = try Conversation(
            on: lan, clients: clients, mark: mark,
            exchanges: Exchanges(
                outstanding: outstanding, patience: UInt64(patience * 1e9),
                interval: rate == 0 ? 0 : 1_000_000_000 / UInt64(rate)))
        let began = Clock.monotonic
        if let count {
            try goOn(&conversation, until: count)
        } else {
            while Clock.monotonic - began < UInt64(seconds * 1_000_000) { try conversation.goOn() }
        }
        let elapsed = Clock.monotonic - began
        if let log { try conversation.log.write(to: log) }
        let exchanges = conversation.exchanges
        let trips = exchanges.roundTrips.sorted()
        print(
            """
            {"completed": \(exchanges.completed), "lost": \(exchanges.lost), "elapsed_us": \(elapsed), \
            "p50_us": \(microseconds(trips, 0.5)), "p99_us": \(microseconds(trips, 0.99)), \
            "sent": \(conversation.log.sent), "received": \(conversation.log.received), \
            "repeated": \(conversation.log.repeated), "longest_pause_us": \(conversation.longestPause / 1_000)}
            """)
    }

    /// To the end of all that were begun by then.
    private func goOn(_ conversation: inout Conversation, until count: Int) throws {
        let signals = try Signals([SIGTERM, SIGINT])
        while conversation.exchanges.completed < count, try signals.next() == nil { try conversation.goOn() }
        try conversation.finish()
    }

    private func microseconds(_ sorted: [UInt32], _ share: Double) -> Double {
        sorted.isEmpty ? 0 : Double(sorted[Int(Double(sorted.count - 1) * share)]) / 1_000
    }
}

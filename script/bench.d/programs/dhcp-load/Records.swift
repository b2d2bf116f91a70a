internal import Addresses
internal import ArgumentParser
internal import CommandLine
internal import Kernel
internal import Messages
internal import Service

/// Plays the relay for a recorder: hands it packets at a rate, or as fast as it stores them.
struct Records: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Sends a recorder packets, and prints as JSON how many it stored, and how long they waited.")

    @Option(help: "The directory with the recorder's socket.")
    var runtimeDirectory: RuntimeDirectory

    @Option(help: "How many packets in a second; 0 for as many as are stored.")
    var rate = 0

    @Option(help: "For how many seconds.")
    var seconds = 10.0

    @Option(help: "How many clients take turns.")
    var clients = 10_000

    @Flag(help: "Only DISCOVERs, instead of DISCOVER, OFFER, REQUEST and ACK.")
    var discoversOnly = false

    func validate() throws {
        guard rate >= 0, (0.001...600).contains(seconds), (1...1_000_000).contains(clients) else {
            throw ValidationError("0 or more a second, up to 600 seconds, 1 to 1,000,000 clients")
        }
    }

    func run() throws {
        let sender = try RecordSender(to: runtimeDirectory.socket(of: .recorder))
        var frames = ExchangeFrames(clients: clients, discoversOnly: discoversOnly)
        let began = Clock.monotonic
        let duration = UInt64(seconds * 1_000_000)
        var position = 0
        while case let elapsed = Clock.monotonic - began, elapsed < duration {
            let count = rate == 0 ? sender.room : Int(elapsed) * rate / 1_000_000 + 1 - position
            for _ in 0..<count {
                let frame = frames.frame(at: position)
                sender.append(frame.bytes, isReply: frame.isReply)
                position += 1
            }
            // As the relay does it: at most a hundred times in a second, unless there is always more.
            try sender.exchange(until: rate == 0 ? nil : began + (elapsed / 10_000 + 1) * 10_000)
        }
        while sender.pending > 0 { try sender.exchange(until: nil) }
        print(sender, sent: position, elapsed: Clock.monotonic - began)
    }

    private func print(_ sender: RecordSender, sent: Int, elapsed: UInt64) {
        let waits = sender.waits.sorted()
        func percentile(_ share: Double) -> UInt64 { waits[Int(Double(waits.count - 1) * share)] }
        Swift.print(
            """
            {"sent": \(sent), "lost": \(sender.lost), "elapsed_us": \(elapsed), "commits": \(sender.commits), \
            "median_us": \(percentile(0.5)), "p99_us": \(percentile(0.99)), "max_us": \(percentile(1))}
            """)
    }
}

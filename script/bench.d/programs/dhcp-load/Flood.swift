internal import Addresses
internal import ArgumentParser
internal import CommandLine
internal import Diagnostics
internal import Kernel

/// Plays clients: sends DISCOVERs at a rate, or as fast as the kernel takes them.
struct Flood: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Sends DISCOVERs and prints as JSON how many, and in which time.")

    @Option(name: .customLong("interface"), help: "The interface on which they leave; several take turns.")
    var interfaces: [InterfaceName]

    @Option(help: "How many in a second; 0 for as many as possible.")
    var rate = 5_000

    @Option(help: "For how many seconds; it ends sooner when 16,777,216 are sent.")
    var seconds = 2.0

    @Option(help: "How many clients take turns.")
    var clients = 1_000

    @Option(help: "What the sink knows this flood by: 0 to 255.")
    var mark: UInt8 = 1

    func validate() throws {
        guard !interfaces.isEmpty else { throw ValidationError("an --interface is needed") }
        guard rate >= 0, (0.001...60).contains(seconds), (1...100_000).contains(clients) else {
            throw ValidationError("0 or more a second, up to 60 seconds, 1 to 100,000 clients")
        }
    }

    func run() throws {
        let socket = try OutgoingSocket.open()
        let indices = try interfaces.map { interface throws(Failure) in try interface.index }
        let poller = try Poller()
        var batch = RequestBatch(capacity: 64)
        let began = Clock.monotonic
        let duration = UInt64(seconds * 1_000_000)
        let limit = rate == 0 ? RequestNumber.limit : min(RequestNumber.limit, Int(Double(rate) * seconds))
        var (sent, turn) = (0, 0)
        while sent < limit, case let elapsed = Clock.monotonic - began, elapsed < duration {
            let count = min(due(after: elapsed) - sent, limit - sent, batch.capacity)
            if count > 0 {
                for index in 0..<count { append(sent + index, to: &batch) }
                try batch.send(by: socket, on: indices[turn % indices.count])
                turn += 1
                sent += count
            } else {
                _ = try poller.wait(timeout: untilNext(sent, after: elapsed))
            }
        }
        let ended = Clock.monotonic
        print(#"{"sent": \#(sent), "elapsed_us": \#(ended - began), "last_sent_us": \#(ended)}"#)
    }

    /// How many must have been sent when this many microseconds are over.
    private func due(after elapsed: UInt64) -> Int {
        rate == 0 ? .max : Int(elapsed) * rate / 1_000_000 + 1
    }

    /// The microseconds until one more is due: at least 20, so that many a second leave in small groups.
    private func untilNext(_ sent: Int, after elapsed: UInt64) -> UInt64 {
        let next = UInt64(sent * 1_000_000 / rate)
        return max(20, next - min(next, elapsed))
    }

    private func append(_ position: Int, to batch: inout RequestBatch) {
        batch.append(.discover, RequestNumber(mark: mark, position: position), from: .client(position % clients))
    }
}

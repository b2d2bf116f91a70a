internal import Addresses
internal import ArgumentParser
internal import CLinux
internal import CommandLine
internal import Kernel
internal import Packet

/// Plays the server: counts the requests that arrive.
struct Sink: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Counts what arrives at UDP port 67, and prints as JSON how much that was when SIGTERM comes.")

    @Option(help: "Which flood is counted: its mark, 0 to 255.")
    var mark: UInt8 = 1

    @Option(help: "Answer each DISCOVER with an OFFER and all else with an ACK, from this address.")
    var answer: IPv4Address?

    /// How many batches are taken before the signals have their turn.
    private static let batchesPerTurn = 64

    func run() throws {
        let signals = try Signals([SIGTERM, SIGINT])
        let socket = try ServerSocket()
        let poller = try Poller()
        try poller.watch(socket.descriptor, for: .reading, token: 0)
        try poller.watch(signals.descriptor, for: .reading, token: 1)
        var batch = DatagramBatch(capacity: 64)
        var tally = Tally(mark: mark)
        var answered = 0
        var stops = false
        while !stops {
            for index in try poller.wait() {
                guard poller[index].token == 0 else {
                    stops = true
                    continue
                }
                try takeTurn(socket, &batch, &tally, &answered)
            }
        }
        print(tally, answered: answered)
    }

    private func takeTurn(
        _ socket: borrowing ServerSocket, _ batch: inout DatagramBatch, _ tally: inout Tally, _ answered: inout Int
    ) throws {
        for _ in 0..<Self.batchesPerTurn {
            let count = try batch.receive(from: socket)
            let now = Clock.monotonic
            for index in 0..<count { tally.count(batch[index], at: now) }
            if let answer, count > 0 {
                for index in 0..<count { batch.makeAnswer(Answer(server: answer), at: index) }
                try batch.send(count, to: socket)
                answered += count
            }
            guard count == batch.capacity else { return }
        }
    }

    private func print(_ tally: Tally, answered: Int) {
        Swift.print(
            """
            {"distinct": \(tally.distinct), "duplicates": \(tally.duplicates), "others": \(tally.others), \
            "first_us": \(tally.firstArrival), "last_us": \(tally.lastArrival), "answered": \(answered)}
            """)
    }
}

extension Tally {
    /// Counts a datagram that arrived at `time`, whatever it is.
    mutating func count(_ datagram: RawSpan, at time: UInt64) {
        guard let message = DHCPMessage(ByteView(datagram)), message.operation == .request else { return countOther() }
        count(RequestNumber(transactionIdentifier: message.transactionIdentifier), at: time)
    }
}

internal import Addresses
internal import ArgumentParser
internal import Component
internal import Glibc
internal import Kernel
internal import Packet

/// Plays clients that each get an address by four messages, always as many at once.
struct Exchange: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Gets addresses, and prints as JSON how many, and how long each answer took.",
        discussion: """
            Any DHCP server will do, 'sink --answer' is the fastest. A client that gets no answer within 0.2 s begins \
            anew and counts as lost. The round trips are those of DISCOVER to OFFER and of REQUEST to ACK.
            """)

    @OptionGroup var lan: ClientLAN

    @Option(help: "How many exchanges are under way at once: 1 to 1,024.")
    var outstanding = 64

    @Option(help: "For how many seconds.")
    var seconds = 2.0

    @Option(help: "How many clients take turns.")
    var clients = 1_000

    func validate() throws {
        guard (1...1_024).contains(outstanding), (0.001...60).contains(seconds), (1...100_000).contains(clients) else {
            throw ValidationError("1 to 1,024 exchanges at once, up to 60 seconds, 1 to 100,000 clients")
        }
    }

    func run() throws {
        var conversation = try Conversation(on: lan, outstanding: outstanding, clients: clients)
        let began = Clock.monotonic
        try conversation.begin()
        while Clock.monotonic - began < UInt64(seconds * 1_000_000) { try conversation.goOn() }
        let elapsed = Clock.monotonic - began
        let exchanges = conversation.exchanges
        let trips = exchanges.roundTrips.sorted()
        print(
            """
            {"completed": \(exchanges.completed), "lost": \(exchanges.lost), "elapsed_us": \(elapsed), \
            "p50_us": \(microseconds(trips, 0.5)), "p99_us": \(microseconds(trips, 0.99))}
            """)
    }

    private func microseconds(_ sorted: [UInt32], _ share: Double) -> Double {
        sorted.isEmpty ? 0 : Double(sorted[Int(Double(sorted.count - 1) * share)]) / 1_000
    }
}

/// The exchanges, and the socket they go through.
private struct Conversation: ~Copyable {
    private(set) var exchanges: Exchanges
    private var port: ClientPort
    private var outgoing: RequestBatch
    private let request: RequestTemplate
    private let clients: Int
    private let mark: UInt8 = 2

    init(on lan: ClientLAN, outstanding: Int, clients: Int) throws {
        port = try ClientPort(on: lan)
        exchanges = Exchanges(outstanding: outstanding)
        // Each answer leads to one question, and each exchange can be given up at the same time.
        outgoing = RequestBatch(capacity: 2 * outstanding)
        request = .request(lan.server)
        self.clients = clients
    }

    mutating func begin() throws {
        for question in exchanges.begin(at: Self.now) { ask(question) }
        try outgoing.send(by: port.socket.descriptor, on: port.index)
    }

    /// Waits for answers, and asks what follows from them.
    mutating func goOn() throws {
        let count = try port.receive(within: 50_000)
        let now = Self.now
        for index in 0..<count {
            guard let (number, answer) = answer(at: index), let question = exchanges.take(answer, of: number, at: now)
            else { continue }
            ask(question)
        }
        for question in exchanges.giveUp(at: now) { ask(question) }
        try outgoing.send(by: port.socket.descriptor, on: port.index)
    }

    /// The answer in a frame that was received, if it is one of ours.
    private func answer(at index: Int) -> (RequestNumber, Exchanges.Answer)? {
        guard let message = DHCPMessage(frame: port.incoming[index]) else { return nil }
        let number = RequestNumber(transactionIdentifier: message.transactionIdentifier)
        guard number.mark == mark else { return nil }
        return (number, Exchanges.Answer(type: message.messageType, address: message.yourAddress))
    }

    private mutating func ask(_ question: Exchanges.Question) {
        switch question {
        case .discover(let position):
            outgoing.append(.discover, number(position), from: .client(position % clients))
        case .request(let position, let address):
            outgoing.append(request, number(position), from: .client(position % clients), for: address)
        }
    }

    private func number(_ position: Int) -> RequestNumber {
        RequestNumber(mark: mark, position: position)
    }

    private static var now: UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

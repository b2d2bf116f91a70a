internal import Addresses
internal import Component
internal import Glibc
internal import Kernel
internal import Packet

/// Exchanges, and the socket they go through.
struct Conversation: ~Copyable {
    /// What is under way.
    private(set) var exchanges: Exchanges
    /// What was sent and received.
    private(set) var log = ExchangeLog()
    /// The longest time between two answers, in nanoseconds.
    private(set) var longestPause: UInt64 = 0
    private var lastAnswer: UInt64?
    private let index: Int32
    private let port: FramePort
    private var poller: Poller
    private var incoming = FrameBatch(capacity: 64, frameCapacity: 2_048)
    private var outgoing: RequestBatch
    private let request: RequestTemplate
    private let clients: Int
    private let mark: UInt8

    /// Exchanges of so many clients, with a server, on an interface; `mark` tells them apart from those of others.
    ///
    /// - Throws: `Failure` or `SystemError` when there is no such interface, or no privilege.
    init(
        on interface: InterfaceName, with server: IPv4Address, clients: Int, mark: UInt8, exchanges: Exchanges
    ) throws {
        let index = try interface.index
        let port = FramePort(try PacketSocket(on: index, filter: .fromServer))
        let poller = try Poller()
        try poller.watch(port.descriptor, for: .reading, token: 0)
        self.index = index
        self.port = port
        self.poller = poller
        // Each answer leads to one question, and each exchange can begin anew at the same time.
        outgoing = RequestBatch(capacity: incoming.capacity + exchanges.outstanding)
        request = .request(server)
        (self.exchanges, self.clients, self.mark) = (exchanges, clients, mark)
    }

    /// Begins what is due, and waits for answers and takes them.
    ///
    /// - Throws: `SystemError` of the socket.
    mutating func goOn() throws {
        for question in exchanges.begin(at: Self.now) { ask(question) }
        try takeTurn()
    }

    /// Begins no more, and waits for the answers to what is under way.
    ///
    /// - Throws: `SystemError` of the socket.
    mutating func finish() throws {
        while !exchanges.areOver { try takeTurn() }
    }

    private mutating func takeTurn() throws {
        try outgoing.send(by: port.descriptor, on: index)
        let count = try poller.wait(timeout: exchanges.waits ? 200 : 50_000).isEmpty ? 0 : incoming.receive(from: port)
        let now = Self.now
        for index in 0..<count {
            guard let (number, answer) = answer(at: index) else { continue }
            note(answer, of: number, at: now)
            guard let question = exchanges.take(answer, of: number, at: now) else { continue }
            ask(question)
        }
        exchanges.giveUp(at: now)
    }

    /// The answer in a frame that was received, if it is one of ours.
    private func answer(at index: Int) -> (RequestNumber, Exchanges.Answer)? {
        guard let message = DHCPMessage(frame: incoming[index]) else { return nil }
        let number = RequestNumber(transactionIdentifier: message.transactionIdentifier)
        guard number.mark == mark else { return nil }
        return (number, Exchanges.Answer(type: message.messageType, address: message.yourAddress))
    }

    private mutating func note(_ answer: Exchanges.Answer, of number: RequestNumber, at now: UInt64) {
        log.noteReceived(answer.type, of: number)
        longestPause = max(longestPause, now - (lastAnswer ?? now))
        lastAnswer = now
    }

    private mutating func ask(_ question: Exchanges.Question) {
        switch question {
        case .discover(let position):
            log.noteSent(.discover, of: number(position))
            outgoing.append(.discover, number(position), from: .client(position % clients))
        case .request(let position, let address):
            log.noteSent(.request, of: number(position))
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

internal import Addresses
internal import Diagnostics
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
    private var port: ClientPort
    private var outgoing: RequestBatch
    private let request: RequestTemplate
    private let clients: Int
    private let mark: UInt8

    /// Exchanges of so many clients on a LAN; `mark` tells them apart from those of others.
    ///
    /// - Throws: `Failure` or `SystemError` when there is no such interface, or no privilege.
    init(on lan: ClientLAN, clients: Int, mark: UInt8, exchanges: Exchanges) throws {
        port = try ClientPort(on: lan)
        // Each answer leads to one question, and each exchange can begin anew at the same time.
        outgoing = RequestBatch(capacity: port.incoming.capacity + exchanges.outstanding)
        request = .request(lan.server)
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
        try outgoing.send(by: port.socket.descriptor, on: port.index)
        let count = try port.receive(within: exchanges.waits ? 200 : 50_000)
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
        guard let message = DHCPMessage(frame: port.incoming[index]) else { return nil }
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

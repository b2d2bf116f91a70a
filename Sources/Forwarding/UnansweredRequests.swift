import Addresses
import Packet

/// The requests that no server has answered yet, with their frames: they are what a server that takes over is given, and
/// they tell what it is that a reply answers.
///
/// Of each client the last question counts, and beside it its RELEASE or DECLINE until a later question is answered.
/// There is a fixed number of places, so that nobody on the LAN can make it grow: a new client takes the place of the one
/// that came first. Questions that are known to be answered have places of their own, which others do not take.
struct UnansweredRequests: Sendable {
    /// How many requests of strangers there is room for.
    static let capacity = 1_024
    /// How many that are known to be answered.
    static let knownCapacity = 512
    /// The longest frame that is kept, in bytes: the usual MTU, the Ethernet header, and a little more.
    static let frameCapacity = 1_536

    /// What ties an answer to its request, and a request to the one before.
    private struct Key: Hashable {
        let client: UInt64
        /// Whether it wants an answer: a RELEASE does not take the place of a DISCOVER.
        let isQuestion: Bool
        /// Whether it is like one that the server has answered: whoever speaks in a client's name does not take its place.
        var isKnown = false
    }

    private struct Place {
        var key = Key(client: 0, isQuestion: false)
        /// Whether the server that serves now has not been given it.
        var isHeld = false
        /// Whether another question was here that was not answered either: a reply may be the answer to that.
        var isDoubtful = false
        var link = 0
        /// What the request says; nothing where there is none.
        var message: MessageSummary?
        var askedLast: UInt64 = 0

        var isTaken: Bool { message != nil }
    }

    /// Places that are taken in turn.
    private struct Region {
        let places: Range<Int>
        var next: Int
        /// When somebody had to make room soon after he had come.
        var flooded: UInt64?

        init(_ places: Range<Int>) {
            self.places = places
            next = places.lowerBound
        }

        mutating func take() -> Int {
            let number = next
            next = next + 1 < places.upperBound ? next + 1 : places.lowerBound
            return number
        }
    }

    private var places = [Place](repeating: Place(), count: knownCapacity + capacity)
    private var numbers: [Key: Int] = [:]
    /// The frames, which keep their memory when they are replaced.
    private var frames = [[UInt8]](repeating: [], count: knownCapacity + capacity)
    private var known = Region(0..<knownCapacity)
    private var strangers = Region(knownCapacity..<knownCapacity + capacity)
    private var questionCount = 0
    /// How many frames wait to be given to a server.
    private(set) var heldCount = 0
    /// How many held frames had to make room for others, or were too long.
    private(set) var lostCount: UInt64 = 0

    /// In what time, in microseconds, a server answers where all is well, and longer than anybody holds up a question
    /// before it: of what comes in a flood nobody can say which question a reply answers.
    private static let calmTime: UInt64 = 16_000_000
    private static let answerTime: UInt64 = 4_000_000

    /// No requests.
    init() {
        numbers.reserveCapacity(2 * (Self.knownCapacity + Self.capacity))
    }

    /// Takes note of a request that came from a client at `now`, in microseconds.
    ///
    /// - Parameters:
    ///   - message: what it says.
    ///   - link: the number of the link that it came from.
    ///   - isHeld: whether there is no server at the moment that could be given it.
    ///   - isKnown: whether it is like a question of the client's that the server has answered.
    mutating func note(
        _ frame: RawSpan, _ message: MessageSummary, link: Int, isHeld: Bool, isKnown: Bool, now: UInt64
    ) {
        let isQuestion = message.messageType != .release && message.messageType != .decline
        guard frame.byteCount <= Self.frameCapacity else {
            if isHeld { lostCount += 1 }
            return
        }
        let number = place(for: Key(client: message.place, isQuestion: isQuestion, isKnown: isKnown), now: now)
        if places[number].isTaken, !places[number].isDoubtful {
            let before = frames[number]
            places[number].isDoubtful = places[number].link != link || !isAlike(frame, before.span.rawBytes)
        }
        if isHeld != places[number].isHeld { heldCount += isHeld ? 1 : -1 }
        places[number].isHeld = isHeld
        places[number].link = link
        places[number].message = message
        places[number].askedLast = now
        keep(frame, at: number)
    }

    /// Takes note of a reply that went out: the client has its answer, and what came before its question was read.
    ///
    /// - Returns: whether it had been waiting.
    @discardableResult
    mutating func noteReply(_ message: MessageSummary) -> Bool {
        guard message.operation == .reply else { return false }
        let first = take(Key(client: message.place, isQuestion: true))
        let second = take(Key(client: message.place, isQuestion: true, isKnown: true))
        guard first != nil || second != nil else { return false }
        if numbers.count > questionCount { freeStatements(before: min(first ?? .max, second ?? .max)) }
        return true
    }

    /// Frees a place, and gives when it was asked there for the last time.
    private mutating func take(_ key: Key) -> UInt64? {
        guard let number = numbers[key] else { return nil }
        let asked = places[number].askedLast
        free(number)
        return asked
    }

    /// Gives `body` the question that a reply answers, and the number of its link, where that is certain: the client has
    /// asked nothing else, and nobody can have pushed out what it asked.
    func withQuestion<Result>(
        answeredBy message: MessageSummary, now: UInt64, _ body: (RawSpan, Int) -> Result?
    ) -> Result? {
        let known = numbers[Key(client: message.place, isQuestion: true, isKnown: true)]
        let other = numbers[Key(client: message.place, isQuestion: true)]
        guard let number = known ?? other, known == nil || other == nil, !places[number].isDoubtful else { return nil }
        let region = known == nil ? strangers : self.known
        if let flooded = region.flooded, now - flooded < Self.calmTime { return nil }
        let frame = frames[number]
        return body(frame.span.rawBytes, places[number].link)
    }

    /// Whether the server that serves may still answer what it was given within the last `duration` microseconds.
    func isAwaited(within duration: UInt64, now: UInt64) -> Bool {
        places.contains { $0.isTaken && $0.key.isQuestion && !$0.isHeld && now &- $0.askedLast <= duration }
    }

    /// There is another server now: what was asked since `time` is to be given to it, and what is older forgotten.
    mutating func holdAll(since time: UInt64) {
        for number in places.indices where places[number].isTaken && !places[number].isHeld {
            guard places[number].askedLast >= time else {
                free(number)
                continue
            }
            places[number].isHeld = true
            heldCount += 1
        }
    }

    /// The questions of these clients that are known to be answered are to be given to the server once more.
    mutating func holdKnown(_ isWanted: (UInt64) -> Bool) {
        for number in known.places
        where places[number].isTaken && !places[number].isHeld && places[number].key.isQuestion
            && isWanted(places[number].key.client)
        {
            places[number].isHeld = true
            heldCount += 1
        }
    }

    /// Gives the held frame that came first to `body`, with what it says and the number of its link; nothing when none is
    /// held.
    ///
    /// From now on its answer is waited for. Questions that are known to be answered come before others.
    mutating func giveNext<Result>(_ body: (RawSpan, MessageSummary, Int) -> Result) -> Result? {
        guard heldCount > 0, let number = firstHeld(in: known) ?? firstHeld(in: strangers),
            let message = places[number].message
        else { return nil }
        places[number].isHeld = false
        heldCount -= 1
        let frame = frames[number]
        return body(frame.span.rawBytes, message, places[number].link)
    }

    private func firstHeld(in region: Region) -> Int? {
        var number = region.next
        for _ in region.places {
            if places[number].isHeld { return number }
            number = number + 1 < region.places.upperBound ? number + 1 : region.places.lowerBound
        }
        return nil
    }

    /// The place of the request before, or else the one that was taken first.
    private mutating func place(for key: Key, now: UInt64) -> Int {
        if let number = numbers[key] { return number }
        let number = key.isKnown ? known.take() : strangers.take()
        if places[number].isTaken {
            if places[number].isHeld { lostCount += 1 }
            if now &- places[number].askedLast < Self.answerTime {
                if key.isKnown { known.flooded = now } else { strangers.flooded = now }
            }
            free(number)
        }
        places[number].key = key
        numbers[key] = number
        if key.isQuestion { questionCount += 1 }
        return number
    }

    /// Servers read what they are sent in its order.
    private mutating func freeStatements(before time: UInt64) {
        for number in places.indices
        where places[number].isTaken && !places[number].key.isQuestion && !places[number].isHeld
            && places[number].askedLast <= time
        { free(number) }
    }

    private mutating func free(_ number: Int) {
        numbers[places[number].key] = nil
        if places[number].key.isQuestion { questionCount -= 1 }
        if places[number].isHeld { heldCount -= 1 }
        places[number] = Place()
    }

    private mutating func keep(_ frame: RawSpan, at number: Int) {
        frames[number].removeAll(keepingCapacity: true)
        unsafe frame.withUnsafeBytes { bytes in unsafe frames[number].append(contentsOf: bytes) }
    }

    /// Whether one is the other, sent again: all is equal but the number and the checksum of the IP header (without
    /// options), the checksum of UDP, and `secs`.
    private func isAlike(_ one: RawSpan, _ other: RawSpan) -> Bool {
        let (one, other) = (ByteView(one), ByteView(other))
        guard one.count == other.count, one.count >= 52 else { return false }
        var offset = 52
        while offset + 8 <= one.count {
            guard one.uint64(at: offset) == other.uint64(at: offset) else { return false }
            offset += 8
        }
        for rest in offset..<one.count where one.uint8(at: rest) != other.uint8(at: rest) { return false }
        for offset in 0..<50 where one.uint8(at: offset) != other.uint8(at: offset) {
            switch offset {
            case 18, 19, 24, 25, 40, 41: continue
            default: return false
            }
        }
        return true
    }
}

extension MessageSummary {
    /// The client that it is about: its MAC address, or where that is of another kind, its transaction.
    fileprivate var place: UInt64 {
        client?.rawValue ?? 1 << 63 | UInt64(transaction)
    }
}

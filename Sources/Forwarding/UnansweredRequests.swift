import Addresses
public import Packet

/// The requests that no server has answered yet, with their frames: they tell how long clients wait, and they are what a
/// server that takes over is given.
///
/// Of each client the last question counts, and beside it its RELEASE or DECLINE until a later question is answered.
/// There is a fixed number of places, so that nobody on the LAN can make it grow: a new client takes the place of the one
/// that came first.
public struct UnansweredRequests: Sendable {
    /// How many requests there is room for.
    public static let capacity = 1_024
    /// The longest frame that is kept, in bytes: the usual MTU, the Ethernet header, and a little more.
    public static let frameCapacity = 1_536

    /// What ties an answer to its request, and a request to the one before.
    private struct Key: Hashable {
        let client: UInt64
        /// Whether it wants an answer: a RELEASE does not take the place of a DISCOVER.
        let isQuestion: Bool
    }

    private struct Place {
        var key = Key(client: 0, isQuestion: false)
        var isTaken = false
        /// Whether the server that serves now has not been given it.
        var isHeld = false
        var link = 0
        var askedFirst: UInt64 = 0
        var askedLast: UInt64 = 0
        var firstSecs: UInt16 = 0
        var lastSecs: UInt16 = 0
    }

    private var places = [Place](repeating: Place(), count: capacity)
    private var numbers: [Key: Int] = [:]
    /// The frames, which keep their memory when they are replaced.
    private var frames = [[UInt8]](repeating: [], count: capacity)
    private var next = 0
    private var questionCount = 0
    /// How many frames wait to be given to a server.
    public private(set) var heldCount = 0
    /// How many held frames had to make room for others, or were too long.
    public private(set) var lostCount: UInt64 = 0

    /// No requests.
    public init() {
        numbers.reserveCapacity(2 * Self.capacity)
    }

    /// Takes note of a request that came from a client at `now`, in microseconds.
    ///
    /// - Parameters:
    ///   - link: the number of the link that it came from.
    ///   - isHeld: whether there is no server at the moment that could be given it.
    public mutating func note(_ frame: RawSpan, link: Int, isHeld: Bool, now: UInt64) {
        guard let message = DHCPMessage(frame: frame), message.operation == .request else { return }
        let isQuestion = message.messageType != .release && message.messageType != .decline
        guard frame.byteCount <= Self.frameCapacity else {
            if isHeld { lostCount += 1 }
            return
        }
        let number = place(for: Key(client: message.client, isQuestion: isQuestion))
        let isNew = !places[number].isTaken
        if isHeld != places[number].isHeld { heldCount += isHeld ? 1 : -1 }
        places[number].isTaken = true
        places[number].isHeld = isHeld
        places[number].link = link
        places[number].askedLast = now
        places[number].lastSecs = message.secs
        if isNew {
            places[number].askedFirst = now
            places[number].firstSecs = message.secs
        }
        keep(frame, at: number)
    }

    /// Takes note of a reply that went out: the client has its answer, and what came before its question was read.
    ///
    /// - Returns: whether it had been waiting.
    @discardableResult
    public mutating func noteReply(_ message: borrowing DHCPMessage) -> Bool {
        guard message.operation == .reply, let number = numbers[Key(client: message.client, isQuestion: true)] else {
            return false
        }
        let asked = places[number].askedLast
        free(number)
        if numbers.count > questionCount { freeStatements(before: asked) }
        return true
    }

    /// How many different clients have waited for that long, in microseconds: since they asked first or since
    /// `lastReply`, by the clock here; or by their own, where `secs` has grown from one request to the next.
    ///
    /// - Parameter window: who asked for the last time longer ago has given up.
    public func waiting(for duration: UInt64, since lastReply: UInt64, window: UInt64, now: UInt64) -> Int {
        places.reduce(0) { count, place in
            guard place.isTaken, place.key.isQuestion, now &- place.askedLast <= window else { return count }
            let waited = now &- max(place.askedFirst, lastReply)
            let hasTold = place.lastSecs > place.firstSecs && place.askedLast > lastReply
            let told = hasTold ? UInt64(place.lastSecs) * 1_000_000 : 0
            return max(waited, told) >= duration ? count + 1 : count
        }
    }

    /// Whether nobody waits for an answer.
    public var isEmpty: Bool { questionCount == 0 }

    /// When the first of those that wait asked for the first time.
    public var firstAsked: UInt64? {
        places.reduce(nil) { first, place in
            place.isTaken && place.key.isQuestion ? min(first ?? .max, place.askedFirst) : first
        }
    }

    /// Whether the server that serves may still answer what it was given within the last `duration` microseconds.
    public func isAwaited(within duration: UInt64, now: UInt64) -> Bool {
        places.contains { $0.isTaken && $0.key.isQuestion && !$0.isHeld && now &- $0.askedLast <= duration }
    }

    /// There is another server now: what was asked since `time` is to be given to it, and what is older forgotten.
    public mutating func holdAll(since time: UInt64) {
        for number in places.indices where places[number].isTaken && !places[number].isHeld {
            guard places[number].askedLast >= time else {
                free(number)
                continue
            }
            places[number].isHeld = true
            heldCount += 1
        }
    }

    /// Gives the held frame that came first to `body`, with the number of its link, and waits for its answer from now
    /// on; nothing when none is held.
    public mutating func giveNext<Result>(_ body: (RawSpan, Int) -> Result) -> Result? {
        guard heldCount > 0 else { return nil }
        for offset in 0..<Self.capacity {
            let number = (next + offset) % Self.capacity
            guard places[number].isHeld else { continue }
            places[number].isHeld = false
            heldCount -= 1
            let frame = frames[number]
            let result = body(frame.span.rawBytes, places[number].link)
            return result
        }
        return nil
    }

    /// The place of the request before, or else the one that was taken first.
    private mutating func place(for key: Key) -> Int {
        if let number = numbers[key] { return number }
        let number = next
        next = (next + 1) % Self.capacity
        if places[number].isTaken {
            if places[number].isHeld { lostCount += 1 }
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
}

extension DHCPMessage {
    /// The client that it is about: its MAC address, or where that is of another kind, its transaction.
    fileprivate var client: UInt64 {
        clientMACAddress?.rawValue ?? 1 << 63 | UInt64(transactionIdentifier)
    }
}

public import Addresses

/// What a component has to tell the recorder: batches in memory of bounded size, kept until they are acknowledged.
///
/// The component never waits: when there is no room, new records are thrown away and counted, and the count travels in
/// the next batch. So records stored and records counted as lost add up to what happened. The place of a batch that was
/// acknowledged is the next one's: no more memory is touched than for as many batches at once as there ever were.
public struct Outbox: ~Copyable, Sendable {
    private let source: ComponentName
    private var instance: UInt64
    private let window: Int
    private var memory: OutboxMemory
    /// Where the batches are in it, the oldest first; the number of each is one more than that of the one before.
    private var places: [Int] = []
    /// The places that are free, the next one at the end.
    private var spares: [Int]
    private var sentCount = 0
    private var hasSent = false
    private var lastIsOpen = false
    private var nextSequence: UInt64 = 1
    /// What stands before the records of a batch, or before a frame, while it is written.
    private var head: [UInt8] = []

    /// How many batches are kept, unless it is told otherwise: they hold some 5,000 DHCP packets.
    public static let standardCapacity = 60
    /// How many bytes a batch has, unless it is told otherwise.
    public static let standardBatchLength = 32_768

    /// Records that were thrown away because there was no room, since the beginning.
    public private(set) var lost: UInt64 = 0

    /// An empty outbox.
    ///
    /// - Parameters:
    ///   - source: whose records they are.
    ///   - instance: a random number, another one each time the component begins.
    ///   - capacity: how many batches are kept at most.
    ///   - batchLength: how many bytes a batch has at most; 256 to 65,536.
    ///   - window: how many batches may be under way before the oldest is acknowledged. While they are, records gather
    ///     in one batch instead of taking all places.
    public init(
        source: ComponentName, instance: UInt64, capacity: Int = standardCapacity,
        batchLength: Int = standardBatchLength, window: Int = 32
    ) {
        precondition(capacity > 0 && window > 0 && (256...Message.maximumLength).contains(batchLength))
        self.source = source
        self.instance = instance
        self.window = window
        memory = OutboxMemory(capacity: capacity, batchLength: batchLength)
        spares = (0..<capacity).reversed()
    }

    /// Records that are kept: not sent, or sent and not acknowledged.
    public var pending: Int {
        places.reduce(0) { $0 + Int(memory.state(of: $1).records) }
    }

    /// Whether nothing waits for an acknowledgement: neither a record nor how many were lost.
    public var isEmpty: Bool { places.isEmpty }

    /// Adds a frame and what became of it.
    ///
    /// A frame of more than a batch holds counts as lost.
    public mutating func append(
        _ frame: RawSpan, capturedAt: UInt64, interface: InterfaceName, direction: Direction, verdict: Verdict
    ) {
        guard let place = room(for: Record.packetOverhead + frame.byteCount) else { return countLost() }
        head.removeAll(keepingCapacity: true)
        Record.writePacket(
            capturedAt: capturedAt, interface: interface, direction: direction, verdict: verdict,
            frameLength: frame.byteCount, to: &head)
        memory.add(head, frame, records: 1, to: place)
    }

    /// Adds a record.
    public mutating func append(_ record: Record) {
        var bytes: [UInt8] = []
        record.write(to: &bytes)
        guard let place = room(for: bytes.count) else { return countLost() }
        memory.add(bytes, records: 1, to: place)
    }

    /// So many frames were received that are not recorded yet: who comes after a process that is killed counts them as
    /// lost.
    public func note(inHand count: Int) {
        memory.inHand = UInt32(count)
    }

    /// Whether there is something to send and not enough under way yet.
    public var hasDatagram: Bool { sentCount < min(places.count, window) }

    /// Gives the next batch to `send` as a datagram, if there is one; it stays the next one until `send` says that it is
    /// under way.
    ///
    /// - Returns: whether one is under way now that was not before.
    @discardableResult
    public mutating func sendNext<Failure: Error>(
        by send: (RawSpan) throws(Failure) -> Bool
    ) throws(Failure) -> Bool {
        guard hasDatagram, try send(memory.message(in: places[sentCount])) else { return false }
        sentCount += 1
        hasSent = true
        if sentCount == places.count { lastIsOpen = false }
        return true
    }

    /// Forgets the batches that are stored.
    ///
    /// An acknowledgement of another instance is ignored. What was lost meanwhile is told in a batch without records, so that it is known even if nothing follows.
    public mutating func accept(_ acknowledgement: Acknowledgement) {
        guard acknowledgement.instance == instance else { return }
        while sentCount > 0, nextSequence - UInt64(places.count) <= acknowledgement.sequence {
            let place = places.remove(at: 0)
            memory.clear(place)
            spares.append(place)
            sentCount -= 1
        }
        if memory.lost > 0, !lastIsOpen { _ = openBatch() }
    }

    /// The recorder began anew: everything that is not acknowledged is to be sent again.
    public mutating func resendUnacknowledged() {
        sentCount = 0
    }

    /// The place of the batch that has room for a record of this length, opened if need be.
    private mutating func room(for length: Int) -> Int? {
        if lastIsOpen {
            let last = places[places.count - 1]
            let state = memory.state(of: last)
            if state.length + length <= memory.batchLength, state.records < .max { return last }
        }
        guard RecordBatch.countPosition + 2 + length <= memory.batchLength else { return nil }
        return openBatch()
    }

    private mutating func openBatch() -> Int? {
        guard let place = spares.popLast() else { return nil }
        head.removeAll(keepingCapacity: true)
        MessageHeader.begin(.records, in: &head)
        RecordBatch.begin(
            source: source, instance: instance, sequence: nextSequence, lost: memory.lost, in: &head)
        memory.add(head, records: 0, to: place)
        memory.lost = 0
        places.append(place)
        nextSequence += 1
        lastIsOpen = true
        return place
    }

    private mutating func countLost() {
        lost += 1
        memory.lost = memory.lost == .max ? .max : memory.lost + 1
    }
}

// What outlives the process.
extension Outbox {
    /// From now on keeps its batches in `memory`, for whoever comes after a process that is killed.
    ///
    /// If there is what another outbox left, and nothing was sent yet, it goes on as that one: with its instance and its
    /// numbers, so that the recorder stores nothing twice. What was gathered here meanwhile comes behind.
    ///
    /// - Parameter memory: for as many batches of the same length.
    /// - Returns: how many records were taken over.
    @discardableResult
    public mutating func keep(in memory: OutboxMemory) -> Int {
        let old = self.memory
        precondition(memory.capacity == old.capacity && memory.batchLength == old.batchLength)
        self.memory = memory
        let isFirst = !hasSent && !old.outlives
        let left = isFirst ? memory.batches(of: source) : []
        let own = left.isEmpty ? [] : places.compactMap { old.batch(in: $0) }
        // Whether what the one before had in hand was recorded or not, nobody knows.
        let missing = isFirst ? UInt64(memory.lost) + UInt64(memory.inHand) : 0
        lost += missing
        let untold = own.reduce(UInt64(old.lost) + missing) { $0 + UInt64($1.lost) }
        (memory.lost, memory.inHand) = (UInt32(clamping: untold), old.inHand)
        if let oldest = left.first {
            places = left.map(\.place)
            spares = (0..<memory.capacity).filter { place in !left.contains { $0.place == place } }
            (instance, nextSequence) = (oldest.instance, oldest.sequence + UInt64(left.count))
            lastIsOpen = false
        } else {
            for place in places { memory.take(place, from: old) }
        }
        for place in spares { memory.clear(place) }
        for record in own.flatMap(\.records) { append(record) }
        return left.reduce(0) { $0 + $1.records }
    }
}

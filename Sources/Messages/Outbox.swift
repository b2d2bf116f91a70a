public import Addresses

/// What a component has to tell the recorder: batches in a ring of bounded size, kept until they are acknowledged.
///
/// The component never waits: when the ring is full, new records are thrown away and counted, and the count travels in
/// the next batch. So records stored and records counted as lost add up to what happened. Memory that a batch needed is
/// used again, by the next one first: nothing is allocated but for more batches at once than there ever were.
public struct Outbox: Sendable {
    struct Batch: Sendable {
        var bytes: [UInt8] = []
        var sequence: UInt64 = 0
        var records: UInt16 = 0

        /// The message that it is so far.
        var message: [UInt8] {
            var message = bytes
            message.replaceInteger(at: RecordBatch.countPosition, with: records)
            MessageHeader.finish(&message)
            return message
        }
    }

    private let source: ComponentName
    private var instance: UInt64
    private let batchLength: Int
    private let window: Int
    private var ring: [Batch]
    /// Empty, from batches that were acknowledged.
    private var spares: [[UInt8]] = []
    private var first = 0
    private var count = 0
    private var sentCount = 0
    private var hasSent = false
    private var lastIsOpen = false
    private var nextSequence: UInt64 = 1
    private var lostSinceBatch: UInt32 = 0
    /// Where the batches are too, so that they outlive the process.
    private var memory: OutboxMemory?

    /// How many batches are kept, unless it is told otherwise: they hold some 5,000 DHCP packets.
    public static let standardCapacity = 60
    /// How many bytes a batch has, unless it is told otherwise.
    public static let standardBatchLength = 32_768

    /// Records that were thrown away because the ring was full, since the beginning.
    public private(set) var lost: UInt64 = 0

    /// An empty outbox.
    ///
    /// - Parameters:
    ///   - source: whose records they are.
    ///   - instance: a random number, another one each time the component begins.
    ///   - capacity: how many batches are kept at most.
    ///   - batchLength: how many bytes a batch has at most; 256 to 65,536.
    ///   - window: how many batches may be under way before the oldest is acknowledged. While they are, records gather
    ///     in one batch instead of using up the ring.
    public init(
        source: ComponentName, instance: UInt64, capacity: Int = standardCapacity,
        batchLength: Int = standardBatchLength, window: Int = 32
    ) {
        precondition(capacity > 0 && window > 0 && (256...Message.maximumLength).contains(batchLength))
        self.source = source
        self.instance = instance
        self.batchLength = batchLength
        self.window = window
        ring = Array(repeating: Batch(), count: capacity)
        spares.reserveCapacity(capacity)
    }

    /// Records that are kept: not sent, or sent and not acknowledged.
    public var pending: Int {
        (0..<count).reduce(0) { $0 + Int(ring[position($1)].records) }
    }

    /// Adds a frame and what became of it.
    ///
    /// A frame of more than 65,535 bytes, or more than a batch holds, counts as lost.
    public mutating func append(
        _ frame: RawSpan, capturedAt: UInt64, interface: InterfaceName, direction: Direction, verdict: Verdict
    ) {
        guard frame.byteCount <= Int(UInt16.max), let batch = room(for: Record.packetOverhead + frame.byteCount) else {
            return countLost()
        }
        Record.writePacket(
            capturedAt: capturedAt, interface: interface, direction: direction, verdict: verdict,
            frameLength: frame.byteCount, to: &ring[batch].bytes)
        unsafe frame.withUnsafeBytes { bytes in unsafe ring[batch].bytes.append(contentsOf: bytes) }
        ring[batch].records += 1
        keep(batch)
    }

    /// Adds a record.
    public mutating func append(_ record: Record) {
        var bytes: [UInt8] = []
        record.write(to: &bytes)
        guard let batch = room(for: bytes.count) else { return countLost() }
        ring[batch].bytes.append(contentsOf: bytes)
        ring[batch].records += 1
        keep(batch)
    }

    /// So many frames were received that are not recorded yet: who comes after a process that is killed counts them as
    /// lost.
    public func note(inHand count: Int) {
        memory?.inHand = UInt32(count)
    }

    /// Whether there is something to send and not enough under way yet.
    public var hasDatagram: Bool { sentCount < min(count, window) }

    /// The next batch to send as a datagram, or nothing when all is sent or enough is under way.
    ///
    /// It stays the next one until `markSent` is called.
    public mutating func nextDatagram() -> [UInt8]? {
        guard hasDatagram else { return nil }
        let batch = position(sentCount)
        ring[batch].bytes.replaceInteger(at: RecordBatch.countPosition, with: ring[batch].records)
        MessageHeader.finish(&ring[batch].bytes)
        return ring[batch].bytes
    }

    /// The batch that `nextDatagram` gave is under way.
    public mutating func markSent() {
        precondition(sentCount < count)
        sentCount += 1
        hasSent = true
        if sentCount == count { lastIsOpen = false }
    }

    /// Forgets the batches that are stored.
    ///
    /// An acknowledgement of another instance is ignored. What was lost meanwhile is told in a batch without records, so that it is known even if nothing follows.
    public mutating func accept(_ acknowledgement: Acknowledgement) {
        guard acknowledgement.instance == instance else { return }
        while sentCount > 0, ring[first].sequence <= acknowledgement.sequence {
            memory?.clear(first)
            spares.append([])
            swap(&spares[spares.count - 1], &ring[first].bytes)
            first = (first + 1) % ring.count
            count -= 1
            sentCount -= 1
        }
        if lostSinceBatch > 0, !lastIsOpen, count < ring.count { _ = openBatch() }
    }

    /// The recorder began anew: everything that is not acknowledged is to be sent again.
    public mutating func resendUnacknowledged() {
        sentCount = 0
    }

    private func position(_ offset: Int) -> Int {
        (first + offset) % ring.count
    }

    /// The batch that has room for a record of this length, opened if need be.
    private mutating func room(for length: Int) -> Int? {
        if lastIsOpen {
            let last = position(count - 1)
            if ring[last].bytes.count + length <= batchLength, ring[last].records < .max { return last }
        }
        guard count < ring.count, RecordBatch.countPosition + 2 + length <= batchLength else { return nil }
        return openBatch()
    }

    private mutating func openBatch() -> Int {
        let batch = position(count)
        ring[batch].bytes = spares.popLast() ?? []
        ring[batch].bytes.removeAll(keepingCapacity: true)
        ring[batch].bytes.reserveCapacity(batchLength)
        ring[batch].records = 0
        ring[batch].sequence = nextSequence
        MessageHeader.begin(.records, in: &ring[batch].bytes)
        RecordBatch.begin(
            source: source, instance: instance, sequence: nextSequence, lost: lostSinceBatch, in: &ring[batch].bytes)
        nextSequence += 1
        lostSinceBatch = 0
        count += 1
        lastIsOpen = true
        keep(batch)
        memory?.lost = 0
        return batch
    }

    private mutating func countLost() {
        lost += 1
        lostSinceBatch = lostSinceBatch == .max ? .max : lostSinceBatch + 1
        memory?.lost = lostSinceBatch
    }

    private func keep(_ batch: Int) {
        memory?.write(ring[batch].bytes, records: ring[batch].records, in: batch)
    }
}

// What outlives the process.
extension Outbox {
    /// From now on keeps its batches in `memory` too, for whoever comes after a process that is killed.
    ///
    /// If there is what another outbox left, and nothing was sent yet, it goes on as that one: with its instance and its
    /// numbers, so that the recorder stores nothing twice. What was gathered here meanwhile comes behind.
    ///
    /// - Parameter memory: for as many batches of the same length.
    /// - Returns: how many records were taken over.
    @discardableResult
    public mutating func keep(in memory: OutboxMemory) -> Int {
        precondition(memory.capacity == ring.count && memory.batchLength == batchLength)
        let left = hasSent ? [] : memory.batches(of: source)
        guard let oldest = left.first, oldest.instance != instance else {
            copy(to: memory)
            return 0
        }
        let own = (0..<count).map { ring[position($0)].message }
        takeOver(left)
        inherit(from: memory)
        for place in 0..<ring.count where ring[place].sequence == 0 { memory.clear(place) }
        self.memory = memory
        for case .records(let batch)? in own.map({ try? Message(decoding: $0) }) {
            for record in batch.records { append(record) }
        }
        return left.reduce(0) { $0 + Int($1.records) }
    }

    private mutating func copy(to memory: OutboxMemory) {
        if !hasSent, self.memory == nil { inherit(from: memory) }
        memory.clear()
        memory.lost = lostSinceBatch
        self.memory = memory
        for offset in 0..<count { keep(position(offset)) }
    }

    /// What the one before lost, and what it had in hand: whether that was recorded or not, nobody knows.
    private mutating func inherit(from memory: OutboxMemory) {
        let missing = UInt32(clamping: UInt64(memory.lost) + UInt64(memory.inHand))
        lost += UInt64(missing)
        lostSinceBatch = UInt32(clamping: UInt64(lostSinceBatch) + UInt64(missing))
        (memory.lost, memory.inHand) = (lostSinceBatch, 0)
    }

    private mutating func takeOver(_ left: [OutboxMemory.Batch]) {
        ring = Array(repeating: Batch(), count: ring.count)
        for batch in left {
            ring[batch.place] = Batch(bytes: batch.bytes, sequence: batch.sequence, records: batch.records)
        }
        instance = left[0].instance
        (first, count, sentCount, lastIsOpen) = (left[0].place, left.count, 0, false)
        nextSequence = left[0].sequence + UInt64(left.count)
    }
}

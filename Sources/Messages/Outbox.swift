public import Addresses

/// What a component has to tell the recorder: batches in memory of bounded size, kept until they are acknowledged.
///
/// The component never waits: when there is no room, new records are thrown away and counted, and the count travels in
/// the next batch. So records stored and records counted as lost add up to what happened. The place of a batch that was
/// acknowledged is the next one's: no more memory is touched than for as many batches at once as there ever were.
///
/// Some places are for evidence alone: records of what granted or ended a lease. All else is thrown away before that.
public struct Outbox: ~Copyable, Sendable {
    private let source: ComponentName
    private var instance: UInt64
    private let window: Int
    /// How many places are for evidence alone.
    private let reserve: Int
    /// Requests for which there is no room, while it is not known whether they are evidence.
    private let setAside = SetAsideRequests()
    private var memory: OutboxMemory
    /// Where the batches are in it, the oldest first; the number of each is one more than that of the one before.
    private var places: [Int] = []
    /// The places that are free, the next one at the end.
    private var spares: [Int]
    private var sentCount = 0
    private var hasSent = false
    private var lastIsOpen = false
    private var nextSequence: UInt64 = 1
    /// What stands before the records of a batch while it is written.
    private var head: [UInt8] = []

    /// How many batches are kept, unless it is told otherwise: they hold some 8,800 DHCP packets.
    public static let standardCapacity = 100
    /// How many of these the relay keeps for evidence: some 3,500 packets, or 1,700 grants with what asked for them.
    public static let standardReserve = 40
    /// How many bytes a batch has, unless it is told otherwise.
    public static let standardBatchLength = 32_768

    /// Records that were thrown away because there was no room, since the beginning.
    public private(set) var lost: UInt64 = 0
    /// How many of these were evidence.
    public private(set) var evidenceLost: UInt64 = 0

    /// An empty outbox.
    ///
    /// - Parameters:
    ///   - source: whose records they are.
    ///   - instance: a random number, another one each time the component begins.
    ///   - capacity: how many batches are kept at most.
    ///   - reserve: how many of these only evidence may take.
    ///   - batchLength: how many bytes a batch has at most; 256 to 65,536.
    ///   - window: how many batches may be under way before the oldest is acknowledged. While they are, records gather
    ///     in one batch instead of taking all places.
    public init(
        source: ComponentName, instance: UInt64, capacity: Int = standardCapacity, reserve: Int = 0,
        batchLength: Int = standardBatchLength, window: Int = 32
    ) {
        precondition(capacity > 0 && window > 0 && (256...Message.maximumLength).contains(batchLength))
        precondition((0..<capacity).contains(reserve))
        self.reserve = reserve
        self.source = source
        self.instance = instance
        self.window = window
        memory = OutboxMemory(capacity: capacity, batchLength: batchLength)
        spares = (0..<capacity).reversed()
    }

    /// Records that are kept: not sent, or sent and not acknowledged.
    public var pending: Int {
        places.reduce(setAside.count) { $0 + Int(memory.state(of: $1).records) }
    }

    /// Whether nothing waits for an acknowledgement: neither a record nor how many were lost.
    public var isEmpty: Bool { places.isEmpty && setAside.count == 0 }

    /// Adds a frame and what became of it, and says whether there was room.
    ///
    /// Where there was none, a request that went on to the server is set aside for a while. All else counts as lost, as does
    /// a frame of more than a batch holds.
    ///
    /// - Parameters:
    ///   - isEvidence: whether it granted or ended a lease.
    ///   - key: of such a request, what its reply will have too.
    @discardableResult
    public mutating func append(
        _ frame: RawSpan, capturedAt: UInt64, interface: InterfaceName, direction: Direction, verdict: Verdict,
        isEvidence: Bool = false, key: UInt64? = nil
    ) -> Bool {
        let place = room(for: PacketHead.length + frame.byteCount, isEvidence: isEvidence)
        guard place != nil || (key != nil && !isEvidence) else {
            if isEvidence { countEvidenceLost(at: capturedAt) } else { countLost(1) }
            return false
        }
        let head = PacketHead(
            capturedAt: capturedAt, interface: interface, direction: direction, verdict: verdict,
            frameLength: frame.byteCount)
        if let place {
            memory.add(head.span, frame, records: 1, to: place)
        } else if let key {
            countLost(setAside.add(key, head.span, frame))
        }
        return place != nil
    }

    /// Whether there may be no room for what is no evidence.
    public var isShortage: Bool { places.count >= memory.capacity - reserve }

    /// Whether requests are set aside, of which one may be evidence.
    public var hasSetAside: Bool { setAside.count > 0 }

    /// Adds the latest request that was set aside under a key, as evidence: its reply was seen.
    public mutating func recall(_ key: UInt64) {
        guard hasSetAside else { return }
        setAside.take(key) { record in
            guard let place = room(for: record.byteCount, isEvidence: true) else { return false }
            memory.add(record, records: 1, to: place)
            return true
        }
    }

    /// Adds what was set aside, as far as there is room now.
    private mutating func bringIn() {
        guard hasSetAside else { return }
        setAside.takeAll { record in
            guard let place = room(for: record.byteCount, isEvidence: false) else { return false }
            memory.add(record, records: 1, to: place)
            return true
        }
    }

    /// Adds a record.
    public mutating func append(_ record: Record) {
        var bytes: [UInt8] = []
        record.write(to: &bytes)
        guard let place = room(for: bytes.count, isEvidence: false) else { return countLost(1) }
        memory.add(unsafe bytes.span.bytes, records: 1, to: place)
    }

    /// So many frames were received that are not recorded yet: who comes after a process that is killed counts them as
    /// lost.
    public func note(inHand count: Int) {
        memory.inHand = UInt32(clamping: count + setAside.count)
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
        bringIn()
        if memory.lost > 0, !lastIsOpen { _ = openBatch() }
    }

    /// The recorder began anew: everything that is not acknowledged is to be sent again.
    public mutating func resendUnacknowledged() {
        sentCount = 0
    }

    /// The place of the batch that has room for a record of this length, opened if need be.
    private mutating func room(for length: Int, isEvidence: Bool) -> Int? {
        // Without a reserve nothing is kept back; with one, its places are the last.
        let last = isEvidence ? memory.capacity : memory.capacity - reserve
        if lastIsOpen, places.count <= last {
            let place = places[places.count - 1]
            let state = memory.state(of: place)
            if state.length + length <= memory.batchLength, state.records < .max { return place }
        }
        guard places.count < last, RecordBatch.countPosition + 2 + length <= memory.batchLength else { return nil }
        return openBatch()
    }

    private mutating func openBatch() -> Int? {
        guard let place = spares.popLast() else { return nil }
        head.removeAll(keepingCapacity: true)
        MessageHeader.begin(.records, in: &head)
        RecordBatch.begin(
            source: source, instance: instance, sequence: nextSequence, lost: memory.lost, in: &head)
        memory.add(unsafe head.span.bytes, records: 0, to: place)
        memory.lost = 0
        places.append(place)
        nextSequence += 1
        lastIsOpen = true
        if memory.evidenceLost > 0 { tellOfEvidence(in: place) }
        return place
    }

    /// A batch says how many records were lost before it; that some of them were evidence is an event in it.
    private mutating func tellOfEvidence(in place: Int) {
        let event = EventRecord(
            happenedAt: memory.evidenceLostAt, kind: .leaseRecordsLost, detail: "\(memory.evidenceLost) records")
        var bytes: [UInt8] = []
        Record.event(event).write(to: &bytes)
        memory.add(unsafe bytes.span.bytes, records: 1, to: place)
        memory.evidenceLost = 0
    }

    private mutating func countLost(_ count: Int) {
        guard count > 0 else { return }
        lost += UInt64(count)
        memory.lost = UInt32(clamping: UInt64(memory.lost) + UInt64(count))
    }

    private mutating func countEvidenceLost(at time: UInt64) {
        if memory.evidenceLost == 0 { memory.evidenceLostAt = time }
        evidenceLost += 1
        memory.evidenceLost = memory.evidenceLost == .max ? .max : memory.evidenceLost + 1
        countLost(1)
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
        // An outbox that has lost some of it leaves batches; without any there is nothing to be trusted.
        if left.isEmpty || memory.evidenceLost == 0 {
            (memory.evidenceLost, memory.evidenceLostAt) = (old.evidenceLost, old.evidenceLostAt)
        }
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

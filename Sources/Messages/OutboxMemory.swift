internal import Synchronization

/// Where an outbox keeps its batches: memory of its own, or such as outlives a process that is killed, for whoever comes
/// after it.
///
/// Each batch has a place of fixed size there: what it holds is written first, and then, in one word, that it does. So it
/// is whole at any moment. Only one process writes at a time.
///
/// Whoever reads what another left does not trust it: what is not a batch is not there.
@safe
public final class OutboxMemory: @unchecked Sendable {
    /// How many batches have a place.
    let capacity: Int
    /// How many bytes a batch has at most.
    let batchLength: Int
    private let bytes: UnsafeMutableRawBufferPointer
    /// Whose memory it is; nothing when it is this object's own.
    private let owner: AnyObject?
    // Four numbers, a word for each place that says how many bytes and records it has, and then the places: one that was
    // never used is never touched.
    private static let countsLength = 4
    private static let wordLength = 8

    /// How many bytes of memory an outbox needs, by default one of the standard size.
    public static func length(
        capacity: Int = Outbox.standardCapacity, batchLength: Int = Outbox.standardBatchLength
    ) -> Int {
        (countsLength + capacity) * wordLength + capacity * batchLength
    }

    /// Memory that outlives the process: of the length that `length` says, at an address that 8 divides, and there for as
    /// long as `owner` is.
    public init(
        _ bytes: UnsafeMutableRawBufferPointer, of owner: AnyObject, capacity: Int = Outbox.standardCapacity,
        batchLength: Int = Outbox.standardBatchLength
    ) {
        precondition(bytes.count >= Self.length(capacity: capacity, batchLength: batchLength))
        (self.capacity, self.batchLength, self.owner) = (capacity, batchLength, owner)
        unsafe self.bytes = bytes
    }

    /// Memory of its own.
    init(capacity: Int, batchLength: Int) {
        let length = Self.length(capacity: capacity, batchLength: batchLength)
        (self.capacity, self.batchLength, owner) = (capacity, batchLength, nil)
        unsafe bytes = .allocate(byteCount: length, alignment: Self.wordLength)
        (lost, inHand, evidenceLost, evidenceLostAt) = (0, 0, 0, 0)
        for place in 0..<capacity { clear(place) }
    }

    deinit {
        if owner == nil { unsafe bytes.deallocate() }
    }

    /// Whether it is there for whoever comes after a process that is killed.
    var outlives: Bool { owner != nil }

    /// How many records were thrown away, and are in no batch yet.
    var lost: UInt32 {
        get { UInt32(truncatingIfNeeded: self[word: 0]) }
        set { self[word: 0] = UInt64(newValue) }
    }

    /// How many frames were received, and are neither recorded nor known to need no record.
    var inHand: UInt32 {
        get { UInt32(truncatingIfNeeded: self[word: 1]) }
        set { self[word: 1] = UInt64(newValue) }
    }

    /// How many of the records that were thrown away tell of leases, and are in no event yet.
    var evidenceLost: UInt32 {
        get { UInt32(truncatingIfNeeded: self[word: 2]) }
        set { self[word: 2] = UInt64(newValue) }
    }

    /// When the first of these was seen, in microseconds since the Unix epoch.
    var evidenceLostAt: UInt64 {
        get { self[word: 3] }
        set { self[word: 3] = newValue }
    }

    /// How many bytes and records the batch in a place has.
    func state(of place: Int) -> (length: Int, records: UInt16) {
        let word = self[word: Self.countsLength + place]
        return (min(Int(word >> 16 & 0xFFFF_FFFF), batchLength), UInt16(truncatingIfNeeded: word))
    }

    /// Adds bytes to the batch in a place, which has room for them, and so many records.
    func add(_ head: RawSpan, _ rest: RawSpan = RawSpan(), records: UInt16, to place: Int) {
        let before = state(of: place)
        write(head, to: place, at: before.length)
        write(rest, to: place, at: before.length + head.byteCount)
        set(place, length: before.length + head.byteCount + rest.byteCount, records: before.records + records)
    }

    /// There is no batch in a place any more.
    func clear(_ place: Int) {
        set(place, length: 0, records: 0)
    }

    /// Takes the batch in a place over from another memory, or from the same, mapped once more.
    func take(_ place: Int, from other: OutboxMemory) {
        let (length, records) = other.state(of: place)
        let message = other.message(in: place)
        clear(place)
        write(message, to: place, at: 0)
        set(place, length: length, records: records)
    }

    /// The message that the batch in a place is so far.
    @_lifetime(borrow self)
    func message(in place: Int) -> RawSpan {
        let (length, records) = state(of: place)
        let batch = unsafe bytes.baseAddress.unsafelyUnwrapped + offset(of: place)
        unsafe batch.storeBytes(
            of: UInt32(length).bigEndian, toByteOffset: MessageHeader.lengthPosition, as: UInt32.self)
        unsafe batch.storeBytes(of: records.bigEndian, toByteOffset: RecordBatch.countPosition, as: UInt16.self)
        return unsafe _overrideLifetime(RawSpan(_unsafeStart: batch, byteCount: length), borrowing: self)
    }

    /// What is in a place, if it is a batch.
    func batch(in place: Int) -> RecordBatch? {
        guard state(of: place).length > 0 else { return nil }
        let message = unsafe message(in: place).withUnsafeBytes { unsafe [UInt8]($0) }
        guard case .records(let batch)? = try? Message(decoding: message) else { return nil }
        return batch
    }

    /// A batch that was left.
    struct Batch {
        let place: Int
        let instance: UInt64
        let sequence: UInt64
        let records: Int
    }

    /// The batches that an outbox of this component left, in their order; none when they cannot be of one.
    func batches(of source: ComponentName) -> [Batch] {
        let found = (0..<capacity).compactMap { place -> Batch? in
            guard let batch = batch(in: place), batch.source == source, batch.sequence > 0, batch.sequence < 1 << 63
            else { return nil }
            return Batch(
                place: place, instance: batch.instance, sequence: batch.sequence, records: batch.records.count)
        }.sorted { $0.sequence < $1.sequence }
        let areOfOne = zip(found, found.dropFirst()).allSatisfy { one, next in
            next.instance == one.instance && next.sequence - one.sequence == 1
        }
        return areOfOne ? found : []
    }

    private func write(_ source: RawSpan, to place: Int, at position: Int) {
        precondition(position + source.byteCount <= batchLength)
        let start = offset(of: place) + position
        unsafe source.withUnsafeBytes { source in
            unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + source.count])
                .copyMemory(from: source)
        }
    }

    private func set(_ place: Int, length: Int, records: UInt16) {
        self[word: Self.countsLength + place] = UInt64(length) << 16 | UInt64(records)
    }

    private func offset(of place: Int) -> Int {
        precondition((0..<capacity).contains(place))
        return (Self.countsLength + capacity) * Self.wordLength + place * batchLength
    }

    private subscript(word number: Int) -> UInt64 {
        get { unsafe word(number).pointee.load(ordering: .acquiring) }
        // Not before what was written until here.
        set { unsafe word(number).pointee.store(newValue, ordering: .releasing) }
    }

    private func word(_ number: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        unsafe (bytes.baseAddress.unsafelyUnwrapped + number * Self.wordLength)
            .assumingMemoryBound(to: Atomic<UInt64>.self)
    }
}

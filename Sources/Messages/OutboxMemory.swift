internal import Synchronization

/// Memory in which an outbox keeps its batches for whoever comes after a process that is killed.
///
/// Each batch has a place of fixed size there: what it holds is written first, and then, in one word, that it does. So it
/// is whole at any moment. Only one process writes at a time.
///
/// Whoever reads it does not trust it: what is not a batch is not there.
@safe
public struct OutboxMemory: @unchecked Sendable {
    /// How many batches have a place.
    let capacity: Int
    /// How many bytes a batch has at most.
    let batchLength: Int
    private let bytes: UnsafeMutableRawBufferPointer
    // Counts, then the places; each begins with the word that says how many bytes and records it has.
    private static let headerLength = 64
    private static let wordLength = 8

    /// How many bytes of memory an outbox needs, by default one of the standard size.
    public static func length(
        capacity: Int = Outbox.standardCapacity, batchLength: Int = Outbox.standardBatchLength
    ) -> Int {
        headerLength + capacity * (wordLength + batchLength)
    }

    /// Memory of the length that `length` says, at an address that 8 divides; it is not freed with this value.
    public init(
        _ bytes: UnsafeMutableRawBufferPointer, capacity: Int = Outbox.standardCapacity,
        batchLength: Int = Outbox.standardBatchLength
    ) {
        precondition(batchLength % Self.wordLength == 0)
        precondition(bytes.count >= Self.length(capacity: capacity, batchLength: batchLength))
        (self.capacity, self.batchLength) = (capacity, batchLength)
        unsafe self.bytes = bytes
    }

    /// How many records were thrown away, and are in no batch yet.
    var lost: UInt32 {
        get { UInt32(truncatingIfNeeded: load(at: 0)) }
        nonmutating set { store(UInt64(newValue), at: 0) }
    }

    /// How many frames were received, and are neither recorded nor known to need no record.
    var inHand: UInt32 {
        get { UInt32(truncatingIfNeeded: load(at: Self.wordLength)) }
        nonmutating set { store(UInt64(newValue), at: Self.wordLength) }
    }

    /// The batch in a place has these bytes and so many records by now; those that it had before are as they were.
    func write(_ batch: [UInt8], records: UInt16, in place: Int) {
        let known = self.state(of: place).length
        guard batch.count <= batchLength, known <= batch.count else { return }
        let start = offset(of: place) + Self.wordLength
        unsafe batch.withUnsafeBytes { source in
            unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[start + known..<start + batch.count])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[known...]))
        }
        store(UInt64(batch.count) << 16 | UInt64(records), at: offset(of: place))
    }

    /// There is no batch in a place any more.
    func clear(_ place: Int) {
        store(0, at: offset(of: place))
    }

    /// Nothing is there any more.
    func clear() {
        (lost, inHand) = (0, 0)
        for place in 0..<capacity { clear(place) }
    }

    /// A batch that was left.
    struct Batch {
        let place: Int
        let bytes: [UInt8]
        let instance: UInt64
        let sequence: UInt64
        let records: UInt16
    }

    /// The batches that an outbox of this component left, in their order; none when they cannot be of one.
    func batches(of source: ComponentName) -> [Batch] {
        let found = (0..<capacity).compactMap { batch(of: source, in: $0) }.sorted { $0.sequence < $1.sequence }
        let areOfOne = zip(found, found.dropFirst()).allSatisfy { one, next in
            next.instance == one.instance && next.sequence - one.sequence == 1
                && next.place == (one.place + 1) % capacity
        }
        return areOfOne ? found : []
    }

    private func batch(of source: ComponentName, in place: Int) -> Batch? {
        let (length, records) = state(of: place)
        guard length > RecordBatch.countPosition + 1, length <= batchLength else { return nil }
        let start = offset(of: place) + Self.wordLength
        let left = unsafe Outbox.Batch(bytes: [UInt8](bytes[start..<start + length]), records: records)
        guard case .records(let batch)? = try? Message(decoding: left.message), batch.source == source,
            batch.sequence > 0, batch.sequence < .max
        else { return nil }
        return Batch(
            place: place, bytes: left.bytes, instance: batch.instance, sequence: batch.sequence, records: records)
    }

    private func state(of place: Int) -> (length: Int, records: UInt16) {
        let word = load(at: offset(of: place))
        return (Int(word >> 16 & 0xFFFF_FFFF), UInt16(truncatingIfNeeded: word))
    }

    private func offset(of place: Int) -> Int {
        Self.headerLength + place * (Self.wordLength + batchLength)
    }

    private func word(at offset: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        unsafe (bytes.baseAddress.unsafelyUnwrapped + offset).assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    private func load(at offset: Int) -> UInt64 {
        unsafe word(at: offset).pointee.load(ordering: .acquiring)
    }

    // Not before what was written until here.
    private func store(_ value: UInt64, at offset: Int) {
        unsafe word(at: offset).pointee.store(value, ordering: .releasing)
    }
}

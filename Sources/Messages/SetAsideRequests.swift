/// Records of requests for which an outbox has no room, in a ring of memory: the latest of them, until their replies tell
/// which ones are evidence, or there is room.
///
/// It takes no memory until something is set aside: the pages of the ring are touched one after the other.
@safe
final class SetAsideRequests: @unchecked Sendable {
    private let bytes: UnsafeMutableRawBufferPointer
    /// The latest entry of each bucket, as one more than its position; 0 for none.
    private var latest = [UInt64](repeating: 0, count: 1 << 12)
    /// So that nobody on the LAN knows who shares a bucket.
    private let seed = UInt64.random(in: .min ... .max) | 1
    // Positions only grow; where an entry lies is the rest of a division by the capacity.
    private var begin: UInt64 = 0
    private var end: UInt64 = 0
    /// How many records there are.
    private(set) var count = 0

    /// 4 MiB: at the relay's full rate the requests of a fifth of a second, in which a server that is asked that often
    /// answers or never does.
    static let standardCapacity = 4 << 20

    // Before each record: its length (u32; 0 where the rest of the ring is not used), whether it is gone (u32), its key (u64)
    // and the entry before it in its bucket (u64).
    private static let headerLength = 24
    /// How many entries of a bucket are looked at.
    private static let patience = 32

    init(capacity: Int = standardCapacity) {
        unsafe bytes = .allocate(byteCount: capacity, alignment: 8)
    }

    deinit {
        unsafe bytes.deallocate()
    }

    private var capacity: UInt64 { unsafe UInt64(bytes.count) }

    /// Sets a record aside, `head` and `rest`, under a key; says how many had to go for it.
    func add(_ key: UInt64, _ head: RawSpan, _ rest: RawSpan) -> Int {
        let length = head.byteCount + rest.byteCount
        let needed = UInt64((Self.headerLength + length + 7) & ~7)
        guard needed <= capacity / 2 else { return 1 }
        var gone = 0
        let room = capacity - end % capacity
        if room < needed {
            while end + room - begin > capacity { gone += removeFirst() }
            set(0, at: end)
            end += room
        }
        while end + needed - begin > capacity { gone += removeFirst() }
        let bucket = bucket(of: key)
        set(UInt64(length), at: end)
        set(key, at: end + 8)
        set(latest[bucket], at: end + 16)
        let start = place(of: end) + Self.headerLength
        write(head, at: start)
        write(rest, at: start + head.byteCount)
        latest[bucket] = end + 1
        end += needed
        count += 1
        return gone
    }

    /// The latest record that was set aside under a key, if it is still there: `body` says whether it took it.
    func take(_ key: UInt64, _ body: (RawSpan) -> Bool) {
        var position = latest[bucket(of: key)]
        for _ in 0..<Self.patience where position > begin {
            let (length, isGone) = state(at: position - 1)
            if !isGone, get(at: position - 1 + 8) == key {
                if body(record(at: position - 1, length: length)) { markGone(position - 1, length) }
                return
            }
            position = get(at: position - 1 + 16)
        }
    }

    /// Gives `body` the records, the first ones first, for as long as it takes them.
    func takeAll(_ body: (RawSpan) -> Bool) {
        while begin < end {
            let (length, isGone) = state(at: begin)
            if length > 0, !isGone {
                guard body(record(at: begin, length: length)) else { return }
                markGone(begin, length)
            }
            _ = removeFirst()
        }
    }

    /// Forgets the first entry, and says how many records it was.
    private func removeFirst() -> Int {
        let (length, isGone) = state(at: begin)
        guard length > 0 else {
            begin += capacity - begin % capacity
            return 0
        }
        begin += UInt64((Self.headerLength + length + 7) & ~7)
        guard !isGone else { return 0 }
        count -= 1
        return 1
    }

    private func markGone(_ position: UInt64, _ length: Int) {
        set(UInt64(length) | 1 << 32, at: position)
        count -= 1
    }

    private func state(at position: UInt64) -> (length: Int, isGone: Bool) {
        let word = get(at: position)
        return (Int(word & 0xFFFF_FFFF), word >> 32 != 0)
    }

    @_lifetime(borrow self)
    private func record(at position: UInt64, length: Int) -> RawSpan {
        let start = place(of: position) + Self.headerLength
        let slice = unsafe UnsafeRawBufferPointer(rebasing: bytes[start..<start + length])
        return unsafe _overrideLifetime(RawSpan(_unsafeBytes: slice), borrowing: self)
    }

    private func write(_ source: RawSpan, at start: Int) {
        unsafe source.withUnsafeBytes { source in
            unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + source.count])
                .copyMemory(from: source)
        }
    }

    private func bucket(of key: UInt64) -> Int { Int((key &* seed) >> 52) }

    private func place(of position: UInt64) -> Int { Int(position % capacity) }

    private func get(at position: UInt64) -> UInt64 {
        unsafe bytes.load(fromByteOffset: place(of: position), as: UInt64.self)
    }

    private func set(_ word: UInt64, at position: UInt64) {
        unsafe bytes.storeBytes(of: word, toByteOffset: place(of: position), as: UInt64.self)
    }
}

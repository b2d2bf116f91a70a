/// What has arrived of one flood; times are microseconds.
struct Tally {
    /// Which flood is counted.
    let mark: UInt8
    /// How many of its requests arrived, each counted once.
    private(set) var distinct = 0
    /// How many arrived again.
    private(set) var duplicates = 0
    /// Datagrams of other floods, or without any number.
    private(set) var others = 0
    /// When the first arrived, and the last.
    private(set) var firstArrival: UInt64 = 0
    private(set) var lastArrival: UInt64 = 0
    private var seen = [UInt64](repeating: 0, count: RequestNumber.limit / 64)

    /// Nothing of the flood with this mark has arrived yet.
    init(mark: UInt8) {
        self.mark = mark
    }

    /// Counts what arrived at `time`.
    mutating func count(_ request: RequestNumber, at time: UInt64) {
        guard request.mark == mark else { return countOther() }
        let (word, bit) = (request.position / 64, UInt64(1) << UInt64(request.position % 64))
        guard seen[word] & bit == 0 else { return duplicates += 1 }
        seen[word] |= bit
        if distinct == 0 { firstArrival = time }
        distinct += 1
        lastArrival = time
    }

    /// Counts a datagram that is no request of the flood.
    mutating func countOther() {
        others += 1
    }
}

internal import Messages

/// What became of the frames that travelled one way: a fixed number of counters, so that counting allocates nothing.
struct Counters {
    private var frames = InlineArray<32, UInt64>(repeating: 0)
    /// Frames that the kernel threw away because they came faster than they were read.
    var lostInKernel: UInt64 = 0

    /// How many frames had this verdict.
    subscript(verdict: Verdict) -> UInt64 { frames[Int(verdict.rawValue)] }

    /// Counts one frame.
    mutating func count(_ verdict: Verdict) {
        frames[Int(verdict.rawValue)] += 1
    }

    /// Adds what was counted elsewhere.
    mutating func add(_ other: Counters) {
        for index in frames.indices { frames[index] += other.frames[index] }
        lostInKernel += other.lostInKernel
    }

    /// The reasons for which frames were dropped, each with their number.
    var drops: [(reason: Verdict, count: UInt64)] {
        Verdict.allCases.filter { $0.isDrop && self[$0] > 0 }.map { ($0, self[$0]) }
    }
}

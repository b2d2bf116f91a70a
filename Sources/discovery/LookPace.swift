/// When the networks are looked at again, where every change is heard of.
///
/// All times are microseconds of a clock that never goes back.
struct LookPace {
    /// When a look is due because of what was heard.
    private(set) var due: UInt64?
    private var rested: UInt64 = 0

    /// How long changes gather before they are looked at: whoever configures an interface makes several, one after the
    /// other, and half of them is no state to start a server in.
    static let gathering: UInt64 = 20_000
    /// How many times as long as a look took nothing is looked at behind it: where routes change without end, looking must
    /// not take the processor.
    static let rest: UInt64 = 10

    /// Something has changed.
    mutating func noteChange(now: UInt64) {
        due = due ?? max(now + Self.gathering, rested)
    }

    /// Everything was looked at from `begin` to `end`.
    mutating func noteLook(from begin: UInt64, to end: UInt64) {
        due = nil
        rested = end + Self.rest * (end - begin)
    }

    /// When the next look is due, which is no later than the watch says; nothing for never.
    func next(before deadline: UInt64?) -> UInt64? {
        [due, deadline].compactMap(\.self).min()
    }
}

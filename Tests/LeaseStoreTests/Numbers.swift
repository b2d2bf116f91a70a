/// Numbers that look random and are the same in every run.
struct Numbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed &* 0x9E37_79B9_7F4A_7C15
    }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }

    /// Whether something happens that happens once in `count` times.
    mutating func happens(onceIn count: Int) -> Bool {
        Int.random(in: 0..<count, using: &self) == 0
    }
}

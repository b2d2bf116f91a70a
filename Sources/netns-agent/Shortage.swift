import Logging

/// Something that cannot be done for lack of descriptors or memory, of which people are told once.
struct Shortage {
    /// Whether people were told, and it could not be done since.
    private(set) var isTold = false

    /// Says what cannot be done just now.
    mutating func tell(_ text: String, _ log: Logger) {
        if !isTold { log.warning("\(text); it is tried again") }
        isTold = true
    }

    /// It can be done again.
    mutating func end() {
        isTold = false
    }
}

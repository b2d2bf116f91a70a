import Addresses

/// The checksum of IP, UDP and ICMP: the one's complement of the one's complement sum of 16-bit words (RFC 1071).
///
/// It adds 64 bits at a time. A carry out of the highest bit is added at the lowest, and the halves are folded at the
/// end (RFC 1071, section 2, B and C).
struct InternetChecksum {
    private var sum: UInt64 = 0

    /// Adds `bytes`.
    ///
    /// An odd last byte counts as if a zero followed it, so that only the last part may be odd.
    mutating func add(_ bytes: ByteView) {
        var offset = 0
        while offset + 8 <= bytes.count {
            add(bytes.uint64(at: offset))
            offset += 8
        }
        var rest: UInt64 = 0
        for position in offset..<bytes.count {
            rest |= UInt64(bytes.uint8(at: position)) << UInt64(56 - 8 * (position - offset))
        }
        add(rest)
    }

    /// Adds both halves of an address, as in the pseudo header of UDP.
    mutating func add(_ address: IPv4Address) {
        add(UInt64(address.rawValue))
    }

    /// Adds one word.
    mutating func add(_ word: UInt16) {
        add(UInt64(word))
    }

    /// Subtracts a word, such as an unfinished checksum, by adding its one's complement.
    mutating func remove(_ word: UInt16) {
        add(~word)
    }

    /// The checksum of all that was added, if the checksum field itself was added as zero.
    var checksum: UInt16 { ~folded }

    /// Whether all that was added, with its checksum field, is intact.
    var isValid: Bool { folded == 0xFFFF }

    private mutating func add(_ words: UInt64) {
        let (partial, carry) = sum.addingReportingOverflow(words)
        sum = partial &+ (carry ? 1 : 0)
    }

    private var folded: UInt16 {
        var folded = (sum >> 32) + (sum & 0xFFFF_FFFF)
        while folded > 0xFFFF {
            folded = (folded >> 16) + (folded & 0xFFFF)
        }
        return UInt16(folded)
    }
}

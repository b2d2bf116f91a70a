import Addresses

/// The checksum of IP, UDP and ICMP: the one's complement of the one's complement sum of 16-bit words (RFC 1071).
///
/// Sums 64 bits at a time: a carry out of the top goes back in at the bottom, and the halves are folded at the end
/// (RFC 1071, section 2, B and C).
struct InternetChecksum {
    private var sum: UInt64 = 0

    /// Adds `bytes`; an odd last byte counts as if a zero followed it, so only the last part may have one.
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

    /// Takes a word out again, such as an unfinished checksum: in one's complement, adding its complement.
    mutating func remove(_ word: UInt16) {
        add(~word)
    }

    /// The checksum of what was added, the field itself counting as zero.
    var checksum: UInt16 { ~folded }

    /// Whether what was added, with its checksum field, is intact.
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

import Packet
import PacketTesting

/// In what the two hosts may differ, each for a reason that docs/fidelity.md gives.
enum Normalization: String, CaseIterable {
    /// The IP identification, which each kernel counts for itself, and the header's checksum that covers it.
    case identification = "ip-identification"
    /// A UDP checksum that was left to the network card: it is completed on the way.
    case unfinishedChecksum = "unfinished-checksum"
    /// Seconds that are counted to a time: of a lease that was given before, one second more or less.
    case seconds = "seconds"
    /// When clients are to renew and to rebind (options 58 and 59): dnsmasq draws by lot up to a sixteenth of the time of the
    /// lease earlier, so that not all come at once (rfc2131.c).
    case renewalTimes = "renewal-times"
}

/// A frame that a host sends, as it is compared: DHCP and other UDP, byte by byte but for `Normalization`.
struct Emission: Hashable {
    /// The frame, with complete checksums and without what each kernel counts for itself.
    private(set) var bytes: [UInt8]
    /// An option that counts seconds.
    struct Duration: Hashable {
        let option: UInt8
        let seconds: UInt32
    }

    /// The options that count seconds.
    private(set) var durations: [Duration] = []
    private(set) var normalized: Set<Normalization> = []
    /// `xid`, where the frame holds a reply.
    let transaction: UInt32?

    init(_ frame: [UInt8], checksumNotReady: Bool) {
        let complete = checksumNotReady ? withFittingIPChecksums(frame) : frame
        bytes = complete
        if let message = DHCPMessage(frame: complete.span.rawBytes) {
            transaction = message.transactionIdentifier
        } else {
            transaction = nil
        }
        if checksumNotReady, complete != frame { normalized.insert(.unfinishedChecksum) }
        forgetIdentification()
        takeSeconds()
    }

    private mutating func forgetIdentification() {
        guard bytes.count >= 34, bytes[12...13] == [8, 0] else { return }
        for index in [18, 19, 24, 25] {
            if bytes[index] != 0 { normalized.insert(.identification) }
            bytes[index] = 0
        }
    }

    /// Takes options 51, 58 and 59 out of the frame, and the UDP checksum that covers them.
    private mutating func takeSeconds() {
        let options = 14 + 20 + 8 + 240
        guard transaction != nil, bytes.count > options else { return }
        var place = options
        while place + 1 < bytes.count, bytes[place] != 255 {
            guard bytes[place] != 0 else {
                place += 1
                continue
            }
            let end = place + 2 + Int(bytes[place + 1])
            // In the first part of a long reply the last option is cut off.
            guard end <= bytes.count else { break }
            if [51, 58, 59].contains(bytes[place]), end == place + 6 {
                let seconds = bytes[place + 2..<end].reduce(0) { $0 << 8 | UInt32($1) }
                durations.append(Duration(option: bytes[place], seconds: seconds))
                for index in place + 2..<end { bytes[index] = 0 }
            }
            place = end
        }
        guard !durations.isEmpty else { return }
        (bytes[40], bytes[41]) = (0, 0)
    }

    /// In what the other host's frame differs that may differ; nothing when it differs in something else.
    func differences(from other: Emission) -> Set<Normalization>? {
        guard bytes == other.bytes, durations.map(\.option) == other.durations.map(\.option) else { return nil }
        let lease = durations.first { $0.option == 51 }?.seconds ?? 0
        var found: Set<Normalization> = []
        for (first, second) in zip(durations, other.durations) where first != second {
            let distance = max(first.seconds, second.seconds) - min(first.seconds, second.seconds)
            let isRenewal = first.option != 51
            guard distance <= 1 || isRenewal && distance <= lease / 16 else { return nil }
            found.insert(distance <= 1 ? .seconds : .renewalTimes)
        }
        return found
    }
}

extension Emission: CustomStringConvertible {
    var description: String {
        let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return "\(digits) \(durations.map { "option \($0.option): \($0.seconds) s" })"
    }
}

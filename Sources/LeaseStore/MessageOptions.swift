internal import Addresses
internal import Packet

/// The options of a message that the database has columns for, read in one walk: it is made for each packet.
struct MessageOptions {
    /// Option 61, all parts of it (RFC 3396); empty when there is none.
    private(set) var clientIdentifier: [UInt8] = []
    /// Option 12, all parts of it, without NULs at its end (RFC 2132, section 2); empty when there is none.
    private(set) var hostName: [UInt8] = []
    /// Option 54.
    private(set) var serverIdentifier = FirstNumber()
    /// Option 50.
    private(set) var requestedAddress = FirstNumber()
    /// Option 51.
    private(set) var leaseTime = FirstNumber()
    /// Option 1.
    private(set) var subnetMask = FirstNumber()
    /// Whether there is an option 80.
    private(set) var hasRapidCommit = false

    /// An option of four bytes: the first one counts, if it has as many.
    struct FirstNumber {
        private(set) var number: UInt32?
        private var isThere = false

        var address: IPv4Address? { number.map(IPv4Address.init(rawValue:)) }

        fileprivate mutating func note(_ value: borrowing ByteView) {
            guard !isThere else { return }
            isThere = true
            if value.count == 4 { number = value.uint32(at: 0) }
        }
    }

    /// The options of `message`.
    init(_ message: borrowing DHCPMessage) {
        var walk = message.options
        while let option = walk.next() {
            switch option.code {
            case .clientIdentifier: clientIdentifier += option.value.array
            case .hostName: hostName += option.value.array
            case .serverIdentifier: serverIdentifier.note(option.value)
            case .requestedAddress: requestedAddress.note(option.value)
            case .leaseTime: leaseTime.note(option.value)
            case .subnetMask: subnetMask.note(option.value)
            case .rapidCommit: hasRapidCommit = true
            default: continue
            }
        }
        while hostName.last == 0 { hostName.removeLast() }
    }
}

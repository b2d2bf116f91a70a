import Addresses
import PacketTesting

/// Who a message says that it is from.
struct Party: Hashable, Sendable {
    /// Which of the clients: their hardware addresses differ in it.
    var number: UInt8
    /// `htype`.
    var hardwareType: UInt8 = 1
    /// Option 61.
    var identifier: [UInt8]?
    /// Option 12.
    var hostName: String?

    static let count: UInt8 = 9

    var hardwareAddress: MACAddress { MACAddress(rawValue: 0x0200_5E30_0000 + UInt64(number)) }

    /// A client as it calls itself when nobody lies: a third of them have no identifier, and two of them the same one, as
    /// a notebook has with its dock and without.
    init(_ number: UInt8) {
        self.number = number
        identifier =
            switch number % 3 {
            case 0: nil
            case 1: [1] + hardwareAddress.bytes
            default: [0xFF, 0, 0, number / 6]
            }
        hostName = number % 2 == 0 ? "host-\(number)" : nil
    }
}

/// An address in a message, which may depend on what the server has said.
enum Subject: Hashable, Sendable {
    case none
    /// One of those that servers give.
    case pool(Int)
    /// The one that was offered last in this conversation.
    case offered
    /// The one that the client of this hardware address was given last.
    case held

    /// All addresses that servers give: ten on the LAN, ten behind a relay agent.
    static let pool = (30..<40).map { IPv4Address(192, 168, 50, $0) } + (30..<40).map { IPv4Address(192, 168, 60, $0) }
}

/// The server that a message names.
enum NamedServer: Hashable, Sendable {
    case none, ours, other

    var address: IPv4Address? {
        switch self {
        case .none: nil
        case .ours: Agreement.server
        case .other: IPv4Address(192, 168, 50, 99)
        }
    }
}

/// A message of a client, or of somebody who says that he is one.
struct Message: Hashable, Sendable {
    /// Option 53; nothing in BOOTP.
    var type: UInt8?
    var party: Party
    var transaction: UInt32
    /// `giaddr`.
    var relay = IPv4Address.unspecified
    /// Option 50.
    var requested = Subject.none
    /// `ciaddr`.
    var client = Subject.none
    /// `yiaddr`, which is not the client's to write.
    var your = Subject.none
    var server = NamedServer.none
    /// Option 51.
    var seconds: UInt32?
    var isRapid = false
    /// Whether the client asks for option 51.
    var asksForTime = false
}

/// Messages that belong together: those of a group leave without waiting for what is said to them.
struct Conversation: Hashable, Sendable {
    var groups: [[Message]]
    /// For how many seconds everybody is silent before, so that leases end.
    var pause = 0
}

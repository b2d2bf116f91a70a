public import Addresses
public import Packet

/// What a DHCP message says to those who have to do with it on its way (RFC 2131, section 2): whoever decides about a
/// frame reads it, and hands this on.
public struct MessageSummary: Hashable, Sendable {
    /// The direction of the message: `op`.
    public let operation: DHCPOperation
    /// The type of the message; nothing in a BOOTP message, and where none could be read.
    public let messageType: DHCPMessageType?
    /// The client's Ethernet address: `chaddr`; nothing if its hardware address is of another kind.
    public let client: MACAddress?
    /// The number that all messages of an exchange share: `xid`.
    public let transaction: UInt32
    /// How long the client says that it has been trying, in seconds: `secs`.
    public let secs: UInt16
    /// The address that the client has: `ciaddr`, or 0.0.0.0.
    public let clientAddress: IPv4Address
    /// The address that the server gives: `yiaddr`, or 0.0.0.0.
    public let yourAddress: IPv4Address

    /// What this message says.
    public init(_ message: borrowing DHCPMessage) {
        operation = message.operation
        messageType = message.messageType
        client = message.clientMACAddress
        transaction = message.transactionIdentifier
        secs = message.secs
        clientAddress = message.clientAddress
        yourAddress = message.yourAddress
    }

    /// What a request and its reply have in common: the transaction and the client, in 32 bits each.
    public var exchange: UInt64 {
        let client = client?.rawValue ?? 0
        return UInt64(transaction) << 32 | UInt64(UInt32(truncatingIfNeeded: client ^ client >> 32))
    }
}

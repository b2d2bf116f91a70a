public import Addresses
public import Messages
internal import Packet

/// The question whether a server is there: a DHCPINFORM (RFC 2131, section 3.4), which takes no lease.
///
/// It looks as one of a client on the LAN, but never was there, and its answer never gets there. It asks in the name of
/// the gateway: to answer, servers that send through kernel sockets ask by ARP for that address, and that is a sign of
/// life too.
public struct Probe: Sendable {
    /// Who asks: an address that no card has (locally administered).
    public static let client = MACAddress(0x02, 0x6D, 0x73, 0x6F, 0x63, 0x6B)

    /// The Ethernet frame, or nothing in a network without any other address.
    public let frame: [UInt8]

    /// The question for the server on a link.
    ///
    /// - Parameter transaction: what its answer is known by.
    public init?(on link: Link, transaction: UInt32) {
        guard let address = link.network.gateway ?? Self.lastAddress(in: link.network) else { return nil }
        var question = ClientFrame(.inform, from: Self.client, transaction: transaction)
        question.clientAddress = address
        // It wants to know the subnet mask (option 1).
        question.options = [DHCPOptionCode.parameterRequestList.rawValue, 1, 1]
        frame = question.bytes
    }

    /// Where there is no gateway: an address of the network that is not the host's own.
    private static func lastAddress(in network: AttachedNetwork) -> IPv4Address? {
        guard network.network.prefixLength < 31 else { return nil }
        let last = network.network.broadcastAddress.rawValue - 1
        return IPv4Address(rawValue: last == network.address.rawValue ? last - 1 : last)
    }

    /// Whether a message that a server sent is the answer to a question.
    public static func isAnswered(by message: MessageSummary) -> Bool {
        message.operation == .reply && message.client == client
    }
}

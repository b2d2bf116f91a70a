public import Addresses
internal import Packet

/// Checks which other DHCP servers answer on the LANs.
public enum ServerFindings {
    /// A server's answer to a DHCPDISCOVER.
    public struct Answer: Hashable, Sendable {
        /// The server identifier (option 54), or the source address of the packet if it has none.
        public let server: IPv4Address
        /// The station that sent the frame: the server or a relay agent.
        public let macAddress: MACAddress
        /// The address that it offers.
        public let offered: IPv4Address

        /// Reads the answer in an Ethernet frame; nil if the frame is no answer, or belongs to another transaction.
        public init?(frame: RawSpan, transaction: UInt32) {
            guard let ethernet = EthernetFrame(ByteView(frame)), let packet = IPv4Packet(ethernet.payload),
                let message = DHCPMessage(frame: frame), message.operation == .reply,
                message.transactionIdentifier == transaction
            else { return nil }
            server = message.serverIdentifier ?? packet.source
            macAddress = ethernet.source
            offered = message.yourAddress
        }

        /// Makes an answer of `server`.
        public init(server: IPv4Address, macAddress: MACAddress, offered: IPv4Address) {
            self.server = server
            self.macAddress = macAddress
            self.offered = offered
        }
    }

    static let subject = "other servers"

    /// Lists the servers that answered on an interface, each of them once.
    ///
    /// - Parameter waited: how long the check waited for answers, in seconds.
    public static func servers(_ answers: [Answer], on interface: InterfaceName, waited: UInt64) -> [Finding] {
        var known: Set<IPv4Address> = []
        let first = answers.filter { known.insert($0.server).inserted }
        guard !first.isEmpty else {
            return [Finding(subject, .ok, "none answered on \(interface) within \(waited) s")]
        }
        return first.map { answer in
            Finding(
                subject, .warning,
                "the DHCP server \(answer.server) (\(answer.macAddress)) answers on \(interface) and offers "
                    + "\(answer.offered)",
                advice: "clients take whichever answers first: stop one of the two, unless they are meant to share the "
                    + "LAN")
        }
    }

    /// Says why nothing is known about other servers, on one interface or on all.
    public static func unknown(_ reason: String) -> Finding {
        Finding(subject, .unchecked, reason)
    }
}

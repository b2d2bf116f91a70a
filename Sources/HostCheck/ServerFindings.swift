public import Addresses
internal import Packet

/// Which DHCP servers answer on the LANs.
public enum ServerFindings {
    /// A server's answer to a DHCPDISCOVER.
    public struct Answer: Hashable, Sendable {
        /// What the server calls itself (option 54), or else the source of its packet.
        public let server: IPv4Address
        /// The station that sent the frame: the server's, or that of a relay agent.
        public let macAddress: MACAddress
        /// The address that it offers.
        public let offered: IPv4Address

        /// The answer in an Ethernet frame; nothing when it is another frame, or belongs to another transaction.
        public init?(frame: RawSpan, transaction: UInt32) {
            guard let ethernet = EthernetFrame(ByteView(frame)), let packet = IPv4Packet(ethernet.payload),
                let message = DHCPMessage(frame: frame), message.operation == .reply,
                message.transactionIdentifier == transaction
            else { return nil }
            server = message.serverIdentifier ?? packet.source
            macAddress = ethernet.source
            offered = message.yourAddress
        }

        /// An answer of `server`.
        public init(server: IPv4Address, macAddress: MACAddress, offered: IPv4Address) {
            self.server = server
            self.macAddress = macAddress
            self.offered = offered
        }
    }

    static let subject = "other servers"

    /// The servers that answered on an interface, each once.
    ///
    /// - Parameter waited: for how many seconds answers were waited for.
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

    /// Why nothing is known about servers on an interface, or on none.
    public static func unknown(_ reason: String) -> Finding {
        Finding(subject, .unchecked, reason)
    }
}

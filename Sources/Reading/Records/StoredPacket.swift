internal import FoundationEssentials
internal import GRDB
package import LeaseStore
internal import Packet

/// A row of the `packets` table.
///
/// What the packet does not say is nil; texts are as in the table.
package struct StoredPacket: Hashable, Sendable {
    /// The number of the row.
    package let id: Int64
    /// In microseconds since the Unix epoch.
    package let capturedAt: Int64
    /// The LAN.
    package let interface: String
    /// `to-server` or `to-client`.
    package let direction: String
    /// `forwarded`, or why it was dropped.
    package let verdict: String
    /// `DISCOVER` and so on; nothing for BOOTP.
    package let messageType: String?
    /// `xid`, such as `0x3d641164`; nothing when the frame is no DHCP message.
    package let transactionIdentifier: String?
    /// `chaddr`.
    package let clientMAC: String?
    /// `ciaddr`, the address the client has.
    package let clientAddress: String?
    /// `yiaddr`, the address the server gives.
    package let yourAddress: String?
    /// `giaddr`, the relay agent.
    package let relayAddress: String?
    /// Option 54, by which the server that answers is known, and the one that is meant.
    package let serverIdentifier: String?
    /// Option 50, the address the client asks for.
    package let requestedAddress: String?
    /// Option 51.
    package let leaseSeconds: Int64?
    /// Option 12.
    package let hostName: String?
    /// The Ethernet frame; without any bytes when it was not kept.
    package let frame: [UInt8]

    static let columns = [
        "captured_at", "interface", "direction", "verdict", "message_type", "transaction_id", "client_mac",
        "client_address", "your_address", "relay_address", "server_identifier", "requested_address", "lease_seconds",
        "host_name", "frame",
    ]

    /// The row as `columns` selects it behind its `id`.
    init(_ row: Row) {
        (id, capturedAt, interface, direction, verdict) = (row[0], row[1], row[2], row[3], row[4])
        (messageType, transactionIdentifier, clientMAC) = (row[5], row[6], row[7])
        (clientAddress, yourAddress, relayAddress) = (row[8], row[9], row[10])
        (serverIdentifier, requestedAddress, leaseSeconds, hostName) = (row[11], row[12], row[13], row[14])
        frame = (row[15] as Data?).map(Array.init) ?? []
    }

    /// From where to where the frame went, if it was kept and is UDP over IPv4: `0.0.0.0.68 > 255.255.255.255.67`, as
    /// tcpdump writes it.
    package var path: String? {
        guard let ethernet = EthernetFrame(ByteView(unsafe frame.span.bytes)), ethernet.etherType == .ipv4,
            let packet = IPv4Packet(ethernet.payload), let datagram = UDPDatagram(packet)
        else { return nil }
        return "\(packet.source).\(datagram.sourcePort) > \(packet.destination).\(datagram.destinationPort)"
    }
}

/// Rows of the `packets` table, a page at a time.
package struct PacketPages {
    private var pages: RowPages

    init(_ pages: RowPages) {
        self.pages = pages
    }

    /// The next rows, or nothing when there are no more.
    ///
    /// - Throws: `failed`.
    package mutating func nextPage() throws(LeaseStoreError) -> [StoredPacket]? {
        do { return try pages.next()?.map(StoredPacket.init) } catch { throw LeaseStoreError(error) }
    }
}

extension LeaseReader {
    /// The packets that `filter` leaves, the newest last.
    ///
    /// - Throws: `failed`.
    package func packets(where filter: RecordFilter) throws(LeaseStoreError) -> PacketPages {
        do {
            return PacketPages(
                try RowPages(connection, .packets, columns: StoredPacket.columns, where: filter, newest: nil))
        } catch {
            throw LeaseStoreError(error)
        }
    }
}

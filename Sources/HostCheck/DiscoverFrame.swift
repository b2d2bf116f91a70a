public import Addresses
internal import Packet

/// The frame by which a host looks for DHCP servers: a DHCPDISCOVER (RFC 2131, sections 2 and 4.4.1).
public enum DiscoverFrame {
    /// The name by which it shows in the logs of servers (option 12).
    public static let hostName = "middle-sock-doctor"

    /// The frame, 342 bytes with right checksums.
    ///
    /// The broadcast flag is set, so that answers come to everybody whatever address they offer.
    ///
    /// - Parameters:
    ///   - macAddress: the host's on the LAN, as sender and as client.
    ///   - transaction: the number that answers will bear (`xid`).
    ///   - secs: for how many seconds this has been going on.
    public static func bytes(from macAddress: MACAddress, transaction: UInt32, secs: UInt16) -> [UInt8] {
        var frame = ClientFrame(.discover, from: macAddress, transaction: transaction)
        frame.secs = secs
        frame.wantsBroadcast = true
        frame.options = [DHCPOptionCode.hostName.rawValue, UInt8(hostName.utf8.count)] + Array(hostName.utf8)
        return frame.bytes
    }
}

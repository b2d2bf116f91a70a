public import Addresses
internal import Packet

/// The frame by which a host looks for DHCP servers: a DHCPDISCOVER (RFC 2131, sections 2 and 4.4.1).
public enum DiscoverFrame {
    /// The name that servers write into their logs (option 12).
    public static let hostName = "middle-sock-doctor"

    /// Makes the frame: 342 bytes, with correct checksums.
    ///
    /// The broadcast flag is set, so that every station hears the answers, whatever address they offer.
    ///
    /// - Parameters:
    ///   - macAddress: the MAC address of the host on the LAN; it is the sender and the client.
    ///   - transaction: the number that the answers repeat (`xid`).
    ///   - secs: how long the client has been asking, in seconds.
    public static func bytes(from macAddress: MACAddress, transaction: UInt32, secs: UInt16) -> [UInt8] {
        var frame = ClientFrame(.discover, from: macAddress, transaction: transaction)
        frame.secs = secs
        frame.wantsBroadcast = true
        frame.options = [DHCPOptionCode.hostName.rawValue, UInt8(hostName.utf8.count)] + Array(hostName.utf8)
        return frame.bytes
    }
}

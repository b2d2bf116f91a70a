internal import Addresses

extension MACAddress {
    /// The address of one of the clients that are played: locally administered ones, one after the other.
    static func client(_ number: Int) -> MACAddress {
        MACAddress(rawValue: 0x0200_BE00_0000 + UInt64(number))
    }
}

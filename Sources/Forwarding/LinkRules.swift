import Addresses
import Messages

/// What may pass on one link.
///
/// Apart from the echo requests that wait for an answer, so that asking a rule never copies their table: that copy
/// cost more than all the rest of a decision.
struct LinkRules {
    let macAddress: MACAddress
    let address: IPv4Address
    // Networks of /31 and /32 have none (RFC 3021).
    let directedBroadcast: IPv4Address?

    init(link: Link) {
        macAddress = link.macAddress
        address = link.network.address
        let network = link.network.network
        directedBroadcast = network.prefixLength < 31 ? network.broadcastAddress : nil
    }
}

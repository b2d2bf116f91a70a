import Addresses
import Messages

/// What may pass on one link.
///
/// Apart from the echo requests that wait for an answer, so that asking a rule never copies their table: that copy
/// cost more than all the rest of a decision.
struct LinkRules {
    let macAddress: MACAddress
    let host: HostAddresses
    /// Where requests may be sent to through a runtime, which brings what is its other containers' as well; nothing on the
    /// host's own interface.
    private let runtimeBroadcasts: [IPv4Address]?

    init(link: Link, of host: HostAddresses? = nil) {
        macAddress = link.macAddress
        self.host = host ?? HostAddresses(of: [link])
        let network = link.network.network
        // Networks of /31 and /32 have none (RFC 3021).
        let directed = network.prefixLength < 31 ? [network.broadcastAddress] : []
        runtimeBroadcasts = link.container == nil ? nil : directed + [.broadcast]
    }

    /// Whether what passes is on the host's own interface, and not on that of a container.
    var isOnHost: Bool { runtimeBroadcasts == nil }

    /// Whether the server gets requests that are sent to this address.
    ///
    /// What reaches the host's own interface a server may hear by a packet socket whatever its address, as dhcpd does; the
    /// kernel of its namespace passes on by other sockets what is the host's, as the host's own does.
    func takesRequest(to destination: IPv4Address) -> Bool {
        guard let runtimeBroadcasts else { return true }
        return host.contains(destination) || runtimeBroadcasts.contains(destination)
    }
}

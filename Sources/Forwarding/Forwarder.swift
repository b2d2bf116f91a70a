public import Messages
import Packet

/// The relay's decision about the frames of one link: what goes on to the other side, unchanged, and what does not.
///
/// From the LAN pass DHCP requests, and the answers to what the server asked by ARP and ICMP echo. From the server pass
/// DHCP replies, ARP requests and ICMP echo requests, from the host's addresses only, and no more of each than requests
/// can give reason for. All else is dropped with a reason.
/// Nothing in here allocates.
public struct Forwarder: Sendable {
    private var rules: LinkRules
    private var state = LinkState()

    /// A forwarder for the link on which the host is `link`.
    ///
    /// - Parameter host: the host's addresses, where it is on other links too.
    public init(link: Link, of host: HostAddresses? = nil) {
        rules = LinkRules(link: link, of: host)
    }

    /// From now on the host is `link` there, and has these addresses; what was asked before may still be answered.
    public mutating func show(_ link: Link, of host: HostAddresses) {
        rules = LinkRules(link: link, of: host)
    }

    /// What to do with `frame`, which travels in `direction`, at the time `now` in microseconds of a clock that never
    /// goes back.
    public mutating func decide(
        _ frame: RawSpan, metadata: FrameMetadata, direction: Direction, now: UInt64
    ) -> Decision {
        let bytes = ByteView(frame)
        let verdict = verdict(bytes, metadata: metadata, direction: direction, now: now)
        return Decision(
            verdict: verdict, isDHCP: verdict != .rateLimited && bytes.looksLikeDHCP,
            isEvidence: verdict == .forwarded && state.leases.isEvidence,
            summary: state.summary,
            completesChecksums: verdict == .forwarded && metadata.checksumNotReady)
    }

    /// The server is given a request at `now` that was decided about before: it may answer it.
    public mutating func noteRequest(now: UInt64) {
        state.noteRequest(now: now)
    }

    private mutating func verdict(
        _ bytes: ByteView, metadata: FrameMetadata, direction: Direction, now: UInt64
    ) -> Verdict {
        state.forget()
        do throws(Drop) {
            let ethernet = try rules.frame(bytes, metadata: metadata)
            switch direction {
            case .toServer: try rules.checkFromLAN(ethernet, metadata, &state, now: now)
            case .toClient: try rules.checkFromServer(ethernet, metadata, &state, now: now)
            }
            return .forwarded
        } catch {
            return error.reason
        }
    }
}

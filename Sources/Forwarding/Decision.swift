public import Messages

/// What the kernel says about a frame beside its bytes (`struct tpacket_auxdata`, linux/if_packet.h).
public struct FrameMetadata: Hashable, Sendable {
    /// The length of the frame on the wire in bytes (`tp_len`, or what recvmsg returns with `MSG_TRUNC`): more than was
    /// captured when the receive buffer was too short.
    public let originalLength: Int
    /// The VLAN tag that the kernel took off (`tp_vlan_tci` where `TP_STATUS_VLAN_VALID` is set), with or without its
    /// priority bits; nothing when there was none.
    public let vlanTag: UInt16?
    /// Whether checksums were left to the network card (`TP_STATUS_CSUMNOTREADY`).
    public let checksumNotReady: Bool

    /// Metadata with these values.
    public init(originalLength: Int, vlanTag: UInt16? = nil, checksumNotReady: Bool = false) {
        self.originalLength = originalLength
        self.vlanTag = vlanTag
        self.checksumNotReady = checksumNotReady
    }
}

/// What to do with a frame.
public struct Decision: Hashable, Sendable {
    /// Whether the frame goes on to the other side, or why not.
    public let verdict: Verdict
    /// Whether the frame looks like DHCP, whole or not: worth a row in the database, which a flood by the server is not.
    public let isDHCP: Bool
    /// Whether the frame grants or ends a lease when it goes on: `LeaseEvidence`.
    public let isEvidence: Bool
    /// What the message in the frame says, where it holds one that could be read, and one was looked for.
    public let summary: MessageSummary?
    /// Whether `MutableRawSpan.completeChecksums()` is due before the frame is sent on.
    public let completesChecksums: Bool
}

/// Why a frame is dropped.
struct Drop: Error {
    let reason: Verdict

    init(_ reason: Verdict) {
        self.reason = reason
    }
}

internal import Pacing

/// How much of one kind of frame the server may send to the LAN: some for each request that it is given, and a few
/// beside.
///
/// A server that was taken over can so neither flood the LAN nor look through it quickly; one that works is never held
/// up, for it sends nothing without having been asked.
struct ServerAllowance {
    private let perRequest: UInt32
    private var unasked: TokenBucket
    /// What requests have earned since `slotEnd` was set, and in the time before that.
    private var earned: UInt32 = 0
    private var earnedBefore: UInt32 = 0
    private var slotEnd: UInt64 = 0

    /// What a request has earned lasts at least so long, and at most twice as long, in microseconds.
    ///
    /// dhcpd pings an address for a second before it offers it; the kernel asks three times by ARP, once a second, and
    /// after five seconds asks whom it has sent to whether he is still there (arp(7), `delay_first_probe_time`).
    static let slot: UInt64 = 10_000_000
    /// More is not kept: some 16,000 requests in a slot, while the queue before a server has room for 6,500.
    static let most: UInt32 = 65_536

    init(perRequest: UInt32, unasked: TokenBucket) {
        self.perRequest = perRequest
        self.unasked = unasked
    }

    /// DHCP replies: a server sends one, and a second one where it is asked twice.
    ///
    /// Those beside can be answers to what came by another link.
    static let replies = ServerAllowance(perRequest: 4, unasked: TokenBucket(burst: 1_000, rate: 500))
    /// ARP requests: three for an address that is pinged, three for whom the reply goes to, and it is asked again whether
    /// it is there.
    static let addressRequests = ServerAllowance(perRequest: 8, unasked: TokenBucket(burst: 128, rate: 16))
    /// Echo requests: dhcpd and dnsmasq send one for an address that they may offer, and more where one is answered.
    static let echoRequests = ServerAllowance(perRequest: 4, unasked: TokenBucket(burst: 64, rate: 8))

    /// The server is given a request at `now`, in microseconds.
    mutating func earn(now: UInt64) {
        turn(now: now)
        earned = min(earned + perRequest, Self.most)
    }

    /// Whether the server may send one more at `now`, in microseconds; it then has.
    mutating func take(now: UInt64) -> Bool {
        turn(now: now)
        if earnedBefore > 0 {
            earnedBefore -= 1
        } else if earned > 0 {
            earned -= 1
        } else {
            return unasked.take(now: now)
        }
        return true
    }

    private mutating func turn(now: UInt64) {
        guard now >= slotEnd else { return }
        earnedBefore = now - slotEnd < Self.slot ? earned : 0
        earned = 0
        slotEnd = now + Self.slot
    }
}

/// What is known of a link beside its rules: the echo requests that wait for an answer, what the server may send, and which
/// addresses it has given.
struct LinkState {
    /// What the message in the frame says that was decided about last.
    var summary: MessageSummary?
    var leases = LeaseEvidence()
    var echoes = OutstandingEchoes()
    var fragments = FragmentedReplies()
    var neighbours = AskedNeighbours()
    var replies = ServerAllowance.replies
    var addressRequests = ServerAllowance.addressRequests
    var echoRequests = ServerAllowance.echoRequests

    /// Another frame comes, in which there may be no message.
    mutating func forget() {
        summary = nil
        leases.forget()
    }

    /// The server is given a request at `now`, in microseconds.
    mutating func noteRequest(now: UInt64) {
        replies.earn(now: now)
        addressRequests.earn(now: now)
        echoRequests.earn(now: now)
    }
}

import Kernel
import Messages
import Service

/// The agent's connections to the relay and to the recorder.
///
/// The agent is the one that introduces: it hands the relay its sockets, and gives relay and recorder the two ends of a
/// channel between them. Each connection is a channel whose end can be read when the other process is gone; then the
/// agent tries again until there is a new one.
final class Peers {
    private let directory: RuntimeDirectory
    private let socket: MessageSocket
    private var relay: ComponentChannel?
    private var recorder: ComponentChannel?
    private var relayKnowsRecorder = false
    /// Messages that came over channels and do not belong there.
    private(set) var refused: UInt64 = 0

    /// Where the relay keeps its records, for its successor when it is killed.
    private let records: Descriptor
    /// When those that are missing are tried next.
    private var meeting: UInt64 = 0
    /// How many times more they are tried after a short pause: one that is missed for the first time is about to come.
    private var eagerMeetings = Peers.eagerMeetings

    /// How long until they are tried again, in microseconds.
    private static let meetingPause: UInt64 = 50_000
    /// How many times they are tried sooner, after `eagerMeetingPause` each time.
    private static let eagerMeetings = 30
    private static let eagerMeetingPause: UInt64 = 10_000

    /// The two others.
    enum Peer: CaseIterable {
        case relay
        case recorder

        fileprivate var source: Source {
            switch self {
            case .relay: .relay
            case .recorder: .recorder
            }
        }

        var component: ComponentName {
            switch self {
            case .relay: .relay
            case .recorder: .recorder
            }
        }
    }

    /// Connections to nobody yet.
    ///
    /// - Throws: `SystemError` of socket(2) or memfd_create(2).
    init(in directory: RuntimeDirectory) throws(SystemError) {
        self.directory = directory
        socket = try MessageSocket()
        records = try SharedMemory.make("middle-sock-records", length: OutboxMemory.length())
    }

    /// Whether there is a connection.
    func isConnected(to peer: Peer) -> Bool {
        switch peer {
        case .relay: relay != nil
        case .recorder: recorder != nil
        }
    }

    /// Whether somebody is missing whom it is time to try again.
    func isMeetingDue(now: UInt64) -> Bool {
        nextMeeting.map { now >= $0 } ?? false
    }

    /// When those that are missing are tried next.
    var nextMeeting: UInt64? { areComplete ? nil : meeting }

    /// Connects to whoever is missing and is there now, and says to whom; those that are not are tried again later.
    ///
    /// - Throws: `SystemError` when somebody is there and it went wrong: then nobody is connected anew.
    func meet(
        in surroundings: Surroundings?, _ poller: borrowing Poller, now: UInt64
    ) throws(SystemError) -> [Peer] {
        meeting = now + (eagerMeetings > 0 ? Self.eagerMeetingPause : Self.meetingPause)
        eagerMeetings = max(0, eagerMeetings - 1)
        let missing = Peer.allCases.filter { !isConnected(to: $0) }
        do { return try connect(to: surroundings, in: poller) } catch {
            for peer in missing { disconnect(from: peer) }
            throw error
        }
    }

    /// Forgets a connection whose other end is gone.
    func lose(_ peer: Peer, now: UInt64) {
        disconnect(from: peer)
        // The kernel closes the sockets of a process that is killed one after the other: at once, this would be
        // introduced to the dead, and lose it a second time.
        meeting = now + Self.meetingPause
        eagerMeetings = Self.eagerMeetings
    }

    private func connect(to surroundings: Surroundings?, in poller: borrowing Poller) throws(SystemError) -> [Peer] {
        var connected: [Peer] = []
        if recorder == nil, try connectRecorder(poller) { connected.append(.recorder) }
        if relay == nil, let surroundings, try connectRelay(surroundings, poller) { connected.append(.relay) }
        if relay != nil, recorder != nil, !relayKnowsRecorder { relayKnowsRecorder = try introduceRelayToRecorder() }
        return connected
    }

    /// Whether everybody is connected to everybody.
    var areComplete: Bool { relayKnowsRecorder }

    /// Forgets a connection that is to be made anew.
    func disconnect(from peer: Peer) {
        relayKnowsRecorder = false
        switch peer {
        case .relay: relay = nil
        case .recorder: recorder = nil
        }
    }

    /// Sends as much as the recorder takes now; the rest stays for the next time.
    ///
    /// - Throws: `SystemError` of sendto(2) other than that memory is short, or that nobody is there, which the end of the
    ///   channel tells too.
    func send(_ outbox: inout Outbox) throws(SystemError) {
        guard let recorder else { return }
        _ = try outbox.send { bytes throws(SystemError) in try recorder.socket.send(bytes) }
    }

    /// When what the recorder did not take is to be sent again, if it is still there: nothing tells that memory is no
    /// longer short.
    func nextSending(of outbox: borrowing Outbox, now: UInt64) -> UInt64? {
        recorder != nil && outbox.hasDatagram ? now + Self.sendingPause : nil
    }

    /// How long until then, in microseconds.
    static let sendingPause: UInt64 = 50_000

    /// The next messages that wait, as many as belong to one turn; nothing when the channel is at its end.
    func receive(from peer: Peer, hasEnded: Bool) -> [Message]? {
        let channel = peer == .relay ? relay : recorder
        var messages: [Message] = []
        for _ in 0..<ServiceLoop.messagesPerTurn {
            switch channel?.next(hasEnded: hasEnded) {
            case .message(let message, let passed) where passed.isEmpty: messages.append(message)
            case .message, .refused: refuse()
            case .end: return nil
            case nil: return messages
            }
        }
        return messages
    }

    /// Counts a message that does not belong where it came.
    func refuse() {
        refused += 1
    }

    /// Sends a message to the relay, if it is there; one that finds no room has ended, or is stuck and is told anew.
    ///
    /// - Throws: `SystemError` of sendmsg(2) other than that nobody is there.
    func tellRelay(_ message: Message, passing descriptors: [Int32] = []) throws(SystemError) {
        guard try relay?.socket.offer(message.encoded(), passing: descriptors) == false else { return }
        disconnect(from: .relay)
    }

    private func connectRelay(_ surroundings: Surroundings, _ poller: borrowing Poller) throws(SystemError) -> Bool {
        let channel = try MessageSocket.channel()
        let descriptors = [channel.far.rawValue] + surroundings.descriptors
        guard try introduce(surroundings.introduction, passing: descriptors, to: .relay) else { return false }
        relay = try watch(channel.near, as: .relay, poller)
        try tellRelay(.recordsMemory, passing: [records.rawValue])
        return relay != nil
    }

    private func connectRecorder(_ poller: borrowing Poller) throws(SystemError) -> Bool {
        let channel = try MessageSocket.channel()
        let descriptors = [channel.far.rawValue]
        guard try introduce(.recordsFrom(.netnsAgent), passing: descriptors, to: .recorder) else { return false }
        recorder = try watch(channel.near, as: .recorder, poller)
        return true
    }

    private func watch(
        _ socket: consuming MessageSocket, as peer: Peer, _ poller: borrowing Poller
    ) throws(SystemError) -> ComponentChannel {
        let channel = ComponentChannel(socket, token: peer.source.token)
        try channel.watch(with: poller)
        return channel
    }

    private func introduceRelayToRecorder() throws(SystemError) -> Bool {
        let channel = try MessageSocket.channel()
        let near = channel.near.descriptor.rawValue
        guard try introduce(.recordsFrom(.relay), passing: [channel.far.rawValue], to: .recorder) else { return false }
        return try relay?.socket.offer(Message.recordsTo.encoded(), passing: [near]) ?? false
    }

    private func introduce(
        _ message: Message, passing descriptors: [Int32], to peer: Peer
    ) throws(SystemError) -> Bool {
        try socket.offer(message.encoded(), to: directory.socket(of: peer.component), passing: descriptors)
    }
}

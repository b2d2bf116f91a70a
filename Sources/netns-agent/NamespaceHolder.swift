import Diagnostics
import Glibc
import Kernel
import Logging
import Messages
import Service

/// `netns-agent hold` at work: it tells netns-agent that it is there, makes the interfaces that it is asked for, and
/// tells whether a server hears clients.
final class NamespaceHolder {
    private let directory: RuntimeDirectory
    private let log = StandardErrorLog.logger(of: .netnsAgent)
    private let socket: MessageSocket
    private let port: UDPPortWatch
    private let loop: ServiceLoop
    private var interfaces: HeldInterfaces
    private var agent: ComponentChannel?
    /// Whether the agent has said what the namespace is to look like; one that starts its server itself never does.
    private var isAsked = false
    /// Whether a server hears clients, as the agent was told since it asked for interfaces; it then is told in any case.
    private var isListening: Bool?
    /// When a missing agent is looked for.
    private var nextIntroduction: UInt64 = 0
    /// Why the agent wants nothing of it, as people were told.
    private var refusal: String?

    private enum Source: UInt64, EventSource {
        case agent
    }

    /// How often the server's sockets are looked at, and a missing agent is looked for, in microseconds.
    private static let interval: UInt64 = 100_000

    /// How often one that was refused asks again, in microseconds.
    private static let refusedInterval: UInt64 = 500_000

    /// Holds the namespace of this process.
    ///
    /// - Throws: `Failure` when it is somebody's network already.
    init(in directory: RuntimeDirectory) throws(Failure) {
        self.directory = directory
        interfaces = try HeldInterfaces()
        loop = try ServiceLoop(signals: Signals.stopping, notification: .toNobody(logger: log))
        do {
            socket = try MessageSocket()
            port = try UDPPortWatch(port: 67, seenBy: "self")
        } catch {
            throw .software("start", error)
        }
    }

    /// Works until it is told to stop.
    ///
    /// - Throws: `Failure` when an interface cannot be made.
    func run() throws(Failure) {
        log.tellVersion()
        log.notice("holds this network namespace, and waits for netns-agent at \(directory.socket(of: .netnsAgent))")
        do {
            while try loop.nextSignal() == nil { try step() }
        } catch {
            throw error as? Failure ?? Failure(.software, "\(error)")
        }
    }

    private func step() throws {
        if agent == nil, Clock.monotonic >= nextIntroduction { try introduceMyself() }
        let now = Clock.monotonic
        for index in try loop.wait(until: now + Self.interval, from: now) {
            if case .source(let event)? = try loop.event(index) { try hearAgent(hasEnded: event.hasEnded) }
        }
        if !interfaces.links.isEmpty { try tellWhetherServerListens() }
    }

    private func introduceMyself() throws(SystemError) {
        let channel = try MessageSocket.channel()
        let path = directory.socket(of: .netnsAgent)
        guard try socket.offer(Message.namespace.encoded(), to: path, passing: [channel.far.rawValue]) else { return }
        let agent = ComponentChannel(channel.near, token: Source.agent.token)
        try agent.watch(with: loop.poller)
        self.agent = agent
    }

    private func hearAgent(hasEnded: Bool) throws {
        for _ in 0..<ServiceLoop.messagesPerTurn {
            switch agent?.next(capacity: Message.maximumLength, hasEnded: hasEnded) {
            case .message(.links(let links, .first), let passed) where passed.isEmpty: try show(links)
            case .message(.status(let status), let passed) where passed.isEmpty: noteRefusal(status)
            case .message, .refused: log.warning("refused a message of netns-agent")
            case .end: try loseAgent()
            case nil: return
            }
        }
    }

    /// Another holds the server's namespace: this one waits until that is gone.
    private func noteRefusal(_ status: Status) {
        let reason = status["refused"] ?? "netns-agent refuses it"
        if reason != refusal { log.warning("\(reason); waits until that is gone") }
        refusal = reason
    }

    private func show(_ links: [Link]) throws {
        let isNews = links != interfaces.links
        try interfaces.show(links)
        if isNews { for link in links { log.notice("shows \(link.network), \(link.macAddress)") } }
        isAsked = true
        refusal = nil
        isListening = nil
        try send(.links(links), passing: interfaces.descriptors)
    }

    private func tellWhetherServerListens() throws(SystemError) {
        let isListening = try port.isBound
        guard agent != nil, isListening != self.isListening else { return }
        self.isListening = isListening
        try send(.listening(isListening), passing: [])
    }

    /// What finds no room, or nobody, an agent that is stuck or gone has no use for: its successor is told anew.
    private func send(_ message: Message, passing descriptors: [Int32]) throws(SystemError) {
        if try agent?.socket.offer(message.encoded(), passing: descriptors) == false { try loseAgent() }
    }

    private func loseAgent() throws(SystemError) {
        guard let agent else { return }
        try agent.forget(with: loop.poller)
        self.agent = nil
        // One that takes another's word for who holds the namespace, or none, would be asked again without end.
        nextIntroduction = Clock.monotonic + (refusal == nil ? Self.interval : Self.refusedInterval)
        if isAsked { log.warning("netns-agent is gone; the namespace stays as it is until the next one") }
        isAsked = false
    }
}

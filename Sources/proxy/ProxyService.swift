internal import Diagnostics
internal import Glibc
internal import Kernel
internal import Logging
internal import Messages
internal import Service

/// The proxy at work: one thread that waits at one place for bytes, for messages and for the end.
final class ProxyService {
    private let loop: ServiceLoop
    private let logger: Logger
    private let room = FlowRoom()
    private var flows: FlowTable
    private var control: ComponentChannel?
    private var isFull = false
    private var refusedOnChannels: UInt64 = 0
    private var nextLook: UInt64?
    private var isStopping = false

    /// How often silent flows are looked for, in microseconds.
    private static let interval: UInt64 = 1_000_000

    /// A proxy with its socket in `directory`.
    ///
    /// - Throws: `Failure` when the socket cannot be made.
    init(
        directory: RuntimeDirectory, notification: consuming ServiceNotification, logger: Logger
    ) throws(Failure) {
        loop = try ServiceLoop(
            signals: Signals.stopping, inbox: Inbox(of: .proxy, in: directory, from: [User.current]),
            notification: notification)
        do {
            // Two for each, and room for those of a few messages that are about to be taken over.
            let descriptors = try ResourceLimits.currentDescriptors()
            flows = FlowTable(capacity: Int(min(3_000, (max(descriptors, 512) - 256) / 2)))
        } catch {
            throw .software("start", error)
        }
        self.logger = logger
        logger.tellVersion()
        logger.notice("waits for flows from netns-agent at \(directory.socket(of: .proxy))")
    }

    /// Works until it is told to stop.
    ///
    /// - Throws: `Failure` when the kernel refuses what it must not refuse.
    func run() throws(Failure) {
        loop.notification.ready("carrying what netns-agent hands over")
        do {
            while !isStopping { try work() }
            loop.notification.stopping()
            flows.endAll(of: nil, loop.poller)
            try tellEnds()
        } catch {
            throw .software("carry flows", error)
        }
    }

    private func work() throws(SystemError) {
        let start = Clock.monotonic
        for index in try loop.wait(until: nextLook, from: start) {
            switch try loop.event(index) {
            case .source(let event): try handle(event)
            case .letter: try readInbox()
            case .signal: if try loop.nextSignal() != nil { isStopping = true }
            case nil: break
            }
        }
        let now = Clock.monotonic
        if let nextLook, now >= nextLook {
            flows.endIdle(now: now, loop.poller)
            self.nextLook = flows.hasDeadline ? now + Self.interval : nil
        }
        try tellEnds()
    }

    private func handle(_ event: Poller.Event) throws(SystemError) {
        switch Source(token: event.token) {
        case .control: try readControl(hasEnded: event.hasEnded)
        // It can be gone since, or be another: then there is nothing to receive.
        case .flow(let place, let side):
            let ending = try flows[place]?.handle(
                side, hasEnded: event.hasEnded, room, loop.poller, now: Clock.monotonic)
            if let ending { flows.end(place, ending, loop.poller) }
        case nil: break
        }
    }

    private func readInbox() throws(SystemError) {
        while let letter = try loop.nextLetter(status: { status }) {
            guard case .flows = letter.message, loop.isTrusted(letter.sender), letter.descriptors.count == 1,
                letter.descriptors[0].socketKind == .channel
            else {
                loop.refuse(letter)
                continue
            }
            try loseAgent()
            let channel = ComponentChannel(adopting: try letter.descriptors[0].take(), token: Source.control.token)
            try channel.watch(with: loop.poller)
            control = channel
        }
    }

    private func readControl(hasEnded: Bool) throws(SystemError) {
        for _ in 0..<ServiceLoop.messagesPerTurn {
            switch control?.next(hasEnded: hasEnded) {
            case .message(.flow(let order), let sockets): try take(order, sockets)
            case .message(.endFlows(let start), let passed) where passed.isEmpty:
                flows.endAll(of: start, loop.poller)
            case .message, .refused: refusedOnChannels += 1
            case .end:
                logger.notice("netns-agent is gone: its flows are broken off; waits for new ones")
                return try loseAgent()
            case nil: return
            }
        }
    }

    private func take(_ order: FlowOrder, _ sockets: [PassedDescriptor]) throws(SystemError) {
        let kind = order.kind == .stream ? PassedDescriptor.SocketKind.stream : .datagrams
        guard sockets.count == 2, sockets.allSatisfy({ $0.socketKind == kind }) else {
            refusedOnChannels += 1
            return
        }
        let now = Clock.monotonic
        try flows.add(
            order, server: FlowSocket(adopting: sockets[0].take()), peer: FlowSocket(adopting: sockets[1].take()),
            loop.poller, now: now)
        if order.idle > 0, nextLook == nil { nextLook = now + Self.interval }
    }

    /// What has ended while netns-agent did not read is told when it reads again.
    private func tellEnds() throws(SystemError) {
        guard let control, !flows.ends.isEmpty else { return }
        var told = 0
        for end in flows.ends {
            guard try control.socket.offer(Message.flowEnded(end).encoded()) else { break }
            told += 1
        }
        flows.ends.removeFirst(told)
        let isFull = !flows.ends.isEmpty
        if isFull != self.isFull { try control.watchForRoom(isFull, with: loop.poller) }
        self.isFull = isFull
    }

    private func loseAgent() throws(SystemError) {
        flows.endAll(of: nil, loop.poller)
        flows.ends = []
        isFull = false
        try control?.forget(with: loop.poller)
        control = nil
    }

    private var status: Status {
        Status(
            component: .proxy,
            fields: [
                .version, .uptime, .init("state", control == nil ? "waiting for netns-agent" : "carrying"),
                .init("flows", flows.count), .init("flows-total", flows.total),
                .init("messages-refused", loop.refused + refusedOnChannels),
            ])
    }
}

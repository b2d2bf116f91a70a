import Addresses
import Diagnostics
import Glibc
import Kernel
import Logging
import Messages
import ServerLife
import Service

/// What comes to the agent from outside.
extension Agent {
    func handle(_ event: ServiceLoop.Event) throws {
        switch event {
        case .signal: try handleSignals()
        case .letter: try readInbox()
        case .source(let event): try handle(event)
        }
    }

    private func handle(_ event: Poller.Event) throws {
        let hasEnded = event.hasEnded
        guard event.token < DoorKeeper.firstToken else { return try doors.handle(event, loop.poller) }
        switch Source(token: event.token) {
        case .relay: try hear(from: .relay, hasEnded: hasEnded)
        case .recorder: try hear(from: .recorder, hasEnded: hasEnded)
        case .serverOutput: try passOutput()
        case .serverEnding: try reapServer()
        case .holder: try hearHolder(hasEnded: hasEnded)
        case .proxy: try doors.hearProxy(hasEnded: hasEnded, loop.poller, now: Clock.monotonic)
        case nil: break
        }
    }

    private func handleSignals() throws {
        while let signal = try loop.nextSignal() {
            switch signal {
            case SIGTERM, SIGINT:
                loop.notification.stopping()
                try tell(.terminate)
            default: try server?.signal(signal)
            }
        }
    }

    private func readInbox() throws {
        while let letter = try loop.nextLetter(status: { status }) {
            switch letter.message {
            case .networks(let networks) where letter.descriptors.count <= 1:
                try take(networks)
                if isUpToDate { discovery.keep(letter.descriptors.first) }
            case .namespace where loop.isTrusted(letter.sender): try acceptHolder(letter)
            case .failoverRequest where loop.isTrusted(letter.sender): try tell(.asked(requests.add(letter)))
            default: loop.refuse(letter)
            }
        }
    }

    /// discovery tells where the host is.
    private func take(_ news: Networks) throws {
        let now = Clock.monotonic
        if discovery.hear(news, now: now) {
            note(.discoveryRestarted, "discovery has ended and was started again")
        }
        guard !news.networks.isEmpty, let view = try look() else { return }
        let served = host.choose(among: news.networks, news.selection, in: view, haveServed: life.hasBeenReady)
        if case .waitingForNetworks = life.state {
            clock.discovered(in: news.elapsed, now: now)
            if let words = host.leaveUnserved(beside: served, news.selection, in: view) { log.notice("\(words)") }
        }
        let change = change(to: served, in: view)
        tellOfNetworks()
        try tell(.networks(served, change), seeing: view)
    }

    /// Whether the server sees what discovery told last; where not, discovery is let go, and tells again soon.
    private var isUpToDate: Bool { life.state.hasSurroundings && !shortage.isTold && !host.hasRefused }

    /// The host as it is now; nothing without a descriptor left.
    private func look() throws(Failure) -> HostView? {
        do { return try HostView.look() } catch {
            guard life.hasBeenReady else { throw error }
            shortage.tell(error.message, log)
            return nil
        }
    }

    /// What is other than what the server sees.
    private func change(to served: [AttachedNetwork], in view: HostView) -> HostChange {
        guard life.state.hasSurroundings else { return .none }
        do {
            let change = try host.change(to: served, in: view, surroundings)
            shortage.end()
            return change
        } catch {
            shortage.tell(error.message, log)
            return .none
        }
    }

    /// Tells what is new about what cannot be served or seen.
    func tellOfNetworks() {
        for news in host.takeNews() {
            log.warning("\(news.words)")
            note(news.kind, news.words)
        }
    }

    private func hear(from peer: Peers.Peer, hasEnded: Bool) throws {
        if let messages = peers.receive(from: peer, hasEnded: hasEnded) {
            for message in messages {
                switch (peer, message) {
                case (.recorder, .acknowledgement(let acknowledgement)): outbox.accept(acknowledgement)
                case (.relay, .silence(let silence)): try judge(silence)
                case (.relay, .drained): try tell(.drained)
                default: peers.refuse()
                }
            }
            return
        }
        peers.lose(peer, now: Clock.monotonic)
        if peer == .recorder { try tell(.recorder(isThere: false)) }
        if case .leaving = life.state { return }
        log.warning("\(peer.component) is gone")
        note(
            peer == .relay ? .relayGone : .recorderGone,
            "\(peer.component) has ended; it gets what it needs when it is there again")
    }

    private func passOutput() throws {
        guard let server else { return }
        try server.passLines(as: life.name, isStarting: life.state.isStarting)
        // Asked of the pipe: what woke us may have been the end of the server before.
        if server.outputHasEnded { try loop.poller.forget(server.output) }
    }

    /// The server's process has ended: everything it left goes too.
    private func reapServer() throws {
        guard let server, let exit = try server.exit() else { return }
        let leavesListener = server.leavesListener
        try server.sweep()
        try server.passLines(as: life.name, isStarting: life.state.isStarting)
        self.server = nil
        doors.end(start: startNumber)
        try tell(.ended(.init(exit), leavesListener: leavesListener, lastWords: server.lastWords.reason))
    }
}

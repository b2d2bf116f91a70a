import Addresses
import Component
import Glibc
import Kernel
import Logging
import Messages
import ServerLife

/// What comes to the agent from outside.
extension Agent {
    func handle(_ event: Poller.Event) throws {
        let hasEnded = event.hasEnded
        if let peer = Peers.Peer(rawValue: event.token) { return try hear(from: peer, hasEnded: hasEnded) }
        switch Source(rawValue: event.token) {
        case .signals: try handleSignals()
        case .inbox: try readInbox()
        case .serverOutput: try passOutput()
        case .serverEnding: try reapServer()
        case .holder: try hearHolder(hasEnded: hasEnded)
        case .watchdog: try notification.keepAlive()
        case nil: break
        }
    }

    private func handleSignals() throws {
        while let signal = try signals.next() {
            switch signal {
            case SIGTERM, SIGINT:
                notification.stopping()
                try tell(.terminate)
            default: try server?.signal(signal)
            }
        }
    }

    private func readInbox() throws {
        for _ in 0..<Peers.messagesPerTurn {
            guard let letter = try inbox.next() else { return }
            switch letter.message {
            case .networks(let networks) where letter.descriptors.isEmpty: try take(networks)
            case .namespace where isTrusted(letter.sender): try acceptHolder(letter)
            case .statusRequest where isTrusted(letter.sender): answer(letter, status)
            case .failoverRequest where isTrusted(letter.sender):
                try tell(.asked(requests.add(letter)))
            default: inbox.refuse(letter)
            }
        }
    }

    private func isTrusted(_ sender: MessageSocket.Sender) -> Bool {
        sender.user == 0 || sender.user == User.current
    }

    /// Whoever asked and does not wait for the answer is no reason to stop serving.
    func answer(_ letter: Inbox.Letter, _ fields: [Status.Field]) {
        if (try? letter.answer(Status(component: .netnsAgent, fields: fields))) != true { inbox.refuse(letter) }
    }

    /// discovery tells where the host is; it tells again and again, so that an agent that began later hears it too.
    private func take(_ news: Networks) throws {
        if discovery.hear(news, now: Clock.monotonic) {
            note("discovery-restarted", "discovery has ended and was started again")
        }
        let served = host.choose(among: news.networks, news.selection, haveServed: life.hasBeenReady)
        guard !served.isEmpty else { return }
        if case .waitingForNetworks = life.state {
            clock.discovered(in: news.elapsed, now: Clock.monotonic)
            if let words = try host.leaveUnserved(beside: served, news.selection) { log.notice("\(words)") }
        }
        let change = change(to: served)
        tellOfNetworks()
        try tell(.networks(served, change))
    }

    /// What is other than what the server sees.
    private func change(to served: [AttachedNetwork]) -> HostChange {
        guard life.state.hasSurroundings else { return .none }
        do {
            let change = try host.change(to: served, in: surroundings)
            tellOfShortage(nil)
            return change
        } catch {
            // Without a descriptor left; discovery tells again soon.
            tellOfShortage(error.message)
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
        note("\(peer.component)-gone", "\(peer.component) has ended; it gets what it needs when it is there again")
    }

    private func passOutput() throws {
        guard let server else { return }
        try server.passLines(as: life.name, isStarting: life.state.isStarting)
        // Asked of the pipe: what woke us may have been the end of the server before.
        if server.outputHasEnded { try poller.forget(server.output) }
    }

    /// The server's process has ended: everything it left goes too.
    private func reapServer() throws {
        guard let server, let exit = try server.exit() else { return }
        let leavesListener = server.leavesListener
        try server.sweep()
        try server.passLines(as: life.name, isStarting: life.state.isStarting)
        self.server = nil
        try tell(.ended(.init(exit), leavesListener: leavesListener, lastWords: server.lastWords.reason))
    }
}

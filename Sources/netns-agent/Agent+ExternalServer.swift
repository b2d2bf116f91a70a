import Component
import Kernel
import Logging
import Messages

/// What is different when others start the server: the namespace is held by `netns-agent hold`, which makes it look like
/// the host and tells when a server hears clients there.
extension Agent {
    /// Has the namespace made what it is to be, as soon as somebody holds one.
    func prepareForOthers() throws {
        state = .waitingForNamespace
        try askForInterfaces()
    }

    /// Somebody holds a namespace; the one who comes last is the one who is there.
    func acceptHolder(_ letter: Inbox.Letter) throws {
        guard command == nil, letter.descriptors.count == 1, letter.descriptors[0].socketKind == .channel else {
            return inbox.refuse(letter)
        }
        try loseHolder()
        let channel = ComponentChannel(adopting: try letter.descriptors[0].take(), token: Token.holder.rawValue)
        try channel.watch(with: poller)
        holder = channel
        try askForInterfaces()
    }

    func hearHolder(hasEnded: Bool) throws {
        for _ in 0..<Peers.messagesPerTurn {
            switch holder?.next(capacity: Message.maximumLength, hasEnded: hasEnded) {
            case .message(.links(let links), let interfaces): try take(interfaces, showing: links)
            case .message(.listening(let isListening), let passed) where passed.isEmpty:
                take(isListening: isListening)
            case .message, .refused: peers.refuse()
            case .end: try loseHolder()
            case nil: return
            }
        }
    }

    private func askForInterfaces() throws {
        guard case .waitingForNamespace = state, let holder else { return }
        clock.begin(now: Clock.monotonic)
        let request = Message.links(hostSides.map(\.link)).encoded()
        if try !holder.socket.offer(request) { try loseHolder() }
    }

    private func take(_ interfaces: [PassedDescriptor], showing links: [Link]) throws {
        guard case .waitingForNamespace = state, links == hostSides.map(\.link), interfaces.count == links.count,
            interfaces.allSatisfy(\.isTap)
        else { return peers.refuse() }
        surroundings = try Surroundings(hostSides, heldBy: interfaces)
        clock.end(\.link, now: Clock.monotonic)
        state = .waitingForServer
        note("namespace-ready", "the namespace looks like the host; the server can be started there")
        tellOfNetworks()
    }

    private func take(isListening: Bool) {
        switch state {
        case .waitingForServer where isListening: noteReadiness(of: serverName, pid: 0)
        case .ready where !isListening:
            log.warning("\(serverName) does not hear UDP port 67 any more; waits until it is started again")
            note("server-gone", "\(serverName) does not hear UDP port 67 any more")
            clock = StartClock(now: Clock.monotonic)
            state = .waitingForServer
        default: break
        }
    }

    /// The namespace is gone with who held it, or lives on only as long as a server is in it whom nobody hears.
    private func loseHolder() throws {
        guard let old = holder else { return }
        try old.forget(with: poller)
        holder = nil
        guard surroundings != nil else { return }
        peers.disconnect(from: .relay)
        surroundings = nil
        log.warning(
            "who held the server's namespace is gone; waits for the next, in which the server has to be started")
        note("namespace-gone", "who held the server's namespace has ended; the server has to be started in the next")
        if case .leaving = state { return }
        clock = StartClock(now: Clock.monotonic)
        state = .waitingForNamespace
    }
}

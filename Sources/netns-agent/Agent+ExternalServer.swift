import Component
import Kernel
import Logging
import Messages
import Pacing

/// What is different when others start the server: the namespace is held by `netns-agent hold`, which makes it look like
/// the host and tells when a server hears clients there.
extension Agent {
    /// Has the namespace made what it is to be, as soon as somebody holds one.
    func prepareForOthers() throws {
        state = .waitingForNamespace
        try askForInterfaces()
    }

    /// Somebody holds a namespace; the first stays as long as it lives, and the next is told who that is.
    func acceptHolder(_ letter: Inbox.Letter) throws {
        guard command == nil, letter.descriptors.count == 1, letter.descriptors[0].socketKind == .channel else {
            return inbox.refuse(letter)
        }
        let channel = ComponentChannel(adopting: try letter.descriptors[0].take(), token: Token.holder.rawValue)
        guard holder == nil else { return try refuse(channel, of: letter.sender.process) }
        try channel.watch(with: poller)
        holder = channel
        holderProcess = letter.sender.process
        try askForInterfaces()
    }

    private func refuse(_ channel: ComponentChannel, of process: Int32) throws(SystemError) {
        let text = "\(Self.holder(holderProcess)) holds the server's namespace already"
        let answer = Status(component: .netnsAgent, fields: [.init("refused", text)])
        _ = try channel.socket.offer(Message.status(answer).encoded())
        guard holderNotices.isDue(at: Clock.monotonic) else { return }
        log.warning("refused \(Self.holder(process)): \(text)")
        note("namespace-refused", "\(Self.holder(process)): \(text)")
    }

    private static func holder(_ process: Int32) -> String {
        "'netns-agent hold' " + (process == 0 ? "in another container" : "(process \(process))")
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
        // What is shown without new interfaces needs no answer.
        if case .waitingForNamespace = state {} else if links == hostSides.map(\.link) { return }
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
    func loseHolder() throws {
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

import Kernel
import Logging
import Messages
import Pacing
import ServerLife
import Service

/// What is different when others start the server: the namespace is held by `netns-agent hold`, which makes it look like
/// the host and tells when a server hears clients there.
extension Agent {
    /// Somebody holds a namespace; the first stays as long as it lives, and the next is told who that is.
    func acceptHolder(_ letter: Inbox.Letter) throws {
        guard command == nil, letter.descriptors.count == 1, letter.descriptors[0].socketKind == .channel else {
            return loop.refuse(letter)
        }
        let channel = ComponentChannel(adopting: try letter.descriptors[0].take(), token: Source.holder.token)
        let newcomer = Holder(channel: channel, process: letter.sender.process)
        guard let holder else {
            try channel.watch(with: loop.poller)
            holder = newcomer
            return try tell(.held)
        }
        let words = try holder.refuse(newcomer)
        guard holderNotices.isDue(at: Clock.monotonic) else { return }
        log.warning("refused \(newcomer): \(words)")
        note(.namespaceRefused, "\(newcomer): \(words)")
    }

    func hearHolder(hasEnded: Bool) throws {
        for _ in 0..<ServiceLoop.messagesPerTurn {
            switch holder?.channel.next(capacity: Message.maximumLength, hasEnded: hasEnded) {
            case .message(.links(let links, .first), let interfaces): try take(interfaces, showing: links)
            case .message(.listening(let isListening), let passed) where passed.isEmpty:
                try tell(isListening ? .listening : .deaf)
            case .message, .refused: peers.refuse()
            case .end: if let loss = try loseHolder() { try tell(loss) }
            case nil: return
            }
        }
    }

    /// Tells whoever holds the namespace what it is to look like; gives its loss if that one has ended.
    func tellHolder() throws -> ServerLife.Event? {
        guard try holder?.channel.socket.offer(Message.links(host.links).encoded()) == false else { return nil }
        return try loseHolder()
    }

    private func take(_ interfaces: [PassedDescriptor], showing links: [Link]) throws {
        // What is shown without new interfaces needs no answer.
        if case .waitingForNamespace = life.state {} else if links == host.links { return }
        guard case .waitingForNamespace = life.state, links == host.links, interfaces.count == links.count,
            interfaces.allSatisfy(\.isTap)
        else { return peers.refuse() }
        surroundings = try Surroundings(host.sides, heldBy: interfaces)
        clock.end(\.link, now: Clock.monotonic)
        try tell(.shown)
    }

    private func loseHolder() throws -> ServerLife.Event? {
        guard let holder else { return nil }
        try holder.channel.forget(with: loop.poller)
        self.holder = nil
        return surroundings == nil ? nil : .lost
    }
}

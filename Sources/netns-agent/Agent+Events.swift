import Addresses
import Component
import Glibc
import Kernel
import Logging
import Messages

/// What happened, and what is done about it.
extension Agent {
    func handle(_ event: Poller.Event) throws {
        let hasEnded = event.hasEnded
        if let peer = Peers.Peer(rawValue: event.token) { return try hear(from: peer, hasEnded: hasEnded) }
        switch Token(rawValue: event.token) {
        case .signals: try handleSignals()
        case .inbox: try readInbox()
        case .serverOutput: try passOutput()
        case .serverEnding: try serverEnded()
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
                try stop(then: .leave(status: 0))
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
            case .failoverRequest where isTrusted(letter.sender): try beginSwitch(askedBy: letter)
            default: inbox.refuse(letter)
            }
        }
    }

    /// Whoever asked and does not wait for the answer is no reason to stop serving.
    func answer(_ letter: Inbox.Letter, _ status: Status) {
        do {
            if try !letter.answer(status) { inbox.refuse(letter) }
        } catch {
            inbox.refuse(letter)
        }
    }

    private func isTrusted(_ sender: MessageSocket.Sender) -> Bool {
        sender.user == 0 || sender.user == User.current
    }

    /// discovery tells where the host is; it tells again and again, so that an agent that began later hears it too.
    private func take(_ networks: Networks) throws {
        if let before = discoveryInstance, before != networks.instance {
            note("discovery-restarted", "discovery has ended and was started again")
        }
        discoveryInstance = networks.instance
        discoveryHeardAt = Clock.monotonic
        let within = Array(networks.networks.prefix(uplink.capacity))
        guard !within.isEmpty else { return }
        let (served, objections) = servable(among: within, networks.selection)
        tellOfRefused(excess(networks.networks.dropFirst(within.count)) + objections)
        switch state {
        case .waitingForNetworks:
            clock.discovered(in: networks.elapsed, now: Clock.monotonic)
            try tellOfUnserved(beside: served, networks.selection)
            try settle(in: served)
        case .starting, .ready, .draining, .waitingToRestart, .waitingForNamespace, .waitingForServer:
            try follow(change(to: served), to: served)
        case .stopping, .leaving: break
        }
    }

    /// What is other than when the surroundings were made.
    private func change(to served: [AttachedNetwork]) -> HostChange {
        do {
            let change = try HostSide.change(from: hostSides, to: served, by: uplink, in: surroundings)
            toldShortage = false
            return change
        } catch {
            // Without a descriptor left; discovery tells again soon.
            tellOfShortage(error.message)
            return .none
        }
    }

    private func follow(_ change: HostChange, to served: [AttachedNetwork]) throws {
        switch change {
        case .none: break
        case .furnishing(let links, let networks): try furnish(links, inNetworks: networks)
        case .networks(let networks):
            try move(to: served, "networks-changed", "the host's networks have changed", list(networks))
        case .interfaces(let networks):
            try move(to: served, "interface-changed", "the interface is another or has changed", list(networks))
        }
    }

    private func move(to served: [AttachedNetwork], _ kind: String, _ words: String, _ detail: String) throws {
        log.notice("\(words): \(detail)")
        note(kind, detail)
        abandonSwitch(because: words)
        try stop(then: .move(to: served))
    }

    /// The server sees other addresses or routes from now on, and goes on.
    private func furnish(_ links: [Link], inNetworks networks: [AttachedNetwork]?) throws {
        let (links, leftOut) = Link.fitting(links)
        tellOfLeftOut(leftOut)
        guard links != hostSides.map(\.link) else { return }
        do {
            try surroundings?.furnish(links)
        } catch {
            // Between the look and this it has changed again: discovery tells again soon.
            return tellOfShortage("the server does not see the host's addresses and routes as they are now: \(error)")
        }
        toldShortage = false
        for (side, link) in zip(hostSides, links) { side.show(link) }
        try peers.tellRelay(.links(links))
        if let holder, try !holder.socket.offer(Message.links(links).encoded()) { try loseHolder() }
        let detail = networks.map(list) ?? links.map { "\($0.network)\($0.furnishingWords)" }.joined(separator: ", ")
        log.notice("\(serverName) sees other addresses or routes of the host: \(detail)")
        note(networks == nil ? "addresses-changed" : "networks-changed", detail)
    }

    /// Those that can be served, and why the others cannot: a server that serves is not stopped for these.
    ///
    /// Of the first networks, unless all were asked for, and where none can be served, the failure to do so says it.
    private func servable(
        among networks: [AttachedNetwork], _ selection: Networks.Selection
    ) -> (served: [AttachedNetwork], objections: [String]) {
        guard hasBeenReady || selection == .all, networks.count > 1 else { return (networks, []) }
        let held = hostSides.filter(\.link.hasUplink).map(\.link.network.interface)
        var objections: [String] = []
        let served = networks.filter { network in
            guard !held.contains(network.interface),
                let objection = HostSide.objection(to: network, by: uplink)
            else { return true }
            objections.append("\(network) cannot be served: \(objection.message)")
            return false
        }
        return served.isEmpty ? (networks, []) : (served, objections)
    }

    /// Why some networks are too many for the uplink.
    private func excess(_ networks: ArraySlice<AttachedNetwork>) -> [String] {
        guard !networks.isEmpty else { return [] }
        let advice = uplink == .lan ? "name them with --interface" : "name it with --interface, or use '--uplink lan'"
        return ["\(list(networks)) cannot be served: the uplink '\(uplink)' has \(uplink.capacity); \(advice)"]
    }

    /// Says at each start in which networks the host is that are not served.
    private func tellOfUnserved(beside served: [AttachedNetwork], _ selection: Networks.Selection) throws(Failure) {
        guard uplink == .lan else { return }
        unserved =
            UnservedInterfaces(
                beside: served.map(\.interface), in: try HostView.look(), selection: selection
            ).words
        if let unserved { log.notice("\(unserved)") }
    }

    /// Says which networks are not served, and why; again only when that has changed.
    private func tellOfRefused(_ refusals: [String]) {
        for refusal in refusals where !toldRefusals.contains(refusal) {
            log.warning("\(refusal)")
            note("networks-refused", refusal)
        }
        toldRefusals = refusals
    }

    private func list(_ networks: some Sequence<AttachedNetwork>) -> String {
        networks.map(\.description).joined(separator: ", ")
    }

    private func hear(from peer: Peers.Peer, hasEnded: Bool) throws {
        if let messages = peers.receive(from: peer, hasEnded: hasEnded) {
            for message in messages {
                switch (peer, message) {
                case (.recorder, .acknowledgement(let acknowledgement)): outbox.accept(acknowledgement)
                case (.relay, .silence(let silence)): try judge(silence)
                case (.relay, .drained): try drained()
                default: peers.refuse()
                }
            }
            return
        }
        peers.disconnect(from: peer)
        // The kernel closes the sockets of a process that is killed one after the other: at once, this would be
        // introduced to the dead, and lose it a second time.
        nextMeeting = Clock.monotonic + Self.meetingPause
        eagerMeetings = Self.eagerMeetings
        if case .leaving = state { return }
        log.warning("\(peer.component) is gone")
        note("\(peer.component)-gone", "\(peer.component) has ended; it gets what it needs when it is there again")
    }

    /// How discovery is, which has no socket to be asked at.
    ///
    /// It tells the networks twice a second.
    private var discoveryWords: String {
        guard let heard = discoveryHeardAt else { return "not heard yet" }
        let silence = (Clock.monotonic - heard) / 1_000_000
        return silence < 5 ? "telling" : "silent for \(silence) s"
    }

    private var status: Status {
        let networks = list(hostSides.map(\.link).filter(\.hasUplink).map(\.network))
        let server = command?.line ?? StartClock.external
        let failover = failover?.status(isServing: state.isServing, hasStandby: surroundings?.standby != nil) ?? []
        return Status(
            component: .netnsAgent,
            fields: [
                .version, .uptime, .init("state", state.name), .init("uplink", uplink.rawValue),
                .init("server", server),
                .init("server-pid", self.server.map { "\($0.pid)" } ?? "-"),
                .init("networks", networks.isEmpty ? "-" : networks), .init("discovery", discoveryWords),
                .init("start-ms", clock.phases.total.map { "\(Double($0) / 1_000)" } ?? "-"),
                .init("relay", peers.isConnected(to: .relay) ? "connected" : "missing"),
                .init("recorder", peers.isConnected(to: .recorder) ? "connected" : "missing"),
                .init("records-pending", outbox.pending), .init("records-lost", outbox.lost),
                .init("messages-refused", inbox.refused + peers.refused),
            ] + failover)
    }
}

extension Agent.State {
    /// Whether the server may answer clients.
    var isServing: Bool {
        switch self {
        case .ready, .draining: true
        default: false
        }
    }

    /// The state as `status` shows it.
    var name: String {
        switch self {
        case .waitingForNetworks: "waiting for discovery"
        case .starting: "starting"
        case .ready: "ready"
        case .draining: "switching to the other server"
        case .waitingForNamespace: "waiting for the server's namespace"
        case .waitingForServer: "waiting for the server"
        case .waitingToRestart: "waiting to restart the server"
        case .stopping: "stopping"
        case .leaving: "leaving"
        }
    }
}

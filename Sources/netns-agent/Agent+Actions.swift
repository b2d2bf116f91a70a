import Addresses
import Diagnostics
import Doors
import Glibc
import Kernel
import Logging
import Messages
import ServerLife
import Service

/// What the server's life is told, and what is done about it.
extension Agent {
    /// Tells what has happened, does what is to be done, and tells what came of it; `view` is the host as just seen.
    func tell(_ event: ServerLife.Event, seeing view: HostView? = nil) throws {
        var results = [event]
        while !results.isEmpty {
            let before = life.state.name
            let actions = life.handle(results.removeFirst(), at: Clock.monotonic)
            if life.state.name != before { log.debug("the server's life: \(before), then \(life.state.name)") }
            for action in actions {
                if let result = try perform(action, seeing: view) { results.append(result) }
            }
        }
    }

    private func perform(_ action: ServerLife.Action, seeing view: HostView?) throws -> ServerLife.Event? {
        switch action {
        case .settle(let networks): return settle(networks, seeing: view)
        case .start(let place): return try start(at: place)
        case .look(let mindingPackets):
            return server?.isListening(mindingPacketSockets: mindingPackets) == true ? .listening : .deaf
        case .furnish(let links, let networks): return try furnish(links, networks)
        case .askHolder:
            if holder != nil { clock.begin(now: Clock.monotonic) }
            return try tellHolder()
        case .abandon:
            peers.disconnect(from: .relay)
            doors.close(loop.poller)
            surroundings = nil
        case .measure: clock = StartClock(now: Clock.monotonic)
        case .stop: try signal(SIGTERM)
        case .kill: try signal(SIGKILL)
        case .tell(let destination): try tellRelay(destination)
        case .takeDown(let place): try surroundings?.side(place).takeDown()
        case .prepare(let place): prepare(place)
        case .announce(let name, let process): announce(name, process)
        case .record(let outcome, let process): record(outcome, process)
        case .explainEnd(let words, let status): host.explainEnd(words, status: status, log, &loop.notification)
        case .explainDeafness(let waited): explainDeafness(after: waited)
        case .nameNetworks:
            for words in host.introductions { log.notice("\(life.name) sees this host's network: \(words)") }
        case .note(let kind, let detail): note(kind, detail)
        case .log(let level, let text): log.log(level: level, "\(text)")
        case .refuse(let request, let words):
            if let letter = requests.take(request) {
                loop.answer(letter, Status(component: .netnsAgent, fields: [.init("refused", words)]))
            }
        case .answer(let request, let fields):
            // Whoever did not wait that long does not want to know.
            _ = try? requests.take(request)?.answer(Status(component: .netnsAgent, fields: fields))
        case .finish(let ending): self.ending = ending
        }
        return nil
    }

    private func settle(_ networks: [AttachedNetwork], seeing view: HostView?) -> ServerLife.Event {
        do {
            clock.begin(now: Clock.monotonic)
            defer { tellOfNetworks() }
            try host.hold(networks, in: view ?? HostView.look())
            guard command != nil else { return .settled }
            surroundings = try Surroundings(
                host.sides, for: life.active, in: namespaces.take() ?? Surroundings.Namespaces.make(),
                hasDoors: !doors.doors.isEmpty)
            clock.end(\.link, now: Clock.monotonic)
            return .settled
        } catch {
            return .notSettled(.init(.unexpected(error)))
        }
    }

    /// The server sees other addresses or routes from now on, and goes on.
    private func furnish(_ links: [Link], _ networks: [AttachedNetwork]?) throws -> ServerLife.Event? {
        // First: what a server sends from an address as soon as it has it would not pass.
        if let surroundings { try peers.tellRelay(.links(links, of: surroundings.place)) }
        do { try surroundings?.furnish(links) } catch {
            // Between the look and this it has changed again: discovery tells again soon.
            shortage.tell("the server does not see the host's addresses and routes as they are now: \(error)", log)
            return nil
        }
        host.show(links)
        doors.refresh(loop.poller)
        let detail = host.words(about: networks)
        log.notice("\(life.name) sees other addresses or routes of the host: \(detail)")
        note(networks == nil ? .addressesChanged : .networksChanged, detail)
        return try tellHolder()
    }

    private func start(at place: ServerPlace) throws -> ServerLife.Event {
        guard let command, let surroundings else {
            throw Failure(.software, "start the server: there is nothing to start, or nowhere")
        }
        clock.begin(now: Clock.monotonic)
        haste.begin(now: Clock.monotonic)
        reading?.begin()
        startNumber &+= 1
        let server: Server
        do throws(Failure) { try openDoors(at: place, in: surroundings) } catch {
            return .notStarted(error.message, .init(error))
        }
        do {
            server = try files.start(command, number: startNumber, at: side(place, in: surroundings), log)
        } catch {
            return .notStarted("\(error)", .init(files.failure(to: error)))
        }
        clock.end(\.spawn, now: Clock.monotonic)
        self.server = server
        try loop.poller.watch(server.ending, for: .reading, token: Source.serverEnding.token)
        try loop.poller.watch(server.output, for: .reading, token: Source.serverOutput.token)
        return .started(process: server.pid)
    }

    private func signal(_ signal: Int32) throws(SystemError) {
        haste.begin(now: Clock.monotonic)
        try server?.signal(signal)
    }

    /// Lets a server that opens or closes its sockets wait for less; gives whether it does so.
    func hasten() -> Bool {
        guard life.state.isChangingSockets, let server, let surroundings else { return false }
        return haste.hasten(server, in: surroundings, log) { () throws(SystemError) in
            if case .starting = life.state { return server.isListening(mindingPacketSockets: true) }
            return try server.hasEnded
        }
    }

    private func announce(_ name: String, _ process: Int32) {
        clock.finish(now: Clock.monotonic)
        record("ready", process)
        let milliseconds = Double(clock.phases.total ?? 0) / 1_000
        log.notice("\(name) is ready after \(milliseconds) ms and hears UDP port 67")
        note(.serverReady, "\(name) hears UDP port 67")
        doors.listeningLook = Clock.monotonic + DoorKeeper.lookingPause
    }

    private func explainDeafness(after waited: UInt64) {
        guard let server else { return }
        let words = DeafServer(ports: server.boundPorts).words(about: "\(life.name) (process \(server.pid))")
        log.warning("no client is heard for \(waited / 1_000_000) s: \(words)")
        note(.serverDeaf, words)
    }

    private func record(_ outcome: String, _ process: Int32) {
        let record = clock.record(
            of: command?.line, uplink: host.uplink, pid: process, outcome: outcome, now: Clock.monotonic,
            realtime: Clock.realtime)
        outbox.append(.start(record))
    }

    private func tellRelay(_ destination: Destination) throws(SystemError) {
        // Without a second place the relay knows no other; it hears of both together.
        if case .server = destination, surroundings?.standby == nil { return }
        try peers.tellRelay(.destination(destination))
    }

    private func prepare(_ place: ServerPlace) {
        guard let surroundings else { return }
        do { _ = try side(place, in: surroundings) } catch {
            log.warning("the second server's place cannot be made ready: \(error)")
            note(.standbyFailed, "the second server's place cannot be made ready: \(error)")
        }
    }

    /// A place with its interfaces up; of one that had to be made the relay hears at once.
    func side(_ place: ServerPlace, in surroundings: Surroundings) throws(SystemError) -> ServerSide {
        let hadStandby = surroundings.standby != nil
        let side = try surroundings.side(place)
        try side.takeUp()
        if !hadStandby { try introduceStandby() }
        return side
    }

    /// The relay gets the ends of the second server's links, and hears who serves.
    ///
    /// One that comes while the server is drained gets nothing for it any more.
    func introduceStandby() throws(SystemError) {
        guard let threshold = servers.threshold, let surroundings, let standby = surroundings.standby else { return }
        try peers.tellRelay(.standby(threshold), passing: standby.descriptors)
        try peers.tellRelay(.destination(life.state.isReady ? .server(life.active) : .nobody))
    }
}

internal import Forwarding
internal import Messages
internal import Packet

// What is done about two servers.
extension Handover {
    /// Does what is due, and says what netns-agent is to be told.
    func advance(_ journal: Journal, now: UInt64) -> Message? {
        guard let step = succession?.advance(now: now) else { return nil }
        return perform(step, journal, now: now)
    }

    /// netns-agent has seen whether the server has read what it was given; it says whether there are two.
    func noteReading(isDone: Bool, _ journal: Journal, now: UInt64) -> Bool {
        guard let step = succession?.noteReading(isDone: isDone, now: now) else { return false }
        _ = perform(step, journal, now: now)
        return true
    }

    /// Carries out a step, and gives the server what it may be given.
    private func perform(_ step: Succession.Step, _ journal: Journal, now: UInt64) -> Message? {
        giveHeld(journal, now: now)
        switch step {
        case .wait: return nil
        case .tellDrained: return .drained
        case .tell(let silence): return .silence(silence)
        case .ask:
            ask(journal)
            return nil
        }
    }

    private func giveHeld(_ journal: Journal, now: UInt64) {
        guard let server = succession?.server else { return }
        while succession?.giveNext(
            now: now,
            { frame, message, link in
                links[link].give(frame, message.exchange, to: server, .forwarded, journal)
            }) == true
        {}
    }

    private func ask(_ journal: Journal) {
        guard let server = succession?.server else { return }
        for probe in probes { links[probe.link].give(probe.frame.span.rawBytes, nil, to: server, .probe, journal) }
    }

    /// Which server serves, and what waits.
    var successionStatus: [Status.Field] {
        guard let succession else { return [] }
        return [
            Status.Field("serving", succession.server?.description ?? "nobody"),
            Status.Field("requests-held", succession.heldCount),
            Status.Field("held-requests-lost", succession.lostCount),
            Status.Field("clients-known", succession.knownCount),
        ]
    }
}

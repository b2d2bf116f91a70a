import Kernel
import Logging
import Messages
import ServerLife

/// Whether the server reads what it is sent, where another could take over.
extension Agent {
    /// When to look at it next.
    func nextReading(now: UInt64) -> UInt64? {
        guard life.state.isReady else { return nil }
        return reading?.nextLook(now: now)
    }

    /// Looks at it, when that is due.
    func watchReading(now: UInt64) throws {
        guard let server, let due = nextReading(now: now), now >= due, let look = server.look() else { return }
        try heed(reading?.note(look, now: now))
    }

    /// The relay finds that the server answers none of the clients that it knows.
    func judge(_ silence: Silence) throws {
        guard life.state.isReady else { return }
        try heed(reading?.judge(silence))
    }

    private func heed(_ judgement: ServerReading.Judgement?) throws {
        switch judgement {
        case .nothing, nil: break
        case .reads(let isDone, let isNews):
            try peers.tellRelay(.caughtUp(isDone))
            guard isNews else { return }
            let name = life.name
            log.notice("\(name) answers none of the clients that wait, but reads: it has more than it can do")
            note(.serverSlow, "clients wait for \(name), which reads what it is sent, and has not come to the end")
        case .useless(let words): try tell(.silent(words))
        }
    }
}

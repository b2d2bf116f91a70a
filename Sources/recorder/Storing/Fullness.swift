internal import Kernel
internal import LeaseStore
internal import Logging
internal import Messages

/// How full the networks were when the recorder last looked, and which of them it has told of, so that it does not repeat
/// itself without end.
struct Fullness {
    /// How often the recorder looks whether a server may have no address left, in microseconds.
    static let interval: UInt64 = 10_000_000
    /// For how long the recorder does not repeat what it has told of a network, in microseconds: a day.
    static let silence: UInt64 = 86_400_000_000
    /// How old an answer may be, in microseconds: many questions must not keep the database from storing.
    static let freshness: UInt64 = 1_000_000

    /// Whether the database can be read: not in the middle of a transaction.
    var canRead = true
    private var known: [NetworkUse]?
    private var nextReading: UInt64 = 0
    private var nextLook: UInt64 = 0
    private var toldAt: [String: UInt64] = [:]

    /// All networks, as they were a moment ago; nothing while the database cannot be read.
    mutating func networks(in store: LeaseStore, _ log: Logger) -> [NetworkUse]? {
        let now = Clock.monotonic
        guard canRead, nextReading <= now else { return known }
        nextReading = now + Self.freshness
        do {
            known = try store.networks(at: Clock.realtime)
        } catch {
            known = nil
            log.debug("the database does not say how full the networks are: \(error)")
        }
        return known
    }

    /// Whether it is time to look for full networks, at `time` of the monotonic clock; if so, the next time is later.
    mutating func isDue(at time: UInt64) -> Bool {
        guard nextLook <= time else { return false }
        nextLook = time + Self.interval
        return true
    }

    /// What to say at `time`, in microseconds of the monotonic clock, about networks that may be full.
    mutating func news(_ full: [(network: NetworkUse, waiting: Int64)], at time: UInt64) -> [String] {
        full.filter { toldAt[$0.network.name].map { time - $0 >= Self.silence } ?? true }.map { network, waiting in
            toldAt[network.name] = time
            let clients = waiting == 1 ? "a client waits" : "\(waiting) clients wait"
            let addresses = network.held == 1 ? "1 address is held" : "\(network.held) addresses are held"
            return
                "\(network.name): \(addresses), as many as ever, and \(clients) for an answer: the server may have none "
                + "left"
        }
    }
}

extension RecorderService {
    /// Tells of servers that may have no address left.
    mutating func lookForFullNetworks() {
        let now = Clock.monotonic
        guard intake.mayTry(at: now), fullness.isDue(at: now) else { return }
        do {
            for news in fullness.news(try store.fullNetworks(at: Clock.realtime), at: now) {
                intake.add(.addressesScarce, news, at: Clock.realtime)
                log.warning("\(news)")
            }
        } catch {
            markFailed(error)
        }
    }
}

internal import Kernel
internal import LeaseStore
internal import Logging

/// How full the networks are, as far as it was read, and which of them were told of, so that nobody hears of one without
/// end.
struct Fullness {
    /// How often it is looked whether a server may have no address left, in microseconds.
    static let interval: UInt64 = 10_000_000
    /// For how long one that was told of is not told of again, in microseconds: a day.
    static let silence: UInt64 = 86_400_000_000
    /// How old an answer may be, in microseconds: who asks without end is not to keep the database from storing.
    static let freshness: UInt64 = 1_000_000

    /// Whether the database can be asked: not in the middle of a transaction.
    var canRead = true
    private var known: [NetworkUse]?
    private var nextReading: UInt64 = 0
    private var nextLook: UInt64 = 0
    private var toldAt: [String: UInt64] = [:]

    /// All networks, as they were a moment ago; nothing while the database does not say it.
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

    /// Whether it is time to look for those that may be full, at `time` of the monotonic clock; then it is no more.
    mutating func isDue(at time: UInt64) -> Bool {
        guard nextLook <= time else { return false }
        nextLook = time + Self.interval
        return true
    }

    /// What is to be said at `time`, in microseconds of the monotonic clock, about those that may be full now.
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
    /// Says so when a server may have no address left.
    mutating func lookForFullNetworks() {
        let now = Clock.monotonic
        guard intake.mayTry(at: now), fullness.isDue(at: now) else { return }
        do {
            for news in fullness.news(try store.fullNetworks(at: Clock.realtime), at: now) {
                intake.add("addresses-scarce", news, at: Clock.realtime)
                log.warning("\(news)")
            }
        } catch {
            markFailed(error)
        }
    }
}

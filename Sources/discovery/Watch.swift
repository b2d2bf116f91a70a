internal import Addresses
internal import Messages

/// What one look at the files told.
enum Finding: Equatable {
    /// These networks are there; for those that are not, why.
    case networks([AttachedNetwork], absences: [Trouble: String])
    /// Nothing can be told, for this reason.
    case unknown(String)
}

/// What is wrong with the networks for some time: said when it begins and when it is over, not in between.
enum Trouble: Hashable, Comparable {
    /// The files do not tell what there is.
    case unknown
    /// This interface, which was named, is in no network.
    case interface(InterfaceName)
    /// There is no network at all.
    case noNetwork

    /// What to say when it is over.
    fileprivate var end: String {
        switch self {
        case .unknown: "the host's networks can be told again"
        case .interface(let interface): "interface \(interface) is in a network again"
        case .noNetwork: "the host is in a network again"
        }
    }
}

/// What became of a message with networks.
enum Delivery: Hashable {
    /// Somebody has it.
    case delivered
    /// Nobody receives there.
    case nobody
    /// Somebody does, but has not taken the messages before it.
    case noRoom
    /// It cannot be sent, for this reason.
    case refused(String)
}

/// What is said to people.
struct Notice: Equatable {
    /// One line.
    let text: String
    /// Whether somebody should do something about it.
    let isWarning: Bool
}

/// What is known while the networks are watched: what to tell, and what has been said.
struct Watch {
    /// What to tell now: the networks that were found last, none when none is left.
    private(set) var networks: Networks
    private var troubles: [Trouble: String] = [:]
    private var delivery = Delivery.delivered
    private var nobodySince: UInt64?

    /// How long to wait between two looks, in microseconds.
    static let interval: UInt64 = 500_000

    /// Begins with the networks that were found first.
    init(_ networks: Networks) {
        self.networks = networks
    }

    /// Takes what was found; gives what to say about it, and whether the networks are others than before.
    ///
    /// - Parameter elapsed: how long finding it took, in microseconds.
    mutating func take(_ finding: Finding, elapsed: UInt32) -> (isChange: Bool, notices: [Notice]) {
        switch finding {
        case .networks(let found, let absences):
            let isChange = found != networks.networks
            networks = Networks(elapsed: elapsed, networks: found, instance: networks.instance)
            return (isChange, change(troubles: absences))
        case .unknown(let reason):
            // What was found before stays, and so does what was wrong then.
            var troubles = troubles
            troubles[.unknown] = "\(reason); until then the networks stay as they were"
            return (false, change(troubles: troubles))
        }
    }

    /// How long to wait until the next look, in microseconds.
    ///
    /// The server's start waits for the networks, and whoever receives them is started at the same time as this
    /// program, a few milliseconds earlier or later: while nobody is there, it is tried after an eighth of the time
    /// that this has lasted.
    func pause(now: UInt64) -> UInt64 {
        nobodySince.map { min(max((now - $0) / 8, 1_000), Self.interval) } ?? Self.interval
    }

    /// Takes what became of the networks that were sent to `receiver`; gives what to say about it.
    mutating func take(_ delivery: Delivery, receiver: String, now: UInt64) -> [Notice] {
        defer { self.delivery = delivery }
        nobodySince = delivery == .nobody ? nobodySince ?? now : nil
        if delivery == self.delivery { return [] }
        return [Notice(delivery, receiver)]
    }

    /// What is known now, in words.
    var occupation: String {
        networks.networks.isEmpty ? "no network" : networks.networks.map(\.description).joined(separator: ", ")
    }

    private mutating func change(troubles new: [Trouble: String]) -> [Notice] {
        defer { troubles = new }
        let ended = troubles.keys.filter { new[$0] == nil }.sorted()
        let begun = new.filter { troubles[$0.key] == nil }.sorted { $0.key < $1.key }
        return ended.map { Notice(text: $0.end, isWarning: false) }
            + begun.map { Notice(text: $0.value, isWarning: true) }
    }
}

extension Notice {
    /// What to say when sending to `receiver` begins to go like this.
    fileprivate init(_ delivery: Delivery, _ receiver: String) {
        switch delivery {
        case .delivered: self.init(text: "the networks are received at \(receiver)", isWarning: false)
        case .nobody: self.init(text: "nobody receives at \(receiver); waiting for somebody", isWarning: false)
        case .noRoom: self.init(text: "no room at \(receiver); waiting for it", isWarning: false)
        case .refused(let reason): self.init(text: "\(reason); trying on", isWarning: true)
        }
    }
}

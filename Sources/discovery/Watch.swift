internal import Addresses
internal import Messages

/// The result of one look at the files.
enum Observation: Equatable {
    /// These networks are there, and others are missing for these reasons.
    case networks([AttachedNetwork], absences: [Trouble: String])
    /// The files could not be used, for this reason.
    case unknown(String)
}

/// A condition that lasts for some time.
///
/// People are told when it begins and when it is over.
enum Trouble: Hashable, Comparable {
    /// The files cannot be used.
    case unknown
    /// This interface was named and is in no network.
    case interface(InterfaceName)
    /// The host is in no network.
    case noNetwork

    /// The text that says that the condition is over.
    fileprivate var end: String {
        switch self {
        case .unknown: "the host's networks can be told again"
        case .interface(let interface): "interface \(interface) is in a network again"
        case .noNetwork: "the host is in a network again"
        }
    }
}

/// The result of sending the networks.
enum Delivery: Hashable {
    /// The receiver has the message.
    case delivered
    /// Nobody receives at the socket.
    case nobody
    /// The receiver has not read the messages before this one.
    case noRoom
    /// The message could not be sent, for this reason.
    case refused(String)
}

/// A line for people.
struct Notice: Equatable {
    /// The line.
    let text: String
    /// Whether an administrator should do something about it.
    let isWarning: Bool
}

/// The state while the networks are watched: the networks, and what people were told.
struct Watch {
    /// The networks that were found last; empty if none is left.
    private(set) var networks: Networks
    private var troubles: [Trouble: String] = [:]
    private var delivery = Delivery.delivered
    private var nobodySince: UInt64?
    private var isForgotten = false
    private var forgottenSince: UInt64?
    private var delivered: UInt64 = 0

    /// The time between two looks where no change is heard of, in microseconds.
    static let interval: UInt64 = 500_000
    /// How long a receiver keeps what it was told that is not to be told again at once.
    private static let lasting: UInt64 = 1_000_000

    /// Begins with the networks that the first look found.
    init(_ networks: Networks) {
        self.networks = networks
    }

    /// Takes the result of a look; returns whether the networks have changed, and what to tell people.
    ///
    /// - Parameter elapsed: how long the look took, in microseconds.
    mutating func take(_ observation: Observation, elapsed: UInt32) -> (isChange: Bool, notices: [Notice]) {
        switch observation {
        case .networks(let all, var absences):
            // One that was unplugged, and is back, gets its address a moment later: it is waited for.
            let found = all.filter { $0.hasAddress || networks.networks.contains($0) }
            for network in all where !found.contains(network) {
                absences[.interface(network.interface)] = "interface \(network.interface) has no address yet"
            }
            let isChange = found != networks.networks
            networks = Networks(
                elapsed: elapsed, networks: found, instance: networks.instance, selection: networks.selection)
            return (isChange, change(troubles: absences))
        case .unknown(let reason):
            // The networks and the conditions stay as they were.
            var troubles = troubles
            troubles[.unknown] = "\(reason); until then the networks stay as they were"
            return (false, change(troubles: troubles))
        }
    }

    /// The time until the next look, in microseconds; nothing where none is due unless something changes.
    ///
    /// The start of the server waits for the networks, and their receiver starts at the same time as this program, a
    /// few milliseconds earlier or later. While there is no receiver, the next look comes after an eighth of the time
    /// that it has been missing.
    ///
    /// - Parameter hearsChanges: whether changes are heard of, and the receiver's end.
    func pause(now: UInt64, hearsChanges: Bool = false) -> UInt64? {
        if let since = nobodySince ?? (isForgotten ? forgottenSince : nil) {
            return min(max((now - since) / 8, 1_000), Self.interval)
        }
        return hearsChanges && delivery == .delivered && troubles[.unknown] == nil ? nil : Self.interval
    }

    /// The receiver has ended, or is to be told again: what could not be done may be possible later.
    mutating func noteForgotten(now: UInt64) {
        if forgottenSince == nil || now - delivered > Self.lasting { forgottenSince = now }
        isForgotten = true
    }

    /// Takes the result of sending the networks to `receiver`; returns what to tell people.
    mutating func take(_ delivery: Delivery, receiver: String, now: UInt64) -> [Notice] {
        defer { self.delivery = delivery }
        nobodySince = delivery == .nobody ? nobodySince ?? now : nil
        if delivery == .delivered { (isForgotten, delivered) = (false, now) }
        if delivery == self.delivery { return [] }
        return [Notice(delivery, receiver)]
    }

    /// The networks in words, for the service manager.
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
    /// The text for people when sending to `receiver` begins to have this result.
    fileprivate init(_ delivery: Delivery, _ receiver: String) {
        switch delivery {
        case .delivered: self.init(text: "the networks are received at \(receiver)", isWarning: false)
        case .nobody: self.init(text: "nobody receives at \(receiver); waiting for somebody", isWarning: false)
        case .noRoom: self.init(text: "no room at \(receiver); waiting for it", isWarning: false)
        case .refused(let reason): self.init(text: "\(reason); trying on", isWarning: true)
        }
    }
}

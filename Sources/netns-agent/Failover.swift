import Component
import Messages

/// Two servers, of which one serves and the other does not run: which, why, and how often it has changed.
struct Failover {
    /// From when on the one that serves counts as silent.
    let threshold: SilenceThreshold
    private let first: ServerCommand
    private let standby: ServerCommand?
    /// Who serves, or is to.
    private(set) var active = ServerPlace.first
    /// Why the other takes over, until it serves.
    var reason: String?
    /// How often the other took over.
    private(set) var count = 0
    /// How many times in a row one ended soon after it had been started.
    private(set) var failures = 0
    /// Who wants to be told whether the one that was asked for serves.
    var request: (letter: Inbox.Letter, wanted: ServerPlace)?
    /// Whether the one that serves reads what it is sent.
    var reading: ReadingWatch
    /// Whether it had read everything since the relay has found it silent.
    var hasCaughtUp = false

    /// How long the one that takes over may take to hear clients, in microseconds, before it has failed as well.
    static let startTime: UInt64 = 30_000_000

    /// Two servers, if the options say so.
    ///
    /// - Throws: `Failure` when there is no such program.
    init?(_ options: StandbyOptions, beside first: ServerCommand) throws(Failure) {
        guard let threshold = options.threshold else { return nil }
        self.threshold = threshold
        reading = ReadingWatch(threshold.duration)
        self.first = first
        if let words = options.command { standby = try ServerCommand(words) } else { standby = nil }
    }

    /// What is started where the active one is.
    var command: ServerCommand { active == .first ? first : standby ?? first }

    /// Whether the active server failed at its first start, and the other one is another program.
    var hasUntriedCommand: Bool { standby != nil && active == .first && count == 0 }

    /// The other takes over.
    mutating func change() {
        reading = ReadingWatch(threshold.duration)
        hasCaughtUp = false
        active = active.other
        count += 1
    }

    /// Takes note of how the server ended: soon after it had been started, or not.
    mutating func noteEnd(isEarly: Bool) {
        failures = isEarly ? failures + 1 : 1
    }

    /// Of the two, for `status`.
    ///
    /// - Parameter isServing: whether the active one does.
    func status(isServing: Bool, hasStandby: Bool) -> [Status.Field] {
        [
            .init("serving", isServing ? "\(active)" : "nobody"),
            .init("standby", hasStandby ? "prepared" : "not prepared"),
            .init("failovers", count), .init("failures-in-a-row", failures),
        ]
    }
}

public import Addresses
internal import Messages

extension ServerLife {
    /// What the server's life is at; what belongs to a state alone is in it.
    public enum State: Hashable, Sendable {
        /// It is not known yet in which networks the host is, or they could not be served.
        case waitingForNetworks(Outlook)
        /// The surroundings are being made.
        case settling(Outlook)
        /// Nobody holds a namespace yet in which others could start the server, or it is not what it is to be.
        case waitingForNamespace
        /// Others have not started it yet, or it does not hear clients yet.
        case waitingForServer
        /// Its process is being made, in new surroundings or not.
        case launching(Succession?, inNewSurroundings: Bool)
        /// Its process runs.
        case starting(Start)
        /// It hears clients since then, the first that ever did or not; nothing is known of the process when others have
        /// started it.
        case ready(process: Int32?, since: UInt64, isFirst: Bool)
        /// It may still answer what it was given, until then at most; afterwards the other takes over.
        case draining(process: Int32, Succession, deadline: UInt64)
        /// It ended, and is started again then.
        case waitingToRestart(Succession?, at: UInt64)
        /// It was told to stop, and is killed then; afterwards comes what `Next` says.
        case stopping(process: Int32, Next, deadline: UInt64)
        /// The recorder, which may only be starting, gets what is left until then, and the relay a way to it.
        case leaving(Ending, deadline: UInt64)
        /// All is over.
        case gone
    }

    /// What is known while there are no surroundings.
    public struct Outlook: Hashable, Sendable {
        /// Why the server that is to be started is another than the last.
        var succession: Succession?
        /// Why there are no surroundings, of which people were told.
        var told: String?
    }

    /// A server that does not hear clients yet.
    public struct Start: Hashable, Sendable {
        let process: Int32
        /// When it began to run.
        var since: UInt64
        /// When it is looked at next.
        var look: UInt64
        let succession: Succession?
        /// Whether people know that it hears nobody, and why.
        var isExplained = false
    }

    /// Why the other takes over, until it serves.
    public struct Succession: Hashable, Sendable {
        let reason: String
        /// Who wants to be told whether the one that was asked for serves.
        var request: Request?
        /// The one that was asked for.
        var wanted: ServerPlace?
    }

    /// Somebody who asks for the other server, and process, by numbers.
    public struct Request: Hashable, Sendable {
        /// Which answer is theirs: another number for each.
        public let number: UInt64
        let process: Int32

        /// Somebody's request.
        public init(number: UInt64, process: Int32) {
            self.number = number
            self.process = process
        }
    }

    /// What comes when the server has stopped.
    public enum Next: Hashable, Sendable {
        /// The other takes over from one that failed after so many microseconds, or did not fail.
        case succeed(Succession, after: UInt64?)
        /// New surroundings, in these networks.
        case move([AttachedNetwork], Succession?)
        /// The end.
        case leave
    }

    /// How all of it ends.
    public enum Ending: Hashable, Sendable {
        /// With this exit status.
        case status(Int32)
        /// With that of a fault, and its message.
        case fault(Fault)
    }

    /// Something without which it cannot go on.
    public struct Fault: Hashable, Sendable {
        /// The exit status (sysexits.h).
        public let status: Int32
        /// What failed, why, and what to do, in one line.
        public let message: String

        /// A fault with these.
        public init(status: Int32, message: String) {
            self.status = status
            self.message = message
        }

        /// What is wrong is the command line (`EX_USAGE`).
        static func usage(_ message: String) -> Fault { Fault(status: 64, message: message) }
    }
}

extension ServerLife.State {
    /// When something is to be done without anything happening.
    var deadline: UInt64? {
        switch self {
        case .waitingForNetworks, .settling, .waitingForNamespace, .waitingForServer, .launching, .ready, .gone: nil
        case .starting(let start): start.look
        case .draining(_, _, let time), .waitingToRestart(_, let time), .stopping(_, _, let time),
            .leaving(_, let time):
            time
        }
    }

    /// Why the server that serves next is another, where that is so.
    var succession: ServerLife.Succession? {
        switch self {
        case .waitingForNetworks(let outlook), .settling(let outlook): outlook.succession
        case .launching(let succession, _), .waitingToRestart(let succession, _): succession
        case .starting(let start): start.succession
        case .draining(_, let succession, _), .stopping(_, .succeed(let succession, _), _): succession
        case .stopping(_, .move(_, let succession), _): succession
        case .waitingForNamespace, .waitingForServer, .ready, .stopping(_, .leave, _), .leaving, .gone: nil
        }
    }

    /// Whether the server hears clients, and is to.
    public var isReady: Bool { if case .ready = self { true } else { false } }

    /// Whether the server may answer clients.
    public var isServing: Bool {
        switch self {
        case .ready, .draining: true
        case .waitingForNetworks, .settling, .waitingForNamespace, .waitingForServer, .launching, .starting,
            .waitingToRestart, .stopping, .leaving, .gone:
            false
        }
    }

    /// Whether there are surroundings to be made anew when the host's networks change.
    public var hasSurroundings: Bool {
        switch self {
        case .waitingForNamespace, .waitingForServer, .starting, .ready, .draining, .waitingToRestart: true
        case .waitingForNetworks, .settling, .launching, .stopping, .leaving, .gone: false
        }
    }

    /// Whether the server's process runs and does not hear clients yet.
    public var isStarting: Bool { if case .starting = self { true } else { false } }

    /// Whether the server serves, or others may start it.
    public var isServiceable: Bool {
        switch self {
        case .ready, .waitingForNamespace, .waitingForServer: true
        case .waitingForNetworks, .settling, .launching, .starting, .draining, .waitingToRestart, .stopping, .leaving,
            .gone:
            false
        }
    }

    /// Whether the server opens its sockets or closes them.
    public var isChangingSockets: Bool {
        switch self {
        case .starting, .stopping: true
        case .waitingForNetworks, .settling, .waitingForNamespace, .waitingForServer, .launching, .ready, .draining,
            .waitingToRestart, .leaving, .gone:
            false
        }
    }

    /// The state in words, as `status` shows it.
    public var name: String {
        switch self {
        case .waitingForNetworks: "waiting for discovery"
        case .settling: "making the server's surroundings"
        case .launching: "making the server's process"
        case .starting: "starting"
        case .ready: "ready"
        case .draining: "switching to the other server"
        case .waitingForNamespace: "waiting for the server's namespace"
        case .waitingForServer: "waiting for the server"
        case .waitingToRestart: "waiting to restart the server"
        case .stopping: "stopping"
        case .leaving: "leaving"
        case .gone: "gone"
        }
    }
}

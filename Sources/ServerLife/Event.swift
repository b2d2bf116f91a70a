public import Addresses
public import Logging
public import Messages

extension ServerLife {
    /// What happens.
    public enum Event: Hashable, Sendable {
        /// The host is in these networks, of which all can be served as far as is known; and what is other than what the
        /// server sees.
        case networks([AttachedNetwork], HostChange)
        /// The surroundings are made, for others the host's side of them: what came of `Action.settle`.
        case settled
        /// They could not be made.
        case notSettled(Fault)
        /// Somebody holds a namespace for a server that others start.
        case held
        /// That namespace looks like the host.
        case shown
        /// Who held it is gone, and the surroundings are of no use.
        case lost
        /// The server's process runs: what came of `Action.start`.
        case started(process: Int32)
        /// There is no process, for this reason; the first time it is a fault.
        case notStarted(String, Fault)
        /// The server hears clients: what came of `Action.look`, or what others tell.
        case listening
        /// It does not, or no more.
        case deaf
        /// Its process has ended, and then all that it had started: whether UDP port 67 was held by one of these still, and
        /// why, as far as it said so, as the rest of a sentence.
        case ended(Exit, leavesListener: Bool, lastWords: String = "")
        /// It serves nobody, as these words go on that begin with its name.
        case silent(String)
        /// Somebody asks that the other server take over.
        case asked(Request)
        /// The relay says that the server has answered what it had.
        case drained
        /// The end is asked for.
        case terminate
        /// The recorder has come or is gone.
        case recorder(isThere: Bool)
        /// The recorder has everything.
        case delivered
        /// Something went wrong that has to do with all of it.
        case failed(Fault)
        /// The time has come that `deadline` tells.
        case deadline
    }

    /// What is to be done.
    public enum Action: Hashable, Sendable {
        /// Make surroundings in these networks, for others the host's side of them.
        case settle([AttachedNetwork])
        /// Let the server see these addresses and routes, and say it: of these networks, where they are others in words.
        case furnish([Link], networks: [AttachedNetwork]?)
        /// Ask who holds the namespace to make it look like the host, if there is somebody.
        case askHolder
        /// The relay gets nothing more of these surroundings, which are of no use.
        case abandon
        /// A new start begins now: measure it.
        case measure
        /// Start the server in its place, whose interfaces are up.
        case start(ServerPlace)
        /// Look whether the server hears clients.
        case look(mindingPacketSockets: Bool)
        /// Have the server stop (SIGTERM).
        case stop
        /// End it (SIGKILL).
        case kill
        /// Tell the relay who gets requests.
        case tell(Destination)
        /// Take the interfaces of this place down.
        case takeDown(ServerPlace)
        /// Make this place ready, with its interfaces up.
        case prepare(ServerPlace)
        /// Record that the server is ready, and say it; it is called so.
        case announce(String, process: Int32)
        /// Record a start that failed.
        case record(String, process: Int32)
        /// Tell people that the server ended before it was ever ready, as these words say, and what may be the reason; and
        /// the service manager, with the exit status that comes of it.
        case explainEnd(String, status: Int32)
        /// Tell people why the server hears nobody, so many microseconds after it was started.
        case explainDeafness(after: UInt64)
        /// Say which networks the server sees.
        case nameNetworks
        /// Record an event.
        case note(EventKind, String)
        /// Say something to people.
        case log(Logger.Level, String)
        /// Tell whoever asked that nothing is done about it, and why.
        case refuse(Request, String)
        /// Tell whoever asked what became of it.
        case answer(Request, [Status.Field])
        /// All is over.
        case finish(Ending)
    }

    /// How a server ended.
    public enum Exit: Hashable, Sendable {
        /// By itself, with this exit status.
        case status(Int32)
        /// By this signal.
        case signal(Int32)
    }
}

extension ServerLife.Exit {
    /// How it ended, as the rest of a sentence.
    var words: String {
        switch self {
        case .status(let status): "ended with status \(status)"
        case .signal(let signal): "was ended by signal \(signal)"
        }
    }

    /// The exit status that stands for it, as shells have it.
    var code: Int32 {
        switch self {
        case .status(let status): status
        case .signal(let signal): 128 + signal
        }
    }
}

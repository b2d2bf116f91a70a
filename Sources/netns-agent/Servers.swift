import CommandLine
import Diagnostics
import Messages
import ServerLife

/// The DHCP servers that are started: none, where others start it, or one, or one of two.
struct Servers {
    private let first: ServerCommand?
    private let standby: ServerCommand?
    /// From when on the one of two that serves counts as silent; nothing without a second one.
    let threshold: SilenceThreshold?

    /// A server that others start.
    static let external = Servers()

    private init() {
        first = nil
        standby = nil
        threshold = nil
    }

    /// The server with this command line, and a second one if the options say so.
    ///
    /// - Throws: `Failure` when there is no such program.
    init(_ words: [String], _ options: StandbyOptions) throws(Failure) {
        first = try ServerCommand(words)
        threshold = options.threshold
        if let words = options.command { standby = try ServerCommand(words) } else { standby = nil }
    }

    /// Who starts the server, and whether there is a second one.
    var arrangement: ServerLife.Arrangement {
        guard let first else { return .external }
        guard let threshold else { return .single(first.name) }
        return .pair(.init(first: first.name, standby: standby?.name, silence: threshold.duration))
    }

    /// What is started in a place; nothing when others start it.
    func command(at place: ServerPlace) -> ServerCommand? {
        place == .first ? first : standby ?? first
    }
}

extension ServerLife {
    /// Of two servers, for `status`.
    func fields(hasStandby: Bool) -> [Status.Field] {
        [
            .init("serving", state.isServing ? "\(active)" : "nobody"),
            .init("standby", hasStandby ? "prepared" : "not prepared"),
            .init("failovers", failovers), .init("failures-in-a-row", failures),
        ]
    }
}

internal import Diagnostics
internal import Kernel
internal import Logging
internal import Reading
internal import Sandbox

/// The stages in which `recorder metrics --listen` gives up what it does not need, as the recorder does
/// (docs/security.md).
enum MetricsIsolation {
    /// Stage 1: root becomes the user whose database it is, the recorder's, or stays root where that one cannot read it
    /// there; then no capability and no supplementary group.
    static func renouncePrivileges(database: String) throws(Failure) {
        do {
            if let owner = LeaseReader.owner(ofDatabaseAt: database), owner.user != User.current {
                _ = try Privileges.become(Program.Identity(user: owner.user, group: owner.group)) {
                    (try? LeaseReader(path: database)) != nil
                }
            }
        } catch {
            throw .unavailable("cannot become the user whose database it is: \(error)")
        }
        try Isolation.renouncePrivileges(
            limits: ResourceLimits(descriptors: 1_024, memory: 1 << 30, startsThreads: true))
    }

    /// Stage 2, before there is a second thread: what lies beside the database can be read, and nothing else.
    static func confineFiles(database: String, logger: Logger) throws(Failure) {
        let beside = Landlock.Rule(Directory.parent(of: database) ?? ".", [.readFile, .readDirectory])
        try Isolation.confineFiles(to: [beside], reach: .listening, logger: logger)
    }

    /// Stage 3, before the first request.
    static func confineSystemCalls() throws(Failure) {
        try Isolation.confineSystemCalls(
            to: Poller.systemCalls + Signals.systemCalls + StandardError.systemCalls + MetricsServer.systemCalls
                + LeaseReader.systemCalls.map(SystemCall.init(stringLiteral:)) + SystemCall.mappingFiles
                + SystemCall.ofRuntime + SystemCall.ofThreads)
    }
}

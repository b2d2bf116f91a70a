internal import Diagnostics
internal import Kernel
internal import LeaseStore
internal import Logging
internal import Sandbox
internal import Service

/// The stages in which the recorder gives up what it does not need (docs/security.md).
enum RecorderIsolation {
    /// Stage 1, before anything else: no capability and no supplementary group.
    ///
    /// A message brings up to 253 descriptors (`SCM_MAX_FD`), which are there twice while they are taken over.
    static func renouncePrivileges() throws(Failure) {
        let limits = ResourceLimits(descriptors: 1_024, memory: 1 << 30, startsThreads: true)
        try Isolation.renouncePrivileges(limits: limits)
    }

    /// Stage 2, when the database and the socket are open, and before there is a second thread: only what lies beside the
    /// database can be opened, made and removed, and none but the socket removed elsewhere.
    static func confineFiles(
        database: String, directory: RuntimeDirectory, servesMetrics: Bool, logger: Logger
    ) throws(Failure) {
        let beside: Landlock.Access = [.readFile, .writeFile, .readDirectory, .makeFile, .removeFile]
        let rules = [
            Landlock.Rule(Directory.parent(of: database) ?? ".", beside), Landlock.Rule(directory.path, .removeFile),
        ]
        try Isolation.confineFiles(to: rules, reach: servesMetrics ? .listening : .none, logger: logger)
    }

    /// Stage 3, before the first message and the first request for metrics.
    static func confineSystemCalls(servesMetrics: Bool) throws(Failure) {
        try Isolation.confineSystemCalls(to: servesMetrics ? systemCalls + MetricsServer.systemCalls : systemCalls)
    }

    /// The system calls that it goes on to need, without those for metrics.
    static let systemCalls =
        Poller.systemCalls + Inbox.systemCalls + Signals.systemCalls + ServiceNotification.systemCalls
        + StandardError.systemCalls + LeaseStore.systemCalls.map(SystemCall.init(stringLiteral:))
        + SystemCall.mappingFiles + SystemCall.ofRuntime + WorkerThread.systemCalls + SystemCall.ofThreads
}

internal import Component
internal import Kernel
internal import Logging
internal import Sandbox

/// The stages in which discovery gives up what it does not need (docs/security.md).
enum DiscoveryIsolation {
    /// Stage 1, before anything else: no capability, no supplementary group, no further process.
    static func renouncePrivileges() throws(Failure) {
        try Isolation.renouncePrivileges(limits: ResourceLimits(descriptors: 64, memory: 128 << 20))
    }

    /// Stages 2 and 3.
    static func confine(to files: TableFiles, logger: Logger) throws(Failure) {
        try confineFiles(to: files, logger: logger)
        try confineSystemCalls()
    }

    /// Stage 2, when the socket to send on is there: the two tables can be read, and nothing else.
    static func confineFiles(to files: TableFiles, logger: Logger) throws(Failure) {
        try Isolation.confineFiles(to: [.reading(files.routes), .reading(files.addresses)], logger: logger)
    }

    /// Stage 3, before the tables are read for the first time.
    static func confineSystemCalls() throws(Failure) {
        try Isolation.confineSystemCalls(to: systemCalls)
    }

    /// What it goes on to need.
    static let systemCalls =
        Descriptor.readingCalls + Poller.systemCalls + MessageSocket.sendingAnywhereCalls + Signals.systemCalls
        + ServiceNotification.systemCalls + StandardError.systemCalls + SystemCall.ofRuntime
}

internal import Diagnostics
internal import HostTables
internal import Kernel
internal import Logging
internal import Sandbox
internal import Service

/// Gives up, in stages, what discovery does not need (docs/security.md).
enum DiscoveryIsolation {
    /// Stage 1, before anything else: gives up capabilities, supplementary groups and further processes.
    static func renouncePrivileges() throws(Failure) {
        try Isolation.renouncePrivileges(limits: ResourceLimits(descriptors: 64, memory: 128 << 20))
    }

    /// Performs stages 2 and 3.
    static func confine(to files: TableFiles, logger: Logger) throws(Failure) {
        try confineFiles(to: files, logger: logger)
        try confineSystemCalls()
    }

    /// Stage 2, after the socket to send on was opened: the process can read the tables and no other file.
    static func confineFiles(to files: TableFiles, logger: Logger) throws(Failure) {
        try Isolation.confineFiles(
            to: [files.routes, files.addresses, files.interfaces].map { .reading($0) }, logger: logger)
    }

    /// Stage 3, before the tables are read for the first time: allows the system calls below and no others.
    static func confineSystemCalls() throws(Failure) {
        try Isolation.confineSystemCalls(to: systemCalls)
    }

    /// The system calls that discovery needs from then on.
    static let systemCalls =
        Descriptor.readingCalls + Poller.systemCalls + MessageSocket.sendingAnywhereCalls + Signals.systemCalls
        + Descriptor.pipeCalls + NetworkChanges.systemCalls + ServiceNotification.systemCalls
        + StandardError.systemCalls + SystemCall.ofRuntime
}

internal import Diagnostics
internal import Kernel
internal import Logging
internal import Sandbox
internal import Service

/// The stages in which the proxy gives up what it does not need (docs/security.md), as the relay does.
enum ProxyIsolation {
    /// How many descriptors it may have: two for each flow, and twice that many while they are taken over.
    static let descriptors: UInt64 = 16_384

    /// Stage 1, before anything else: no capability, no supplementary group, no further process.
    static func renouncePrivileges() throws(Failure) {
        try Isolation.renouncePrivileges(
            limits: ResourceLimits(descriptors: descriptors, memory: 128 << 20, raisesDescriptors: true))
    }

    /// Stage 2, when its socket is there: no file can be opened, and none but the socket removed.
    static func confineFiles(to directory: RuntimeDirectory, logger: Logger) throws(Failure) {
        try Isolation.confineFiles(to: [.init(directory.path, .removeFile)], logger: logger)
    }

    /// Stage 3, before the first message and the first byte: it receives and sends on what it is handed.
    static func confineSystemCalls() throws(Failure) {
        try Isolation.confineSystemCalls(to: systemCalls)
    }

    /// What it goes on to need; what each byte needs comes first.
    static let systemCalls =
        FlowSocket.systemCalls + Poller.systemCalls + Inbox.systemCalls + Signals.systemCalls
        + ServiceNotification.systemCalls + StandardError.systemCalls + SystemCall.ofRuntime
}

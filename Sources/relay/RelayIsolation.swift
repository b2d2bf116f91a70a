internal import Diagnostics
internal import Kernel
internal import Logging
internal import Sandbox
internal import Service

/// The stages in which the relay gives up what it does not need (docs/security.md).
enum RelayIsolation {
    /// Stage 1, before anything else: no capability, no supplementary group, no further process.
    ///
    /// A message brings up to 253 descriptors (`SCM_MAX_FD`), which are there twice while they are taken over, and those
    /// of an earlier one may still be open.
    static func renouncePrivileges() throws(Failure) {
        try Isolation.renouncePrivileges(limits: ResourceLimits(descriptors: 1_024, memory: 256 << 20))
    }

    /// Stage 2, when its socket is there: no file can be opened, and none but the socket removed.
    static func confineFiles(to directory: RuntimeDirectory, logger: Logger) throws(Failure) {
        try Isolation.confineFiles(to: [.init(directory.path, .removeFile)], logger: logger)
    }

    /// Stage 3, before the first message and the first frame: it receives and sends on what it is handed.
    static func confineSystemCalls() throws(Failure) {
        try Isolation.confineSystemCalls(to: systemCalls)
    }

    /// What it goes on to need; what each frame needs comes first.
    static let systemCalls =
        FrameBatch.systemCalls + Poller.systemCalls + MessageSocket.sendingCalls + Inbox.systemCalls
        + Signals.systemCalls + ServiceNotification.systemCalls + FramePort.systemCalls + SharedMemory.systemCalls
        + StandardError.systemCalls + SystemCall.ofRuntime
}

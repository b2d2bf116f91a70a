import Diagnostics
import Kernel
import Logging
import Service

/// What the server is to see of the host's files (see `FileView`).
///
/// A server that was taken over may be root. On a plain host the kernel's own files, the disks and our sockets are then kept
/// from it, by a mount namespace; a container's engine, or a service manager, has done that already.
struct ServerFiles {
    /// The only paths that the server may write; all that its user may where nothing is given.
    private let writable: [String]?
    /// That of our sockets, and where the database is if nothing else is said.
    private let hidden: [String]
    private(set) var decision: Decision

    /// Who narrows what the server sees.
    enum Decision: Hashable {
        /// Whoever started us: nothing is to be done.
        case others
        /// We, where we may: there is nothing on which the host depends.
        case attempt
        /// We, or the server is not started.
        case required
    }

    /// - Parameters:
    ///   - writes: what `--server-writes` says: the paths that the server may write, none for all.
    ///   - directory: that of our sockets.
    /// - Throws: `Failure` when a path is not there or cannot be given.
    init(writes: [String], hiding directory: RuntimeDirectory, on host: HostFiles) throws(Failure) {
        guard writes.count <= FileView.maximumWritable else {
            throw Failure(.usage, "--server-writes can be given \(FileView.maximumWritable) times at most")
        }
        var writable: [String] = []
        for path in writes { writable.append(try Self.resolve(path)) }
        self.writable = writable.isEmpty ? nil : writable
        hidden = [directory.path, "/var/lib/middle-sock"]
        decision = Self.decide(on: host, isLimited: !writable.isEmpty)
    }

    /// Who narrows what the server sees.
    ///
    /// - Parameter isLimited: whether somebody has said what alone it may write.
    static func decide(on host: HostFiles, isLimited: Bool) -> Decision {
        if isLimited { return .required }
        guard !host.isKernelReadOnly else { return host.hasBlockDevices ? .attempt : .others }
        return host.isHostRoot ? .required : .attempt
    }

    private static func resolve(_ path: String) throws(Failure) -> String {
        let resolved: String
        do { resolved = try SymbolicLink.resolve(path) } catch {
            throw .unavailable("--server-writes: \(error); make it first, or leave it out")
        }
        guard resolved != "/" else {
            throw Failure(.usage, "--server-writes / is everything, which is the same as without the option")
        }
        guard !["/proc", "/sys"].contains(where: { resolved == $0 || resolved.hasPrefix($0 + "/") }) else {
            throw Failure(
                .usage, "--server-writes \(path): what is in /proc and /sys is the kernel's, and stays read-only")
        }
        return resolved
    }

    /// What the server that is started now is to see; nothing where others have seen to it.
    ///
    /// - Throws: `SystemError` when the mounts cannot be read.
    func view() throws(SystemError) -> FileView? {
        guard decision != .others else { return nil }
        let mounts = try MountTable.current()
        // By /proc/PID/root of a process with as few capabilities as the server's, root gets to the host's mounts.
        return FileView(
            readOnly: mounts.kernelPaths, writable: writable,
            hidden: (mounts.otherProcessPaths + hidden).filter(Directory.exists))
    }

    /// Starts a server that sees what it is to see, or all of the host's files where hiding is forbidden and need not be done.
    ///
    /// - Throws: `SystemError` of the kernel.
    mutating func start(
        _ command: ServerCommand, number: UInt32, at side: ServerSide, _ log: Logger
    ) throws(SystemError) -> Server {
        do {
            return try side.start(command, number: number, seeing: view())
        } catch {
            guard giveUp(after: error) else { throw error }
            log.debug("the server sees all of the host's files: \(error)")
            return try side.start(command, number: number, seeing: nil)
        }
    }

    /// Whether a start that failed is to be tried again without a view: making one is forbidden here, and need not be done.
    mutating func giveUp(after error: SystemError) -> Bool {
        guard decision == .attempt, error.isPermissionDenied, FileView.isCause(of: error) else { return false }
        decision = .others
        return true
    }

    /// What a first start that failed means for people.
    func failure(to error: SystemError) -> Failure {
        let advice = advice(on: error)
        guard advice != nil || error.isPermissionDenied || error.isMissing else {
            return .software("start the server", error)
        }
        return .unavailable("cannot start the server: \(error)" + (advice.map { "; \($0)" } ?? ""))
    }

    /// What to do about a start that failed because no view could be made; nothing for other reasons.
    func advice(on error: SystemError) -> String? {
        guard FileView.isCause(of: error) else { return nil }
        if error.isUnsupported && !error.isPermissionDenied { return "it needs Linux 5.12 or later" }
        return writable == nil
            ? "netns-agent has to be allowed mounts, or started where /proc/sys and /sys are read-only"
            : "--server-writes needs mounts, which are forbidden here; a container can have a read-only root instead, a unit "
                + "of systemd ReadWritePaths="
    }
}

internal import Component
internal import Kernel
internal import Messages

/// What netns-agent tells the launcher as it would tell a service manager (`ServiceNotification`): no other component knows
/// how the server is.
struct AgentReports: ~Copyable {
    private let socket: MessageSocket

    /// One report.
    struct Report: Hashable {
        /// Whether the server hears clients now.
        let isReady: Bool
        /// What it does, for people.
        let status: String

        /// Reads the lines `NAME=value` of sd_notify(3); nothing when they tell neither.
        init?(_ text: String) {
            let lines = text.split(separator: "\n")
            guard let status = lines.first(where: { $0.hasPrefix("STATUS=") }) else { return nil }
            isReady = lines.contains("READY=1")
            self.status = String(status.dropFirst("STATUS=".count))
        }
    }

    /// Receives at the launcher's own socket in the directory.
    ///
    /// - Throws: `SystemError` of bind(2).
    init(in directory: RuntimeDirectory) throws(SystemError) {
        socket = try MessageSocket(listeningAt: directory.socket(of: .middleSock))
    }

    /// Has the poller watch for reports.
    ///
    /// - Throws: `SystemError` of epoll_ctl(2).
    func watch(with poller: borrowing Poller, token: UInt64) throws(SystemError) {
        try poller.watch(socket.descriptor, for: .reading, token: token)
    }

    /// The next message, if one waits, as a report of the process with this number; what anybody else sends is none.
    ///
    /// - Throws: `SystemError` of recvmsg(2).
    func next(of process: Int32) throws(SystemError) -> Report? {
        guard let received = try socket.receive(capacity: 4_096), received.sender?.process == process,
            !received.isTruncated
        else { return nil }
        return Report(String(decoding: received.bytes, as: UTF8.self))
    }
}

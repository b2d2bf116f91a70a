internal import Kernel
internal import Messages
internal import Service

/// What netns-agent and discovery tell the launcher as they would tell a service manager (`ServiceNotification`): how the server
/// is, and why there are no networks for it.
struct ComponentReports: ~Copyable {
    private let socket: MessageSocket

    /// Those who tell something.
    static let tellers: [ComponentName] = [.netnsAgent, .discovery]

    /// One report.
    struct Report: Hashable {
        /// Whether it does its work: the server of netns-agent hears clients now.
        let isReady: Bool
        /// Whether it is about to end because of what it says.
        let isFailing: Bool
        /// What it does, for people.
        let status: String

        /// Reads the lines `NAME=value` of sd_notify(3); nothing when they tell neither.
        init?(_ text: String) {
            let lines = text.split(separator: "\n")
            guard let status = lines.first(where: { $0.hasPrefix("STATUS=") }) else { return nil }
            isReady = lines.contains("READY=1")
            isFailing = lines.contains { $0.hasPrefix("EXIT_STATUS=") && $0 != "EXIT_STATUS=0" }
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

    /// How many messages are read at a time: as many as such a socket holds (`net.unix.max_dgram_qlen`).
    private static let most = 10

    /// The messages that wait, as reports of those with these process numbers; what anybody else sends is none.
    ///
    /// - Throws: `SystemError` of recvmsg(2).
    func take(
        of processes: [Int32: ComponentName]
    ) throws(SystemError) -> [(teller: ComponentName, report: Report)] {
        var reports: [(ComponentName, Report)] = []
        for _ in 0..<Self.most {
            guard let received = try socket.receive(capacity: 4_096) else { break }
            guard let teller = received.sender.flatMap({ processes[$0.process] }), !received.isTruncated,
                let report = Report(String(decoding: received.bytes, as: UTF8.self))
            else { continue }
            reports.append((teller, report))
        }
        return reports
    }
}

internal import ArgumentParser
internal import Component
internal import Kernel
internal import Messages

/// `middle-sock status`: asks each component how it is.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows each component, the server and the counters.",
        discussion: """
            The exit status is 0 when all components answer and the server is ready, otherwise 69: so it can be the \
            health check of a container.

              middle-sock status --json | jq -r '."netns-agent".state'
            """)

    @OptionGroup var directory: DirectoryOption

    @Flag(help: "Print a JSON object with an object for each component.")
    var json = false

    func run() throws {
        var report = StatusReport()
        for component in StatusReport.components {
            report.answers[component] = try Self.ask(component, in: directory.runtimeDirectory)
        }
        print(json ? report.json : report.text)
        guard report.isReady else { throw ExitCode(Failure.Status.unavailable.rawValue) }
    }

    /// How long a component may take to answer, in microseconds.
    private static let patience: UInt64 = 1_000_000

    private static func ask(
        _ component: ComponentName, in directory: RuntimeDirectory
    ) throws(Failure) -> StatusReport.Answer {
        let path = directory.socket(of: component)
        do {
            let channel = try MessageSocket.channel()
            let request = Message.statusRequest.encoded()
            guard try MessageSocket().send(request, to: path, passing: [channel.far.rawValue]) else { return .silence }
            // Only the component holds the other end from here on: when it drops that, the end is read at once.
            channel.far.close()
            return try answer(of: component, from: channel.near)
        } catch {
            if error.isNobodyThere { return .notRunning }
            let advice = error.isPermissionDenied ? "; only root may, run it with sudo" : ""
            throw .unavailable("cannot ask at \(path): \(error)\(advice)")
        }
    }

    private static func answer(
        of component: ComponentName, from socket: borrowing MessageSocket
    ) throws(SystemError) -> StatusReport.Answer {
        var poller = try Poller(capacity: 1)
        try poller.watch(socket.descriptor, for: .reading, token: 0)
        let deadline = Clock.monotonic + patience
        var now = Clock.monotonic
        while now < deadline {
            _ = try poller.wait(timeout: deadline - now)
            if let received = try socket.receive(capacity: Message.maximumLength) {
                guard !received.isTruncated, let message = try? Message(decoding: received.bytes),
                    case .status(let status) = message, status.component == component
                else { return .silence }
                return .status(status)
            }
            now = Clock.monotonic
        }
        return .silence
    }
}

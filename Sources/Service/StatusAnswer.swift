public import Diagnostics
internal import Kernel
public import Messages

/// What a component answered when it was asked for its status.
public enum StatusAnswer: Hashable, Sendable {
    /// It sent its status.
    case status(Status)
    /// Nobody receives at its socket.
    case notRunning
    /// Its socket is there, and it did not answer in time.
    case silence

    /// Whether the component does its work: the server hears clients, the relay forwards, the recorder is there.
    public var isReady: Bool {
        guard case .status(let status) = self else { return false }
        return switch status.component {
        case .netnsAgent: status["state"] == "ready"
        case .relay: status["state"] == "forwarding"
        case .recorder, .discovery, .middleSock, .proxy: true
        }
    }
}

extension RuntimeDirectory {
    /// Asks a component for its status, or for something that it answers with a status, and waits for the answer.
    ///
    /// - Parameter patience: how long it may take, in microseconds.
    /// - Throws: `Failure` if it cannot be asked, mostly because it takes messages only from root and its own user.
    public func answer(
        of component: ComponentName, to request: Message = .statusRequest, within patience: UInt64 = 1_000_000
    ) throws(Failure) -> StatusAnswer {
        let path = socket(of: component)
        do {
            let channel = try MessageSocket.channel()
            let deadline = Clock.monotonic + patience
            guard try Self.send(request, to: path, passing: channel.far.rawValue, until: deadline) else {
                return .silence
            }
            // Only the component holds the other end from here on: when it drops that, the end is read at once.
            channel.far.close()
            return try Self.answer(of: component, from: channel.near, until: deadline)
        } catch {
            if error.isNobodyThere { return .notRunning }
            let advice = error.isPermissionDenied ? "; only root may, run it with sudo" : ""
            throw .unavailable("cannot ask at \(path): \(error)\(advice)")
        }
    }

    /// Sends as soon as there is room; returns false if others took all the room until the deadline.
    private static func send(
        _ request: Message, to path: String, passing descriptor: Int32, until deadline: UInt64
    ) throws(SystemError) -> Bool {
        let socket = try MessageSocket()
        let pause = try Poller(capacity: 1)
        while try !socket.send(request.encoded(), to: path, passing: [descriptor]) {
            guard Clock.monotonic < deadline else { return false }
            _ = try pause.wait(timeout: 500)
        }
        return true
    }

    private static func answer(
        of component: ComponentName, from socket: borrowing MessageSocket, until deadline: UInt64
    ) throws(SystemError) -> StatusAnswer {
        let poller = try Poller(capacity: 1)
        try poller.watch(socket.descriptor, for: .reading, token: 0)
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

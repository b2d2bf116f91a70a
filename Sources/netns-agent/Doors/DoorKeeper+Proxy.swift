import Doors
import Kernel
import Logging
import Messages
import Service

/// The connection to proxy, which is there when there are doors.
extension DoorKeeper {
    /// How long until a proxy that is missing is tried again, in microseconds.
    private static let meetingPause: UInt64 = 20_000

    /// Whether one is missing.
    var isProxyWanted: Bool { !doors.isEmpty && proxy == nil && scene != nil }

    /// Connects to it, if it is missing and there.
    ///
    /// - Throws: `SystemError` of the kernel.
    func meetProxy(_ poller: borrowing Poller, now: UInt64) throws(SystemError) {
        guard isProxyWanted, now >= nextMeeting else { return }
        nextMeeting = now + Self.meetingPause
        if proxySocket == nil { proxySocket = try MessageSocket() }
        let channel = try MessageSocket.channel()
        let path = directory.socket(of: .proxy)
        guard try proxySocket?.offer(Message.flows.encoded(), to: path, passing: [channel.far.rawValue]) == true
        else { return }
        let connected = ComponentChannel(channel.near, token: Source.proxy.token)
        try connected.watch(with: poller)
        proxy = connected
        news.append(.event(.proxyConnected, "proxy is there"))
    }

    /// Tells it something; one that finds no room or nobody is not heard.
    @discardableResult
    func tellProxy(_ message: Message, passing descriptors: [Int32] = []) -> Bool {
        (try? proxy?.socket.offer(message.encoded(), passing: descriptors)) == true
    }

    /// Hears what it tells, or that it is gone: then its flows are.
    func hearProxy(hasEnded: Bool, _ poller: borrowing Poller, now: UInt64) throws(SystemError) {
        for _ in 0..<64 {
            switch proxy?.next(hasEnded: hasEnded) {
            case .message(.flowEnded(let end), let passed) where passed.isEmpty: self.end(end, now: now)
            case .message, .refused: refusedMessages += 1
            case .end: return try loseProxy(poller, now: now)
            case nil: return
            }
        }
    }

    private func loseProxy(_ poller: borrowing Poller, now: UInt64) throws(SystemError) {
        try proxy?.forget(with: poller)
        proxy = nil
        let lost = flows.keys.sorted()
        for number in lost {
            end(FlowEnd(number: number, bytesToServer: 0, bytesFromServer: 0, ending: .lost), now: now)
        }
        let words = "proxy has ended, and \(lost.count) flows with it; new ones wait for the next"
        news += [.log(.warning, words), .event(.proxyGone, words)]
        // The kernel closes the sockets of a process that is killed one after the other.
        nextMeeting = now + Self.meetingPause
    }
}

public import Kernel
public import Messages

/// Why no more could be sent.
public enum SendingObstacle: Hashable, Sendable {
    /// There is no room; the poller can tell when there is some.
    case noRoom
    /// Memory is short; nothing tells when that is over.
    case shortage
    /// Nobody receives any more.
    case nobodyThere
}

extension Outbox {
    /// Gives `send` one batch after another, as many as may be under way, until it does not take one.
    ///
    /// - Parameter send: as `MessageSocket.send`: false when there is no room now.
    /// - Returns: why the next batch was not taken, or nothing if none is left; that batch stays the next one.
    /// - Throws: `SystemError` of `send` that is none of these reasons.
    public mutating func send(
        by send: (RawSpan) throws(SystemError) -> Bool
    ) throws(SystemError) -> SendingObstacle? {
        do {
            while hasDatagram {
                guard try sendNext(by: send) else { return .noRoom }
            }
            return nil
        } catch {
            if error.isNobodyThere { return .nobodyThere }
            guard error.isShortage else { throw error }
            return .shortage
        }
    }
}

import Kernel
import Logging

/// Until when a server that opens or closes its sockets is let wait for less (see `GracePeriods`).
struct Haste {
    private var end: UInt64 = 0

    /// For how long that is done at most, in microseconds: others wait longer meanwhile who configure a network.
    private static let time: UInt64 = 200_000

    /// It opens or closes them from now on, in microseconds.
    mutating func begin(now: UInt64) {
        end = now + Self.time
    }

    /// Lets it wait for less, for some milliseconds, if it still may have to; gives whether it did so.
    ///
    /// - Parameters:
    ///   - log: hears why it could not; only time depends on it.
    ///   - isDone: whether it has what it needs, or is gone.
    mutating func hasten(
        _ server: Server, in surroundings: Surroundings, _ log: Logger, until isDone: () throws(SystemError) -> Bool
    ) -> Bool {
        let end = end
        guard Clock.monotonic < end else { return false }
        var isPossible = false
        do {
            isPossible = try surroundings.hasten(server.pid) { () throws(SystemError) in
                if Clock.monotonic >= end { return true }
                return try isDone()
            }
        } catch {
            log.warning("process \(server.pid) is not hastened: \(error)")
        }
        if !isPossible { self.end = 0 }
        return isPossible
    }
}

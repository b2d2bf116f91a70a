internal import Kernel
internal import LeaseStore

extension RecorderService {
    /// Removes what is not to be kept any longer, in small steps.
    mutating func removePackets() {
        let time = Clock.monotonic
        guard intake.mayTry(at: time) else { return }
        let steps = removal.steps(at: time, hasBacklog: !intake.backlog.isEmpty)
        guard steps > 0 else { return }
        do {
            var (done, hasMore) = (0, true)
            while hasMore && done < steps {
                hasMore = try store.removePackets(at: Clock.realtime)
                done += 1
            }
            removal.noteDone(hasMore: hasMore, at: Clock.monotonic)
        } catch {
            markFailed(error)
        }
    }

    /// Brings the log into the database from time to time.
    mutating func shortenLog() {
        guard intake.mayTry(at: Clock.monotonic) else { return }
        do { try store.shortenLog(at: Clock.realtime) } catch { markFailed(error) }
    }
}

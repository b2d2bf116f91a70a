import ServerLife
import Service

extension ServiceNotification {
    /// Shows what the server's life is at; while the agent leaves because of a failure, only that.
    ///
    /// Whoever waits for this service waits until clients are served, or until others may start the server.
    mutating func show(_ life: ServerLife, process: Int32?, _ networks: ServedNetworks) {
        guard hasManager else { return }
        switch life.state {
        case .leaving(.fault(let fault), _): failing(fault.message, status: fault.status)
        // Told with the end of the server, or before.
        case .leaving(.status(1...), _), .gone: break
        case .ready: show("\(life.name)\(process.map { " (process \($0))" } ?? "") serves \(networks)", isReady: true)
        default: show(life.state.name, isReady: life.state.isServiceable)
        }
    }
}

import Component
import ServerLife

extension ServiceNotification {
    /// Shows what the agent is doing; while it leaves because of a failure, only that.
    mutating func show(_ occupation: String, in state: ServerLife.State) {
        switch state {
        case .leaving(.fault(let fault), _): failing(fault.message, status: fault.status)
        // Told with the end of the server, or before.
        case .leaving(.status(1...), _), .gone: break
        default: show(occupation, isReady: state.isServiceable)
        }
    }
}

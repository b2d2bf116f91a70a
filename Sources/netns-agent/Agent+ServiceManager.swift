import Addresses
import Component
import Messages

/// What the service manager is told.
extension Agent {
    /// Tells what the server's life is at, and once that clients are served, or that others may start the server: whoever
    /// waits for this service waits for that.
    func tellServiceManager() {
        guard notification.hasManager else { return }
        // Who leaves because of a failure has told it.
        if case .leaving(_, let status) = state, status != 0 { return }
        if isServiceable, !isKnownAsReady {
            isKnownAsReady = true
            notification.ready(occupation)
        } else {
            notification.show(occupation)
        }
    }

    private var isServiceable: Bool {
        switch state {
        case .ready, .waitingForNamespace, .waitingForServer: true
        case .waitingForNetworks, .starting, .draining, .waitingToRestart, .stopping, .leaving: false
        }
    }

    private var occupation: String {
        guard case .ready = state else { return state.name }
        let process = server.map { " (process \($0.pid))" } ?? ""
        return "\(serverName)\(process) serves \(hostSides.map(\.link.network.description).joined(separator: ", "))"
    }
}

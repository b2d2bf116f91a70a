import Component
import Logging

/// A server that was started in a way in which it cannot serve here.
extension Agent {
    /// Tells once of a server that runs and does not hear clients.
    func tellOfDeafness(of server: Server, after waited: UInt64) {
        guard waited >= DeafServer.patience, !hasToldDeafness else { return }
        hasToldDeafness = true
        let words = DeafServer(ports: server.boundPorts).words(about: "\(serverName) (process \(server.pid))")
        log.warning("no client is heard for \(waited / 1_000_000) s: \(words)")
        note("server-deaf", words)
    }

    /// What heard clients was not the process that was started: it was taken for ready, and never was.
    ///
    /// - Throws: `Failure` where no server has been ready before, and no other one is to be tried.
    func refuseBackground() throws {
        guard !hadBeenReady, failover?.hasUntriedCommand != true else {
            return log.warning("\(ServerEnd.advice(on: serverName))")
        }
        hasBeenReady = false
        throw Failure(.usage, ServerEnd.advice(on: serverName))
    }
}

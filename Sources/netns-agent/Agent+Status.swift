import CommandLine
import Diagnostics
import Kernel
import Messages
import ServerLife
import Service

/// What people are told of how it is.
extension Agent {
    var status: Status {
        let fields: [Status.Field] = [
            .version, .uptime, .init("state", life.state.name), .init("uplink", host.uplink.rawValue),
            .init("server", command?.line ?? StartClock.external),
            .init("server-pid", server.map { "\($0.pid)" } ?? "-"),
            .init("networks", host.description.isEmpty ? "-" : host.description),
            .init("discovery", discovery.words(now: Clock.monotonic)),
            .init("start-ms", clock.phases.total.map { "\(Double($0) / 1_000)" } ?? "-"),
            .init("relay", peers.isConnected(to: .relay) ? "connected" : "missing"),
            .init("recorder", peers.isConnected(to: .recorder) ? "connected" : "missing"),
            .init("records-pending", outbox.pending), .init("records-lost", outbox.lost),
            .init("messages-refused", loop.refused + peers.refused),
        ]
        let more = doors.statusFields(server: life.name)
        let ofTwo = servers.threshold == nil ? [] : life.fields(hasStandby: surroundings?.standby != nil)
        return Status(component: .netnsAgent, fields: fields + ofTwo + more)
    }
}

internal import Addresses
internal import Diagnostics
internal import Forwarding
internal import Messages
internal import Service

/// How the relay is.
struct RelayStatus {
    /// The interfaces of the links; none while the relay waits for sockets.
    var interfaces: [InterfaceName]
    /// What became of all frames since the relay was started.
    var counters: PerDirection<Counters>
    /// What of it was dropped without being DHCP.
    var dropped = PerDirection(DroppedFrames())
    /// Records that are not stored yet.
    var recordsPending: Int
    /// Records that were thrown away while the recorder was away.
    var recordsLost: UInt64
    /// How many of these told what granted or ended a lease.
    var leaseRecordsLost: UInt64 = 0
    /// Whether there is a channel to the recorder.
    var hasRecorder: Bool
    /// Messages that were refused.
    var refused: UInt64
    /// Foreign servers that are remembered.
    var foreignServers: Int
    /// Foreign servers that there was no room to tell of.
    var foreignServersLeftOut: UInt64 = 0
    /// Which of two servers serves, where there are two.
    var succession: [Status.Field] = []

    /// The answer to a status request.
    var status: Status {
        var fields = [
            Status.Field.version, .uptime,
            Status.Field("state", interfaces.isEmpty ? "waiting for sockets" : "forwarding"),
            Status.Field("links", interfaces.map(\.description).joined(separator: ",")),
        ]
        for direction in Direction.allCases {
            fields += Self.fields(of: counters[direction], direction)
            fields += dropped[direction].entries.filter(\.reason.isTraffic)
                .map { Status.Field("unsupported-\(direction)-\($0.reason)", $0.count) }
        }
        fields += [
            Status.Field("recorder", hasRecorder ? "connected" : "not connected"),
            Status.Field("records-pending", recordsPending),
            Status.Field("records-lost", recordsLost),
            Status.Field("lease-records-lost", leaseRecordsLost),
            Status.Field("messages-refused", refused),
            Status.Field("foreign-servers", foreignServers),
            Status.Field("foreign-servers-left-out", foreignServersLeftOut),
        ]
        return Status(component: .relay, fields: fields + succession)
    }

    private static func fields(of counters: Counters, _ direction: Direction) -> [Status.Field] {
        [Status.Field("frames-\(direction)", counters[.forwarded])]
            + Verdict.allCases.filter { !$0.isDrop && $0 != .forwarded && counters[$0] > 0 }
            .map { Status.Field("\($0)-\(direction)", counters[$0]) }
            + counters.drops.map { Status.Field("dropped-\(direction)-\($0.reason)", $0.count) }
            + [Status.Field("lost-in-kernel-\(direction)", counters.lostInKernel)]
    }
}

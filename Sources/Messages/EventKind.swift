/// What an event of a component tells: the words by which people ask for it (`events.kind`).
///
/// A recorder takes whatever another program calls its events; these are those of ours.
public enum EventKind: String, CaseIterable, Sendable {
    // Of every component.
    case started
    case stopped
    case version

    // Of netns-agent: the host and the other components.
    case addressesChanged = "addresses-changed"
    case networksChanged = "networks-changed"
    case networksRefused = "networks-refused"
    case interfaceChanged = "interface-changed"
    case discoveryRestarted = "discovery-restarted"
    case routesLeftOut = "routes-left-out"
    case relayConnected = "relay-connected"
    case relayGone = "relay-gone"
    case recorderConnected = "recorder-connected"
    case recorderGone = "recorder-gone"
    case namespaceReady = "namespace-ready"
    case namespaceGone = "namespace-gone"
    case namespaceRefused = "namespace-refused"
    case surroundingsFailed = "surroundings-failed"

    // Of netns-agent: the server and its doors.
    case connectionRefused = "connection-refused"
    case doorClosed = "door-closed"
    case flowRefused = "flow-refused"
    case portUnreachable = "port-unreachable-from-lan"
    case proxyConnected = "proxy-connected"
    case proxyGone = "proxy-gone"
    case serverReady = "server-ready"
    case serverDeaf = "server-deaf"
    case serverExited = "server-exited"
    case serverGone = "server-gone"
    case serverSilent = "server-silent"
    case serverSlow = "server-slow"
    case serverStopped = "server-stopped"
    case startFailed = "start-failed"
    case failover
    case failoverAsked = "failover-asked"
    case failoverFailing = "failover-failing"
    case standbyFailed = "standby-failed"

    // Of the relay.
    case foreignServer = "foreign-server"
    case foreignServersLeftOut = "foreign-servers-left-out"
    case fragments
    case framesLost = "frames-lost"
    case leaseRecordsLost = "lease-records-lost"
    case linkDown = "link-down"
    case linkUp = "link-up"
    case rateLimited = "rate-limited"
    case undeliverable

    // Of the recorder.
    case addressesScarce = "addresses-scarce"
    case batchesMissing = "batches-missing"
    case clockJumped = "clock-jumped"
    case databaseRemoved = "database-removed"
    case leasesRemoved = "leases-removed"
    case recordsLost = "records-lost"
    case storingAgain = "storing-again"
}

extension EventKind: CustomStringConvertible {
    /// The words.
    public var description: String { rawValue }
}

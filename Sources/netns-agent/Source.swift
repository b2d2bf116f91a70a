import Service

/// What can wake the agent up.
enum Source: UInt64, EventSource {
    case relay
    case recorder
    case serverEnding
    case serverOutput
    case holder
    case proxy
}

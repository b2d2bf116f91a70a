/// What a readable descriptor of the agent is, by the number by which its poller knows it; 0 and 1 are the peers.
enum Source: UInt64 {
    case signals = 2
    case inbox = 3
    case serverEnding = 4
    case serverOutput = 5
    case holder = 6
    case watchdog = 7
}

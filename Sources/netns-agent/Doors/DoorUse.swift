import Doors
import Messages
import Pacing

/// How much a door is used, whatever sockets it has.
final class DoorUse {
    /// The option that names it.
    let option: String
    /// Its number among all.
    let number: UInt8
    let transport: DoorTransport
    let limits: FlowLimits
    /// How many flows there are.
    var flows = 0
    private var allowance: TokenBucket
    /// When people are told that somebody was refused.
    var refusals = NoticePace()
    /// When they are told that one could not be made.
    var failures = NoticePace()

    init(_ option: String, number: UInt8, _ transport: DoorTransport) {
        self.option = option
        self.number = number
        self.transport = transport
        limits = FlowLimits.of(transport)
        allowance = limits.allowance
    }

    /// Whether one more flow may begin now; it then has.
    func admit(now: UInt64) -> Bool { allowance.take(now: now) }

    var kind: FlowKind { transport.usesDatagrams ? .datagrams : .stream }
}

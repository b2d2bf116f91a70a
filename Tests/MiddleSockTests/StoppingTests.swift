import Glibc
import Kernel
import Logging
import Messages
import Testing

@testable import middle_sock

@Suite("Stopping components")
struct StoppingTests {
    private var supervision = Supervision(grace: 10_000_000, from: 0, headStart: 0)

    init() {
        _ = supervision.advance(to: 0)
    }

    /// What follows when a component ends by itself.
    private mutating func ended(_ component: ComponentName, _ status: Int32 = 0) -> [Supervision.Action] {
        supervision.ended(component, .exit(.status(status)), at: 100)
    }

    /// Ends one after the other as soon as it is told to, and gives the order and the status of it all.
    private mutating func finish(
        after actions: [Supervision.Action]
    ) -> (order: [ComponentName], status: Int32?, said: [String]) {
        var order: [ComponentName] = []
        var last = actions
        while case .signal(let component, SIGTERM) = last.last {
            order.append(component)
            last = ended(component, 3)
        }
        let said = last.compactMap { if case .log(_, let text) = $0 { text } else { nil } }
        guard case .finish(let status) = last.last else { return (order, nil, said) }
        return (order, status, said)
    }

    @Test(arguments: [SIGTERM, SIGINT])
    mutating func `when asked, all stop one after the other: the server first, the recorder last`(signal: Int32) {
        let actions = supervision.received(signal, at: 50)
        #expect(actions == [.log(.info, "stops as asked, the server first"), .signal(.netnsAgent, SIGTERM)])
        let result = finish(after: actions)
        #expect(result.order == [.netnsAgent, .discovery, .relay, .recorder])
        #expect(result.status == 0)
    }

    @Test mutating func `the reason of the end is the last that is said`() {
        supervision.fails(.netnsAgent, because: "dhcpd ended: bad configuration")
        #expect(ended(.netnsAgent, 1) == [.signal(.discovery, SIGTERM)])
        #expect(ended(.discovery) == [.signal(.relay, SIGTERM)])
        #expect(ended(.relay) == [.signal(.recorder, SIGTERM)])
        #expect(
            ended(.recorder) == [.log(.error, "ends with status 1: dhcpd ended: bad configuration"), .finish(1)])
    }

    @Test mutating func `where only another program said the reason, the last line names it`() {
        let lines = finish(after: ended(.recorder, 69))
        #expect(lines.status == 69)
        #expect(
            lines.said == ["ends with status 69: recorder ended with status 69; its last line above says why"])
    }

    @Test mutating func `discovery says why there is no network`() {
        supervision.fails(.discovery, because: "there is no interface nope")
        #expect(finish(after: ended(.discovery, 69)).said == ["ends with status 69: there is no interface nope"])
    }

    @Test mutating func `asking twice changes nothing`() {
        _ = supervision.received(SIGTERM, at: 50)
        #expect(supervision.received(SIGINT, at: 51) == [])
        #expect(supervision.received(SIGTERM, at: 52) == [])
        #expect(ended(.netnsAgent) == [.signal(.discovery, SIGTERM)])
        #expect(supervision.received(SIGTERM, at: 53) == [])
    }

    @Test mutating func `what ends by itself meanwhile is neither started again nor waited for`() {
        _ = supervision.received(SIGTERM, at: 50)
        #expect(ended(.relay, 1) == [])
        #expect(supervision.advance(to: 1_000) == [])
        #expect(ended(.netnsAgent) == [.signal(.discovery, SIGTERM)])
        #expect(ended(.discovery) == [.signal(.recorder, SIGTERM)])
        #expect(ended(.recorder) == [.finish(0)])
    }

    @Test mutating func `what waits to be started again is not started any more`() {
        _ = ended(.relay, 1)
        let result = finish(after: supervision.received(SIGTERM, at: 100))
        #expect(result.order == [.netnsAgent, .discovery, .recorder])
        #expect(result.status == 0)
    }

    /// The others have records for it.
    @Test mutating func `a recorder that was to be started again is started for the end`() {
        _ = supervision.ended(.recorder, .exit(.signal(SIGKILL)), at: 99)
        let actions = supervision.received(SIGTERM, at: 100)
        #expect(actions.contains(.start(.recorder)))
        #expect(finish(after: actions).order == [.netnsAgent, .discovery, .relay, .recorder])
    }

    @Test mutating func `a recorder that is killed while the others stop is started once more`() {
        let actions = supervision.received(SIGTERM, at: 100)
        #expect(supervision.ended(.recorder, .exit(.signal(SIGKILL)), at: 101) == [.start(.recorder)])
        #expect(supervision.ended(.recorder, .exit(.signal(SIGKILL)), at: 102) == [])
        #expect(finish(after: actions).order == [.netnsAgent, .discovery, .relay])
    }

    @Test mutating func `two seconds each has to stop; netns-agent also the server's time, the recorder its own`() {
        _ = supervision.received(SIGTERM, at: 50)
        #expect(supervision.nextDeadline == 12_000_050)
        #expect(supervision.advance(to: 12_000_049) == [])
        #expect(
            supervision.advance(to: 12_000_050)
                == [.log(.warning, "netns-agent does not stop; it is killed"), .signal(.netnsAgent, SIGKILL)])
        #expect(supervision.nextDeadline == nil)
        #expect(
            supervision.ended(.netnsAgent, .exit(.signal(9)), at: 12_000_100) == [.signal(.discovery, SIGTERM)])
        #expect(supervision.nextDeadline == 14_000_100)
        _ = supervision.ended(.discovery, .exit(.status(0)), at: 13_000_000)
        #expect(supervision.nextDeadline == 15_000_000)
        _ = supervision.ended(.relay, .exit(.status(0)), at: 14_000_000)
        #expect(supervision.nextDeadline == 22_000_000)
    }

    @Test(arguments: [Int32(0), 1, 64, 69, 70])
    mutating func `when netns-agent ends by itself, all end with its status`(status: Int32) {
        let result = finish(after: ended(.netnsAgent, status))
        #expect(result.order == [.discovery, .relay, .recorder])
        #expect(result.status == status)
    }

    @Test(arguments: [ComponentName.relay, .recorder, .discovery], [Int32(64), 69])
    mutating func `when a component never had what it needs, all end with its status`(
        component: ComponentName, status: Int32
    ) {
        let result = finish(after: ended(component, status))
        #expect(result.order == ComponentName.launched.filter { $0 != component })
        #expect(result.status == status)
    }

    @Test mutating func `having been killed does not prove that a component had what it needs`() {
        _ = supervision.ended(.discovery, .exit(.signal(9)), at: 10)
        _ = supervision.advance(to: 10)
        #expect(finish(after: ended(.discovery, 69)).status == 69)
    }

    @Test mutating func `when a component cannot be started it is named, and all end`() {
        let actions = supervision.ended(.relay, .notStarted("no such file"), at: 1)
        #expect(actions.first == .log(.error, "cannot start relay: no such file"))
        let result = finish(after: actions)
        #expect(result.order == [.netnsAgent, .discovery, .recorder])
        #expect(result.status == 69)
    }

    @Test mutating func `asking while all end already keeps the status of what went wrong`() {
        let actions = ended(.netnsAgent, 69)
        #expect(supervision.received(SIGTERM, at: 101) == [])
        #expect(finish(after: actions).status == 69)
    }

    @Test(arguments: [SIGHUP, SIGUSR1, SIGUSR2])
    mutating func `signals for the server go to netns-agent while it runs`(signal: Int32) {
        #expect(supervision.received(signal, at: 50) == [.signal(.netnsAgent, signal)])
        _ = supervision.ended(.netnsAgent, .exit(.signal(9)), at: 60)
        #expect(supervision.received(signal, at: 61) == [])
        _ = supervision.advance(to: 61)
        #expect(supervision.received(signal, at: 62) == [.signal(.netnsAgent, signal)])
        _ = supervision.received(SIGTERM, at: 63)
        #expect(supervision.received(signal, at: 64) == [])
    }
}

import Glibc
import Kernel
import Logging
import Messages
import Testing

@testable import middle_sock

@Suite("Starting components again")
struct RestartTests {
    private var supervision = Supervision(grace: 10_000_000, from: 0, headStart: 0)

    init() {
        let actions = supervision.advance(to: 0)
        #expect(actions == [.start(.netnsAgent), .start(.discovery), .start(.relay), .start(.recorder)])
    }

    private mutating func ended(
        _ component: ComponentName, _ exit: ChildProcess.Exit, at now: UInt64
    ) -> [Supervision.Action] {
        supervision.ended(component, .exit(exit), at: now)
    }

    private func warning(_ text: String) -> [Supervision.Action] {
        [.log(.warning, text)]
    }

    @Test func `what the server's start does not wait for begins later`() {
        var supervision = Supervision(grace: 10_000_000, from: 5, headStart: 20)
        #expect(supervision.advance(to: 5) == [.start(.netnsAgent), .start(.discovery)])
        #expect(supervision.nextDeadline == 25)
        #expect(supervision.advance(to: 24) == [])
        #expect(supervision.advance(to: 25) == [.start(.relay), .start(.recorder)])
    }

    @Test func `it begins as soon as the server is ready, and only once`() {
        var supervision = Supervision(grace: 10_000_000, from: 5, headStart: 20)
        _ = supervision.advance(to: 5)
        #expect(supervision.serverIsReady(at: 9) == [.start(.relay), .start(.recorder)])
        #expect(supervision.nextDeadline == nil)
        #expect(supervision.serverIsReady(at: 10) == [])
    }

    @Test func `a server that is ready hurries nobody who is to be started again later`() {
        var supervision = Supervision(grace: 10_000_000, from: 0, headStart: 0)
        _ = supervision.advance(to: 0)
        for time: UInt64 in [1, 2] {
            _ = supervision.ended(.relay, .exit(.signal(9)), at: time)
            _ = supervision.advance(to: time)
        }
        #expect(supervision.nextDeadline == 100_002)
        #expect(supervision.serverIsReady(at: 3) == [])
    }

    @Test mutating func `nothing is due while all run`() {
        #expect(supervision.nextDeadline == nil)
        #expect(supervision.advance(to: 1 << 50) == [])
    }

    @Test(arguments: ComponentName.launched)
    mutating func `a component that is killed is started again, at once first, then after longer and longer`(
        component: ComponentName
    ) {
        #expect(ended(component, .signal(9), at: 7) == warning("\(component) ended by signal 9; it is started again"))
        #expect(supervision.nextDeadline == 7)
        #expect(supervision.advance(to: 7) == [.start(component)])
        #expect(
            ended(component, .signal(11), at: 10)
                == warning("\(component) ended by signal 11; it is started again in 100 ms"))
        #expect(supervision.nextDeadline == 100_010)
        #expect(supervision.advance(to: 100_009) == [])
        #expect(supervision.advance(to: 100_010) == [.start(component)])
        _ = ended(component, .signal(9), at: 100_020)
        #expect(supervision.nextDeadline == 300_020)
    }

    @Test(arguments: [ComponentName.relay, .recorder, .discovery], [Int32(0), 1, 70])
    mutating func `a component without privileges that gives up is started again`(
        component: ComponentName, status: Int32
    ) {
        #expect(
            ended(component, .status(status), at: 7)
                == warning("\(component) ended with status \(status); it is started again"))
        #expect(supervision.advance(to: 7) == [.start(component)])
    }

    @Test mutating func `several can be due at once`() {
        _ = ended(.recorder, .signal(9), at: 5)
        _ = ended(.discovery, .signal(9), at: 6)
        #expect(supervision.nextDeadline == 5)
        #expect(supervision.advance(to: 8) == [.start(.discovery), .start(.recorder)])
    }

    @Test mutating func `what a component that has worked misses may come back`() {
        _ = ended(.discovery, .signal(9), at: 5_000_000)
        _ = supervision.advance(to: 5_000_000)
        #expect(
            ended(.discovery, .status(69), at: 5_000_010)
                == warning("discovery ended with status 69; it is started again in 100 ms"))
    }

    @Test mutating func `a component that worked and cannot be started now is tried again`() {
        _ = ended(.relay, .signal(9), at: 5_000_000)
        _ = supervision.advance(to: 5_000_000)
        #expect(
            supervision.ended(.relay, .notStarted("no memory"), at: 5_000_001)
                == warning("relay cannot be started: no memory; it is started again in 100 ms"))
    }
}

import CommandLine
import Diagnostics
import Kernel
import Messages
import Testing

@testable import netns_agent

@Suite("What a server writes")
struct LineSplitterTests {
    @Test func `lines are given when they are whole`() {
        var lines = LineSplitter()
        lines.append(Array("one\ntw".utf8))
        #expect(lines.take(withUnfinished: false) == ["one"])
        lines.append(Array("o\n\n".utf8))
        #expect(lines.take(withUnfinished: false) == ["two", ""])
        #expect(lines.take(withUnfinished: true) == [])
    }

    @Test func `a line without an end is given when nothing follows`() {
        var lines = LineSplitter()
        lines.append(Array("last words".utf8))
        #expect(lines.take(withUnfinished: false) == [])
        #expect(lines.take(withUnfinished: true) == ["last words"])
    }

    @Test func `a line that never ends is cut`() {
        var lines = LineSplitter()
        lines.append(Array(repeating: UInt8(ascii: "x"), count: 10_000))
        #expect(lines.take(withUnfinished: true).map(\.count) == [4_096, 4_096, 1_808])
    }

    @Test func `what a terminal would obey is shown by its number`() {
        var lines = LineSplitter()
        lines.append(Array("a\u{1B}[2Jb\tc\u{7F}\n".utf8))
        #expect(lines.take(withUnfinished: false) == ["a\\u{1b}[2Jb\tc\\u{7f}"])
    }
}

@Suite("Measuring a start")
struct StartClockTests {
    @Test func `each phase lasts from its beginning to its end, the total from the launcher's beginning`() throws {
        var clock = StartClock(environment: ["MIDDLE_SOCK_STARTED": "1000"], now: 4_000)
        clock.begin(now: 5_000)
        clock.end(\.namespace, now: 5_700)
        clock.discovered(in: 250, now: 7_000)
        clock.begin(now: 8_000)
        clock.end(\.link, now: 8_900)
        clock.end(\.spawn, now: 10_000)
        clock.finish(now: 25_000)
        let command = try ServerCommand(["/bin/true", "-f"])
        let record = clock.record(
            of: command.line, uplink: .lan, pid: 42, outcome: "ready", now: 26_000, realtime: 1_000_000_000)
        #expect(record.phases.namespace == 700 && record.phases.discovery == 250 && record.phases.link == 900)
        #expect(record.phases.spawn == 1_100 && record.phases.ready == 15_000 && record.phases.total == 24_000)
        #expect(record.startedAt == 1_000_000_000 - 25_000)
        #expect(record.serverCommand == "/bin/true -f" && record.serverPID == 42 && record.uplink == "lan")
    }

    @Test(arguments: ["", "soon", "-5", "99999"])
    func `a beginning that cannot be is not believed`(told: String) {
        #expect(StartClock(environment: ["MIDDLE_SOCK_STARTED": told], now: 4_000).began == 4_000)
    }

    @Test func `who began by himself and waited for a network does not count that`() {
        var clock = StartClock(now: 1_000)
        clock.end(\.namespace, now: 1_700)
        clock.discovered(in: 250, now: 90_000_000)
        clock.begin(now: 90_000_100)
        clock.end(\.link, now: 90_001_000)
        clock.end(\.spawn, now: 90_002_000)
        clock.finish(now: 90_020_000)
        #expect(clock.phases.total == 20_950)
    }

    @Test func `what was not reached is not known`() throws {
        let clock = StartClock(now: 5)
        let record = clock.record(
            of: nil, uplink: .lan, pid: 0, outcome: "no", now: 6, realtime: 10)
        #expect(
            record.phases.total == nil && record.phases.ready == nil && record.phases.spawn == nil
                && record.serverCommand == StartClock.external)
    }
}

@Suite("The server's command")
struct ServerCommandTests {
    @Test func `only dnsmasq may configure its namespace`() throws {
        #expect(try !ServerCommand(["/bin/true"]).capabilities.contains(.netAdmin))
        #expect(try ServerCommand(["/bin/true"]).capabilities.contains([.netRaw, .netBindService]))
        #expect(try ServerCommand(["dnsmasq", "-k"]).capabilities.contains(.netAdmin))
    }

    @Test func `it hears neither of our options nor of the service manager`() throws {
        let environment = [
            "LANG=C", "MIDDLE_SOCK_GRACE=3", "NOTIFY_SOCKET=/run/systemd/notify", "WATCHDOG_USEC=1", "WATCHDOG_PID=2",
        ]
        let program = try ServerCommand(["/bin/true"], environment: environment)
            .program(network: 3, pidNamespace: 4, start: 1, output: 6)
        #expect(program.environment == ["LANG=C"])
    }

    @Test func `a server that is not there is missing, by name`() throws {
        do {
            _ = try ServerCommand(["no-such-server"])
            Issue.record("it was found")
        } catch {
            #expect(error.status == .unavailable && error.message.contains("'no-such-server'"))
        }
    }
}

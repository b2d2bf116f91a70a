import Foundation
import Kernel
import Testing

@Suite("discovery, watching", .timeLimit(.minutes(1)))
struct WatchingTests {
    private let ens34 = "ens34 192.168.100.102/24 via 192.168.100.1"
    private let eth0 = "eth0 192.168.7.2/24 via 192.168.7.1"

    @Test func `networks are printed again when they have changed`() throws {
        let host = try Host("paper-file-3")
        var discovery = try RunningDiscovery.watching(["--routes", host.routes])
        #expect(try discovery.output.next() == ens34)
        try host.become("policy")
        #expect(try discovery.output.next() == eth0)
        try host.become("paper-file-3")
        #expect(try discovery.output.next() == ens34)
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func `a signal ends it as asked`(signal: Int32) throws {
        let host = try Host("paper-file-3")
        var discovery = try RunningDiscovery.watching(["--routes", host.routes])
        #expect(try discovery.output.next() == ens34)
        try discovery.process.signal(signal)
        #expect(try discovery.exit() == .status(0))
        #expect(try discovery.errors.rest().isEmpty)
    }

    @Test func `that nobody reads what it says is no reason to end`() throws {
        let host = try Host("paper-file-3")
        var discovery = try RunningDiscovery.watching(["--routes", host.routes])
        #expect(try discovery.output.next() == ens34)
        // What write(2) leaves with EPIPE.
        try discovery.process.signal(SIGPIPE)
        try host.become("policy")
        #expect(try discovery.output.next() == eth0)
        try discovery.process.signal(SIGTERM)
        #expect(try discovery.exit() == .status(0))
    }

    @Test func `closed in, it tells the service manager that it is ready, alive and at its end`() throws {
        let host = try Host("paper-file-3")
        let manager = try MessageSocket(listeningAt: host.socket)
        let environment = ["NOTIFY_SOCKET=\(host.socket)", "WATCHDOG_USEC=20000"]
        let discovery = try RunningDiscovery.watching(["--routes", host.routes], environment: environment)
        #expect(try manager.nextText() == "READY=1\nSTATUS=\(ens34)")
        for _ in 1...3 { #expect(try manager.nextText() == "WATCHDOG=1") }
        try host.become("policy")
        var text = "WATCHDOG=1"
        while text == "WATCHDOG=1" { text = try manager.nextText() }
        #expect(text == "STATUS=\(eth0)")
        try discovery.process.signal(SIGTERM)
        while text != "STOPPING=1\nSTATUS=stopping" { text = try manager.nextText() }
        #expect(try discovery.exit() == .status(0))
    }

    @Test func `a receiver may come and go, and gets what has not changed`() throws {
        let host = try Host("paper-file-3")
        var discovery = try RunningDiscovery.watching(["--routes", host.routes, "--send-to", host.socket])
        let waiting = "discovery: nobody receives at \(host.socket); waiting for somebody"
        let received = "discovery: the networks are received at \(host.socket)"
        for _ in 1...2 {
            #expect(try discovery.errors.next() == waiting)
            let receiver = try MessageSocket(listeningAt: host.socket)
            for _ in 1...2 { #expect(try receiver.nextLines() == [ens34]) }
            #expect(try discovery.errors.next() == received)
            receiver.close()
        }
        #expect(try discovery.errors.next() == waiting)
    }

    @Test func `while the files are gone the receiver is told what was there`() throws {
        let host = try Host("paper-file-3")
        let receiver = try MessageSocket(listeningAt: host.socket)
        var discovery = try RunningDiscovery.watching(["--routes", host.routes, "--send-to", host.socket, "--json"])
        #expect(try discovery.output.next().contains("ens34"))
        try host.vanish()
        #expect(
            try discovery.errors.next()
                == "discovery: warning: \(host.routes): open: No such file or directory; name the file to read with "
                + "--routes; until then the networks stay as they were")
        for _ in 1...4 { #expect(try receiver.nextLines() == [ens34]) }
        try host.become("policy")
        #expect(try discovery.errors.next() == "discovery: the host's networks can be told again")
        #expect(try receiver.networks(otherThan: [ens34]) == [eth0])
        #expect(try discovery.output.next().contains("eth0"))
    }

    @Test func `when no network is left the receiver is told so`() throws {
        let host = try Host("paper-file-3")
        let receiver = try MessageSocket(listeningAt: host.socket)
        var discovery = try RunningDiscovery.watching(["--routes", host.routes, "--send-to", host.socket, "--json"])
        #expect(try receiver.nextLines() == [ens34])
        try host.become("loopback")
        #expect(try receiver.networks(otherThan: [ens34]) == [])
        #expect(try receiver.nextLines().isEmpty)
        #expect(
            try discovery.errors.next().hasPrefix("discovery: warning: \(host.routes): no network found: "))
        try host.become("policy")
        #expect(try receiver.networks(otherThan: []) == [eth0])
        #expect(try discovery.errors.next() == "discovery: the host is in a network again")
        #expect(try discovery.output.next().contains("ens34"))
        #expect(try discovery.output.next() == "[]")
    }
}

import Foundation
import Kernel
import Messages
import Testing

@testable import middle_sock

/// The launcher with stand-ins for the components: it is the one that is tested.
@Suite("The launcher", .timeLimit(.minutes(1)))
struct LauncherTests {
    private func runsAll(_ performance: Performance) throws -> [ComponentName: pid_t] {
        var processes: [ComponentName: pid_t] = [:]
        while processes.count < ComponentName.launched.count {
            let words = try performance.says("").split(separator: " ")
            guard words.dropFirst().starts(with: ["runs", "as", "process"]) else { continue }
            let component = try #require(ComponentName.launched.first { $0.description == words[0] })
            processes[component] = pid_t(words[4])
        }
        return processes
    }

    private func stop(_ performance: Performance) throws {
        try performance.signal(SIGTERM)
        #expect(try performance.ended() == .status(0))
    }

    @Test func `SIGTERM stops all one after the other, and nothing is left`() throws {
        let stage = try Stage()
        let performance = try stage.launch()
        _ = try runsAll(performance)
        try stop(performance)
        #expect(
            performance.lines.filter { $0.hasSuffix(" stops") } == [
                "netns-agent stops", "discovery stops", "relay stops", "recorder stops",
            ])
        #expect(!FileManager.default.fileExists(atPath: stage.sockets))
    }

    @Test func `each has only what it needs`() throws {
        let script = """
            open my $status, "/proc/self/status"; my %s = map { /^(\\w+):\\s*(.*)/ ? ($1, $2) : () } <$status>;
            open my $links, "/proc/net/dev"; my $links = grep { /:/ } <$links>;
            report("has", $s{CapEff}, $s{CapBnd}, $s{NoNewPrivs}, (split /\\s/, $s{Uid})[0], (split /\\s/, $s{Gid})[0],
                $s{Groups} eq "" ? "no groups" : "groups", getpgrp == $$ ? "own session" : "session",
                $links == 1 ? "no network" : "network", join ",", grep { /MIDDLE/ } %ENV);
            \(Stage.obedient)
            """
        let stage = try Stage(Dictionary(uniqueKeysWithValues: ComponentName.launched.map { ($0, script) }))
        let performance = try stage.launch(["--first-user", "60800"])
        _ = try runsAll(performance)
        try stop(performance)
        let none = "0000000000000000"
        for (component, user, network) in [
            (ComponentName.relay, 60_801, "no network"), (.recorder, 60_802, "no network"),
            (.discovery, 60_803, "network"),
        ] {
            let expected = "\(component) has \(none) \(none) 1 \(user) 60800 no groups own session \(network) "
            #expect(performance.lines.contains(expected))
        }
        let agent = Launch.agentCapabilities.rawValue
        let bits = String(agent, radix: 16)
        let padded = String(repeating: "0", count: 16 - bits.count) + bits
        #expect(
            performance.lines.contains {
                $0.hasPrefix("netns-agent has \(padded) \(padded) 1 0 0 ")
                    && $0.hasSuffix(" own session network MIDDLE_SOCK_STARTED")
            })
    }

    @Test(arguments: ComponentName.launched)
    func `a component that is killed is started again`(component: ComponentName) throws {
        let performance = try Stage().launch()
        let victim = try #require(runsAll(performance)[component])
        #expect(kill(victim, SIGKILL) == 0)
        try performance.says("middle-sock: warning: \(component) ended by signal 9; it is started again")
        #expect(try performance.says("\(component) runs as process ") != "\(victim)")
        try stop(performance)
    }

    @Test(arguments: [SIGHUP, SIGUSR1, SIGUSR2])
    func `signals for the server go to netns-agent alone`(signal: Int32) throws {
        let performance = try Stage().launch()
        _ = try runsAll(performance)
        try performance.signal(signal)
        let names = [SIGHUP: "HUP", SIGUSR1: "USR1", SIGUSR2: "USR2"]
        #expect(try performance.says("netns-agent got ") == names[signal])
        try stop(performance)
        #expect(performance.lines.filter { $0.contains(" got ") }.count == 1)
    }

    @Test func `the status of netns-agent becomes that of middle-sock`() throws {
        let stage = try Stage([.netnsAgent: "exit 3"])
        let performance = try stage.launch()
        #expect(try performance.ended() == .status(3))
        #expect(!FileManager.default.fileExists(atPath: stage.sockets))
    }

    @Test(arguments: [ComponentName.discovery, .relay, .recorder])
    func `a component that misses something ends everything with its status`(component: ComponentName) throws {
        let performance = try Stage([component: "exit 69"]).launch()
        #expect(try performance.ended() == .status(69))
    }

    @Test(arguments: ComponentName.launched)
    func `a component whose program is missing is named`(component: ComponentName) throws {
        let stage = try Stage([component: nil])
        let performance = try stage.launch()
        #expect(try performance.says("middle-sock: error: cannot start \(component): ").contains(stage.path))
        #expect(try performance.ended() == .status(69))
    }

    @Test func `one that does not stop is killed`() throws {
        let deaf = "$SIG{TERM} = 'IGNORE'; report('runs as process', $$); sleep while 1;"
        let performance = try Stage([.netnsAgent: deaf, .relay: deaf]).launch(["--grace", "0"])
        _ = try runsAll(performance)
        try stop(performance)
        for component in ["netns-agent", "relay"] {
            #expect(performance.lines.contains("middle-sock: warning: \(component) does not stop; it is killed"))
        }
        #expect(performance.lines.last == "recorder stops")
    }
}

import Addresses
import ArgumentParser
import CommandLine
import Glibc
import Kernel
import Messages
import Service
import Testing

@testable import middle_sock

@Suite("What each component is started with")
struct ComponentsTests {
    private let launch: Launch

    init() throws {
        launch = Launch(
            interfaces: [try #require(InterfaceName("ens34")), try #require(InterfaceName("ens35"))], uplink: .lan,
            database: "/data/x.sqlite", runtimeDirectory: RuntimeDirectory("/run/x"), grace: 7,
            users: try #require(UserRange(first: 1_000)), server: ["dhcpd", "-f", "--interface", "a"],
            programs: "/opt/bin",
            environment: [
                "PATH=/bin", "MIDDLE_SOCK_DATABASE=/no", "LANG=C", "NOTIFY_SOCKET=/x", "WATCHDOG_USEC=1",
                "WATCHDOG_PID=2",
            ])
    }

    private func program(_ component: ComponentName) -> Program {
        launch.program(of: component, startedAt: 42)
    }

    @Test func `relay and recorder are strangers everywhere, and without a network`() {
        for (component, user) in [(ComponentName.relay, UInt32(1_001)), (.recorder, 1_002)] {
            let program = program(component)
            #expect(program.identity == Program.Identity(user: user, group: 1_000))
            guard case .empty = program.network else {
                Issue.record("\(component) has a network")
                continue
            }
        }
    }

    @Test func `discovery is a stranger that sees the host's routes`() {
        let program = program(.discovery)
        #expect(program.identity == Program.Identity(user: 1_003, group: 1_000))
        guard case .same = program.network else {
            Issue.record("discovery is in another network")
            return
        }
    }

    @Test(arguments: [ComponentName.relay, .recorder, .discovery])
    func `no component but netns-agent has any privilege, or need reach the directory it begins in`(
        component: ComponentName
    ) {
        let program = program(component)
        #expect(program.capabilities == [])
        #expect(program.directory == "/opt/bin")
        #expect(program.path == "./\(component)")
    }

    @Test func `netns-agent is root with the privileges it needs, where the server's command was typed`() {
        let agent = program(.netnsAgent)
        #expect(agent.identity == nil)
        #expect(agent.path == "/opt/bin/netns-agent")
        #expect(agent.directory == nil)
        #expect(
            agent.capabilities.names.sorted() == [
                "CHOWN", "DAC_OVERRIDE", "KILL", "NET_ADMIN", "NET_BIND_SERVICE", "NET_RAW", "SETGID", "SETPCAP",
                "SETUID", "SYS_ADMIN",
            ])
    }

    @Test(arguments: ComponentName.launched)
    func `every component dies with the launcher, gains nothing by execve, and hears no terminal`(
        component: ComponentName
    ) {
        let program = program(component)
        #expect(program.parentDeathSignal == SIGKILL)
        #expect(!program.mayGainPrivileges)
        #expect(program.startsSession)
    }

    @Test func `what was asked for is passed on as options`() {
        #expect(program(.relay).arguments == ["--runtime-directory", "/run/x"])
        #expect(program(.recorder).arguments == ["--runtime-directory", "/run/x", "--database", "/data/x.sqlite"])
        #expect(
            program(.discovery).arguments == [
                "--watch", "--send-to", "/run/x/netns-agent.sock", "--interface", "ens34", "--interface", "ens35",
            ])
        #expect(
            program(.netnsAgent).arguments == [
                "--runtime-directory", "/run/x", "--uplink", "lan", "--discovery-user", "1003", "--grace", "7", "--",
                "dhcpd", "-f", "--interface", "a",
            ])
    }

    @Test func `a container passes the host's routing table on, and its uplink`() {
        var launch = launch
        launch.uplink = .runtime
        launch.routes = "/host/route"
        #expect(
            launch.program(of: .discovery, startedAt: 42).arguments.prefix(5) == [
                "--watch", "--send-to", "/run/x/netns-agent.sock", "--routes", "/host/route",
            ])
        #expect(launch.program(of: .netnsAgent, startedAt: 42).arguments.contains("runtime"))
    }

    @Test func `the recorder keeps no more than the launcher was told`() throws {
        let options = ["--keep-packets", "30d", "--max-size", "2GiB", "--max-backlog", "0", "--no-frames"]
        let command = try #require(try MiddleSock.parseAsRoot(options + ["--", "dhcpd"]) as? MiddleSock)
        let recorder = try Launch(command, environment: []).program(of: .recorder, startedAt: 42)
        #expect(
            recorder.arguments.suffix(7) == [
                "--keep-packets", "2592000s", "--max-size", "2147483648", "--max-backlog", "0", "--no-frames",
            ])
    }

    @Test func `netns-agent hears of a second server, and when it is to take over`() throws {
        func arguments(_ options: [String]) throws -> [String] {
            let command = try #require(try MiddleSock.parseAsRoot(options + ["--", "dhcpd", "-f"]) as? MiddleSock)
            return try Launch(command, environment: []).program(of: .netnsAgent, startedAt: 42).arguments
        }
        #expect(
            try arguments(["--standby", "--silence", "1m"]).suffix(8) == [
                "--standby", "--silence", "60s", "--silent-clients", "3", "--", "dhcpd", "-f",
            ])
        #expect(
            try arguments(["--standby-command", "kea-dhcp4 -c x"]).suffix(10) == [
                "--standby", "--silence", "10s", "--silent-clients", "3", "--standby-command", "kea-dhcp4 -c x", "--",
                "dhcpd", "-f",
            ])
        #expect(try !arguments([]).contains("--silence"))
    }

    @Test(arguments: [
        ["--silence", "1s"], ["--silence", "61m"], ["--silent-clients", "0"], ["--silent-clients", "257"],
    ])
    func `a threshold that nobody could want is refused`(options: [String]) {
        #expect(throws: (any Error).self) { try MiddleSock.parseAsRoot(["--standby"] + options + ["--", "dhcpd"]) }
    }

    @Test
    func `no variable of the launcher's adds to the options; two learn whom to tell, netns-agent when it began`() {
        for component in [ComponentName.relay, .recorder] {
            #expect(program(component).environment == ["PATH=/bin", "LANG=C"])
        }
        #expect(
            program(.discovery).environment == ["PATH=/bin", "LANG=C", "NOTIFY_SOCKET=/run/x/middle-sock.sock"])
        #expect(
            program(.netnsAgent).environment == [
                "PATH=/bin", "LANG=C", "MIDDLE_SOCK_STARTED=42", "NOTIFY_SOCKET=/run/x/middle-sock.sock",
            ])
    }
}

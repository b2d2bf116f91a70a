import Addresses
import Foundation
import Testing

/// The clock is set while clients are served.
///
/// The computer's own is not: a library (Tests/set-clock) is loaded into all programs that are linked with the C library at
/// run time, as netns-agent, relay, recorder and dhcpd are. Those that are not, middle-sock and discovery, ask for no time
/// of day.
@Suite struct ClockFaultTests {
    @Test func `whichever way the clock is set by a day, clients are served and keep their addresses`() async throws {
        try await Lab.with { lab in
            let clock = try HostClock(of: lab.host)
            let service = try await lab.middleSock(.impatient, seeing: clock)
            var clients: [SteppingClient] = []
            for (number, days) in [0, 1, 0, -1, 0].enumerated() {
                try clock.set(ahead: days)
                let end = ContinuousClock.now
                clients.append(try SteppingClient(on: lab.client1, number: UInt8(number)))
                for client in clients.reversed() {
                    let before = client.address
                    try await client.serve(within: patienceAfterFault)
                    #expect(before == nil || client.address == before)
                }
                note("clock \(days) days ahead, \(clients.count) clients served", from: end, to: .now)
                try await service.records(
                    "SELECT count(*) FROM events WHERE kind = 'clock-jumped'", [["\(number)"]])
            }
            #expect(Set(clients.map(\.address)).count == clients.count)
            #expect(try await service.program.stop().status == 0)
            for client in clients {
                try client.drain()
                try await service.hasRecorded(client)
            }
            try await service.records(
                "SELECT count(*) FROM leases WHERE state = 'bound'", [["\(clients.count)"]])
            try await lab.hasNothingLeft()
        }
    }
}

/// The clock that programs on a machine see.
private struct HostClock {
    private let path: String

    init(of machine: Machine) throws {
        path = machine.path("/run/clock")
        try set(ahead: 0)
    }

    /// Sets it so many days ahead of the computer's.
    func set(ahead days: Int) throws {
        // In place: it is mapped.
        let file = unsafe open(path, O_WRONLY | O_CREAT, 0o644)
        defer { close(file) }
        var microseconds = Int64(days) * 86_400_000_000
        try #require(unsafe pwrite(file, &microseconds, 8, 0) == 8)
    }
}

extension Lab {
    /// Starts a server under middle-sock where all programs that are loaded see this clock.
    fileprivate func middleSock(_ server: Server, seeing clock: HostClock) async throws -> Service {
        try server.prepare(on: host)
        let products = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") as NSString
        let library = products.deletingLastPathComponent + "/libset-clock.so"
        // A copy of /etc, and of the library where every user can read it.
        let script = """
            mount -t tmpfs -o mode=755 tmpfs /mnt && cp -a /etc /mnt/etc && install -m 755 \(library) /mnt/clock.so &&
            echo /mnt/clock.so >/mnt/etc/ld.so.preload && mount --bind /mnt/etc /etc && exec "$@"
            """
        let program = try await start(.host, ["sh", "-c", script, "sh"] + Self.middleSockCommand(server))
        let recording = Recording(path: host.path("/var/lib/middle-sock/middle-sock.sqlite"))
        let service = Service(host: host, program: program, serverName: server.command[0], recording: recording)
        try await service.records("SELECT count(*) FROM starts WHERE ready_us IS NOT NULL", [["1"]])
        return service
    }
}

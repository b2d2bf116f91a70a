import Foundation
import Glibc
import Testing

/// A station on the LAN sends as much as it can, of everything, in the name of everybody: no server that works is killed for
/// that, and one that is stopped is found all the same.
///
/// `script/fuzz floods` has many more floods than `script/test`.
@Suite struct FloodTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let seed = environment["MIDDLE_SOCK_SEED"].flatMap(UInt64.init) ?? .random(in: 1...999_999_999)
    /// How many floods there are in all.
    private static let count = environment["MIDDLE_SOCK_FLOODS"].flatMap(Int.init) ?? 3
    private static let silence = 2
    /// How long each takes, in seconds: more than three times as long as a server may be silent.
    private static let duration = 7

    @Test(arguments: FailoverTests.servers)
    func `no flood has a server killed that works, and one that is stopped in it is found`(server: Server) async throws
    {
        let place = FailoverTests.servers.firstIndex { $0.name == server.name } ?? 0
        let share = (Self.count + FailoverTests.servers.count - 1 - place) / FailoverTests.servers.count
        try await Lab.with { lab in
            let service = try await lab.middleSock(
                server.forAHouse, "--standby", "--silence", "\(Self.silence)s", "--silent-clients", "2")
            try await service.isReadyToFailOver()
            let residents = try await lab.residents("--clients", "12", "--renewal", "1")
            try await service.acknowledges(24)
            for number in 0..<share {
                let seed = Self.seed &+ UInt64(FailoverTests.servers.count * number + place)
                let flood = try await lab.startFlood(from: seed, seconds: Self.duration)
                let ending = try await flood.ended()
                print("flood from seed \(seed), \(server.name): \(ending.output.split(separator: "\n").last ?? "?")")
                try #require(ending.status == 0, "\(ending.errors)")
                try #require(try await service.failovers() == 0, "seed \(seed)")
            }
            try await find(service, in: lab)
            residents.program.send(SIGKILL)
        }
    }

    private func find(_ service: Service, in lab: Lab) async throws {
        let flood = try await lab.startFlood(from: Self.seed, seconds: Self.duration)
        _ = try await service.stopServer(by: SIGSTOP)
        let stopped = ContinuousClock.now
        try await wait(for: "the other to take over", within: .seconds(30)) { try await service.failovers() == 1 }
        note("\(service.serverName) stopped in a flood, to the other that takes over", from: stopped, to: .now)
        _ = try await flood.ended()
    }

    /// What a server sends to a client's own address waits in the kernel until the client has said by ARP where it is.
    ///
    /// That is lost in a flood; and whoever has got addresses can keep silent about them.
    @Test(arguments: FailoverTests.servers.filter { $0.name != "kea" })
    func `clients that no answer gets to have no server killed`(server: Server) async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(
                server.forAHouse, "--standby", "--silence", "\(Self.silence)s", "--silent-clients", "2")
            try await service.isReadyToFailOver()
            let residents = try await lab.residents(
                "--clients", "4", "--renewal", "1", "--retransmission", "0.5", "--unreachable")
            // Each has asked for more than three times as long as a server may be silent.
            let sql = "SELECT count(*) >= 64 FROM packets WHERE message_type = 'REQUEST' AND verdict = 'forwarded'"
            try await wait(for: "them to ask", within: .seconds(60)) {
                try await service.recording?.rows(sql) == [["1"]]
            }
            try #require(try await service.failovers() == 0)
            residents.program.send(SIGKILL)
        }
    }
}

extension Service {
    /// How often the other server took over, as `middle-sock status` tells: in a flood the log and the record are long.
    ///
    /// Who has no processor meanwhile answers later.
    fileprivate func failovers() async throws -> Int {
        var count: Int?
        try await wait(for: "a status that tells of failovers", within: .seconds(60)) {
            let status = try await host.run("\(Project.binaries)/middle-sock", "status").output
            let line = status.split(separator: "\n").first { $0.contains(" failovers ") }
            count = line?.split(separator: " ").last.flatMap { Int($0) }
            return count != nil
        }
        return try #require(count)
    }
}

extension Lab {
    /// Starts a flood of one kind or of several, as the seed says, and waits until it begins.
    fileprivate func startFlood(from seed: UInt64, seconds: Int) async throws -> Program {
        let all = ["bootp", "discover", "inform", "request", "nonsense", "replay", "statement"]
        let number = Int(seed % UInt64(all.count + 3))
        let mixture = number == all.count ? all : [all[number % 3], "bootp", "replay"]
        let kinds = number < all.count ? [all[number]] : mixture
        let program = try await client2.start(
            "python3", "\(Project.root)/script/lab.d/flood.py", "eth0", kinds.joined(separator: ","), "\(seconds)",
            "\(seed)")
        try await program.says("begins")
        return program
    }
}

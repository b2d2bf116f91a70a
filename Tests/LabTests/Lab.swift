import Foundation
import Glibc
import Synchronization
import Testing

/// A network of its own for one test, with a host, a router and clients, made by `script/lab`.
final class Lab: Sendable {
    /// The machines of a lab, named as in `script/lab`.
    enum Role: String, CaseIterable {
        case lan, host, router, client1, client2, remote
    }

    let name: String
    private let programs = Mutex<[Program]>([])
    private let started = Atomic(0)
    private static let count = Atomic(0)

    var lan: Machine { Machine(lab: self, role: .lan) }
    var host: Machine { Machine(lab: self, role: .host) }
    var router: Machine { Machine(lab: self, role: .router) }
    var client1: Machine { Machine(lab: self, role: .client1) }
    var client2: Machine { Machine(lab: self, role: .client2) }
    /// A machine on a network of its own behind the router.
    var remote: Machine { Machine(lab: self, role: .remote) }

    private init() {
        // The number of this process is in the name, so that `script/test` can remove what a crash left behind.
        name = "test-\(getpid())-\(Self.count.add(1, ordering: .relaxed).newValue)"
    }

    /// Makes a lab, does the test's work in it, and removes it whatever happened.
    static func with(_ work: (Lab) async throws -> Void) async throws {
        await Places.shared.take()
        let lab = Lab()
        do {
            try await lab.script("up")
            try await lab.checkSeparation()
            try await work(lab)
        } catch {
            print("\(lab.name): \(error)\n\(lab.logs)")
            await lab.end()
            throw error
        }
        await lab.end()
    }

    private func end() async {
        keepLogs()
        do {
            try await script("down")
        } catch {
            Issue.record(error, "the lab \(name) is not gone")
        }
        await Places.shared.giveBack()
    }

    /// What the programs said.
    private var logs: String {
        programs.withLock { $0 }.map { "$ \($0.title)\n\($0.text)" }.joined(separator: "\n")
    }

    /// Leaves what the programs said in `.build/lab-logs`, for whoever has to find out why a test failed.
    private func keepLogs() {
        let text = "\(Test.current?.name ?? name)\n\n" + logs
        do {
            let directory = Project.root + "/.build/lab-logs"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            try text.write(toFile: "\(directory)/\(name).log", atomically: false, encoding: .utf8)
        } catch {
            Issue.record(error, "the logs of \(name) are lost")
        }
    }

    /// Nothing may send before it is certain that it does not send on this computer's own network.
    private func checkSeparation() async throws {
        let here = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/net")
        for role in Role.allCases {
            let there = try await Machine(lab: self, role: role).output("readlink", "/proc/self/ns/net")
            try #require(there.hasPrefix("net:[") && there != here, "\(name)-\(role) is not a namespace of its own")
        }
    }

    private func script(_ action: String) async throws {
        let log = NSTemporaryDirectory() + "/middle-sock-\(name)-\(action)"
        // One lab at a time is made or removed on a machine: a few seconds each where it has much to do.
        let ending = try await Program.start([Project.lab, action, name], title: "script/lab \(action)", log: log)
            .ended(within: .seconds(120))
        try FileManager.default.removeItem(atPath: log + ".out")
        try FileManager.default.removeItem(atPath: log + ".err")
        try #require(ending.status == 0, "script/lab \(action) \(name): \(ending.errors)")
    }

    /// Starts a program on one of the machines; it ends with the lab at the latest.
    func start(_ role: Role, _ command: [String]) async throws -> Program {
        try await start([Project.lab, "run", name, role.rawValue] + command, "\(role)", command)
    }

    /// Starts a program of this computer that asks something of the lab; it has to end by itself.
    func startOutside(_ command: [String]) async throws -> Program {
        try await start(["/usr/bin/env"] + command, "outside", command)
    }

    private func start(_ command: [String], _ place: String, _ title: [String]) async throws -> Program {
        let number = started.add(1, ordering: .relaxed).newValue
        let program = try await Program.start(
            command, title: "\(place): \(title.joined(separator: " "))",
            log: "\(Project.labs)/\(name)/\(place)-\(number)")
        programs.withLock { $0.append(program) }
        return program
    }
}

/// Where things are.
enum Project {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized.path
    static let lab = root + "/script/lab"
    /// The compose files and the Dockerfile.
    static let compose = root + "/compose"
    /// Where `script/lab` keeps the files of all labs.
    static let labs = "/run/middle-sock-lab"
    /// The directory of the built executables.
    static let binaries = ProcessInfo.processInfo.environment["MIDDLE_SOCK_BINARIES"] ?? root + "/.build/release"

    /// How many of what a test makes, and of which seed: what `script/fuzz` says in a variable, "RUNS SEED", or else so many
    /// of a seed that is chosen.
    static func runs(_ variable: String, otherwise count: Int) -> (runs: Int, seed: UInt64) {
        let words = ProcessInfo.processInfo.environment[variable]?.split(separator: " ") ?? []
        guard words.count == 2, let runs = Int(words[0]), let seed = UInt64(words[1]) else {
            return (count, .random(in: 1...UInt64(UInt32.max)))
        }
        return (runs, seed)
    }
}

/// Lets a few labs exist at the same time: most of a test's time is waiting, but clients on a crowded processor
/// would run into their own time limits.
actor Places {
    static let shared = Places(4)

    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) { free = count }

    func take() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func giveBack() {
        if waiting.isEmpty {
            free += 1
        } else {
            waiting.removeFirst().resume()
        }
    }
}

import Foundation
import Glibc
import Testing

/// Each component fails at each phase of a start.
@Suite struct StartFaultTests {
    /// How far a start has come, as it is seen from outside.
    enum Phase: String, CaseIterable {
        /// The program that is to fail has been started.
        case begun = "as soon as it runs"
        /// netns-agent has made both namespaces, and may know the networks or not.
        case namespaces = "with the namespaces made"
        /// The relay can be handed sockets.
        case relay = "with the relay's socket there"
        /// The server's program runs.
        case spawned = "with the server's program loaded"
        /// The server has bound its socket.
        case listening = "with the server's socket bound"
    }

    @Test(arguments: Component.allCases, Fault.allCases)
    func `at whatever phase of a start it fails, there is a service or a clear end, and nothing is left`(
        component: Component, fault: Fault
    ) async throws {
        try await Lab.with { lab in
            for (number, phase) in Phase.allCases.enumerated() {
                let client = try SteppingClient(on: lab.client1, number: UInt8(number))
                let start = try await Start(lab)
                var end = try await start.fail(component, fault, at: phase)
                if try await start.isOver(after: component, fault, client) { end = .now }
                let served = try await start.serve(client)
                note("start, \(component.rawValue) \(fault.testDescription) \(phase.rawValue)", from: end, to: served)
                #expect(served - end < patienceAfterFault, "\(phase.rawValue)")
                try await start.end()
                try await lab.hasNothingLeft()
            }
        }
    }
}

/// One start of middle-sock, watched closely.
private final class Start {
    private let lab: Lab
    private var program: Program
    private var isOver = false

    init(_ lab: Lab) async throws {
        self.lab = lab
        try Server.impatient.prepare(on: lab.host)
        program = try await lab.start(.host, Lab.middleSockCommand(.impatient))
    }

    /// Waits for the phase without sleeping, for some last less than a millisecond, and lets the component fail there.
    func fail(
        _ component: Component, _ fault: Fault, at phase: StartFaultTests.Phase
    ) async throws -> ContinuousClock.Instant {
        let deadline = ContinuousClock.now + .seconds(15)
        while ContinuousClock.now < deadline {
            let family = Family(of: try program.running)
            guard let victim = family[component.rawValue], family.hasReached(phase, lab) else { continue }
            guard kill(victim, fault == .kill ? SIGKILL : SIGSTOP) == 0 else { continue }
            if fault == .stop {
                // Nothing is waited for: this is how long it lasts.
                try await Task.sleep(for: Fault.pause)
                try #require(kill(victim, SIGCONT) == 0)
            }
            return .now
        }
        throw NeverHappened(description: "\(component.rawValue) \(phase.rawValue)\n\(program.text)")
    }

    /// Whether the start has ended with that, as it has to, and another one is needed.
    func isOver(after component: Component, _ fault: Fault, _ client: SteppingClient) async throws -> Bool {
        isOver =
            switch (component, fault) {
            case (.launcher, .kill): true
            case (.server, .kill): try await hasGivenUp(client)
            default: false
            }
        return isOver
    }

    /// A server that ends before it was ever ready ends everything, with its own status, and says so.
    private func hasGivenUp(_ client: SteppingClient) async throws -> Bool {
        let serves = try await eventually("an end or a service", evidence: { program.text }) {
            if try program.ending != nil { return false }
            return (try? await client.serve(within: .milliseconds(150))) == nil ? nil : true
        }
        guard !serves, let ending = try program.ending else { return false }
        #expect(ending.status == 128 + SIGKILL)
        #expect(ending.errors.contains("dhcpd"), "\(ending.errors)")
        try await lab.hasNothingLeft()
        return true
    }

    /// A client is served, by this start or by the next one.
    func serve(_ client: SteppingClient) async throws -> ContinuousClock.Instant {
        if isOver {
            program = try await lab.start(.host, Lab.middleSockCommand(.impatient))
        }
        return try await client.serve()
    }

    func end() async throws {
        #expect(try await program.stop().status == 0)
    }
}

/// A process and all that it started, by the names of their programs, found without reading the whole of /proc.
private struct Family {
    private(set) var members: [String: pid_t] = [:]

    init(of root: pid_t) {
        var next = [root]
        while let process = next.popLast() {
            // Its name is read last: a process that it has started has the same name until it calls execve(2), and must
            // not be taken for it when it has itself been renamed in between.
            let children = contents(of: "/proc/\(process)/task/\(process)/children").split(separator: " ")
            let name = contents(of: "/proc/\(process)/comm").dropLast()
            if members[String(name)] == nil { members[String(name)] = process }
            next += children.compactMap { pid_t($0) }
        }
    }

    subscript(name: String) -> pid_t? { members[name] }

    func hasReached(_ phase: StartFaultTests.Phase, _ lab: Lab) -> Bool {
        switch phase {
        case .begun: true
        case .namespaces: self["netns-agent"].map { holdsNamespaces($0) } ?? false
        case .relay: FileManager.default.fileExists(atPath: lab.host.path("/run/middle-sock/relay.sock"))
        case .spawned: self["dhcpd"] != nil
        case .listening: self["dhcpd"].map { contents(of: "/proc/\($0)/net/udp").contains(":0043 ") } ?? false
        }
    }

    /// Whether it has descriptors for two network namespaces.
    private func holdsNamespaces(_ process: pid_t) -> Bool {
        let directory = "/proc/\(process)/fd"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.count { name in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(directory)/\(name)"))?.hasPrefix("net:[")
                ?? false
        } >= 2
    }
}

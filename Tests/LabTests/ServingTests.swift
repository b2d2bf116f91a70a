import Foundation
import Glibc
import Testing

/// Whatever happens to two servers and to those who look after them, `status` tells the same of both sides: who serves.
@Suite struct ServingTests {
    /// What can happen, in any order.
    fileprivate enum Incident: String, CaseIterable {
        case switchByHand, hostChanges, serverEnds, relayEnds, agentEnds, relayAndServerEnd, switchWhileHostChanges
    }

    /// The first are those by which the names had come apart; the rest is chosen.
    @Test func `netns-agent and relay agree about who serves, after whatever happened`() async throws {
        let seed = UInt64.random(in: .min ... .max)
        print("incidents chosen from seed \(seed)")
        try await Lab.with { lab in
            let service = try await lab.middleSock(.impatient, "--standby")
            let client = try SteppingClient(on: lab.client1, number: 1)
            var (state, past) = (seed, [Incident]())
            for number in 0..<12 {
                // Steele, Lea and Flood, OOPSLA 2014, and what is left of it for a dozen choices.
                state = state &* 0x9E37_79B9_7F4A_7C15 &+ 1
                let chosen = Incident.allCases[Int(state >> 40) % Incident.allCases.count]
                let incident = number < 2 ? [.switchByHand, .hostChanges][number] : chosen
                past.append(incident)
                let before = try await service.serving()
                try await lab.happen(incident, to: service, mtu: number % 2 == 0 ? 1_500 : 1_400)
                let who = try await service.agreement(after: past.map(\.rawValue).joined(separator: ", "))
                if incident == .switchByHand { #expect(who != before) }
                if incident == .hostChanges { #expect(who == before) }
                try await client.serve()
            }
        }
    }
}

extension Lab {
    fileprivate func happen(_ incident: ServingTests.Incident, to service: Service, mtu: Int) async throws {
        switch incident {
        case .switchByHand: try await host.output("\(Project.binaries)/middle-sock", "failover")
        case .hostChanges: try await changeHost(mtu)
        case .serverEnds: try await service.kills(.server)
        case .relayEnds: try await service.kills(.relay)
        case .agentEnds: try await service.kills(.agent)
        case .relayAndServerEnd:
            try await service.kills(.relay)
            try await service.kills(.server)
        case .switchWhileHostChanges:
            // Whether it is switched or refused: who of the two comes first is not for the test to say.
            async let ending = host.run("\(Project.binaries)/middle-sock", "failover")
            try await changeHost(mtu)
            _ = try await ending
        }
    }

    /// The surroundings have to be made anew; where they are the same, nothing has changed.
    private func changeHost(_ mtu: Int) async throws {
        let link = try await host.output("ip", "link", "show", "ens34")
        let other = link.contains("mtu \(mtu) ") ? 2_900 - mtu : mtu
        let before = try await Recording(path: host.path("/var/lib/middle-sock/middle-sock.sqlite")).rows(changes)
        try await host.configure("link set ens34 mtu \(other)")
        try await wait(for: "the change to be seen") {
            try await Recording(path: host.path("/var/lib/middle-sock/middle-sock.sqlite")).rows(changes) != before
        }
    }

    private var changes: String { "SELECT count(*) FROM events WHERE kind = 'interface-changed'" }
}

extension Service {
    fileprivate func kills(_ component: Component) async throws {
        let victim = try await process(component.rawValue)
        try #require(kill(victim, SIGKILL) == 0)
        // Before it is gone, `status` tells what was.
        try await wait(for: "\(component) to be gone") { kill(victim, 0) != 0 }
    }

    private func status(of component: String) async throws -> [String: String] {
        let ending = try await host.run("\(Project.binaries)/\(component)", "status")
        let fields = ending.output.split(separator: "\n").map { $0.split(separator: ":", maxSplits: 1) }
        return Dictionary(
            fields.filter { $0.count == 2 }.map { (String($0[0]), $0[1].trimmingCharacters(in: .whitespaces)) },
            uniquingKeysWith: { first, _ in first })
    }

    /// Who serves as netns-agent has it, when all has settled.
    fileprivate func serving() async throws -> String { try await agreement(after: "nothing") }

    /// Waits until a server serves, the other's place is ready and everybody is there, and gives who serves as both say.
    fileprivate func agreement(after incidents: String) async throws -> String {
        try await eventually("both to say who serves, after \(incidents)", evidence: { program.text }) {
            let agent = try await status(of: "netns-agent")
            guard agent["state"] == "ready", agent["standby"] == "prepared", agent["relay"] == "connected",
                let relay = try await status(of: "relay")["serving"], relay != "nobody"
            else { return nil }
            #expect(agent["serving"] == relay, "after \(incidents)")
            return relay
        }
    }
}

import Addresses
import Foundation
import Glibc
import Packet
import Testing

/// Each component fails at each step by which a client gets its address, and renews it.
@Suite struct FaultTests {
    /// Between which messages it happens.
    enum Step: String, CaseIterable {
        case beforeDiscover = "before DISCOVER"
        case beforeOffer = "between DISCOVER and OFFER"
        case beforeRequest = "between OFFER and REQUEST"
        case beforeAcknowledgement = "between REQUEST and ACK"
        case afterAcknowledgement = "after ACK"
        case renewal = "between a renewal's REQUEST and its ACK"
    }

    @Test(arguments: Component.allCases, Fault.allCases)
    func `at whatever step of an exchange it fails, the client is served and its lease stays`(
        component: Component, fault: Fault
    ) async throws {
        try await Lab.with { lab in
            var addresses: Set<String> = []
            for (number, step) in Step.allCases.enumerated() {
                let exchange = try await Exchange(lab, component, fault, number: UInt8(number))
                try await exchange.run(step)
                let address = try #require(exchange.client.address?.description)
                #expect(addresses.insert(address).inserted, "\(address) was given twice: \(step.rawValue)")
                try await exchange.end()
            }
        }
    }
}

/// One client, and the service that fails it.
private final class Exchange {
    let client: SteppingClient
    private let lab: Lab
    private let component: Component
    private let fault: Fault
    private var service: Service
    private var isRenewal = false

    init(_ lab: Lab, _ component: Component, _ fault: Fault, number: UInt8) async throws {
        (self.lab, self.component, self.fault) = (lab, component, fault)
        client = try SteppingClient(on: lab.client1, number: number)
        service = try await lab.middleSock(.impatient)
    }

    /// Gets an address, is failed at this step, and has to be served afterwards.
    func run(_ step: FaultTests.Step) async throws {
        let end = try await fail(step)
        let served = try await serve(step)
        note("\(component.rawValue) \(fault.testDescription) \(step.rawValue)", from: end, to: served)
        #expect(served - end < patienceAfterFault, "\(step.rawValue)")
        // The lease is known to whoever serves now.
        let address = client.address
        try await client.serve()
        #expect(client.address == address, "\(step.rawValue)")
    }

    /// Goes up to the step, and gives the time when the fault was over.
    private func fail(_ step: FaultTests.Step) async throws -> ContinuousClock.Instant {
        switch step {
        case .beforeDiscover: return try await inflict()
        case .beforeOffer: return try await whileUnanswered { client.discover() }
        case .beforeRequest, .beforeAcknowledgement:
            client.discover()
            try await client.awaitOffer()
            guard step == .beforeAcknowledgement else { return try await inflict() }
            return try await whileUnanswered { client.request() }
        case .afterAcknowledgement:
            try await client.serve()
            return try await inflict()
        case .renewal:
            try await client.serve()
            return try await whileUnanswered { client.renew() }
        }
    }

    /// Goes on from there to the acknowledgement.
    private func serve(_ step: FaultTests.Step) async throws -> ContinuousClock.Instant {
        switch step {
        case .beforeDiscover, .afterAcknowledgement: return try await client.serve()
        case .beforeOffer:
            try await client.awaitOffer()
            client.request()
        case .beforeRequest: client.request()
        case .beforeAcknowledgement, .renewal: break
        }
        return try await client.awaitAcknowledgement()
    }

    /// Asks something that the server has received when the fault comes, and has not answered.
    private func whileUnanswered(_ ask: () -> Void) async throws -> ContinuousClock.Instant {
        let server = try await service.server()
        let before = try receivedFrames(of: server)
        try #require(kill(server, SIGSTOP) == 0)
        ask()
        try await wait(for: "the question to be at the server") { try receivedFrames(of: server) > before }
        // It may be the server that is killed, or whose end comes with the agent's.
        defer { _ = kill(server, SIGCONT) }
        return try await inflict { _ = kill(server, component == .server ? SIGSTOP : SIGCONT) }
    }

    private func inflict(whileStopped: () async throws -> Void = {}) async throws -> ContinuousClock.Instant {
        let end = try await service.inflict(fault, on: component, whileStopped: whileStopped)
        // Whoever watches over middle-sock starts it again.
        if component == .launcher, fault == .kill { service = try await lab.middleSock(.impatient) }
        return end
    }

    /// How many frames came to the server's interface (proc_pid_net(5), `dev`).
    private func receivedFrames(of server: pid_t) throws -> Int {
        let line = contents(of: "/proc/\(server)/net/dev").split(separator: "\n").first { $0.contains("ens34:") }
        let fields = try #require(line).split(separator: ":")[1].split(separator: " ")
        return try #require(Int(fields[1]))
    }

    /// Stops the service, and looks at what it recorded and what it left.
    func end() async throws {
        #expect(try await service.program.stop().status == 0)
        try client.drain()
        try await service.hasRecorded(client, except: component == .launcher && fault == .kill)
        try await lab.hasNothingLeft()
    }
}

extension Service {
    /// Everything that the client received is in the table or counted as missing, and nothing is there more often than it
    /// was sent.
    ///
    /// - Parameter wasKilled: all components were, and with them went what had not reached the recorder yet.
    func hasRecorded(_ client: SteppingClient, except wasKilled: Bool = false) async throws {
        let recording = try #require(recording)
        var rows: [String: Int] = [:]
        for row in try await recording.rows(
            """
            SELECT message_type, count(*) FROM packets
            WHERE client_mac = '\(client.macAddress)' AND verdict = 'forwarded' GROUP BY message_type
            """)
        { rows[row[0]] = Int(row[1]) }
        let missing = try #require(
            Int(try await recording.rows("SELECT coalesce(sum(records), 0) FROM gaps")[0][0]))
        for (type, count) in client.received {
            let recorded = rows[type.description, default: 0]
            #expect(recorded <= count, "\(type): \(recorded) of \(count)")
            #expect(wasKilled || recorded + missing >= count, "\(type): \(recorded) of \(count), \(missing) in gaps")
        }
        for (type, count) in client.sent { #expect(rows[type.description, default: 0] <= count, "\(type)") }
        #expect(
            try await recording.rows(
                "SELECT address FROM leases WHERE state = 'bound' GROUP BY address HAVING count(*) > 1") == [])
    }
}

extension Lab {
    /// Of a service that has ended nothing is left on the host.
    func hasNothingLeft() async throws {
        try await host.isDeserted()
        #expect(try await host.links() == ["lo", "ens34"])
        let directory = host.path("/run/middle-sock")
        let files = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        #expect(files == [], "in \(directory)")
    }
}

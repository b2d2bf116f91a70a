import Addresses
import Foundation
import Glibc
import Testing

/// What a service needs runs out, and is there again.
@Suite struct ResourceFaultTests {
    /// The disk of the database is full, while more comes than can be kept until it is not.
    @Test func `while the database has no room all are served, and what is lost is counted`() async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(.impatient, onSmallDisk: "/var/lib/middle-sock", "64m")
            try await SteppingClient(on: lab.client1, number: 0).serve()
            let filler = try service.fillDisk("/var/lib/middle-sock")
            try await service.flood("--clients", "1", "--rate", "8000", "--seconds", "4")
            try await wait(for: "the recorder to say so", evidence: { service.program.text }) {
                try await service.status(of: "recorder").contains("database or disk is full")
            }
            for number in 1...7 as ClosedRange<UInt8> {
                try await SteppingClient(on: lab.client1, number: number).serve(within: patienceAfterFault)
            }
            try FileManager.default.removeItem(atPath: filler)
            let end = ContinuousClock.now
            try await service.records("SELECT count(*) > 0 FROM events WHERE kind = 'storing-again'", [["1"]])
            note("database's disk full, stores again", from: end, to: .now)
            try await SteppingClient(on: lab.client1, number: 9).serve(within: patienceAfterFault)
            let sql = "SELECT (SELECT count(*) FROM packets) + (SELECT sum(records) FROM gaps), "
            let forwarded = try await service.forwarded()
            try await service.records(sql + "(SELECT count(*) > 0 FROM gaps)", [["\(forwarded)", "1"]])
            try await service.records("PRAGMA integrity_check", [["ok"]])
            #expect(try await service.program.stop().status == 0)
            try await lab.hasNothingLeft()
        }
    }

    /// dhcpd says that it cannot write leases, and gives them all the same; nothing of ours may stand in its way.
    @Test func `when the lease file has room again leases are written again`() async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(.impatient, onSmallDisk: "/var/lib/dhcp", "64k")
            let client = try SteppingClient(on: lab.client1, number: 0)
            let filler = try service.fillDisk("/var/lib/dhcp")
            try await wait(for: "a lease that has no room", evidence: { service.program.text }) {
                try await client.serve(within: patienceAfterFault)
                client.release()
                return service.program.text.contains("No space left on device")
            }
            try FileManager.default.removeItem(atPath: filler)
            let end = ContinuousClock.now
            let newcomer = try SteppingClient(on: lab.client1, number: 1)
            let served = try await newcomer.serve(within: patienceAfterFault)
            note("lease file's disk full, served again", from: end, to: served)
            let address = try #require(newcomer.address)
            try await wait(for: "the lease to be written") { service.leases.contains("lease \(address) ") }
            #expect(try await service.program.stop().status == 0)
            try await lab.hasNothingLeft()
        }
    }

    /// It has as many descriptors as it needs just now, and not one more, while another component ends.
    @Test(arguments: Component.allCases)
    func `a component without a descriptor left goes on when there are some`(component: Component) async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(.impatient)
            let client = try SteppingClient(on: lab.client1, number: 0)
            try await client.serve()
            let victim = try await service.process(component.rawValue)
            let before = try await lab.limit("nofile", of: victim, to: descriptorsInUse(by: victim))
            try await client.serve(within: patienceAfterFault)
            let other: Component = component == .relay ? .recorder : .relay
            _ = try await service.inflict(.kill, on: other)
            try await client.isRefusedOrServed()
            try await lab.limit("nofile", of: victim, to: before)
            try await lab.recovers(service, client, "\(component.rawValue) without descriptors")
        }
    }

    /// It gets no memory beyond what it has.
    @Test(arguments: Component.allCases)
    func `a component without memory goes on, or is started again`(component: Component) async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(.impatient)
            let client = try SteppingClient(on: lab.client1, number: 0)
            try await client.serve()
            let victim = try await service.process(component.rawValue)
            let before = try await lab.limit("data", of: victim, to: "0")
            for _ in 1...20 { try await client.isRefusedOrServed() }
            try await lab.limit("data", of: victim, to: before)
            try await lab.recovers(service, client, "\(component.rawValue) without memory")
        }
    }

    /// Where the link is cut.
    enum Cut: String, CaseIterable, CustomTestStringConvertible {
        case interface = "the host's interface"
        case port = "the switch's port"

        var testDescription: String { rawValue }
    }

    @Test(arguments: Cut.allCases)
    func `when the link is up again clients are served again`(cut: Cut) async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(.impatient)
            let client = try SteppingClient(on: lab.client1, number: 0)
            try await client.serve()
            for _ in 1...3 {
                try await lab.set(cut, "down")
                try await client.isRefusedOrServed()
                try await lab.set(cut, "up")
                let end = ContinuousClock.now
                let served = try await client.serve()
                note("link down and up: \(cut.rawValue)", from: end, to: served)
                #expect(served - end < patienceAfterFault)
            }
            #expect(try await service.program.stop().status == 0)
            try await service.hasRecorded(client)
            try await lab.hasNothingLeft()
        }
    }
}

extension SteppingClient {
    /// Asks while it may be that nobody answers.
    fileprivate func isRefusedOrServed() async throws {
        _ = try? await serve(within: .milliseconds(30))
    }
}

extension Lab {
    /// Starts a server under middle-sock that has a small file system in the place of one of the host's directories.
    fileprivate func middleSock(_ server: Server, onSmallDisk path: String, _ size: String) async throws -> Service {
        try server.prepare(on: host)
        try FileManager.default.createDirectory(atPath: host.path(path), withIntermediateDirectories: true)
        let script = "mount -t tmpfs -o size=\(size) tmpfs \(path) && : >>/var/lib/dhcp/dhcpd.leases && exec \"$@\""
        let program = try await start(.host, ["sh", "-c", script, "sh"] + Self.middleSockCommand(server))
        let database = "/var/lib/middle-sock/middle-sock.sqlite"
        let recording =
            try path == "/var/lib/middle-sock"
            ? Recording(path: database, process: program.running) : Recording(path: host.path(database))
        let service = Service(host: host, program: program, serverName: server.command[0], recording: recording)
        try await service.records("SELECT count(*) FROM starts WHERE ready_us IS NOT NULL", [["1"]])
        return service
    }

    fileprivate func set(_ cut: ResourceFaultTests.Cut, _ state: String) async throws {
        switch cut {
        case .port: try await lan.configure("link set host \(state)")
        case .interface:
            try await host.configure("link set ens34 \(state)")
            if state == "up" { try await host.configure("route add default via 192.168.50.1") }
        }
    }

    /// Sets the soft limit of a process, and gives what it was before (prlimit(1)).
    @discardableResult
    fileprivate func limit(_ resource: String, of process: pid_t, to value: String) async throws -> String {
        func run(_ arguments: String...) async throws -> String {
            let ending = try await startOutside(["prlimit", "--pid", "\(process)"] + arguments).ended()
            return ending.output.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        let before = try await run("--\(resource)", "--output", "SOFT", "--noheadings")
        _ = try await run("--\(resource)=\(value):")
        return before
    }

    /// All components work together again: a client is served, which is recorded, and another one is, too.
    fileprivate func recovers(_ service: Service, _ client: SteppingClient, _ what: String) async throws {
        let end = ContinuousClock.now
        let served = try await client.serve()
        note(what, from: end, to: served)
        #expect(served - end < patienceAfterFault)
        let newcomer = try SteppingClient(on: client1, number: 1)
        try await newcomer.serve()
        try await service.records(
            "SELECT count(*) FROM leases WHERE client_mac = '\(newcomer.macAddress)'", [["1"]])
        note("\(what), recorded", from: end, to: .now)
        #expect(try await service.program.stop().status == 0)
        try await service.hasRecorded(newcomer)
        try await hasNothingLeft()
    }
}

/// The lowest number that is free: with this limit there are no more (RLIMIT_NOFILE, getrlimit(2)).
private func descriptorsInUse(by process: pid_t) throws -> String {
    let names = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").compactMap { Int($0) }
    let used = Set(names)
    return "\((0...names.count).first { !used.contains($0) } ?? names.count)"
}

extension Service {
    /// What the server's lease file says.
    fileprivate var leases: String {
        program.processIdentifier.map { contents(of: "/proc/\($0)/root/var/lib/dhcp/dhcpd.leases") } ?? ""
    }

    /// Takes all that is left of a file system, and gives the file that does.
    fileprivate func fillDisk(_ path: String) throws -> String {
        let filler = try "/proc/\(program.running)/root\(path)/filler"
        try Data().write(to: URL(filePath: filler))
        let file = try FileHandle(forWritingTo: URL(filePath: filler))
        defer { try? file.close() }
        while (try? file.write(contentsOf: Data(count: 4096))) != nil {}
        return filler
    }

    /// What a component says of itself.
    fileprivate func status(of component: String) async throws -> String {
        try await host.run("\(Project.binaries)/\(component)", "status").output
    }

    /// How many frames that look like DHCP the relay has seen.
    fileprivate func forwarded() async throws -> Int {
        let text = try await status(of: "relay")
        return text.split(separator: "\n").reduce(0) { sum, line in
            let words = line.split(separator: " ")
            guard line.hasPrefix("frames-to-"), words.count > 1 else { return sum }
            return sum + (Int(words[words.count - 1]) ?? 0)
        }
    }

    /// Many requests of clients that want no answer.
    fileprivate func flood(_ options: String...) async throws {
        let command = ["\(Project.binaries)/dhcp-load", "flood", "--interface", "eth0"] + options
        let ending = try await host.lab.start(.client1, command).ended()
        try #require(ending.status == 0, "\(ending.errors)")
    }
}

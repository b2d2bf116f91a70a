internal import Addresses
internal import Diagnostics
internal import HostNetwork
internal import HostTables
internal import Kernel
internal import Messages

/// Finds the networks of the chosen interfaces in the kernel's files.
struct Survey {
    /// The files to read.
    let files: TableFiles
    /// The interfaces that were named, or `InterfaceName.all`; if there is none, all with a gateway.
    let interfaces: [InterfaceName]
    private var selection: Networks.Selection { Networks.Selection(naming: interfaces) }
    /// A number that identifies this run of discovery.
    ///
    /// A process number does not: in containers they are all the same.
    private let instance = UInt64.random(in: .min ... .max)

    /// Makes a survey of these files for these interfaces.
    init(files: TableFiles, interfaces: [InterfaceName]) {
        self.files = files
        self.interfaces = interfaces
    }

    /// Finds the networks as they are now, and measures how long that takes.
    ///
    /// - Throws: `Failure` (69) if a file cannot be read or used, or if one of the networks is missing.
    func networks() throws(Failure) -> Networks {
        let start = Clock.monotonic
        let networks = try networks(in: read())
        return Networks(
            elapsed: elapsed(since: start), networks: networks, instance: instance, selection: selection)
    }

    /// Finds what there is now; `elapsed` is how long reading and deciding took, in microseconds.
    func look() -> (observation: Observation, elapsed: UInt32) {
        let start = Clock.monotonic
        let observation: Observation
        do {
            observation = try self.observation(in: read())
        } catch {
            observation = .unknown(error.message)
        }
        return (observation, elapsed(since: start))
    }

    private func read() throws(Failure) -> Tables {
        try files.read(mindingInterfaces: selection == .named)
    }

    private func elapsed(since start: UInt64) -> UInt32 {
        UInt32(clamping: Clock.monotonic - start)
    }
}

// The decisions: pure functions of what was read.
extension Survey {
    /// Decides which networks there are, when all of them are needed.
    ///
    /// - Throws: `Failure` (69), whose text begins with the path of the file.
    func networks(in tables: Tables) throws(Failure) -> [AttachedNetwork] {
        let host = try parse(tables)
        do throws(AttachmentError) {
            return try host.networks(on: interfaces)
        } catch {
            throw .unavailable(line(error))
        }
    }

    /// Decides which of the networks are left: an interface that is gone does not affect the others.
    ///
    /// - Throws: `Failure` (69) if the files are not as a kernel writes them.
    func observation(in tables: Tables) throws(Failure) -> Observation {
        let host = try parse(tables)
        do throws(AttachmentError) {
            guard selection == .named else { return .networks(try host.networks(on: interfaces), absences: [:]) }
            let (networks, reasons) = host.attached(interfaces)
            // The network is still there, but its addresses are ambiguous now: keep what was known before.
            for reason in reasons.values where reason.isAmbiguous { throw reason }
            return .networks(networks, absences: absences(for: reasons, besides: networks))
        } catch {
            if error.isAmbiguous { return .unknown(line(error)) }
            return .networks([], absences: [.noNetwork: line(error)])
        }
    }

    private func absences(
        for reasons: [InterfaceName: AttachmentError], besides networks: [AttachedNetwork]
    ) -> [Trouble: String] {
        var absences: [Trouble: String] = [:]
        for (interface, reason) in reasons { absences[.interface(interface)] = line(reason) }
        if networks.isEmpty { absences[.noNetwork] = "\(files.routes): no interface that was named is in a network" }
        return absences
    }

    private func parse(_ tables: Tables) throws(Failure) -> Host {
        Host(
            routes: try named(files.routes) { () throws(TableError) in try RouteTable.parse(tables.routes) },
            localAddresses: try named(files.addresses) { () throws(TableError) in
                try LocalAddresses.parse(tables.addresses)
            }, present: tables.interfaces)
    }

    private func named<Result>(
        _ path: String, _ parse: () throws(TableError) -> Result
    ) throws(Failure) -> Result {
        do throws(TableError) {
            return try parse()
        } catch {
            throw .unavailable("\(path): \(error)")
        }
    }

    private func line(_ error: AttachmentError) -> String {
        "\(files.routes): \(error)"
    }
}

extension AttachmentError {
    /// Whether the network is there, but not whose an address is.
    fileprivate var isAmbiguous: Bool {
        if case .sharedNetwork = self { true } else { false }
    }
}

/// The contents of the files.
private struct Host {
    let routes: [Route]
    let localAddresses: Set<IPv4Address>
    let present: Set<InterfaceName>

    func networks(on interfaces: [InterfaceName]) throws(AttachmentError) -> [AttachedNetwork] {
        try HostNetworks.attached(
            routes: routes, localAddresses: localAddresses, interfaces: interfaces, present: present)
    }

    func attached(
        _ named: [InterfaceName]
    ) -> (networks: [AttachedNetwork], absences: [InterfaceName: AttachmentError]) {
        HostNetworks.attached(routes: routes, localAddresses: localAddresses, named: named, present: present)
    }
}

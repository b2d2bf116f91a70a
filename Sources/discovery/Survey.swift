internal import Addresses
internal import Component
internal import HostNetwork
internal import Kernel
internal import Messages

/// Where to look for networks, and on which interfaces.
struct Survey {
    /// The files to read.
    let files: TableFiles
    /// The interfaces that are meant; those with a gateway when none is named.
    let interfaces: [InterfaceName]
    /// What tells this run of discovery from another: in containers all have the same process number.
    private let instance = UInt64.random(in: .min ... .max)

    /// Looks into these files for the networks of these interfaces.
    init(files: TableFiles, interfaces: [InterfaceName]) {
        self.files = files
        self.interfaces = interfaces
    }

    /// The networks as they are now, and how long it took to read and to decide.
    ///
    /// - Throws: `Failure` (69) when a file cannot be read or used, or when one of the networks is not there.
    func networks() throws(Failure) -> Networks {
        let start = Clock.monotonic
        let networks = try networks(in: files.read())
        return Networks(elapsed: elapsed(since: start), networks: networks, instance: instance)
    }

    /// What there is to find now, and how many microseconds it took to read and to decide.
    func look() -> (finding: Finding, elapsed: UInt32) {
        let start = Clock.monotonic
        let finding: Finding
        do {
            finding = try self.finding(in: files.read())
        } catch {
            finding = .unknown(error.message)
        }
        return (finding, elapsed(since: start))
    }

    private func elapsed(since start: UInt64) -> UInt32 {
        UInt32(clamping: Clock.monotonic - start)
    }
}

// The decisions, which need nothing but what was read.
extension Survey {
    /// All networks that are meant.
    ///
    /// - Throws: `Failure` (69) that begins with the path of the file.
    func networks(in tables: Tables) throws(Failure) -> [AttachedNetwork] {
        let host = try parse(tables)
        do throws(AttachmentError) {
            return try host.networks(on: interfaces)
        } catch {
            throw .unavailable(line(error))
        }
    }

    /// What is left of the networks that are meant: an interface that is gone takes no other with it.
    ///
    /// - Throws: `Failure` (69) when the files do not say what a kernel would.
    func finding(in tables: Tables) throws(Failure) -> Finding {
        let host = try parse(tables)
        var networks: [AttachedNetwork] = []
        var absences: [Trouble: String] = [:]
        for group in interfaces.isEmpty ? [[]] : interfaces.map({ [$0] }) {
            do throws(AttachmentError) {
                let found = try host.networks(on: group)
                networks += found.filter { !networks.contains($0) }
            } catch {
                // The network is there, only which address is whose is not known any more: nothing is taken back.
                if case .sharedNetwork = error { return .unknown(line(error)) }
                absences[group.first.map(Trouble.interface) ?? .noNetwork] = line(error)
            }
        }
        if networks.isEmpty, !interfaces.isEmpty {
            absences[.noNetwork] = "\(files.routes): no interface that was named is in a network"
        }
        return .networks(networks, absences: absences)
    }

    private func parse(_ tables: Tables) throws(Failure) -> Host {
        Host(
            routes: try named(files.routes) { () throws(TableError) in try RouteTable.parse(tables.routes) },
            localAddresses: try named(files.addresses) { () throws(TableError) in
                try LocalAddresses.parse(tables.addresses)
            })
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

/// What the two files say.
private struct Host {
    let routes: [Route]
    let localAddresses: Set<IPv4Address>

    func networks(on interfaces: [InterfaceName]) throws(AttachmentError) -> [AttachedNetwork] {
        try HostNetworks.attached(routes: routes, localAddresses: localAddresses, interfaces: interfaces)
    }
}

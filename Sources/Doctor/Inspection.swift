internal import Addresses
internal import CommandLine
internal import Diagnostics
internal import HostCheck
internal import HostNetwork
internal import HostTables
internal import Kernel
internal import Service

/// Looks at the host; what it sees means is decided in `HostCheck`.
struct Inspection {
    /// The server's command; nothing when it is not known yet.
    let server: [String]
    /// The interfaces whose networks are served; all that have a gateway when there is none.
    let interfaces: [InterfaceName]
    /// Whether others start the server.
    let externalServer: Bool
    /// How long to wait for the answers of other servers; nothing when they are not to be asked.
    let probing: Seconds?
    /// What netns-agent needs here.
    let needed: Capabilities
    /// The directory in which netns-agent lies.
    let programs: String
    let privileges = Capabilities.effective

    /// What the kernel's files tell of the host.
    private struct KernelTables {
        let routes: [Route]
        let localAddresses: Set<IPv4Address>
    }

    /// Everything, in the order in which it would matter to a start.
    ///
    /// - Throws: `Failure` of the kernel.
    func report() throws(Failure) -> CheckReport {
        do {
            return try inspect()
        } catch {
            throw .software("cannot look at this host", error)
        }
    }

    private func inspect() throws(SystemError) -> CheckReport {
        var report = CheckReport()
        report.findings.append(KernelFindings.privileges(missing: missing.names))
        let name = server.first
        let path = name.flatMap { Program.find($0, searchPath: ProcessEnvironment.variables["PATH"]) }
        if let name { report.findings.append(KernelFindings.server(name, path: path)) }
        report.findings += try kernel()
        let (networks, host, findings) = lookForNetworks()
        report.networks = networks
        report.findings += findings
        let devices = try NetworkDevice.all()
        for network in networks { report.findings += try look(at: network, devices) }
        report.findings += try Firewall.findings(networks, isPermitted: privileges.contains(.netAdmin))
        report.findings.append(
            NetworkFindings.reversePath(mode: Firewall.reversePathMode, networks: networks))
        report.findings += try differences(of: host, serving: networks)
        if let path { report.findings += try configuration(ofServerAt: path, networks, host) }
        report.findings += try servers(on: networks, devices)
        return report
    }

    private var missing: Capabilities { needed.subtracting(privileges) }

    private func kernel() throws(SystemError) -> [Finding] {
        let trial = try tryKernel(["check"])
        var findings = [KernelFindings.namespaces(trial)]
        if externalServer {
            let isUsable = trial == .succeeded
            findings.append(
                KernelFindings.tun(
                    isUsable ? try tryKernel(["check", "--tun"]) : .impossible("not tried without a namespace for it")))
        }
        return findings
            + KernelFindings.sandbox(landlock: KernelFeatures.landlock, seccomp: KernelFeatures.seccomp)
    }

    /// netns-agent tries it, for it has what that takes.
    private func tryKernel(
        _ arguments: [String], within timeout: UInt64 = 5_000_000
    ) throws(SystemError) -> KernelFindings.Trial {
        guard privileges.isSuperset(of: [.sysAdmin, .netAdmin, .netRaw]) else {
            return .impossible("not tried without the privileges")
        }
        let environment = ProcessEnvironment.passedOn(ProcessEnvironment.lines)
        return
            switch try ToolOutput.of(
                "\(programs)/netns-agent", arguments, environment: environment, timeout: timeout)
        {
        case .success: .succeeded
        case .failure(let text): .failed(Self.reason(text))
        case .missing: .failed("there is no netns-agent in \(programs)")
        case .endless: .failed("netns-agent did not end within \(timeout / 1_000_000) s")
        }
    }

    /// What netns-agent says, in one line and without its name.
    private static func reason(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        let name = "netns-agent: "
        return line.hasPrefix(name) ? String(line.dropFirst(name.count)) : line
    }

    /// What of the host a server would not see.
    private func differences(
        of host: KernelTables?, serving networks: [AttachedNetwork]
    ) throws(SystemError) -> [Finding] {
        guard let host, !networks.isEmpty else { return [] }
        let addresses = try Firewall.json("ip", ["-json", "-details", "address", "show"])
        let rules = try Firewall.json("ip", ["-json", "rule", "show"])
        let known = addresses.flatMap { addresses in
            rules.map { FidelityFindings.Host(routes: host.routes, addresses: addresses, rules: $0) }
        }
        return FidelityFindings.differences(of: known, serving: networks)
    }

    /// What the server says of its configuration, and whom that serves.
    private func configuration(
        ofServerAt path: String, _ networks: [AttachedNetwork], _ host: KernelTables?
    ) throws(SystemError) -> [Finding] {
        let places = networks.map {
            ConfigurationFindings.Place(
                $0, routes: host?.routes ?? [], localAddresses: host?.localAddresses ?? [])
        }
        return try ConfigurationInspection(server, path: path, on: places)
            .findings { (arguments, timeout) throws(SystemError) in try tryKernel(arguments, within: timeout) }
    }

    private func lookForNetworks() -> ([AttachedNetwork], KernelTables?, [Finding]) {
        let files = TableFiles(routes: "/proc/net/route")
        do {
            let tables = try files.read(mindingInterfaces: true)
            let host = KernelTables(
                routes: try RouteTable.parse(tables.routes),
                localAddresses: try LocalAddresses.parse(tables.addresses))
            let (networks, findings) = NetworkFindings.networks(
                routes: host.routes, localAddresses: host.localAddresses, interfaces: interfaces,
                present: tables.interfaces)
            return (networks, host, findings)
        } catch {
            let reason = (error as? Failure)?.message ?? "\(files.routes): \(error)"
            return ([], nil, [Finding("network", .problem, reason)])
        }
    }

    private func look(at network: AttachedNetwork, _ devices: [NetworkDevice]) throws(SystemError) -> [Finding] {
        let device = devices.first { $0.name == network.interface.description }
        let interface = device.map {
            NetworkFindings.Interface(
                name: network.interface, macAddress: $0.macAddress.map(MACAddress.init(rawValue:)), isUp: $0.isUp,
                isRunning: $0.isRunning)
        }
        return [NetworkFindings.interface(of: network, interface), try port(on: network.interface)]
    }

    private func port(on interface: InterfaceName) throws(SystemError) -> Finding {
        do {
            _ = try PortHolder(port: 67, on: interface.description)
            return NetworkFindings.port(on: interface, holder: nil)
        } catch {
            if error.isAddressInUse {
                let holder = PortHolder.ownerInWords(ofPort: 67)
                return NetworkFindings.port(on: interface, holder: holder)
            }
            guard error.isPermissionDenied || error.isMissing else { throw error }
            return NetworkFindings.portUnknown("\(error)")
        }
    }

    private func servers(on networks: [AttachedNetwork], _ devices: [NetworkDevice]) throws(SystemError) -> [Finding] {
        guard let probing else { return [ServerFindings.unknown("not asked for, with --no-probe")] }
        guard privileges.contains(.netRaw) else { return [ServerFindings.unknown("not asked for without NET_RAW")] }
        let places = networks.compactMap { network in
            devices.first { $0.name == network.interface.description && $0.isUp }.flatMap { device in
                device.macAddress.map {
                    ServerProbe.Place(
                        interface: network.interface, index: device.index, macAddress: MACAddress(rawValue: $0))
                }
            }
        }
        guard !places.isEmpty else { return [ServerFindings.unknown("not asked for without an interface that is up")] }
        return try ServerProbe(places).findings(within: probing)
    }
}

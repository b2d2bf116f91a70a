import Testing

/// A second LAN, 192.168.51.0/24, that the host of a lab is on too, and to which the machine client2 is moved.
///
/// In the namespace of the switch it is a bridge of its own, br1.
enum SecondLAN: String, CaseIterable, CustomTestStringConvertible {
    /// On another port of the host.
    case port = "ens35"
    /// The VLAN 20 of the LAN: tagged frames on the host's only port.
    case vlan = "ens34.20"

    /// The host's interface there.
    var interface: String { rawValue }

    var testDescription: String { self == .port ? "on a port of its own" : "in a VLAN" }
}

extension Lab {
    /// Makes the second LAN; the host has the address 192.168.51.2 there, and no gateway.
    func add(_ network: SecondLAN) async throws {
        try await lan.configure("link add br1 type bridge", "link set br1 up", "link set client2 master br1")
        switch network {
        case .port: try await cablePort()
        case .vlan:
            try await lan.configure(
                "link add trunk type veth peer name port", "link set port master br0", "link set port up",
                "link set trunk up")
            try await lan.addVLAN(20, on: "trunk")
            try await lan.configure("link set trunk.20 master br1", "link set trunk.20 up")
            try await host.addVLAN(20, on: "ens34")
        }
        try await configurePort(network)
    }

    /// Pulls the host's port out, as a USB adapter.
    func removePort() async throws {
        try await host.configure("link delete ens35")
    }

    /// Puts it in again.
    func returnPort() async throws {
        try await cablePort()
        try await configurePort(.port)
    }

    private func cablePort() async throws {
        let keeper = try await host.keepNamespace()
        try await lan.configure(
            "link add host35 type veth peer name ens35 address 02:00:00:00:50:35 netns \(keeper.running)",
            "link set host35 master br1", "link set host35 up")
    }

    private func configurePort(_ network: SecondLAN) async throws {
        try await host.configure(
            "link set \(network.interface) up", "address add 192.168.51.2/24 dev \(network.interface)")
    }
}

extension Machine {
    /// Makes an interface for a VLAN of another one: the kernel's, or where it has none, one that a process makes.
    fileprivate func addVLAN(_ identifier: Int, on parent: String) async throws {
        let name = "\(parent).\(identifier)"
        let made = try await run(
            "ip", "link", "add", "link", parent, "name", name, "type", "vlan", "id", "\(identifier)")
        guard made.status != 0 else { return }
        try #require(made.errors.contains("Unknown device type"), "\(made.errors)")
        try await start("python3", Project.root + "/script/lab.d/vlan.py", parent, "\(identifier)")
            .says("\(name) is there")
    }
}

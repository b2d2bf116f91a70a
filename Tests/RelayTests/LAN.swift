import Addresses
import CTesting
import Foundation
import Kernel
import Messages
import Netlink
import PacketTesting

/// A host's LAN with one client, and a server in a namespace that looks like the host.
///
///     client cl0 <--> ens34 host relay0 <--> ens34 server
final class LAN {
    let client: StationSocket
    let server: StationSocket
    let hostNamespace: NetworkNamespace
    let clientNamespace: NetworkNamespace
    let serverNamespace: NetworkNamespace
    let link: Link

    /// The number of the host's interface in the host's namespace.
    static let uplink: Int32 = 2
    /// The number of the relay's end of the server's link.
    static let serverEnd: Int32 = 3

    /// - Parameter clientHasAddress: whether the kernel of the client answers ARP and ping too.
    init(clientHasAddress: Bool = false) throws {
        guard let interface = InterfaceName("ens34"), let far = InterfaceName("cl0"),
            let near = InterfaceName("relay0"),
            let network = Self.network(interface, Station.hostAddress),
            let clientNetwork = Self.network(far, Station.clientAddress)
        else { throw Trouble("the names of the test are invalid") }
        link = Link(macAddress: Station.host, network: network)
        let host = try NetworkNamespace.make()
        let client = try NetworkNamespace.make()
        let server = try NetworkNamespace.make()
        try Self.silenceIPv6(in: server)
        try Self.perform(
            [
                .pair(
                    near: .init(name: interface, index: Self.uplink, macAddress: Station.host),
                    far: .init(name: far, index: 2, macAddress: Station.client), mtu: 1_500,
                    in: client.descriptor.rawValue),
                .pair(
                    near: .init(name: near, index: Self.serverEnd, macAddress: nil),
                    far: .init(name: interface, index: 2, macAddress: Station.host), mtu: 1_500,
                    in: server.descriptor.rawValue),
            ], in: host)
        try Self.perform([.up(2)] + (clientHasAddress ? [.add(.init(of: clientNetwork), on: 2)] : []), in: client)
        try Self.perform([.up(2), .add(.init(of: network), on: 2)], in: server)
        self.client = try StationSocket(on: 2, in: client)
        self.server = try StationSocket(on: 2, in: server)
        hostNamespace = host
        clientNamespace = client
        serverNamespace = server
        try warmUp()
    }

    private func warmUp() throws {
        let uplink = try StationSocket(on: Self.uplink, in: hostNamespace)
        let serverEnd = try StationSocket(on: Self.serverEnd, in: hostNamespace)
        try uplink.warmUp(to: client)
        try client.warmUp(to: uplink)
        try serverEnd.warmUp(to: server)
        try server.warmUp(to: serverEnd)
    }

    /// Keeps the kernel from sending frames of its own whenever it likes, which the relay would count as dropped.
    private static func silenceIPv6(in namespace: borrowing NetworkNamespace) throws {
        try namespace.run { () throws(SystemError) in
            try Descriptor(replacing: "/proc/sys/net/ipv6/conf/default/disable_ipv6").write(Array("1".utf8))
        }
    }

    private static func network(_ interface: InterfaceName, _ address: IPv4Address) -> AttachedNetwork? {
        AttachedNetwork(interface: interface, address: address, prefixLength: 24, gateway: nil)
    }

    private static func perform(_ requests: [NetlinkRequest], in namespace: borrowing NetworkNamespace) throws {
        var session = try namespace.run { () throws(SystemError) in try NetlinkSession() }
        try session.perform(requests)
    }

    /// The packet socket on the host's interface.
    func uplinkSocket(receiveBuffer: Int32 = 4 << 20) throws -> PacketSocket {
        let filter = PacketFilter.fromLAN(to: Station.host.rawValue)
        return try hostNamespace.run { () throws(SystemError) in
            try PacketSocket(on: Self.uplink, filter: filter, receiveBuffer: receiveBuffer)
        }
    }

    /// The packet socket on the relay's end of the server's link.
    func serverSocket() throws -> PacketSocket {
        try hostNamespace.run { () throws(SystemError) in
            try PacketSocket(on: Self.serverEnd, filter: .fromServer)
        }
    }

    /// Takes the host's interface up or down.
    func setUplink(up isUp: Bool) throws {
        try hostNamespace.run { () throws(SystemError) in
            guard unsafe testing_set_up("ens34", isUp) == 0 else { throw SystemError("set up ens34", code: errno) }
        }
    }

    /// Removes the host's interface, as when a card is taken out.
    func removeUplink() throws {
        try hostNamespace.run { () throws(SystemError) in
            guard testing_delete_link(Self.uplink) == 0 else { throw SystemError("delete ens34", code: errno) }
        }
    }

    /// Sends a datagram through a UDP socket of the kernel in a namespace, as a server or a renewing client does.
    static func sendByKernel(
        _ payload: [UInt8], from port: UInt16, to destination: IPv4Address, _ destinationPort: UInt16,
        in namespace: borrowing NetworkNamespace
    ) throws {
        try namespace.run { () throws(SystemError) in
            let code = unsafe testing_send_udp(
                port, destination.rawValue, destinationPort, payload, payload.count)
            guard code == 0 else { throw SystemError("send from port \(port)", code: code) }
        }
    }
}

import Addresses
import Messages
import PacketTesting

/// A client of the tests: what it says, and what the server says to it.
struct Client {
    var hardwareType: UInt8 = 1
    var hardwareAddress = Station.client
    var identifier: [UInt8]?
    var hostName: String?
    var transaction: UInt32 = 0x1A2B_3C4D
    var interface = "ens34"
    /// The relay agent between the client and the server.
    var relay = IPv4Address.unspecified
    /// Option 1 of what the server says to it.
    var subnetMask: IPv4Address?

    static let server = Station.hostAddress

    func discover(at time: UInt64) -> Record { toServer(message(1), at: time) }

    func request(_ address: IPv4Address, at time: UInt64) -> Record {
        toServer(message(3).option(50, bytes(address)), at: time)
    }

    /// A renewal: the client speaks from its address to the server itself.
    func renew(_ address: IPv4Address, at time: UInt64) -> Record {
        toServer(
            message(3).setting(\.clientAddress, to: address).setting(\.relayAddress, to: .unspecified), at: time)
    }

    func inform(_ address: IPv4Address, at time: UInt64) -> Record {
        toServer(message(8).setting(\.clientAddress, to: address), at: time)
    }

    func release(_ address: IPv4Address, to server: IPv4Address = server, at time: UInt64) -> Record {
        toServer(message(7).setting(\.clientAddress, to: address).option(54, bytes(server)), at: time)
    }

    func decline(_ address: IPv4Address, at time: UInt64) -> Record {
        toServer(message(4).option(50, bytes(address)).option(54, bytes(Self.server)), at: time)
    }

    func offer(_ address: IPv4Address, at time: UInt64) -> Record {
        toClient(reply(2, address).option(51, [0, 0, 14, 16]), at: time)
    }

    /// `seconds` is what option 51 says; without it there is none.
    func ack(_ address: IPv4Address, for seconds: UInt32?, verdict: Verdict = .forwarded, at time: UInt64) -> Record {
        var layer = reply(5, address)
        if let seconds { layer = layer.option(51, (0..<4).map { UInt8(truncatingIfNeeded: seconds >> (24 - 8 * $0)) }) }
        return toClient(layer, verdict: verdict, at: time)
    }

    func nak(at time: UInt64) -> Record { toClient(reply(6, .unspecified), at: time) }

    /// The request of a BOOTP client: no options at all.
    func bootRequest(at time: UInt64) -> Record {
        toServer(
            DHCPLayer(operation: 1, client: hardwareAddress).setting(\.transactionIdentifier, to: transaction)
                .setting(\.relayAddress, to: relay), at: time)
    }

    /// The reply of a BOOTP server: no options at all.
    func bootReply(_ address: IPv4Address, at time: UInt64) -> Record {
        let layer = DHCPLayer(operation: 2, client: hardwareAddress).setting(\.yourAddress, to: address)
            .setting(\.hardwareType, to: hardwareType)
        return toClient(layer.setting(\.transactionIdentifier, to: transaction), at: time)
    }

    /// The four messages by which a client gets an address, a millisecond apart.
    func exchange(_ address: IPv4Address, for seconds: UInt32, at time: UInt64) -> [Record] {
        [
            discover(at: time), offer(address, at: time + 1000), request(address, at: time + 2000),
            ack(address, for: seconds, at: time + 3000),
        ]
    }

    private func message(_ type: UInt8) -> DHCPLayer {
        var layer = DHCPLayer.request(type, from: hardwareAddress).setting(\.transactionIdentifier, to: transaction)
            .setting(\.relayAddress, to: relay).setting(\.hardwareType, to: hardwareType)
        if let identifier { layer = layer.option(61, identifier) }
        if let hostName { layer = layer.option(12, Array(hostName.utf8)) }
        return layer
    }

    private func reply(_ type: UInt8, _ address: IPv4Address) -> DHCPLayer {
        let layer = DHCPLayer.reply(type, from: Self.server, to: hardwareAddress).setting(\.yourAddress, to: address)
            .setting(\.transactionIdentifier, to: transaction).setting(\.relayAddress, to: relay)
            .setting(\.hardwareType, to: hardwareType)
        return subnetMask.map { layer.option(1, bytes($0)) } ?? layer
    }

    private func toServer(_ layer: DHCPLayer, at time: UInt64) -> Record {
        let frame = layer.udp().ipv4(from: .unspecified, to: .broadcast)
            .ethernet(from: hardwareAddress, to: .broadcast).bytes
        return packet(frame, .toServer, .forwarded, at: time)
    }

    private func toClient(_ layer: DHCPLayer, verdict: Verdict = .forwarded, at time: UInt64) -> Record {
        let frame = layer.udp().ipv4(from: Self.server, to: .broadcast)
            .ethernet(from: Station.host, to: hardwareAddress).bytes
        return packet(frame, .toClient, verdict, at: time)
    }

    private func packet(_ frame: [UInt8], _ direction: Direction, _ verdict: Verdict, at time: UInt64) -> Record {
        guard let interface = InterfaceName(interface) else { preconditionFailure("no name of an interface") }
        return .packet(
            PacketRecord(capturedAt: time, interface: interface, direction: direction, verdict: verdict, frame: frame))
    }

    private func bytes(_ address: IPv4Address) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: address.rawValue >> (24 - 8 * $0)) }
    }
}

extension IPv4Address {
    static let first = IPv4Address(192, 168, 50, 101)
    static let second = IPv4Address(192, 168, 50, 102)
    static let third = IPv4Address(192, 168, 50, 103)
}

extension UInt64 {
    /// 2023-11-14T22:13:20Z, in microseconds since the Unix epoch.
    static let noon: UInt64 = 1_700_000_000_000_000
    static let second: UInt64 = 1_000_000
    static let hour: UInt64 = 3600 * second
}

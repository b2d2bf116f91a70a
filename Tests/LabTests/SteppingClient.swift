import Addresses
import Foundation
import Glibc
import Kernel
import Packet
import PacketTesting

/// A DHCP client that takes one step after the other, when the test says so, and counts what it sends and receives.
///
/// Its MAC address is its own, whatever that of the machine's interface is. It repeats itself ten times a second, so that
/// what is measured is how long nobody answered, and not how long it waited itself.
final class SteppingClient {
    /// An answer, and when it came.
    struct Answer {
        var type: DHCPMessageType
        var address: IPv4Address
        var time: ContinuousClock.Instant
    }

    let macAddress: MACAddress
    /// The address that it was given.
    private(set) var address: IPv4Address?
    /// How often it has sent each message.
    private(set) var sent: [DHCPMessageType: Int] = [:]
    /// How often it has received each message.
    private(set) var received: [DHCPMessageType: Int] = [:]
    private let port: FramePort
    private var incoming = FrameBatch(capacity: 64, frameCapacity: 2_048)
    private var transaction = UInt32.random(in: 1...0xFFFF) << 8
    private var offered: IPv4Address?

    private static let retransmission = Duration.milliseconds(100)
    private static let server = IPv4Address(192, 168, 50, 2)
    private static let serverStation = MACAddress(2, 0, 0, 0, 0x50, 2)

    /// A client on a machine, with a number of its own from 0 to 255.
    ///
    /// - Throws: `SystemError` when its socket cannot be opened there.
    init(on machine: Machine, number: UInt8) throws {
        macAddress = MACAddress(2, 0, 0x5E, 0x20, 0, number)
        let namespace = try NetworkNamespace(at: "/run/netns/\(machine.lab.name)-\(machine.role)")
        port = FramePort(
            try namespace.run { () throws(SystemError) in
                try PacketSocket(on: Int32(unsafe if_nametoindex(machine.interface)), filter: .fromServer)
            })
    }

    /// Begins anew: sends a DHCPDISCOVER.
    func discover() {
        transaction += 1
        offered = nil
        send(.discover)
    }

    /// Sends a DHCPREQUEST for what it was offered.
    func request() {
        send(.request)
    }

    /// Sends a DHCPREQUEST by unicast for the address that it has.
    func renew() {
        transaction += 1
        send(.request)
    }

    /// Waits for an offer, asking again and again.
    func awaitOffer(within limit: Duration = .seconds(15)) async throws {
        offered = try await answer([.offer], to: .discover, within: limit).address
    }

    /// Waits for an acknowledgement, asking again and again; if the address is refused it begins anew, as a client does.
    ///
    /// - Returns: when it came.
    @discardableResult
    func awaitAcknowledgement(within limit: Duration = .seconds(15)) async throws -> ContinuousClock.Instant {
        while true {
            let answer = try await answer([.ack, .nak], to: .request, within: limit)
            if answer.type == .ack {
                address = answer.address
                return answer.time
            }
            address = nil
            discover()
            try await awaitOffer(within: limit)
            request()
        }
    }

    /// Gets an address, or renews the one that it has.
    @discardableResult
    func serve(within limit: Duration = .seconds(15)) async throws -> ContinuousClock.Instant {
        if address == nil {
            discover()
            try await awaitOffer(within: limit)
            request()
        } else {
            renew()
        }
        return try await awaitAcknowledgement(within: limit)
    }

    /// Gives its address back.
    func release() {
        send(.release)
        address = nil
    }

    /// Takes what has come without being waited for.
    func drain() throws {
        while try !arrivals().isEmpty {}
    }

    private func answer(
        _ types: Set<DHCPMessageType>, to question: DHCPMessageType, within limit: Duration
    ) async throws -> Answer {
        let deadline = ContinuousClock.now + limit
        var nextTurn = ContinuousClock.now + Self.retransmission
        while ContinuousClock.now < deadline {
            if let answer = try arrivals().first(where: { types.contains($0.type) }) { return answer }
            if ContinuousClock.now >= nextTurn {
                send(question)
                nextTurn += Self.retransmission
            }
            try await Task.sleep(for: .milliseconds(1))
        }
        throw NeverHappened(description: "\(macAddress) has no answer to its \(question) within \(limit)")
    }

    /// The answers to its last question that wait; ARP requests for its address are answered.
    private func arrivals() throws -> [Answer] {
        var answers: [Answer] = []
        for index in 0..<(try incoming.receive(from: port)) {
            if let answer = answer(at: index) { answers.append(answer) }
            answerARP(at: index)
        }
        return answers
    }

    private func answer(at index: Int) -> Answer? {
        guard let reply = Reply(incoming[index]), reply.client == macAddress else { return nil }
        received[reply.type, default: 0] += 1
        guard reply.transaction == transaction else { return nil }
        return Answer(type: reply.type, address: reply.address, time: .now)
    }

    private func answerARP(at index: Int) {
        guard let address, Self.addressAskedFor(in: incoming[index]) == address else { return }
        var frame = incoming.mutableFrame(index)
        frame.answerARP(from: macAddress)
        _ = incoming.send(1 << UInt64(index), to: port)
    }

    /// Whose station an ARP request wants to know.
    private static func addressAskedFor(in frame: RawSpan) -> IPv4Address? {
        guard let ethernet = EthernetFrame(ByteView(frame)), ethernet.etherType == .arp,
            let packet = ARPPacket(ethernet.payload), packet.operation == ARPPacket.request
        else { return nil }
        return packet.targetAddress
    }

    /// What a frame of a server says.
    private struct Reply {
        let type: DHCPMessageType
        let client: MACAddress
        let transaction: UInt32
        let address: IPv4Address

        init?(_ frame: RawSpan) {
            guard let message = DHCPMessage(frame: frame), let type = message.messageType,
                let client = message.clientMACAddress
            else { return nil }
            (self.type, self.client) = (type, client)
            (transaction, address) = (message.transactionIdentifier, message.yourAddress)
        }
    }

    private func send(_ type: DHCPMessageType) {
        sent[type, default: 0] += 1
        var message = DHCPLayer.request(type.rawValue, from: macAddress)
            .setting(\.transactionIdentifier, to: transaction)
        guard let address else {
            message = message.setting(\.flags, to: 0x8000)
            if let offered, type == .request {
                message = message.option(50, offered.rawValue.networkBytes)
                    .option(54, Self.server.rawValue.networkBytes)
            }
            return send(message, from: .unspecified, to: .broadcast, at: .broadcast)
        }
        message = message.setting(\.clientAddress, to: address)
        if type == .release { message = message.option(54, Self.server.rawValue.networkBytes) }
        send(message, from: address, to: Self.server, at: Self.serverStation)
    }

    private func send(
        _ message: DHCPLayer, from source: IPv4Address, to destination: IPv4Address, at station: MACAddress
    ) {
        let frame = message.udp().ipv4(from: source, to: destination).ethernet(from: macAddress, to: station)
        _ = port.send(frame.bytes.span.rawBytes)
    }
}

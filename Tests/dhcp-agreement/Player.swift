import Addresses
import Glibc
import Kernel
import Packet
import PacketTesting

/// Plays conversations on the port of the server's host.
///
/// Behind each group it asks a question that every server answers, and servers read in turn: with the answer all before
/// it is done.
struct Player: ~Copyable {
    private let port: FramePort
    private var poller: Poller
    private var incoming = FrameBatch(capacity: 64, frameCapacity: 2_048)
    private var questions: UInt32 = 0
    /// What each client was given last, by its hardware address.
    private var held: [MACAddress: IPv4Address] = [:]
    /// The networks, by three of four octets, of which an address was given or offered.
    private var networks: Set<UInt32> = []
    /// How many messages were left out because nobody can tell from the packets what the server does with them.
    private(set) var unprovable = 0
    /// What was offered last, by the number of the exchange.
    private var offered: [UInt32: IPv4Address] = [:]

    static let questioner = MACAddress(rawValue: 0x0200_5EFE_00FE)
    static let questionersAddress = IPv4Address(192, 168, 50, 200)

    init(on interface: InterfaceName) throws {
        let index = unsafe if_nametoindex(interface.description)
        guard index > 0 else { throw AgreementFailure("there is no interface \(interface) here") }
        let port = FramePort(try PacketSocket(on: Int32(index), filter: .fromServer))
        let poller = try Poller()
        try poller.watch(port.descriptor, for: .reading, token: 0)
        self.port = port
        self.poller = poller
    }

    /// The number of the last question.
    var lastQuestion: UInt32 { 0xFE00_0000 + questions }

    /// Says what is to be said, and waits until the server has done with it.
    mutating func play(_ conversation: Conversation) throws {
        offered = [:]
        for group in conversation.groups {
            for message in group {
                guard let frame = frame(message) else { continue }
                guard isProvable(message) else {
                    unprovable += 1
                    continue
                }
                try send(frame)
            }
            try waitForServer()
        }
    }

    /// Whether the packets tell what the server does with a message that it does not answer.
    ///
    /// Not while the server has said nothing to anybody in the network from where it comes: whether there is such a
    /// network is in its configuration.
    private func isProvable(_ message: Message) -> Bool {
        let network = message.relay.rawValue >> 8
        let isConfigured = Subject.pool.contains { $0.rawValue >> 8 == network }
        return [1, 3, 8].contains(message.type) || !isConfigured || networks.contains(network)
    }

    private func send(_ frame: [UInt8]) throws {
        guard unsafe port.send(frame.span.bytes) else { throw AgreementFailure("a frame could not be sent") }
    }

    private mutating func waitForServer() throws {
        questions += 1
        let question = DHCPLayer.request(8, from: Self.questioner).setting(\.transactionIdentifier, to: lastQuestion)
            .setting(\.clientAddress, to: Self.questionersAddress)
        try send(
            question.udp().ipv4(from: Self.questionersAddress, to: Agreement.server)
                .ethernet(from: Self.questioner, to: Agreement.serversHardwareAddress).bytes)
        let deadline = Clock.monotonic + 10_000_000
        while Clock.monotonic < deadline {
            guard !(try poller.wait(timeout: 100_000)).isEmpty else { continue }
            let count = try incoming.receive(from: port)
            var isAnswered = false
            for index in 0..<count { isAnswered = note(index) || isAnswered }
            if isAnswered { return }
        }
        throw AgreementFailure("the server answers no more")
    }

    /// Remembers what a frame gives to whom, and says whether it answers the last question.
    private mutating func note(_ index: Int) -> Bool {
        guard let reply = Reply(incoming[index]) else { return false }
        if reply.transaction == lastQuestion { return true }
        networks.insert(reply.address.rawValue >> 8)
        if reply.isOffer { offered[reply.transaction] = reply.address } else { held[reply.client] = reply.address }
        return false
    }

    /// What the player remembers of a reply.
    private struct Reply {
        let transaction: UInt32
        let client: MACAddress
        let address: IPv4Address
        let isOffer: Bool

        /// Nothing for what is no reply, or gives no address and is no answer to a question.
        init?(_ frame: RawSpan) {
            guard let message = DHCPMessage(frame: frame), message.operation == .reply,
                message.yourAddress != .unspecified || message.transactionIdentifier >> 24 == 0xFE
            else { return nil }
            transaction = message.transactionIdentifier
            client = MACAddress(rawValue: message.clientHardwareAddress.prefix(6).reduce(0) { $0 << 8 | UInt64($1) })
            address = message.yourAddress
            isOffer = message.messageType == .offer
        }
    }

    /// Nothing where the message needs an address that nobody was given.
    private func frame(_ message: Message) -> [UInt8]? {
        let party = message.party
        var layer = DHCPLayer(operation: 1, client: party.hardwareAddress)
            .setting(\.hardwareType, to: party.hardwareType).setting(\.transactionIdentifier, to: message.transaction)
            .setting(\.relayAddress, to: message.relay)
        if message.relay != .unspecified { layer = layer.setting(\.hops, to: 1) }
        for (subject, set) in [(message.client, \DHCPLayer.clientAddress), (message.your, \DHCPLayer.yourAddress)] {
            guard subject != .none else { continue }
            guard let address = resolve(subject, for: message) else { return nil }
            layer = layer.setting(set, to: address)
        }
        if let type = message.type { layer = layer.option(53, [type]) }
        if message.requested != .none {
            guard let address = resolve(message.requested, for: message) else { return nil }
            layer = layer.option(50, address.rawValue.networkBytes)
        }
        layer = add(message, to: layer)
        let source = layer.clientAddress
        let isUnicast = message.client != .none || message.relay != .unspecified
        return layer.udp(from: message.relay == .unspecified ? 68 : 67).ipv4(
            from: message.relay == .unspecified ? source : message.relay,
            to: isUnicast ? Agreement.server : .broadcast
        ).ethernet(from: party.hardwareAddress, to: isUnicast ? Agreement.serversHardwareAddress : .broadcast).bytes
    }

    private func add(_ message: Message, to layer: DHCPLayer) -> DHCPLayer {
        var layer = layer
        if let address = message.server.address { layer = layer.option(54, address.rawValue.networkBytes) }
        if let seconds = message.seconds { layer = layer.option(51, seconds.networkBytes) }
        if let identifier = message.party.identifier { layer = layer.option(61, identifier) }
        if let name = message.party.hostName { layer = layer.option(12, Array(name.utf8)) }
        if message.isRapid { layer = layer.option(80, []) }
        return layer.option(55, message.asksForTime ? [1, 3, 51] : [1, 3])
    }

    private func resolve(_ subject: Subject, for message: Message) -> IPv4Address? {
        switch subject {
        case .none: nil
        case .pool(let number): Subject.pool[number]
        case .offered: offered[message.transaction]
        case .held: held[message.party.hardwareAddress]
        }
    }
}

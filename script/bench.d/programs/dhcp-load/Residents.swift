internal import Addresses
internal import ArgumentParser
internal import CommandLine
internal import Glibc
internal import Kernel
internal import Packet
internal import PacketTesting

/// Plays the clients of a LAN for as long as wanted, and checks that nobody ever loses an address or shares it.
struct Residents: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Keeps addresses, and prints as JSON what became of them.",
        discussion: """
            Each client gets an address and renews it; one in ten moves out after three renewals, and a new one comes. \
            Who gets no answer asks again. SIGTERM ends it: then all that wait get as long as \
            --patience says. The exit status is 1 if an address was given to two clients or denied to its owner, or if \
            somebody still waits.
            """)

    @OptionGroup var lan: ClientLAN

    @Option(help: "How many clients.")
    var clients = 200

    @Option(help: "How often each renews, in seconds.")
    var renewal = 2.0

    @Option(help: "After how many seconds without an answer they ask again.")
    var retransmission = 1.0

    @Option(help: "How long those that wait at the end may wait, in seconds.")
    var patience = 10.0

    @Flag(help: "They answer no ARP, so that no answer gets to them that is sent to their address.")
    var unreachable = false

    func validate() throws {
        guard (1...4_096).contains(clients), renewal >= 0.1 else {
            throw ValidationError("1 to 4,096 clients, renewing ten times a second at most")
        }
    }

    func run() throws {
        let signals = try Signals([SIGTERM, SIGINT])
        var house = try House(
            on: lan, clients: clients, renewal: UInt64(renewal * 1_000_000),
            retransmission: UInt64(retransmission * 1_000_000), areReachable: !unreachable)
        while try signals.next() == nil { try house.goOn() }
        let end = Clock.monotonic
        while house.unserved(since: end) > 0, Clock.monotonic - end < UInt64(patience * 1_000_000) { try house.goOn() }
        let unserved = house.unserved(since: end)
        print(
            """
            {"granted": \(house.granted), "renewed": \(house.renewed), "denied": \(house.denied), \
            "shared": \(house.shared), "unserved": \(unserved), "repeated": \(house.repeated), "longest_wait_us": \(house.longestWait)}
            """)
        if house.denied + house.shared + unserved > 0 { throw ExitCode(1) }
    }
}

/// The clients, and the socket they share.
private struct House: ~Copyable {
    private(set) var granted = 0
    private(set) var renewed = 0
    private(set) var denied = 0
    private(set) var shared = 0
    private(set) var longestWait: UInt64 = 0
    private var residents: [Resident]
    private var owners: [IPv4Address: Int] = [:]
    private let server: IPv4Address
    private let areReachable: Bool
    private var port: ClientPort

    init(
        on lan: ClientLAN, clients: Int, renewal: UInt64, retransmission: UInt64, areReachable: Bool
    ) throws {
        port = try ClientPort(on: lan)
        self.areReachable = areReachable
        server = lan.server
        let now = Clock.monotonic
        residents = (0..<clients).map { number in
            // They come one after the other, and so their renewals are spread.
            let start = now + renewal * UInt64(number) / UInt64(clients)
            return Resident(
                number, from: start, renewal: renewal, retransmission: retransmission, stay: number % 10 == 0 ? 3 : nil)
        }
    }

    /// How often somebody had to ask again.
    var repeated: Int { residents.reduce(0) { $0 + $1.repeated } }

    /// How many still wait, or have heard nothing since then.
    func unserved(since time: UInt64) -> Int {
        residents.count { $0.address == nil || ($0.waiting ?? .max) <= time }
    }

    /// Takes the answers that came, and lets all speak whose turn it is.
    mutating func goOn() throws {
        let count = try port.receive(within: 5_000)
        for index in 0..<count { take(index) }
        let now = Clock.monotonic
        for number in residents.indices {
            let before = residents[number].address
            let macAddress = residents[number].macAddress
            let messages = residents[number].turn(at: now, to: server)
            if let before, residents[number].address == nil { owners[before] = nil }
            for message in messages { try send(message, from: macAddress) }
        }
    }

    private mutating func take(_ index: Int) {
        if let reply = reply(at: index) {
            return take(reply.type, reply.address, for: reply.client, at: Clock.monotonic)
        }
        guard areReachable, let macAddress = owner(askedForAt: index) else { return }
        var frame = port.incoming.mutableFrame(index)
        frame.answerARP(from: macAddress)
        _ = port.incoming.send(1 << UInt64(index), to: port.socket)
    }

    private func reply(at index: Int) -> (type: DHCPMessageType?, address: IPv4Address, client: MACAddress?)? {
        guard let message = DHCPMessage(frame: port.incoming[index]), message.operation == .reply else { return nil }
        return (message.messageType, message.yourAddress, message.clientMACAddress)
    }

    /// Whose address the server asks for by ARP.
    private func owner(askedForAt index: Int) -> MACAddress? {
        guard let ethernet = EthernetFrame(ByteView(port.incoming[index])), ethernet.etherType == .arp,
            let packet = ARPPacket(ethernet.payload), packet.operation == ARPPacket.request
        else { return nil }
        return owners[packet.targetAddress].map { residents[$0].macAddress }
    }

    private mutating func take(
        _ type: DHCPMessageType?, _ address: IPv4Address, for client: MACAddress?, at now: UInt64
    ) {
        guard let client, let number = residents.firstIndex(where: { $0.macAddress == client }) else { return }
        switch residents[number].take(type, address, at: now) {
        case .granted(let address, let isNew, let waited):
            longestWait = max(longestWait, waited)
            if isNew { granted += 1 } else { renewed += 1 }
            if let owner = owners[address], owner != number { shared += 1 }
            owners[address] = number
        case .denied(let address):
            denied += 1
            owners[address] = nil
        case nil: break
        }
    }

    private func send(_ message: DHCPLayer, from client: MACAddress) throws {
        let source = message.clientAddress
        let frame = message.udp().ipv4(from: source, to: .broadcast).ethernet(from: client, to: .broadcast).bytes
        _ = port.socket.send(frame.span.rawBytes)
    }
}

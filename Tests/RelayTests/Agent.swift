import Glibc
import Kernel
import Messages
import PacketTesting
import Testing

/// Plays netns-agent: what it handed over to a relay, and the channel to it.
///
/// It keeps its own copies of the sockets, as netns-agent does to give them to the next relay.
struct Agent: ~Copyable {
    let control: MessageSocket
    private let uplink: PacketSocket
    private let server: PacketSocket
    /// The inodes of the packet sockets, which tell whether the relay still holds them.
    let sockets: Set<UInt64>

    /// Hands the sockets of a LAN over to `relay`, and waits until it forwards.
    ///
    /// - Parameter place: whose ends these are.
    init(
        handing lan: LAN, of place: ServerPlace = .first, to relay: RelayProcess, receiveBuffer: Int32 = 4 << 20
    ) throws {
        let channel = try MessageSocket.channel()
        let uplink = try lan.uplinkSocket(receiveBuffer: receiveBuffer)
        let server = try lan.serverSocket()
        let passed = [channel.far.rawValue, uplink.descriptor.rawValue, server.descriptor.rawValue]
        try relay.send(.links([lan.link], of: place), passing: passed)
        try relay.awaitLine("forwards between ens34 and the \(place == .first ? "server's" : "second server's") ens34")
        sockets = [inode(of: uplink.descriptor), inode(of: server.descriptor)]
        control = channel.near
        self.uplink = uplink
        self.server = server
    }

    /// The agent is gone.
    consuming func close() {}

    /// Gives the relay memory for its records.
    func lend(_ memory: borrowing Descriptor) throws {
        guard try control.send(Message.recordsMemory.encoded(), passing: [memory.rawValue]) else {
            throw Trouble("the control channel is full")
        }
    }

    /// Connects `relay` with a recorder that the test plays.
    func connectRecorder(of relay: RelayProcess, capacity: Int32 = 1 << 20) throws -> Recorder {
        let channel = try MessageSocket.channel(capacity: capacity)
        guard try control.send(Message.recordsTo.encoded(), passing: [channel.far.rawValue]) else {
            throw Trouble("the control channel is full")
        }
        try relay.awaitLine("records go to the recorder")
        return Recorder(channel: channel.near)
    }

    /// Connects a recorder that does not read, and has the relay record more than there is room for on the way to it: 402.
    func connectFullRecorder(of relay: RelayProcess, on lan: LAN) throws -> Recorder {
        // Room for two or three full batches; 400 records are five.
        let recorder = try connectRecorder(of: relay, capacity: 40_000)
        try relay.process.signal(SIGSTOP)
        for _ in 0..<400 { lan.client.send(CapturedExchange.discover) }
        try relay.process.signal(SIGCONT)
        for _ in 0..<400 { #expect(try lan.server.next() == CapturedExchange.discover) }
        #expect(try relay.status()["records-pending"] == "402")
        return recorder
    }
}

/// Plays the recorder.
struct Recorder: ~Copyable {
    private let channel: MessageSocket

    init(channel: consuming MessageSocket) {
        self.channel = channel
    }

    /// The recorder is gone.
    consuming func close() {}

    /// The next batch.
    func next() throws -> RecordBatch {
        guard case .records(let batch) = try Message(decoding: try channel.await().bytes) else {
            throw Trouble("no batch of records")
        }
        return batch
    }

    /// Says that everything up to this batch is stored.
    func acknowledge(_ batch: RecordBatch) throws {
        let message = Message.acknowledgement(Acknowledgement(instance: batch.instance, sequence: batch.sequence))
        guard try channel.send(message.encoded()) else { throw Trouble("the channel to the relay is full") }
    }

    /// Takes and acknowledges batches until they hold a record of this kind, and gives it.
    func first<Found>(_ kind: (Record) -> Found?) throws -> Found {
        while true {
            let batch = try next()
            try acknowledge(batch)
            if let found = batch.records.lazy.compactMap(kind).first { return found }
        }
    }

    /// The next event of this kind.
    func event(_ kind: String) throws -> EventRecord {
        try first { record in
            guard case .event(let event) = record, event.kind == kind else { return nil }
            return event
        }
    }

    /// The next packet.
    func packet() throws -> PacketRecord {
        try first { record in
            guard case .packet(let packet) = record else { return nil }
            return packet
        }
    }
}

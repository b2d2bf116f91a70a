import Addresses
import Glibc
import Kernel
import Packet
import PacketTesting

/// Plays the same on the ports of two hosts.
///
/// Behind each request it asks a question that every server answers, and servers read in turn: with the answer all before it
/// is done. It asks a second time, for what waited for an answer by ARP, which it gives at once for every client.
struct Player: ~Copyable {
    private let bare: FramePort
    private let behind: FramePort
    private var poller: Poller
    private var incoming = FrameBatch(capacity: 64, frameCapacity: 9_216)
    private var questions: UInt32 = 0
    private var answered: Set<Int> = []
    private var emissions: [[Emission]] = [[], []]

    static let server = IPv4Address(192, 168, 50, 2)
    static let serversHardwareAddress = MACAddress(rawValue: 0x0200_0000_5002)
    private static let questioner = MACAddress(rawValue: 0x0200_5EFE_00FE)
    private static let questionersAddress = IPv4Address(192, 168, 50, 200)

    /// What came of one request.
    struct Outcome {
        var frames = 0
        var normalized: [Normalization: Int] = [:]
        var difference: String?
    }

    init(bare: String, behind: String) throws {
        let first = try Self.port(of: bare)
        let second = try Self.port(of: behind)
        let poller = try Poller()
        try poller.watch(first.descriptor, for: .reading, token: 0)
        try poller.watch(second.descriptor, for: .reading, token: 1)
        self.bare = first
        self.behind = second
        self.poller = poller
    }

    /// The host's port on the bridge of a lab.
    private static func port(of lab: String) throws -> FramePort {
        let namespace = try NetworkNamespace(at: "/run/netns/\(lab)-lan")
        return try namespace.run { () throws(SystemError) in
            let index = unsafe if_nametoindex("host")
            return FramePort(try PacketSocket(on: Int32(index), filter: .fromServer))
        }
    }

    mutating func play(_ requests: [Request]) throws -> Outcome {
        emissions = [[], []]
        for request in requests {
            try send(request.frame)
            try waitForServers()
        }
        try waitForServers()
        var outcome = Outcome()
        outcome.frames = emissions[0].count
        for emission in emissions.flatMap(\.self) {
            for kind in emission.normalized { outcome.normalized[kind, default: 0] += 1 }
        }
        for (first, second) in zip(emissions[0], emissions[1]) {
            if let differences = first.differences(from: second) {
                for kind in differences { outcome.normalized[kind, default: 0] += 1 }
            } else if outcome.difference == nil {
                outcome.difference = "the bare host sends\n  \(first)\nthe other one\n  \(second)"
            }
        }
        if emissions[0].count != emissions[1].count {
            let more = emissions[emissions[0].count > emissions[1].count ? 0 : 1]
            let which = emissions[0].count > emissions[1].count ? "bare host" : "other host"
            let rest = more.dropFirst(min(emissions[0].count, emissions[1].count)).map { "\n  \($0)" }.joined()
            outcome.difference = outcome.difference ?? "only the \(which) sends\(rest)"
        }
        return outcome
    }

    private func send(_ frame: [UInt8]) throws {
        try send(frame, to: 0)
        try send(frame, to: 1)
    }

    private func send(_ frame: [UInt8], to host: Int) throws {
        let isSent = unsafe host == 0 ? bare.send(frame.span.bytes) : behind.send(frame.span.bytes)
        guard isSent else { throw TwinFailure("a frame could not be sent") }
    }

    private mutating func waitForServers() throws {
        for _ in 0..<2 { try ask() }
    }

    private mutating func ask() throws {
        questions += 1
        answered = []
        let question = DHCPLayer.request(8, from: Self.questioner)
            .setting(\.transactionIdentifier, to: 0xFE00_0000 + questions)
            .setting(\.clientAddress, to: Self.questionersAddress)
        try send(
            question.udp().ipv4(from: Self.questionersAddress, to: Self.server)
                .ethernet(from: Self.questioner, to: Self.serversHardwareAddress).bytes)
        let deadline = Clock.monotonic + 10_000_000
        while Clock.monotonic < deadline {
            for index in try poller.wait(timeout: 100_000) { try receive(from: Int(poller[index].token)) }
            if answered.count == 2 { return }
        }
        throw TwinFailure(
            "\(answered.contains(0) ? "the server behind middle-sock" : "the bare server") answers no more")
    }

    private mutating func receive(from host: Int) throws {
        let count = host == 0 ? try incoming.receive(from: bare) : try incoming.receive(from: behind)
        for index in 0..<count {
            let frame = ByteView(incoming[index]).array
            try note(frame, incoming.auxiliary(of: index).checksumNotReady, from: host)
        }
    }

    private mutating func note(_ frame: [UInt8], _ checksumNotReady: Bool, from host: Int) throws {
        if let answer = Self.answer(toARP: frame) { return try send(answer, to: host) }
        // What the host's kernel says to others is not the server's.
        guard frame.count >= 34, frame[12...13] == [8, 0], frame[23] == 17 else { return }
        let emission = Emission(frame, checksumNotReady: checksumNotReady)
        if let transaction = emission.transaction, transaction >> 24 == 0xFE {
            if transaction == 0xFE00_0000 + questions { answered.insert(host) }
            return
        }
        emissions[host].append(emission)
    }

    /// Every client and relay agent answers for its address.
    private static func answer(toARP frame: [UInt8]) -> [UInt8]? {
        guard let ethernet = EthernetFrame(ByteView(frame.span.rawBytes)), ethernet.etherType == .arp,
            let question = ARPPacket(ethernet.payload), question.operation == ARPPacket.request,
            question.targetAddress != server, question.targetAddress.rawValue & 0xFF > 2
        else { return nil }
        let station =
            question.targetAddress == questionersAddress
            ? questioner : MACAddress(rawValue: 0x0200_5E40_0000 + UInt64(question.targetAddress.rawValue & 0xFF))
        return ARPLayer.reply(
            from: question.targetAddress, at: station, to: question.senderAddress, at: question.senderMACAddress
        ).ethernet(from: station, to: question.senderMACAddress).bytes
    }
}

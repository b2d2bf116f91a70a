internal import Addresses
internal import ArgumentParser
internal import CLinux
internal import CommandLine
internal import Kernel
internal import PacketTesting

/// Plays strangers who mean harm to the record: all that they can send at once, as fast as the kernel takes it.
struct Storm: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Sends a hostile mixture, and prints as JSON how many, in which time, and how long a frame is on average.",
        discussion: """
            One transaction identifier for all and random MAC addresses; types that nobody knows; RELEASE and DECLINE \
            of others' addresses; INFORM, BOOTP, names without end; replies of servers that do not exist; frames that are cut \
            off.
            """)

    @Option(help: "The interface on which they leave.")
    var interface: InterfaceName

    @Option(help: "How many in a second; 0 for as many as possible.")
    var rate = 0

    @Option(help: "For how many seconds.")
    var seconds = 2.0

    @Option(help: "What the frames are made by, so that they can be made again.")
    var seed: UInt64 = 1

    /// How many frames are made; each that is sent is one of them with another MAC address.
    private static let kinds = 4_096

    func validate() throws {
        guard rate >= 0, (0.001...3_600).contains(seconds) else {
            throw ValidationError("0 or more a second, up to an hour")
        }
    }

    func run() throws {
        let socket = try OutgoingSocket.open()
        let index = try interface.index
        var random = SplitMix64(seed: seed)
        let frames = (0..<Self.kinds).map { _ in HostileFrame.make(by: &random) }
        var batch = RequestBatch(capacity: 64)
        let poller = try Poller()
        let began = Clock.monotonic
        let duration = UInt64(seconds * 1_000_000)
        var (sent, length) = (0, 0)
        while case let elapsed = Clock.monotonic - began, elapsed < duration {
            let due = rate == 0 ? batch.capacity : min(batch.capacity, Int(elapsed) * rate / 1_000_000 + 1 - sent)
            guard due > 0 else {
                _ = try poller.wait(timeout: 100)
                continue
            }
            for _ in 0..<due {
                let frame = frames[Int(random.next() % UInt64(frames.count))]
                // Locally administered, and no group.
                batch.append(frame, from: MACAddress(rawValue: 0x0A00_0000_0000 | random.next() >> 24))
                length += frame.count
            }
            try batch.send(by: socket, on: index)
            sent += due
        }
        let elapsed = Clock.monotonic - began
        print(#"{"sent": \#(sent), "elapsed_us": \#(elapsed), "mean_length": \#(length / max(1, sent))}"#)
    }
}

/// Frames of strangers, without a UDP checksum, so that a MAC address can be put in.
enum HostileFrame {
    private static let nobody = MACAddress(rawValue: 0)
    private static let host = IPv4Address(192, 168, 50, 2)

    static func make(by random: inout SplitMix64) -> [UInt8] {
        func address() -> IPv4Address { IPv4Address(192, 168, 50, UInt8(random.next() % 250 + 1)) }
        func request(_ type: UInt8) -> DHCPLayer {
            DHCPLayer.request(type, from: nobody).setting(\.transactionIdentifier, to: 0x0BAD_0BAD)
        }
        let server = host.rawValue.networkBytes
        let message: DHCPLayer
        switch random.next() % 20 {
        case 0..<7: message = request(1).option(12, Array("stranger".utf8))
        case 7..<10: message = request(3).option(50, address().rawValue.networkBytes).option(54, server)
        case 10: message = request(UInt8(truncatingIfNeeded: random.next()))
        case 11..<13: message = request(7).setting(\.clientAddress, to: address()).option(54, server)
        case 13: message = request(4).option(50, address().rawValue.networkBytes).option(54, server)
        case 14: message = request(8).setting(\.clientAddress, to: address())
        case 15: message = DHCPLayer(operation: 1, client: nobody).setting(\.transactionIdentifier, to: 0x0BAD_0BAD)
        case 16:
            let name = (0..<250).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            message = request(1).option(12, name).option(61, Array(name.prefix(32)))
        case 17, 18: return reply(of: address())
        default: return Array(frame(request(1)).prefix(120))
        }
        return frame(message)
    }

    private static func frame(_ message: DHCPLayer) -> [UInt8] {
        withoutChecksum(
            message.udp().ipv4(from: .unspecified, to: .broadcast).ethernet(from: nobody, to: .broadcast).bytes)
    }

    private static func reply(of server: IPv4Address) -> [UInt8] {
        withoutChecksum(
            DHCPLayer.reply(2, from: server, to: nobody).udp().ipv4(from: server, to: .broadcast)
                .ethernet(from: nobody, to: .broadcast).bytes)
    }

    // 0 says that there is none (RFC 768).
    private static func withoutChecksum(_ frame: [UInt8]) -> [UInt8] {
        var frame = frame
        (frame[40], frame[41]) = (0, 0)
        return frame
    }
}

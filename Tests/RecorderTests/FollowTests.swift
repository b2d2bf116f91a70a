import Addresses
import Foundation
import Kernel
import Messages
import PacketTesting
import Testing

/// `recorder follow` beside a recorder that runs.
@Suite struct FollowTests {
    private let recorder: RunningRecorder
    private let relay: Sender

    init() throws {
        recorder = try RunningRecorder()
        relay = try Sender(.relay, to: recorder)
    }

    private func send(_ sequence: UInt64, _ packets: [Messages.Record]) throws {
        try relay.send(sequence, packets)
        try relay.waitForAcknowledgement(of: sequence)
    }

    @Test func `packets are printed as they come, until it is interrupted`() throws {
        try send(1, [Exchange.discover])
        let follower = try Follower(["--database", recorder.database])
        try follower.waitUntilReading(recorder.database)
        try send(2, [Exchange.offer, Exchange.stray])
        #expect(
            try follower.line() == """
                2023-11-14T22:13:20.001000Z ens34 to-client 192.168.50.2.67 > 255.255.255.255.68: OFFER of \
                192.168.50.101 by server 192.168.50.2 to 02:00:5e:10:00:64, xid 0x3903f326, for 3600 s
                """)
        #expect(try follower.line().hasSuffix("from 02:00:5e:10:00:c8 (guest), xid 0x3903f326, dropped: not-for-us"))
        #expect(try follower.end(by: SIGINT) == .status(0))
    }

    @Test func `it begins with what is stored, and prints only what is about the client`() throws {
        try send(1, [Exchange.stray, Exchange.discover])
        let follower = try Follower([
            "--database", recorder.database, "--since", "2023-11-14", "--mac", "02-00-5E-10-00-64",
        ])
        #expect(try follower.line().contains("DISCOVER from 02:00:5e:10:00:64"))
        try send(2, [Exchange.stray, Exchange.offer])
        #expect(try follower.line().contains("OFFER"))
        #expect(try follower.end(by: SIGTERM) == .status(0))
    }

    @Test func `it ends when nobody reads any more, although nothing comes`() throws {
        try send(1, [Exchange.discover])
        let follower = try Follower(["--database", recorder.database, "--since", "2023-11-14"])
        #expect(try follower.line().contains("DISCOVER"))
        #expect(try follower.endByClosing() == .status(0))
    }
}

/// Packets of one exchange, and one that is none of it.
enum Exchange {
    static let start: UInt64 = 1_700_000_000_000_000

    static var discover: Messages.Record {
        packet(
            DHCPLayer.request(1, from: Station.client).udp().ipv4(from: .unspecified, to: .broadcast)
                .ethernet(from: Station.client, to: .broadcast).bytes, .toServer, at: start)
    }

    static var offer: Messages.Record {
        let message = DHCPLayer.reply(2, from: Station.hostAddress, to: Station.client)
            .setting(\.yourAddress, to: IPv4Address(192, 168, 50, 101)).option(51, [0, 0, 14, 16])
        return packet(
            message.udp().ipv4(from: Station.hostAddress, to: .broadcast)
                .ethernet(from: Station.host, to: .broadcast).bytes, .toClient, at: start + 1000)
    }

    /// A lease for ever.
    static var acknowledgement: Messages.Record {
        let message = DHCPLayer.reply(5, from: Station.hostAddress, to: Station.client)
            .setting(\.yourAddress, to: IPv4Address(192, 168, 50, 101)).option(51, [255, 255, 255, 255])
        return packet(
            message.udp().ipv4(from: Station.hostAddress, to: .broadcast)
                .ethernet(from: Station.host, to: .broadcast).bytes, .toClient, at: start + 1500)
    }

    /// A frame that takes much room, and of which nothing is counted.
    static var long: Messages.Record {
        packet([UInt8](repeating: 0xA5, count: 1500), .toServer, .malformedDHCP, at: start + 3000)
    }

    static var stray: Messages.Record {
        packet(
            DHCPLayer.request(3, from: Station.stranger).option(12, Array("guest".utf8)).udp()
                .ipv4(from: .unspecified, to: .broadcast).ethernet(from: Station.stranger, to: .broadcast).bytes,
            .toServer, .notForUs, at: start + 2000)
    }

    static func packet(
        _ frame: [UInt8], _ direction: Direction, _ verdict: Verdict = .forwarded, at time: UInt64,
        interface: String = "ens34"
    ) -> Messages.Record {
        guard let interface = InterfaceName(interface) else { preconditionFailure("no name of an interface") }
        return .packet(
            PacketRecord(capturedAt: time, interface: interface, direction: direction, verdict: verdict, frame: frame))
    }
}

/// `recorder follow` as a process, whose output is a pipe.
final class Follower {
    private let process: ChildProcess
    /// Its number.
    var identifier: pid_t { process.pid }
    private var output: ReadingEnd?
    private var text = ""

    init(_ arguments: [String]) throws {
        var program = try RunningRecorder.program(["follow"] + arguments)
        let pipe = try Descriptor.pipe()
        output = ReadingEnd(pipe.reading)
        program.output = pipe.writing.rawValue
        process = try ChildProcess(program)
        pipe.writing.close()
    }

    deinit {
        try? process.signal(SIGKILL)
        _ = try? process.wait()
    }

    /// Waits until it has the database open: packets from then on are its.
    func waitUntilReading(_ database: String) throws {
        let descriptors = URL(fileURLWithPath: "/proc/\(process.pid)/fd")
        let deadline = Clock.monotonic + RunningRecorder.patience
        while Clock.monotonic < deadline {
            let open = try FileManager.default.contentsOfDirectory(atPath: descriptors.path)
                .compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "\(descriptors.path)/\($0)") }
            // It watches signals once it knows where it begins.
            if open.contains(database) && open.contains(where: { $0.contains("signalfd") }) { return }
        }
        throw RunningRecorder.Missing(what: "a follower that reads")
    }

    /// The next line.
    func line() throws -> String {
        while true {
            if let end = text.firstIndex(of: "\n") {
                defer { text.removeSubrange(...end) }
                return String(text[..<end])
            }
            guard let bytes = try output?.next(), !bytes.isEmpty else {
                throw RunningRecorder.Missing(what: "a line")
            }
            text += String(decoding: bytes, as: UTF8.self)
        }
    }

    func end(by signal: Int32) throws -> ChildProcess.Exit? {
        try process.signal(signal)
        return try process.wait()
    }

    func endByClosing() throws -> ChildProcess.Exit? {
        output = nil
        return try process.wait()
    }
}

/// The end of a pipe from which is read, with a limit.
private final class ReadingEnd {
    private let descriptor: Descriptor

    init(_ descriptor: consuming Descriptor) {
        self.descriptor = descriptor
    }

    /// What was written; nothing when that took too long.
    func next() throws -> [UInt8]? {
        let poller = try Poller()
        try poller.watch(descriptor, for: .reading, token: 0)
        return try poller.wait(timeout: RunningRecorder.patience).isEmpty ? nil : descriptor.read(capacity: 4096)
    }
}

import Addresses
import Foundation
import Glibc
import Packet
import Testing

/// Both ends of what middle-sock carries: the port of the host on the LAN, and the interface of the server in its
/// namespace, each captured whole (pcap-savefile(5)).
struct Wire: Sendable {
    /// What is recorded of the same traffic.
    let service: Service
    private let lan: Recorder
    private let server: Recorder

    private struct Recorder: Sendable {
        let program: Program
        let path: String
    }

    /// Starts to record; nothing is missed from here on.
    init(_ lab: Lab, _ service: Service) async throws {
        self.service = service
        let serverSide = ["nsenter", "-t", "\(try await service.server())", "-n"]
        lan = try await Self.record(lab.lan, [], "host", path: "/run/lan.pcap")
        server = try await Self.record(lab.host, serverSide, "ens34", path: "/run/server.pcap")
    }

    private static func record(
        _ machine: Machine, _ place: [String], _ interface: String, path: String
    ) async throws -> Recorder {
        let options = ["tcpdump", "-Z", "root", "-U", "--immediate-mode", "-i", interface, "-w", path]
        let program = try await machine.lab.start(machine.role, place + options + ["arp or icmp or udp"])
        try await program.says("listening on \(interface)")
        return Recorder(program: program, path: machine.path(path))
    }

    /// Waits until both ends have shown the same, byte for byte except for the UDP checksums that a sender left to its
    /// card, which are complete where they arrive.
    ///
    /// Whoever sends must have stopped.
    func isFaithful(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        var differences = "nothing was captured"
        try await wait(for: "both ends to show the same", evidence: { differences }) {
            differences = try compare()
            return differences.isEmpty
        }
        for frame in try arrived() {
            #expect(frame.hasValidChecksum, "\(frame)", sourceLocation: sourceLocation)
        }
    }

    /// The DHCP messages at the server's end, in their order.
    func messages() throws -> [WireFrame] {
        try frames(of: server).filter { $0.message != nil }
    }

    /// The kinds of DHCP messages at the server's end, each once, in the order in which they first came.
    ///
    /// - Parameter count: how many messages to leave out.
    func kinds(after count: Int = 0) throws -> [DHCPMessageType] {
        try messages().dropFirst(count).compactMap(\.message).reduce(into: []) { kinds, kind in
            if !kinds.contains(kind) { kinds.append(kind) }
        }
    }

    private func frames(of recorder: Recorder) throws -> [WireFrame] {
        try SaveFile.frames(in: [UInt8](FileManager.default.contents(atPath: recorder.path) ?? Data()))
            .map(WireFrame.init)
    }

    /// DHCP has to be the same at both ends.
    ///
    /// Of ARP and ICMP the LAN also has what is between others, or the host's own.
    private func compare() throws -> String {
        let (outside, inside) = (try frames(of: lan), try frames(of: server))
        var problems: [String] = []
        for operation in [DHCPOperation.request, .reply] {
            let there = outside.filter { $0.operation == operation }.map(\.withoutChecksum)
            let here = inside.filter { $0.operation == operation }.map(\.withoutChecksum)
            if there != here { problems.append("\(operation): \(there.count) on the LAN, \(here.count) at the server") }
        }
        let known = Set(outside.map(\.withoutChecksum))
        let strange = inside.filter { $0.operation == nil && !known.contains($0.withoutChecksum) }
        problems += strange.map { "only at the server: \($0)" }
        if !inside.contains(where: { $0.operation != nil }) { problems.append("no DHCP at all") }
        return problems.joined(separator: "\n")
    }

    /// What has come to its end: replies on the LAN, requests at the server.
    private func arrived() throws -> [WireFrame] {
        try frames(of: lan).filter { $0.operation == .reply } + frames(of: server).filter { $0.operation == .request }
    }
}

/// An Ethernet frame in a capture.
struct WireFrame: Sendable, CustomStringConvertible {
    let bytes: [UInt8]
    /// Whether it is a request or a reply; nothing when it is no DHCP.
    let operation: DHCPOperation?
    /// What kind of message it is.
    let message: DHCPMessageType?
    /// Whether its client wants replies as broadcasts.
    let wantsBroadcast: Bool
    /// Whether there is a UDP checksum, and it is right.
    let hasValidChecksum: Bool
    private let isUDP: Bool

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        guard let ethernet = EthernetFrame(ByteView(bytes.span.rawBytes)), let packet = IPv4Packet(ethernet.payload),
            let datagram = UDPDatagram(packet)
        else {
            (operation, message, wantsBroadcast, isBroadcast) = (nil, nil, false, false)
            (hasValidChecksum, isUDP) = (true, false)
            return
        }
        let dhcp = DHCPMessage(datagram.payload)
        isUDP = true
        isBroadcast = packet.destination == .broadcast
        operation = datagram.isDHCP ? dhcp?.operation : nil
        message = dhcp?.messageType
        wantsBroadcast = dhcp?.wantsBroadcast ?? false
        hasValidChecksum = datagram.hasValidChecksum
    }

    /// Whether it is an IP packet to everybody on the LAN. (Kea sends it to the Ethernet address of the client all the
    /// same.)
    let isBroadcast: Bool

    /// It, with the UDP checksum 0.
    var withoutChecksum: [UInt8] {
        guard isUDP else { return bytes }
        var bytes = bytes
        let header = 14 + Int(bytes[14] & 0x0F) * 4
        bytes.replaceSubrange(header + 6..<header + 8, with: [0, 0])
        return bytes
    }

    var description: String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 0x0F, radix: 16) }.joined()
    }
}

/// The file format of tcpdump (pcap-savefile(5)), as this computer writes it.
private enum SaveFile {
    private static let headerLength = 24
    private static let recordHeaderLength = 16

    /// The frames of the file; one that is still being written is left out.
    static func frames(in file: [UInt8]) throws -> [[UInt8]] {
        var frames: [[UInt8]] = []
        var rest = file.dropFirst(headerLength)
        while rest.count >= recordHeaderLength {
            let (captured, original) = (number(rest, at: 8), number(rest, at: 12))
            rest = rest.dropFirst(recordHeaderLength)
            guard rest.count >= captured else { break }
            try #require(captured == original, "the capture has only a part of a frame")
            frames.append(Array(rest.prefix(captured)))
            rest = rest.dropFirst(captured)
        }
        return frames
    }

    private static func number(_ bytes: ArraySlice<UInt8>, at offset: Int) -> Int {
        bytes.dropFirst(offset).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}

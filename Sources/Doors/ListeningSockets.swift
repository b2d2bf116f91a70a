public import Addresses

/// A socket on which a server hears connections, or datagrams of a protocol that people ask it by.
public struct ListeningSocket: Hashable, Sendable {
    /// TCP or UDP.
    public let transport: DoorTransport
    /// The address that it is bound to; nothing for all.
    public let address: IPv4Address?
    /// Its port.
    public let port: UInt16

    /// The socket at this place.
    public init(_ transport: DoorTransport, _ port: UInt16, at address: IPv4Address? = nil) {
        self.transport = transport
        self.address = address
        self.port = port
    }

    /// The ports of UDP that count: DNS, TFTP, and PXE's own (RFC 4578); others a server also has to ask somebody.
    private static let asked: Set<UInt16> = [53, 69, 4_011]

    /// Those in `/proc/PID/net/tcp` and `/proc/PID/net/udp` (`get_tcp4_sock`, net/ipv4/tcp_ipv4.c), each once.
    public static func all(tcp: [UInt8], udp: [UInt8]) -> [ListeningSocket] {
        var sockets: [ListeningSocket] = []
        let listening = rows(of: tcp).filter { $0.state == "0A" }.map { ListeningSocket(.tcp, $0.port, at: $0.address) }
        let asked = rows(of: udp).filter { Self.asked.contains($0.port) && $0.state == "07" }
            .map { ListeningSocket(.udp, $0.port, at: $0.address) }
        for socket in listening + asked where !sockets.contains(socket) { sockets.append(socket) }
        return sockets
    }

    /// The option that lets others reach it.
    var door: PublishDoor {
        let transport = transport == .udp && port == 69 ? DoorTransport.tftp : transport
        return PublishDoor(port, transport, at: address?.isLoopback == true ? address : nil)
    }

    private static func rows(of table: [UInt8]) -> [(address: IPv4Address?, port: UInt16, state: String)] {
        table.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let columns = line.split(separator: UInt8(ascii: " "), maxSplits: 4)
            guard columns.count > 3 else { return nil }
            let place = columns[1].split(separator: UInt8(ascii: ":"))
            // The number as the machine has it in memory, where it stands in the order of the network.
            guard place.count == 2, let number = UInt32(String(decoding: place[0], as: UTF8.self), radix: 16),
                let port = UInt16(String(decoding: place[1], as: UTF8.self), radix: 16)
            else { return nil }
            let address = IPv4Address(rawValue: UInt32(bigEndian: number))
            return (address == .unspecified ? nil : address, port, String(decoding: columns[3], as: UTF8.self))
        }
    }
}

extension Doors {
    /// What lets others reach those sockets of a server that nobody can reach, each option once.
    ///
    /// - Parameter sockets: all in the server's namespace; those by which it connects to the host are ours.
    public func missing(for sockets: [ListeningSocket]) -> [PublishDoor] {
        var missing: [PublishDoor] = []
        for socket in sockets {
            let isOurs = connects.contains {
                $0.address == socket.address && $0.port == socket.port && $0.transport == socket.transport
            }
            let isPublished = publishes.contains {
                $0.leads(to: socket.port, of: socket.transport, at: socket.address)
            }
            if !isOurs, !isPublished, !missing.contains(socket.door) { missing.append(socket.door) }
        }
        return Array(missing.prefix(Self.maximumCount))
    }
}

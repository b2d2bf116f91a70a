/// The UDP sockets of a network namespace, as `/proc/PID/net/udp` lists them (proc(5)).
public enum UDPSocketTable {
    /// A socket that is bound to a port.
    public struct Entry: Hashable, Sendable {
        /// The port on which it receives.
        public let port: UInt16
        /// How much waits to be read from it, in bytes of the kernel's memory (`rx_queue`).
        public let unread: Int
        /// The number of its inode, by which its owner can be found under `/proc/PID/fd`.
        public let inode: UInt64
    }

    /// The sockets in the text; lines that do not look as the kernel writes them are passed over.
    public static func parse(_ text: [UInt8]) -> [Entry] {
        text.split(separator: UInt8(ascii: "\n")).dropFirst().compactMap(entry)
    }

    /// Whether a socket is bound to the port.
    public static func hasPort(_ port: UInt16, in text: [UInt8]) -> Bool {
        parse(text).contains { $0.port == port }
    }

    /// Whether the namespace has any, by `/proc/PID/net/sockstat` (`sockstat_seq_show`, net/ipv4/proc.c); true if the file does
    /// not say.
    public static func hasSockets(in counts: [UInt8]) -> Bool {
        !counts.split(separator: UInt8(ascii: "\n")).contains { $0.starts(with: Array("UDP: inuse 0 ".utf8)) }
    }

    /// How many datagrams were read in the namespace so far (`InDatagrams`), by `/proc/PID/net/snmp` (`snmp_seq_show`,
    /// net/ipv4/proc.c); nothing if the file does not say.
    public static func datagramsRead(in counters: [UInt8]) -> UInt64? {
        let lines = counters.split(separator: UInt8(ascii: "\n")).filter { $0.starts(with: Array("Udp: ".utf8)) }
        guard lines.count == 2 else { return nil }
        let fields = lines.map { $0.split(separator: UInt8(ascii: " ")) }
        guard let column = fields[0].firstIndex(where: { $0.elementsEqual("InDatagrams".utf8) }),
            column < fields[1].count
        else { return nil }
        return UInt64(String(decoding: fields[1][column], as: UTF8.self))
    }

    private static func entry(_ line: ArraySlice<UInt8>) -> Entry? {
        let columns = line.split(separator: UInt8(ascii: " "), maxSplits: 10)
        guard columns.count > 9, let colon = columns[1].lastIndex(of: UInt8(ascii: ":")),
            let port = UInt16(String(decoding: columns[1][(colon + 1)...], as: UTF8.self), radix: 16),
            let queues = columns[4].lastIndex(of: UInt8(ascii: ":")),
            let unread = Int(String(decoding: columns[4][(queues + 1)...], as: UTF8.self), radix: 16),
            let inode = UInt64(String(decoding: columns[9], as: UTF8.self))
        else { return nil }
        return Entry(port: port, unread: unread, inode: inode)
    }
}

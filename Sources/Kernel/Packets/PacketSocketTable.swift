/// The packet sockets of a network namespace, as `/proc/PID/net/packet` lists them (`packet_seq_show`,
/// net/packet/af_packet.c).
public enum PacketSocketTable {
    /// A packet socket.
    public struct Entry: Hashable, Sendable {
        /// The number of the interface that it is bound to; 0 for none.
        public let interface: Int32
        /// Whether it receives; it does not while it is being bound.
        public let isRunning: Bool
        /// How much waits to be read from it, in bytes of the kernel's memory (`Rmem`).
        public let unread: Int
    }

    // A `RefusalSocket` hears of all interfaces, and is not the server's: type, protocol, interface.
    private static let refusals = ["2", "0800", "0"]

    /// The sockets in the text, but for one of ours; lines that do not look as the kernel writes them are passed over.
    public static func parse(_ text: [UInt8]) -> [Entry] {
        text.split(separator: UInt8(ascii: "\n")).dropFirst().compactMap { line in
            let columns = line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
            guard columns.count == 9, let interface = Int32(columns[4]), let unread = Int(columns[6]),
                columns[2...4].elementsEqual(refusals) == false
            else { return nil }
            return Entry(interface: interface, isRunning: columns[5] == "1", unread: unread)
        }
    }
}

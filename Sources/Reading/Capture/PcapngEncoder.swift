/// Writes packets as a capture file for Wireshark and tshark: pcapng (draft-ietf-opsawg-pcapng), in one section.
///
/// The bytes are those of the blocks in their order; numbers are little-endian, which the section header says.
package struct PcapngEncoder {
    /// The blocks of the format (section 11.1 of the draft).
    private enum BlockType: UInt32 {
        case interfaceDescription = 0x0000_0001
        case enhancedPacket = 0x0000_0006
        case sectionHeader = 0x0A0D_0D0A
    }

    /// The options in blocks; a number means something else in each type of block (sections 3.5, 4.1, 4.2, 4.3).
    private enum OptionCode {
        static let end: UInt16 = 0
        static let comment: UInt16 = 1
        static let interfaceName: UInt16 = 2
        static let packetFlags: UInt16 = 2
        static let userApplication: UInt16 = 4
        static let timeResolution: UInt16 = 9
    }

    /// LINKTYPE_ETHERNET.
    private static let ethernet: UInt16 = 1

    /// The interfaces that were described, in the order of their numbers.
    private var interfaces: [String] = []

    /// A file without packets yet.
    package init() {}

    /// What the file begins with.
    package var header: [UInt8] {
        var body: [UInt8] = []
        body.append(littleEndian: 0x1A2B_3C4D as UInt32)
        body.append(littleEndian: 1 as UInt16)
        body.append(littleEndian: 0 as UInt16)
        // How long the section is, is not known beforehand.
        body.append(littleEndian: UInt64.max)
        body.append(option: OptionCode.userApplication, Array("middle-sock recorder".utf8))
        body.append(option: OptionCode.end, [])
        return Self.block(.sectionHeader, body)
    }

    /// The packet: inbound when it came from the LAN, outbound when it went there, with the verdict as its comment.
    ///
    /// Before the first packet of an interface comes the description of the interface.
    package mutating func encode(_ packet: StoredPacket) -> [UInt8] {
        var description: [UInt8] = []
        let interface =
            interfaces.firstIndex(of: packet.interface)
            ?? {
                description = Self.describe(packet.interface)
                interfaces.append(packet.interface)
                return interfaces.count - 1
            }()
        return description + Self.enhancedPacket(packet, interface: UInt32(interface))
    }

    private static func describe(_ interface: String) -> [UInt8] {
        var body: [UInt8] = []
        body.append(littleEndian: ethernet)
        body.append(littleEndian: 0 as UInt16)
        // No limit was set to the length of frames.
        body.append(littleEndian: 0 as UInt32)
        body.append(option: OptionCode.interfaceName, Array(interface.utf8))
        // Millionths of a second.
        body.append(option: OptionCode.timeResolution, [6])
        body.append(option: OptionCode.end, [])
        return block(.interfaceDescription, body)
    }

    private static func enhancedPacket(_ packet: StoredPacket, interface: UInt32) -> [UInt8] {
        let time = UInt64(clamping: packet.capturedAt)
        let isInbound = packet.direction == "to-server"
        var body: [UInt8] = []
        body.append(littleEndian: interface)
        body.append(littleEndian: UInt32(truncatingIfNeeded: time >> 32))
        body.append(littleEndian: UInt32(truncatingIfNeeded: time))
        body.append(littleEndian: UInt32(packet.frame.count))
        body.append(littleEndian: UInt32(packet.frame.count))
        body.append(padded: packet.frame)
        body.append(option: OptionCode.comment, Array(packet.verdict.utf8))
        body.append(option: OptionCode.packetFlags, [isInbound ? 1 : 2, 0, 0, 0])
        body.append(option: OptionCode.end, [])
        return block(.enhancedPacket, body)
    }

    private static func block(_ type: BlockType, _ body: [UInt8]) -> [UInt8] {
        // The type, the body, and the length of all before and behind it.
        let length = UInt32(body.count + 12)
        var block: [UInt8] = []
        block.append(littleEndian: type.rawValue)
        block.append(littleEndian: length)
        block += body
        block.append(littleEndian: length)
        return block
    }
}

extension [UInt8] {
    fileprivate mutating func append(littleEndian number: some FixedWidthInteger & UnsignedInteger) {
        for shift in stride(from: 0, to: number.bitWidth, by: 8) {
            append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    /// Values are filled up with zeros to whole words of 32 bits.
    fileprivate mutating func append(padded value: [UInt8]) {
        self += value
        self += [UInt8](repeating: 0, count: (4 - value.count % 4) % 4)
    }

    fileprivate mutating func append(option code: UInt16, _ value: [UInt8]) {
        let value = value.prefix(Int(UInt16.max))
        append(littleEndian: code)
        append(littleEndian: UInt16(value.count))
        append(padded: Array(value))
    }
}

import Addresses
import Messages
import Packet
import PacketTesting

/// The rules of the relay once more, slowly and on plain arrays, to compare the real decision with.
///
/// The one echo request that is outstanding is the captured one.
struct ReferenceJudge {
    let frame: [UInt8]
    private let host = Station.host.bytes
    private let hostAddress: [UInt8] = [192, 168, 50, 2]
    private let everybody = Array(repeating: UInt8(255), count: 6)

    func passes(_ direction: Direction) -> Bool {
        guard frame.count >= 14 else { return false }
        switch direction {
        case .toServer: return passesFromLAN
        case .toClient: return passesFromServer
        }
    }

    /// How often the frame of a server passes that nobody has asked for anything.
    var unaskedBurst: Int {
        switch part(12, 2) {
        case [8, 6]: 128
        default: frame.count > 23 && frame[23] == 1 ? 64 : 1_000
        }
    }

    private var passesFromLAN: Bool {
        guard part(6, 6) != host, frame[6] & 1 == 0, [host, everybody].contains(part(0, 6)) else { return false }
        switch part(12, 2) {
        case [8, 6]:
            return isARP && part(20, 2) == [0, 2] && part(38, 4) == hostAddress && part(0, 6) == host
        case [8, 0] where frame.count > 23 && frame[23] == 17:
            return isRequest && number(transport + 2) == 67
        case [8, 0]:
            return isIPv4 && isEcho(type: 0) && part(0, 6) == host && part(30, 4) == hostAddress
                && part(26, 4) == [192, 168, 50, 100] && number(transport + 4) == 3852 && number(transport + 6) == 0
        default: return false
        }
    }

    private var passesFromServer: Bool {
        guard part(6, 6) == host, frame[0] & 1 == 0 || part(0, 6) == everybody else { return false }
        switch part(12, 2) {
        case [8, 6]:
            return isARP && part(20, 2) == [0, 1] && part(22, 6) == host && part(28, 4) == hostAddress
        case [8, 0] where frame.count > 23 && frame[23] == 17:
            return isReply && number(transport) == 67 && (part(26, 4) == hostAddress || isFromServerIdentifier)
        case [8, 0]:
            return isIPv4 && isEcho(type: 8) && part(26, 4) == hostAddress
        default: return false
        }
    }

    private var isARP: Bool {
        frame.count >= 42 && part(14, 6) == [0, 1, 8, 0, 6, 4]
    }

    private var hasHeader: Bool { hasAnyHeader && frame[20] & 0x3F == 0 && frame[21] == 0 }

    /// Of a packet or its first fragment.
    private var hasAnyHeader: Bool {
        frame.count >= 34 && frame[14] >= 0x45 && frame[14] <= 0x4F && transport <= frame.count
            && frame[20] & 0x1F == 0 && frame[21] == 0
    }

    private var isWhole: Bool { packetEnd >= transport && packetEnd <= frame.count }

    private var isIPv4: Bool { hasHeader && isWhole && plainChecksum(part(14, transport - 14)) == 0 }

    private func isEcho(type: UInt8) -> Bool {
        frame[23] == 1 && packetEnd - transport >= 8 && part(transport, 2) == [type, 0]
            && plainChecksum(part(transport, packetEnd - transport)) == 0
    }

    /// Whatever its lengths and checksums are worth: a byte that says BOOTREQUEST where the message begins.
    private var isRequest: Bool {
        guard hasHeader else { return false }
        let end = isWhole ? packetEnd : frame.count
        guard end - transport >= 8 else { return false }
        let length = number(transport + 4)
        let isLengthRight = isWhole && length >= 8 && transport + length <= end
        return (isLengthRight ? length : end - transport) > 8 && frame[transport + 8] == 1
    }

    private var isReply: Bool {
        guard hasAnyHeader, isWhole, packetEnd - transport >= 8 else { return false }
        guard frame[20] & 0x20 == 0 else { return packetEnd - transport >= 8 + 44 && frame[transport + 8] == 2 }
        let length = number(transport + 4)
        return length >= 8 + 44 && transport + length <= packetEnd && frame[transport + 8] == 2
    }

    /// Whether it comes from the address by which it names its server.
    private var isFromServerIdentifier: Bool {
        guard frame[20] & 0x20 == 0, !part(26, 4).allSatisfy({ $0 == 0 }), frame[26] < 224 else { return false }
        let payload = part(transport + 8, number(transport + 4) - 8)
        let server = DHCPMessage(ByteView(payload.span.rawBytes))?.serverIdentifier
        return server.map { $0.rawValue.networkBytes == part(26, 4) } ?? false
    }

    private var transport: Int { 14 + Int(frame[14] & 15) * 4 }

    private var packetEnd: Int { 14 + number(16) }

    private func number(_ offset: Int) -> Int { Int(frame[offset]) << 8 | Int(frame[offset + 1]) }

    private func part(_ offset: Int, _ length: Int) -> [UInt8] {
        Array(frame[min(offset, frame.count)..<min(offset + length, frame.count)])
    }
}

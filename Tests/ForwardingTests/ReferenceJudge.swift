import Addresses
import Messages
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
            let targets = [hostAddress, [255, 255, 255, 255], [192, 168, 50, 255]]
            return isIPv4 && isDHCP(operation: 1) && number(transport + 2) == 67 && targets.contains(part(30, 4))
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
            return isIPv4 && isDHCP(operation: 2) && number(transport) == 67 && part(26, 4) == hostAddress
        case [8, 0]:
            return isIPv4 && isEcho(type: 8) && part(26, 4) == hostAddress
        default: return false
        }
    }

    private var isARP: Bool {
        frame.count >= 42 && part(14, 6) == [0, 1, 8, 0, 6, 4]
    }

    private var isIPv4: Bool {
        frame.count >= 34 && frame[14] >= 0x45 && frame[14] <= 0x4F && packetEnd >= transport
            && packetEnd <= frame.count && frame[20] & 0x3F == 0 && frame[21] == 0
            && plainChecksum(part(14, transport - 14)) == 0
    }

    private func isEcho(type: UInt8) -> Bool {
        frame[23] == 1 && packetEnd - transport >= 8 && part(transport, 2) == [type, 0]
            && plainChecksum(part(transport, packetEnd - transport)) == 0
    }

    private func isDHCP(operation: UInt8) -> Bool {
        guard packetEnd - transport >= 8 + 240 else { return false }
        let length = number(transport + 4)
        guard length >= 8 + 240, transport + length <= packetEnd else { return false }
        let pseudoHeader = part(26, 8) + [0, 17] + part(transport + 4, 2)
        guard part(transport + 6, 2) == [0, 0] || plainChecksum(pseudoHeader + part(transport, length)) == 0 else {
            return false
        }
        let message = part(transport + 8, length - 8)
        return message[0] == operation && message[2] <= 16 && Array(message[236..<240]) == [99, 130, 83, 99]
            && hasWholeOptions(message)
    }

    private func hasWholeOptions(_ message: [UInt8]) -> Bool {
        guard var options = split(message[240...]) else { return false }
        let overload = options.first { $0.first == 52 }
        guard overload == nil || overload?.count == 2 else { return false }
        for (bit, field) in [(UInt8(1), 108..<236), (2, 44..<108)] where (overload?[1] ?? 0) & bit != 0 {
            guard let more = split(message[field]) else { return false }
            options += more
        }
        return options.first { $0.first == 53 }.map { $0.count == 2 } ?? true
    }

    /// The options of a field, each with its code and without its length; nothing when one leaves the field.
    private func split(_ field: ArraySlice<UInt8>) -> [[UInt8]]? {
        var options: [[UInt8]] = []
        var rest = field
        while let code = rest.popFirst(), code != 255 {
            guard code != 0 else { continue }
            guard let length = rest.popFirst(), rest.count >= Int(length) else { return nil }
            options.append([code] + rest.prefix(Int(length)))
            rest = rest.dropFirst(Int(length))
        }
        return options
    }

    private var transport: Int { 14 + Int(frame[14] & 15) * 4 }

    private var packetEnd: Int { 14 + number(16) }

    private func number(_ offset: Int) -> Int { Int(frame[offset]) << 8 | Int(frame[offset + 1]) }

    private func part(_ offset: Int, _ length: Int) -> [UInt8] {
        Array(frame[min(offset, frame.count)..<min(offset + length, frame.count)])
    }
}

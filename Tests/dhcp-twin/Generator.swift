import Addresses
import PacketTesting

/// A frame that is sent to both hosts.
struct Request: CustomStringConvertible {
    let description: String
    let frame: [UInt8]
}

/// Makes what clients and relay agents send, honest and odd: the same for the same seed and number, whatever was before.
struct Generator {
    /// Numbers that look random and are the same in every run (SplitMix64).
    private struct Numbers: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var number = state
            number = (number ^ (number >> 30)) &* 0xBF58_476D_1CE4_E5B9
            number = (number ^ (number >> 27)) &* 0x94D0_49BB_1331_11EB
            return number ^ (number >> 31)
        }

        mutating func one<Element>(_ elements: [Element]) -> Element {
            elements[Int.random(in: elements.indices, using: &self)]
        }

        mutating func happens(onceIn count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }
    }

    /// What is odd about a request.
    private enum Oddity: CaseIterable {
        case emptyVendorArea, noVendorArea, shortVendorArea, cutInFile, cutInNames
        case optionPastTheEnd, lengthIsMissing, noEnd, longOptions, manyOptions, typeTwice, typeOfTwoBytes, unknownType
        case overload, overloadPastTheEnd, overloadOfTwoBytes
        case noHardwareAddress, longHardwareAddress, hugeHardwareAddress, otherHardware
        case noChecksum, wrongChecksum, wrongHeaderChecksum, shortLength, longLength
        case addressOptions, otherPort, padding, longPacket, hops, seconds, broadcastFlag, agentInformation
        case directedBroadcast, toTheHost, smallMaximum, largeMaximum, emptyOptions
    }

    private var numbers: Numbers

    /// The requests of one pair: a client that looks for a server and takes what is offered, or something of the kind.
    static func requests(seed: UInt64, number: Int) -> [Request] {
        var mixed = Numbers(state: seed)
        var generator = Generator(numbers: Numbers(state: mixed.next() ^ UInt64(number) &* 0xD6E8_FEB8_6659_FD93))
        return (0...Int.random(in: 0..<3, using: &generator.numbers)).map { _ in generator.request() }
    }

    private mutating func request() -> Request {
        let client = UInt64.random(in: 0..<6, using: &numbers)
        let type = numbers.one([1, 1, 1, 1, 3, 3, 3, 4, 7, 8, 0] as [UInt8])
        let address = IPv4Address(192, 168, 50, 30 + UInt8(client))
        let hardwareAddress = MACAddress(rawValue: 0x0200_5E30_0000 + client)
        var layer =
            type == 0
            ? DHCPLayer(operation: 1, client: hardwareAddress) : .request(type, from: hardwareAddress)
        layer.transactionIdentifier = .random(in: 1...0xFFFF, using: &numbers)
        if client % 2 == 0 { layer = layer.option(61, [1] + hardwareAddress.bytes) }
        if client % 3 == 0 { layer = layer.option(12, Array("client\(client)".utf8)) }
        var isUnicast = false
        switch type {
        case 3 where numbers.happens(onceIn: 3), 7, 8:
            layer.clientAddress = address
            isUnicast = true
        case 3, 4: layer = layer.option(50, address.rawValue.networkBytes)
        default: break
        }
        if type == 7 || type == 4 || (type == 3 && !isUnicast && numbers.happens(onceIn: 2)) {
            layer = layer.option(54, Player.server.rawValue.networkBytes)
        }
        if type != 0 { layer = layer.option(55, [1, 3, 6, 15, 51, 54, 58, 59]) }
        // A relay agent on the LAN brings every fifth.
        let agent = numbers.happens(onceIn: 5) && !isUnicast ? IPv4Address(192, 168, 50, 77) : nil
        if let agent { (layer.relayAddress, layer.hops) = (agent, 1) }
        let oddity = numbers.happens(onceIn: 3) ? nil : numbers.one(Oddity.allCases)
        var wrapping = Wrapping(
            source: agent ?? layer.clientAddress, isUnicast: isUnicast || agent != nil, isFromAgent: agent != nil,
            station: hardwareAddress)
        let payload = oddity.map { apply($0, to: &layer, &wrapping) } ?? layer.bytes
        let name = type == 0 ? "BOOTREQUEST" : "type \(type)"
        return Request(
            description:
                "\(name) of client \(client)\(agent.map { " by \($0)" } ?? "")\(oddity.map { ", \($0)" } ?? "")",
            frame: wrapping.frame(around: payload))
    }

    /// How the message is carried.
    private struct Wrapping {
        var source: IPv4Address
        var isUnicast: Bool
        var isFromAgent: Bool
        var station: MACAddress
        var destination: IPv4Address?
        var port: UInt16?
        var checksum = ChecksumChoice.right
        var headerChecksum = ChecksumChoice.right
        var lengthChange = 0
        var options: [UInt8] = []
        var padding = 60

        func frame(around payload: [UInt8]) -> [UInt8] {
            var datagram = UDPLayer(from: port ?? (isFromAgent ? 67 : 68), to: 67, payload: payload)
            datagram.checksum = checksum
            if lengthChange != 0 { datagram.length = UInt16(clamping: 8 + payload.count + lengthChange) }
            var packet = datagram.ipv4(from: source, to: destination ?? (isUnicast ? Player.server : .broadcast))
            packet.checksum = headerChecksum
            packet.options = options
            return packet.ethernet(from: station, to: isUnicast ? Player.serversHardwareAddress : .broadcast)
                .setting(\.paddedLength, to: padding).bytes
        }
    }

    /// Makes the request odd, and gives the message as it is sent.
    private mutating func apply(_ oddity: Oddity, to layer: inout DHCPLayer, _ wrapping: inout Wrapping) -> [UInt8] {
        switch oddity {
        case .emptyVendorArea: return Array(layer.bytes.prefix(236)) + [UInt8](repeating: 0, count: 64)
        case .noVendorArea: return Array(layer.bytes.prefix(236))
        case .shortVendorArea: return Array(layer.bytes.prefix(239))
        case .cutInFile: return Array(layer.bytes.prefix(200))
        case .cutInNames: return Array(layer.bytes.prefix(60))
        case .optionPastTheEnd: (layer.end, layer.paddedLength) = ([12, 40] + Array("short".utf8), 0)
        case .lengthIsMissing: (layer.end, layer.paddedLength) = ([12], 0)
        case .noEnd: (layer.end, layer.paddedLength) = ([], 0)
        case .longOptions: layer = layer.option(60, Array(repeating: 65, count: 255)).option(60, [66, 67])
        case .manyOptions: layer = (0..<60).reduce(layer) { $0.option(UInt8(200 + $1 % 20), [1]) }
        case .typeTwice: layer = layer.option(53, [1])
        case .typeOfTwoBytes: layer.options = [53, 2, 1, 1] + layer.options.dropFirst(3)
        case .unknownType: layer.options = [53, 1, 250] + layer.options.dropFirst(3)
        case .overload: layer = layer.option(52, [3]).setting(\.file, to: [12, 2, 65, 66, 255])
        case .overloadPastTheEnd: layer = layer.option(52, [1]).setting(\.file, to: [12, 200])
        case .overloadOfTwoBytes: layer = layer.option(52, [1, 1]).setting(\.file, to: [12, 2, 65, 66, 255])
        case .noHardwareAddress: layer.hardwareAddressLength = 0
        case .longHardwareAddress: layer.hardwareAddressLength = 16
        case .hugeHardwareAddress: layer.hardwareAddressLength = numbers.one([17, 20, 255])
        case .otherHardware: layer.hardwareType = numbers.one([0, 6, 32, 255])
        case .noChecksum: wrapping.checksum = .zero
        case .wrongChecksum: wrapping.checksum = .wrong
        case .wrongHeaderChecksum: wrapping.headerChecksum = .wrong
        case .shortLength: wrapping.lengthChange = -40
        case .longLength: wrapping.lengthChange = 40
        case .addressOptions: wrapping.options = [0x94, 4, 0, 0]
        case .otherPort: wrapping.port = 40_000
        case .padding: wrapping.padding = 900
        case .longPacket: layer.paddedLength = 1_400
        case .hops: layer.hops = 200
        case .seconds: layer.secs = 65_535
        case .broadcastFlag: layer.flags = 0x8000
        case .agentInformation: layer = layer.option(82, [1, 4, 1, 2, 3, 4])
        case .directedBroadcast: wrapping.destination = IPv4Address(192, 168, 50, 255)
        case .toTheHost: wrapping.isUnicast = true
        case .smallMaximum: layer = layer.option(57, [0, 100])
        case .largeMaximum:
            // A reply to it leaves in fragments.
            if layer.options.suffix(10).first == 55 { layer.options.removeLast(10) }
            layer = layer.option(57, [15, 160]).option(55, [1, 3] + Array(224...233))
        case .emptyOptions: layer = layer.option(61, []).option(12, []).option(50, [])
        }
        return layer.bytes
    }
}

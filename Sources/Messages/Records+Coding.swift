internal import Addresses

extension RecordBatch {
    init(reading reader: inout FieldReader) throws(MessageError) {
        source = try ComponentName(reading: &reader)
        instance = try reader.integer(UInt64.self)
        sequence = try reader.integer(UInt64.self)
        lost = try reader.integer(UInt32.self)
        var records: [Record] = []
        for _ in 0..<(try reader.integer(UInt16.self)) { records.append(try Record(reading: &reader)) }
        self.records = records
    }

    func write(to bytes: inout [UInt8]) {
        Self.begin(source: source, instance: instance, sequence: sequence, lost: lost, in: &bytes)
        bytes.replaceInteger(at: Self.countPosition, with: UInt16(clamping: records.count))
        for record in records.prefix(Int(UInt16.max)) { record.write(to: &bytes) }
    }

    /// Where the number of records stands in the message.
    static let countPosition = MessageHeader.length + 21

    /// Writes what stands before the records, with their number still 0.
    static func begin(
        source: ComponentName, instance: UInt64, sequence: UInt64, lost: UInt32, in bytes: inout [UInt8]
    ) {
        bytes.append(source.rawValue)
        bytes.appendInteger(instance)
        bytes.appendInteger(sequence)
        bytes.appendInteger(lost)
        bytes.appendInteger(UInt16(0))
    }
}

extension Record {
    fileprivate enum Code {
        static let packet: UInt8 = 1
        static let start: UInt8 = 2
        static let event: UInt8 = 3
        static let drops: UInt8 = 4
        static let flow: UInt8 = 5
    }

    init(reading reader: inout FieldReader) throws(MessageError) {
        switch try reader.integer(UInt8.self) {
        case Code.packet: self = .packet(try PacketRecord(reading: &reader))
        case Code.start: self = .start(try StartRecord(reading: &reader))
        case Code.event: self = .event(try EventRecord(reading: &reader))
        case Code.drops: self = .drops(try DropRecord(reading: &reader))
        case Code.flow: self = .flow(try FlowRecord(reading: &reader))
        default: throw .invalidField("record")
        }
    }

    func write(to bytes: inout [UInt8]) {
        switch self {
        case .packet(let packet):
            let head = PacketHead(
                capturedAt: packet.capturedAt, interface: packet.interface, direction: packet.direction,
                verdict: packet.verdict, frameLength: packet.frame.count)
            head.write(to: &bytes)
            bytes.append(contentsOf: packet.frame.prefix(Int(UInt16.max)))
        case .start(let start):
            bytes.append(Code.start)
            start.write(to: &bytes)
        case .event(let event):
            bytes.append(Code.event)
            bytes.appendInteger(event.happenedAt)
            bytes.appendText(event.kind)
            bytes.appendText(event.detail)
        case .drops(let drops):
            bytes.append(Code.drops)
            drops.write(to: &bytes)
        case .flow(let flow):
            bytes.append(Code.flow)
            flow.write(to: &bytes)
        }
    }
}

/// What stands before the frame in the record of a packet.
///
/// It is made for each frame that the relay carries: in place, and of few words.
struct PacketHead {
    /// How many bytes it has.
    static let length = 29

    private var bytes = InlineArray<29, UInt8>(repeating: 0)

    init(capturedAt: UInt64, interface: InterfaceName, direction: Direction, verdict: Verdict, frameLength: Int) {
        bytes[0] = Record.Code.packet
        bytes[25] = direction.rawValue
        bytes[26] = verdict.rawValue
        var span = bytes.mutableSpan
        // Any bits are a byte.
        var fields = unsafe span.mutableBytes
        fields.store(capturedAt, at: 1)
        fields.store(interface.field.first, at: 9)
        fields.store(interface.field.last, at: 17)
        fields.store(UInt16(clamping: frameLength), at: 27)
    }

    /// The bytes.
    var span: RawSpan {
        @_lifetime(borrow self)
        borrowing get { unsafe bytes.span.bytes }
    }

    func write(to array: inout [UInt8]) {
        for index in bytes.indices { array.append(bytes[index]) }
    }
}

extension MutableRawSpan {
    /// Stores a number in network byte order.
    @_lifetime(self: copy self)
    fileprivate mutating func store<Number: FixedWidthInteger & BitwiseCopyable>(_ number: Number, at offset: Int) {
        storeBytes(of: number.bigEndian, toByteOffset: offset, as: Number.self)
    }
}

extension PacketRecord {
    init(reading reader: inout FieldReader) throws(MessageError) {
        capturedAt = try reader.integer(UInt64.self)
        interface = try reader.interfaceName()
        guard let direction = try Direction(rawValue: reader.integer(UInt8.self)) else {
            throw .invalidField("direction")
        }
        guard let verdict = try Verdict(rawValue: reader.integer(UInt8.self)) else { throw .invalidField("verdict") }
        self.direction = direction
        self.verdict = verdict
        frame = try reader.bytes(count: Int(reader.integer(UInt16.self)))
    }
}

extension StartRecord {
    /// A duration that was not measured.
    private static let unknown = UInt32.max

    init(reading reader: inout FieldReader) throws(MessageError) {
        startedAt = try reader.integer(UInt64.self)
        serverPID = try reader.integer(UInt32.self)
        phases.discovery = try Self.duration(&reader)
        phases.namespace = try Self.duration(&reader)
        phases.link = try Self.duration(&reader)
        phases.spawn = try Self.duration(&reader)
        phases.ready = try Self.duration(&reader)
        phases.total = try Self.duration(&reader)
        uplink = try reader.text("uplink")
        outcome = try reader.text("outcome")
        serverCommand = try reader.text("server command")
    }

    private static func duration(_ reader: inout FieldReader) throws(MessageError) -> UInt32? {
        let microseconds = try reader.integer(UInt32.self)
        return microseconds == unknown ? nil : microseconds
    }

    func write(to bytes: inout [UInt8]) {
        bytes.appendInteger(startedAt)
        bytes.appendInteger(serverPID)
        for duration in phases.durations { bytes.appendInteger(duration ?? Self.unknown) }
        bytes.appendText(uplink)
        bytes.appendText(outcome)
        bytes.appendText(serverCommand)
    }
}

extension DropRecord {
    init(reading reader: inout FieldReader) throws(MessageError) {
        countedAt = try reader.integer(UInt64.self)
        interface = try reader.interfaceName()
        guard let direction = try Direction(rawValue: reader.integer(UInt8.self)) else {
            throw .invalidField("direction")
        }
        self.direction = direction
        count = try reader.integer(UInt32.self)
        reason = try reader.text("reason")
    }

    func write(to bytes: inout [UInt8]) {
        bytes.appendInteger(countedAt)
        bytes.appendInterfaceName(interface)
        bytes.append(direction.rawValue)
        bytes.appendInteger(count)
        bytes.appendText(reason)
    }
}

extension EventRecord {
    init(reading reader: inout FieldReader) throws(MessageError) {
        happenedAt = try reader.integer(UInt64.self)
        kind = try reader.text("kind")
        detail = try reader.text("detail")
    }
}

internal import Addresses

extension FlowOrder {
    init(reading reader: inout FieldReader) throws(MessageError) {
        number = try reader.integer(UInt64.self)
        start = try reader.integer(UInt32.self)
        door = try reader.integer(UInt8.self)
        kind = try FlowKind(reading: &reader)
        limit = try reader.integer(UInt16.self)
        idle = try reader.integer(UInt32.self)
        guard limit > 0 else { throw .invalidField("limit") }
    }

    func write(to bytes: inout [UInt8]) {
        bytes.appendInteger(number)
        bytes.appendInteger(start)
        bytes.append(door)
        bytes.append(kind.rawValue)
        bytes.appendInteger(limit)
        bytes.appendInteger(idle)
    }
}

extension FlowEnd {
    init(reading reader: inout FieldReader) throws(MessageError) {
        number = try reader.integer(UInt64.self)
        bytesToServer = try reader.integer(UInt64.self)
        bytesFromServer = try reader.integer(UInt64.self)
        ending = try FlowEnding(reading: &reader)
    }

    func write(to bytes: inout [UInt8]) {
        bytes.appendInteger(number)
        bytes.appendInteger(bytesToServer)
        bytes.appendInteger(bytesFromServer)
        bytes.append(ending.rawValue)
    }
}

extension FlowRecord {
    init(reading reader: inout FieldReader) throws(MessageError) {
        beganAt = try reader.integer(UInt64.self)
        duration = try reader.integer(UInt64.self)
        kind = try FlowKind(reading: &reader)
        peer = try reader.address()
        peerPort = try reader.integer(UInt16.self)
        bytesToServer = try reader.integer(UInt64.self)
        bytesFromServer = try reader.integer(UInt64.self)
        ending = try FlowEnding(reading: &reader)
        door = try reader.text("door")
    }

    func write(to bytes: inout [UInt8]) {
        bytes.appendInteger(beganAt)
        bytes.appendInteger(duration)
        bytes.append(kind.rawValue)
        bytes.appendInteger(peer.rawValue)
        bytes.appendInteger(peerPort)
        bytes.appendInteger(bytesToServer)
        bytes.appendInteger(bytesFromServer)
        bytes.append(ending.rawValue)
        bytes.appendText(door)
    }
}

extension FlowKind {
    init(reading reader: inout FieldReader) throws(MessageError) {
        guard let kind = try Self(rawValue: reader.integer(UInt8.self)) else { throw .invalidField("kind of flow") }
        self = kind
    }
}

extension FlowEnding {
    init(reading reader: inout FieldReader) throws(MessageError) {
        guard let ending = try Self(rawValue: reader.integer(UInt8.self)) else { throw .invalidField("ending") }
        self = ending
    }
}

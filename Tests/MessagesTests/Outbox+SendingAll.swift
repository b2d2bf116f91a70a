import Messages

extension Outbox {
    /// Takes everything that may be sent now.
    mutating func sendAll() throws -> [RecordBatch] {
        var batches: [RecordBatch] = []
        while let datagram = takeDatagram() {
            guard case .records(let batch) = try Message(decoding: datagram) else { break }
            batches.append(batch)
        }
        return batches
    }

    /// Takes the next datagram.
    mutating func takeDatagram() -> [UInt8]? {
        var datagram: [UInt8]?
        sendNext {
            datagram = unsafe $0.withUnsafeBytes { unsafe [UInt8]($0) }
            return true
        }
        return datagram
    }
}

extension [RecordBatch] {
    /// When the events in them happened, which tells one from another here.
    var times: [UInt64] {
        flatMap(\.records).compactMap { if case .event(let event) = $0 { event.happenedAt } else { nil } }
    }
}

extension Record {
    /// An event that happened at `number`, with so many bytes of detail.
    static func event(_ number: Int, length: Int) -> Record {
        .event(EventRecord(happenedAt: UInt64(number), kind: "number", detail: String(repeating: "x", count: length)))
    }
}

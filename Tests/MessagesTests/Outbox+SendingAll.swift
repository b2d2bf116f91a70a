import Messages

extension Outbox {
    /// Takes everything that may be sent now.
    mutating func sendAll() throws -> [RecordBatch] {
        var batches: [RecordBatch] = []
        while let datagram = nextDatagram() {
            guard case .records(let batch) = try Message(decoding: datagram) else { break }
            markSent()
            batches.append(batch)
        }
        return batches
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

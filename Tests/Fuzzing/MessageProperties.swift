import Messages

/// A datagram is one message exactly or none.
enum MessageProperties {
    static func check(_ datagram: [UInt8]) {
        checkAsBody(datagram)
        guard let message = try? Message(decoding: datagram) else { return }
        check(message, of: datagram)
    }

    /// The same behind a header that is right, which libFuzzer would have to find for every length: the first byte says
    /// of which kind.
    private static func checkAsBody(_ bytes: [UInt8]) {
        guard let kind = bytes.first else { return }
        let length = UInt32(12 + bytes.count - 1)
        let header: [UInt8] = [
            0x4D, 0x53, 0x4F, 0x4B, 1, kind, 0, 0, 0, UInt8(length >> 16 & 0xFF), UInt8(length >> 8 & 0xFF),
            UInt8(length & 0xFF),
        ]
        let datagram = header + bytes.dropFirst()
        guard let message = try? Message(decoding: datagram) else { return }
        check(message, of: datagram)
    }

    private static func check(_ message: Message, of datagram: [UInt8]) {
        let encoded = message.encoded()
        require(encoded == datagram, "a message has one form only")
        require((try? Message(decoding: encoded)) == message, "what is written is what is read")
        require(datagram[5] == message.kind.rawValue, "the kind is the header's")
        if case .records(let batch) = message { checkOutbox(batch.records) }
    }

    /// Every record comes out of an outbox again, or is counted as lost.
    private static func checkOutbox(_ records: [Record]) {
        var outbox = Outbox(source: .relay, instance: 7, capacity: 2, batchLength: 512)
        for record in records { append(record, to: &outbox) }
        var received: [Record] = []
        var lost: UInt32 = 0
        var datagram: [UInt8] = []
        let take = { (bytes: RawSpan) in
            datagram = unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) }
            return true
        }
        while outbox.sendNext(by: take) {
            guard case .records(let batch)? = try? Message(decoding: datagram) else {
                return require(false, "an outbox writes batches")
            }
            received += batch.records
            lost += batch.lost
            outbox.accept(Acknowledgement(instance: 7, sequence: batch.sequence))
        }
        require(received.count + Int(lost) == records.count, "stored and lost are all there is")
        require(UInt64(lost) == outbox.lost, "what was lost is told")
        require(outbox.pending == 0, "what was acknowledged is forgotten")
        if lost == 0 { require(received == records, "records keep their order") }
    }

    private static func append(_ record: Record, to outbox: inout Outbox) {
        guard case .packet(let packet) = record else { return outbox.append(record) }
        unsafe outbox.append(
            packet.frame.span.bytes, capturedAt: packet.capturedAt, interface: packet.interface,
            direction: packet.direction, verdict: packet.verdict)
    }
}

import Addresses
import Messages
import Testing

@Suite("What a component keeps for the recorder")
struct OutboxTests {
    private func event(_ number: Int) -> Record { .event(number, length: 100) }

    @Test func `records gather in one batch until it is sent`() throws {
        var outbox = Outbox(source: .relay, instance: 5)
        for number in 1...3 { outbox.append(event(number)) }
        let batches = try outbox.sendAll()
        #expect(batches.map(\.sequence) == [1] && batches.first?.instance == 5)
        #expect(batches.times == [1, 2, 3])
        #expect(try outbox.sendAll().isEmpty)
        #expect(outbox.pending == 3)
        outbox.accept(Acknowledgement(instance: 5, sequence: 1))
        #expect(outbox.pending == 0)
    }

    @Test func `a batch that could not be sent grows on`() throws {
        var outbox = Outbox(source: .relay, instance: 5)
        outbox.append(event(1))
        #expect(!outbox.sendNext { _ in false })
        outbox.append(event(2))
        let batches = try outbox.sendAll()
        #expect(batches.map(\.sequence) == [1] && batches.times == [1, 2])
    }

    @Test func `what is not acknowledged is sent again, with the same numbers`() throws {
        var outbox = Outbox(source: .relay, instance: 5)
        for number in 1...3 {
            outbox.append(event(number))
            _ = try outbox.sendAll()
        }
        outbox.accept(Acknowledgement(instance: 5, sequence: 1))
        outbox.append(event(4))
        outbox.resendUnacknowledged()
        let batches = try outbox.sendAll()
        #expect(batches.map(\.sequence) == [2, 3, 4] && batches.times == [2, 3, 4])
    }

    @Test func `an acknowledgement of another instance or of what was not sent changes nothing`() throws {
        var outbox = Outbox(source: .relay, instance: 5)
        outbox.append(event(1))
        outbox.accept(Acknowledgement(instance: 5, sequence: 1))
        #expect(outbox.pending == 1)
        _ = try outbox.sendAll()
        outbox.accept(Acknowledgement(instance: 6, sequence: 1))
        #expect(outbox.pending == 1)
    }

    @Test func `only as many batches as the window are under way`() throws {
        var outbox = Outbox(source: .relay, instance: 5, capacity: 16, batchLength: 256, window: 2)
        for number in 1...8 { outbox.append(event(number)) }
        #expect(try outbox.sendAll().map(\.sequence) == [1, 2])
        outbox.accept(Acknowledgement(instance: 5, sequence: 1))
        #expect(try outbox.sendAll().map(\.sequence) == [3])
    }

    @Test func `stored and lost add up to what happened, however slow the recorder is`() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            var outbox = Outbox(source: .relay, instance: 5, capacity: 4, batchLength: 400, window: 2)
            var stored: [RecordBatch] = []
            for number in 1...200 {
                outbox.append(event(number))
                guard Bool.random(using: &generator) else { continue }
                if Int.random(in: 0..<10, using: &generator) == 0 { outbox.resendUnacknowledged() }
                for batch in try outbox.sendAll() where batch.sequence == (stored.last?.sequence ?? 0) + 1 {
                    stored.append(batch)
                }
                guard Int.random(in: 0..<4, using: &generator) == 0, let last = stored.last else { continue }
                outbox.accept(Acknowledgement(instance: 5, sequence: last.sequence))
            }
            while outbox.pending > 0 || stored.reduce(0, { $0 + UInt64($1.lost) }) < outbox.lost {
                for batch in try outbox.sendAll() where batch.sequence == (stored.last?.sequence ?? 0) + 1 {
                    stored.append(batch)
                }
                outbox.accept(Acknowledgement(instance: 5, sequence: try #require(stored.last).sequence))
            }
            let lost = stored.reduce(0) { $0 + UInt64($1.lost) }
            #expect(lost == outbox.lost && UInt64(stored.times.count) + lost == 200)
            #expect(stored.times == stored.times.sorted())
        }
    }

    @Test func `a packet is stored byte for byte, and one that is too long is counted`() throws {
        var outbox = Outbox(source: .relay, instance: 5, batchLength: 2_048)
        let interface = try #require(InterfaceName("ens34"))
        let frame = (0..<1_000).map { UInt8(truncatingIfNeeded: $0) }
        for bytes in [frame, frame + frame + frame] {
            unsafe outbox.append(
                bytes.span.bytes, capturedAt: 9, interface: interface, direction: .toServer, verdict: .forwarded)
        }
        let packet = PacketRecord(
            capturedAt: 9, interface: interface, direction: .toServer, verdict: .forwarded, frame: frame)
        #expect(try outbox.sendAll().flatMap(\.records) == [.packet(packet)])
        #expect(outbox.lost == 1)
    }
}

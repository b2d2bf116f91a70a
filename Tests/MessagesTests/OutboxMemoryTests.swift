import Testing

@testable import Messages

@Suite("What an outbox leaves to the next process")
struct OutboxMemoryTests {
    /// Memory for eight batches of 256 bytes: each has room for one of the records here, or two.
    @safe
    private final class Space {
        let bytes: UnsafeMutableRawBufferPointer
        var memory: OutboxMemory { unsafe OutboxMemory(bytes, of: self, capacity: 8, batchLength: 256) }
        /// What stands before the places.
        var words: UnsafeMutableRawBufferPointer { unsafe .init(rebasing: bytes.dropLast(8 * 256)) }

        init() {
            unsafe bytes = .allocate(
                byteCount: OutboxMemory.length(capacity: 8, batchLength: 256), alignment: 8)
            unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0)
        }

        deinit { unsafe bytes.deallocate() }
    }

    private let space = Space()

    private func outbox(_ instance: UInt64) -> Outbox {
        Outbox(source: .relay, instance: instance, capacity: 8, batchLength: 256)
    }

    private func event(_ number: Int) -> Record { .event(number, length: 70) }

    @Test func `a successor goes on under the same numbers, whatever was sent, acknowledged or not sent yet`() throws {
        var killed = outbox(5)
        killed.keep(in: space.memory)
        for number in 1...3 {
            killed.append(event(number))
            _ = try killed.sendAll()
        }
        killed.accept(Acknowledgement(instance: 5, sequence: 1))
        for number in 4...6 { killed.append(event(number)) }
        var successor = outbox(6)
        successor.append(event(100))
        #expect(successor.keep(in: space.memory) == 5)
        let batches = try successor.sendAll()
        #expect(batches.allSatisfy { $0.instance == 5 && $0.lost == 0 })
        #expect(batches.map(\.sequence) == [2, 3, 4, 5, 6] && batches.times == [2, 3, 4, 5, 6, 100])
        successor.accept(Acknowledgement(instance: 5, sequence: 6))
        #expect(successor.pending == 0)
    }

    @Test func `round and round, one killed after the other, nothing is lost and nothing comes twice`() throws {
        var received: [UInt64: [UInt64]] = [:]
        for life in 1...40 as ClosedRange<Int> {
            var outbox = outbox(UInt64(life))
            outbox.append(event(life * 10))
            outbox.keep(in: space.memory)
            outbox.append(event(life * 10 + 1))
            guard life % 3 > 0 else { continue }
            for batch in try outbox.sendAll() {
                let known = received.updateValue([batch].times, forKey: batch.sequence)
                #expect(known == nil || known == [batch].times)
            }
            guard life % 3 == 1, let last = received.keys.max() else { continue }
            outbox.accept(Acknowledgement(instance: 1, sequence: last))
            outbox.append(event(life * 10 + 2))
        }
        let all: [UInt64] = received.keys.sorted().flatMap { received[$0] ?? [] }
        var expected: [UInt64] = []
        for life in 1...40 as ClosedRange<UInt64> {
            expected += [life * 10, life * 10 + 1]
            if life % 3 == 1, life < 40 { expected.append(life * 10 + 2) }
        }
        #expect(all == expected)
    }

    @Test func `what was lost or in hand is counted by the successor`() throws {
        var killed = outbox(5)
        killed.keep(in: space.memory)
        for number in 1...20 { killed.append(event(number)) }
        #expect(killed.lost == 4)
        killed.note(inHand: 3)
        var successor = outbox(6)
        #expect(successor.keep(in: space.memory) == 16)
        #expect(successor.lost == 7)
        let sent = try successor.sendAll()
        #expect(sent.allSatisfy { $0.lost == 0 })
        successor.accept(Acknowledgement(instance: 5, sequence: 8))
        #expect(try successor.sendAll().map(\.lost) == [7])
        // Counted once.
        var third = outbox(7)
        third.keep(in: space.memory)
        #expect(third.lost == 0)
    }

    @Test func `memory that comes later gets what is there, and a relay that goes on takes nothing over`() throws {
        var outbox = outbox(5)
        outbox.append(event(1))
        _ = try outbox.sendAll()
        outbox.append(event(2))
        #expect(outbox.keep(in: space.memory) == 0)
        #expect(outbox.keep(in: space.memory) == 0)
        var successor = self.outbox(6)
        #expect(successor.keep(in: space.memory) == 2)
        #expect(try successor.sendAll().times == [1, 2])
    }

    @Test(arguments: [UInt64(0), 1, 2, 3], ["everywhere", "words", "places"])
    func `memory full of anything is not taken for batches, and works`(seed: UInt64, part: String) throws {
        var killed = outbox(5)
        killed.keep(in: space.memory)
        for number in 1...16 { killed.append(event(number)) }
        let length = unsafe space.words.count
        let parts = ["words": 0..<length, "places": length..<length + 8 * 256]
        var state = seed
        for offset in unsafe parts[part] ?? space.bytes.indices {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            unsafe space.bytes[offset] = UInt8(truncatingIfNeeded: state >> 33)
        }
        var first = outbox(6)
        #expect(first.keep(in: space.memory) == 0)
        first.append(event(17))
        var second = outbox(7)
        #expect(second.keep(in: space.memory) == 1)
        #expect(try second.sendAll().times == [17])
    }

    @Test func `batches of two outboxes are not taken for one`() throws {
        var one = outbox(5)
        one.keep(in: space.memory)
        for number in 1...4 { one.append(event(number)) }
        let other = Space()
        var two = outbox(6)
        two.keep(in: other.memory)
        for number in 1...4 { two.append(event(number)) }
        space.memory.take(1, from: other.memory)
        var successor = outbox(7)
        #expect(successor.keep(in: space.memory) == 0)
    }

    @Test func `batches between which one is missing are not taken for those of one outbox`() throws {
        var killed = outbox(5)
        killed.keep(in: space.memory)
        for number in 1...6 { killed.append(event(number)) }
        space.memory.clear(1)
        var successor = outbox(6)
        #expect(successor.keep(in: space.memory) == 0)
    }

    @Test func `batches of another component are not taken over`() throws {
        var agent = Outbox(source: .netnsAgent, instance: 5, capacity: 8, batchLength: 256)
        agent.keep(in: space.memory)
        agent.append(event(1))
        var relay = outbox(6)
        #expect(relay.keep(in: space.memory) == 0)
    }

    @Test func `a batch is held once: the memory that was given has the datagram that is sent`() throws {
        var outbox = outbox(5)
        outbox.append(event(1))
        outbox.keep(in: space.memory)
        outbox.append(event(2))
        let sent = outbox.takeDatagram()
        let datagram = try #require(sent)
        #expect(unsafe Array(space.bytes).contains(datagram))
    }

    @Test func `a batch that was stored leaves its place to the next`() throws {
        var outbox = outbox(5)
        outbox.keep(in: space.memory)
        for number in 1...20 {
            outbox.append(event(number))
            #expect(try outbox.sendAll().times == [UInt64(number)])
            outbox.accept(Acknowledgement(instance: 5, sequence: UInt64(number)))
        }
        #expect(unsafe space.bytes.count { $0 != 0 } < 256)
    }

    @Test func `the word alone says what a batch has, whatever was written when the process was killed`() throws {
        var killed = outbox(5)
        killed.keep(in: space.memory)
        killed.append(event(1))
        killed.sendNext { _ in false }
        let words = unsafe Array(space.words)
        killed.append(event(2))
        let other = Space()
        unsafe other.bytes.copyMemory(from: UnsafeRawBufferPointer(space.bytes))
        unsafe other.words.copyBytes(from: words)
        for (space, times) in [(space, [1, 2]), (other, [1])] {
            var successor = outbox(6)
            #expect(successor.keep(in: space.memory) == times.count)
            #expect(try successor.sendAll().times == times.map(UInt64.init))
        }
    }

    @Test func `what was lost before the memory came is told behind what was left`() throws {
        var killed = outbox(5)
        killed.keep(in: space.memory)
        killed.append(event(1))
        var successor = outbox(6)
        successor.append(.event(2, length: 256))
        successor.append(event(3))
        #expect(successor.keep(in: space.memory) == 1)
        let batches = try successor.sendAll()
        #expect(batches.times == [1, 3] && batches.map(\.lost) == [0, 1] && successor.lost == 1)
    }

    @Test func `a number behind which there are too few is not taken over`() throws {
        let batch = RecordBatch(source: .relay, instance: 5, sequence: .max - 1, lost: 0, records: [event(1)])
        let message = Message.records(batch).encoded()
        space.memory.add(unsafe message.span.bytes, records: 1, to: 0)
        var successor = outbox(6)
        #expect(successor.keep(in: space.memory) == 0)
        for number in 2...5 { successor.append(event(number)) }
        #expect(try successor.sendAll().map(\.sequence) == [1, 2])
    }
}

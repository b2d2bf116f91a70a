import Addresses
import Testing

@testable import Messages

/// What is thrown away last.
@Suite struct EvidenceTests {
    private let interface = InterfaceName("ens34")

    /// 8 places, 3 of them for evidence, with room for one frame each.
    private func outbox() -> Outbox {
        Outbox(source: .relay, instance: 5, capacity: 8, reserve: 3, batchLength: 256, window: 8)
    }

    /// The numbers of the frames in batches.
    private func numbers(_ batches: [RecordBatch]) -> [UInt64] {
        batches.flatMap(\.records).compactMap { record in
            if case .packet(let packet) = record { packet.capturedAt } else { nil }
        }
    }

    /// A frame that tells its number.
    private func add(
        _ number: UInt64, to outbox: inout Outbox, isEvidence: Bool = false, key: UInt64? = nil
    ) throws {
        let frame = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 150)
        outbox.append(
            unsafe frame.span.bytes, capturedAt: number, interface: try #require(interface), direction: .toServer,
            verdict: .forwarded, isEvidence: isEvidence, key: key)
    }

    @Test func `when places are short evidence has those that are kept for it, and in its order`() throws {
        var outbox = outbox()
        for number in UInt64(1)...7 { try add(number, to: &outbox) }
        #expect(outbox.lost == 2 && outbox.evidenceLost == 0)
        for number in UInt64(8)...10 {
            try add(number, to: &outbox, isEvidence: true)
            try add(100 + number, to: &outbox)
        }
        #expect(outbox.lost == 5 && outbox.evidenceLost == 0)
        let batches = try outbox.sendAll()
        #expect(numbers(batches) == [1, 2, 3, 4, 5, 8, 9, 10])
        #expect(batches.map(\.lost) == [0, 0, 0, 0, 0, 2, 1, 1])
    }

    @Test func `where evidence is lost too, that is an event of its own, and all losses are counted once`() throws {
        var outbox = outbox()
        for number in UInt64(1)...12 { try add(number, to: &outbox, isEvidence: true) }
        #expect(outbox.lost == 4 && outbox.evidenceLost == 4)
        let sent = try outbox.sendAll()
        #expect(numbers(sent) == [1, 2, 3, 4, 5, 6, 7, 8])
        outbox.accept(Acknowledgement(instance: 5, sequence: 8))
        let told = try outbox.sendAll()
        #expect(told.map(\.lost) == [4])
        #expect(
            told.flatMap(\.records)
                == [.event(EventRecord(happenedAt: 9, kind: "lease-records-lost", detail: "4 records"))])
        #expect(outbox.lost == 4)
    }

    @Test func `a request that was set aside is evidence when its reply is seen`() throws {
        var outbox = outbox()
        for number in UInt64(1)...5 { try add(number, to: &outbox) }
        for number in UInt64(6)...9 { try add(number, to: &outbox, key: number * 1_000_003) }
        #expect(outbox.lost == 0 && outbox.pending == 9 && outbox.hasSetAside)
        outbox.recall(7 * 1_000_003)
        outbox.recall(99)
        try add(10, to: &outbox, isEvidence: true)
        #expect(outbox.pending == 10)
        #expect(try numbers(outbox.sendAll()) == [1, 2, 3, 4, 5, 7, 10])
    }

    @Test func `requests that were set aside are added when there is room, and none is counted as lost`() throws {
        var outbox = outbox()
        for number in UInt64(1)...5 { try add(number, to: &outbox) }
        for number in UInt64(6)...8 { try add(number, to: &outbox, key: number) }
        #expect(try numbers(outbox.sendAll()) == [1, 2, 3, 4, 5])
        outbox.accept(Acknowledgement(instance: 5, sequence: 2))
        #expect(outbox.isEmpty == false)
        #expect(try numbers(outbox.sendAll()) == [6, 7])
        outbox.accept(Acknowledgement(instance: 5, sequence: 7))
        #expect(try numbers(outbox.sendAll()) == [8])
        outbox.accept(Acknowledgement(instance: 5, sequence: 8))
        #expect(outbox.isEmpty && outbox.lost == 0)
    }

    @Test func `who comes after one that was killed counts what was set aside as lost`() throws {
        let bytes = UnsafeMutableRawBufferPointer.allocate(
            byteCount: OutboxMemory.length(capacity: 8, batchLength: 256), alignment: 8)
        unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0)
        defer { unsafe bytes.deallocate() }
        let memory = unsafe OutboxMemory(bytes, of: NothingToKeep(), capacity: 8, batchLength: 256)
        var killed = outbox()
        killed.keep(in: memory)
        for number in UInt64(1)...5 { try add(number, to: &killed) }
        for number in UInt64(6)...8 { try add(number, to: &killed, key: number) }
        killed.note(inHand: 2)
        var successor = outbox()
        #expect(successor.keep(in: memory) == 5)
        #expect(successor.lost == 5)
    }

    private final class NothingToKeep {}
}

/// The ring of requests that were set aside.
@Suite struct SetAsideTests {
    /// What was set aside last is there, whatever was before; what was not found counts as gone.
    @Test(arguments: 0..<20)
    func `whatever comes, the latest are there and the others are counted`(seed: UInt64) {
        let ring = SetAsideRequests(capacity: 4_096)
        var random = seed &* 2_654_435_761 &+ 1
        func next(_ bound: UInt64) -> UInt64 {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (random >> 33) % bound
        }
        var (added, gone, taken) = (0, 0, 0)
        for number in 0..<500 as Range<UInt64> {
            let frame = [UInt8](repeating: UInt8(number % 256), count: Int(next(700)))
            let head = [7, UInt8(number % 256)]
            gone += ring.add(number, unsafe head.span.bytes, unsafe frame.span.bytes)
            added += 1
            let wanted = next(3) == 0 ? number : number &- next(3)
            ring.take(wanted) { record in
                let bytes = unsafe record.withUnsafeBytes { unsafe [UInt8]($0) }
                #expect(bytes.first == 7 && bytes.dropFirst().allSatisfy { $0 == UInt8(wanted % 256) })
                taken += 1
                return true
            }
            #expect(added == gone + taken + ring.count, "seed \(seed)")
        }
        var last: [UInt8] = []
        ring.takeAll { record in
            last.append(unsafe record.withUnsafeBytes { unsafe $0[1] })
            return true
        }
        #expect(ring.count == 0 && added == gone + taken + last.count)
        #expect(!last.isEmpty)
    }
}

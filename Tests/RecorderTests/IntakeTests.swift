import Kernel
import LeaseStore
import Messages
import Testing

@testable import recorder

@Suite struct IntakeTests {
    private var intake = Intake()

    private func bytes(_ sequence: UInt64 = 1, of source: ComponentName = .relay, records: Int = 0) -> [UInt8] {
        let event = Record.event(EventRecord(happenedAt: 1, kind: "tested", detail: ""))
        return Message.records(
            RecordBatch(
                source: source, instance: 7, sequence: sequence, lost: 0,
                records: Array(repeating: event, count: records))
        ).encoded()
    }

    private func status(_ name: String) -> String? {
        intake.status(
            database: "/db", networks: nil, channels: [.relay, .netnsAgent], refusedElsewhere: 10, at: 9_000_000)[name]
    }

    @Test mutating func `batches wait in their order until they are stored`() {
        intake.take(bytes(1, records: 3), isWhole: true, from: .relay)
        intake.take(bytes(2, records: 4), isWhole: true, from: .relay)
        #expect(intake.batches.map(\.batch.sequence) == [1, 2])
        #expect(status("batches-waiting") == "2")
        intake.markStored()
        #expect(intake.isEmpty)
        #expect(status("batches-stored") == "2" && status("records-stored") == "7")
    }

    @Test mutating func `what comes in a storm is kept, and what comes after it too, until all is stored`() {
        intake = Intake(backlogLimit: 200)
        #expect(intake.way(inStorm: false) == .store)
        #expect(intake.way(inStorm: true) == .keep)
        intake.take(bytes(1, records: 3), isWhole: true, from: .relay)
        let length = Int64(intake.bytes)
        #expect(length == Int64(bytes(1, records: 3).count))
        intake.markKept(in: Backlog(bytes: length, batches: 1, oldest: 2_000_000))
        #expect(intake.isEmpty && intake.bytes == 0)
        #expect(status("backlog-bytes") == "\(length)" && status("backlog-age-ms") == "7000")
        #expect(status("batches-stored") == "0" && status("records-stored") == "0")
        #expect(intake.way(inStorm: false) == .keep)
        intake.markStored(3, leaving: .none)
        #expect(status("batches-stored") == "1" && status("records-stored") == "3")
        #expect(status("backlog-bytes") == "0" && status("backlog-age-ms") == "0")
        #expect(intake.way(inStorm: false) == .store)
    }

    @Test mutating func `what the backlog has no room for waits, or is stored where nothing is before it`() {
        let length = Int64(bytes(1, records: 3).count)
        intake = Intake(backlogLimit: 2 * length)
        intake.take(bytes(1, records: 3), isWhole: true, from: .relay)
        intake.backlog = Backlog(bytes: length, batches: 1, oldest: 1)
        #expect(intake.way(inStorm: true) == .keep)
        intake.backlog = Backlog(bytes: length + 1, batches: 1, oldest: 1)
        #expect(intake.way(inStorm: true) == .wait)
        #expect(intake.way(inStorm: false) == .wait)
        intake = Intake(backlogLimit: length - 1)
        intake.take(bytes(1, records: 3), isWhole: true, from: .relay)
        #expect(intake.way(inStorm: true) == .store)
    }

    @Test mutating func `what is no batch of that component is counted and dropped`() {
        intake.take(bytes(), isWhole: false, from: .relay)
        intake.take(bytes(of: .netnsAgent), isWhole: true, from: .relay)
        intake.take(Message.statusRequest.encoded(), isWhole: true, from: .relay)
        intake.take([1, 2, 3], isWhole: true, from: .relay)
        #expect(intake.isEmpty)
        #expect(status("messages-refused") == "14")
    }

    @Test mutating func `no more is received than can be kept`() {
        for sequence in 1...UInt64(Intake.capacity) {
            #expect(!intake.isFull)
            intake.take(bytes(sequence), isWhole: true, from: .relay)
        }
        #expect(intake.isFull)
        intake.markStored()
        #expect(!intake.isFull)
    }

    @Test mutating func `an outage is news once, and the database is tried again after a pause`() {
        intake.take(bytes(), isWhole: true, from: .relay)
        #expect(intake.mayTry(at: 0))
        let isNews = intake.markFailed("locked", at: 5_000_000)
        #expect(isNews)
        #expect(status("database-state") == "failing: locked")
        #expect(!intake.mayTry(at: 5_999_999))
        #expect(intake.mayTry(at: 6_000_000))
        let isNewsAgain = intake.markFailed("full", at: 6_000_000)
        #expect(!isNewsAgain)
        #expect(status("database-state") == "failing: full")
        #expect(!intake.mayTry(at: 6_000_001))
        #expect(intake.batches.count == 1)
        let duration = intake.markWorking(at: 7_500_000)
        #expect(duration == 2_500_000)
        let noDuration = intake.markWorking(at: 7_500_001)
        #expect(noDuration == nil)
        #expect(status("database-state") == "working")
    }

    @Test mutating func `the status names the channels`() {
        #expect(status("channels") == "relay netns-agent")
    }

    @Test func `only what comes with one channel is a request`() {
        #expect(ComponentName(recordsFrom: .recordsFrom(.relay), with: [.channel]) == .relay)
        #expect(ComponentName(recordsFrom: .statusRequest, with: [.channel]) == nil)
        for sockets in [[], [.packet], [nil], [.channel, .channel]] as [[PassedDescriptor.SocketKind?]] {
            #expect(ComponentName(recordsFrom: .recordsFrom(.relay), with: sockets) == nil)
        }
        #expect(ComponentName(recordsFrom: .recordsFrom(.recorder), with: [.channel]) == nil)
        #expect(ComponentName(recordsFrom: .recordsTo, with: [.channel]) == nil)
    }

    @Test func `a clock that jumps is noticed, one that drifts is not`() {
        var watch = ClockWatch()
        let looks: [(realtime: UInt64, monotonic: UInt64)] = [
            (1_000_000_000, 0), (1_010_900_000, 10_000_000), (1_007_000_000, 11_000_000), (1_008_000_000, 12_000_000),
            (4_609_000_000, 13_000_000),
        ]
        let jumps = looks.map { watch.look(realtime: $0.realtime, monotonic: $0.monotonic) }
        #expect(jumps == [nil, nil, -4_900_000, nil, 3_600_000_000])
    }
}

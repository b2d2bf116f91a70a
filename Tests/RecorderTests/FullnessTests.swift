import LeaseStore
import Logging
import Messages
import Reading
import Testing

@testable import recorder

/// What the recorder says of full networks, and how often.
@Suite struct FullnessTests {
    private let recorded: RecordedPackets

    init() throws {
        recorded = try RecordedPackets([Exchange.discover, Exchange.offer, Exchange.acknowledgement])
    }

    @Test func `a network is told of once a day`() throws {
        let reader = try LeaseReader(path: recorded.database)
        let network = try #require(reader.networks(at: Int64(Exchange.start)).first)
        var fullness = Fullness()
        let words =
            "ens34: 1 address is held, as many as ever, and a client waits for an answer: the server may have none "
            + "left"
        #expect(fullness.news([(network, 1)], at: 5) == [words])
        #expect(fullness.news([(network, 3)], at: Fullness.silence + 4) == [])
        #expect(fullness.news([(network, 3)], at: Fullness.silence + 5).first?.contains("3 clients wait") == true)
    }

    @Test func `it is looked for every ten seconds`() {
        var fullness = Fullness()
        let times = [0, 1, Fullness.interval - 1, Fullness.interval, Fullness.interval + 1]
        let looks = times.map { fullness.isDue(at: $0) }
        #expect(looks == [true, false, false, true, false])
    }

    @Test func `in a transaction, and right after an answer, it says what it knew`() throws {
        let store = try LeaseStore(path: recorded.database)
        let log = Logger(label: "test")
        var fullness = Fullness()
        fullness.canRead = false
        #expect(fullness.networks(in: store, log) == nil)
        fullness.canRead = true
        #expect(fullness.networks(in: store, log)?.map(\.name) == ["ens34"])
        // Whoever asks again at once does not keep the database busy: a closed one would say nothing.
        try store.close()
        #expect(fullness.networks(in: store, log)?.map(\.name) == ["ens34"])
    }
}

import Foundation
import Kernel
import Messages
import Service
import Testing

@testable import relay

@Suite("The way of the records")
struct RecordsChannelTests {
    /// What `send` does is up to the test; the channel has room all the while.
    private final class Bench {
        let far: MessageSocket
        let records: RecordsChannel
        var poller: Poller
        var outbox = Outbox(source: .relay, instance: 5)

        init() throws {
            let channel = try MessageSocket.channel()
            far = channel.near
            records = RecordsChannel(adopting: channel.far)
            poller = try Poller()
            try records.channel.watch(with: poller)
            outbox.append(.event(EventRecord(happenedAt: 1, kind: "tested", detail: "")))
        }

        func flush(by send: (RawSpan) throws(SystemError) -> Bool) throws -> Bool {
            try records.flush(&outbox, with: poller, by: send)
        }

        /// Whether the poller would wake the relay up.
        func isWoken() throws -> Bool { try !poller.wait(timeout: 0).isEmpty }
    }

    @Test func `a shortage is no end, and does not keep the relay busy`() throws {
        let bench = try Bench()
        #expect(try bench.flush { _ throws(SystemError) in throw SystemError("send", code: ENOBUFS) })
        #expect(try !bench.isWoken())
        #expect(try bench.flush { _ in false })
        #expect(try bench.isWoken())
        #expect(try bench.flush { _ throws(SystemError) in throw SystemError("send", code: ENOMEM) })
        #expect(try !bench.isWoken())
        #expect(try bench.records.flush(&bench.outbox, with: bench.poller))
        #expect(try bench.far.receive(capacity: 65_536) != nil)
        #expect(try !bench.isWoken() && !bench.outbox.hasDatagram)
    }

    @Test func `a recorder that is gone is`() throws {
        let bench = try Bench()
        #expect(try !bench.flush { _ throws(SystemError) in throw SystemError("send", code: EPIPE) })
    }
}

import Glibc
import Kernel
import Messages
import Service
import Testing

@Suite("Sending what a component keeps for the recorder")
struct OutboxSendingTests {
    /// What is kept, five batches of which two may be under way.
    private func filledOutbox() -> Outbox {
        var outbox = Outbox(source: .relay, instance: 5, capacity: 5, batchLength: 256, window: 2)
        let event = EventRecord(happenedAt: 1, kind: "tested", detail: String(repeating: "x", count: 150))
        for _ in 0..<5 { outbox.append(.event(event)) }
        return outbox
    }

    @Test func `all that may be under way is sent`() throws {
        var outbox = filledOutbox()
        var count = 0
        let obstacle = try outbox.send { _ in
            count += 1
            return true
        }
        #expect(obstacle == nil && count == 2 && !outbox.hasDatagram)
    }

    @Test func `what has no room stays the next`() throws {
        var outbox = filledOutbox()
        #expect(try outbox.send { _ in false } == .noRoom)
        #expect(outbox.hasDatagram && outbox.pending == 5)
    }

    @Test(arguments: [ENOBUFS, ENOMEM])
    func `a shortage passes: what was not sent stays the next`(code: Int32) throws {
        var outbox = filledOutbox()
        var isFirst = true
        let obstacle = try outbox.send { _ throws(SystemError) in
            guard isFirst else { throw SystemError("send", code: code) }
            isFirst = false
            return true
        }
        #expect(obstacle == .shortage && outbox.hasDatagram && outbox.pending == 5)
        #expect(try outbox.send { _ in true } == nil)
        outbox.accept(Acknowledgement(instance: 5, sequence: 2))
        #expect(outbox.pending == 3)
    }

    @Test(arguments: [EPIPE, ECONNRESET, ENOTCONN, ECONNREFUSED])
    func `only an end is an end`(code: Int32) throws {
        var outbox = filledOutbox()
        #expect(try outbox.send { _ throws(SystemError) in throw SystemError("send", code: code) } == .nobodyThere)
        #expect(outbox.hasDatagram && outbox.pending == 5)
    }

    @Test func `any other error is one`() throws {
        var outbox = filledOutbox()
        var thrown: SystemError?
        do {
            _ = try outbox.send { _ throws(SystemError) in throw SystemError("send", code: EMSGSIZE) }
        } catch {
            thrown = error
        }
        #expect(thrown?.code == EMSGSIZE)
    }
}

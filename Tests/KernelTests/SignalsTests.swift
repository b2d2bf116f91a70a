import Foundation
import Kernel
import Testing

@Suite("Signals as something to read", .timeLimit(.minutes(1)))
struct SignalsTests {
    /// Runs `body` on a thread of its own, whose blocked signals end with it.
    private func onThread(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation { continuation in
            Thread { continuation.resume(with: Result(catching: body)) }.start()
        }
    }

    @Test func `a signal is read once`() async throws {
        try await onThread {
            let signals = try Signals([SIGUSR1])
            #expect(try signals.next() == nil)
            pthread_kill(pthread_self(), SIGUSR1)
            #expect(try signals.next() == SIGUSR1)
            #expect(try signals.next() == nil)
        }
    }

    @Test func `writing to nobody is an error and not the end`() async throws {
        try await onThread {
            let signals = try Signals([SIGUSR1])
            let pipe = try Descriptor.pipe()
            let writing = pipe.writing
            pipe.reading.close()
            #expect(throws: SystemError.self) { try writing.write([1]) }
            #expect(try signals.next() == nil)
        }
    }
}

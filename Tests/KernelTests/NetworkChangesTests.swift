import Testing

@testable import Kernel

@Suite("Hearing of changes of a network", .timeLimit(.minutes(1)))
struct NetworkChangesTests {
    @Test(arguments: [1, 300])
    func `as root, changes are heard of, also more than there is room for, and forgotten`(count: Int) throws {
        let namespace = try NetworkNamespace.make()
        let changes = try namespace.run { () throws(SystemError) in try NetworkChanges() }
        #expect(try !isReady(changes))
        for number in 0..<count {
            _ = try namespace.run { () throws(SystemError) in
                try TapInterface(named: "tap\(number % 7)", filter: .nothing)
            }
        }
        #expect(try isReady(changes))
        try changes.forget()
        #expect(try !isReady(changes))
    }

    private func isReady(_ changes: borrowing NetworkChanges) throws(SystemError) -> Bool {
        let poller = try Poller(capacity: 1)
        try poller.watch(changes.descriptor, for: .reading, token: 0)
        return try !poller.wait(timeout: 0).isEmpty
    }
}

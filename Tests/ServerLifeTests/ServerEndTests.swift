import Testing

@testable import ServerLife

@Suite("The end of a server that was started so that it cannot serve")
struct ServerEndTests {
    private static let second: UInt64 = 1_000_000

    @Test func `one that ends in good order and leaves who hears clients has gone into the background`() {
        for served in [nil, 0, 20 * Self.second] as [UInt64?] {
            let end = ServerEnd(exit: .status(0), leavesListener: true, served: served)
            #expect(end.isBackgrounding)
        }
        // What has not heard clients yet may do so later.
        #expect(ServerEnd(exit: .status(0), leavesListener: false, served: nil).isBackgrounding)
    }

    @Test func `one that ends otherwise, leaves nobody, or served for long has not`() {
        for end in [
            ServerEnd(exit: .status(1), leavesListener: true, served: 0),
            ServerEnd(exit: .signal(9), leavesListener: true, served: nil),
            ServerEnd(exit: .status(0), leavesListener: false, served: 0),
            ServerEnd(exit: .status(0), leavesListener: true, served: 3_600 * Self.second),
        ] {
            #expect(!end.isBackgrounding)
        }
    }
}

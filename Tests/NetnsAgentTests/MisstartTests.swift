import Kernel
import Testing

@testable import netns_agent

@Suite("A server that is started so that it cannot serve")
struct MisstartTests {
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

    @Test func `what one listens on that hears nobody is told in order`() {
        let words = DeafServer(ports: [1_067, 53]).words(about: "dhcpd (process 7)")
        #expect(words.hasPrefix("dhcpd (process 7) listens on UDP port 53, 1067, but clients send to port 67: "))
        #expect(DeafServer(ports: []).words(about: "kea").hasPrefix("kea listens on no UDP port: "))
    }
}

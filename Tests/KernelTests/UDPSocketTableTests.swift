import Kernel
import RootTesting
import Testing

@Suite("The UDP sockets of a namespace")
struct UDPSocketTableTests {
    /// As Linux 6.1 writes it while dhcpd runs.
    private let text = """
           sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
          324: 00000000:0043 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 30151 2 0000000000000000 0
          325: 0100007F:0044 00000000:0000 07 00000000:00000340 00:00000000 00000000     0        0 30152 2 0000000000000000 0

        """

    @Test func `ports, inodes and what waits are read`() {
        let entries = UDPSocketTable.parse(Array(text.utf8))
        #expect(entries.map(\.port) == [67, 68] && entries.map(\.inode) == [30_151, 30_152])
        #expect(entries.map(\.unread) == [0, 832])
    }

    @Test func `what is no table has no sockets`() {
        #expect(UDPSocketTable.parse([]).isEmpty)
        #expect(UDPSocketTable.parse(Array("title\n 1: 2 3\n".utf8)).isEmpty)
        #expect(UDPSocketTable.parse(Array("title\n 1: 0:ZZZZ 0 0 0 0 0 0 0 5 0\n".utf8)).isEmpty)
    }

    @Test func `a namespace has sockets unless the kernel has counted none`() {
        let counts = "sockets: used 8\nTCP: inuse 0 orphan 0 tw 0 alloc 5 mem 0\nUDP: inuse %d mem 0\nRAW: inuse 1\n"
        for (count, hasSockets) in [("0", false), ("1", true), ("10", true)] {
            let text = counts.replacing("%d", with: count)
            #expect(UDPSocketTable.hasSockets(in: Array(text.utf8)) == hasSockets)
        }
        #expect(UDPSocketTable.hasSockets(in: []))
    }

    @Test(.asRoot) func `as root, a port is bound in a namespace as long as a socket has it there`() throws {
        try NetworkNamespace.make().run { () throws(SystemError) in
            let watch = try UDPPortWatch(port: 67, seenBy: "thread-self")
            #expect(try !watch.isBound)
            do {
                let other = try PortHolder(port: 68, on: "lo")
                #expect(try !watch.isBound)
                let holder = try PortHolder(port: 67, on: "lo")
                #expect(try watch.isBound)
                _ = consume other
                _ = consume holder
            }
            #expect(try !watch.isBound)
        }
    }

    /// The kernel gives a page of the table at a time.
    @Test(.asRoot) func `as root, a port is found behind many others`() throws {
        final class Other {
            let holder: PortHolder
            init(port: UInt16) throws(SystemError) { holder = try PortHolder(port: port, on: "lo") }
        }
        try NetworkNamespace.make().run { () throws(SystemError) in
            let watch = try UDPPortWatch(port: 300, seenBy: "thread-self")
            var others: [Other] = []
            for port in UInt16(1)..<300 { others.append(try Other(port: port)) }
            #expect(try !watch.isBound)
            let holder = try PortHolder(port: 300, on: "lo")
            #expect(try watch.isBound)
            _ = consume holder
            #expect(others.count == 299)
        }
    }

    @Test func `no cut of the table is read wrongly`() {
        let bytes = Array(text.utf8)
        let whole = Set(UDPSocketTable.parse(bytes))
        for length in 0..<bytes.count {
            let entries = UDPSocketTable.parse(Array(bytes.prefix(length)))
            #expect(entries.allSatisfy { entry in whole.contains { $0.port == entry.port } })
        }
    }
}

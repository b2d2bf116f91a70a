import Kernel
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

    @Test func `no cut of the table is read wrongly`() {
        let bytes = Array(text.utf8)
        let whole = Set(UDPSocketTable.parse(bytes))
        for length in 0..<bytes.count {
            let entries = UDPSocketTable.parse(Array(bytes.prefix(length)))
            #expect(entries.allSatisfy { entry in whole.contains { $0.port == entry.port } })
        }
    }
}

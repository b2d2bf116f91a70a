import Kernel
import Testing

@Suite("The packet sockets of a namespace")
struct PacketSocketTableTests {
    /// As Linux 6.1 writes it: dhcpd that has not read 832 bytes, and Kea while it binds.
    private let text = """
        sk               RefCnt Type Proto  Iface R Rmem   User   Inode
        0000000000000000 3      3    0003   2     1 832    0      38071
        0000000000000000 3      3    0003   0     0 0      0      38072

        """

    @Test func `interface, state and what waits are read`() {
        let sockets = PacketSocketTable.parse(Array(text.utf8))
        #expect(sockets.map(\.interface) == [2, 0] && sockets.map(\.isRunning) == [true, false])
        #expect(sockets.map(\.unread) == [832, 0])
    }

    @Test func `that which hears what is refused is none of the server's`() {
        let own = text + "0000000000000000 3      2    0800   0     1 832    0      38073\n"
        #expect(PacketSocketTable.parse(Array(own.utf8)) == PacketSocketTable.parse(Array(text.utf8)))
    }

    @Test func `what is no table has no sockets`() {
        #expect(PacketSocketTable.parse([]).isEmpty)
        #expect(PacketSocketTable.parse(Array("title\n1 2 3\n1 2 3 4 x 6 7 8 9\n".utf8)).isEmpty)
    }
}

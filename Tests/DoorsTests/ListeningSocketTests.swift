import Addresses
import Doors
import Testing

@Suite("What a server listens on")
struct ListeningSocketTests {
    /// As `cat /proc/PID/net/tcp` prints it.
    private let tcp = """
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 00000000:1EE7 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
           1: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1 0 100 0 0 10 0
           2: 0100007F:0035 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 3 1 0 100 0 0 10 0
           3: 0232A8C0:1F41 0132A8C0:0050 01 00000000:00000000 00:00000000 00000000     0        0 4 1 0 100 0 0 10 0
        """
    private let udp = """
           sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
          100: 00000000:0043 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0 0
          101: 00000000:0045 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0 0
          102: 0232A8C0:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0 0
          103: 0232A8C0:0035 0132A8C0:9999 01 00000000:00000000 00:00000000 00000000     0        0 1 2 0 0
          104: 00000000:C001 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0 0
        """

    private var sockets: [ListeningSocket] { ListeningSocket.all(tcp: Array(tcp.utf8), udp: Array(udp.utf8)) }

    @Test func `is read from the kernel's tables`() throws {
        let loopback = try #require(IPv4Address("127.0.0.1"))
        let own = try #require(IPv4Address("192.168.50.2"))
        #expect(
            sockets == [
                ListeningSocket(.tcp, 7_911), ListeningSocket(.tcp, 8_000, at: loopback),
                ListeningSocket(.tcp, 53, at: loopback), ListeningSocket(.udp, 69), ListeningSocket(.udp, 53, at: own),
            ])
    }

    @Test func `and nobody can reach is told with the option`() throws {
        let doors = try Doors(connects: [ConnectDoor("127.0.0.1:53/tcp")], publishes: [PublishDoor("53/udp")])
        #expect(doors.missing(for: sockets).map(\.description) == ["7911/tcp", "127.0.0.1:8000/tcp", "69/tftp"])
    }

    @Test func `is reached at its loopback only by a door that names it`() throws {
        let loopback = try #require(IPv4Address("127.0.0.1"))
        let socket = ListeningSocket(.tcp, 8_000, at: loopback)
        #expect(try Doors(publishes: [PublishDoor("8000/tcp")]).missing(for: [socket]).count == 1)
        #expect(try Doors(publishes: [PublishDoor("127.0.0.1:8000/tcp")]).missing(for: [socket]).isEmpty)
    }

    @Test func `a table that is cut off or no table is nothing`() {
        #expect(ListeningSocket.all(tcp: Array(tcp.utf8.prefix(130)), udp: []).isEmpty)
        #expect(ListeningSocket.all(tcp: Array("x y:z 1 0A".utf8), udp: [0xFF]).isEmpty)
    }
}

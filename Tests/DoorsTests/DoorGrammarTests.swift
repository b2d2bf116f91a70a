import Addresses
import Doors
import Testing

@Suite("The options that name doors")
struct DoorGrammarTests {
    @Test(arguments: ["192.168.50.9:647/tcp", "127.0.0.1:53/udp", "127.0.0.53:53/udp", "10.0.0.1:65535/tcp"])
    func `connect is read and written alike`(text: String) throws {
        #expect(try "\(ConnectDoor(text))" == text)
    }

    @Test(arguments: [
        "647/tcp", "647/tcp@192.168.50.9", "7911/tcp@192.168.50.0/24+10.0.0.1", "127.0.0.1:8000/tcp", "69/tftp",
        "53/udp@0.0.0.0/0",
    ])
    func `publish is read and written alike`(text: String) throws {
        #expect(try "\(PublishDoor(text))" == text)
    }

    @Test(arguments: [
        ("192.168.50.9:647", "names no transport: write 192.168.50.1:53/udp"),
        ("192.168.50.9:647/sctp", "write tcp or udp"), ("192.168.50.9:69/tftp", "write tcp or udp"),
        ("192.168.50.9/tcp", "names no address and port"), ("ns1.example.org:53/udp", "write the address, not a name"),
        ("[2001:db8::1]:53/udp", "IPv6"), ("2001:db8::1:53/udp", "IPv6"), ("0.0.0.0:53/udp", "no wildcard"),
        ("*:53/udp", "no wildcard"), (":53/udp", "no wildcard"), ("10.0.0.1:*/tcp", "no wildcard"),
        ("10.0.0.1:0/tcp", "1 to 65535"), ("10.0.0.1:65536/tcp", "1 to 65535"), ("10.0.0.1:+5/tcp", "1 to 65535"),
        ("10.0.0.1:67/udp", "DHCP"), ("10.0.0.1:68/udp", "DHCP"), ("224.0.0.1:53/udp", "one station"),
        ("255.255.255.255:53/udp", "one station"), ("0.1.2.3:53/udp", "one station"), ("", "names no transport"),
    ])
    func `connect says in one line what to write instead`(text: String, reason: String) {
        let error = #expect(throws: DoorError.self) { try ConnectDoor(text) }
        #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
        #expect(error?.reason.contains("\n") == false)
    }

    @Test(arguments: [
        ("7911", "names no transport"), ("7911/tcp@lan", "neither an address nor a network"),
        ("7911/tcp@", "neither an address nor a network"), ("7911/tcp@10.0.0.0/33", "neither an address nor a network"),
        ("7911/tcp@10.0.0.1++10.0.0.2", "neither an address nor a network"), ("7911/tcp@2001:db8::/32", "IPv6"),
        ("[::1]:8000/tcp", "IPv6"), ("0.0.0.0:8000/tcp", "leave it out"), ("67/udp", "DHCP"), ("68/tftp", "DHCP"),
        ("/tcp", "1 to 65535"),
    ])
    func `publish says in one line what to write instead`(text: String, reason: String) {
        let error = #expect(throws: DoorError.self) { try PublishDoor(text) }
        #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
    }

    @Test func `TCP may have the numbers of DHCP's ports`() throws {
        #expect(try ConnectDoor("10.0.0.1:67/tcp").port == 67)
    }

    @Test func `whose an address is decides where a door leads`() throws {
        let host = try [#require(IPv4Address("192.168.50.2")), #require(IPv4Address("192.168.60.2"))]
        #expect(try ConnectDoor("127.0.0.53:53/udp").destination(from: host) == .loopback)
        #expect(try ConnectDoor("192.168.60.2:53/udp").destination(from: host) == .host)
        #expect(try ConnectDoor("192.168.50.1:53/udp").destination(from: host) == .elsewhere)
    }

    @Test func `a door admits whom it names, and anybody where it names nobody`() throws {
        let inside = try #require(IPv4Address("192.168.50.77"))
        let outside = try #require(IPv4Address("192.168.51.77"))
        let some = try PublishDoor("7911/tcp@10.0.0.1+192.168.50.0/24")
        #expect(some.admits(inside) && !some.admits(outside))
        #expect(try PublishDoor("7911/tcp").admits(outside))
    }

    @Test func `the same door twice is one, and one port with two lists is refused`() throws {
        let door = try PublishDoor("53/udp")
        #expect(try Doors(publishes: [door, door]).publishes == [door])
        #expect(throws: DoorError.self) { try Doors(publishes: [door, PublishDoor("53/udp@10.0.0.1")]) }
        #expect(throws: DoorError.self) { try Doors(publishes: [PublishDoor("69/udp"), PublishDoor("69/tftp")]) }
        #expect(try Doors(publishes: [door, PublishDoor("53/tcp")]).publishes.count == 2)
    }

    @Test func `options are passed on as they were given`() throws {
        let doors = try Doors(connects: [ConnectDoor("127.0.0.1:53/udp")], publishes: [PublishDoor("647/tcp@10.0.0.9")])
        #expect(doors.arguments == ["--connect", "127.0.0.1:53/udp", "--publish", "647/tcp@10.0.0.9"])
    }
}

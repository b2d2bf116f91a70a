import Addresses
import HostNetwork
import Testing

@Suite("The networks of hosts as a kernel tells them")
struct HostNetworksTests {
    @Test func `the paper's File 3 gives its one network`() throws {
        #expect(try Fixture("paper-file-3").attached() == ["ens34 192.168.100.102/24 via 192.168.100.1"])
    }

    @Test func `each interface with a gateway gives one network, the best default route first`() throws {
        #expect(
            try Fixture("several").attached() == [
                "ens2 10.20.0.9/16 via 10.20.0.1", "ens1 192.168.50.2/24 via 192.168.50.254",
            ])
    }

    @Test func `an interface without a gateway counts when it is named`() throws {
        #expect(try Fixture("paper-file-3").attached("docker0") == ["docker0 172.17.0.1/16"])
        #expect(try Fixture("several").attached("ens1.20") == ["ens1.20 192.168.20.2/24"])
    }

    @Test func `named interfaces come in the order they were named, each once`() throws {
        #expect(
            try Fixture("several").attached("ens1.20", "ens1", "ens2", "ens1") == [
                "ens1.20 192.168.20.2/24", "ens1 192.168.50.2/24 via 192.168.50.254", "ens2 10.20.0.9/16 via 10.20.0.1",
            ])
    }

    @Test func `an address in a narrower network of another interface is not taken`() throws {
        #expect(try Fixture("nested").attached() == ["eth0 10.200.0.5/8 via 10.255.0.1"])
        #expect(try Fixture("nested").attached("docker0") == ["docker0 10.0.0.1/16"])
    }

    @Test func `routing rules and long tables change nothing`() throws {
        #expect(try Fixture("policy").attached() == ["eth0 192.168.7.2/24 via 192.168.7.1"])
        #expect(try Fixture("many").attached() == ["eth0 192.168.8.2/24 via 192.168.8.1"])
    }

    @Test func `two interfaces in one network are an error, not a guess`() {
        let expected = AttachmentError.sharedNetwork(
            "eth0", other: "wlan0", network: "192.168.1.0/24", addresses: ["192.168.1.10", "192.168.1.11"])
        #expect(throws: expected) { try Fixture("same-lan").attached() }
        #expect(throws: expected) { try Fixture("same-lan").attached("eth0") }
    }

    @Test(arguments: ["untouched", "loopback"])
    func `a host without routes has no network`(fixture: String) {
        #expect(throws: AttachmentError.noNetworkFound(rejected: [], known: [])) { try Fixture(fixture).attached() }
    }

    @Test func `a gateway outside the interface's networks gives no network`() {
        #expect(throws: AttachmentError.noNetworkFound(rejected: [.noNetwork("eth0")], known: ["eth0"])) {
            try Fixture("off-link").attached()
        }
    }

    @Test func `a named interface without a network is an error`() {
        #expect(throws: AttachmentError.noNetwork("wg0")) { try Fixture("several").attached("wg0") }
        #expect(throws: AttachmentError.interfaceNotFound("eth7", known: ["docker0", "ens34"])) {
            try Fixture("paper-file-3").attached("ens34", "eth7")
        }
    }

    @Test func `a named interface needs no address where another has one`() throws {
        let host = try Fixture("paper-file-3")
        #expect(
            try host.attached("eth7", "ens34", present: ["lo", "ens34", "eth7"]) == [
                "eth7 without an address", "ens34 192.168.100.102/24 via 192.168.100.1",
            ])
        #expect(throws: AttachmentError.interfaceNotFound("eth7", known: ["docker0", "ens34"])) {
            try host.attached("eth7", present: ["eth7"])
        }
        #expect(throws: AttachmentError.noSuchInterface("eth8", known: ["docker0", "ens34"])) {
            try host.attached("eth7", "ens34", "eth8", present: ["eth7"])
        }
    }

    @Test func `interfaces are those before the colons, behind two lines of titles`() throws {
        let table = """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets
                lo:     840      10    0    0    0     0          0         0      840      10
            ens1.20: 1 2 3
            eth0
            """
        #expect(try InterfaceTable.parse([UInt8](table.utf8)) == ["lo", "ens1.20"])
        #expect(throws: TableError.tooLarge(maximum: 1 << 20)) {
            try InterfaceTable.parse([UInt8](repeating: 0, count: 1 << 20 + 1))
        }
    }
}

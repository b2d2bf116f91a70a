import Addresses
import Testing

@Suite("Addresses as people write them")
struct AddressesTests {
    @Test(arguments: ["0.0.0.0", "9.10.99.100", "192.168.50.2", "255.255.255.255"])
    func `an IPv4 address is read and written alike`(text: String) {
        #expect(IPv4Address(text)?.description == text)
    }

    @Test(arguments: ["", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.-4", " 1.2.3.4", "1..3.4", "+1.2.3.4"])
    func `what is no IPv4 address is refused`(text: String) {
        #expect(IPv4Address(text) == nil)
    }

    @Test func `the prefix decides which addresses lie in a network`() throws {
        let network = try #require(IPv4Network(containing: IPv4Address(192, 168, 50, 2), prefixLength: 24))
        #expect(network.description == "192.168.50.0/24")
        #expect(network.broadcastAddress == IPv4Address(192, 168, 50, 255))
        #expect(network.contains(IPv4Address(192, 168, 50, 255)))
        #expect(!network.contains(IPv4Address(192, 168, 51, 0)))
        #expect(IPv4Network(containing: .unspecified, prefixLength: 33) == nil)
    }

    @Test func `prefix lengths 0 and 32 are networks too`() throws {
        let everything = try #require(IPv4Network(containing: .broadcast, prefixLength: 0))
        #expect(everything.address == .unspecified && everything.contains(.broadcast))
        let single = try #require(IPv4Network(containing: IPv4Address(10, 0, 0, 1), prefixLength: 32))
        #expect(single.contains(IPv4Address(10, 0, 0, 1)) && !single.contains(IPv4Address(10, 0, 0, 0)))
    }

    @Test func `a MAC address is read and written alike`() {
        let address = MACAddress(0x02, 0x00, 0x5E, 0x10, 0x00, 0xFF)
        #expect(address.description == "02:00:5e:10:00:ff")
        #expect(MACAddress("02:00:5E:10:00:ff") == address)
        #expect(address.bytes == [0x02, 0x00, 0x5E, 0x10, 0x00, 0xFF])
        #expect(MACAddress.broadcast.isMulticast && !address.isMulticast)
    }

    @Test(arguments: ["", "02:00:5e:10:00", "02:00:5e:10:00:f", "02:00:5e:10:00:+f", "0g:00:00:00:00:00"])
    func `what is no MAC address is refused`(text: String) {
        #expect(MACAddress(text) == nil)
    }

    @Test(arguments: ["", ".", "..", "a/b", "eth0 ", "a:b", "sixteencharsname", "tab\t", "nul\0"])
    func `a name that the kernel refuses is no interface name`(text: String) {
        #expect(InterfaceName(text) == nil)
    }

    @Test func `an attached network says itself in one line`() throws {
        let interface = try #require(InterfaceName("ens34"))
        let network = AttachedNetwork(
            interface: interface, address: IPv4Address(192, 168, 50, 2), prefixLength: 24,
            gateway: IPv4Address(192, 168, 50, 1))
        #expect(network?.description == "ens34 192.168.50.2/24 via 192.168.50.1")
        let astray = AttachedNetwork(
            interface: interface, address: IPv4Address(192, 168, 50, 2), prefixLength: 24,
            gateway: IPv4Address(192, 168, 51, 1))
        #expect(astray == nil)
    }
}

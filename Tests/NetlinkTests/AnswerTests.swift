import Addresses
import Testing

@testable import Netlink

/// What is understood of the kernel's answers.
@Suite("What the kernel answers") struct AnswerTests {
    /// RTM_NEWLINK of an Ethernet interface (ARPHRD_ETHER is 1) with number 2, up and running (0x41): its name, and then
    /// its MAC address and MTU.
    private static let interface: [UInt8] =
        [60, 0, 0, 0, 16, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0]
        + [0, 0, 1, 0, 2, 0, 0, 0, 0x41, 0, 0, 0, 0, 0, 0, 0]
        + [6, 0, 3, 0, 0x61, 0, 0, 0]
        + [10, 0, 1, 0, 2, 0, 0x5E, 0, 0x53, 1, 0, 0]
        + [8, 0, 4, 0, 0x78, 5, 0, 0]

    /// NLMSG_ERROR: struct nlmsgerr with -19 (ENODEV), and the beginning of the request that it is about.
    private static let refusal: [UInt8] =
        [36, 0, 0, 0, 2, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0] + [0xED, 0xFF, 0xFF, 0xFF]
        + [32, 0, 0, 0, 16, 0, 5, 0, 6, 0, 0, 0, 0, 0, 0, 0]

    private static func interface(_ datagram: [UInt8]) -> NetworkInterface? {
        NetlinkMessage(datagram).flatMap { NetworkInterface($0) }
    }

    @Test func `an interface is read with all that is wanted of it`() throws {
        let found = try #require(Self.interface(Self.interface))
        #expect(found.index == 2 && found.macAddress == MACAddress(0x02, 0, 0x5E, 0, 0x53, 1) && found.mtu == 1_400)
        #expect(found.isUp && found.isRunning)
        #expect(NetlinkMessage(Self.interface)?.errorNumber == nil && NetlinkMessage(Self.interface)?.sequence == 5)
    }

    @Test func `what is no Ethernet interface has no MAC address`() throws {
        var loopback = Self.interface
        loopback.replaceSubrange(18..<20, with: [4, 3])
        let found = try #require(Self.interface(loopback))
        #expect(found.macAddress == nil && found.mtu == 1_400)
    }

    @Test func `an error has its number and that of the request, success 0`() {
        let refusal = NetlinkMessage(Self.refusal)
        #expect(refusal?.errorNumber == 19 && refusal?.sequence == 6)
        var success = Self.refusal
        success.replaceSubrange(16..<20, with: [0, 0, 0, 0])
        #expect(NetlinkMessage(success)?.errorNumber == 0)
    }

    @Test func `a datagram that was cut is no message`() {
        for datagram in [Self.interface, Self.refusal] {
            for length in datagram.indices { #expect(NetlinkMessage([UInt8](datagram.prefix(length))) == nil) }
        }
    }

    @Test func `of a message that is shorter, what is missing is missing`() {
        for length in UInt8(0)..<60 {
            var short = Self.interface
            short[0] = length
            let found = Self.interface(short)
            #expect((found != nil) == (length >= 32), "of \(length) bytes")
            #expect((found?.macAddress != nil) == (length >= 50), "of \(length) bytes")
            #expect(found?.mtu ?? 0 == 0, "of \(length) bytes")
        }
        for length in UInt8(0)..<20 {
            var short = Self.refusal
            short[0] = length
            #expect(NetlinkMessage(short)?.errorNumber == nil, "of \(length) bytes")
        }
    }

    @Test func `an attribute is as long as it says, within the message, and ends what is read where it is not`() {
        let rest = 4...20
        for length in UInt8.min...UInt8.max {
            var other = Self.interface
            other[40] = length
            let found = NetlinkMessage(other)?.attribute(1, behind: 16)
            #expect(found?.count == (rest.contains(Int(length)) ? Int(length) - 4 : nil), "of \(length) bytes")
            #expect((Self.interface(other)?.macAddress != nil) == (length == 10), "of \(length) bytes")
        }
    }

    @Test func `whatever one byte says, reading ends, and the others mean what they meant`() {
        for position in Self.interface.indices {
            for value in UInt8.min...UInt8.max {
                var changed = Self.interface
                changed[position] = value
                guard let found = Self.interface(changed) else { continue }
                #expect(found.index == 2 || (20..<24).contains(position))
                #expect([0, 1_400].contains(found.mtu) || (56..<60).contains(position))
            }
        }
    }
}

import Addresses
import Foundation
import Kernel
import Netlink
import RootTesting
import Testing

@Suite("Links, addresses and routes", .timeLimit(.minutes(1)))
struct NetlinkTests {
    private let name = InterfaceName("ens34")
    private let macAddress = MACAddress(0x02, 0, 0x5E, 0, 0x53, 1)

    private func pair(_ name: InterfaceName, in namespace: borrowing NetworkNamespace) -> NetlinkRequest {
        .pair(
            near: .init(name: name, index: 2, macAddress: nil),
            far: .init(name: name, index: 2, macAddress: macAddress), mtu: 1_400,
            in: namespace.descriptor.rawValue)
    }

    @Test(.asRoot) func `as root, both ends of a pair are made where they belong, with what they were given`() throws {
        let name = try #require(name)
        let here = try NetworkNamespace.make()
        let there = try NetworkNamespace.make()
        var near = try here.run { () throws(SystemError) in try NetlinkSession() }
        var far = try there.run { () throws(SystemError) in try NetlinkSession() }
        try near.perform([pair(name, in: there)])
        #expect(try !far.interface(name).isUp)
        try far.perform([.up(2)])
        let found = try far.interface(name)
        #expect(found.macAddress == macAddress && found.mtu == 1_400 && found.isUp && found.index == 2)
        #expect(try near.interface(name).isUp)
    }

    @Test(.asRoot) func `as root, no end has more queues than the first, however many processors there are`() throws {
        let name = try #require(name)
        let here = try NetworkNamespace.make()
        let there = try NetworkNamespace.make()
        var near = try here.run { () throws(SystemError) in try NetlinkSession() }
        try near.perform([pair(name, in: there)])
        for namespace in [here.descriptor.rawValue, there.descriptor.rawValue] {
            let pipe = try Descriptor.pipe()
            var program = Program(path: "/bin/ip", arguments: ["-details", "link", "show", "ens34"], environment: [])
            program.network = .existing(namespace)
            program.output = pipe.writing.rawValue
            #expect(try ChildProcess(program).wait() == .status(0))
            let text = String(decoding: try #require(try pipe.reading.read(capacity: 4_096)), as: UTF8.self)
            #expect(text.contains("numtxqueues 1 ") && text.contains("numrxqueues 1 "), "\(text)")
        }
    }

    @Test(.asRoot) func `as root, an address and a route are there after one datagram`() throws {
        let name = try #require(name)
        let gateway = IPv4Address(192, 168, 50, 1)
        let network = try #require(
            AttachedNetwork(
                interface: name, address: IPv4Address(192, 168, 50, 2), prefixLength: 24, gateway: gateway))
        let here = try NetworkNamespace.make()
        let there = try NetworkNamespace.make()
        var near = try here.run { () throws(SystemError) in try NetlinkSession() }
        var far = try there.run { () throws(SystemError) in try NetlinkSession() }
        try near.perform([pair(name, in: there)])
        let other = try #require(network.routes.last)
        try far.perform([.up(1), .up(2), .add(InterfaceAddress(of: network), on: 2), .add(other, on: 2)])
        let routes = try there.run { () throws(SystemError) in
            try Descriptor(reading: "/proc/thread-self/net/route").read(capacity: 4_096)
        }
        let text = String(decoding: try #require(routes), as: UTF8.self)
        #expect(text.contains("ens34\t00000000\t0132A8C0") && text.contains("ens34\t0032A8C0\t00000000"))
    }

    @Test(.asRoot) func `as root, the error says which of several requests failed`() throws {
        let name = try #require(name)
        let network = try #require(
            AttachedNetwork(
                interface: name, address: IPv4Address(192, 168, 50, 2), prefixLength: 24, gateway: nil))
        let here = try NetworkNamespace.make()
        var session = try here.run { () throws(SystemError) in try NetlinkSession() }
        do {
            try session.perform([.up(1), .add(InterfaceAddress(of: network), on: 9), .up(1)])
            Issue.record("an address on an interface that is not there was accepted")
        } catch {
            #expect(error == SystemError("add the address 192.168.50.2", code: ENODEV))
        }
        try session.perform([.up(1)])
    }

    @Test(.asRoot) func `as root, any number of requests is carried out, and any of them may fail`() throws {
        let here = try NetworkNamespace.make()
        var session = try here.run { () throws(SystemError) in try NetlinkSession() }
        let many = Array(repeating: NetlinkRequest.up(1), count: 400)
        try session.perform(many)
        #expect(throws: SystemError("take interface 9 up", code: ENODEV)) {
            try session.perform(many + [.up(9)] + many)
        }
        try session.perform([])
    }

    @Test(.asRoot) func `as root, what nobody waits to hear of is carried out all the same, and answers nothing`()
        throws
    {
        let loopback = try #require(InterfaceName("lo"))
        let here = try NetworkNamespace.make()
        var session = try here.run { () throws(SystemError) in try NetlinkSession() }
        try session.post(NetlinkRequest.up(1).bytes)
        #expect(try session.interface(loopback).isUp)
        try session.post(NetlinkRequest.up(1).bytes + NetlinkRequest.down(1).bytes)
        #expect(try !session.interface(loopback).isUp)
        try session.perform([.up(1)])
    }

    @Test(.asRoot) func `as root, an interface that is not there is an error that names it`() throws {
        let name = try #require(name)
        let here = try NetworkNamespace.make()
        var session = try here.run { () throws(SystemError) in try NetlinkSession() }
        do {
            _ = try session.interface(name)
            Issue.record("an interface was found that is not there")
        } catch {
            #expect(error == SystemError("look at ens34", code: ENODEV))
        }
    }
}

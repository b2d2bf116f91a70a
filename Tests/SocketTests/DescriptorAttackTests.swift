import Addresses
import Foundation
import Kernel
import Messages
import RootTesting
import Testing

/// Descriptors that nobody asked for, or of another kind, or too many.
@Suite("Descriptors that are refused", .timeLimit(.minutes(2)), .asRoot)
struct DescriptorAttackTests {
    /// A descriptor that is no end of a channel.
    private final class Stranger {
        let what: String
        private let descriptor: Descriptor
        var number: Int32 { descriptor.rawValue }

        init(_ what: String, _ descriptor: consuming Descriptor) {
            self.what = what
            self.descriptor = descriptor
        }

        /// A socket, which is not connected.
        convenience init(_ what: String, _ domain: Int32, _ type: __socket_type) throws {
            let number = socket(domain, Int32(type.rawValue), 0)
            guard number >= 0 else { throw Missing(what) }
            self.init(what, Descriptor(owning: number))
        }
    }

    private static func strangers() throws -> [Stranger] {
        [
            try Stranger("a TCP socket", AF_INET, SOCK_STREAM), try Stranger("a UDP socket", AF_INET, SOCK_DGRAM),
            try Stranger("a Unix socket of datagrams", AF_UNIX, SOCK_DGRAM),
            try Stranger("a Unix socket of a stream", AF_UNIX, SOCK_STREAM),
            try Stranger("a packet socket without headers", AF_PACKET, SOCK_DGRAM),
            try Stranger("a packet socket", AF_PACKET, SOCK_RAW),
            Stranger("an open file", try Descriptor(reading: "/dev/zero")),
            Stranger("a directory", try Descriptor(reading: "/")),
        ]
    }

    @Test(arguments: RunningComponent.all)
    func `what is no channel is not answered, and closed`(name: ComponentName) throws {
        let component = try RunningComponent(name)
        let before = try component.descriptorCount()
        var refused = 0
        for stranger in try Self.strangers() {
            // Each kind of message that comes with a descriptor at one of the three.
            for message in [Message.statusRequest, .recordsFrom(.relay), .namespace, .failoverRequest] {
                try component.deliver(message.encoded(), passing: [stranger.number])
                refused += 1
            }
            #expect(try component.refused() == refused, "\(stranger.what)")
        }
        #expect(try component.descriptorCount() == before)
    }

    @Test(arguments: RunningComponent.all)
    func `one channel is answered, and no more than one`(name: ComponentName) throws {
        let component = try RunningComponent(name)
        let before = try component.descriptorCount()
        let channel = try MessageSocket.channel()
        let far = channel.far.rawValue
        for count in [0, 2, 3, 253] {
            let passed = Array(repeating: far, count: count)
            try component.deliver(Message.statusRequest.encoded(), passing: passed)
        }
        #expect(try component.refused() == 4)
        let near = channel.near
        #expect(try near.receive(capacity: 65_536) == nil, "it was answered")
        #expect(try component.descriptorCount() == before)
    }

    @Test func `as the relay, packet sockets of another kind are refused`() throws {
        let relay = try RunningComponent(.relay)
        let before = try relay.descriptorCount()
        let link = try #require(Self.link)
        let channel = try MessageSocket.channel()
        let far = channel.far.rawValue
        let strangers = try Self.strangers()
        let packets = try #require(strangers.first { $0.what == "a packet socket" }).number
        for stranger in strangers where stranger.number != packets {
            let number = stranger.number
            for passed in [[far, number, packets], [far, packets, number], [number, packets, packets]] {
                try relay.deliver(Message.links([link]).encoded(), passing: passed)
            }
        }
        #expect(try relay.refused() == 3 * (strangers.count - 1))
        #expect(try relay.status()["state"] == "waiting for sockets")
        #expect(try relay.descriptorCount() == before)
    }

    private static var link: Link? {
        guard let interface = InterfaceName("ens34"),
            let network = AttachedNetwork(
                interface: interface, address: IPv4Address(192, 168, 50, 2), prefixLength: 24, gateway: nil)
        else { return nil }
        return Link(macAddress: MACAddress(2, 0, 0, 0, 0x50, 2), network: network)
    }

    @Test(arguments: RunningComponent.all)
    func `a flood of descriptors leaves none behind, and the component answers`(name: ComponentName) throws {
        let component = try RunningComponent(name)
        let before = try component.descriptorCount()
        let channel = try MessageSocket.channel()
        let passed = Array(repeating: channel.far.rawValue, count: 253)
        for _ in 0..<200 { try component.deliver(Message.statusRequest.encoded(), passing: passed) }
        #expect(try component.refused() == 200)
        #expect(try component.descriptorCount() == before)
    }

    /// The kernel gives what there is room for and says that there was more (`MSG_CTRUNC`).
    ///
    /// The relay and the recorder set a limit of their own, into which every message fits.
    @Test func `more descriptors than netns-agent may have are refused, and those that came are closed`() throws {
        let agent = try RunningComponent(.netnsAgent, descriptors: 48)
        let before = try agent.descriptorCount()
        let channel = try MessageSocket.channel()
        let passed = Array(repeating: channel.far.rawValue, count: 253)
        for _ in 0..<50 { try agent.deliver(Message.statusRequest.encoded(), passing: passed) }
        #expect(try agent.refused() == 50)
        #expect(try agent.descriptorCount() == before)
        #expect(agent.log.contains("was cut off"), "\(agent.log)")
    }

    @Test(arguments: [ComponentName.relay, .recorder])
    func `the relay and the recorder have room for two of the largest messages`(name: ComponentName) throws {
        let component = try RunningComponent(name, descriptors: 4_096)
        let limits = try String(contentsOfFile: "/proc/\(component.process.pid)/limits", encoding: .utf8)
        let files = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max open files") })
        #expect(files.split(separator: " ")[3] == "1024", "\(files)")
    }

    /// Those of a stranger are taken out of the queue too: otherwise they would hold their files as long as he likes.
    @Test(arguments: RunningComponent.all)
    func `a stranger's flood of descriptors leaves none behind`(name: ComponentName) throws {
        let component = try RunningComponent(name)
        let before = try component.descriptorCount()
        let script = """
            held = [os.open("/dev/null", os.O_RDONLY) for _ in range(253)]
            for number in range(300): give(b"x", held)
            """
        try Intruder(script, at: component.path, as: RunningComponent.stranger).finish()
        #expect(try component.refused() == 300)
        #expect(try component.descriptorCount() == before)
    }
}

import Foundation
import Kernel
import Messages
import RootTesting
import Testing

/// What is no message, and what is not for its sender to send.
@Suite("Messages that are refused", .timeLimit(.minutes(2)), .asRoot)
struct MessageAttackTests {
    /// Messages of wrong lengths and forms, by what is wrong with them.
    private static let malformed: [(String, [UInt8])] = {
        let good = Message.statusRequest.encoded()
        func changed(_ index: Int, to byte: UInt8) -> [UInt8] {
            var bytes = good
            bytes[index] = byte
            return bytes
        }
        return [
            ("nothing", []), ("one byte", [0x4D]), ("half a header", Array(good.prefix(6))),
            ("no length", Array(good.prefix(8))), ("one byte too few", good.dropLast()),
            ("one byte too many", good + [0]), ("a length that is too small", changed(11, to: 11)),
            ("a length that is too large", changed(11, to: 13)), ("a length of gigabytes", changed(8, to: 0xFF)),
            ("another magic", changed(0, to: 0)), ("another version", changed(4, to: 2)),
            ("an unknown kind", changed(5, to: 0xFF)), ("a reserved bit", changed(7, to: 1)),
            ("more than a message may have", good + Array(repeating: 0, count: Message.maximumLength)),
            ("fields that end early", Array(Message.recordsFrom(.relay).encoded().dropLast())),
        ]
    }()

    @Test(arguments: RunningComponent.all)
    func `what is no message is counted, and what came with it is closed`(name: ComponentName) throws {
        let component = try RunningComponent(name)
        let before = try component.descriptorCount()
        let pipe = try Descriptor.pipe()
        for (number, (what, bytes)) in Self.malformed.enumerated() {
            try component.deliver(bytes, passing: [pipe.writing.rawValue])
            #expect(try component.refused() == number + 1, "\(what)")
        }
        pipe.writing.close()
        // Nobody can write into it any more: every copy is closed.
        #expect(try pipe.reading.read(capacity: 1) == [])
        #expect(try component.descriptorCount() == before)
    }

    @Test(arguments: RunningComponent.all)
    func `a stranger's message is refused, counted, and told of once`(name: ComponentName) throws {
        let component = try RunningComponent(name)
        let before = try component.descriptorCount()
        let script = """
            for number in range(500):
                near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                give(message(7), [far.fileno()])
                near.close(); far.close()
            """
        try Intruder(script, at: component.path, as: RunningComponent.stranger).finish()
        #expect(try component.refused() == 500)
        #expect(try component.descriptorCount() == before)
        let lines = component.log.split(separator: "\n").filter { $0.contains("refused a message") }
        #expect(lines.count == 1 && lines.first?.contains("user \(RunningComponent.stranger)") == true, "\(lines)")
    }

    /// discovery may say where the host is and nothing else; the relay and the recorder nothing at all.
    @Test func `netns-agent takes from each only what is its own to say`() throws {
        let agent = try RunningComponent(.netnsAgent)
        let before = try agent.descriptorCount()
        // Networks without any, which change nothing; a status-request; the holding of a namespace; a switch.
        let script = """
            def ask(kind, fields=b"", count=1):
                near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                near.settimeout(20)
                give(message(kind, fields), [far.fileno()] * count)
                far.close()
                assert near.recv(65536) == b"", kind
            sender.sendto(message(1, bytes(14)), path)
            for kind in (7, 9, 15): ask(kind)
            # What comes with networks is not kept while the server does not see them; two are none of its messages.
            ask(1, bytes(14))
            ask(1, bytes(14), 2)
            """
        try Intruder(script, at: agent.path, as: RunningComponent.discovery).finish()
        #expect(try agent.refused() == 4)
        let relay = """
            sender.sendto(message(1, bytes(14)), path)
            sender.sendto(message(14, bytes(13)), path)
            """
        try Intruder(relay, at: agent.path, as: RunningComponent.user).finish()
        #expect(try agent.refused() == 6)
        #expect(try agent.descriptorCount() == before)
    }

    @Test(arguments: RunningComponent.all)
    func `whoever asks and does not wait for the answer ends nothing`(name: ComponentName) throws {
        let component = try RunningComponent(name)
        for kind in [Message.statusRequest, .failoverRequest] {
            let channel = try MessageSocket.channel()
            let far = channel.far.rawValue
            // Nobody reads the other end any more when the answer comes.
            close(channel.near)
            try component.deliver(kind.encoded(), passing: [far])
        }
        #expect(try component.refused() == 2)
    }

    private func close(_ socket: consuming MessageSocket) {}
}

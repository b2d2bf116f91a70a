import Glibc
import Kernel
import Messages
import Testing

@testable import recorder

@Suite("What the recorder owes those who send")
struct RecordChannelsTests {
    private let owed = Acknowledgement(instance: 7, sequence: 3)

    private func channel() throws -> RecordChannels.Channel {
        let pair = try MessageSocket.channel()
        let channel = RecordChannels.Channel(of: .relay, token: 9, socket: pair.near)
        channel.owed = owed
        return channel
    }

    @Test func `an acknowledgement that is sent is owed no more`() throws {
        let channel = try channel()
        var sent: [[UInt8]] = []
        for _ in 0..<2 {
            try channel.acknowledge { bytes throws(SystemError) in
                sent.append(bytes)
                return true
            }
        }
        #expect(sent == [Message.acknowledgement(owed).encoded()] && channel.owed == nil)
    }

    @Test(arguments: [ENOBUFS, ENOMEM])
    func `without room, or in a shortage, it is owed still`(code: Int32) throws {
        let channel = try channel()
        try channel.acknowledge { _ in false }
        #expect(channel.owed == owed)
        try channel.acknowledge { _ throws(SystemError) in throw SystemError("send", code: code) }
        #expect(channel.owed == owed)
    }

    @Test func `nothing is owed to one who is gone`() throws {
        let channel = try channel()
        #expect(throws: SystemError.self) {
            try channel.acknowledge { _ throws(SystemError) in throw SystemError("send", code: EPIPE) }
        }
        #expect(channel.owed == nil)
    }
}

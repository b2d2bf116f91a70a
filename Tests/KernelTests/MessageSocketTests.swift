import Foundation
import Kernel
import RootTesting
import Testing

@Suite("Sockets between components")
struct MessageSocketTests {
    private let path = NSTemporaryDirectory() + "middle-sock-\(UUID().uuidString.prefix(8)).sock"

    @Test func `a message comes whole, with its sender and its descriptors`() throws {
        let receiver = try MessageSocket(listeningAt: path)
        let pipe = try Descriptor.pipe()
        #expect(try MessageSocket().send([1, 2, 3], to: path, passing: [pipe.reading.rawValue]))
        let received = try #require(try receiver.receive(capacity: 16))
        #expect(received.bytes == [1, 2, 3] && !received.isTruncated)
        #expect(received.sender?.user == getuid() && received.sender?.process == getpid())
        let passed = try #require(received.descriptors.first).take()
        try pipe.writing.write([9])
        #expect(try passed.read(capacity: 4) == [9])
        #expect(try receiver.receive(capacity: 16) == nil)
        try FileManager.default.removeItem(atPath: path)
    }

    @Test func `a message that does not fit says so`() throws {
        let receiver = try MessageSocket(listeningAt: path)
        #expect(try MessageSocket().send(Array(repeating: 1, count: 17), to: path))
        #expect(try receiver.receive(capacity: 16)?.isTruncated == true)
        try FileManager.default.removeItem(atPath: path)
    }

    @Test func `more descriptors than fit are refused`() throws {
        let receiver = try MessageSocket(listeningAt: path)
        let pipe = try Descriptor.pipe()
        let many = Array(repeating: pipe.reading.rawValue, count: 253)
        #expect(try MessageSocket().send([1], to: path, passing: many))
        #expect(try receiver.receive(capacity: 1)?.descriptors.count == 253)
        #expect(throws: SystemError("send to \(path)", code: EINVAL)) {
            try MessageSocket().send([1], to: path, passing: many + many)
        }
        try FileManager.default.removeItem(atPath: path)
    }

    @Test func `a message of no bytes is a message`() throws {
        let receiver = try MessageSocket(listeningAt: path)
        #expect(try MessageSocket().send([], to: path))
        #expect(try receiver.receive(capacity: 16)?.bytes.isEmpty == true)
        try FileManager.default.removeItem(atPath: path)
    }

    @Test(.asRoot) func `as root, a socket takes what other users send, and says who did`() throws {
        let receiver = try MessageSocket(listeningAt: path)
        let script =
            "use Socket; socket my $s, AF_UNIX, SOCK_DGRAM, 0; send($s, 'x', 0, sockaddr_un($ARGV[0])) or exit 1"
        var program = Program(path: "/usr/bin/perl", arguments: ["-e", script, path], environment: [])
        program.identity = Program.Identity(user: 60_768, group: 60_767)
        #expect(try ChildProcess(program).wait() == .status(0))
        #expect(try receiver.receive(capacity: 16)?.sender?.user == 60_768)
        try FileManager.default.removeItem(atPath: path)
    }

    @Test func `a socket on which nobody receives any more is replaced`() throws {
        do { _ = try MessageSocket(listeningAt: path) }
        #expect(FileManager.default.fileExists(atPath: path))
        let second = try MessageSocket(listeningAt: path)
        #expect(try MessageSocket().send([1], to: path))
        #expect(try second.receive(capacity: 1)?.bytes == [1])
        try FileManager.default.removeItem(atPath: path)
    }

    @Test func `a socket on which somebody receives is left alone`() throws {
        let first = try MessageSocket(listeningAt: path)
        #expect(throws: SystemError.self) { _ = try MessageSocket(listeningAt: path) }
        #expect(try MessageSocket().send([1], to: path))
        #expect(try first.receive(capacity: 1)?.bytes == [1])
        try FileManager.default.removeItem(atPath: path)
    }

    @Test func `a socket that another process closes in time is replaced`() throws {
        var program = Program(path: "/usr/bin/sleep", arguments: ["0.2"], environment: [])
        let keeper: ChildProcess
        do {
            let first = try MessageSocket(listeningAt: path)
            program.input = first.descriptor.rawValue
            keeper = try ChildProcess(program)
        }
        #expect(throws: SystemError.self) { _ = try MessageSocket(listeningAt: path) }
        let second = try MessageSocket(listeningAt: path, patience: 30_000_000)
        #expect(try MessageSocket().send([1], to: path))
        #expect(try second.receive(capacity: 1)?.bytes == [1])
        #expect(try keeper.wait() == .status(0))
        try FileManager.default.removeItem(atPath: path)
    }

    @Test func `neither a file nor a link to a socket is removed`() throws {
        try Data("mine".utf8).write(to: URL(fileURLWithPath: path))
        #expect(throws: SystemError.self) { _ = try MessageSocket(listeningAt: path) }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
        let link = path + ".link"
        do { _ = try MessageSocket(listeningAt: path + ".old") }
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path + ".old")
        #expect(throws: SystemError.self) { _ = try MessageSocket(listeningAt: link) }
        #expect(FileManager.default.fileExists(atPath: path + ".old"))
        for file in [path, link, path + ".old"] { try FileManager.default.removeItem(atPath: file) }
    }

    @Test func `what is offered in a shortage, or to nobody, may be taken another time`() throws {
        #expect(try !MessageSocket().offer([1], to: path))
        for code in [ENOBUFS, ENOMEM, ENOENT, EPIPE] { #expect(SystemError("send", code: code).mayPass) }
        for code in [EMSGSIZE, EPERM, EBADF] { #expect(!SystemError("send", code: code).mayPass) }
    }

    @Test func `sending to nobody is an error that says to whom`() throws {
        let error = #expect(throws: SystemError.self) { _ = try MessageSocket().send([1], to: path) }
        #expect(error?.code == ENOENT)
        #expect(error?.description.contains(path) == true)
    }

    @Test func `a full receiver is told, not waited for`() throws {
        let receiver = try MessageSocket(listeningAt: path)
        let sender = try MessageSocket()
        var accepted = 0
        while try sender.send([1], to: path) { accepted += 1 }
        #expect(accepted > 0)
        while try receiver.receive(capacity: 1) != nil { accepted -= 1 }
        #expect(accepted == 0)
        try FileManager.default.removeItem(atPath: path)
    }

    @Test func `the end of a channel can be read`() throws {
        let channel = try MessageSocket.channel()
        let near = channel.near
        #expect(try near.receive(capacity: 4) == nil)
        channel.far.close()
        #expect(try near.receive(capacity: 4)?.bytes.isEmpty == true)
    }
}

import Foundation
import Kernel
import Testing

/// A directory in which `route` and `fib_trie` are those of one of the hosts of Tests/HostNetworkTests/Fixtures.
struct Host: ~Copyable {
    private let directory: String

    /// The path of its routing table; its addresses are beside it.
    var routes: String { "\(directory)/host/route" }

    /// A path for a socket.
    var socket: String { "\(directory)/socket" }

    init(_ fixture: String) throws {
        directory = NSTemporaryDirectory() + "middle-sock-\(UUID().uuidString.prefix(8))"
        _ = try Directory.make(directory)
        try become(fixture)
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: directory)
        } catch {
            fatalError("\(directory): \(error)")
        }
    }

    /// Both files are another host's from one moment to the next.
    func become(_ fixture: String) throws {
        let files = "\(directory)/\(fixture)"
        if !FileManager.default.fileExists(atPath: files) {
            _ = try Directory.make(files)
            try Fixture.bytes("\(fixture).route").write(to: URL(filePath: "\(files)/route"))
            try Fixture.bytes("\(fixture).fib_trie").write(to: URL(filePath: "\(files)/fib_trie"))
        }
        try show(files)
    }

    /// Both files are gone, as those of a process that has ended.
    func vanish() throws {
        try show("\(directory)/nothing")
    }

    /// The routing table has these bytes.
    func write(routes text: String) throws {
        try Data(text.utf8).write(to: URL(filePath: routes))
    }

    private func show(_ files: String) throws {
        let link = "\(directory)/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: files)
        let renamed = unsafe rename(link, "\(directory)/host")
        try #require(renamed == 0)
    }
}

/// Files that a kernel wrote.
enum Fixture {
    static func bytes(_ file: String, of test: String = #filePath) throws -> Data {
        try Data(
            contentsOf: URL(filePath: test).deletingLastPathComponent()
                .appending(path: "../HostNetworkTests/Fixtures/\(file)"))
    }
}

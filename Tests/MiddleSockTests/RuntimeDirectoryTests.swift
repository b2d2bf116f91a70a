import Foundation
import Kernel
import Messages
import Testing

@testable import middle_sock

/// Which directory the launcher takes, and from whom.
@Suite("The launcher's runtime directory", .timeLimit(.minutes(1)))
struct RuntimeDirectoryTests {
    /// Owner, group and mode of a directory, and what is in it.
    private func state(of path: String) throws -> [String] {
        var status = stat()
        try #require(unsafe lstat(path, &status) == 0)
        let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        return ["\(status.st_uid):\(status.st_gid)", String(status.st_mode, radix: 8)] + names
    }

    private func stop(_ performance: Performance) throws {
        try performance.signal(SIGTERM)
        #expect(try performance.ended() == .status(0))
    }

    /// What a directory may be that somebody else uses: permissions and names in it, `/` behind that of a directory.
    private static let others: [(mode: mode_t, names: [String])] = [
        (0o755, ["systemd/", "lock/", "utmp"]), (0o700, ["bus"]), (0o755, ["relay.sock", "other.sock"]),
        (0o755, [".hidden"]), (0o1777, []), (0o1777, ["relay.sock"]), (0o1770, ["dhcpd.pid"]),
    ]

    @Test(arguments: others)
    func `one that somebody else uses is refused in one line, and stays as it is`(
        mode: mode_t, names: [String]
    ) throws {
        let stage = try Stage()
        try FileManager.default.createDirectory(atPath: stage.sockets, withIntermediateDirectories: true)
        for name in names {
            let path = "\(stage.sockets)/\(name)"
            if name.hasSuffix("/") {
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            } else {
                try Data().write(to: URL(filePath: path))
            }
        }
        #expect(unsafe chmod(stage.sockets, mode) == 0)
        let before = try state(of: stage.sockets)
        let performance = try stage.launch()
        #expect(try performance.ended() == .status(69))
        #expect(performance.lines.count == 1)
        let line = performance.lines.first ?? ""
        #expect(line.hasPrefix("middle-sock: cannot keep the sockets in \(stage.sockets): "), "\(line)")
        #expect(line.contains("; --runtime-directory must be"), "\(line)")
        #expect(try state(of: stage.sockets) == before)
    }

    @Test(arguments: ["/", "/run", "/tmp", "/run/../tmp", "/etc/"])
    func `those of the machine are refused`(path: String) throws {
        let before = try state(of: path).prefix(2)
        let performance = try Stage().run(["--runtime-directory", path, "--database", "/x/y", "--", "sh"])
        #expect(try performance.says("middle-sock: cannot keep the sockets in ").contains("stays "))
        #expect(try performance.ended() == .status(69))
        #expect(try state(of: path).prefix(2) == before)
    }

    @Test func `what a middle-sock has left that was killed is taken, whatever it had come to`() throws {
        for mode: mode_t in [0o755, 0o1770, 0o700] {
            let stage = try Stage()
            try FileManager.default.createDirectory(atPath: stage.sockets, withIntermediateDirectories: true)
            for name in ["relay.sock", "middle-sock.lock"] {
                try Data("process 1 on nowhere\nstopping within 9 s\n".utf8)
                    .write(to: URL(filePath: "\(stage.sockets)/\(name)"))
            }
            #expect(unsafe chmod(stage.sockets, mode) == 0)
            let performance = try stage.launch()
            try performance.says("middle-sock: started ")
            try stop(performance)
        }
    }

    @Test func `one in another PID namespace is known, and named`() throws {
        let stage = try Stage()
        let places = ["--runtime-directory", stage.sockets, "--database", "\(stage.data)/x", "--", "sh"]
        let command = ["--pid", "--fork", "--kill-child", "\(stage.path)/middle-sock"] + places
        let first = try stage.run(command) { $0.path = "/usr/bin/unshare" }
        try first.says("middle-sock: started ")
        let second = try stage.run(command) { $0.path = "/usr/bin/unshare" }
        let line = try second.says("middle-sock: another middle-sock (process 1 on ")
        #expect(line.contains(" in another container or PID namespace) runs in \(stage.sockets); stop it"), "\(line)")
        #expect(try second.ended() == .status(69))
        try first.signal(SIGKILL)
        #expect(try first.ended() == .signal(SIGKILL))
    }

    @Test func `one that is stopping is waited for, and its successor keeps its own sockets`() throws {
        let script = """
            $SIG{TERM} = sub { report("takes its time"); select undef, undef, undef, 0.01 until -e "$ENV{GO}"; exit 0 };
            report("runs as process $$");
            sleep while 1;
            """
        let stage = try Stage([.recorder: script])
        let go = "\(stage.path)/go"
        let first = try stage.launch(environment: ["GO=\(go)"])
        try first.says("recorder runs as process ")
        try first.signal(SIGTERM)
        try first.says("recorder takes its time")
        let second = try stage.launch(environment: ["GO=\(go)"])
        let line = try second.says("middle-sock: waits for another middle-sock (process \(first.process.pid) on ")
        #expect(line.contains("that is stopping in \(stage.sockets), "), "\(line)")
        try Data().write(to: URL(filePath: go))
        #expect(try first.ended() == .status(0))
        try second.says("middle-sock: started ")
        #expect(FileManager.default.fileExists(atPath: "\(stage.sockets)/middle-sock.sock"))
        try stop(second)
    }

    @Test func `when they follow each other closely, each stops and starts in order`() throws {
        let stage = try Stage()
        var current = try stage.launch()
        try current.says("middle-sock: started ")
        for _ in 0..<5 {
            try current.signal(SIGTERM)
            try current.says("netns-agent stops")
            let next = try stage.launch()
            #expect(try current.ended() == .status(0))
            try next.says("middle-sock: started ")
            #expect(FileManager.default.fileExists(atPath: "\(stage.sockets)/middle-sock.lock"))
            current = next
        }
        try stop(current)
    }
}

import Foundation
import Kernel
import Messages
import Testing

@testable import middle_sock

/// What the launcher needs around it, and what it leaves behind.
@Suite("Where the launcher runs", .timeLimit(.minutes(1)))
struct LauncherPlacesTests {
    private func attributes(of path: String) throws -> [Int?] {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return [FileAttributeKey.ownerAccountID, .groupOwnerAccountID, .posixPermissions].map { attributes[$0] as? Int }
    }

    private func stop(_ performance: Performance) throws {
        try performance.signal(SIGTERM)
        #expect(try performance.ended() == .status(0))
    }

    @Test func `its directories are made for those who use them`() throws {
        let stage = try Stage()
        let performance = try stage.launch()
        try performance.says("middle-sock: started ")
        #expect(try attributes(of: stage.sockets) == [0, 60_767, 0o1770])
        #expect(try attributes(of: stage.data) == [60_769, 60_767, 0o750])
        #expect(try attributes(of: "\(stage.path)/var") == [0, 0, 0o755])
        try stop(performance)
    }

    @Test func `directories that are there stay, that of the database as it is`() throws {
        let stage = try Stage()
        for path in [stage.sockets, stage.data] {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        let performance = try stage.launch()
        try performance.says("middle-sock: started ")
        #expect(try attributes(of: stage.sockets) == [0, 60_767, 0o1770])
        #expect(try attributes(of: stage.data) == [0, 0, 0o700])
        try stop(performance)
        #expect(FileManager.default.fileExists(atPath: stage.sockets))
    }

    @Test func `the directory of the database is given away even when the launcher that made it was killed`() throws {
        let stage = try Stage()
        #expect(try Directory.make(stage.data, mode: 0))
        let performance = try stage.launch()
        try performance.says("middle-sock: started ")
        #expect(try attributes(of: stage.data) == [60_769, 60_767, 0o750])
        try stop(performance)
    }

    @Test func `sockets are removed, and nothing that somebody else put there`() throws {
        let stage = try Stage()
        let performance = try stage.launch()
        try performance.says("middle-sock: started ")
        for name in ["relay.sock", "recorder.sock", "netns-agent.sock", "other"] {
            try Data().write(to: URL(filePath: "\(stage.sockets)/\(name)"))
        }
        try stop(performance)
        #expect(try FileManager.default.contentsOfDirectory(atPath: stage.sockets) == ["other"])
    }

    @Test func `a directory that another user could play with is refused`() throws {
        let stage = try Stage()
        try FileManager.default.createDirectory(atPath: "\(stage.path)/run", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: stage.sockets, withDestinationPath: "/tmp")
        let link = try stage.launch()
        try link.says("middle-sock: cannot keep the sockets in \(stage.sockets): ")
        #expect(try link.ended() == .status(69))
        try FileManager.default.removeItem(atPath: stage.sockets)
        try FileManager.default.createDirectory(
            atPath: stage.sockets, withIntermediateDirectories: false, attributes: [.ownerAccountID: 60_768])
        let foreign = try stage.launch()
        #expect(try foreign.says("middle-sock: cannot keep the sockets in ").contains("belongs to user 60768"))
        #expect(try foreign.ended() == .status(69))
    }

    @Test func `a directory in which everybody could write is closed before anything is put there`() throws {
        let stage = try Stage()
        try FileManager.default.createDirectory(atPath: stage.sockets, withIntermediateDirectories: true)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: stage.sockets)
        let performance = try stage.launch()
        try performance.says("middle-sock: started ")
        #expect(try attributes(of: stage.sockets) == [0, 60_767, 0o1770])
        // Whoever may open it may lock it.
        #expect(try attributes(of: "\(stage.sockets)/middle-sock.lock") == [0, 0, 0o600])
        try stop(performance)
    }

    @Test(arguments: ["a link", "a directory", "another user's file"])
    func `a lock that is not ours is refused, and stays as it is`(kind: String) throws {
        let stage = try Stage()
        let (lock, target) = ("\(stage.sockets)/middle-sock.lock", "\(stage.path)/target")
        try FileManager.default.createDirectory(atPath: stage.sockets, withIntermediateDirectories: true)
        switch kind {
        case "a link": try FileManager.default.createSymbolicLink(atPath: lock, withDestinationPath: target)
        case "a directory": try FileManager.default.createDirectory(atPath: lock, withIntermediateDirectories: false)
        default:
            try Data().write(to: URL(filePath: lock))
            try FileManager.default.setAttributes([.ownerAccountID: 60_768], ofItemAtPath: lock)
        }
        let before = try attributes(of: lock)
        let performance = try stage.launch()
        try performance.says("middle-sock: cannot keep the sockets in \(stage.sockets): open middle-sock.lock")
        #expect(try performance.ended() == .status(69))
        #expect(try attributes(of: lock) == before)
        #expect(!FileManager.default.fileExists(atPath: target))
    }

    @Test func `two do not run in one directory`() throws {
        let stage = try Stage()
        let first = try stage.launch()
        try first.says("middle-sock: started ")
        let second = try stage.launch()
        #expect(
            try second.says("middle-sock: another middle-sock (process \(first.process.pid) on ")
                .contains(") runs in \(stage.sockets); stop it"))
        #expect(try second.ended() == .status(69))
        try stop(first)
        #expect(!first.lines.contains { $0.contains("warning") })
    }

    @Test func `when it is killed, the next one waits for what is left`() throws {
        let script = """
            if (fork == 0) { alarm 60; report("leaves behind $$"); sleep while 1 }
            \(Stage.obedient)
            """
        let stage = try Stage([.relay: script])
        let first = try stage.launch()
        let left = try #require(try pid_t(first.says("relay leaves behind ")))
        try first.signal(SIGKILL)
        #expect(try first.process.wait() == .signal(SIGKILL))
        let second = try stage.launch()
        try second.says("middle-sock: waits for what an earlier middle-sock in \(stage.sockets) has left running")
        #expect(kill(left, SIGKILL) == 0)
        let leftAgain = try #require(try pid_t(second.says("relay leaves behind ")))
        #expect(kill(leftAgain, SIGKILL) == 0)
        try stop(second)
    }

    @Test func `whoever started it may have ignored the end of children`() throws {
        let stage = try Stage([.netnsAgent: "exit 5"])
        let command =
            "trap '' CHLD; exec \(stage.path)/middle-sock --runtime-directory \(stage.sockets) "
            + "--database \(stage.data)/x -- sh"
        let performance = try stage.run(["-c", command]) { $0.path = "/bin/sh" }
        #expect(try performance.ended() == .status(5))
    }

    @Test func `as the first process of a container it collects what others leave behind`() throws {
        let script = """
            pipe my $reading, my $writing;
            if (fork == 0) {
                my $orphan = fork;
                syswrite $writing, $orphan if $orphan;
                exit;
            }
            wait;
            sysread $reading, my $orphan, 16;
            select undef, undef, undef, 0.01 while kill 0, $orphan;
            exit 5;
            """
        let stage = try Stage([.netnsAgent: script])
        let command = [
            "\(stage.path)/middle-sock", "--runtime-directory", stage.sockets, "--database", "\(stage.data)/x",
        ]
        let container = try stage.run(["--pid", "--fork", "--kill-child"] + command + ["--", "sh"]) {
            $0.path = "/usr/bin/unshare"
        }
        #expect(try container.ended() == .status(5))
    }

    @Test func `without privileges it says what is missing, and touches nothing`() throws {
        let stage = try Stage()
        let nobody = try stage.run(["--runtime-directory", stage.sockets, "--", "sh"]) {
            $0.identity = Program.Identity(user: 65_534, group: 65_534)
        }
        let line = try nobody.says("middle-sock: the privileges ")
        #expect(line.contains("NET_ADMIN") && line.contains("root"))
        #expect(try nobody.ended() == .status(69))
        let few = try stage.run(["--runtime-directory", stage.sockets, "--", "sh"]) {
            $0.capabilities = Launch.agentCapabilities.subtracting(.sysAdmin)
        }
        #expect(try few.says("middle-sock: the privileges ").hasPrefix("SYS_ADMIN are missing"))
        #expect(try few.ended() == .status(69))
        #expect(!FileManager.default.fileExists(atPath: stage.sockets))
    }
}

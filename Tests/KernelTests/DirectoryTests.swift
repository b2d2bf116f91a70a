import Foundation
import Kernel
import RootTesting
import Testing

@Suite("Directories")
struct DirectoryTests {
    /// Runs a test in a directory of its own, which is removed behind it.
    private static func withScratch(_ body: (String) throws -> Void) throws {
        let path = "\(NSTemporaryDirectory())/directory-test-\(UInt64.random(in: 0...UInt64.max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    /// In a process of its own: the umask is one for all tests of a process.
    @Test func `missing directories are made, whatever the umask, and those above them too`() async {
        await #expect(processExitsWith: .success) {
            umask(0o077)
            try Self.withScratch { path in
                #expect(try Directory.make("\(path)/a/b/c/"))
                for made in ["a", "a/b", "a/b/c"] {
                    let mode = try FileManager.default.attributesOfItem(atPath: "\(path)/\(made)")[.posixPermissions]
                    #expect(mode as? Int == 0o755)
                }
                #expect(try !Directory.make("\(path)/a/b/c"))
            }
        }
    }

    @Test func `what cannot be made is an error that says why`() throws {
        try Self.withScratch { path in
            try Data().write(to: URL(filePath: "\(path)/file"))
            #expect(try !Directory.make("\(path)/file"))
            #expect(throws: SystemError("make \(path)/file/a", code: ENOTDIR)) {
                try Directory.make("\(path)/file/a")
            }
            try FileManager.default.createSymbolicLink(atPath: "\(path)/link", withDestinationPath: "nowhere")
            #expect(throws: SystemError("make \(path)/link/a", code: ENOENT)) { try Directory.make("\(path)/link/a") }
        }
    }

    @Test(arguments: [
        ("/a/b", "/a"), ("/a/b//", "/a"), ("/a", "/"), ("//a", "/"), ("/", nil), ("a", nil), ("a/b", "a"),
    ])
    func `a path says what it lies in`(path: String, above: String?) {
        #expect(Directory.parent(of: path) == above)
    }

    @Test func `neither a link nor a file is opened as a directory`() throws {
        try Self.withScratch { path in
            try Data().write(to: URL(filePath: "\(path)/file"))
            try FileManager.default.createSymbolicLink(atPath: "\(path)/link", withDestinationPath: path)
            for name in ["file", "link"] {
                #expect(throws: SystemError("open \(path)/\(name)", code: ENOTDIR)) {
                    _ = try Directory(opening: "\(path)/\(name)").owner
                }
            }
        }
    }

    @Test func `only one opening of a file at a time is locked, until it is closed`() throws {
        try Self.withScratch { path in
            let directory = try Directory(opening: path)
            let first = try directory.file("lock")
            let second = try directory.file("lock")
            #expect(try first.lock())
            #expect(try !second.lock())
            first.close()
            #expect(try second.lock())
        }
    }

    @Test func `what a process locks is not locked by those that it starts, and who has locked it is told`() throws {
        try Self.withScratch { path in
            let directory = try Directory(opening: path)
            // It locks as this module does: struct flock (bits/fcntl.h) of a 64-bit machine.
            let script = """
                use Fcntl; open my $file, '+>', "$ARGV[0]/lock"; my $lock = pack 'ssx4qqix4', F_WRLCK, 0, 0, 0, 0;
                fcntl $file, F_SETLK, $lock or die $!; if (fork == 0) { alarm 60; sleep while 1 }
                syswrite STDOUT, 'x'; sleep while 1;
                """
            let pipe = try Descriptor.pipe()
            let reading = pipe.reading
            var program = Program(path: "/usr/bin/perl", arguments: ["-e", script, path], environment: [])
            program.output = pipe.writing.rawValue
            program.startsSession = true
            let holder = try ChildProcess(program)
            defer { kill(-holder.pid, SIGKILL) }
            pipe.writing.close()
            #expect(try reading.read(capacity: 1) == [UInt8(ascii: "x")])
            #expect(try directory.file("lock", writing: true).lockForProcess() == holder.pid)
            try holder.signal(SIGKILL)
            #expect(try holder.wait() == .signal(SIGKILL))
            #expect(try directory.file("lock", writing: true).lockForProcess() == nil)
        }
    }

    @Test func `a file stays locked while a process has it that was started with it`() throws {
        try Self.withScratch { path in
            let directory = try Directory(opening: path)
            let file = try directory.file("lock")
            #expect(try file.lock())
            var program = Program(path: "/bin/sleep", arguments: ["1000"], environment: [])
            program.input = file.rawValue
            let process = try ChildProcess(program)
            file.close()
            #expect(try !directory.file("lock").lock())
            try process.signal(SIGKILL)
            try directory.file("lock").waitForLock()
            #expect(try process.wait() == .signal(SIGKILL))
        }
    }

    @Test func `a file that was replaced is not the one any more`() throws {
        try Self.withScratch { path in
            let directory = try Directory(opening: path)
            let file = try directory.file("lock")
            #expect(try directory.contains(file, as: "lock"))
            try directory.remove("lock")
            #expect(try !directory.contains(file, as: "lock"))
            try directory.file("lock").close()
            #expect(try !directory.contains(file, as: "lock"))
        }
    }

    @Test func `no link is followed to a file, and what is there no more need not be removed`() throws {
        try Self.withScratch { path in
            try FileManager.default.createSymbolicLink(atPath: "\(path)/lock", withDestinationPath: "elsewhere")
            let directory = try Directory(opening: path)
            #expect(throws: SystemError("open lock", code: ELOOP)) { try directory.file("lock").close() }
            try directory.remove("lock")
            try directory.remove("lock")
            #expect(try FileManager.default.contentsOfDirectory(atPath: path).isEmpty)
        }
    }

    @Test func `a directory that is not empty stays`() throws {
        try Self.withScratch { path in
            _ = try Directory.make("\(path)/a/b")
            try Directory.removeIfEmpty("\(path)/a")
            #expect(FileManager.default.fileExists(atPath: "\(path)/a/b"))
        }
    }

    @Test(.asRoot)
    func `as root, a directory is given away, and a file of somebody else in it is not trusted`() throws {
        try Self.withScratch { path in
            let directory = try Directory(opening: path)
            try directory.set(owner: Program.Identity(user: 60_768, group: 60_767), mode: 0o1770)
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(try directory.owner == 60_768)
            #expect(
                attributes[.groupOwnerAccountID] as? Int == 60_767 && attributes[.posixPermissions] as? Int == 0o1770)
            try Data().write(to: URL(filePath: "\(path)/lock"))
            #expect(unsafe chown("\(path)/lock", 60_768, 60_767) == 0)
            #expect(throws: SystemError("open lock", code: EPERM)) { try directory.file("lock").close() }
        }
    }
}

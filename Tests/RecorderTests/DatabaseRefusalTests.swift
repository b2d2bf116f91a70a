import Foundation
import Kernel
import Messages
import RootTesting
import Testing

/// Databases that cannot be used: each is one line that names what is in the way, and nobody waits.
@Suite struct DatabaseRefusalTests {
    /// What is where the database should be.
    enum Thing: String, CaseIterable {
        case fifo = "a FIFO"
        case directory = "a directory"
        case socket = "a socket"
        case device = "a device"

        func make(at path: String) throws {
            switch self {
            case .fifo: guard unsafe mkfifo(path, 0o644) == 0 else { throw SystemError("mkfifo") }
            case .directory: try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            case .socket:
                try FinishedProgram(
                    "python3", ["-c", "import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])", path]
                ).check()
            case .device: try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/dev/zero")
            }
        }
    }

    @Test(arguments: Thing.allCases)
    func `what is no file is refused`(thing: Thing) throws {
        let place = try RecordedPackets([])
        let path = place.file("other")
        try thing.make(at: path)
        for command in [
            ["leases"], ["starts"], ["packets"], ["events"], ["follow"], ["export", "--pcapng", "/dev/null"],
            ["report", "--output", place.file("report")], ["metrics"], ["metrics", "--listen", "127.0.0.1:0"],
        ] {
            let ended = try FinishedProgram(RunningRecorder.program(command + ["--database", path]))
            #expect(ended.exit == .status(69), "\(command)")
            #expect(
                ended.error == """
                    recorder: cannot use \(path): it is \(thing.rawValue), and no database; name another file with --database

                    """)
        }
        let recorder = try FinishedProgram(
            RunningRecorder.program(["--runtime-directory", place.file("."), "--database", path]))
        #expect(recorder.exit == .status(69) && recorder.error.contains("it is \(thing.rawValue)"), "\(recorder.error)")
    }

    @Test(arguments: ["-wal", "-shm"])
    func `a FIFO beside the database makes nobody wait`(suffix: String) throws {
        let place = try RecordedPackets([Exchange.discover])
        try? FileManager.default.removeItem(atPath: place.database + suffix)
        try Thing.fifo.make(at: place.database + suffix)
        let ended = try place.recorder(["leases"])
        #expect(ended.exit == .status(69) && ended.error.split(separator: "\n").count == 1, "\(ended)")
    }

    @Test(.asRoot)
    func `whose the directory is and who needs it is said`() throws {
        let place = try RecordedPackets([])
        let directory = place.file("theirs")
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        guard unsafe chown(directory, 4_711, 4_711) == 0 else { throw SystemError("chown") }
        #expect(
            try complaint(at: directory + "/x.sqlite").contains(
                "\(directory), which belongs to user 4711, is not writable for user 60769, who needs it for the files "
                    + "beside the database; 'chown 60769 \(directory)' gives it to that user"))
        guard unsafe chmod(directory, 0o700) == 0 else { throw SystemError("chmod") }
        for path in [directory + "/x.sqlite", directory + "/below/x.sqlite"] {
            #expect(
                try complaint(at: path).contains(
                    "\(directory), which belongs to user 4711, cannot be entered by user 60769; 'chmod o+x \(directory)'"
                ))
        }
        let reading = try complaint(at: directory + "/x.sqlite", ["leases"])
        #expect(
            reading.contains(
                "\(directory), which belongs to user 4711, cannot be entered by user 60769; run it with sudo"))
    }

    /// What the recorder's user is told.
    private func complaint(at path: String, _ command: [String] = []) throws -> String {
        var program = try RunningRecorder.program(command + ["--database", path])
        program.identity = Program.Identity(user: 60_769, group: 60_767)
        let ended = try FinishedProgram(program)
        #expect(ended.exit == .status(69) && ended.error.split(separator: "\n").count == 1, "\(ended)")
        return ended.error
    }
}

extension FinishedProgram {
    fileprivate func check() throws {
        guard exit == .status(0) else { throw RunningRecorder.Missing(what: error) }
    }
}

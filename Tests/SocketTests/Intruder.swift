import Foundation
import Kernel

/// A process of another user on the same machine, with a script in Python.
final class Intruder {
    private let process: ChildProcess

    /// What every script begins with: `message(kind)` makes a message with no fields, `path` is the socket, `give`
    /// sends something with descriptors.
    private static let beginning = """
        import array, os, socket, struct, sys, time
        path = sys.argv[1]
        def message(kind, fields=b""):
            return struct.pack("!IBBHI", 0x4D534F4B, 1, kind, 0, 12 + len(fields)) + fields
        sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        def give(data, descriptors):
            rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))
            sender.sendmsg([data], [rights], 0, path)

        """

    /// Starts a script against the socket at `path`.
    init(_ script: String, at path: String, as user: UInt32) throws {
        var program = Program(
            path: "/usr/bin/python3", arguments: ["-c", Self.beginning + script, path], environment: [])
        program.identity = Program.Identity(user: user, group: user)
        program.capabilities = []
        program.directory = "/"
        program.parentDeathSignal = SIGKILL
        process = try ChildProcess(program)
    }

    deinit {
        try? process.signal(SIGKILL)
        _ = try? process.wait()
    }

    /// Waits until the script has come to its end.
    func finish() throws {
        let exit = try end(of: process)
        guard exit == .status(0) else { throw Missing("the end of a script: \(exit)") }
    }

    /// Does something while the script runs, which has no end.
    func during<Result>(_ work: () throws -> Result) throws -> Result {
        let result = try work()
        guard try process.exit() == nil else { throw Missing("a script that goes on") }
        return result
    }
}

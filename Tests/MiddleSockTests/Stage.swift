import Foundation
import Kernel
import Messages
import Testing

@testable import middle_sock

/// A directory with the built middle-sock and scripts that stand in for the components beside it.
///
/// The launcher finds its components beside its own executable. The scripts send nothing: they say on standard error
/// what happens to them.
final class Stage {
    /// Ends when it is told to, and says which signals it gets.
    static let obedient = """
        for my $name (qw(HUP USR1 USR2)) { $SIG{$name} = sub { report("got $name") } }
        $SIG{TERM} = sub { report("stops"); exit 0 };
        report("runs as process $$");
        sleep while 1;
        """

    let path = "\(FileManager.default.temporaryDirectory.path)/middle-sock-stage-\(UInt64.random(in: 0...UInt64.max))"
    var sockets: String { "\(path)/run/sockets" }
    var data: String { "\(path)/var/data" }

    /// - Parameter scripts: what components do in Perl, other than to be obedient; nothing for one that is missing.
    init(_ scripts: [ComponentName: String?] = [:]) throws {
        try #require(getuid() == 0, "needs root")
        _ = try Directory.make(path)
        let built = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../.build/debug/middle-sock")
        // By another process: while one of this has the copy open for writing, a process that some other test starts at
        // that moment holds it too, and it cannot be run (ETXTBSY).
        let copy = try ChildProcess(
            Program(path: "/bin/cp", arguments: [built.standardized.path, "\(path)/middle-sock"], environment: []))
        guard try copy.wait() == .status(0) else { throw CocoaError(.fileWriteUnknown) }
        for component in ComponentName.launched {
            if let script = scripts[component, default: Self.obedient] { try write(script, as: component) }
        }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Gives a component another script, before it is started.
    func write(_ script: String, as component: ComponentName) throws {
        let text = """
            #!/usr/bin/perl
            sub report { syswrite STDERR, "\(component) @_\\n" }
            \(script)
            """
        try text.write(toFile: "\(path)/\(component)", atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(path)/\(component)")
    }

    /// Starts middle-sock with a server that is there.
    func launch(_ options: [String] = [], environment: [String] = []) throws -> Performance {
        let places = ["--runtime-directory", sockets, "--database", "\(data)/x.sqlite"]
        return try run(places + options + ["--", "sh"]) { $0.environment += environment }
    }

    /// Runs middle-sock.
    func run(_ arguments: [String], with settings: (inout Program) -> Void = { _ in }) throws -> Performance {
        var program = Program(path: "\(path)/middle-sock", arguments: arguments, environment: ["PATH=/usr/bin:/bin"])
        settings(&program)
        return try Performance(program, on: self)
    }
}

/// A program that runs, and what it and all that it started say.
final class Performance {
    let process: ChildProcess
    private let reading: Descriptor
    /// Its directory is removed when nothing runs there any more.
    private let stage: Stage
    private var unread: [UInt8] = []
    /// What was said until now.
    private(set) var lines: [String] = []

    fileprivate init(_ program: Program, on stage: Stage) throws {
        self.stage = stage
        let pipe = try Descriptor.pipe()
        reading = pipe.reading
        var program = program
        program.input = nil
        program.output = pipe.writing.rawValue
        program.error = pipe.writing.rawValue
        program.parentDeathSignal = SIGKILL
        process = try ChildProcess(program)
        pipe.writing.close()
        try reading.stopBlocking()
    }

    /// Nothing of it outlives a test that failed: it is killed, and with it all that it started.
    deinit {
        try? process.signal(SIGKILL)
    }

    func signal(_ signal: Int32) throws {
        try process.signal(signal)
    }

    /// Waits for a line that begins so, behind those that were waited for before, and gives the rest of it.
    @discardableResult
    func says(_ beginning: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
        while let line = try next() {
            if line.hasPrefix(beginning) { return String(line.dropFirst(beginning.count)) }
        }
        try #require(Bool(false), "'\(beginning)' was never said, but \(lines)", sourceLocation: sourceLocation)
        return ""
    }

    /// Waits until the last one that could say something has ended.
    func ended() throws -> ChildProcess.Exit {
        while try next() != nil {}
        return try process.wait()
    }

    private func next() throws -> String? {
        let poller = try Poller(capacity: 1)
        try poller.watch(reading, for: .reading, token: 0)
        while true {
            if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                lines.append(String(decoding: unread[..<end], as: UTF8.self))
                unread.removeSubrange(...end)
                return lines.last
            }
            _ = try poller.wait(timeout: 30_000_000)
            let bytes = try #require(try reading.read(capacity: 65_536), "nothing more was said than \(lines)")
            guard !bytes.isEmpty else { return nil }
            unread += bytes
        }
    }
}

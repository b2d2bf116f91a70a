import Addresses
import Diagnostics
import Foundation
import Kernel
import Messages
import Testing

/// The program, started from where the tests were built to; it does not outlive its owner.
struct RunningDiscovery: ~Copyable {
    let process: ChildProcess
    var output: Lines
    var errors: Lines

    init(_ arguments: [String], environment: [String] = [], output path: String? = nil) throws {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let outputPipe = try Descriptor.pipe()
        let errorPipe = try Descriptor.pipe()
        let file = path.map { unsafe open($0, O_WRONLY | O_CLOEXEC) }
        try #require(file != -1)
        var program = Program(
            path: URL(filePath: tests).deletingLastPathComponent().appending(path: "discovery").path,
            arguments: arguments, environment: environment)
        program.output = file ?? outputPipe.writing.rawValue
        program.error = errorPipe.writing.rawValue
        process = try ChildProcess(program)
        output = Lines(outputPipe.reading)
        errors = Lines(errorPipe.reading)
        if let file { Descriptor(owning: file).close() }
    }

    /// One that goes on until it is told to stop, and has said its version.
    static func watching(_ arguments: [String], environment: [String] = []) throws -> RunningDiscovery {
        var discovery = try RunningDiscovery(arguments + ["--watch"], environment: environment)
        let line = try discovery.errors.next()
        #expect(line == "discovery: version \(Version.text)")
        return discovery
    }

    deinit {
        do {
            try process.signal(SIGKILL)
            _ = try process.wait()
        } catch  where error.code == ECHILD {
            // It has ended, and was collected.
        } catch {
            fatalError("\(error)")
        }
    }

    /// Waits until it has ended.
    func exit() throws -> ChildProcess.Exit {
        try wait(for: process.descriptor, "the end of discovery")
        return try process.wait()
    }
}

/// What became of a run of the program.
struct Run: Equatable {
    let exit: ChildProcess.Exit
    let output: [String]
    let errors: [String]

    init(_ exit: ChildProcess.Exit, output: [String] = [], errors: [String] = []) {
        self.exit = exit
        self.output = output
        self.errors = errors
    }

    /// Runs the program to its end.
    init(of arguments: [String], environment: [String] = [], output path: String? = nil) throws {
        var discovery = try RunningDiscovery(arguments, environment: environment, output: path)
        output = try discovery.output.rest()
        errors = try discovery.errors.rest()
        exit = try discovery.exit()
    }
}

/// The lines that come out of a pipe.
struct Lines: ~Copyable {
    private let descriptor: Descriptor
    private var bytes: [UInt8] = []

    init(_ descriptor: consuming Descriptor) {
        self.descriptor = descriptor
    }

    /// The next line, waited for.
    mutating func next() throws -> String {
        while true {
            if let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
                defer { bytes.removeSubrange(...end) }
                return String(decoding: bytes[..<end], as: UTF8.self)
            }
            try #require(try fill(), "the pipe ended where a line was expected")
        }
    }

    /// All lines until the other end is closed.
    mutating func rest() throws -> [String] {
        while try fill() {}
        return bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    }

    private mutating func fill() throws -> Bool {
        try wait(for: descriptor, "something to read")
        let piece = try descriptor.read(capacity: 4_096) ?? []
        bytes += piece
        return !piece.isEmpty
    }
}

extension MessageSocket {
    /// The networks in the next message, waited for.
    func nextNetworks() throws -> Networks {
        guard case .networks(let networks) = try Message(decoding: nextBytes()) else { throw UnexpectedMessage() }
        return networks
    }

    /// The next message as text, waited for.
    func nextText() throws -> String {
        String(decoding: try nextBytes(), as: UTF8.self)
    }

    private func nextBytes() throws -> [UInt8] {
        try wait(for: descriptor, "a message")
        return try #require(try receive(capacity: Message.maximumLength)).bytes
    }

    /// The networks in the next message as lines, waited for.
    func nextLines() throws -> [String] {
        try nextNetworks().networks.map(\.description)
    }

    /// The next message with other networks than these, as lines.
    func networks(otherThan before: [String]) throws -> [String] {
        while true {
            let now = try nextLines()
            if now != before { return now }
        }
    }

    /// Nobody receives any more.
    consuming func close() {}

    struct UnexpectedMessage: Error {}
}

/// Waits until a descriptor can be read; 30 seconds are as good as never.
private func wait(for descriptor: borrowing Descriptor, _ what: String) throws {
    let poller = try Poller(capacity: 1)
    try poller.watch(descriptor, for: .reading, token: 0)
    let deadline = Clock.monotonic + 30_000_000
    while try poller.wait(timeout: 1_000_000).isEmpty {
        try #require(Clock.monotonic < deadline, "waited in vain for \(what)")
    }
}

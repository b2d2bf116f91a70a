internal import CLinux

/// What a small tool says, such as `nft -j list ruleset`.
public enum ToolOutput {
    /// The most bytes that are read.
    public static let maximumSize = 16 << 20

    /// How a tool ended.
    public enum Answer: Hashable, Sendable {
        /// It succeeded and wrote this to standard output.
        case success([UInt8])
        /// It failed, and what it wrote to standard error, cut at 1,000 bytes.
        case failure(String)
        /// There is no such program.
        case missing
        /// It wrote too much, or was not ready in time, and was killed.
        case endless
    }

    /// Runs a tool and reads what it writes.
    ///
    /// - Parameters:
    ///   - name: looked for as a shell does, in the directories that hold servers and tools of root.
    ///   - environment: as `NAME=value`.
    ///   - timeout: how long it may take, in microseconds.
    /// - Throws: `SystemError` when it cannot be started or waited for.
    public static func of(
        _ name: String, _ arguments: [String], environment: [String] = ["LC_ALL=C.UTF-8"],
        timeout: UInt64 = 5_000_000
    ) throws(SystemError) -> Answer {
        guard let path = Program.find(name, searchPath: nil) else { return .missing }
        let output = try Descriptor.pipe()
        let errors = try Descriptor.pipe()
        var program = Program(path: path, arguments: arguments, environment: environment)
        let nothing = try Descriptor(reading: "/dev/null")
        program.input = nothing.rawValue
        program.output = output.writing.rawValue
        program.error = errors.writing.rawValue
        program.parentDeathSignal = SIGKILL
        let process = try ChildProcess(program)
        output.writing.close()
        errors.writing.close()
        guard let texts = try readAll(output.reading, errors.reading, until: Clock.monotonic + timeout) else {
            try process.signal(SIGKILL)
            _ = try process.wait()
            return .endless
        }
        guard try process.wait() == .status(0) else {
            return .failure(String(decoding: texts.errors.prefix(1_000), as: UTF8.self))
        }
        return .success(texts.output)
    }

    /// Reads both to their ends; nothing if that takes too long or is too much.
    private static func readAll(
        _ output: borrowing Descriptor, _ errors: borrowing Descriptor, until deadline: UInt64
    ) throws(SystemError) -> (output: [UInt8], errors: [UInt8])? {
        let poller = try Poller(capacity: 2)
        try poller.watch(output, for: .reading, token: 0)
        try poller.watch(errors, for: .reading, token: 1)
        var texts: [[UInt8]] = [[], []]
        var open = 2
        while open > 0 {
            let now = Clock.monotonic
            guard now < deadline, texts.allSatisfy({ $0.count <= maximumSize }) else { return nil }
            for index in try poller.wait(timeout: deadline - now) {
                let token = Int(poller[index].token)
                let bytes = try token == 0 ? output.read(capacity: 65_536) : errors.read(capacity: 65_536)
                texts[token] += bytes ?? []
                guard bytes?.isEmpty == true else { continue }
                try token == 0 ? poller.forget(output) : poller.forget(errors)
                open -= 1
            }
        }
        return (texts[0], texts[1])
    }
}

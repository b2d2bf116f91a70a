import CLinux
import Foundation
import Kernel

/// What is wrong with whoever reads what a program says.
enum StandardErrorFault: CaseIterable {
    /// The reader of the pipe has been stopped, and the pipe is full.
    case readerStopped
    /// Nobody reads the pipe, and it is full.
    case pipeFull
    /// The socket, as the journal gives one, is full.
    case socketFull
    /// The terminal was told to show nothing more (control-S).
    case terminalStopped
    /// The terminal is gone.
    case terminalGone
    /// The terminal is gone, and its session with it.
    case sessionGone
}

/// A standard error with whoever reads it.
final class FaultyStandardError {
    let fault: StandardErrorFault
    /// What the program gets; for a session a terminal to begin one with.
    let writing: Descriptor
    private var reading: Descriptor?
    private let reader: ChildProcess?
    private let path: String

    init(_ fault: StandardErrorFault, in directory: String) throws {
        self.fault = fault
        path = directory + "/said"
        switch fault {
        case .pipeFull, .readerStopped:
            let pipe = try Descriptor.pipe()
            writing = pipe.writing
            if fault == .readerStopped {
                let file = try Descriptor(replacing: path)
                var program = Program(path: "/bin/cat", arguments: [], environment: [])
                program.input = pipe.reading.rawValue
                program.output = file.rawValue
                let process = try ChildProcess(program)
                try process.signal(SIGSTOP)
                try waitUntil("the reader is stopped") {
                    try String(contentsOfFile: "/proc/\(process.pid)/stat", encoding: .utf8).contains(" T ")
                }
                reader = .some(process)
                reading = nil
            } else {
                reader = nil
                reading = .some(pipe.reading)
            }
        case .socketFull:
            var ends: [Int32] = [0, 0]
            guard unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
                throw Missing("a pair of sockets")
            }
            writing = Descriptor(owning: ends[0])
            reading = .some(Descriptor(owning: ends[1]))
            reader = nil
        case .terminalStopped, .terminalGone, .sessionGone:
            let master = Descriptor(owning: posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC))
            guard grantpt(master.rawValue) == 0, unlockpt(master.rawValue) == 0,
                let name = unsafe ptsname(master.rawValue)
            else { throw Missing("a terminal") }
            writing = Descriptor(owning: unsafe clinux_open_at(AT_FDCWD, name, O_RDWR | O_NOCTTY | O_CLOEXEC))
            reading = .some(master)
            reader = nil
        }
        try begin()
    }

    deinit {
        try? reader?.signal(SIGKILL)
        _ = try? reader?.wait()
    }

    private func begin() throws {
        switch fault {
        case .pipeFull, .readerStopped, .socketFull: try fill()
        case .terminalStopped: tcflow(writing.rawValue, TCOOFF)
        case .terminalGone, .sessionGone: break
        }
    }

    /// Once the program has begun with its terminal.
    func strike() {
        guard fault == .terminalGone || fault == .sessionGone else { return }
        reading = nil
    }

    private func fill() throws {
        let own = try writing.duplicate()
        let flags = fcntl(own.rawValue, F_GETFL)
        try own.stopBlocking()
        for size in [4_096, 1] {
            let bytes = [UInt8](repeating: UInt8(ascii: "."), count: size)
            while unsafe CLinux.write(own.rawValue, bytes, size) > 0 {}
        }
        guard fcntl(own.rawValue, F_SETFL, flags) == 0 else { throw Missing("the flags of before") }
    }

    /// Whether the open file, which others share, has become one that does not wait.
    var isChanged: Bool { fcntl(writing.rawValue, F_GETFL) & O_NONBLOCK != 0 }

    /// Lets the reader read on.
    func mend() throws {
        switch fault {
        case .readerStopped: try reader?.signal(SIGCONT)
        case .terminalStopped: tcflow(writing.rawValue, TCOON)
        case .pipeFull, .socketFull, .terminalGone, .sessionGone: break
        }
    }

    /// What was read until now, without what filled the pipe.
    func said() throws -> String {
        let text: String
        switch reading {
        case .some(let reading):
            try reading.stopBlocking()
            var bytes: [UInt8] = []
            while let more = try? reading.read(capacity: 65_536), !more.isEmpty { bytes += more }
            past += bytes
            text = String(decoding: past, as: UTF8.self)
        case .none: text = try String(contentsOfFile: path, encoding: .utf8)
        }
        return String(text.drop { $0 == "." })
    }

    private var past: [UInt8] = []
}

import Foundation
import Kernel

/// `recorder metrics --listen` as a process.
final class ServedMetrics {
    let process: ChildProcess
    private let log: Descriptor
    private(set) var address = ""

    /// Starts it, and comes back when it listens, or has ended.
    init(of database: String, environment: [String] = [], identity: Program.Identity? = nil) throws {
        var program = try RunningRecorder.program(["metrics", "--database", database, "--listen", "127.0.0.1:0"])
        program.environment = environment
        program.identity = identity
        let pipe = try Descriptor.pipe()
        log = pipe.reading
        program.error = pipe.writing.rawValue
        process = try ChildProcess(program)
        pipe.writing.close()
        var text = ""
        while !text.contains("/metrics\n"), let bytes = try log.read(capacity: 4096), !bytes.isEmpty {
            text += String(decoding: bytes, as: UTF8.self)
        }
        address =
            text.range(of: "http://").map { text[$0.lowerBound...].prefix { !$0.isWhitespace } }.map(String.init)
            ?? text
    }

    deinit {
        try? process.signal(SIGKILL)
        _ = try? process.wait()
    }

    /// Fetches the metrics `count` times, each on a connection of its own, and says how many answers were whole.
    static func fetch(_ count: Int, from address: String) throws -> Int {
        let script = """
            import http.client, sys
            host = sys.argv[1].split("/")[2]
            def fetch():
                connection = http.client.HTTPConnection(host, timeout=20)
                connection.request("GET", "/metrics")
                answer = connection.getresponse()
                return answer.status == 200 and b"middle_sock_database_size_bytes" in answer.read()
            print(sum(fetch() for _ in range(int(sys.argv[2]))))
            """
        let answer = try FinishedProgram("python3", ["-c", script, address, "\(count)"])
        guard let fetched = Int(answer.output.dropLast()) else { throw RunningRecorder.Missing(what: answer.error) }
        return fetched
    }
}

/// A process as /proc shows it.
struct ProcessFiles {
    let process: pid_t

    /// The names of its threads, sorted.
    var threads: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task").map {
                try String(contentsOfFile: "/proc/\(process)/task/\($0)/comm", encoding: .utf8).trimmingCharacters(
                    in: .newlines)
            }.sorted()
        }
    }

    /// What `/proc/PID/status` says, by name.
    var status: [String: String] {
        get throws {
            let lines = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8).split(separator: "\n")
            return lines.reduce(into: [:]) { status, line in
                let words = line.split(whereSeparator: \.isWhitespace)
                status[String(words[0].dropLast())] = words.dropFirst().joined(separator: " ")
            }
        }
    }
}

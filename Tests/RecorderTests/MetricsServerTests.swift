import Foundation
import Kernel
import LeaseStore
import Messages
import Testing

@testable import recorder

/// The metrics over HTTP, asked for by curl.
@Suite struct MetricsServerTests {
    /// A recorder that serves, at a port that was free.
    private func serving(_ body: (RunningRecorder, String) throws -> Void) throws {
        let recorder = try RunningRecorder(["--metrics-listen", "127.0.0.1:0"])
        let start = try #require(recorder.log.range(of: "http://"))
        let address = recorder.log[start.lowerBound...].prefix { !$0.isWhitespace }
        try body(recorder, String(address))
    }

    private func curl(_ arguments: [String]) throws -> FinishedProgram {
        try FinishedProgram("curl", ["--silent", "--show-error", "--max-time", "20"] + arguments)
    }

    @Test func `the recorder serves what it has stored so far`() throws {
        try serving { recorder, address in
            let relay = try Sender(.relay, to: recorder)
            for sequence in 1...3 as ClosedRange<UInt64> {
                let batch = RecordBatch(
                    source: .relay, instance: 7, sequence: sequence, lost: 0, records: [Exchange.discover])
                try relay.send(Message.records(batch).encoded())
                try relay.waitForAcknowledgement(of: sequence)
                let answer = try curl(["--include", address])
                #expect(answer.output.hasPrefix("HTTP/1.1 200 OK"))
                #expect(answer.output.contains("content-type: text/plain; version=0.0.4; charset=utf-8"))
                #expect(answer.output.contains("type=\"DISCOVER\",verdict=\"forwarded\"} \(sequence)\n"))
            }
            #expect(try recorder.stop(SIGTERM) == .status(0))
        }
    }

    @Test func `anything but GET of the metrics is told so`() throws {
        try serving { _, address in
            func code(_ arguments: [String]) throws -> String {
                try curl(["--output", "/dev/null", "--write-out", "%{http_code}"] + arguments).output
            }
            #expect(try code(["--head", address]) == "200")
            #expect(try code([address + "?x=1"]) == "200")
            #expect(try code([address + "/other"]) == "404")
            #expect(try code(["--data", "x", address]) == "405")
            // One connection serves many requests.
            let twice = ["--output", "/dev/null", address, "--output", "/dev/null", address]
            let connections = try curl(["--write-out", "%{num_connects} "] + twice).output
            #expect(connections == "1 0 ")
        }
    }

    @Test func `clients that keep their connections to themselves do not shut out others for long`() throws {
        try serving { recorder, address in
            let port = try #require(address.split(separator: ":").last?.prefix { $0.isNumber })
            // More than are served: those above the limit are turned away.
            let script = """
                import select, socket, sys
                held = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(40)]
                ended = set()
                while len(ended) < 8:
                    ended |= set(select.select([each for each in held if each not in ended], [], [], 20)[0])
                print(len(ended))
                """
            let turnedAway = try FinishedProgram("python3", ["-c", script, String(port)]).output
            #expect(turnedAway == "8\n")
            #expect(try curl([address]).output.contains("middle_sock_leases_total 0"))
        }
    }

    @Test func `clients that never come to the end of their question shut out nobody`() throws {
        try serving { _, address in
            // Each says a byte from time to time, and so is never silent for long.
            let script = """
                import socket, sys, threading, time, urllib.request
                address = sys.argv[1]
                where = ("127.0.0.1", int(address.split(":")[2].split("/")[0]))
                held = [socket.create_connection(where) for _ in range(64)]
                for each in held: each.send(b"GET /metrics HTTP/1.1\\r\\nX: ")
                def trickle():
                    while True:
                        for each in held:
                            try: each.send(b"x")
                            except OSError: pass
                        time.sleep(0.2)
                threading.Thread(target=trickle, daemon=True).start()
                print(*(urllib.request.urlopen(address, timeout=20).status for _ in range(3)))
                """
            let answers = try FinishedProgram("python3", ["-c", script, address]).output
            #expect(answers == "200 200 200\n")
        }
    }

    @Test func `who asks or reads a little at a time is not waited for without end`() throws {
        try serving { _, address in
            let script = """
                import select, socket, sys, time
                where = ("127.0.0.1", int(sys.argv[1].split(":")[2].split("/")[0]))
                begun = [b"GET /metrics HTTP/1.1\\r\\nX: ", b"POST / HTTP/1.1\\r\\nContent-Length: 999999\\r\\n\\r\\n"]
                clients = [socket.create_connection(where) for _ in begun]
                for client, beginning in zip(clients, begun): client.send(beginning)
                ended, deadline = set(), time.monotonic() + 40
                while len(ended) < len(clients) and time.monotonic() < deadline:
                    for client in clients:
                        try: client.send(b"x")
                        except OSError: ended.add(client)
                    time.sleep(0.2)
                print(len(ended))
                """
            let ended = try FinishedProgram("python3", ["-c", script, address]).output
            #expect(ended == "2\n")
        }
    }

    @Test func `when the database was removed, it serves the one that is begun anew`() throws {
        try serving { recorder, address in
            for suffix in ["", "-wal", "-shm"] {
                try FileManager.default.removeItem(atPath: recorder.database + suffix)
            }
            // Until then the answer is 503, which curl tries again.
            let answer = try curl(["--fail", "--retry", "5", address])
            #expect(answer.output.contains("middle_sock_leases_total 0"), "\(answer)")
            #expect(FileManager.default.fileExists(atPath: recorder.database))
        }
    }

    @Test func `an address that is taken is one line and status 69`() throws {
        try serving { recorder, address in
            let taken = address.dropFirst("http://".count).prefix { $0 != "/" }
            let second = try FinishedProgram(
                RunningRecorder.program(["metrics", "--database", recorder.database, "--listen", String(taken)]))
            #expect(second.exit == .status(69))
            #expect(
                second.error == """
                    recorder: cannot serve metrics at \(taken): bind: Address already in use; name another address or port

                    """)
        }
    }

    @Test(arguments: [
        ("127.0.0.1:9467", "127.0.0.1:9467"), ("0.0.0.0:0", "0.0.0.0:0"), ("[::1]:9467", "[::1]:9467"),
        ("::1:9467", "[::1]:9467"),
    ])
    func `an address is numbers`(text: String, address: String) throws {
        #expect(ListeningAddress(argument: text)?.description == address)
    }

    @Test(arguments: ["", "9467", ":9467", "localhost:9467", "127.0.0.1", "127.0.0.1:65536", "127.0.0.1:x", "*:9467"])
    func `anything else is no address`(text: String) {
        #expect(ListeningAddress(argument: text) == nil)
    }
}

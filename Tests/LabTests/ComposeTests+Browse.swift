import Foundation
import Testing

extension ComposeTests {
    /// The profile `browse`: Datasette beside the stack.
    @Suite struct Browse {
        @Test(arguments: ComposeFile.allCases)
        func `the host gets the rows of the database over HTTP, also while they are written`(
            file: ComposeFile
        ) async throws {
            try await Lab.with(file) { stack in
                let lab = stack.engine.lab
                try await stack.up("browse")
                try await stack.isReady()
                let before = try await stack.browse("starts", columns: "outcome")
                #expect(before == [["outcome": "ready"]])
                // Through the published port no client of the LAN gets a lease, but what it says is recorded.
                guard file != .publishedPort else { return }
                for machine in [lab.client1, lab.client2] {
                    let lease = try await machine.start(.udhcpc).lease()
                    try await wait(for: "the lease of \(machine.role) to be shown") {
                        try await stack.browse("current_leases", columns: "client_mac", "address")
                            .contains(["client_mac": machine.hardwareAddress, "address": lease.address])
                    }
                }
                try await stack.records("PRAGMA integrity_check", [["ok"]])
            }
        }

        @Test func `it can write nothing, gain nothing, and is reached from the host alone`() async throws {
            try await Lab.with(.compose) { stack in
                let lab = stack.engine.lab
                try await stack.up("browse")
                try await stack.isReady()
                _ = try await stack.browse("starts", columns: "outcome")
                let status = ProcessStatus(of: try await stack.process("browse"))
                #expect(status["NoNewPrivs"] == "1")
                #expect(status["CapBnd"] == "0000000000000000")
                #expect(status["Uid"]?.hasPrefix("60771\t") == true)
                // Not even if it were the recorder.
                let attempt = try await stack.compose(
                    "exec", "-T", "--user", "recorder", "browse", "sh", "-c",
                    "touch /var/lib/middle-sock/middle-sock.sqlite 2>&1 || true")
                #expect(attempt.hasSuffix("Read-only file system"), "\(attempt)")
                #expect(try await lab.router.run("curl", "--silent", "http://192.168.50.2:8001/").status == 7)
            }
        }

        @Test func `it goes on when the recorder is killed, and does not keep it from writing`() async throws {
            try await Lab.with(.compose) { stack in
                try await stack.up("browse")
                try await stack.isReady()
                _ = try await stack.browse("starts", columns: "outcome")
                try await stack.kill("recorder", byAdministrator: true)
                let lease = try await stack.engine.lab.client1.start(.udhcpc).lease()
                try await wait(for: "the lease to be shown") {
                    try await stack.browse("current_leases", columns: "address") == [["address": lease.address]]
                }
                try await stack.compose("stop", "recorder")
                #expect(try await stack.browse("current_leases", columns: "address") == [["address": lease.address]])
                try await stack.records("PRAGMA integrity_check", [["ok"]])
            }
        }
    }
}

extension Stack {
    /// Columns of the rows of a table or view, as Datasette tells them on the host's port 8001, once it answers.
    fileprivate func browse(_ table: String, columns: String...) async throws -> [[String: String]] {
        let options = (["_shape=array"] + columns.map { "_col=\($0)" }).joined(separator: "&")
        let address = "http://127.0.0.1:8001/middle-sock/\(table).json?\(options)"
        let text = try await eventually("an answer from \(address)", within: .seconds(30)) {
            let ending = try await engine.lab.host.run("curl", "--silent", "--fail", address)
            return ending.status == 0 ? ending.output : nil
        }
        let rows = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
        return rows.map { row in
            row.filter { columns.contains($0.key) }.mapValues { "\($0)" }
        }
    }
}

import Testing

extension ComposeTests {
    /// The profile `metrics`: the recorder's counters for Prometheus, beside the stack.
    @Suite struct Metrics {
        @Test(arguments: [ComposeFile.compose, .ownServer])
        func `the host gets the counters over HTTP, and the container can write nothing`(
            file: ComposeFile
        ) async throws {
            try await Lab.with(file) { stack in
                let lab = stack.engine.lab
                try await stack.up("metrics")
                try await stack.isReady()
                try await lab.client1.start(.udhcpc).lease()
                let address = "http://127.0.0.1:9467/metrics"
                try await wait(for: "the lease to be counted", within: .seconds(30)) {
                    let answer = try await lab.host.run("curl", "--silent", "--fail", address)
                    return answer.output.contains("\nmiddle_sock_leases_total 1\n")
                }
                let status = ProcessStatus(of: try await stack.process("metrics"))
                #expect(status["CapBnd"] == "0000000000000000" && status["NoNewPrivs"] == "1")
                #expect(try await lab.router.run("curl", "--silent", "http://192.168.50.2:9467/metrics").status == 7)
                try await stack.records("PRAGMA integrity_check", [["ok"]])
            }
        }
    }
}

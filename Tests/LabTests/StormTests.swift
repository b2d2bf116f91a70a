import Testing

/// A short one of `script/bench storm`, which says what it proves.
@Suite struct StormTests {
    @Test func `while strangers send all that can hurt it the record keeps its promises`() async throws {
        try await Lab.with { lab in
            let benchmarks = "\(Project.root)/script/bench.d"
            let program = try await lab.startOutside([
                "/usr/bin/python3", "-B", benchmarks, "storm", lab.name, Project.binaries, "--seconds", "4",
                "--csv-descriptor", "2",
            ])
            let ending = try await program.ended(within: .seconds(150))
            #expect(ending.status == 0, "\(ending.output)\n\(ending.errors)")
        }
    }
}

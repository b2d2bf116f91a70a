import Testing

extension ComposeTests {
    /// One file with the oldest Podman; `script/test-podman` tries all of them with two.
    @Suite struct Podman {
        @Test func `clients are served with podman-compose, and with docker-compose by Podman's socket`() async throws {
            let ending = try await Program.start(
                [Project.root + "/script/test-podman", "--with", "bookworm", "compose.yaml"],
                title: "script/test-podman", log: Project.root + "/.build/lab-logs/podman"
            ).ended(within: .seconds(600))
            #expect(ending.status == 0, "\(ending.errors)")
            #expect(ending.errors.contains("clients are served with Podman in bookworm"))
        }
    }
}

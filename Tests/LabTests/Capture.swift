/// What passes on the LAN while a test runs, seen on the bridge: one line of tcpdump for each frame.
struct Capture: Sendable {
    let program: Program

    /// The frames so far.
    var lines: [String] { program.standardOutput.split(separator: "\n").map(String.init) }

    /// Waits until this many frames have passed.
    @discardableResult
    func frames(atLeast count: Int) async throws -> [String] {
        try await eventually("\(count) frames in: \(program.title)", evidence: { program.text }) {
            lines.count >= count ? lines : nil
        }
    }
}

extension Lab {
    /// Starts watching the LAN, or another bridge, with a filter as in pcap-filter(7), and returns once nothing is missed
    /// any more.
    func capture(_ filter: String, _ options: String..., on bridge: String = "br0") async throws -> Capture {
        let program = try await start(
            .lan, ["tcpdump", "-Z", "root", "-n", "-e", "-l", "-tt", "-i", bridge] + options + [filter])
        try await program.says("listening on \(bridge)")
        return Capture(program: program)
    }
}

import ArgumentParser

/// Why there is no comparison.
struct TwinFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Sends the same frames at the same moments to the host of one lab, on which a server runs bare, and to that of another,
/// where it runs behind middle-sock, and compares what comes out of the two hosts.
///
/// `TwinTests` starts the servers, and `script/fuzz twin` runs them for long.
@main
struct Twin: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dhcp-twin",
        abstract: "Compares a bare server with the same one behind middle-sock, frame by frame.",
        discussion: """
            Each pair is made of the seed and its number; --only plays some of them. It ends with status 1 when the two \
            hosts differ, and says in what and how to send the pair again. Run it only on labs made for it (script/lab).
            """)

    @Option(help: "The lab in which the server runs bare.")
    var bare: String

    @Option(help: "The lab in which it runs behind middle-sock.")
    var behind: String

    @Option(help: "What the pairs are made of.")
    var seed: UInt64 = 1

    @Option(help: "How many pairs of frames.")
    var runs = 100

    @Option(help: "Their numbers, with commas between, instead of the first ones.")
    var only: String?

    func run() throws {
        let numbers = only.map { $0.split(separator: ",").compactMap { Int($0) } } ?? Array(0..<runs)
        var player = try Player(bare: bare, behind: behind)
        var normalized: [Normalization: Int] = [:]
        var frames = 0
        for number in numbers {
            let requests = Generator.requests(seed: seed, number: number)
            let outcome = try player.play(requests)
            frames += outcome.frames
            normalized.merge(outcome.normalized, uniquingKeysWith: +)
            guard let difference = outcome.difference else { continue }
            print("pair \(number) of seed \(seed): \(difference)")
            for request in requests { print("  \(request)") }
            print("again, with servers that know nothing yet: --seed \(seed) --only \(number), or all before it")
            throw ExitCode(1)
        }
        let counts = Normalization.allCases.map { "\($0.rawValue) \(normalized[$0] ?? 0)" }.joined(separator: ", ")
        print("\(numbers.count) pairs of seed \(seed), \(frames) frames out of each host, no difference but: \(counts)")
    }
}

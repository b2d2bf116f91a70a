import Addresses
import ArgumentParser
import CommandLine
import GRDB
import Glibc
import Kernel

/// Why there is no comparison.
struct AgreementFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Drives clients, honest and hostile, at a server behind middle-sock, and compares the record with the server's own file.
///
/// `AgreementTests` starts the server, and `script/fuzz agreement` runs them for long.
@main
struct Agreement: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dhcp-agreement",
        abstract: "Plays DHCP clients, honest and hostile, and compares 'leases' with the server's own file.",
        discussion: """
            Each conversation is made of the seed and its number; --only plays some of them. It ends with status 1 when \
            the server and the record differ, and says where. Run it only in namespaces made for it, on the port of the \
            server's host.
            """)

    static let server = IPv4Address(192, 168, 50, 2)
    static let serversHardwareAddress = MACAddress(rawValue: 0x0200_0000_5002)

    @Option(help: "The port of the server's host.")
    var interface: InterfaceName?

    @Option(help: "Which server: \(ServerKind.allCases.map(\.rawValue).joined(separator: ", ")).")
    var kind: ServerKind

    @Option(help: "The server's lease file.")
    var leases = ""

    @Option(help: "The recorder's database.")
    var database = ""

    @Option(help: "What the conversations are made of.")
    var seed: UInt64 = 1

    @Option(help: "How many conversations.")
    var runs = 300

    @Option(help: "Their numbers, with commas between, instead of the first ones.")
    var only: String?

    @Flag(help: "Print every conversation before it is played.")
    var verbose = false

    @Option(help: "Where what is seen is kept; without '--interface' it is stored and compared again.")
    var keep: String?

    func run() throws {
        guard let interface else { return try compareAgain() }
        let numbers = only.map { $0.split(separator: ",").compactMap { Int($0) } } ?? Array(0..<runs)
        var player = try Player(on: interface)
        var file = LeaseFile(kind, at: leases)
        var samples: [Sample] = []
        // Twice nothing at the end, for what a server writes a moment later.
        for number in numbers + [.max, .max] {
            let conversation =
                number == .max ? Conversation(groups: [[]]) : Generator.conversation(seed: seed, number: number)
            if verbose { print(number, conversation) }
            if conversation.pause > 0 { sleep(UInt32(conversation.pause)) }
            try player.play(conversation)
            try file.refresh()
            samples.append(Sample(number: number, question: player.lastQuestion, leases: file.leases))
        }
        let record = try Record(at: database, of: kind)
        try record.waitForAnswer(to: player.lastQuestion)
        let times = try record.answers()
        samples = try samples.map { sample in
            guard let time = times[sample.question] else { throw AgreementFailure("an answer is not in the record") }
            var sample = sample
            sample.time = time
            return sample
        }
        if let keep { try Keepsake(in: keep).write(samples, of: record) }
        print("\(player.unprovable) messages left out that come from a network before the server has spoken there")
        try compare(samples, record.leases())
    }

    private func compareAgain() throws {
        guard let keep else { throw ValidationError("'--interface' or '--keep' is missing") }
        let (samples, leases) = try Keepsake(in: keep).replay(of: kind)
        try compare(samples, leases)
    }

    private func compare(_ samples: [Sample], _ rows: [RecordedLease]) throws {
        let differences = Comparison.differences(samples, rows)
        for difference in differences.prefix(10) { print(difference) }
        // Nothing was said at the end, twice.
        print(
            "\(samples.count - 2) conversations of seed \(seed), \(rows.count) leases, \(differences.count) differences"
        )
        if let first = differences.first {
            print(Generator.conversation(seed: seed, number: first.number))
            throw ExitCode(1)
        }
    }
}

extension ServerKind: ExpressibleByArgument {}

/// The recorder's database.
struct Record {
    private let queue: DatabaseQueue
    private let kind: ServerKind

    init(at path: String, of kind: ServerKind) throws {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(2)
        queue = try DatabaseQueue(path: path, configuration: configuration)
        self.kind = kind
    }

    /// Waits until what was said last is in the tables.
    func waitForAnswer(to question: UInt32) throws {
        let transaction =
            "0x" + String(repeating: "0", count: 8 - String(question, radix: 16).count)
            + String(question, radix: 16)
        let deadline = Clock.monotonic + 60_000_000
        while Clock.monotonic < deadline {
            let count = try queue.read {
                try Int.fetchOne(
                    $0, sql: "SELECT count(*) FROM packets WHERE transaction_id = ? AND direction = 'to-client'",
                    arguments: [transaction])
            }
            if count ?? 0 > 0 { return }
            usleep(10_000)
        }
        throw AgreementFailure("the record does not get to the end")
    }

    /// When the questions of the player were answered.
    func answers() throws -> [UInt32: Int64] {
        let rows = try queue.read {
            try Row.fetchAll(
                $0,
                sql: "SELECT transaction_id, captured_at FROM packets WHERE client_mac = ? AND direction = 'to-client'",
                arguments: [Player.questioner.description])
        }
        return Dictionary(
            rows.compactMap { row in UInt32((row[0] as String).dropFirst(2), radix: 16).map { ($0, row[1]) } },
            uniquingKeysWith: { first, _ in first })
    }

    /// Makes a copy of it.
    func copy(to path: String) throws {
        try queue.writeWithoutTransaction { try $0.execute(sql: "VACUUM INTO ?", arguments: [path]) }
    }

    func leases() throws -> [RecordedLease] {
        let type = kind.keepsHardwareType ? "hardware_type" : "'-'"
        return try queue.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT address, \(type) || ' ' || coalesce(client_mac, '-') || ' ' || coalesce(client_identifier, '-'),
                    bound_at, coalesce(ended_at, expires_at), expires_at, state = 'bound' FROM leases ORDER BY id
                    """
            ).compactMap { row in
                IPv4Address(row[0] as String).map {
                    RecordedLease(
                        address: $0, holder: row[1], boundAt: row[2], until: row[3], expiresAt: row[4],
                        isBound: row[5])
                }
            }
        }
    }
}

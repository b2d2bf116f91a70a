import ArgumentParser
import CommandLine
import Testing

@Suite("Amounts on the command line")
struct AmountTests {
    @Test(arguments: [
        ("90s", 90), ("1h30m", 5400), ("30d", 2_592_000), ("8w", 4_838_400), ("2y", 63_072_000),
    ])
    func `a time is numbers with units`(text: String, seconds: Int64) {
        #expect(TimeSpan(argument: text)?.seconds == seconds)
    }

    @Test(arguments: ["", "5", "d", "-5d", "1.5h", "5M", "320000000000s", "99999999999999999999s"])
    func `anything else is no time`(text: String) {
        #expect(TimeSpan(argument: text) == nil)
    }

    @Test(arguments: [
        ("4096", 4096), ("500MB", 500_000_000), ("2GiB", 2 << 30), ("1kB", 1000), ("8388607TiB", 8_388_607 << 40),
    ])
    func `a size is a number and perhaps a unit`(text: String, bytes: Int64) {
        #expect(ByteSize(argument: text)?.bytes == bytes)
    }

    @Test(arguments: ["", "GiB", "-1", "1.5GiB", "2 GiB", "2gib", "8388608TiB", "99999999999999999999"])
    func `anything else is no size`(text: String) {
        #expect(ByteSize(argument: text) == nil)
    }

    @Test func `what a launcher passes on is understood as it was meant`() throws {
        let options = try RetentionOptions.parse([
            "--keep-packets", "1w2d", "--max-size", "2GiB", "--keep-leases", "forever", "--max-backlog", "16MiB",
            "--no-frames",
        ])
        #expect(
            options.arguments == [
                "--keep-packets", "777600s", "--max-size", "2147483648", "--keep-leases", "unlimited", "--max-backlog",
                "16777216", "--no-frames",
            ])
        let passedOn = try RetentionOptions.parse(options.arguments)
        #expect(passedOn.keepPackets == options.keepPackets && passedOn.maxSize == options.maxSize)
        #expect(passedOn.keepLeases == .unlimited)
        #expect(passedOn.noFrames && passedOn.maxBacklog == options.maxBacklog)
        #expect(try RetentionOptions.parse([]).arguments.isEmpty)
    }

    @Test(arguments: [
        ["--keep-packets", "0d"], ["--keep-leases", "0s"], ["--keep-packets", "never"], ["--max-size", "15MiB"],
        ["--max-size", "lots"], ["--max-backlog", "1"],
    ])
    func `what would leave nothing is refused`(arguments: [String]) {
        #expect(throws: (any Error).self) { try RetentionOptions.parse(arguments) }
    }
}

import ArgumentParser
import CommandLine
import Testing

@Suite("Options of the log")
struct LogOptionsTests {
    @Test func `what was asked for is passed on, and what is usual is not`() throws {
        #expect(try LogOptions.parse([]).arguments == [])
        let arguments = ["--log-level", "warning", "--log-format", "json"]
        #expect(try LogOptions.parse(arguments).arguments == arguments)
        #expect(throws: (any Error).self) { try LogOptions.parse(["--log-level", "loud"]) }
    }
}

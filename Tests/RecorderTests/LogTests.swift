import Foundation
import Kernel
import Testing

/// What a component says where it goes, and as it was told.
@Suite struct LogTests {
    private func refusal(_ arguments: [String]) throws -> String {
        // Its standard error is a file.
        try FinishedProgram(RunningRecorder.program(["--database", "/nonexistent/x"] + arguments)).error
    }

    @Test func `in a file each line has its time, in a pipe it has none`() throws {
        #expect(try RunningRecorder().log.hasPrefix("recorder: version "))
        let line = try refusal([])
        #expect(
            try #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z recorder: cannot .*\n/#.wholeMatch(in: line) != nil, "\(line)")
        #expect(try refusal(["--log-format", "plain"]).hasPrefix("recorder: cannot "))
    }

    @Test func `as JSON each line is an object, the last as well`() throws {
        let lines = try RunningRecorder(["--log-format", "json"]).log.split(separator: "\n")
        let objects = try (lines + [Substring(try refusal(["--log-format", "json"]))]).map { line in
            try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String])
        }
        #expect(objects.count > 2 && objects.allSatisfy { $0["component"] == "recorder" && $0["time"] != nil })
        #expect(objects.first?["message"]?.hasPrefix("version ") == true)
        #expect(objects.last?["level"] == "critical")
    }

    @Test func `what matters less than was asked for is not said`() throws {
        let recorder = try RunningRecorder(environment: ["MIDDLE_SOCK_LOG_FORMAT=timed"])
        #expect(recorder.log.contains("Z recorder: version "))
        let log = recorder.database + ".log"
        let said = try FinishedProgram(
            "bash",
            [
                "-c",
                """
                cd '\(RunningRecorder.program([]).directory ?? "")'; ./recorder --log-level error \
                --runtime-directory '\(recorder.directory.path)' --database '\(log)'; echo $?
                """,
            ])
        // Another runs there: that is said, and nothing else.
        #expect(said.output == "69\n" && said.error.split(separator: "\n").count == 1, "\(said)")
    }
}

import Foundation
import Logging
import Testing

@testable import Diagnostics

@Suite("Lines of the log")
struct LogTests {
    private func line(_ message: String, _ level: Logger.Level, _ format: LogFormat) -> String {
        StandardErrorLog.line(message, level, of: "relay", format, at: 1_795_435_200_001_300)
    }

    @Test func `a warning is marked, and the time stands in front where nobody adds it`() {
        #expect(line("waits", .info, .plain) == "relay: waits")
        #expect(line("lost 3", .warning, .plain) == "relay: warning: lost 3")
        #expect(line("waits", .notice, .timed) == "2026-11-23T12:00:00.001Z relay: waits")
        #expect(line("broken", .error, .timed) == "2026-11-23T12:00:00.001Z relay: error: broken")
        // What ends a program says so itself.
        #expect(line("cannot bind", .critical, .plain) == "relay: cannot bind")
    }

    @Test(arguments: ["waits", "\"quoted\" \\", "two\nlines", "\u{1B}[2J", "turned\u{202E}", "Büro"])
    func `an object says the same, in one line that steers no terminal`(message: String) throws {
        let line = line(message, .warning, .json)
        #expect(line.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 0x202E })
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
        #expect(
            object == [
                "time": "2026-11-23T12:00:00.001Z", "level": "warning", "component": "relay", "message": message,
            ])
    }
}

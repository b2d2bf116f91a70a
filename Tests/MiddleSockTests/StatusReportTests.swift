import Foundation
import Messages
import Service
import Testing

@testable import middle_sock

@Suite("The report of all components")
struct StatusReportTests {
    private func status(_ component: ComponentName, _ fields: KeyValuePairs<String, String>) -> StatusAnswer {
        .status(Status(component: component, fields: fields.map { Status.Field($0.key, $0.value) }))
    }

    private func report(state: String = "ready") -> StatusReport {
        StatusReport(answers: [
            .netnsAgent: status(.netnsAgent, ["state": state, "server": "dhcpd \"-f\""]),
            .relay: status(.relay, ["frames-to-server": "12"]),
            .recorder: status(.recorder, ["stored": "34"]),
        ])
    }

    @Test func `sections stand below each other, the values in one column`() {
        #expect(
            report().text == """
                netns-agent
                  state             ready
                  server            dhcpd "-f"

                relay
                  frames-to-server  12

                recorder
                  stored            34
                """)
    }

    @Test func `who is not there is said to be so`() {
        var report = report()
        report.answers[.relay] = .notRunning
        report.answers[.recorder] = .silence
        #expect(report.text.contains("relay\n  state   not running\n"))
        #expect(report.text.contains("recorder\n  state   does not answer"))
        #expect(!report.isReady)
    }

    @Test func `all is well when all answer and the server is ready`() {
        #expect(report().isReady)
        #expect(!report(state: "starting").isReady)
        for component in StatusReport.components {
            for answer in [StatusAnswer.notRunning, .silence] {
                var report = report()
                report.answers[component] = answer
                #expect(!report.isReady)
            }
        }
        #expect(!StatusReport().isReady)
    }

    @Test func `what a component says cannot steer the terminal`() {
        let report = StatusReport(answers: [.relay: status(.relay, ["na\nme": "\u{1B}[2Jx"])])
        #expect(report.text.contains("na\\u{a}me  \\u{1b}[2Jx"))
    }

    @Test func `programs get an object of objects`() throws {
        #expect(
            report().json == """
                {
                  "netns-agent": {
                    "state": "ready",
                    "server": "dhcpd \\"-f\\""
                  },
                  "relay": {
                    "frames-to-server": 12
                  },
                  "recorder": {
                    "stored": 34
                  }
                }
                """)
    }

    @Test(arguments: [
        ("frames", "12", "12"), ("start-ms", "43.512", "43.512"), ("server-pid", "-", "null"),
        ("x", "0x12", "\"0x12\""),
        ("x", "007", "\"007\""), ("x", "1e3", "\"1e3\""), ("x", "nan", "\"nan\""), ("x", "", "\"\""),
        ("x", "+1", "\"+1\""),
        // Somebody's server is called so, or an interface.
        ("server", "12", "\"12\""), ("links", "1", "\"1\""), ("networks", "-", "\"-\""),
    ])
    func `numbers are numbers, and names are none`(name: String, value: String, json: String) throws {
        let report = StatusReport(answers: [.relay: status(.relay, KeyValuePairs(dictionaryLiteral: (name, value)))])
        #expect(report.json.contains("\"\(name)\": \(json)\n"), "\(report.json)")
    }

    @Test func `how long a component runs is said in words`() {
        let report = StatusReport(answers: [.relay: status(.relay, ["uptime-seconds": "93784"])])
        #expect(report.text.contains("uptime-seconds  93784 (1 d 2 h 3 min 4 s)"))
    }
}

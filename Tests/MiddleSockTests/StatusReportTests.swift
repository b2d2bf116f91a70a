import Component
import Foundation
import Messages
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
        let object = try JSONSerialization.jsonObject(with: Data(report().json.utf8)) as? [String: [String: String]]
        #expect(
            object == [
                "netns-agent": ["state": "ready", "server": "dhcpd \"-f\""], "relay": ["frames-to-server": "12"],
                "recorder": ["stored": "34"],
            ])
    }
}

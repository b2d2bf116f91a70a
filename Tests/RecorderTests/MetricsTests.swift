import Addresses
import Diagnostics
import Foundation
import Kernel
import LeaseStore
import Messages
import PacketTesting
import Testing

@testable import Reading

/// The metrics, read by the parser of Prometheus' own client library.
@Suite struct MetricsTests {
    private let recorded: RecordedPackets

    init() throws {
        var ready = StartRecord(startedAt: 1, uplink: "lan", serverCommand: "dhcpd")
        (ready.outcome, ready.phases.total, ready.phases.spawn) = ("ready", 44_000, 1_900)
        var failed = StartRecord(startedAt: 2, uplink: "lan", serverCommand: "dhcpd")
        (failed.outcome, failed.phases.spawn) = ("the server ended with status 1", 2_500)
        recorded = try RecordedPackets(
            [
                Exchange.discover, Exchange.offer, Exchange.discover, Exchange.acknowledgement, Exchange.stray,
                Exchange.packet([1, 2, 3], .toServer, .truncated, at: Exchange.start + 5_250_000),
                .start(ready), .start(failed), .event(EventRecord(happenedAt: 3, kind: "link-down", detail: "")),
            ], lost: 12)
    }

    /// Each sample with its labels in the order of their names: `packets_total{direction=to-server,...}`.
    private func samples(_ text: String) throws -> [String: Double] {
        let script = """
            import json, sys
            from prometheus_client.parser import text_string_to_metric_families
            names, samples = set(), {}
            for family in text_string_to_metric_families(open(sys.argv[1]).read()):
                assert family.name not in names and family.documentation and family.type != "unknown", family
                names.add(family.name)
                for sample in family.samples:
                    labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
                    key = sample.name.removeprefix("middle_sock_") + (f"{{{labels}}}" if labels else "")
                    assert key not in samples, key
                    samples[key] = sample.value
            print(json.dumps(samples))
            """
        let file = recorded.file("metrics")
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        let parsed = try FinishedProgram("python3", ["-c", script, file])
        #expect(parsed.exit == .status(0), "\(parsed.error)")
        return try JSONDecoder().decode([String: Double].self, from: parsed.standardOutput)
    }

    @Test func `what the database holds is counted`() throws {
        let samples = try samples(recorded.recorder(["metrics"]).output)
        let expected: [String: Double] = [
            "packets_total{direction=to-server,interface=ens34,type=DISCOVER,verdict=forwarded}": 2,
            "packets_total{direction=to-client,interface=ens34,type=OFFER,verdict=forwarded}": 1,
            "packets_total{direction=to-client,interface=ens34,type=ACK,verdict=forwarded}": 1,
            "packets_total{direction=to-server,interface=ens34,type=REQUEST,verdict=not-for-us}": 1,
            "packets_total{direction=to-server,interface=ens34,type=none,verdict=truncated}": 1,
            "last_packet_timestamp_seconds": 1_700_000_005.25, "leases_total": 1, "leases_held{interface=ens34}": 1,
            "network_addresses_held{interface=ens34,relay=}": 1,
            "network_addresses_most_held{interface=ens34,relay=}": 1,
            "network_addresses_last_day{interface=ens34,relay=}": 1, "network_naks_last_day{interface=ens34,relay=}": 0,
            "network_clients_unanswered{interface=ens34,relay=}": 0,
            "starts_total{outcome=ready,uplink=lan}": 1, "starts_total{outcome=failed,uplink=lan}": 1,
            "start_duration_seconds_bucket{le=0.04,uplink=lan}": 0,
            "start_duration_seconds_bucket{le=0.05,uplink=lan}": 1,
            "start_duration_seconds_bucket{le=+Inf,uplink=lan}": 1, "start_duration_seconds_sum{uplink=lan}": 0.044,
            "start_duration_seconds_count{uplink=lan}": 1, "last_start_phase_seconds{phase=spawn}": 0.0025,
            "gaps_total{component=relay}": 1, "records_lost_total{component=relay}": 12,
            "build_info{version=\(Version.text)}": 1,
            "records_lost_total{component=netns-agent}": 0, "events_total{component=relay,kind=link-down}": 1,
        ]
        for (name, value) in expected { #expect(samples[name] == value, "\(name)") }
        #expect(samples.keys.count { $0.hasPrefix("packets_total") } == 5)
        #expect(samples["database_size_bytes"].map { $0 > 4096 } == true)
    }

    @Test func `the age is how long ago the newest packet was`() throws {
        let totals = try LeaseReader(path: recorded.database).totals()
        let samples = try samples(totals.exposition(at: Exchange.start + 7_000_000))
        #expect(samples["last_packet_age_seconds"] == 1.75)
        // A clock that was set back makes no negative age.
        #expect(try self.samples(totals.exposition(at: Exchange.start))["last_packet_age_seconds"] == 0)
    }

    @Test func `a database without anything is as good as another`() throws {
        let empty = try RecordedPackets([])
        let samples = try samples(empty.recorder(["metrics"]).output)
        #expect(samples["leases_total"] == 0 && samples["gaps_total{component=relay}"] == 0)
        #expect(!samples.keys.contains { $0.hasPrefix("last_packet") })
    }

    @Test func `what waits in the backlog is told, and for how long`() throws {
        let recording = try RecordedPackets([])
        let empty = try samples(LeaseReader(path: recording.database).totals().exposition(at: 9_000_000))
        #expect(empty["backlog_bytes"] == 0 && empty["backlog_age_seconds"] == 0)
        let batch = RecordBatch(source: .relay, instance: 1, sequence: 1, lost: 0, records: [])
        let received = try #require(ReceivedBatch(Message.records(batch).encoded()))
        _ = try LeaseStore(path: recording.database).keep([received], at: 2_000_000)
        let filled = try samples(LeaseReader(path: recording.database).totals().exposition(at: 9_000_000))
        #expect(filled["backlog_bytes"] == 35 && filled["backlog_age_seconds"] == 7)
    }

    @Test func `strange names do not break the format`() throws {
        let family = MetricFamily(
            name: "middle_sock_odd", kind: .gauge, help: "A \\ and a \n line.",
            samples: [MetricFamily.Sample(labels: ["name": "a\\b\"c\nd", "other": ""], value: 0.25)])
        #expect(try samples(family.text) == ["odd{name=a\\b\"c\\u{a}d,other=}": 0.25])
    }

    @Test func `a file for the textfile collector is replaced in one piece`() throws {
        let file = recorded.file("middle-sock.prom")
        try "old".write(toFile: file, atomically: false, encoding: .utf8)
        let reading = try FileHandle(forReadingFrom: URL(fileURLWithPath: file))
        let result = try recorded.recorder(["metrics", "--output", file])
        #expect(result.exit == .status(0) && result.output == "" && result.error == "")
        #expect(try samples(String(contentsOfFile: file, encoding: .utf8))["leases_total"] == 1)
        // Who has the old one open still reads all of it.
        #expect(try reading.readToEnd() == Data("old".utf8))
        #expect(!FileManager.default.fileExists(atPath: file + ".new"))
    }

    @Test func `the dashboard asks for nothing that is not exported`() throws {
        let exported = try LeaseReader(path: recorded.database).totals().metrics(at: Exchange.start)
            .reduce(into: Set<String>()) { $0.formUnion($1.sampleNames) }
        let dashboard = try String(
            contentsOf: projectDirectory.appendingPathComponent("compose/grafana-dashboard.json"), encoding: .utf8)
        #expect(try JSONSerialization.jsonObject(with: Data(dashboard.utf8)) is [String: Any])
        let asked = Set(dashboard.matches(of: /middle_sock_[a-z_]+/).map { String($0.output) })
        #expect(asked.count > 10)
        #expect(asked.subtracting(exported).isEmpty)
    }

    private var projectDirectory: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
    }
}

internal import Diagnostics
internal import LeaseStore
internal import Messages

extension RecordTotals {
    /// The totals as metrics.
    ///
    /// - Parameter now: in microseconds since the Unix epoch.
    func metrics(at now: UInt64) -> [MetricFamily] {
        buildMetrics + packetMetrics(at: now) + leaseMetrics + networkMetrics + startMetrics + recordMetrics
            + backlogMetrics(at: now)
    }

    /// The text that is exposed.
    package func exposition(at now: UInt64) -> String {
        metrics(at: now).map(\.text).joined()
    }

    private var buildMetrics: [MetricFamily] {
        [
            MetricFamily(
                name: "middle_sock_build_info", kind: .gauge, help: "The version of the recorder; always 1.",
                samples: [MetricFamily.Sample(labels: ["version": Version.text], value: 1)])
        ]
    }

    private func packetMetrics(at now: UInt64) -> [MetricFamily] {
        let newest = newestPacketAt.map { Double($0) / 1e6 }
        return [
            MetricFamily(
                name: "middle_sock_packets_total", kind: .counter,
                help: "DHCP packets recorded, by LAN, direction, message type and verdict.",
                samples: packets.map { packets in
                    MetricFamily.Sample(
                        labels: [
                            "interface": packets.interface, "direction": packets.direction,
                            "type": packets.messageType.isEmpty ? "none" : packets.messageType,
                            "verdict": packets.verdict,
                        ], value: Double(packets.count))
                }),
            MetricFamily(
                name: "middle_sock_last_packet_timestamp_seconds", kind: .gauge,
                help: "When the newest packet was captured, in seconds since the Unix epoch.",
                samples: newest.map { [MetricFamily.Sample(value: $0)] } ?? []),
            MetricFamily(
                name: "middle_sock_last_packet_age_seconds", kind: .gauge,
                help: "How long ago that was when these metrics were written.",
                samples: newest.map { [MetricFamily.Sample(value: max(0, Double(now) / 1e6 - $0))] } ?? []),
        ]
    }

    private var leaseMetrics: [MetricFamily] {
        [
            MetricFamily(
                name: "middle_sock_leases_held", kind: .gauge, help: "Leases that are held now, by LAN.",
                samples: leasesHeld.map {
                    MetricFamily.Sample(labels: ["interface": $0.name], value: Double($0.count))
                }),
            MetricFamily(
                name: "middle_sock_leases_total", kind: .counter, help: "Leases given, renewals not counted.",
                samples: [MetricFamily.Sample(value: Double(leases))]),
            MetricFamily(
                name: "middle_sock_clients_unanswered", kind: .gauge,
                help: "Clients whose last requests were not answered, counted up to \(Self.mostUnanswered).",
                samples: [MetricFamily.Sample(value: Double(unansweredClients))]),
        ]
    }

    private var networkMetrics: [MetricFamily] {
        func family(_ name: String, _ help: String, _ number: (NetworkUse) -> Int64) -> MetricFamily {
            MetricFamily(
                name: "middle_sock_network_\(name)", kind: .gauge, help: help,
                samples: networks.map { network in
                    MetricFamily.Sample(
                        labels: ["interface": network.interface, "relay": network.relayAddress],
                        value: Double(number(network)))
                })
        }
        return [
            family("addresses_held", "Addresses that are held now, by LAN and relay agent.") { $0.held },
            family("addresses_most_held", "The most addresses that ever were held at once.") { $0.mostHeld },
            family("addresses_last_day", "Addresses that were held at some time of the last day.") { $0.heldInLastDay },
            family("clients_unanswered", "Clients that asked in the last day and have no answer.") {
                $0.unansweredClients
            },
            family("naks_last_day", "NAKs of the last day, counted up to \(NetworkUse.mostDenials).") { $0.denials },
        ]
    }

    private var startMetrics: [MetricFamily] {
        [
            MetricFamily(
                name: "middle_sock_starts_total", kind: .counter,
                help: "Starts of the DHCP server, by whether it became ready.",
                samples: starts.flatMap { starts in
                    [("ready", starts.ready), ("failed", starts.failed)].map { outcome, count in
                        MetricFamily.Sample(
                            labels: ["uplink": starts.uplink, "outcome": outcome], value: Double(count))
                    }
                }),
            MetricFamily(
                name: "middle_sock_start_duration_seconds", kind: .histogram,
                help: "How long starts took until the server was ready.", samples: starts.flatMap(Self.histogram)),
            MetricFamily(
                name: "middle_sock_last_start_phase_seconds", kind: .gauge,
                help: "How long the phases of the newest start took.",
                samples: Start.phases.dropLast().compactMap { phase in
                    lastStart?.durations[phase].map {
                        MetricFamily.Sample(labels: ["phase": phase], value: Double($0) / 1e6)
                    }
                }),
        ]
    }

    private static func histogram(_ starts: Starts) -> [MetricFamily.Sample] {
        let bounds = startBounds.map { ("\(Double($0) / 1e6)", $0) } + [("+Inf", .max)]
        let buckets = bounds.map { name, bound in
            MetricFamily.Sample(
                suffix: "_bucket", labels: ["uplink": starts.uplink, "le": name],
                value: Double(starts.within[bound] ?? 0))
        }
        return buckets + [
            MetricFamily.Sample(
                suffix: "_sum", labels: ["uplink": starts.uplink], value: Double(starts.total) / 1e6),
            MetricFamily.Sample(
                suffix: "_count", labels: ["uplink": starts.uplink], value: Double(starts.within[.max] ?? 0)),
        ]
    }

    private func backlogMetrics(at now: UInt64) -> [MetricFamily] {
        let age = backlog.isEmpty ? 0 : max(0, Double(now) - Double(backlog.oldest)) / 1e6
        return [
            MetricFamily(
                name: "middle_sock_backlog_bytes", kind: .gauge,
                help: "What was received in a storm and is not in the tables yet.",
                samples: [MetricFamily.Sample(value: Double(backlog.bytes))]),
            MetricFamily(
                name: "middle_sock_backlog_age_seconds", kind: .gauge,
                help: "How long the oldest of that has waited; 0 when there is nothing.",
                samples: [MetricFamily.Sample(value: age)]),
        ]
    }

    private var recordMetrics: [MetricFamily] {
        // Zeros too: an increase from nothing is none to Prometheus.
        let sources = ComponentName.allCases.filter { $0 != .recorder }.map(\.description)
        func samples(_ number: (Losses) -> Int64) -> [MetricFamily.Sample] {
            sources.map { source in
                let lost = losses.first { $0.component == source }.map(number) ?? 0
                return MetricFamily.Sample(labels: ["component": source], value: Double(lost))
            }
        }
        return [
            MetricFamily(
                name: "middle_sock_gaps_total", kind: .counter,
                help: "How often a component had to throw records away.", samples: samples { $0.gaps }),
            MetricFamily(
                name: "middle_sock_records_lost_total", kind: .counter,
                help: "Records that were thrown away, and so are not counted anywhere else.",
                samples: samples { $0.records }),
            MetricFamily(
                name: "middle_sock_events_total", kind: .counter, help: "Events, by component and kind.",
                samples: events.map {
                    MetricFamily.Sample(labels: ["component": $0.component, "kind": $0.kind], value: Double($0.count))
                }),
            MetricFamily(
                name: "middle_sock_database_size_bytes", kind: .gauge,
                help: "Size of the database file, without the log beside it.",
                samples: [MetricFamily.Sample(value: Double(databaseSize))]),
        ]
    }
}

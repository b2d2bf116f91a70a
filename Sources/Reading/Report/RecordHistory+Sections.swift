internal import LeaseStore

extension RecordHistory {
    /// The parts of the report, in their order.
    var sections: [ReportSection] {
        [
            fullnessSection, latencySection, leaseSection, startSection, serverSection, eventSection, packetSection,
            dropSection,
        ]
    }

    private var startSection: ReportSection {
        let phases = RecordTotals.Start.phases.dropLast()
        let plot = ReportSection.Plot(
            kind: .bars, unit: "ms", labels: newestStarts.map { ReportText.time($0.startedAt) },
            series: [.init(name: "loading middle-sock, and waiting", values: newestStarts.map(\.rest))]
                + phases.map { phase in
                    .init(
                        name: Self.phaseNames[phase] ?? phase,
                        values: newestStarts.map { $0.durations[phase].map { Double($0) / 1000 } })
                })
        return ReportSection(
            title: "How long the server took to start",
            note:
                "Each bar is a start, from its beginning until the server hears clients, and what the time went into; the "
                + "newest \(Self.startLimit). Who asks for an address meanwhile is not heard, and asks again within a few "
                + "seconds. The server's own part takes as long without middle-sock. A server that is not "
                + "ready within seconds, or bars that grow from start to start, are worth a look at the log. The table is of "
                + "all starts in the period; its times are of those after which the server was ready.",
            plot: newestStarts.isEmpty ? nil : plot,
            table: .init(
                headings: ["server", "starts", "failed", "mean ms", "min ms", "max ms"],
                rows: starts.map {
                    [
                        "\($0.serverCommand) (\($0.uplink))", ReportText.number($0.count),
                        ReportText.number($0.count - $0.ready),
                    ] + [$0.mean, $0.shortest, $0.longest].map(Self.ofStart)
                }))
    }

    /// What the phases of a start are to somebody who has not built this.
    private static let phaseNames = [
        "discovery": "finding the host's networks", "namespace": "making namespaces", "link": "making interfaces",
        "spawn": "loading the server", "ready": "the server's own start",
    ]

    /// As exactly as `recorder starts` and the log say it.
    private static func ofStart(_ milliseconds: Double?) -> String {
        milliseconds.map { ReportText.exactMilliseconds(Int64(($0 * 1000).rounded())) } ?? "-"
    }

    private var fullnessSection: ReportSection {
        ReportSection(
            title: "How full the networks are",
            note:
                "At the time of this report. No server tells how many addresses it has: when as many are held as ever and "
                + "clients are not answered, it may have none left.",
            plot: nil,
            table: .init(
                headings: [
                    "network", "held", "most ever", "in the last day", "clients without answer", "NAKs in the last day",
                ],
                rows: networks.map { network in
                    [network.name]
                        + [
                            network.held, network.mostHeld, network.heldInLastDay, network.unansweredClients,
                            network.denials,
                        ].map(ReportText.number)
                }), isOnlyTable: true)
    }

    private var serverSection: ReportSection {
        ReportSection(
            title: "Servers that are not ours",
            note:
                "Other DHCP servers that answered clients of these LANs: a router, a virtual machine, somebody's box. "
                + "Clients take the first answer, so those that nobody wants should be found and stopped.",
            plot: nil,
            table: .init(
                headings: ["server", "times told of", "last"],
                rows: foreignServers.map { [$0.name, ReportText.number($0.count), ReportText.time($0.lastAt)] }),
            isOnlyTable: true)
    }

    private var eventSection: ReportSection {
        ReportSection(
            title: "Events",
            note: "What happened beside packets, the last first. 'recorder events' has each with its particulars.",
            plot: nil,
            table: .init(
                headings: ["event", "times", "last"],
                rows: events.map {
                    ["\($0.name) (\($0.component))", ReportText.number($0.count), ReportText.time($0.lastAt)]
                }), isOnlyTable: true)
    }

    private var latencySection: ReportSection {
        let offers = latencies.map(\.discoverToOffer)
        let leases = latencies.map(\.discoverToAck)
        let answers = latencies.map(\.requestToAck)
        let plot = ReportSection.Plot(
            kind: .lines, unit: "ms", labels: ReportText.labels(slots),
            series: [
                .init(name: "DISCOVER to OFFER, median", values: offers.map(\.median)),
                .init(name: "DISCOVER to ACK, median", values: leases.map(\.median)),
                .init(name: "DISCOVER to ACK, slowest", values: leases.map { $0.max() }, isDashed: true),
                .init(name: "REQUEST to ACK, median", values: answers.map(\.median)),
            ])
        let exchanges = latencies.reduce(0) { $0 + $1.exchanges }
        let unanswered = latencies.reduce(0) { $0 + $1.unanswered }
        return ReportSection(
            title: "How long exchanges took",
            note: "Each point is of the exchanges that began within the first \(Self.packetLimit) packets of "
                + "\(slots.phrase): \(ReportText.number(Int64(exchanges))) in all, of which "
                + "\(ReportText.number(Int64(unanswered))) had no answer.",
            plot: (offers + leases + answers).allSatisfy(\.isEmpty) ? nil : plot,
            table: .init(
                headings: ["from", "exchanges", "median ms", "min ms", "max ms"],
                rows: [("DISCOVER to OFFER", offers), ("DISCOVER to ACK", leases), ("REQUEST to ACK", answers)].map {
                    name, slots in
                    let all = slots.flatMap(\.self)
                    return [name, ReportText.number(Int64(all.count))]
                        + [all.median, all.min(), all.max()].map(ReportText.milliseconds)
                }))
    }

    private var leaseSection: ReportSection {
        let plot = ReportSection.Plot(
            kind: .lines, unit: "leases", labels: ReportText.labels(slots),
            series: leases.map { .init(name: $0.interface, values: $0.held.map(Double.init)) })
        return ReportSection(
            title: "Leases",
            note: "How many were held at the end of \(slots.phrase). Renewals are not counted as given.",
            plot: leases.isEmpty ? nil : plot,
            table: .init(
                headings: ["LAN", "given", "most held", "held at the end"],
                rows: leases.map { lan in
                    [lan.interface]
                        + [lan.given.reduce(0, +), lan.held.max() ?? 0, lan.held.last ?? 0].map(ReportText.number)
                }))
    }

    private var packetSection: ReportSection {
        let names = packets.map { $0.messageType.isEmpty ? "no type" : $0.messageType }
        let plot = ReportSection.Plot(
            kind: .bars, unit: "packets", labels: ReportText.labels(hours),
            series: zip(names, packets).map { .init(name: $0, values: $1.counts.map(Double.init)) })
        return ReportSection(
            title: "Packets by type",
            note:
                "All packets of \(hours.phrase), forwarded and dropped. BOOTP has no type, nor has what could not be read. "
                + "Packets are counted by whole hours.",
            plot: packets.isEmpty ? nil : plot,
            table: .init(
                headings: ["type", "packets", "forwarded", "dropped"],
                rows: zip(names, packets).map { name, packets in
                    let all = packets.counts.reduce(0, +)
                    return [name] + [all, packets.forwarded, all - packets.forwarded].map(ReportText.number)
                }))
    }

    private var dropSection: ReportSection {
        ReportSection(
            title: "Drops by reason",
            note: "What was not forwarded, and why.",
            plot: drops.isEmpty
                ? nil
                : .init(
                    kind: .rows, unit: "packets", labels: drops.map(\.reason),
                    series: [.init(name: "packets", values: drops.map { Double($0.packets) })]),
            table: .init(
                headings: ["reason", "packets", "last in the hour of"],
                rows: drops.map { [$0.reason, ReportText.number($0.packets), ReportText.time($0.lastHour)] }))
    }

    /// What is to be seen at once, before any plot.
    var summary: [(name: String, value: String)] {
        let starts = starts.reduce((all: 0, ready: 0)) { ($0.all + $1.count, $0.ready + $1.ready) }
        return [
            ("packets", packets.flatMap(\.counts).reduce(0, +)),
            ("dropped", drops.reduce(0) { $0 + $1.packets }),
            ("leases held at the end", leases.reduce(0) { $0 + ($1.held.last ?? 0) }),
            ("leases given", leases.flatMap(\.given).reduce(0, +)),
            ("starts", starts.all), ("failed starts", starts.all - starts.ready), ("records lost", recordsLost),
        ].map { ($0, ReportText.number($1)) }
    }
}

extension RecordTotals.Start {
    /// What no phase has of all of it, in milliseconds: so the bars end where the totals do.
    fileprivate var rest: Double? {
        durations["total"].map { total in
            let inPhases = Self.phases.dropLast().reduce(0) { $0 + (durations[$1] ?? 0) }
            return Double(max(0, total - inPhases)) / 1000
        }
    }
}

extension TimeSlots {
    /// Which one of them: `each slot of 30 minutes`.
    fileprivate var phrase: String { "each slot of \(ReportText.duration(width))" }
}

extension [Double] {
    /// The middle one, or the mean of the two in the middle.
    fileprivate var median: Double? {
        guard !isEmpty else { return nil }
        let sorted = sorted()
        return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
    }
}

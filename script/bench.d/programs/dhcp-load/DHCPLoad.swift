internal import ArgumentParser

/// The command line of the program that loads a relay, from both ends, or a recorder; `script/bench` runs it in the lab.
@main
struct DHCPLoad: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dhcp-load",
        abstract: "Plays DHCP clients, a server, and a relay that records; counts, and measures how long it takes.",
        discussion: """
            'flood', 'exchange' and 'residents' play as many clients as wanted, 'sink' the server. Each request of a flood carries \
            a number, so that the sink knows how many were lost on the way and how many came twice. 'records' plays \
            the relay for a recorder, 'storm' strangers who mean harm. Run it only in namespaces made for it.
            """,
        subcommands: [Flood.self, Storm.self, Exchange.self, Residents.self, Sink.self, Records.self])
}

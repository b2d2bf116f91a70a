internal import ArgumentParser

/// The command line of the program that loads a relay, from both ends, or a recorder; `script/bench` runs it in the lab.
@main
struct DHCPLoad: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dhcp-load",
        abstract: "Sends DHCP requests, and counts those that arrive; sends records, and counts those that are stored.",
        discussion: """
            'flood' plays as many clients as wanted, 'sink' the server. Each request carries a number, so that the \
            sink knows how many were lost on the way and how many came twice. Run it only in namespaces made for it.
            """,
        subcommands: [Flood.self, Sink.self, Records.self])
}

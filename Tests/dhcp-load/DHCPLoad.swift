internal import ArgumentParser

/// The command line of the program that loads a DHCP relay, from both ends; `script/bench` runs it in the lab.
@main
struct DHCPLoad: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dhcp-load",
        abstract: "Sends DHCP requests, answers them, counts what arrives and measures how long it takes.",
        discussion: """
            'flood' and 'exchange' play as many clients as wanted, 'sink' the server. Each request of a flood carries \
            a number, so that the sink knows how many were lost on the way and how many came twice. Run it only in \
            namespaces made for it.
            """,
        subcommands: [Flood.self, Exchange.self, Sink.self])
}

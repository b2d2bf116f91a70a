internal import Addresses
internal import ArgumentParser

/// What is to be served, and by which server: shared by the launcher and its subcommands, for the reason that
/// `DirectoryOption` gives.
struct ServedOptions: ParsableArguments {
    @Option(
        name: .customLong("interface"),
        help: ArgumentHelp(
            "The network of this interface; repeat it for several. All that have a gateway if none is named.",
            valueName: "name"))
    var interfaces: [InterfaceName] = []

    @Argument(parsing: .postTerminator, help: ArgumentHelp("The command of the DHCP server.", valueName: "server"))
    var server: [String] = []
}

internal import Addresses
internal import ArgumentParser

/// What is to be served, and by which server: shared by the launcher and its subcommands, for the reason that
/// `DirectoryOption` gives.
struct ServedOptions: ParsableArguments {
    @Option(
        name: .customLong("interface"),
        help: ArgumentHelp(
            "Serve the network of this interface; give it again for more. All that have a gateway are served if none "
                + "is named.",
            valueName: "name"))
    var interfaces: [InterfaceName] = []

    @Argument(
        parsing: .postTerminator,
        help: ArgumentHelp("The command of the DHCP server, with its arguments.", valueName: "server"))
    var server: [String] = []
}

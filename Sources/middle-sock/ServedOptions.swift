internal import Addresses
internal import ArgumentParser
internal import CommandLine

/// What is to be served, and by which server: shared by the launcher and its subcommands, for the reason that
/// `DirectoryOption` gives.
struct ServedOptions: ParsableArguments {
    @OptionGroup var chosen: InterfacesOption

    @Argument(
        parsing: .postTerminator,
        help: ArgumentHelp("The command of the DHCP server, with its arguments.", valueName: "server"))
    var server: [String] = []

    /// The interfaces whose networks are served; all that have a gateway when there is none.
    var interfaces: [InterfaceName] { chosen.interfaces }
}

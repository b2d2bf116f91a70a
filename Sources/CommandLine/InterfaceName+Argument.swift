public import Addresses
public import ArgumentParser

extension InterfaceName: ExpressibleByArgument {
    /// Takes an option's value: a name that the kernel would accept; whether there is such an interface shows later.
    public init?(argument: String) {
        self.init(argument)
    }

    /// What a shell offers as completions: the interfaces of its network namespace.
    public static var defaultCompletionKind: CompletionKind { .shellCommand("ls /sys/class/net") }
}

/// The option of discovery, and of the launcher that passes it on, that chooses networks by their interfaces.
public struct InterfacesOption: ParsableArguments {
    /// The interfaces, the preferred one first; none means all that have a gateway.
    @Option(
        name: .customLong("interface"),
        help: ArgumentHelp(
            "Only the network of this interface, which then needs no gateway; give it again for more, in their order; "
                + "beside one that has an address another needs none. "
                + "'all' is every Ethernet interface with an address. "
                + "(default: all that have a gateway)",
            valueName: "name"))
    public var interfaces: [InterfaceName] = []

    /// How they come from the environment.
    public static let environment: [EnvironmentOption] = [.list("interface")]

    /// No interfaces: all that have a gateway.
    public init() {}
}

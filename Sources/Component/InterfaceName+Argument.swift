public import Addresses
public import ArgumentParser

extension InterfaceName: ExpressibleByArgument {
    /// Takes an option's value: a name that the kernel would accept; whether there is such an interface shows later.
    public init?(argument: String) {
        self.init(argument)
    }

    /// What a shell offers for it: the interfaces of the network namespace in which it runs.
    public static var defaultCompletionKind: CompletionKind { .shellCommand("ls /sys/class/net") }
}

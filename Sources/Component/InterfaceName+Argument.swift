public import Addresses
public import ArgumentParser

extension InterfaceName: ExpressibleByArgument {
    /// Takes an option's value: a name that the kernel would accept; whether there is such an interface shows later.
    public init?(argument: String) {
        self.init(argument)
    }
}

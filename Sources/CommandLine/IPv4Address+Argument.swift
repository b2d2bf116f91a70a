public import Addresses
public import ArgumentParser

extension IPv4Address: ExpressibleByArgument {
    /// Takes an option's value: dotted decimal.
    public init?(argument: String) {
        self.init(argument)
    }
}

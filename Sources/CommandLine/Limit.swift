public import ArgumentParser

/// A largest amount, or no limit: `forever` or `unlimited`.
public enum Limit<Amount: ExpressibleByArgument & Hashable & Sendable & CustomStringConvertible>: Hashable, Sendable {
    /// No more than this.
    case amount(Amount)
    /// No limit.
    case unlimited

    /// The amount, if there is a limit.
    public var amount: Amount? {
        if case .amount(let amount) = self { amount } else { nil }
    }
}

extension Limit: ExpressibleByArgument, CustomStringConvertible {
    /// Reads a command line argument.
    public init?(argument: String) {
        if ["forever", "unlimited"].contains(argument) {
            self = .unlimited
        } else if let amount = Amount(argument: argument) {
            self = .amount(amount)
        } else {
            return nil
        }
    }

    /// As it is passed on to another program.
    public var description: String { amount.map(\.description) ?? "unlimited" }
}

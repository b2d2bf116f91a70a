public import ArgumentParser
public import Messages

/// The directory with the sockets of the components.
public struct RuntimeDirectory: Hashable, Sendable {
    /// Where it is.
    public let path: String

    /// Where it is when nothing else is said.
    public static let standard = "/run/middle-sock"

    /// The directory at `path`.
    public init(_ path: String) {
        self.path = path
    }

    /// Where a component receives messages: only netns-agent, relay and recorder do.
    public func socket(of component: ComponentName) -> String {
        "\(path)/\(component).sock"
    }
}

extension RuntimeDirectory: ExpressibleByArgument {
    /// Takes an option's value: any path that leaves room for the sockets' names.
    public init?(argument: String) {
        // sun_path (linux/un.h) holds 108 bytes with the final NUL.
        guard !argument.isEmpty, argument.utf8.count + "/netns-agent.sock".utf8.count < 108 else { return nil }
        path = argument
    }

    /// What a shell offers for it.
    public static var defaultCompletionKind: CompletionKind { .directory }

    /// As it stands in the help.
    public var defaultValueDescription: String { path }
}

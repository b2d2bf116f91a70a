public import ArgumentParser
public import Service

extension RuntimeDirectory: ExpressibleByArgument {
    /// Takes an option's value: any path that leaves room for the sockets' names.
    public init?(argument: String) {
        // sun_path (linux/un.h) holds 108 bytes with the final NUL.
        guard !argument.isEmpty, argument.utf8.count + "/netns-agent.sock".utf8.count < 108 else { return nil }
        self.init(argument)
    }

    /// What a shell offers as completions.
    public static var defaultCompletionKind: CompletionKind { .directory }

    /// As it stands in the help.
    public var defaultValueDescription: String { path }
}

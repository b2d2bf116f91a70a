public import ArgumentParser

/// What stands behind the two hyphens: shared by a program and its subcommands under one name, `argument`, for otherwise the
/// program itself would take it from them.
public struct ServerArgument: ParsableArguments {
    /// The command.
    @Argument(
        parsing: .postTerminator,
        help: ArgumentHelp("The server in the foreground, with its arguments.", valueName: "server")
    )
    public var server: [String] = []

    /// No server.
    public init() {}
}

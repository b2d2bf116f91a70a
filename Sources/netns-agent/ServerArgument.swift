import ArgumentParser

/// What stands behind the two hyphens: shared by netns-agent and its subcommands, for otherwise the program itself would
/// take it from them.
struct ServerArgument: ParsableArguments {
    @Argument(
        parsing: .postTerminator,
        help: ArgumentHelp("The server in the foreground, with its arguments.", valueName: "server")
    )
    var server: [String] = []
}

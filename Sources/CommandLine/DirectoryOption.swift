public import ArgumentParser
public import Service

/// The option that every program and its subcommands share.
///
/// Because all share this group, it is read wherever it stands. An option of the program alone would take the value that
/// follows a subcommand with an option of the same name.
public struct DirectoryOption: ParsableArguments {
    /// The directory with the sockets of the components.
    @Option(help: ArgumentHelp("The directory with the sockets of the components.", valueName: "directory"))
    public var runtimeDirectory = RuntimeDirectory(RuntimeDirectory.standard)

    /// How it comes from the environment.
    public static let environment: [EnvironmentOption] = [.value("runtime-directory")]

    /// The standard directory.
    public init() {}
}

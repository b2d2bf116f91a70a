public import ArgumentParser
public import Service

/// The option that every program and its subcommands share.
///
/// Being one group, it is read wherever it stands: an option of the program alone would take the value from behind a
/// subcommand that has one of the same name.
public struct DirectoryOption: ParsableArguments {
    /// The directory with the sockets of the components.
    @Option(help: ArgumentHelp("The directory with the sockets of the components.", valueName: "directory"))
    public var runtimeDirectory = RuntimeDirectory(RuntimeDirectory.standard)

    /// How it comes from the environment.
    public static let environment: [EnvironmentOption] = [.value("runtime-directory")]

    /// The standard directory.
    public init() {}
}

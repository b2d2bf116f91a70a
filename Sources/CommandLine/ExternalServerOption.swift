public import ArgumentParser

/// Whether others start the server: shared by netns-agent and `doctor` under one name, `starting`, as `ServerArgument` is.
public struct ExternalServerOption: ParsableArguments {
    /// Whether they do.
    @Flag(help: "Others start the server, in the namespace that 'netns-agent hold' holds, which needs a TAP interface.")
    public var externalServer = false

    /// netns-agent starts it.
    public init() {}
}

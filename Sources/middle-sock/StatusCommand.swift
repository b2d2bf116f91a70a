internal import ArgumentParser
internal import Component

/// `middle-sock status`: asks each component how it is.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows each component, the server and the counters.",
        discussion: """
            The exit status is 0 when all components answer and the server is ready, otherwise 69: so it can be the \
            health check of a container.

              middle-sock status --json | jq -r '."netns-agent".state'
            """)

    @OptionGroup var directory: DirectoryOption

    @Flag(help: "Print a JSON object with an object for each component.")
    var json = false

    func run() throws {
        var report = StatusReport()
        for component in StatusReport.components {
            report.answers[component] = try directory.runtimeDirectory.answer(of: component)
        }
        print(json ? report.json : report.text)
        guard report.isReady else { throw ExitCode(Failure.Status.unavailable.rawValue) }
    }
}

internal import ArgumentParser
internal import CommandLine
internal import Diagnostics
internal import Messages
internal import Service

/// `middle-sock status`: asks each component how it is.
struct StatusCommand: EnvironmentCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows each component, the server and the counters.",
        discussion: """
            It asks netns-agent, relay, recorder and, where there is a door, proxy, whoever started them, and prints what they say. So it can be the \
            health check of a container. Only root may ask all of them.

            Examples:
              middle-sock status
              middle-sock status --json | jq -r '."netns-agent".state'

            \(EnvironmentOption.section(on: environmentOptions))

            Exit status:
              0   all components answer, and the server is ready
              64  wrong usage
              69  one of them does not answer, the server is not ready, or they cannot be asked
            """)

    static let environmentOptions = DirectoryOption.environment + [.flag("json")]

    @OptionGroup var directory: DirectoryOption

    @Flag(help: "Print a JSON object with an object for each component.")
    var json = false

    func run() throws {
        var report = StatusReport()
        for component in StatusReport.components + [.proxy] {
            report.answers[component] = try directory.runtimeDirectory.answer(of: component)
        }
        print(json ? report.json : report.text)
        guard report.isReady else { throw ExitCode(Failure.Status.unavailable.rawValue) }
    }
}

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

public import ArgumentParser

/// How packets come in and go out.
public enum Uplink: String, CaseIterable, ExpressibleByArgument, Sendable {
    /// By packet sockets on the host's own interfaces.
    case lan
    /// By the own interface of a container on the bridge of a runtime that publishes UDP port 67.
    case runtime
}

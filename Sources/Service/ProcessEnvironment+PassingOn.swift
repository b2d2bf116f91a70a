public import Kernel

extension ProcessEnvironment {
    /// The variables, as `NAME=value`, that a program started by this one may have: without those that configure middle-sock,
    /// and without those by which it could speak to the service manager in this program's name.
    public static func passedOn(_ lines: [String]) -> [String] {
        lines.filter { line in
            let name = String(line.prefix { $0 != "=" })
            return !name.hasPrefix("MIDDLE_SOCK_") && !ServiceNotification.variables.contains(name)
        }
    }
}

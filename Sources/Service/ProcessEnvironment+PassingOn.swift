public import Kernel

extension ProcessEnvironment {
    /// Each variable as `NAME=value` that a program started by this one may know: not what configures middle-sock, and
    /// not what would let it speak to the service manager in this one's name.
    public static func passedOn(_ lines: [String]) -> [String] {
        lines.filter { line in
            let name = String(line.prefix { $0 != "=" })
            return !name.hasPrefix("MIDDLE_SOCK_") && !ServiceNotification.variables.contains(name)
        }
    }
}

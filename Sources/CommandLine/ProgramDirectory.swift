public import Diagnostics
internal import Kernel

/// Where this program lies, and the others beside it.
public enum ProgramDirectory {
    /// The directory in which this executable lies, and those of the components.
    ///
    /// - Throws: `Failure` when the kernel does not say it.
    public static func own() throws(Failure) -> String {
        try Directory.parent(of: destination(of: "/proc/self/exe")) ?? "/"
    }

    /// Where a link of the kernel's leads that tells about this process.
    ///
    /// - Throws: `Failure` when the kernel does not say it.
    public static func destination(of link: String) throws(Failure) -> String {
        do {
            return try SymbolicLink.destination(of: link)
        } catch {
            throw .unavailable("cannot find out where this is running: \(error); /proc must be mounted")
        }
    }
}

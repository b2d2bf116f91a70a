internal import CLinux

/// What a program sees of the host's files, in a mount namespace of its own (mount_namespaces(7)).
///
/// Everything is as on the host, and what the host mounts and unmounts later is seen too, with these exceptions:
///
/// - Nothing in `/proc` can be written, and of processes only those of the program's PID namespace are there.
/// - Of devices only `null`, `zero`, `full`, `random`, `urandom` and `tty` in `/dev` can be opened.
public struct FileView: Hashable, Sendable {
    /// Mounts in which nothing can be written, with all that is mounted beneath (see `MountTable.kernelPaths`).
    ///
    /// Nothing is seen in them that the host mounts later.
    public var readOnly: [String]
    /// What alone can be written, with all beneath, 64 paths at most; all that its user may write where nothing is given.
    ///
    /// Then nothing is seen that the host mounts elsewhere later, and what it unmounts stays as it was.
    public var writable: [String]?
    /// Directories that are empty there, and into which nobody can put anything.
    public var hidden: [String]

    /// The most paths that can be `writable`.
    public static let maximumWritable = Int(CLINUX_MAXIMUM_WRITABLE)

    /// The host's files with these exceptions.
    public init(readOnly: [String], writable: [String]? = nil, hidden: [String] = []) {
        precondition((writable ?? []).count <= Self.maximumWritable, "too many paths")
        self.readOnly = readOnly
        self.writable = writable
        self.hidden = hidden
    }

    /// How steps are called that make it, in errors.
    private static let steps = "make a view of the files, "

    /// Whether an error is that of a step that makes it.
    public static func isCause(of error: SystemError) -> Bool { error.call.hasPrefix(steps) }
}

internal import CLinux

/// What the caller can do to the files of the kernel and of this host.
public struct HostFiles: Hashable, Sendable {
    /// Whether somebody has made `/proc/sys` and `/sys` read-only, as container engines do.
    public var isKernelReadOnly: Bool
    /// Whether there is a block device in `/dev`.
    public var hasBlockDevices: Bool
    /// Whether the caller's root is the host's, and not that of a user namespace of a container.
    public var isHostRoot: Bool

    /// What can be done.
    public init(isKernelReadOnly: Bool, hasBlockDevices: Bool, isHostRoot: Bool) {
        self.isKernelReadOnly = isKernelReadOnly
        self.hasBlockDevices = hasBlockDevices
        self.isHostRoot = isHostRoot
    }

    /// Looks at the files; what is not there cannot be written.
    public static func look() -> HostFiles {
        HostFiles(
            isKernelReadOnly: isReadOnly("/proc/sys") && isReadOnly("/sys"),
            hasBlockDevices: DirectoryEntries(of: "/dev").entries.contains { $0.type == UInt8(DT_BLK) },
            isHostRoot: isInitialUserNamespace)
    }

    private static func isReadOnly(_ path: String) -> Bool {
        var information = statvfs()
        guard unsafe statvfs(path, &information) == 0 else { return true }
        return information.f_flag & UInt(ST_RDONLY) != 0
    }

    /// `PROC_USER_INIT_INO` (include/linux/proc_ns.h): the number of the namespace's file, which the kernel never changes.
    private static var isInitialUserNamespace: Bool {
        var status = stat()
        return unsafe stat("/proc/self/ns/user", &status) == 0 && status.st_ino == 0xEFFF_FFFD
    }
}

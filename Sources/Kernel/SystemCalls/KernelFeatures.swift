internal import CLinux

/// What the running kernel offers beyond what everything here needs.
public enum KernelFeatures {
    /// The version of Landlock's interface (landlock(7)); nothing when the kernel has none or it is switched off.
    public static var landlock: Int? {
        let version = clinux_landlock_version()
        return version < 0 ? nil : Int(version)
    }

    /// Whether a process can have its system calls filtered (seccomp(2)).
    public static var seccomp: Bool { clinux_has_seccomp() }
}

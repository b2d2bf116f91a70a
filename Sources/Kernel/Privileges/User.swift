internal import CLinux

/// Who the calling process is.
public enum User {
    /// The number of its effective user.
    public static var current: UInt32 { geteuid() }
}

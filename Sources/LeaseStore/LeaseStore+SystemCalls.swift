extension LeaseStore {
    /// The system calls that SQLite needs for a database that is open, and for one that takes its place, by their names
    /// in syscalls(2): what its table of calls holds (`aSyscall`, os_unix.c), and what the C library makes of those.
    public static let systemCalls = [
        // Reading, writing, locking.
        "pread64", "pwrite64", "read", "write", "lseek", "fcntl", "fsync", "fdatasync", "ftruncate", "fallocate",
        // Opening and removing: the log, the journal, and their directory, which is synchronized too.
        "openat", "close", "unlink", "access", "newfstatat", "readlink", "getcwd", "fchmod", "fchown", "geteuid",
        // Seen once in the queue of a connection, when a database was begun anew under load; Landlock leaves no other
        // directory to list than the database's.
        "getdents64",
        // The index of the log is shared memory; mmap(2) itself is for the caller to allow.
        "munmap", "mremap",
        // Waiting for the locks of others.
        "clock_nanosleep", "getpid",
    ]
}

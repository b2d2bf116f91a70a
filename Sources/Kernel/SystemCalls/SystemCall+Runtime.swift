internal import CLinux

extension SystemCall {
    /// What Swift and the C library need by themselves: memory that is never executed, and the end of the process.
    public static let ofRuntime: [SystemCall] =
        [
            "brk", "futex", "madvise", "mremap", "munmap", "rt_sigreturn", "restart_syscall", "getrandom", "exit_group",
            SystemCall("mmap").when(2, lacks: UInt32(PROT_EXEC)).when(3, has: UInt32(MAP_ANONYMOUS)),
        ] + Clock.systemCalls

    /// What mapping files into memory needs, that is never executed.
    public static let mappingFiles: [SystemCall] = [SystemCall("mmap").when(2, lacks: UInt32(PROT_EXEC))]

    /// What a thread needs in addition that was started before: it can wait, and have memory; no other can be started, by
    /// whatever library.
    public static let ofThreads: [SystemCall] = [
        "getpid", "gettid", "rt_sigprocmask", "sched_yield",
        SystemCall("mprotect").when(2, lacks: UInt32(PROT_EXEC)),
    ]
}

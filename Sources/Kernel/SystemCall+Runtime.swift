internal import CLinux

extension SystemCall {
    /// What Swift and the C library need by themselves: memory that is never executed, and the end of the process.
    public static let ofRuntime: [SystemCall] =
        [
            "brk", "futex", "madvise", "mremap", "munmap", "rt_sigreturn", "restart_syscall", "getrandom", "exit_group",
            SystemCall("mmap").when(2, lacks: UInt32(PROT_EXEC)).when(3, has: UInt32(MAP_ANONYMOUS)),
        ] + Clock.systemCalls

    /// What threads need in addition, and starting them by Dispatch, which waits for its own events; no other process can
    /// be made.
    public static let ofThreads: [SystemCall] = [
        "exit", "getpid", "gettid", "rseq", "rt_sigaction", "rt_sigprocmask", "sched_getaffinity", "sched_yield",
        "set_robust_list", "epoll_create1", "epoll_ctl", "epoll_wait", "eventfd2", "timerfd_create", "timerfd_settime",
        SystemCall("prctl").when(0, is: UInt32(PR_SET_NAME)),
        // Without a privilege it fails, and then Dispatch complains to syslog, by a socket.
        SystemCall("setpriority").answeredAsDone,
        SystemCall("mprotect").when(2, lacks: UInt32(PROT_EXEC)),
        SystemCall("clone").when(0, has: UInt32(CLONE_THREAD)),
        // Its flags are in memory that a filter does not see; the C library then takes clone(2).
        SystemCall("clone3").answeredAsMissing,
    ]
}

#include "CLinux.h"

#include <sys/prctl.h>
#include <sys/syscall.h>

// All that is left to it is to wait: it has no capability, and keeps no file of its caller's open.
static void hold_namespace(int lifeline)
{
    char byte;
    // Children that end are reaped by the kernel; the parent's death must reach us even while we are stopped.
    clinux_reset_signals();
    signal(SIGCHLD, SIG_IGN);
    prctl(PR_SET_NAME, "server-init", 0, 0, 0);
    if (clinux_clear_capabilities() < 0)
        _exit(127);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    dup2(lifeline, 0);
    close_range(1, ~0U, 0);
    while (read(0, &byte, 1) < 0 && errno == EINTR)
        ;
    _exit(0);
}

// Like fork(2): no stack of its own. Not clone3(2), which container runtimes' seccomp profiles refuse. Nobody but who may
// trace anything can look into it, from its first moment on: it has as few capabilities as what it will live with, but
// all of the host's files before it.
static long start_holder(int lifeline, int *descriptor)
{
    bool is_dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1;
    if (is_dumpable)
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    long pid = syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, descriptor, 0, 0);
    if (pid == 0)
        hold_namespace(lifeline);
    int error = errno;
    if (is_dumpable)
        prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    errno = error;
    return pid;
}

// Starts the holder in a new namespace, which this thread's children are born into meanwhile.
static int start_in_new_namespace(int lifeline, struct clinux_process *process, int *namespace, const char **failed)
{
    *failed = "unshare CLONE_NEWPID";
    if (unshare(CLONE_NEWPID) < 0)
        return errno;
    *failed = "clone";
    long pid = start_holder(lifeline, &process->descriptor);
    if (pid < 0)
        return errno;
    process->pid = (pid_t)pid;
    *failed = "open /proc/thread-self/ns/pid_for_children";
    *namespace = clinux_open("/proc/thread-self/ns/pid_for_children");
    return *namespace < 0 ? errno : 0;
}

int clinux_start_init(int lifeline, struct clinux_process *process, int *namespace, const char **failed)
{
    *namespace = -1;
    process->pid = -1;
    *failed = "open /proc/self/ns/pid";
    int home = clinux_open("/proc/self/ns/pid");
    if (home < 0)
        return errno;
    int error = start_in_new_namespace(lifeline, process, namespace, failed);
    if (setns(home, CLONE_NEWPID) < 0 && error == 0) {
        *failed = "setns";
        error = errno;
    }
    close(home);
    if (error != 0 && process->pid > 0) {
        kill(process->pid, SIGKILL);
        waitpid(process->pid, NULL, 0);
        close(process->descriptor);
    }
    if (error != 0 && *namespace >= 0)
        close(*namespace);
    return error;
}

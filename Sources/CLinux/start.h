#ifndef START_H
#define START_H

#include "CLinux.h"

// What the new process needs before execve; it shares the caller's memory until then, as after vfork(2), so it calls
// the kernel directly where the C library would tell other threads (setresuid).
struct start {
    const struct clinux_program *program;
    pid_t parent;
    const char *failed;
    int error;
};

#define TRY(start, name, call)               \
    do {                                     \
        if ((call) < 0) {                    \
            (start)->failed = name;          \
            (start)->error = errno;          \
            return -1;                       \
        }                                    \
    } while (0)

// The number that the caller's PID namespace gave out last (proc_loadavg(5)); -1 where that cannot be read.
int clinux_last_number(void);

// clone(2), in a PID namespace below the caller's, of a process that has the same number in both: this one, or the next
// that is free in both. -1 with errno set, such as EPERM without SYS_ADMIN or CHECKPOINT_RESTORE over both, ENOSYS where a
// filter of system calls keeps clone3(2) away, EINVAL where the numbers end.
pid_t clinux_clone_numbered(
    int number, int flags, char *stack, size_t stack_size, int (*run)(void *), struct start *start, int *descriptor);

// How the steps are called that make a program's view of the files.
#define VIEW "make a view of the files, "

// Makes the program's view of the files, in a mount namespace that is the calling process's alone (mounts.c). 0, or -1.
int clinux_make_view(struct start *start);

#endif

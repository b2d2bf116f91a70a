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

// How the steps are called that make a program's view of the files.
#define VIEW "make a view of the files, "

// Makes the program's view of the files, in a mount namespace that is the calling process's alone (mounts.c). 0, or -1.
int clinux_make_view(struct start *start);

#endif

// Code that has taken over a relay: loaded into its process by LD_PRELOAD, it tries one way out, named by
// ESCAPE_ATTEMPT, as soon as the relay waits with packet sockets in its hands; in the thread that waits or, with
// ESCAPE_THREAD=other, in one that was there before the relay gave anything up. Another program than the relay waits with
// sockets of ESCAPE_FAMILY, a number.
//
// The process ends with status 0 when it worked, with the error number when the kernel refused, and by SIGSYS when the
// call was not to be made at all. With ESCAPE_UNCONFINED=yes the relay only believes that it has given something up.
#define _GNU_SOURCE
#include "attempts.h"

#include <dlfcn.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct attempt *attempt;
static bool is_unconfined, in_other_thread;
static int family = AF_PACKET;
static int wake[2];
static pthread_barrier_t begun;
static int (*real_wait)(int, struct epoll_event *, int, const struct timespec *, const sigset_t *);
static long (*real_syscall)(long, ...);
static int (*real_setrlimit)(__rlimit_resource_t, const struct rlimit *);

// The functions that ours stand before. Other libraries may call them before `prepare`.
static void find_functions(void)
{
    real_wait = dlsym(RTLD_NEXT, "epoll_pwait2");
    real_syscall = dlsym(RTLD_NEXT, "syscall");
    real_setrlimit = dlsym(RTLD_NEXT, "setrlimit");
    if (real_wait == NULL || real_syscall == NULL || real_setrlimit == NULL)
        abort();
}

static void try(void)
{
    _exit(attempt->run() < 0 ? errno : 0);
}

static void *wait_and_try(void *nothing)
{
    char byte;
    // What a thread calls when it begins is not among what the relay keeps.
    pthread_barrier_wait(&begun);
    if (read(wake[0], &byte, 1) == 1)
        try();
    return nothing;
}

__attribute__((constructor)) static void prepare(void)
{
    const char *name = getenv("ESCAPE_ATTEMPT"), *where = getenv("ESCAPE_THREAD");
    pthread_t thread;
    is_unconfined = getenv("ESCAPE_UNCONFINED") != NULL;
    if (getenv("ESCAPE_FAMILY") != NULL)
        family = atoi(getenv("ESCAPE_FAMILY"));
    in_other_thread = where != NULL && strcmp(where, "other") == 0;
    attempt = find_attempt(name);
    if (attempt == NULL)
        abort();
    if (!in_other_thread)
        return;
    if (pipe(wake) < 0 || pthread_barrier_init(&begun, NULL, 2) != 0
        || pthread_create(&thread, NULL, wait_and_try, NULL) != 0)
        abort();
    pthread_barrier_wait(&begun);
}

int epoll_pwait2(int poller, struct epoll_event *events, int count, const struct timespec *timeout, const sigset_t *mask)
{
    if (find_socket(family) >= 0) {
        if (!in_other_thread)
            try();
        if (write(wake[1], "", 1) != 1)
            abort();
        pause_for_ever();
    }
    find_functions();
    return real_wait(poller, events, count, timeout, mask);
}

// libseccomp and our own wrappers make their calls by this.
long syscall(long number, ...)
{
    long arguments[6];
    va_list list;
    va_start(list, number);
    for (int index = 0; index < 6; index++)
        arguments[index] = va_arg(list, long);
    va_end(list);
    bool loads_filter = number == SYS_seccomp && arguments[0] == SECCOMP_SET_MODE_FILTER && arguments[2] != 0;
    if (is_unconfined && (loads_filter || number == SYS_landlock_restrict_self))
        return 0;
    find_functions();
    return real_syscall(
        number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}

int setrlimit(__rlimit_resource_t resource, const struct rlimit *limits)
{
    find_functions();
    return is_unconfined ? 0 : real_setrlimit(resource, limits);
}

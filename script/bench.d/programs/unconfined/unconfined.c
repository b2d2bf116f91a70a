// Loaded into a program before its libraries, it lets the program run under valgrind, which needs more system calls and
// descriptors than the program allows itself, and knows none of epoll_pwait2(2). Only for counting instructions.
#define _GNU_SOURCE
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>

int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
    (void)resource;
    (void)limit;
    return 0;
}

int epoll_pwait2(int epoll, struct epoll_event *events, int count, const struct timespec *timeout, const sigset_t *mask)
{
    int milliseconds = timeout ? (int)(timeout->tv_sec * 1000 + (timeout->tv_nsec + 999999) / 1000000) : -1;
    return epoll_pwait(epoll, events, count, milliseconds, mask);
}

// libseccomp, as far as a filter is made and loaded: nothing is.

void *seccomp_init(uint32_t action)
{
    static char context;
    (void)action;
    return &context;
}

void seccomp_release(void *context)
{
    (void)context;
}

int seccomp_load(const void *context)
{
    (void)context;
    return 0;
}

int seccomp_attr_set(void *context, int attribute, uint32_t value)
{
    (void)context;
    (void)attribute;
    (void)value;
    return 0;
}

int seccomp_syscall_resolve_name(const char *name)
{
    (void)name;
    return 0;
}

int seccomp_syscall_priority(void *context, int call, uint8_t priority)
{
    (void)context;
    (void)call;
    (void)priority;
    return 0;
}

int seccomp_rule_add_array(void *context, uint32_t action, int call, unsigned int count, const void *conditions)
{
    (void)context;
    (void)action;
    (void)call;
    (void)count;
    (void)conditions;
    return 0;
}

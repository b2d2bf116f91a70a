#include "CLinux.h"
#include "start.h"

#include <stdlib.h>
#include <sys/syscall.h>

// clone3(2) takes the number of the new process (set_tid), which glibc's clone(3) does not know (linux/sched.h).
struct clone3_arguments {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size;
};

// Calls run(start) in the new process on its own stack; it must not return. -1 with errno set.
static long clone3_and_run(struct clone3_arguments *arguments, int (*run)(void *), struct start *start)
{
    long result;
#if defined(__x86_64__)
    __asm__ volatile("syscall\n\t"
                     "test %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "mov %[start], %%rdi\n\t"
                     "call *%[run]\n\t"
                     "hlt\n"
                     "1:"
                     : "=a"(result)
                     : "a"(SYS_clone3), "D"(arguments), "S"(sizeof *arguments), [run] "r"(run), [start] "r"(start)
                     : "rcx", "r11", "memory", "cc");
#elif defined(__aarch64__)
    register long number __asm__("x8") = SYS_clone3;
    register long first __asm__("x0") = (long)arguments;
    register long second __asm__("x1") = sizeof *arguments;
    __asm__ volatile("svc #0\n\t"
                     "cbnz x0, 1f\n\t"
                     "mov x0, %[start]\n\t"
                     "blr %[run]\n\t"
                     "brk #0\n"
                     "1:"
                     : "+r"(first)
                     : "r"(number), "r"(second), [run] "r"(run), [start] "r"(start)
                     : "memory", "cc", "x30");
    result = first;
#else
    (void)arguments, (void)run, (void)start;
    result = -ENOSYS;
#endif
    if (result >= 0)
        return result;
    errno = (int)-result;
    return -1;
}

int clinux_last_number(void)
{
    char text[128];
    int file = clinux_open("/proc/loadavg");
    if (file < 0)
        return -1;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length <= 0)
        return -1;
    text[length] = 0;
    const char *last = strrchr(text, ' ');
    return last == NULL ? -1 : atoi(last + 1);
}

pid_t clinux_clone_numbered(
    int number, int flags, char *stack, size_t stack_size, int (*run)(void *), struct start *start, int *descriptor)
{
    // Others start processes at the same time, and some numbers are taken.
    const int attempts = 64;
    for (int attempt = 0; attempt < attempts; attempt++) {
        pid_t wanted[2] = { number + attempt, number + attempt };
        struct clone3_arguments arguments = {
            .flags = (uint64_t)(flags & ~CSIGNAL), .pidfd = (uintptr_t)descriptor, .exit_signal = flags & CSIGNAL,
            .stack = (uintptr_t)stack, .stack_size = stack_size, .set_tid = (uintptr_t)wanted, .set_tid_size = 2,
        };
        long pid = clone3_and_run(&arguments, run, start);
        if (pid >= 0 || errno != EEXIST)
            return (pid_t)pid;
    }
    return -1;
}

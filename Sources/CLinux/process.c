#include "CLinux.h"
#include "start.h"

#include <grp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static int enter_namespaces(struct start *start)
{
    const struct clinux_program *program = start->program;
    if (program->network_namespace >= 0)
        TRY(start, "setns", setns(program->network_namespace, CLONE_NEWNET));
    if (program->new_network_namespace)
        TRY(start, "unshare", unshare(CLONE_NEWNET));
    return program->files.read_only != NULL ? clinux_make_view(start) : 0;
}

static int enter_directory(struct start *start)
{
    if (start->program->directory != NULL)
        TRY(start, "chdir", chdir(start->program->directory));
    return 0;
}

// What the caller could inherit, as engines and service managers may have left it, root would get at execve whatever the
// bounding set says (capabilities(7)).
static int drop_inheritable(struct start *start)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
    TRY(start, "capget", syscall(SYS_capget, &header, sets));
    for (int word = 0; word < _LINUX_CAPABILITY_U32S_3; word++)
        sets[word].inheritable = 0;
    TRY(start, "capset", syscall(SYS_capset, &header, sets));
    return 0;
}

// The bounding set limits what root gets back at execve; only what is still in it can and need be dropped.
static int drop_privileges(struct start *start)
{
    const struct clinux_program *program = start->program;
    for (int capability = 0; capability <= CAP_LAST_CAP; capability++) {
        bool stays = program->capabilities >> capability & 1;
        if (!stays && prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1)
            TRY(start, "prctl(PR_CAPBSET_DROP)", prctl(PR_CAPBSET_DROP, capability, 0, 0, 0));
    }
    if (drop_inheritable(start) < 0)
        return -1;
    TRY(start, "prctl(PR_CAP_AMBIENT_CLEAR_ALL)", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0));
    if (program->group != CLINUX_KEEP_USER) {
        TRY(start, "setgroups", syscall(SYS_setgroups, 0, NULL));
        TRY(start, "setresgid", syscall(SYS_setresgid, program->group, program->group, program->group));
    }
    if (program->user != CLINUX_KEEP_USER)
        TRY(start, "setresuid", syscall(SYS_setresuid, program->user, program->user, program->user));
    if (program->no_new_privileges)
        TRY(start, "prctl(PR_SET_NO_NEW_PRIVS)", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    return 0;
}

// After the change of user, which clears it. The parent may have ended before: then nobody would tell. Seen from inside
// a PID namespace of its own a process has no parent (0).
static int die_with_parent(struct start *start)
{
    if (start->program->parent_death_signal == 0)
        return 0;
    TRY(start, "prctl(PR_SET_PDEATHSIG)", prctl(PR_SET_PDEATHSIG, start->program->parent_death_signal, 0, 0, 0));
    pid_t parent = getppid();
    if (parent != start->parent && parent != 0)
        _exit(127);
    return 0;
}

// Puts `descriptor` where the program expects it. It may be one of the three already; the caller keeps its own above 2.
static int set_standard(struct start *start, int descriptor, int standard)
{
    if (descriptor >= 0)
        TRY(start, "dup2", dup2(descriptor, standard));
    return 0;
}

void clinux_reset_signals(void)
{
    struct sigaction standard = { .sa_handler = SIG_DFL };
    sigset_t none;
    for (int signal = 1; signal < NSIG; signal++)
        sigaction(signal, &standard, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

// Opened here, where nothing leads to mounts of the caller's.
static int set_input(struct start *start)
{
    int input = start->program->input;
    if (input == CLINUX_NO_INPUT)
        TRY(start, "open /dev/null", input = clinux_open("/dev/null"));
    return set_standard(start, input, 0);
}

static int run(void *argument)
{
    struct start *start = argument;
    const struct clinux_program *program = start->program;
    clinux_reset_signals();
    if (program->own_session)
        setsid();
    if (enter_namespaces(start) < 0 || enter_directory(start) < 0 || drop_privileges(start) < 0 || die_with_parent(start) < 0
        || set_input(start) < 0 || set_standard(start, program->output, 1) < 0 || set_standard(start, program->error, 2) < 0)
        _exit(127);
    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    execve(program->path, program->arguments, program->environment);
    start->failed = "execve";
    start->error = errno;
    _exit(127);
}

// Children of this thread are born into that PID namespace from now on.
static int point_children_at(int namespace, struct start *start)
{
    TRY(start, "setns", setns(namespace, CLONE_NEWPID));
    return 0;
}

// Lets the next process of the PID namespace have a later number. A clone that fails because of where it is to write the
// pidfd has taken one by then, and numbers come round before they are used again (alloc_pid, kernel/pid.c).
static void skip_numbers(unsigned count)
{
    int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_PIDFD;
    for (unsigned skipped = 0; skipped < count; skipped++)
        syscall(SYS_clone, flags, 0, (void *)-1L, 0, 0);
}

// The number that the process is to have in its own PID namespace and in the caller's, as far as that can be; 0 for none.
static int wanted_number(const struct clinux_program *program)
{
    int last = program->same_number ? clinux_last_number() : -1;
    return last < 0 ? 0 : last + 1;
}

static int clone_and_run(struct start *start, struct clinux_process *process, int number)
{
    const size_t stack_size = 64 * 1024;
    char *stack = mmap(NULL, stack_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED) {
        start->failed = "mmap";
        start->error = errno;
        return -1;
    }
    bool has_view = start->program->files.read_only != NULL;
    int flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD | (has_view ? CLONE_NEWNS : 0);
    process->pid = -1;
    if (number > 0)
        process->pid = clinux_clone_numbered(number, flags, stack, stack_size, run, start, &process->descriptor);
    if (process->pid < 0) {
        skip_numbers(start->program->pid_namespace < 0 ? 0 : start->program->skipped_numbers);
        process->pid = clone(run, stack + stack_size, flags, start, &process->descriptor);
    }
    if (process->pid < 0) {
        start->failed = has_view ? VIEW "clone" : "clone";
        start->error = errno;
    }
    munmap(stack, stack_size);
    return process->pid < 0 ? -1 : 0;
}

int clinux_spawn(const struct clinux_program *program, struct clinux_process *process, const char **failed)
{
    struct start start = { .program = program, .parent = getpid() };
    sigset_t all, before;

    int home = -1, number = 0;
    if (program->pid_namespace >= 0) {
        number = wanted_number(program);
        home = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
        if (home < 0) {
            *failed = "open /proc/self/ns/pid";
            return errno;
        }
        if (point_children_at(program->pid_namespace, &start) < 0)
            goto done;
    }
    // No handler of the caller may run in the new process while the memory is shared.
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    if (clone_and_run(&start, process, number) == 0 && start.error != 0) {
        close(process->descriptor);
        waitpid(process->pid, NULL, 0);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
done:
    if (home >= 0) {
        struct start back = { .program = program };
        if (point_children_at(home, &back) < 0 && start.error == 0)
            start = back;
        close(home);
    }
    *failed = start.failed;
    return start.error;
}

int clinux_open(const char *path)
{
    return open(path, O_RDONLY | O_CLOEXEC);
}

int clinux_open_at(int directory, const char *path, int flags)
{
    return openat(directory, path, flags, 0600);
}

int clinux_duplicate(int descriptor)
{
    return fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
}

int clinux_stop_blocking(int descriptor)
{
    int flags = fcntl(descriptor, F_GETFL);
    return flags < 0 ? -1 : fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
}

int clinux_leave_processor(int number, cpu_set_t *before)
{
    if (sched_getaffinity(0, sizeof *before, before) < 0)
        return -1;
    cpu_set_t others = *before;
    CPU_CLR(number, &others);
    return sched_setaffinity(0, sizeof others, &others);
}

int clinux_use_processors(const cpu_set_t *processors)
{
    return sched_setaffinity(0, sizeof *processors, processors);
}

int clinux_lock_for_process(int descriptor, pid_t *holder)
{
    while (true) {
        struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
        if (fcntl(descriptor, F_SETLK, &lock) == 0)
            return 1;
        if ((errno != EAGAIN && errno != EACCES) || fcntl(descriptor, F_GETLK, &lock) < 0)
            return -1;
        // Unless it was unlocked in between.
        if (lock.l_type != F_UNLCK) {
            *holder = lock.l_pid;
            return 0;
        }
    }
}

int clinux_prctl(int option, unsigned long argument)
{
    return prctl(option, argument, 0, 0, 0);
}

uint64_t clinux_effective_capabilities(void)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };
    if (syscall(SYS_capget, &header, data) < 0)
        return 0;
    return (uint64_t)data[1].effective << 32 | data[0].effective;
}

int clinux_exit_status(const siginfo_t *information)
{
    return information->si_status;
}

pid_t clinux_ended_process(const siginfo_t *information)
{
    return information->si_pid;
}

// What Linux offers and Swift's Glibc module hides: headers behind _GNU_SOURCE, and wrappers for macros, variadic
// functions and the steps between clone and execve, which must not run in Swift.
#ifndef CLINUX_H
#define CLINUX_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

// With _GNU_SOURCE the fields of fd_set have other names than in Swift's Glibc module, and a file that sees both does
// not always compile. Nobody here uses select(2): its header counts as read.
#define _SYS_SELECT_H 1

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// After the C library's headers: the kernel's leave out what those have defined already (linux/libc-compat.h).
#include <linux/capability.h>
#include <linux/fib_rules.h>
#include <linux/filter.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/ip.h>
#include <linux/landlock.h>
#include <linux/magic.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

// The build (revision.c)

// The revision that the programs are built from, as the build was told it; empty where it was not.
const char *clinux_revision(void);

// Messages with descriptors (message.c)

// The most descriptors one message can carry: SCM_MAX_FD (include/net/scm.h).
#define CLINUX_MAXIMUM_DESCRIPTORS 253

// What came with a datagram beside its bytes.
struct clinux_received {
    bool truncated;             // bytes or ancillary data were cut off
    bool has_sender;            // the socket has SO_PASSCRED, and the sender's identity follows
    struct ucred sender;
    int descriptor_count;
    int descriptors[CLINUX_MAXIMUM_DESCRIPTORS];
};

// sendmsg(2) of one datagram with descriptors; a null path sends on the socket's connection, without descriptors by
// send(2). As send(2) returns.
ssize_t clinux_send(int socket, const char *path, const void *bytes, size_t length, const int *descriptors, int count);

// recvmsg(2) of one datagram with MSG_CMSG_CLOEXEC and MSG_DONTWAIT. As recv(2) returns.
ssize_t clinux_receive(int socket, void *bytes, size_t capacity, struct clinux_received *received);

// bind(2) and connect(2) with the address of a Unix socket at `path`; bind makes it with mode 0666, by a umask that all
// threads have for that moment. 0, or -1 with errno set.
int clinux_bind(int socket, const char *path);
int clinux_connect(int socket, const char *path);

// connect(2) with an abstract address, which is no file (unix(7)). 0, or -1 with errno set.
int clinux_connect_abstract(int socket, const char *name);

// The auxiliary data of a packet (PACKET_AUXDATA), or null when it has none.
const struct tpacket_auxdata *clinux_auxiliary_data(struct msghdr *message);

// Room that ancillary data with one struct tpacket_auxdata takes: CMSG_SPACE is a macro.
#define CLINUX_AUXILIARY_SPACE 64

// TAP interfaces (tap.c)

// Makes the interface `name` in the calling thread's network namespace, without a header before each frame and with a
// filter on what can be read from it; reading and writing never wait. A descriptor, or -1 with errno set, EBUSY when
// there is one of that name.
int clinux_open_tap(const char *name, struct sock_fprog *filter);

// Whether the descriptor belongs to such an interface, and the request of ioctl(2) by which that is found out.
bool clinux_is_tap(int descriptor);
#define CLINUX_TUNGETIFF 0x800454D2U

// Features of the kernel (features.c)

// Whether system calls can be filtered with an end of the process (seccomp(2), SECCOMP_GET_ACTION_AVAIL).
bool clinux_has_seccomp(void);

// Output (output.c)

// How many characters a line of the terminal has, 0 where it does not say; -1 when it is no terminal.
int clinux_terminal_width(int descriptor);

// Processes (process.c)

#define CLINUX_KEEP_USER UINT32_MAX

// Standard input that is empty.
#define CLINUX_NO_INPUT -2

// The most paths that can be writable in a view.
#define CLINUX_MAXIMUM_WRITABLE 64

// What a program sees of the host's files in a mount namespace of its own (mounts.c): each a list of paths that ends with
// a null pointer. The host's files as they are where `read_only` is null, all that its user may write where `writable` is.
struct clinux_view {
    char *const *read_only;     // mounts in which nothing can be written, and nothing is seen that is mounted there later
    char *const *writable;      // what alone can be written
    char *const *hidden;        // directories that are empty
};

// A program to start and what it may do.
struct clinux_program {
    const char *path;
    const char *directory;      // where it begins, entered before the user changes; null for the caller's
    char *const *arguments;     // ends with a null pointer, as environment does
    char *const *environment;
    int input, output, error;   // its standard descriptors, or -1 to share the caller's; all others are closed
    struct clinux_view files;   // with one of its own, the PID namespace has to be its own, too
    int network_namespace;      // a descriptor of the one it lives in, or -1 for the caller's
    bool new_network_namespace; // an empty one of its own instead
    int pid_namespace;          // a descriptor of the one it lives in, or -1 for the caller's
    bool same_number;           // its number in that namespace is the one that it has in the caller's, if that can be
    unsigned skipped_numbers;   // if not, how many process numbers of that namespace are left out before its own
    uint32_t user, group;       // or CLINUX_KEEP_USER; a change also drops all supplementary groups
    uint64_t capabilities;      // a bit for each capability that stays in the bounding set
    bool no_new_privileges;
    bool own_session;           // setsid(2)
    int parent_death_signal;    // sent to it when the calling thread ends, or 0
};

// A process that was started.
struct clinux_process {
    pid_t pid;
    int descriptor;             // pidfd, close-on-exec
};

// Starts a program: clone(2) like vfork(2), the settings above, execve(2). 0, or the error number; then `failed` names
// the call that failed.
int clinux_spawn(const struct clinux_program *program, struct clinux_process *process, const char **failed);

// Starts the first process of a new PID namespace (init.c), of which `namespace` becomes a descriptor. It reaps what is
// left to it, and ends when the last copy of the other end of `lifeline` (a pipe) is closed, whatever happened to the
// caller; with it the kernel kills every process of the namespace. It has no capability, and only who has SYS_PTRACE can
// look into it. 0 or the error number; then `failed` names the call that failed.
int clinux_start_init(int lifeline, struct clinux_process *process, int *namespace, const char **failed);

// All signals have their usual effect for the calling process, and none is held back.
void clinux_reset_signals(void);

// open(2) and fcntl(2), which take a variable number of arguments: for reading, and close-on-exec; F_DUPFD_CLOEXEC above
// the standard descriptors; O_NONBLOCK.
int clinux_open(const char *path);
int clinux_duplicate(int descriptor);
int clinux_stop_blocking(int descriptor);

// pwritev2(2) with RWF_NOWAIT at the file's own position. As write(2) returns; EAGAIN when it would have to wait,
// EOPNOTSUPP when the file cannot say.
ssize_t clinux_write_if_possible(int descriptor, const void *bytes, size_t length);

// Whether the process ignores a signal (sigaction(2)).
bool clinux_ignores(int signal);

// Keeps the calling thread off a processor (sched_setaffinity(2)), and says where it could run before; fails with EINVAL
// when it has no other. The second puts it back.
int clinux_leave_processor(int number, cpu_set_t *before);
int clinux_use_processors(const cpu_set_t *processors);

// Memory that processes can share (memory.c): memfd_create(2) with a size that is sealed; whether a descriptor is that.
int clinux_make_memory(const char *name, off_t size);
bool clinux_is_memory(int descriptor, off_t size);

// openat(2) with any flags; a file it makes has mode 0600.
int clinux_open_at(int directory, const char *path, int flags);

// fcntl(2) with F_SETLK: locks the whole file for this process. 1, or 0 and the process that has it, which is 0 when it is
// not in the caller's PID namespace, or -1 with errno set.
int clinux_lock_for_process(int descriptor, pid_t *holder);

// prctl(2) with one argument. 0, or -1 with errno set.
int clinux_prctl(int option, unsigned long argument);

// The status or signal with which a process ended, and its number: macros hide the fields in siginfo_t.
int clinux_exit_status(const siginfo_t *information);
pid_t clinux_ended_process(const siginfo_t *information);

// A bit for each capability in the calling thread's effective set.
uint64_t clinux_effective_capabilities(void);

// What a process gives up (confinement.c); each call gives 0, or -1 with errno set.

// Whether a capability is in the calling thread's bounding set; false for one that the kernel does not know.
bool clinux_has_capability_bound(int capability);

// Empties the calling thread's ambient set, or its permitted, effective and inheritable sets (capset(2)).
int clinux_clear_ambient_capabilities(void);
int clinux_clear_capabilities(void);

// struct landlock_ruleset_attr (linux/landlock.h) as it is since version 6; earlier versions know its beginning.
struct clinux_landlock_ruleset {
    uint64_t files, network, scopes;
};

// landlock(7): the version that the kernel knows, or -1; a descriptor of a ruleset, or -1; a rule in it for what is
// beneath an open directory, or for one file; the rules put into force for the calling thread.
int clinux_landlock_version(void);
int clinux_landlock_create(const struct clinux_landlock_ruleset *ruleset, size_t size);
int clinux_landlock_allow(int ruleset, int parent, uint64_t access);
int clinux_landlock_enforce(int ruleset);

#endif

#define _GNU_SOURCE
#include "attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/if_packet.h>
#include <linux/io_uring.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

// The interfaces of the test's host (Tests/RelayTests/LAN.swift): the packet socket is bound to the first.
enum { own_interface = 2, other_interface = 3 };

int find_socket(int family)
{
    for (int descriptor = 0; descriptor < 64; descriptor++) {
        int found;
        socklen_t size = sizeof found;
        if (getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &found, &size) == 0 && found == family)
            return descriptor;
    }
    return -1;
}

void pause_for_ever(void)
{
    // Nobody wakes it: the other thread ends the process.
    static int word;
    while (true)
        syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

static struct sockaddr_ll address_of(int interface)
{
    return (struct sockaddr_ll){
        .sll_family = AF_PACKET, .sll_protocol = htons(0x88B5), .sll_ifindex = interface, .sll_halen = 6
    };
}

static char frame[60] = "\xFF\xFF\xFF\xFF\xFF\xFF\x02\0\x5E\0\0\x01\x88\xB5";

static int rebind(void)
{
    struct sockaddr_ll address = address_of(other_interface);
    return bind(find_socket(AF_PACKET), (struct sockaddr *)&address, sizeof address);
}

static int disconnect(void)
{
    struct sockaddr address = { .sa_family = AF_UNSPEC };
    return connect(find_socket(AF_UNIX), &address, sizeof address);
}

static int replace_filter(void)
{
    struct sock_filter everything = BPF_STMT(BPF_RET | BPF_K, 0xFFFF);
    struct sock_fprog program = { .len = 1, .filter = &everything };
    return setsockopt(find_socket(AF_PACKET), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

static int remove_filter(void)
{
    int nothing = 0;
    return setsockopt(find_socket(AF_PACKET), SOL_SOCKET, SO_DETACH_FILTER, &nothing, sizeof nothing);
}

static int hear_everything(void)
{
    struct packet_mreq request = { .mr_ifindex = own_interface, .mr_type = PACKET_MR_PROMISC };
    return setsockopt(find_socket(AF_PACKET), SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request, sizeof request);
}

static int bypass_queues(void)
{
    int yes = 1;
    return setsockopt(find_socket(AF_PACKET), SOL_PACKET, PACKET_QDISC_BYPASS, &yes, sizeof yes);
}

static int sendto_elsewhere(void)
{
    struct sockaddr_ll address = address_of(other_interface);
    return (int)sendto(
        find_socket(AF_PACKET), frame, sizeof frame, 0, (struct sockaddr *)&address, sizeof address);
}

static struct mmsghdr message_elsewhere(struct sockaddr_ll *address, struct iovec *piece)
{
    *address = address_of(other_interface);
    *piece = (struct iovec){ .iov_base = frame, .iov_len = sizeof frame };
    return (struct mmsghdr){
        .msg_hdr = { .msg_name = address, .msg_namelen = sizeof *address, .msg_iov = piece, .msg_iovlen = 1 }
    };
}

static int sendmsg_elsewhere(void)
{
    struct sockaddr_ll address;
    struct iovec piece;
    struct mmsghdr message = message_elsewhere(&address, &piece);
    return (int)sendmsg(find_socket(AF_PACKET), &message.msg_hdr, 0);
}

static int sendmmsg_elsewhere(void)
{
    struct sockaddr_ll address;
    struct iovec piece;
    struct mmsghdr message = message_elsewhere(&address, &piece);
    return sendmmsg(find_socket(AF_PACKET), &message, 1, 0);
}

// What can be done with a connected socket of UDP, in a namespace that has a loopback.
static struct sockaddr_in internet_place(void)
{
    return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(9009), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static int connect_elsewhere(void)
{
    struct sockaddr_in place = internet_place();
    return connect(find_socket(AF_INET), (struct sockaddr *)&place, sizeof place);
}

static int bind_elsewhere(void)
{
    struct sockaddr_in place = internet_place();
    return bind(find_socket(AF_INET), (struct sockaddr *)&place, sizeof place);
}

static int sendto_internet(void)
{
    struct sockaddr_in place = internet_place();
    return (int)sendto(find_socket(AF_INET), "x", 1, 0, (struct sockaddr *)&place, sizeof place);
}

static int listen_there(void) { return listen(find_socket(AF_INET), 1); }

static int accept_there(void) { return accept(find_socket(AF_INET), NULL, NULL); }

static int set_internet_option(void)
{
    int mark = 1;
    return setsockopt(find_socket(AF_INET), SOL_SOCKET, SO_BROADCAST, &mark, sizeof mark);
}

static int open_internet_socket(void) { return socket(AF_INET, SOCK_DGRAM, 0); }
static int open_unix_socket(void) { return socket(AF_UNIX, SOCK_DGRAM, 0); }
static int open_file(void) { return open("/etc/passwd", O_RDONLY); }
static int run_program(void) { return execl("/bin/true", "true", NULL); }
static int trace(void) { return (int)ptrace(PTRACE_SEIZE, getppid(), NULL, NULL); }
static int signal_process(void) { return kill(getppid(), 0) == 0 || errno == EPERM ? 0 : -1; }
static int leave_namespace(void) { return unshare(CLONE_FS); }

static int make_process(void)
{
    long process = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (process == 0)
        _exit(0);
    return (int)process;
}

static void *end(void *nothing) { return nothing; }

static int make_thread(void)
{
    pthread_t thread;
    errno = pthread_create(&thread, NULL, end, NULL);
    return errno == 0 ? 0 : -1;
}

static int read_memory(void)
{
    char byte;
    struct iovec to = { .iov_base = &byte, .iov_len = 1 }, from = { .iov_base = frame, .iov_len = 1 };
    return (int)process_vm_readv(getpid(), &to, 1, &from, 1, 0);
}

static int make_ring(void)
{
    struct io_uring_params parameters = { 0 };
    return (int)syscall(SYS_io_uring_setup, 1, &parameters);
}

static int configure_interface(void)
{
    struct ifreq request = { .ifr_ifindex = own_interface };
    int descriptor = find_socket(AF_PACKET);
    return ioctl(descriptor >= 0 ? descriptor : find_socket(AF_INET), SIOCGIFNAME, &request);
}

static int make_code(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? -1 : 0;
}

static const struct attempt attempts[] = {
    { "rebind", rebind },
    { "disconnect", disconnect },
    { "replaceFilter", replace_filter },
    { "removeFilter", remove_filter },
    { "hearEverything", hear_everything },
    { "bypassQueues", bypass_queues },
    { "sendtoElsewhere", sendto_elsewhere },
    { "sendmsgElsewhere", sendmsg_elsewhere },
    { "sendmmsgElsewhere", sendmmsg_elsewhere },
    { "connectElsewhere", connect_elsewhere },
    { "bindElsewhere", bind_elsewhere },
    { "sendtoInternet", sendto_internet },
    { "listenThere", listen_there },
    { "acceptThere", accept_there },
    { "setInternetOption", set_internet_option },
    { "openInternetSocket", open_internet_socket },
    { "openUnixSocket", open_unix_socket },
    { "openFile", open_file },
    { "runProgram", run_program },
    { "makeProcess", make_process },
    { "makeThread", make_thread },
    { "trace", trace },
    { "readMemory", read_memory },
    { "signalProcess", signal_process },
    { "unshare", leave_namespace },
    { "makeRing", make_ring },
    { "configureInterface", configure_interface },
    { "makeCode", make_code },
};

const struct attempt *find_attempt(const char *name)
{
    for (size_t index = 0; name != NULL && index < sizeof attempts / sizeof *attempts; index++)
        if (strcmp(attempts[index].name, name) == 0)
            return &attempts[index];
    return NULL;
}

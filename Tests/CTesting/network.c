#define _GNU_SOURCE
#include "CTesting.h"

#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

int testing_open_station(int interface)
{
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = interface
    };
    int yes = 1, buffer = 8 << 20;
    int station = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (station < 0)
        return -1;
    if (setsockopt(station, SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof yes) < 0
        || setsockopt(station, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer) < 0
        || bind(station, (struct sockaddr *)&address, sizeof address) < 0) {
        int error = errno;
        close(station);
        errno = error;
        return -1;
    }
    return station;
}

int testing_set_up(const char *interface, bool is_up)
{
    struct ifreq request = { 0 };
    int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (control < 0)
        return -1;
    strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
    int result = ioctl(control, SIOCGIFFLAGS, &request);
    if (result == 0) {
        request.ifr_flags = is_up ? request.ifr_flags | IFF_UP : request.ifr_flags & ~IFF_UP;
        result = ioctl(control, SIOCSIFFLAGS, &request);
    }
    int error = errno;
    close(control);
    errno = error;
    return result;
}

int testing_delete_link(int interface)
{
    struct {
        struct nlmsghdr header;
        struct ifinfomsg link;
    } request = {
        .header = { .nlmsg_len = sizeof request, .nlmsg_type = RTM_DELLINK, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
        .link = { .ifi_index = interface },
    };
    struct {
        struct nlmsghdr header;
        struct nlmsgerr error;
    } answer = { 0 };
    int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (netlink < 0)
        return -1;
    if (send(netlink, &request, sizeof request, 0) == sizeof request && recv(netlink, &answer, sizeof answer, 0) > 0)
        errno = -answer.error.error;
    int error = errno;
    close(netlink);
    errno = error;
    return error == 0 ? 0 : -1;
}

int testing_send_udp(
    uint16_t port, uint32_t destination, uint16_t destination_port, const void *bytes, size_t length)
{
    struct sockaddr_in here = { .sin_family = AF_INET, .sin_port = htons(port) };
    struct sockaddr_in there = {
        .sin_family = AF_INET, .sin_port = htons(destination_port), .sin_addr.s_addr = htonl(destination)
    };
    int yes = 1, error = 0;
    int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (udp < 0)
        return errno;
    if (setsockopt(udp, SOL_SOCKET, SO_BROADCAST, &yes, sizeof yes) < 0
        || bind(udp, (struct sockaddr *)&here, sizeof here) < 0
        || sendto(udp, bytes, length, 0, (struct sockaddr *)&there, sizeof there) < 0)
        error = errno;
    close(udp);
    return error;
}

static int send_to(uint32_t user, const char *path, const void *bytes, size_t length)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    if (setgroups(0, NULL) < 0 || setresgid(user, user, user) < 0 || setresuid(user, user, user) < 0)
        return errno;
    int sender = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (sender < 0 || sendto(sender, bytes, length, MSG_NOSIGNAL, (struct sockaddr *)&address, sizeof address) < 0)
        return errno;
    return 0;
}

int testing_send_as(uint32_t user, const char *path, const void *bytes, size_t length)
{
    int status;
    pid_t child = fork();
    if (child < 0)
        return errno;
    if (child == 0)
        _exit(send_to(user, path, bytes, length));
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

// Packet sockets and TAP interfaces; see port.h.
#define _GNU_SOURCE
#include "port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

_Noreturn void die(const char *what)
{
    fprintf(stderr, "packet-loop: %s: %s\n", what, strerror(errno));
    exit(70);
}

struct port port_open(const char *interface)
{
    int descriptor = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = 1, buffer = 4 << 20;
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)if_nametoindex(interface) };
    if (descriptor < 0 || address.sll_ifindex == 0) die(interface);
    if (setsockopt(descriptor, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) < 0) die("PACKET_IGNORE_OUTGOING");
    if (setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer) < 0) die("SO_RCVBUFFORCE");
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address) < 0) die(interface);
    return (struct port){ .descriptor = descriptor };
}

struct port port_open_tap(const char *interface)
{
    int descriptor = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };
    strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
    if (descriptor < 0 || ioctl(descriptor, TUNSETIFF, &request) < 0) die(interface);
    return (struct port){ .descriptor = descriptor, .is_tap = true };
}

static char frames[BATCH][FRAME];
static struct iovec vectors[BATCH];
static struct mmsghdr messages[BATCH];

static size_t receive(struct port *from)
{
    if (from->is_tap) {
        size_t count = 0;
        ssize_t length;
        while (count < BATCH && (length = read(from->descriptor, frames[count], FRAME)) > 0)
            messages[count++].msg_len = (unsigned)length;
        return count;
    }
    for (size_t index = 0; index < BATCH; index++) {
        vectors[index] = (struct iovec){ frames[index], FRAME };
        messages[index].msg_hdr = (struct msghdr){ .msg_iov = &vectors[index], .msg_iovlen = 1 };
    }
    int count = recvmmsg(from->descriptor, messages, BATCH, MSG_DONTWAIT, NULL);
    if (count < 0 && errno != EAGAIN && errno != EINTR && errno != ENETDOWN) die("recvmmsg");
    return count < 0 ? 0 : (size_t)count;
}

static void transmit(struct port *to, size_t count)
{
    if (to->is_tap) {
        for (size_t index = 0; index < count; index++)
            if (write(to->descriptor, frames[index], messages[index].msg_len) < 0) continue; // as a wire loses frames
        return;
    }
    for (size_t index = 0; index < count; index++) {
        vectors[index] = (struct iovec){ frames[index], messages[index].msg_len };
        messages[index].msg_hdr = (struct msghdr){ .msg_iov = &vectors[index], .msg_iovlen = 1 };
    }
    for (size_t sent = 0; sent < count;) {
        int taken = sendmmsg(to->descriptor, messages + sent, (unsigned)(count - sent), MSG_DONTWAIT);
        sent += taken > 0 ? (size_t)taken : 1; // one that is not taken is lost
    }
}

size_t port_carry(struct port *from, struct port *to)
{
    if (from->ring) return ring_carry(from, to);
    size_t count = receive(from);
    transmit(to, count);
    return count;
}

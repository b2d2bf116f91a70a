#include "floor.h"

static const int on = 1;

static void lock_filter(int socket, struct sock_filter *instruction)
{
    struct sock_fprog filter = { .len = 1, .filter = instruction };
    must("SO_ATTACH_FILTER", setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter));
    must("SO_LOCK_FILTER", setsockopt(socket, SOL_SOCKET, SO_LOCK_FILTER, &on, sizeof on));
}

int open_packet_socket(int interface)
{
    struct sock_filter accept = BPF_STMT(BPF_RET | BPF_K, UINT32_MAX);
    const int buffer = 4 << 20;
    int opened = must("socket", socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = interface
    };
    lock_filter(opened, &accept);
    must("PACKET_AUXDATA", setsockopt(opened, SOL_PACKET, PACKET_AUXDATA, &on, sizeof on));
    must("PACKET_IGNORE_OUTGOING", setsockopt(opened, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on));
    must("SO_RCVBUFFORCE", setsockopt(opened, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer));
    must("bind", bind(opened, (struct sockaddr *)&address, sizeof address));
    return opened;
}

int hold_dhcp_port(const char *interface)
{
    struct sock_filter refuse = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(67) };
    int opened = must("socket", socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    lock_filter(opened, &refuse);
    must("SO_BINDTODEVICE",
         setsockopt(opened, SOL_SOCKET, SO_BINDTODEVICE, interface, (socklen_t)strlen(interface)));
    must("bind", bind(opened, (struct sockaddr *)&address, sizeof address));
    return opened;
}

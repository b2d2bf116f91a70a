// The least that a start of a DHCP server in surroundings of its own can take, for script/bench: the system calls of
// netns-agent and the launcher, and nothing else. Whatever fails ends the program.
#ifndef FLOOR_H
#define FLOOR_H

#include "CLinux.h"

// Interfaces by their numbers: the server's and the relay's end, numbered as netns-agent does it.
enum { LOOPBACK_INDEX = 1, FAR_INDEX = 2, NEAR_INDEX = 1002 };

// The host's network, as it is given on the command line: nobody has to find it. The addresses follow one another; as many
// routes lead by the gateway to networks from 10.0.0.0/24 on.
struct network {
    const char *interface;
    struct in_addr address, gateway, broadcast;
    uint8_t prefix_length;
    int addresses, routes;
};

// What the kernel says of an interface of the host.
struct host_interface {
    int index;
    uint32_t mtu;
    uint8_t mac_address[ETH_ALEN];
};

// Gives the value of a call, or ends the program when it is negative.
int must(const char *call, int result);

// A conversation with the routing subsystem of the namespace that the caller is in (netlink.c).
int open_netlink(void);
struct host_interface look_at(int netlink, const char *name);
void make_pair(int near, const struct network *network, const struct host_interface *host, int far_namespace);
void configure_far_end(int far, const struct network *network);
void await_carrier(int far, const char *name);

// Sockets as netns-agent opens them (sockets.c).
int open_packet_socket(int interface);
int hold_dhcp_port(const char *interface);

#endif

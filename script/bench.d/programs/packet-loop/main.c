// The least that a program can do between two interfaces: every frame of one to the other, as it is.
//
// script/bench measures the relay against it. The options are other ways to do the same, each to see what it is worth.
#include "port.h"

#include <linux/if_packet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char usage[] =
    "usage: packet-loop [--ring 2|3] [--tap] [--spin MICROSECONDS] LAN SERVER\n"
    "Carries every frame between two interfaces, in batches of 32 by recvmmsg(2) and sendmmsg(2).\n"
    "  --ring  through rings shared with the kernel: TPACKET_V2 or TPACKET_V3\n"
    "  --tap   SERVER is a TAP interface, which is made\n"
    "  --spin  look for that long after the last frame before sleeping\n";

struct options {
    int ring;
    int tap;
    uint64_t spin;
};

static uint64_t microseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static struct port open_port(const char *interface, const struct options *options)
{
    if (options->ring) return port_open_ring(interface, options->ring == 3 ? TPACKET_V3 : TPACKET_V2);
    return port_open(interface);
}

static void carry(struct port *lan, struct port *server, uint64_t spin)
{
    struct pollfd waiting[] = {
        { .fd = lan->descriptor, .events = POLLIN },
        { .fd = server->descriptor, .events = POLLIN },
    };
    uint64_t last = 0;
    for (;;) {
        int timeout = spin && microseconds() - last < spin ? 0 : -1;
        if (poll(waiting, 2, timeout) <= 0) continue;
        if (waiting[0].revents) port_carry(lan, server);
        if (waiting[1].revents) port_carry(server, lan);
        if (spin) last = microseconds();
    }
}

static int read_options(int count, char **words, struct options *options)
{
    int place = 1;
    for (; place < count && !strncmp(words[place], "--", 2); place++) {
        if (!strcmp(words[place], "--tap")) options->tap = 1;
        else if (!strcmp(words[place], "--ring") && place + 1 < count) options->ring = atoi(words[++place]);
        else if (!strcmp(words[place], "--spin") && place + 1 < count) options->spin = (uint64_t)atoll(words[++place]);
        else return 0;
    }
    return count - place == 2 && !(options->tap && options->ring) ? place : 0;
}

int main(int count, char **words)
{
    struct options options = { 0 };
    int place = read_options(count, words, &options);
    if (!place) return fputs(usage, stderr), 64;
    struct port lan = open_port(words[place], &options);
    struct port server = options.tap ? port_open_tap(words[place + 1]) : open_port(words[place + 1], &options);
    carry(&lan, &server, options.spin);
}

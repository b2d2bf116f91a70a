#include "floor.h"

#include <stdio.h>

int must(const char *call, int result)
{
    if (result < 0) {
        perror(call);
        exit(EXIT_FAILURE);
    }
    return result;
}

static int current_namespace(void)
{
    return must("open", open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
}

static int make_namespace(int home)
{
    must("unshare", unshare(CLONE_NEWNET));
    int made = current_namespace();
    must("setns", setns(home, CLONE_NEWNET));
    return made;
}

// What `open` opens, in that namespace.
static int open_in(int namespace, int home, int (*open)(void))
{
    must("setns", setns(namespace, CLONE_NEWNET));
    int opened = open();
    must("setns", setns(home, CLONE_NEWNET));
    return opened;
}

static int open_near_end(void) { return open_packet_socket(NEAR_INDEX); }

static int make_surroundings(const struct network *network)
{
    int home = current_namespace();
    int server = make_namespace(home), relay = make_namespace(home);
    struct host_interface host = look_at(open_netlink(), network->interface);
    hold_dhcp_port(network->interface);
    int near = open_in(relay, home, open_netlink), far = open_in(server, home, open_netlink);
    make_pair(near, network, &host, server);
    configure_far_end(far, network);
    await_carrier(far, network->interface);
    open_in(relay, home, open_near_end);
    open_packet_socket(host.index);
    return server;
}

static void start(char *const *command, int network_namespace)
{
    int lifeline[2], output[2], processes;
    struct clinux_process init, server;
    const char *failed = NULL;
    must("pipe2", pipe2(lifeline, O_CLOEXEC));
    must("pipe2", pipe2(output, O_CLOEXEC));
    int nothing = must("open", open("/dev/null", O_RDONLY | O_CLOEXEC));
    must("clone", -clinux_start_init(lifeline[0], &init, &processes, &failed));
    struct clinux_program program = {
        .path = command[0], .arguments = command, .environment = environ, .input = nothing, .output = 1, .error = 2,
        .network_namespace = network_namespace, .pid_namespace = processes, .user = CLINUX_KEEP_USER,
        .group = CLINUX_KEEP_USER, .no_new_privileges = true,
        .capabilities = 1 << CAP_NET_BIND_SERVICE | 1 << CAP_NET_RAW | 1 << CAP_SETUID | 1 << CAP_SETGID
            | 1 << CAP_CHOWN | 1 << CAP_DAC_OVERRIDE,
    };
    must("spawn", -clinux_spawn(&program, &server, &failed));
    // Ended by a signal: then the lifeline ends, and with it everything.
    waitid(P_PIDFD, (id_t)server.descriptor, &(siginfo_t){ 0 }, WEXITED);
}

// start-floor [-a ADDRESSES] [-r ROUTES] INTERFACE ADDRESS PREFIX-LENGTH GATEWAY SERVER [ARGUMENT]...
int main(int count, char **words)
{
    struct network network = { .addresses = 1 };
    for (; count > 2 && words[1][0] == '-'; count -= 2, words += 2)
        *(words[1][1] == 'a' ? &network.addresses : &network.routes) = atoi(words[2]);
    if (count < 6 || inet_pton(AF_INET, words[2], &network.address) != 1
        || inet_pton(AF_INET, words[4], &network.gateway) != 1)
        return 64;
    network.interface = words[1];
    network.prefix_length = (uint8_t)atoi(words[3]);
    network.broadcast.s_addr = network.address.s_addr | htonl(~(uint32_t)0 >> network.prefix_length);
    start(words + 5, make_surroundings(&network));
    return EXIT_SUCCESS;
}

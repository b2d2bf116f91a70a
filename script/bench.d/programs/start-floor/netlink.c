#include "floor.h"

#include <stdio.h>

// One datagram of requests, each with attributes (rtnetlink(7)).
struct datagram {
    char bytes[1024];
    size_t length;
    struct nlmsghdr *request;
    int requests;
};

static void *put(struct datagram *datagram, const void *bytes, size_t length)
{
    void *place = datagram->bytes + datagram->length;
    if (datagram->length + NLMSG_ALIGN(length) > sizeof datagram->bytes)
        abort();
    if (bytes != NULL)
        memcpy(place, bytes, length);
    datagram->length += NLMSG_ALIGN(length);
    if (datagram->request != NULL)
        datagram->request->nlmsg_len = (uint32_t)(datagram->bytes + datagram->length - (char *)datagram->request);
    return place;
}

static void begin(struct datagram *datagram, uint16_t type, uint16_t flags, const void *header, size_t length)
{
    struct nlmsghdr head = { .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags };
    datagram->request = NULL;
    datagram->request = put(datagram, &head, sizeof head);
    datagram->requests++;
    put(datagram, header, length);
}

static struct rtattr *open_nest(struct datagram *datagram, uint16_t type)
{
    return put(datagram, &(struct rtattr){ .rta_type = type }, sizeof(struct rtattr));
}

static void close_nest(struct datagram *datagram, struct rtattr *nest)
{
    nest->rta_len = (uint16_t)(datagram->bytes + datagram->length - (char *)nest);
}

static void add(struct datagram *datagram, uint16_t type, const void *bytes, size_t length)
{
    struct rtattr *attribute = open_nest(datagram, type);
    put(datagram, bytes, length);
    attribute->rta_len = (uint16_t)RTA_LENGTH(length);
}

// Sends the requests and takes an answer for each; what precedes the first one's answer is put into `found`.
static void perform(int netlink, struct datagram *datagram, char *found, size_t capacity)
{
    char answer[8192];
    must("send", (int)send(netlink, datagram->bytes, datagram->length, 0));
    while (datagram->requests > 0) {
        must("recv", (int)recv(netlink, answer, sizeof answer, 0));
        const struct nlmsghdr *head = (const struct nlmsghdr *)answer;
        if (head->nlmsg_type != NLMSG_ERROR) {
            memcpy(found, answer, head->nlmsg_len < capacity ? head->nlmsg_len : capacity);
            continue;
        }
        errno = -((const struct nlmsgerr *)NLMSG_DATA(head))->error;
        must("netlink", errno == 0 ? 0 : -1);
        datagram->requests--;
    }
}

int open_netlink(void)
{
    return must("socket", socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
}

static struct ifinfomsg ask(int netlink, const char *name, char *found, size_t capacity)
{
    struct datagram datagram = { 0 };
    struct ifinfomsg header = { 0 };
    begin(&datagram, RTM_GETLINK, 0, &header, sizeof header);
    add(&datagram, IFLA_IFNAME, name, strlen(name) + 1);
    perform(netlink, &datagram, found, capacity);
    memcpy(&header, NLMSG_DATA((struct nlmsghdr *)found), sizeof header);
    return header;
}

struct host_interface look_at(int netlink, const char *name)
{
    _Alignas(struct nlmsghdr) char found[8192];
    struct ifinfomsg header = ask(netlink, name, found, sizeof found);
    struct host_interface host = { .index = header.ifi_index };
    int left = (int)IFLA_PAYLOAD((struct nlmsghdr *)found);
    const struct rtattr *attribute = IFLA_RTA(NLMSG_DATA((struct nlmsghdr *)found));
    for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
        if (attribute->rta_type == IFLA_MTU)
            memcpy(&host.mtu, RTA_DATA(attribute), sizeof host.mtu);
        if (attribute->rta_type == IFLA_ADDRESS)
            memcpy(host.mac_address, RTA_DATA(attribute), sizeof host.mac_address);
    }
    close(netlink);
    return host;
}

static const struct ifinfomsg near_end = { .ifi_index = NEAR_INDEX, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
static const struct ifinfomsg far_end = { .ifi_index = FAR_INDEX };

static void describe_end(struct datagram *pair, const struct network *network, const struct host_interface *host)
{
    const uint32_t one = 1;
    add(pair, IFLA_IFNAME, network->interface, strlen(network->interface) + 1);
    add(pair, IFLA_MTU, &host->mtu, sizeof host->mtu);
    add(pair, IFLA_NUM_TX_QUEUES, &one, sizeof one);
    add(pair, IFLA_NUM_RX_QUEUES, &one, sizeof one);
}

void make_pair(int near, const struct network *network, const struct host_interface *host, int far_namespace)
{
    struct datagram pair = { 0 };
    begin(&pair, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &near_end, sizeof near_end);
    describe_end(&pair, network, host);
    struct rtattr *information = open_nest(&pair, IFLA_LINKINFO);
    add(&pair, IFLA_INFO_KIND, "veth", sizeof "veth");
    struct rtattr *data = open_nest(&pair, IFLA_INFO_DATA), *peer = open_nest(&pair, VETH_INFO_PEER);
    put(&pair, &far_end, sizeof far_end);
    describe_end(&pair, network, host);
    add(&pair, IFLA_ADDRESS, host->mac_address, sizeof host->mac_address);
    add(&pair, IFLA_NET_NS_FD, &far_namespace, sizeof far_namespace);
    close_nest(&pair, peer);
    close_nest(&pair, data);
    close_nest(&pair, information);
    perform(near, &pair, NULL, 0);
}

static void take_up(struct datagram *datagram, int index)
{
    struct ifinfomsg header = { .ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
    begin(datagram, RTM_NEWLINK, 0, &header, sizeof header);
}

// Sends what there is when hardly more goes into a datagram.
static void make_room(int netlink, struct datagram *datagram)
{
    if (datagram->length <= sizeof datagram->bytes - 128)
        return;
    perform(netlink, datagram, NULL, 0);
    *datagram = (struct datagram){ 0 };
}

static void add_address(struct datagram *datagram, const struct network *network, uint32_t number)
{
    struct ifaddrmsg header = { .ifa_family = AF_INET, .ifa_prefixlen = network->prefix_length, .ifa_index = FAR_INDEX };
    struct in_addr address = { htonl(ntohl(network->address.s_addr) + number) };
    begin(datagram, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
    add(datagram, IFA_LOCAL, &address, sizeof address);
    add(datagram, IFA_ADDRESS, &address, sizeof address);
    add(datagram, IFA_BROADCAST, &network->broadcast, sizeof network->broadcast);
}

static void add_route(struct datagram *datagram, const struct network *network, struct in_addr destination, uint8_t length)
{
    int index = FAR_INDEX;
    struct rtmsg header = {
        .rtm_family = AF_INET, .rtm_dst_len = length, .rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_STATIC,
        .rtm_type = RTN_UNICAST
    };
    begin(datagram, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
    if (length > 0)
        add(datagram, RTA_DST, &destination, sizeof destination);
    add(datagram, RTA_GATEWAY, &network->gateway, sizeof network->gateway);
    add(datagram, RTA_OIF, &index, sizeof index);
}

void configure_far_end(int far, const struct network *network)
{
    struct datagram settings = { 0 };
    take_up(&settings, LOOPBACK_INDEX);
    take_up(&settings, FAR_INDEX);
    for (int number = 0; number < network->addresses; number++) {
        make_room(far, &settings);
        add_address(&settings, network, (uint32_t)number);
    }
    make_room(far, &settings);
    add_route(&settings, network, (struct in_addr){ 0 }, 0);
    for (int number = 0; number < network->routes; number++) {
        make_room(far, &settings);
        add_route(&settings, network, (struct in_addr){ htonl(10u << 24 | (uint32_t)number << 8) }, 24);
    }
    perform(far, &settings, NULL, 0);
}

void await_carrier(int far, const char *name)
{
    _Alignas(struct nlmsghdr) char found[8192];
    while (!(ask(far, name, found, sizeof found).ifi_flags & IFF_RUNNING))
        poll(NULL, 0, 1);
}

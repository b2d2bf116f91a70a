#include "CLinux.h"

#include <stddef.h>

static int set_path(struct sockaddr_un *address, const char *path)
{
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    if (strlen(path) >= sizeof address->sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address->sun_path, path);
    return 0;
}

int clinux_bind(int socket, const char *path)
{
    struct sockaddr_un address;
    if (set_path(&address, path) < 0)
        return -1;
    // The socket's mode is what the umask leaves, and from the moment it is there others may try to send.
    mode_t before = umask(0111);
    int result = bind(socket, (struct sockaddr *)&address, sizeof address);
    umask(before);
    return result;
}

int clinux_connect(int socket, const char *path)
{
    struct sockaddr_un address;
    return set_path(&address, path) < 0 ? -1 : connect(socket, (struct sockaddr *)&address, sizeof address);
}

int clinux_connect_abstract(int socket, const char *name)
{
    // The name begins behind a first byte of 0 and ends with the address, not with another 0.
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    size_t length = strlen(name);
    if (length > sizeof address.sun_path - 1) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path + 1, name, length);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length);
    return connect(socket, (struct sockaddr *)&address, size);
}

ssize_t clinux_send(int socket, const char *path, const void *bytes, size_t length, const int *descriptors, int count)
{
    if (count < 0 || count > CLINUX_MAXIMUM_DESCRIPTORS) {
        errno = EINVAL;
        return -1;
    }
    // Without an address in memory that no filter of system calls can look into (seccomp(2)).
    if (path == NULL && count == 0)
        return send(socket, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);

    struct sockaddr_un address;
    struct iovec piece = { .iov_base = (void *)bytes, .iov_len = length };
    struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1 };
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int) * CLINUX_MAXIMUM_DESCRIPTORS)] = { 0 };

    if (path != NULL) {
        if (set_path(&address, path) < 0)
            return -1;
        message.msg_name = &address;
        message.msg_namelen = sizeof address;
    }
    if (count > 0) {
        size_t size = sizeof(int) * (size_t)count;
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(size);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(size);
        memcpy(CMSG_DATA(header), descriptors, size);
    }
    return sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void take_ancillary(struct msghdr *message, struct clinux_received *received)
{
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL; header = CMSG_NXTHDR(message, header)) {
        if (header->cmsg_level != SOL_SOCKET)
            continue;
        if (header->cmsg_type == SCM_CREDENTIALS) {
            memcpy(&received->sender, CMSG_DATA(header), sizeof received->sender);
            received->has_sender = true;
        }
        if (header->cmsg_type == SCM_RIGHTS) {
            size_t size = header->cmsg_len - CMSG_LEN(0);
            memcpy(received->descriptors, CMSG_DATA(header), size);
            received->descriptor_count = (int)(size / sizeof(int));
        }
    }
}

ssize_t clinux_receive(int socket, void *bytes, size_t capacity, struct clinux_received *received)
{
    // Room for all the kernel can pass at once, so that none is left in doubt.
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof received->descriptors) + CMSG_SPACE(sizeof(struct ucred))];
    struct iovec piece = { .iov_base = bytes, .iov_len = capacity };
    struct msghdr message = {
        .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control
    };

    received->truncated = false;
    received->has_sender = false;
    received->descriptor_count = 0;
    ssize_t length = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (length < 0)
        return -1;
    take_ancillary(&message, received);
    received->truncated = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
    return length;
}

const struct tpacket_auxdata *clinux_auxiliary_data(struct msghdr *message)
{
    _Static_assert(CMSG_SPACE(sizeof(struct tpacket_auxdata)) <= CLINUX_AUXILIARY_SPACE, "room for the auxiliary data");
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL; header = CMSG_NXTHDR(message, header))
        if (header->cmsg_level == SOL_PACKET && header->cmsg_type == PACKET_AUXDATA)
            return (const struct tpacket_auxdata *)CMSG_DATA(header);
    return NULL;
}

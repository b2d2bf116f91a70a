#include "CLinux.h"

#include <linux/if_tun.h>
#include <sys/ioctl.h>

int clinux_open_tap(const char *name, struct sock_fprog *filter)
{
    struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_TUN_EXCL };
    if (strlen(name) >= sizeof request.ifr_name) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(request.ifr_name, name);
    int descriptor = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return -1;
    if (ioctl(descriptor, TUNSETIFF, &request) < 0 || ioctl(descriptor, TUNATTACHFILTER, filter) < 0) {
        int error = errno;
        close(descriptor);
        errno = error;
        return -1;
    }
    return descriptor;
}

bool clinux_is_tap(int descriptor)
{
    _Static_assert(TUNGETIFF == CLINUX_TUNGETIFF, "the request as Swift sees it");
    struct ifreq request = { 0 };
    return ioctl(descriptor, TUNGETIFF, &request) == 0
        && (request.ifr_flags & (IFF_TAP | IFF_NO_PI | IFF_VNET_HDR)) == (IFF_TAP | IFF_NO_PI);
}

#include "CLinux.h"

#include <sys/ioctl.h>
#include <sys/uio.h>

ssize_t clinux_write_if_possible(int descriptor, const void *bytes, size_t length)
{
    struct iovec piece = { .iov_base = (void *)bytes, .iov_len = length };
    return pwritev2(descriptor, &piece, 1, -1, RWF_NOWAIT);
}

bool clinux_ignores(int signal)
{
    struct sigaction action;
    return sigaction(signal, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

int clinux_terminal_width(int descriptor)
{
    struct winsize size;
    return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : -1;
}

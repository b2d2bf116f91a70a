#include "CLinux.h"

int clinux_make_memory(const char *name, off_t size)
{
    int descriptor = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (descriptor < 0)
        return -1;
    // Who maps it can rely on its size: nobody can cut it off, and give another a SIGBUS.
    if (ftruncate(descriptor, size) == 0 && fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        return descriptor;
    int error = errno;
    close(descriptor);
    errno = error;
    return -1;
}

bool clinux_is_memory(int descriptor, off_t size)
{
    int seals = fcntl(descriptor, F_GET_SEALS);
    return seals >= 0 && seals & F_SEAL_SHRINK && lseek(descriptor, 0, SEEK_END) == size;
}

#include "CLinux.h"

#include <linux/seccomp.h>
#include <sys/syscall.h>

bool clinux_has_seccomp(void)
{
    uint32_t action = SECCOMP_RET_KILL_PROCESS;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

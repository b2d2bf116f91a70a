#include "CLinux.h"

#include <sys/syscall.h>

bool clinux_has_capability_bound(int capability)
{
    return prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1;
}

int clinux_clear_ambient_capabilities(void)
{
    return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

int clinux_clear_capabilities(void)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };
    const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };
    if (syscall(SYS_capget, &header, data) < 0)
        return -1;
    // Who has none need not be allowed to change them.
    if (memcmp(data, none, sizeof data) == 0)
        return 0;
    memset(data, 0, sizeof data);
    return (int)syscall(SYS_capset, &header, data);
}

int clinux_landlock_version(void)
{
    return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

int clinux_landlock_create(const struct clinux_landlock_ruleset *ruleset, size_t size)
{
    return (int)syscall(SYS_landlock_create_ruleset, ruleset, size, 0);
}

int clinux_landlock_allow(int ruleset, int parent, uint64_t access)
{
    struct landlock_path_beneath_attr rule = { .allowed_access = access, .parent_fd = parent };
    return (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

int clinux_landlock_enforce(int ruleset)
{
    return (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
}

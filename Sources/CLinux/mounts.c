#include "CLinux.h"
#include "start.h"

#include <limits.h>
#include <sys/mount.h>

// What programs open that are no files of anybody: the nodes of devices beside which there are those of disks, of memory
// and of other people's terminals.
static const char *const usual_devices[] = {
    "/dev/full", "/dev/null", "/dev/random", "/dev/tty", "/dev/urandom", "/dev/zero",
};
enum { device_count = sizeof usual_devices / sizeof *usual_devices };

// Mounts that are not attached to anything yet: copies of what is at some paths, or -1.
struct copies {
    int devices[device_count];
    int writable[CLINUX_MAXIMUM_WRITABLE];
};

static int copy_at(const char *path)
{
    return open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
}

static int attach(int copy, const char *path)
{
    return move_mount(copy, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS);
}

// Before nothing is a device any more, so that these stay usable.
static int copy_devices(struct start *start, struct copies *copies)
{
    for (int index = 0; index < device_count; index++) {
        copies->devices[index] = copy_at(usual_devices[index]);
        if (copies->devices[index] < 0 && errno != ENOENT)
            TRY(start, VIEW "open_tree of a device", -1);
    }
    return 0;
}

static int attach_devices(struct start *start, const struct copies *copies)
{
    for (int index = 0; index < device_count; index++)
        if (copies->devices[index] >= 0)
            TRY(start, VIEW "move_mount of a device", attach(copies->devices[index], usual_devices[index]));
    return 0;
}

// Sets the attributes of what is mounted at a path, and on it.
static int set(const char *path, uint64_t attributes, uint64_t propagation)
{
    struct mount_attr change = { .attr_set = attributes, .propagation = propagation };
    return mount_setattr(AT_FDCWD, path, AT_RECURSIVE, &change, sizeof change);
}

// What the host mounts later is seen here too, and nothing the other way. Then no device is left but the usual ones.
static int follow_host(struct start *start, struct copies *copies)
{
    TRY(start, VIEW "mount_setattr /", set("/", 0, MS_SLAVE));
    if (copy_devices(start, copies) < 0)
        return -1;
    TRY(start, VIEW "mount_setattr /", set("/", MOUNT_ATTR_NODEV, 0));
    return 0;
}

// What the host mounted later would be writable: so it is not seen.
static int keep_writable(struct start *start, struct copies *copies)
{
    char *const *paths = start->program->files.writable;
    for (int index = 0; paths[index] != NULL; index++)
        TRY(start, VIEW "open_tree of what is written", copies->writable[index] = copy_at(paths[index]));
    TRY(start, VIEW "mount_setattr /", set("/", MOUNT_ATTR_RDONLY, MS_PRIVATE));
    for (int index = 0; paths[index] != NULL; index++)
        TRY(start, VIEW "move_mount of what is written", attach(copies->writable[index], paths[index]));
    return 0;
}

// The kernel's own files; those of the processes are only those of the PID namespace, which is the caller's by now.
static int protect_kernel(struct start *start)
{
    for (char *const *path = start->program->files.read_only; *path != NULL; path++)
        TRY(start, VIEW "mount_setattr of the kernel's files", set(*path, MOUNT_ATTR_RDONLY, MS_PRIVATE));
    TRY(start, VIEW "mount /proc", mount("proc", "/proc", "proc", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
    return 0;
}

static int hide(struct start *start)
{
    for (char *const *path = start->program->files.hidden; *path != NULL; path++)
        TRY(start, VIEW "mount of nothing over what is hidden",
            mount("none", *path, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0,nr_inodes=1"));
    return 0;
}

// Where the caller is may be on a mount that was covered since.
static int enter_again(struct start *start)
{
    char path[PATH_MAX];
    bool has_path = getcwd(path, sizeof path) != NULL && path[0] == '/';
    if (!has_path || chdir(path) < 0)
        TRY(start, VIEW "chdir", chdir("/"));
    return 0;
}

int clinux_make_view(struct start *start)
{
    struct copies copies;
    if (follow_host(start, &copies) < 0)
        return -1;
    if (start->program->files.writable != NULL && keep_writable(start, &copies) < 0)
        return -1;
    if (protect_kernel(start) < 0 || attach_devices(start, &copies) < 0 || hide(start) < 0)
        return -1;
    return enter_again(start);
}

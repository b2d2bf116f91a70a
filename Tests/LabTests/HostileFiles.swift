import Foundation

/// What a server tries that was taken over and is root, with the host's files.
enum HostileFiles {
    /// The beginning of a script: says of each attempt how it went, `attempt NAME: ok` where it was let.
    static let beginning = """
        import ctypes, fcntl, os, signal, stat, time
        libc = ctypes.CDLL(None, use_errno=True)

        def attempt(name, work):
            try: result = work()
            except OSError as error: result = os.strerror(error.errno) if error.errno else str(error)
            print(f"attempt {name}: {result or 'ok'}", flush=True)

        def call(function, *arguments):
            if function(*arguments) < 0: raise OSError(ctypes.get_errno(), "")

        def open_for_writing(path):
            os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY))

        def is_writable(path):
            try: return open_for_writing(path) is None
            except OSError: return False

        def files(top):
            for directory, _, names in os.walk(top):
                paths = (os.path.join(directory, name) for name in names)
                yield from (path for path in paths if not os.path.islink(path))

        def is_device(path):
            try: mode = os.lstat(path).st_mode
            except OSError: return False
            return stat.S_ISBLK(mode) or stat.S_ISCHR(mode)

        # Some devices do something as soon as they are opened, a watchdog for instance: of most it is only asked.
        def is_usable(path):
            return not os.statvfs(path).f_flag & os.ST_NODEV

        def in_process(work):
            child = os.fork()
            if child == 0:
                try: os._exit(work() or 0)
                except OSError as error: os._exit(error.errno or 255)
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

        # As root of new namespaces for users, mounts, networks, control groups and processes.
        def in_user_namespace(work):
            def enter(): call(libc.unshare, 0x10000000 | 0x00020000 | 0x40000000 | 0x02000000 | 0x20000000)
            status = in_process(lambda: enter() or in_process(work))
            return None if status == 0 else os.strerror(status)
        """

    /// What is tried with the kernel's files, processes and devices.
    static let ways = """
        for path in ("/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sysrq-trigger", "/proc/1/oom_score_adj",
                     "/proc/self/oom_score_adj", "/sys/kernel/uevent_helper", "/sys/power/state"):
            attempt(f"write {path}", lambda: open_for_writing(path) if os.path.exists(path) else "is not there")
        for top in ("/proc", "/sys", "/run/chroot/sys"):
            found = list(files(top))
            writable = [path for path in found if is_writable(path)]
            print(f"walked {top}: {len(found)} files, to be written {writable[:10]}", flush=True)
        control = [path for path in files("/sys/fs/cgroup") if os.path.basename(path) in ("cgroup.procs", "release_agent")]
        group = os.path.dirname(control[0]) + "/taken-over"
        attempt("control group", lambda: open_for_writing(control[0]))
        attempt("new control group", lambda: os.mkdir(group) or os.rmdir(group))

        devices = [path for top in ("/dev", "/run/chroot/dev") for path in files(top) if is_device(path)]
        print("devices", sorted(path for path in devices if is_usable(path)), "of", len(devices), flush=True)
        disks = [path for path in devices if stat.S_ISBLK(os.lstat(path).st_mode)]
        attempt("disk", lambda: os.close(os.open(disks[0], os.O_RDONLY)) if disks else "is not there")
        for name in ("kmsg", "mem", "console"): attempt(f"device {name}", lambda: open_for_writing(f"/dev/{name}"))
        for name in ("full", "null", "random", "urandom", "zero"):
            attempt(f"usual device {name}", lambda: os.close(os.open(f"/dev/{name}", os.O_RDONLY)))

        names = sorted(open(f"/proc/{entry}/comm").read().strip() for entry in os.listdir("/proc") if entry.isdigit())
        print("processes", names, "and", os.listdir("/run/chroot/proc"), flush=True)
        attempt("trace init", lambda: call(libc.ptrace, 16, 1, 0, 0))
        attempt("memory of init", lambda: os.close(os.open("/proc/1/mem", os.O_RDONLY)))
        attempt("environment of init", lambda: os.close(os.open("/proc/1/environ", os.O_RDONLY)))
        attempt("files of init", lambda: os.close(os.open("/proc/1/fd/0", os.O_RDONLY)))
        attempt("root of init", lambda: os.listdir("/proc/1/root/") and None)
        for kind in ("mnt", "net", "pid"):
            attempt(f"namespace {kind} of init", lambda: call(libc.setns, os.open(f"/proc/1/ns/{kind}", os.O_RDONLY), 0))
        attempt("kernel's memory", lambda: os.close(os.open("/proc/kcore", os.O_RDONLY)))
        attempt("our sockets", lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).connect("/run/middle-sock/relay.sock"))
        attempt("database", lambda: open_for_writing("/var/lib/middle-sock/middle-sock.sqlite"))

        bind, remount, detach = 0x1000, 0x20, 2
        covers = ("/proc", "/sys", "/dev", "/run/middle-sock", "/run/chroot/proc")
        ways = [(f"unmount {path}", libc.umount2, (path.encode(), detach)) for path in covers] \\
            + [(f"remount {path}", libc.mount, (None, path.encode(), None, bind | remount, None)) for path in covers] \\
            + [(f"move {path}", libc.mount, (path.encode(), b"/mnt", None, 0x2000, None)) for path in covers] \\
            + [("mount proc", libc.mount, (b"none", b"/mnt", b"proc", 0, None)),
               ("mount sysfs", libc.mount, (b"none", b"/mnt", b"sysfs", 0, None)),
               ("copy of /", libc.mount, (b"/", b"/mnt", None, bind, None))]
        for name, function, arguments in ways:
            attempt(f"{name}", lambda: call(function, *arguments))
            attempt(f"{name} as root of users", lambda: in_user_namespace(lambda: call(function, *arguments)))
        """

    /// What every server does.
    static let usualWork = """
        for path in ("/run/hostile.pid", "/var/lib/dhcp/hostile.leases", "/tmp/middle-sock-hostile"):
            attempt(f"usual file {path}", lambda: open(path, "w").close())
            attempt(f"usual end of {path}", lambda: (os.rename(path, path + "~"), os.remove(path + "~")) and None)
        """

    /// What a server has said of its attempts, without the word itself.
    static func attempts(in text: String) -> [String] {
        text.split(separator: "\n").compactMap { line in
            line.range(of: "attempt ").map { String(line[$0.upperBound...]) }
        }
    }
}

"""Processes as /proc shows them."""

import os
import select
import time


def read(path):
    """The content of a file of /proc; nothing when the process is gone."""
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def name(pid):
    return read(f"/proc/{pid}/comm").rstrip(b"\n").decode()


def children(pid):
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [int(child) for thread in threads for child in read(f"/proc/{pid}/task/{thread}/children").split()]


def family(pid):
    """The process and all that descend from it, the first first."""
    found = [pid]
    for member in found:
        found += children(member)
    return found


def member(pid, program):
    """The first in the process's family that runs this program; its executable is loaded then."""
    return next((one for one in family(pid) if name(one) == program), None)


def contained(program, files):
    """The first process that runs this program and has something mounted from below the directory `files`."""
    running = (one for one in os.listdir("/proc") if one.isdecimal() and name(one) == program)
    return next((one for one in running if files.encode() in read(f"/proc/{one}/mountinfo")), None)


def hears_dhcp(table):
    """Whether UDP port 67 is bound, by the text of /proc/PID/net/udp."""
    # The columns begin with a number, the local address and the remote one; nobody is connected to port 67 here.
    return b":0043 " in table


def received_datagrams(pid):
    """How many UDP datagrams programs have received in the process's network namespace (InDatagrams)."""
    lines = [line.split() for line in read(f"/proc/{pid}/net/snmp").splitlines() if line.startswith(b"Udp:")]
    return int(lines[1][lines[0].index(b"InDatagrams")])


def processor_time(pid):
    """What the process's threads have had of the processors, in microseconds; precise, unlike /proc/PID/stat."""
    threads = os.listdir(f"/proc/{pid}/task")
    return sum(int(read(f"/proc/{pid}/task/{thread}/schedstat").split()[0]) for thread in threads) / 1000


def memory(pid, field):
    """A field of /proc/PID/status such as VmRSS, in KiB."""
    lines = read(f"/proc/{pid}/status").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field.encode() + b":"))


def watch_end(pid):
    """A descriptor that is readable when the process has ended; nothing when it has already."""
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return None


def await_ends(descriptors, seconds):
    """Waits until all of the processes have ended, and closes the descriptors."""
    deadline = time.monotonic() + seconds
    for descriptor in filter(None, descriptors):
        if not select.select([descriptor], [], [], max(0, deadline - time.monotonic()))[0]:
            raise TimeoutError(f"a process did not end within {seconds} s")
        os.close(descriptor)


def is_removing_namespaces():
    """Whether the kernel is at work on network namespaces that nobody holds any more: a worker's name tells."""
    kthreadd = 2
    return any(name(thread).endswith("+netns") for thread in children(kthreadd))

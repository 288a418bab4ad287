"""Shutting a process in: no network, no writing, no new processes, so much memory and no more.

On Linux: Landlock (nothing but Python and the package can be read, nothing written), seccomp (no
sockets, no programs started, no limits lifted) and limits on memory and processor time; each of
them without any right that an ordinary user lacks. Elsewhere there are the limits at most. What is
in force is measured by trying, and said.

The standard library alone, as an answer's process imports this.
"""

import contextlib
import ctypes
import os
import platform
import struct
import sys

MEMORY = 1 << 30  # bytes of addresses
PRINTED = 1 << 20  # bytes that an answer may print
NO_NEW_PRIVILEGES, SECCOMP, FILTER = 38, 22, 2  # of prctl
WHEN_ALONE, KILL = 1, 9  # of prctl as well: what comes when the judge has gone
READ = 1 << 2 | 1 << 3  # Landlock: read a file, list a folder
RULESET, RULE, RESTRICT = 444, 445, 446  # Landlock's system calls, the same everywhere

# Numbers of system calls that an answer has no use for, on the two usual processors.
REFUSED = {
    "x86_64": (
        0xC000003E,
        56,
        # socket socketpair fork vfork execve kill chmod fchmod chown fchown lchown setrlimit
        [41, 53, 57, 58, 59, 62, 90, 91, 92, 93, 94, 160],
        # ptrace rt_sigqueueinfo utime mount sethostname settimeofday reboot init_module
        [101, 129, 132, 165, 170, 164, 169, 175],
        # xattrs, tkill, clock_settime, utimes, keyctl, shm and message queues, fchownat…
        [188, 189, 190, 197, 198, 199, 200, 227, 234, 235, 250, 29, 68, 260, 261, 268, 280],
        # prctl, truncate, rt_tgsigqueueinfo, and what sets other processes' priorities
        [157, 76, 297, 141, 142, 144, 203, 251, 314],
    ),
    "aarch64": (
        0xC00000B7,
        220,
        [198, 199, 221, 129, 130, 131, 52, 53, 54, 55, 164],
        [117, 138, 40, 161, 170, 142, 105, 88],
        [5, 6, 7, 14, 15, 16, 112, 219, 194, 186],
        [167, 45, 240, 140, 118, 119, 122, 30, 274],
    ),
}
# unshare and setns differ; the rest are numbered alike: perf_event_open and so on per machine
MORE_REFUSED = {
    "x86_64": [272, 308, 298, 302, 310, 311, 313, 321, 322, 323],
    "aarch64": [97, 268, 241, 261, 270, 271, 273, 280, 281, 282],
}
# pidfd_send_signal, io_uring (3), pidfd_open, openat2, pidfd_getfd, fchmodat2
REFUSED_EVERYWHERE = [424, 425, 426, 427, 434, 437, 438, 452]
CLONE3 = 435
FCNTL = {"x86_64": 72, "aarch64": 25}
SET_OWNER = (8, 15)  # of fcntl: to whom a pipe sends signals
# open and openat, and where their flags stand: Landlock leaves emptying a file to newer kernels
OPEN = {"x86_64": ((2, 24), (257, 32)), "aarch64": ((56, 32),)}
EMPTY = 0x200  # of their flags
THREAD = 0x10000  # of clone: a thread, not a process


def shut_in(readable, seconds):
    """Nothing; shuts this process in for good, as far as the system can.

    readable: folders and files that it may go on reading
    seconds: of processor time that it may take
    """
    limit(seconds)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        libc.prctl(WHEN_ALONE, KILL, 0, 0, 0)
        confine(libc, readable)
        refuse(libc)


def limit(seconds):
    """Nothing; limits memory, processor time, and the size of files."""
    with contextlib.suppress(ImportError):
        import resource

        for name, size in (
            ("RLIMIT_AS", MEMORY),
            ("RLIMIT_CPU", int(seconds)),
            ("RLIMIT_FSIZE", PRINTED),
            ("RLIMIT_CORE", 0),
        ):
            with contextlib.suppress(AttributeError, OSError, ValueError):
                hard = size + (name == "RLIMIT_CPU")  # a second in which a signal ends it
                resource.setrlimit(getattr(resource, name), (size, hard))


def confine(libc, readable):
    """Nothing; lets Landlock allow reading these paths, and of the file system nothing else."""
    version = libc.syscall(RULESET, None, ctypes.c_size_t(0), 1)
    if version < 1:
        return
    rights = (1 << (13 + (version >= 2) + (version >= 3))) - 1
    ports = 3 if version >= 4 else 0
    scopes = 3 if version >= 6 else 0
    size = 8 + 8 * (version >= 4) + 8 * (version >= 6)
    known = struct.pack("QQQ", rights, ports, scopes)[:size]
    rules = libc.syscall(RULESET, known, ctypes.c_size_t(len(known)), 0)
    if rules < 0:
        return
    for path in readable:
        if not os.path.exists(path):
            continue
        allowed = READ if os.path.isdir(path) else 1 << 2
        if path == os.devnull:
            allowed |= 1 << 1
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
        libc.syscall(RULE, rules, 1, struct.pack("=Qi", allowed, opened), 0)
        os.close(opened)
    libc.syscall(RESTRICT, rules, 0)
    os.close(rules)


def refuse(libc):
    """Nothing; has the system refuse calls that an answer has no use for, by seccomp."""
    machine = platform.machine()
    if machine not in REFUSED:
        return
    audit, clone, *groups = REFUSED[machine]
    numbers = [n for group in groups for n in group] + MORE_REFUSED[machine] + REFUSED_EVERYWHERE
    load, equal, at_least, any_bit, give = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, refused, absent, kill = 0x7FFF0000, 0x00050000 | 1, 0x00050000 | 38, 0x80000000
    steps = [(load, 0, 0, 4), (equal, 1, 0, audit), (give, 0, 0, kill), (load, 0, 0, 0)]
    steps += [(at_least, 0, 1, 0x40000000), (give, 0, 0, kill)]
    for number in numbers:
        steps += [(equal, 0, 1, number), (give, 0, 0, refused)]
    steps += [(equal, 0, 1, CLONE3), (give, 0, 0, absent)]  # so that clone is called
    steps += [(equal, 0, 5, FCNTL[machine]), (load, 0, 0, 24)]
    steps += [(equal, 1, 0, SET_OWNER[0]), (equal, 0, 1, SET_OWNER[1])]
    steps += [(give, 0, 0, refused), (give, 0, 0, allow)]
    for number, flags in OPEN[machine]:
        steps += [(equal, 0, 4, number), (load, 0, 0, flags), (any_bit, 0, 1, EMPTY)]
        steps += [(give, 0, 0, refused), (give, 0, 0, allow)]
    steps += [(equal, 0, 3, clone), (load, 0, 0, 16), (any_bit, 1, 0, THREAD)]
    steps += [(give, 0, 0, refused), (give, 0, 0, allow)]
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    program = ctypes.create_string_buffer(code)
    header = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(program))
    libc.prctl(SECCOMP, FILTER, header, 0, 0)


def in_force(outside):
    """{what: whether it is closed to this process}, each found by trying.

    outside: a file that this process should be able neither to read nor to change
    """
    import socket
    import subprocess

    def fails(act):
        try:
            act()
        except BaseException:
            return True
        return False

    def network():
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("127.0.0.1", 9))

    def memory():
        import resource

        if 0 <= resource.getrlimit(resource.RLIMIT_AS)[0] <= MEMORY:  # -1 is no limit
            raise MemoryError

    return {
        "network": fails(network),
        "writing": fails(lambda: open(outside, "a").close()),
        "reading": fails(lambda: open(outside).close()),
        "programs": fails(lambda: subprocess.run([sys.executable, "-c", ""], check=True)),
        "memory": fails(memory),
    }


def readable_paths(package):
    """What a process needs to go on reading, to run Python with the package in this folder."""
    own = {sys.prefix, sys.base_prefix, sys.exec_prefix, *(os.path.realpath(p) for p in sys.path)}
    own = {path for path in own if path and path not in ("/", os.sep)}
    system = ["/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime"]
    return [package, *sorted(own), *system, os.devnull, "/dev/urandom"]

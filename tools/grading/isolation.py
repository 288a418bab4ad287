"""Confining a process: no network, no writing, no new processes, so much memory and no more.

On Linux, each without any right that an ordinary user lacks: a private view of the file system
(`grading.private_view`), Landlock (nothing but Python and the package can be read, nothing
written), seccomp (a list of the system calls that are allowed: `grading.syscalls`) and limits on
memory, open files and processor time. Elsewhere there are the limits at most. What is in force is
measured by trying, and said.

The standard library alone, as an answer's process imports this.
"""

import contextlib
import ctypes
import os
import platform
import struct
import sys

from tools.grading import private_view, syscalls

MEMORY = 1 << 30  # bytes of addresses
PRINTED = 1 << 20  # bytes that an answer may print
FILES = 64  # that an answer may have open
NO_NEW_PRIVILEGES, SECCOMP, FILTER = 38, 22, 2  # of prctl
WHEN_ALONE, KILL = 1, 9  # of prctl as well: what comes when the judge has gone
DUMPABLE = 4  # of prctl: whether other processes may look into this one
CAPABILITIES = 0x20080522  # the third version of what capset takes
READ_FILE, LIST_FOLDER, WRITE_FILE = 1 << 2, 1 << 3, 1 << 1  # of Landlock

OUTSIDE = {  # of a confined process, and what to say where it is open
    "network": "an answer can reach the network",
    "writing": "an answer can write files",
    "reading": "an answer can read files, this course's among them",
    "file names": "an answer can see which files there are, their sizes and times",
    "programs": "an answer can start programs",
    "threads": "an answer can start threads",
    "memory": "an answer can take all memory",
    "open files": "an answer can open files without number",
    "shared memory": "an answer can leave shared memory, semaphores or files in memory behind",
}


def isolate(readable, seconds):
    """Confine this process for good, as far as the system can.

    readable: folders and files that it may go on reading
    seconds: of processor time that it may take
    """
    limit(seconds, FILES)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        root = os.path.join(os.getcwd(), "root")
        with contextlib.suppress(OSError):
            os.mkdir(root)
            private_view.enter(libc, readable, root)
        confine(libc, readable)
        drop_capabilities(libc)
        libc.prctl(DUMPABLE, 0, 0, 0, 0)
        libc.prctl(WHEN_ALONE, KILL, 0, 0, 0)
        refuse(libc)


def limit(seconds, files=None):
    """Limit memory, processor time, the size of files and, if it is given, the number of files."""
    with contextlib.suppress(ImportError):
        import resource

        limits = [
            ("RLIMIT_AS", MEMORY),
            ("RLIMIT_CPU", int(seconds)),
            ("RLIMIT_FSIZE", PRINTED),
            ("RLIMIT_CORE", 0),
            ("RLIMIT_NOFILE", files),
        ]
        for name, size in limits:
            if size is None:
                continue
            with contextlib.suppress(AttributeError, OSError, ValueError):
                hard = size + (name == "RLIMIT_CPU")  # a second in which a signal ends it
                resource.setrlimit(getattr(resource, name), (size, hard))


def known_machine():
    """What this machine is called in the tables of `syscalls`; None if they don't have it."""
    machine = platform.machine()
    return machine if machine in syscalls.MACHINES and sys.maxsize > 1 << 32 else None


def call(libc, name, *arguments):
    """What a system call of `syscalls.OTHERS` gives; -1 on a machine that the tables don't have."""
    machine = known_machine()
    if machine is None:
        return -1
    return libc.syscall(syscalls.numbers(syscalls.OTHERS, machine)[name], *arguments)


def confine(libc, readable):
    """Let Landlock allow reading these paths, and of the file system nothing else."""
    version = call(libc, "landlock_create_ruleset", None, ctypes.c_size_t(0), 1)
    if version < 1:
        return
    rights = (1 << (13 + (version >= 2) + (version >= 3))) - 1
    ports = 3 if version >= 4 else 0
    scopes = 3 if version >= 6 else 0
    size = 8 + 8 * (version >= 4) + 8 * (version >= 6)
    known = struct.pack("QQQ", rights, ports, scopes)[:size]
    rules = call(libc, "landlock_create_ruleset", known, ctypes.c_size_t(len(known)), 0)
    if rules < 0:
        return
    for path in readable:
        if not os.path.exists(path):
            continue
        allowed = READ_FILE | LIST_FOLDER if os.path.isdir(path) else READ_FILE
        if path == os.devnull:
            allowed |= WRITE_FILE
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
        rule = struct.pack("=Qi", allowed, opened)
        call(libc, "landlock_add_rule", rules, 1, rule, 0)
        os.close(opened)
    call(libc, "landlock_restrict_self", rules, 0)
    os.close(rules)


def drop_capabilities(libc):
    """Give up what root may do, in case the grader runs as root or made a namespace of its own."""
    call(libc, "capset", struct.pack("=Ii", CAPABILITIES, 0), bytes(24))


def refuse(libc):
    """Have the system refuse all calls but those that are allowed, by seccomp."""
    machine = known_machine()
    if machine is None:
        return
    code = syscalls.filter_program(machine)
    program = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(program))
    libc.prctl(SECCOMP, FILTER, header, 0, 0)


def in_force(outside):
    """{what: whether it is closed to this process}, each found by trying.

    outside: a file that this process should be able neither to see, to read nor to change
    """
    tries = {
        "network": reach_network,
        "writing": lambda: open(outside, "a").close(),
        "reading": lambda: open(outside).close(),
        "file names": lambda: os.stat(outside),
        "programs": start_program,
        "threads": start_thread,
        "memory": take_memory,
        "open files": open_many,
        "shared memory": leave_something,
    }
    return {what: fails(act) for what, act in tries.items()}


def fails(act):
    """Whether something can't be done here."""
    try:
        act()
    except BaseException:
        return True
    return False


def reach_network():
    """Send nothing to this machine itself, over its network. Raises OSError."""
    import socket

    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("127.0.0.1", 9))


def start_program():
    """Start Python once more. Raises OSError."""
    import subprocess

    subprocess.run([sys.executable, "-c", ""], check=True)


def start_thread():
    """Start a thread that does nothing. Raises RuntimeError."""
    import threading

    threading.Thread(target=int).start()


def take_memory():
    """Raise MemoryError if memory is limited."""
    import resource

    if 0 <= resource.getrlimit(resource.RLIMIT_AS)[0] <= MEMORY:  # -1 is no limit
        raise MemoryError


def open_many():
    """Open a file more often than is allowed. Raises OSError."""
    opened = []
    try:
        for _ in range(2 * FILES):
            opened.append(os.dup(2))
    finally:
        for number in opened:
            os.close(number)


def leave_something():
    """Make a semaphore and a file in memory, and remove both. Raises OSError if neither can be."""
    libc = ctypes.CDLL(None, use_errno=True)
    semaphore = call(libc, "semget", 0, 1, 0o1600)  # a new one
    file = call(libc, "memfd_create", b"try", 0)
    if semaphore >= 0:
        call(libc, "semctl", semaphore, 0, 0, 0)
    if file >= 0:
        os.close(file)
    if semaphore < 0 and file < 0:
        raise OSError("refused")


def readable_paths(package):
    """What a process needs to go on reading, to run Python with the package in this folder."""
    own = {sys.prefix, sys.base_prefix, sys.exec_prefix, *(os.path.realpath(p) for p in sys.path)}
    own = {path for path in own if path and path not in ("/", os.sep)}
    system = ["/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime"]
    others = {os.path.join(path, "microgpt_ref") for path in (*own, *sys.path) if path}
    others = {path for path in others if os.path.exists(path)}
    found = [part for path in sorted({*own, *system}) for part in without(path, others)]
    return [package, *found, os.devnull, "/dev/urandom"]


def without(path, others):
    """The paths that make up a path without others, such as an installed copy of the course."""
    if path in others:
        return []
    if not any(other.startswith(os.path.join(path, "")) for other in others):
        return [path]
    return [part for name in sorted(os.listdir(path)) for part in without(f"{path}/{name}", others)]

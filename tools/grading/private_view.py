"""A view of the file system in which a process finds only what it needs.

Landlock keeps files from being opened, but a process can still ask for their names, sizes and
times. Where an ordinary user may make namespaces (see user_namespaces(7)), the process gets a root
folder of its own, in which the paths that it may read appear read-only, and nothing else: no other
files, no /proc, no network, no shared memory of others. Elsewhere nothing changes, and
`isolation.in_force` finds the door open.

The standard library alone, as an answer's process imports this.
"""

import ctypes
import os

USER, MOUNTS, IPC, HOST_NAME, NETWORK = 0x10000000, 0x20000, 0x8000000, 0x4000000, 0x40000000
SPACES = USER | MOUNTS | IPC | HOST_NAME | NETWORK
READ_ONLY, NO_SETUID, AGAIN, BIND, RECURSIVE, PRIVATE = 1, 2, 32, 4096, 16384, 1 << 18
# what a mount is like, as statvfs gives it and as mount takes it; these may not get laxer
LOCKED = {2: 2, 4: 4, 8: 8, 1024: 1024, 2048: 2048, 4096: 1 << 21}
SIZE = b"size=1m,mode=755"


def enter(libc, readable, folder):
    """True if this process now sees only these paths; its folder for that is an empty one."""
    user, group = os.getuid(), os.getgid()
    if libc.unshare(SPACES) != 0:
        return False
    try:
        write("/proc/self/setgroups", "deny")
        write("/proc/self/uid_map", f"{user} {user} 1")
        write("/proc/self/gid_map", f"{group} {group} 1")
        mount(libc, None, "/", None, RECURSIVE | PRIVATE)
        mount(libc, "none", folder, "tmpfs", NO_SETUID, SIZE)
        for path in outermost(readable):
            show(libc, path, folder)
        for path in readable:
            link(path, folder)
        os.chdir(folder)
        os.chroot(folder)
        os.chdir("/")
    except OSError:
        return False
    return True


def write(path, text):
    """Write a text to a file of the kernel's."""
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def mount(libc, source, target, kind, flags, data=None):
    """Mount a folder. Raises OSError."""
    source, target, kind = (None if t is None else os.fsencode(t) for t in (source, target, kind))
    if libc.mount(source, target, kind, ctypes.c_ulong(flags), data) != 0:
        raise OSError(ctypes.get_errno(), f"can't mount {target!r}")


def outermost(paths):
    """The real paths of those that exist, without any that lie within another one."""
    real = sorted({os.path.realpath(path) for path in paths if os.path.exists(path)})
    return [p for p in real if not any(p.startswith(q.rstrip("/") + "/") for q in real)]


def show(libc, path, folder):
    """Make a path appear, read-only, in the folder that is to be the root."""
    target = folder + path
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.isdir(path):
        os.makedirs(target, exist_ok=True)
    else:
        write(target, "")
    mount(libc, path, target, None, BIND | RECURSIVE)
    found = os.statvfs(path).f_flag
    kept = sum(flag for seen, flag in LOCKED.items() if found & seen)
    mount(libc, None, target, None, BIND | AGAIN | READ_ONLY | NO_SETUID | kept)


def link(path, folder):
    """Make a link in the new root, where a path leads to its real place over one."""
    real, target = os.path.realpath(path), folder + os.path.normpath(path)
    if real != path and os.path.exists(real) and not os.path.lexists(target):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.symlink(real, target)

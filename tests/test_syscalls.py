"""The table of system calls against the kernel's headers, and the filter, by running it."""

import re
import struct
from pathlib import Path

import pytest

from tools.grading import syscalls

HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),  # the generic numbers
}
machines = pytest.mark.parametrize("machine", syscalls.MACHINES)
DANGEROUS = """
accept acct add_key adjtimex bind bpf chmod chown chroot clone clone3 clock_settime connect
delete_module epoll_create1 eventfd2 execve execveat fallocate fanotify_init fchmod fchmodat fchown
fchownat finit_module flock fork fsetxattr fsopen ftruncate init_module inotify_init1
io_setup io_uring_enter io_uring_register io_uring_setup ioprio_set kcmp kexec_load keyctl kill
linkat listen lsetxattr mbind memfd_create memfd_secret migrate_pages mkdirat mknodat mlock mlock2
mlockall mount mount_setattr move_mount mq_open msgget msgsnd name_to_handle_at open_by_handle_at
open_tree openat2 perf_event_open personality pidfd_getfd pidfd_open pidfd_send_signal pipe2
pivot_root prctl process_madvise process_vm_readv process_vm_writev ptrace quotactl reboot recvmsg
removexattr renameat2 request_key rt_sigqueueinfo rt_tgsigqueueinfo sched_setaffinity
sched_setattr sched_setparam sched_setscheduler seccomp semget semop sendmsg sendto setdomainname
setfsuid setgid setgroups sethostname setitimer setns setpriority setregid setresuid setrlimit
setsid settimeofday setuid setxattr shmat shmget signalfd4 socket socketpair splice swapon
symlinkat syslog tgkill timer_create timerfd_create tkill truncate umount2 unlinkat unshare
userfaultfd utimensat vmsplice
"""


def header(machine):
    """{name: number} of a machine's calls, as the kernel's own header has them."""
    path = HEADERS[machine]
    if not path.exists():
        pytest.skip(f"the kernel's headers are not here: {path}")
    text = path.read_text()
    found = dict(re.findall(r"#define (__NR(?:3264)?_\w+)\s+(\w+)", text))
    resolved = {}
    for name, number in re.findall(r"#define (__NR_\w+)\s+(\w+)", text):
        number = found.get(number, number)  # where a call has two sizes, it goes by another name
        if number.isdigit():
            resolved.setdefault(name.removeprefix("__NR_"), int(number))
    return resolved


@machines
@pytest.mark.parametrize("table", ["ALLOWED", "OTHERS"])
def test_numbers_are_the_kernel_s(machine, table):
    real = header(machine)
    for line in getattr(syscalls, table).strip().splitlines()[1:]:
        name, *columns = line.split()
        number = columns[syscalls.MACHINES.index(machine)]
        if number != "-":
            assert real[name] == int(number), name
        elif machine == "aarch64":  # it has another call for the same, such as openat for open
            generic = HEADERS["aarch64"].read_text()
            assert not re.search(rf"#define __NR_{name}\s+\d", generic), name
        else:
            assert name not in real


@pytest.mark.parametrize("table", ["ALLOWED", "OTHERS"])
def test_each_call_has_a_number_and_no_number_has_two_calls(table):
    rows = [line.split() for line in getattr(syscalls, table).strip().splitlines()[1:]]
    assert all(len(row) == 3 for row in rows) and len({row[0] for row in rows}) == len(rows)
    for machine in syscalls.MACHINES:
        found = syscalls.numbers(getattr(syscalls, table), machine)
        assert len(set(found.values())) == len(found)
    assert all(row[1] != "-" or row[2] != "-" for row in rows)


def test_conditions_are_about_calls_that_are_allowed():
    names = {line.split()[0] for line in syscalls.ALLOWED.strip().splitlines()[1:]}
    assert names.issuperset({*syscalls.ONLY, *syscalls.NO_BITS, *syscalls.ZERO})


def run(program, machine, number, arguments=()):
    """What a filter answers to a call, by interpreting it as the kernel does; checks its form."""
    arguments = [*arguments, *[0] * (6 - len(arguments))]
    audit = syscalls.AUDIT[machine] if isinstance(machine, str) else machine
    data = struct.pack("<IIQ6Q", number, audit, 0, *arguments)
    steps = [struct.unpack_from("=HBBI", program, at) for at in range(0, len(program), 8)]
    at = accumulator = 0
    while True:
        code, true, false, k = steps[at]
        at += 1
        if code == 0x20:  # load a word
            assert k % 4 == 0 and k + 4 <= len(data)
            (accumulator,) = struct.unpack_from("<I", data, k)
        elif code == 0x06:  # give
            return k
        else:
            compare = {0x15: accumulator == k, 0x35: accumulator >= k, 0x45: accumulator & k != 0}
            at += true if compare[code] else false


@machines
def test_the_filter_is_well_formed(machine):
    steps = syscalls.filter_steps(machine)
    assert len(syscalls.filter_program(machine)) == 8 * len(steps) <= 8 * 4096
    for at, (code, true, false, number) in enumerate(steps):
        assert code in (0x20, 0x15, 0x35, 0x45, 0x06) and 0 <= number < 1 << 32
        assert 0 <= true < 256 and 0 <= false < 256  # forwards alone, so that it ends
        if code in (0x15, 0x35, 0x45):
            assert at + 1 + max(true, false) < len(steps)
    assert steps[-1][0] == 0x06


@machines
def test_the_filter_allows_what_the_table_has_and_refuses_all_else(machine):
    program = syscalls.filter_program(machine)
    allowed = syscalls.numbers(syscalls.ALLOWED, machine)
    special = {*syscalls.ONLY, *syscalls.NO_BITS, *syscalls.ZERO}
    plain = {number for name, number in allowed.items() if name not in special}
    for number in range(700):
        if number in plain:
            assert run(program, machine, number) == syscalls.ALLOW
        elif number not in allowed.values():
            assert run(program, machine, number) == syscalls.REFUSE


@machines
def test_the_filter_looks_at_arguments(machine):
    program = syscalls.filter_program(machine)
    allowed = syscalls.numbers(syscalls.ALLOWED, machine)

    def answer(name, *arguments):
        return run(program, machine, allowed[name], arguments)

    assert answer("fcntl", 1, 2, 1) == answer("fcntl", 1, 1030) == syscalls.ALLOW
    for command in (4, 5, 6, 7, 8, 15, 1024, 1026, 1031):  # flags, locks, owners, leases, sizes
        assert answer("fcntl", 1, command) == syscalls.REFUSE
    assert answer("ioctl", 1, 0x5401) == syscalls.ALLOW
    assert answer("ioctl", 1, 0x5412) == syscalls.REFUSE  # typing into a terminal
    assert answer("openat", 5, 1 << 40, 0o2000000) == syscalls.ALLOW
    for flags in (0o1, 0o2, 0o100, 0o1000, 0o2101, 0o20200002):
        assert answer("openat", 5, 1 << 40, flags) == syscalls.REFUSE
    assert answer("prlimit64", 0, 9, 0, 1 << 40) == syscalls.ALLOW
    for process in (1, 1 << 32, 4321):
        assert answer("prlimit64", process, 9, 0, 1 << 40) == syscalls.REFUSE
        assert answer("sched_getaffinity", process) == syscalls.REFUSE
    assert answer("sched_getaffinity", 0) == syscalls.ALLOW
    for pointer in (1, 1 << 32, 0xFFFFFFFF00000000, 0x7FFF12345678):
        assert answer("prlimit64", 0, 9, pointer) == syscalls.REFUSE
    if machine == "x86_64":
        assert answer("open", 1 << 40, 0) == syscalls.ALLOW
        assert answer("open", 1 << 40, 0o1101) == syscalls.REFUSE


@machines
def test_the_filter_ends_a_process_that_calls_in_another_way(machine):
    program = syscalls.filter_program(machine)
    for audit in (0x40000003, 0x40000028, 0):  # i386, arm, none
        assert run(program, audit, 1) == syscalls.KILL
    if machine == "x86_64":  # the second set of numbers, x32
        assert run(program, machine, 0x40000000 | 1) == syscalls.KILL


@machines
def test_none_of_what_could_do_harm_is_allowed(machine):
    allowed = syscalls.numbers(syscalls.ALLOWED, machine)
    assert not allowed.keys() & set(DANGEROUS.split())
    real = header(machine)
    program = syscalls.filter_program(machine)
    known = [name for name in DANGEROUS.split() if name in real]
    assert len(known) > 110
    assert all(run(program, machine, real[name]) == syscalls.REFUSE for name in known)

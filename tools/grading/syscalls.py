"""The system calls that an answer may make, by name, and the filter that refuses all others.

The filter is a seccomp program (see seccomp(2)): a few comparisons, which the kernel runs before
each system call, of its number and its arguments. A call that isn't in the table fails with
"Operation not permitted".

The standard library alone, as an answer's process imports this.
"""

import struct

MACHINES = ("x86_64", "aarch64")
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # what the kernel calls them

# What Python needs to compute, to import modules and to print. "-": this machine has no such call.
ALLOWED = """
name                     x86_64  aarch64
read                          0       63
write                         1       64
pread64                      17       67
close                         3       57
fstat                         5       80
newfstatat                  262       79
statx                       332      291
stat                          4        -
lstat                         6        -
lseek                         8       62
mmap                          9      222
munmap                       11      215
mprotect                     10      226
mremap                       25      216
madvise                      28      233
brk                          12      214
open                          2        -
openat                      257       56
getdents64                  217       61
getcwd                       79       17
readlink                     89        -
readlinkat                  267       78
access                       21        -
faccessat                   269       48
faccessat2                  439      439
ioctl                        16       29
fcntl                        72       25
dup                          32       23
dup2                         33        -
dup3                        292       24
exit                         60       93
exit_group                  231       94
rt_sigaction                 13      134
rt_sigprocmask               14      135
rt_sigreturn                 15      139
sigaltstack                 131      132
restart_syscall             219      128
futex                       202       98
getpid                       39      172
gettid                      186      178
getuid                      102      174
geteuid                     107      175
getgid                      104      176
getegid                     108      177
clock_gettime               228      113
clock_getres                229      114
clock_nanosleep             230      115
nanosleep                    35      101
gettimeofday                 96      169
times                       100      153
getrusage                    98      165
getrandom                   318      278
sched_yield                  24      124
sched_getaffinity           204      123
uname                        63      160
prlimit64                   302      261
"""
# What isolates a process, before the filter is on, and what is tried to see whether it holds.
OTHERS = """
name                     x86_64  aarch64
memfd_create                319      279
semget                       64      190
semctl                       66      191
landlock_create_ruleset     444      444
landlock_add_rule           445      445
landlock_restrict_self      446      446
capset                      126       91
"""
# Of these calls an argument may have certain values only.
ONLY = {
    "fcntl": (1, (0, 1, 2, 3, 1030)),  # F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC
    "ioctl": (1, (0x5401, 0x5413, 0x5450, 0x5451)),  # TCGETS, TIOCGWINSZ, FIONCLEX, FIOCLEX
}
# Of these none of some bits: O_WRONLY, O_RDWR, O_CREAT, O_TRUNC.
WRITING = 0o1 | 0o2 | 0o100 | 0o1000
NO_BITS = {"open": (1, WRITING), "openat": (2, WRITING)}
# Of these some arguments have to be 0: a process may read its own limits, and set none.
ZERO = {"prlimit64": (0, 2), "sched_getaffinity": (0,)}

LOAD, EQUAL, AT_LEAST, ANY_BIT, GIVE = 0x20, 0x15, 0x35, 0x45, 0x06  # steps of a filter
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000 | 1, 0x80000000  # 1 is EPERM
OTHER_SET = 0x40000000  # x86_64 has a second set of numbers, from here on
NUMBER, MACHINE, ARGUMENTS = 0, 4, 16  # where these stand in what a filter looks at


def numbers(table, machine):
    """{name: number} of the calls in a table that a machine has."""
    rows = [line.split() for line in table.strip().splitlines()[1:]]
    column = 1 + MACHINES.index(machine)
    return {row[0]: int(row[column]) for row in rows if row[column] != "-"}


def conditions(name):
    """The steps that decide on a call from its arguments; the first that gives an answer counts."""
    allow, refuse = (GIVE, 0, 0, ALLOW), (GIVE, 0, 0, REFUSE)
    if name in ONLY:
        argument, values = ONLY[name]
        tests = [(EQUAL, len(values) - i, 0, value) for i, value in enumerate(values)]
        return [(LOAD, 0, 0, ARGUMENTS + 8 * argument), *tests, refuse, allow]
    if name in NO_BITS:
        argument, bits = NO_BITS[name]
        return [(LOAD, 0, 0, ARGUMENTS + 8 * argument), (ANY_BIT, 0, 1, bits), refuse, allow]
    if name in ZERO:
        halves = [ARGUMENTS + 8 * argument + half for argument in ZERO[name] for half in (0, 4)]
        tests = [((LOAD, 0, 0, half), (EQUAL, 1, 0, 0), refuse) for half in halves]
        return [*(step for test in tests for step in test), allow]
    return [allow]


def filter_steps(machine):
    """The filter's steps for a machine: (what to do, jump if true, jump if false, number)."""
    steps = [(LOAD, 0, 0, MACHINE), (EQUAL, 1, 0, AUDIT[machine]), (GIVE, 0, 0, KILL)]
    steps.append((LOAD, 0, 0, NUMBER))
    if machine == "x86_64":
        steps += [(AT_LEAST, 0, 1, OTHER_SET), (GIVE, 0, 0, KILL)]
    for name, number in numbers(ALLOWED, machine).items():
        decision = conditions(name)
        steps += [(EQUAL, 0, len(decision), number), *decision]
    return [*steps, (GIVE, 0, 0, REFUSE)]


def filter_program(machine):
    """The filter as the kernel takes it, in bytes."""
    return b"".join(struct.pack("=HBBI", *step) for step in filter_steps(machine))

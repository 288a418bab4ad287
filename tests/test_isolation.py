"""What a confined process may do: tried out in one, by trying to get out, to stay and to grow."""

import os
import subprocess
import sys
import tempfile
import time

import pytest

from tools.grading import isolation, judge, private_view
from tools.setup import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="confined on Linux alone")


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """A copy of the package without its checks."""
    folder = tmp_path_factory.mktemp("package")
    judge.copy_package(folder)
    return folder


@pytest.fixture
def confined(package):
    """A function: what an expression gives in a confined process, after some statements."""

    def value(expression, statements=""):
        with judge.answerer(package) as (peer, _):
            peer.ask("run", cells=[statements])
            return peer.ask("answer", expression=expression)[1]

    return value


CALL = """\
import ctypes, platform
libc = ctypes.CDLL(None, use_errno=True)
machine = ["x86_64", "aarch64"].index(platform.machine())

def call(numbers, *arguments):
    return libc.syscall(numbers[machine], *arguments), ctypes.get_errno()
"""
EPERM = [-1, 1]
REFUSED = {  # numbers on x86_64 and aarch64, and arguments that would do something
    "files in memory": "(319, 279), b'x', 0",
    "secret memory": "(447, 447), 0",
    "SysV shared memory": "(29, 194), 0, 4096, 0o1600",
    "SysV semaphores": "(64, 190), 0, 1, 0o1600",
    "SysV messages": "(68, 186), 0, 0o1600",
    "POSIX messages": "(240, 180), b'/x', 0o102, 0o600, None",
    "a key": "(248, 217), b'user', b'x', b'y', 1, -3",
    "a keyring": "(250, 219), 1, b'ring'",
    "io_uring": "(425, 425), 1, ctypes.create_string_buffer(120)",
    "faults handled by hand": "(323, 282), 1",
    "news of files": "(294, 26), 0",
    "news of all files": "(300, 262), 0, 0",
    "a lock": "(73, 32), 2, 2",
    "a socket": "(41, 198), 1, 1, 0",
    "two sockets": "(53, 199), 1, 1, 0, ctypes.create_string_buffer(8)",
    "a pipe": "(293, 59), ctypes.create_string_buffer(8), 0",
    "an event": "(290, 19), 0, 0",
    "a timer": "(283, 85), 1, 0",
    "signals as a file": "(289, 74), -1, ctypes.create_string_buffer(8), 8, 0",
    "another's memory": "(310, 270), 1, None, 0, None, 0, 0",
    "tracing": "(101, 117), 16, 1, 0, 0",
    "being looked into": "(157, 167), 4, 1, 0, 0, 0",
    "a signal to the group": "(62, 129), 0, 9",
    "another's limits": "(302, 261), 1, 7, ctypes.create_string_buffer(16), None",
    "its own limits": "(302, 261), 0, 7, ctypes.create_string_buffer(16), None",
    "a namespace": "(272, 97), 0x10000000",
    "a mount": "(165, 40), b'none', b'/tmp', b'tmpfs', 0, None",
    "another root": "(161, 51), b'/'",
    "capabilities": "(126, 91), ctypes.create_string_buffer(8), ctypes.create_string_buffer(24)",
    "a process": "(56, 220), 17, None, None, None, None",
    "a process in the new way": "(435, 435), ctypes.create_string_buffer(88), 88",
    "BPF": "(321, 280), 0, None, 0",
    "counters": "(298, 241), None, 0, -1, -1, 0",
    "another clock": "(227, 112), 0, ctypes.create_string_buffer(16)",
    "staying in memory": "(151, 230), 1",
    "a longer file": "(77, 46), 2, 1 << 40",
    "space on the disk": "(285, 47), 2, 0, 0, 1 << 40",
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_call_that_is_not_in_the_table_is_refused(confined, what):
    assert confined(f"list(call({REFUSED[what]}))", CALL) == EPERM


def test_what_is_closed_is_found_closed_by_trying(package):
    assert judge.probe(package) == dict.fromkeys(isolation.OUTSIDE, True)


def test_what_is_open_is_found_open(tmp_path):
    (tmp_path / "file").write_text("")
    found = isolation.in_force(tmp_path / "file")
    assert not any(found[what] for what in found if what != "network")


def test_1500_files_in_memory_are_none(confined):
    made = "[n for n in made if n >= 0]"
    statements = f"{CALL}\nmade = [call((319, 279), b'x', 0)[0] for _ in range(1500)]"
    assert confined(made, statements) == []


def test_it_holds_few_files_open(confined):
    statements = """\
import os
n = 0
try:
    while True:
        os.dup(2)
        n += 1
except OSError:
    pass
"""
    assert confined("n", statements) < isolation.FILES


def test_it_sees_nothing_of_others_files(confined, tmp_path):
    (tmp_path / "of another").write_text("x" * 1234)
    found = confined(
        "[attempt(os.stat, file), attempt(os.listdir, '/'), attempt(os.listdir, '/proc'), "
        "attempt(os.path.getsize, file), attempt(os.readlink, '/proc/self/exe'), "
        "attempt(os.path.getmtime, course), attempt(os.access, file, 0) or None]",
        f"""\
import os
file, course = {str(tmp_path / "of another")!r}, {str(ROOT / "tools" / "grading" / "judge.py")!r}

def attempt(act, *arguments):
    try:
        return str(act(*arguments)) if act(*arguments) else None
    except OSError:
        return None
""",
    )
    assert found == [None] * 7


@pytest.mark.parametrize(
    "act",
    [
        "open('/proc/self/mem', 'rb').read(1)",
        "open(f'/proc/{os.getppid()}/environ').read()",
        "os.open(f'/proc/{os.getppid()}/fd/0', os.O_RDONLY)",
        "os.listdir('/proc/self/fd')",
        "threading.Thread(target=print).start()",
        "_thread.start_new_thread(print, ())",
        "faulthandler.dump_traceback_later(1)",
        "signal.setitimer(signal.ITIMER_REAL, 1)",
        "signal.raise_signal(signal.SIGKILL)",
        "resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))",
        "resource.setrlimit(resource.RLIMIT_CPU, (-1, -1))",
        "resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1))",
        "resource.prlimit(os.getppid(), resource.RLIMIT_CPU)",
        "os.sched_getaffinity(os.getppid())",
        "os.setuid(0)",
        "os.chroot('.')",
        "os.setpgid(0, os.getppid())",
        "os.posix_spawn('/usr/bin/true', ['true'], {})",
        "os.execv('/usr/bin/true', ['true'])",
        "multiprocessing.shared_memory.SharedMemory(create=True, size=10)",
        "multiprocessing.Lock()",
        "os.eventfd(1)",
        "os.memfd_create('x')",
        "os.mkfifo('x')",
        "os.set_blocking(1, False)",
        "fcntl.flock(2, fcntl.LOCK_EX)",
        "fcntl.lockf(2, fcntl.LOCK_EX)",
        "fcntl.fcntl(1, 1031, 1 << 20)",
        "socket.socketpair()",
        "open('/dev/tty')",
        "open('/dev/shm/x', 'w')",
        "select.epoll()",
        "os.pidfd_open(os.getppid())",
        "os.getxattr(math.__spec__.origin, 'user.x')",
        "import tools.grading.judge",
        "import tools.grading.isolation",
        "open(answering).read()",
    ],
)
def test_there_is_no_way_out(package, act):
    imports = (
        "import _thread, fcntl, faulthandler, multiprocessing, multiprocessing.shared_memory\n"
        "import math, os, resource, select, signal, socket, threading\n"
        f"answering = {str(ROOT / 'tools' / 'grading' / 'answering.py')!r}"
    )
    with judge.answerer(package) as (peer, _):
        peer.ask("run", cells=[imports])
        with pytest.raises((OSError, ValueError, RuntimeError, ImportError, AttributeError)):
            peer.ask("run", cells=[act])
        assert peer.ask("answer", expression="1 + 1")[1] == 2  # and it goes on


@pytest.mark.parametrize(
    "modules",
    [
        "math, cmath, random, statistics, fractions, decimal, numbers",
        "itertools, functools, collections, heapq, bisect, operator, copy, array",
        "dataclasses, typing, enum, abc, re, string, textwrap, json, csv, pprint",
        "time, datetime, calendar, locale, hashlib, secrets, uuid, zlib, struct",
        "inspect, ast, dis, contextlib, warnings, logging, unittest, doctest, timeit",
        "asyncio, concurrent.futures, threading, subprocess, pathlib, tempfile, urllib.request",
        "numpy",
    ],
)
def test_what_an_answer_may_need_is_there(confined, modules):
    pytest.importorskip(modules) if modules == "numpy" else None
    assert confined("1", f"import {modules}") == 1


def test_chance_and_time_go_on(confined):
    assert confined(
        "[len(os.urandom(4)), 0 <= random.SystemRandom().random() < 1, time.time() > 1e9]",
        "import os, random, time\ntime.sleep(0.01)\ntime.localtime()",
    ) == [4, True, True]


UNPRIVILEGED = """\
import tempfile
from tools.grading import judge

package = tempfile.mkdtemp()
judge.copy_package(package)
print(judge.probe(package))
"""


@pytest.fixture
def open_folder():
    """A folder that any user can read."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield folder


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="an ordinary user runs the rest")
def test_an_ordinary_user_confines_as_well(open_folder):
    python = next((p for p in ("/usr/bin/python3", "/usr/local/bin/python3") if able(p)), None)
    if python is None:
        pytest.skip("no Python here that an ordinary user may run")
    for name in ("microgpt_ref", "tools"):
        subprocess.run(["cp", "-r", str(ROOT / name), str(open_folder)], check=True)
    subprocess.run(["chmod", "-R", "a+rX", str(open_folder)], check=True)
    done = subprocess.run(
        [python, "-B", "-c", UNPRIVILEGED],
        cwd=open_folder,
        user=65534,
        group=65534,
        extra_groups=[],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == str(dict.fromkeys(isolation.OUTSIDE, True)), done.stderr


def able(path):
    """Whether an ordinary user can run a Python that is new enough."""
    wanted = "import sys; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([path, "-c", wanted], user=65534, cwd="/").returncode == 0
    except OSError:
        return False


def test_without_namespaces_all_else_holds_and_the_open_door_is_said(package, tmp_path):
    """Landlock and seccomp alone: names and sizes of files are seen, which is found and said."""
    code = f"""\
import os, sys
sys.path.insert(0, {str(ROOT)!r})
from tools.grading import isolation, private_view
import socket, subprocess
del sys.path[0]
private_view.enter = lambda *arguments: False
os.chdir({str(tmp_path)!r})
isolation.isolate(isolation.readable_paths({str(package)!r}), 10)
print(isolation.in_force({str(ROOT / "README.md")!r}))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd="/")
    assert done.stdout.strip() == str(
        dict.fromkeys(isolation.OUTSIDE, True) | {"file names": False}
    )


def test_outermost_paths_alone_are_mounted(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "ab").mkdir()
    (tmp_path / "link").symlink_to("a")
    given = [f"{tmp_path}/{name}" for name in ("a/b", "a", "ab", "link", "absent")]
    assert private_view.outermost(given) == [f"{tmp_path}/a", f"{tmp_path}/ab"]


def test_another_copy_of_the_course_is_left_out_of_what_can_be_read(tmp_path):
    packages = tmp_path / "lib" / "site-packages"
    for name in ("microgpt_ref", "numpy"):
        (packages / name).mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    found = isolation.without(str(tmp_path), {str(packages / "microgpt_ref")})
    assert found == [str(tmp_path / "bin"), str(packages / "numpy")]


def test_confining_costs_little(package):
    start = time.monotonic()
    for _ in range(5):
        with judge.answerer(package) as (peer, _):
            peer.ask("run", cells=[""])
    assert (time.monotonic() - start) / 5 < 2


SLEEPER = """\
import sys
sys.path.insert(0, {root!r})
from tools.grading import judge

with judge.answerer({package!r}) as (peer, _):
    print(peer.process.pid, flush=True)
    peer.ask("run", cells=["import time\\ntime.sleep(3600)"])
"""


def test_an_answer_ends_with_its_judge(package, tmp_path):
    command = [sys.executable, "-c", SLEEPER.format(root=str(ROOT), package=str(package))]
    variables = {**os.environ, "TMPDIR": str(tmp_path)}  # which nobody tidies up
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=variables)
    answer = int(process.stdout.readline())
    time.sleep(1)  # until it sleeps
    assert alive(answer)
    process.kill()
    process.wait()
    process.stdout.close()
    deadline = time.monotonic() + 5
    while alive(answer) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(answer)


def alive(number):
    """Whether there is a process of this number that hasn't ended."""
    try:
        with open(f"/proc/{number}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False

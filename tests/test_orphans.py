"""A process whose parent is killed ends too, whatever tells it."""

import os
import subprocess
import sys
import time

import pytest

from tools.setup import ROOT

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX system")

CHILD = """\
import os, sys, time
from tools.grading import orphans
sys.platform = {platform!r}
orphans.end_with_parent({parent})
print(os.getpid(), flush=True)
time.sleep(60)
"""
PARENT = """\
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", {child!r}])
time.sleep(60)
"""


def running(number):
    """Whether there is a process of this number that hasn't ended."""
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(number)], capture_output=True, text=True)
    return done.stdout.strip()[:1] not in ("", "Z")


@pytest.mark.parametrize("platform", [sys.platform, "darwin"])
def test_it_ends_with_its_parent(platform):
    child = CHILD.format(platform=platform, parent=None)
    command = [sys.executable, "-c", PARENT.format(child=child)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    number = int(process.stdout.readline())
    assert running(number)
    process.kill()
    process.wait()
    process.stdout.close()
    end = time.monotonic() + 10
    while running(number) and time.monotonic() < end:
        time.sleep(0.05)
    assert not running(number)


@pytest.mark.parametrize("own, status", [(True, 0), (False, 1)])
def test_it_ends_at_once_if_its_parent_had_gone_before(own, status):
    parent = os.getpid() if own else 2**22 + 1
    code = CHILD.format(platform=sys.platform, parent=parent).replace("sleep(60)", "sleep(0)")
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == status

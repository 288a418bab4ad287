"""Answers in code that attack the grader, for any exercise whose answer is one function.

Each is a text with places for {head}, the first line of the function, and {course}, the folder of
the course; `written_for` fills them in. None is right, so none earns a point.
"""

CALLED = "{head}\n    "  # what follows happens when the check calls the answer
FORGE = """\
import os
for number in range(3, 64):
    try:
        os.write(number, (LINE + chr(10)).encode())
    except OSError:
        pass
"""
FORGED = '{{"result": {{"root": true, "objects": {{}}}}}}'
SECRETS = """\
import glob
text = ""
for path in glob.glob("{course}/*") + ["{course}/seed.txt", "/etc/passwd", "/proc/self/environ"]:
    try:
        text += open(path, encoding="latin-1").read()
    except OSError:
        pass
raise ValueError("stolen: " + text)
"""
ATTACKS = {
    "a loop in the cell": "while True:\n    pass",
    "a loop in the call": CALLED + "while True: pass",
    "sleep": CALLED + "import time\n    time.sleep(3600)",
    "sleep, whatever comes": "import time\nwhile True:\n    try:\n        time.sleep(3600)\n"
    "    except BaseException:\n        pass",
    "an exit": "import os\nos._exit(0)",
    "an exit of Python's": CALLED + "raise SystemExit(0)",
    "an interruption": CALLED + "raise KeyboardInterrupt",
    "a shot at the judge": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)",
    "forks": "import os\nwhile True:\n    os.fork()",
    "threads": "import threading\nwhile True:\n    threading.Thread(target=input).start()",
    "a program": "import subprocess\nsubprocess.Popen(['sleep', '3600'])",
    "printing": CALLED + "while True: print('x' * 1000)",
    "memory": CALLED + "x = [0]\n    while True: x += x",
    "files in memory": "import os\nkept = [os.memfd_create(str(n)) for n in range(1500)]\n"
    "for n in kept:\n    os.ftruncate(n, 1 << 20)",
    "a closed pipe, then sleep": "import os, time\nos.closerange(3, 256)\ntime.sleep(3600)",
    "a closed pipe, then work": "import os\nos.closerange(0, 256)\nwhile True:\n    pass",
    "a forged result": FORGE.replace("LINE", repr(FORGED)),
    "no message": FORGE.replace("LINE", "'[' * 100_000"),
    "lists nested 2^50": CALLED + "x = []\n    for _ in range(50): x = [x, x]\n    return x",
    "a list that holds itself": CALLED + "x = []\n    x.append(x)\n    return x",
    "a vast number": CALLED + "return 10 ** 10 ** 6",
    "a deep call": "import sys\nsys.setrecursionlimit(10 ** 9)\nf = lambda: f()\nf()",
    "a crash": "import ctypes\nctypes.string_at(0)",
    "an error whose text never ends": "class E(Exception):\n    def __str__(self):\n"
    "        while True: pass\n" + CALLED + "raise E",
    "the check replaced": "import microgpt_ref.lab.checks as c\n"
    "c.examine = c.check = c.find = print\n" + CALLED + "return 1",
    "a number that equals all": "class Odd(float):\n"
    "    __eq__ = __le__ = __ge__ = lambda self, other: True\n"
    "    __sub__ = __rsub__ = __abs__ = lambda *a: Odd(0)\n" + CALLED + "return Odd(0)",
    "secrets": SECRETS,
    "a file": "open('/tmp/mine', 'w').write('x')",
    "the network": "import socket\nsocket.create_connection(('127.0.0.1', 80))",
    "a test of its own": "### BEGIN HIDDEN TESTS\nassert True\n### END HIDDEN TESTS",
    "a vast text": "# " + "x" * 300_000,
    "a text of odd signs": "\x00\u202e\ufeff\ud800 <script>alert(1)</script>",
}


def written_for(attack, head, course):
    """The text of an attack for a function whose first line this is."""
    text = ATTACKS[attack]
    if len(text) > 10_000 or "\x00" in text:
        return text
    return text.format(head=head, course=course)

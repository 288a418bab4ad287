"""The process in which an answer lives, confined; its judge is another process: `grading.judge`.

Started as `python -s -P answering.py`, it imports what it needs of this folder before it confines
itself. First comes one line of JSON, what to run; then it does what the judge asks.
"""

import contextlib
import json
import os
import random
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def own_modules():
    """(isolation, wire) of this folder, which an answer can't import."""
    sys.path.insert(0, os.path.dirname(os.path.dirname(HERE)))
    from tools.grading import isolation, wire

    sys.path.pop(0)
    for name in [name for name in sys.modules if name.partition(".")[0] == "tools"]:
        del sys.modules[name]
    return isolation, wire


def pipes():
    """(source, target): the judge's pipe, on numbers of its own; a print can't reach it."""
    source, target = os.fdopen(os.dup(0), encoding="utf-8"), os.fdopen(os.dup(1), "w", 1, "utf-8")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(2, 1)
    os.close(nowhere)
    return source, target


def main():
    """Do what the judge asks, and end when it goes."""
    source, target = pipes()
    job = json.loads(source.readline())
    isolation, wire = own_modules()
    if job["probe"]:
        import socket  # noqa: F401
        import subprocess  # noqa: F401
    isolation.isolate(isolation.readable_paths(job["package"]), job["seconds"])
    sys.path.insert(0, job["package"])
    from microgpt_ref.lab.checks import no_answer
    from microgpt_ref.value import Value

    random.seed(0)  # the same answer gets the same marks
    notebook = {"__name__": "__main__"}

    def run(cells, withheld=None):
        """Run cells as a notebook does, without copies of what is withheld."""
        codes = [no_answer.without_copies(cell, withheld or {}) for cell in cells]
        for code in codes:  # from here on nothing in this process is sure
            exec(code, notebook)

    def answer(expression):
        """(whether it is untouched, what the answer's cell has defined)."""
        found = eval(expression, notebook)
        return no_answer.untouched(found), found

    def look(outside):
        """What is closed to this process."""
        return isolation.in_force(outside)

    serves = {"run": run, "answer": answer, "look": look}
    peer = wire.Peer(source, target, "s", Value, serves, lets_look=True)
    with contextlib.suppress(wire.Broken):
        while True:
            peer.serve(peer.receive())


if __name__ == "__main__":
    main()

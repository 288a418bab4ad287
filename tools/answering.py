"""The process in which an answer lives, shut in; its judge is another process: `tools.judge`.

Started as `python -s -P answering.py`, it imports of this folder only what it needs before it shuts
itself in. First comes one line of JSON, what to run; then it does what the judge asks.
"""

import contextlib
import importlib.util
import json
import os
import random
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def load(name):
    """A module of this folder, without making the folder importable."""
    spec = importlib.util.spec_from_file_location(name, os.path.join(HERE, f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pipes():
    """(source, target): the judge's pipe, on numbers of its own; a print can't reach it."""
    source, target = os.fdopen(os.dup(0), encoding="utf-8"), os.fdopen(os.dup(1), "w", 1, "utf-8")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(2, 1)
    return source, target


def main():
    """Nothing; ends when the judge goes."""
    source, target = pipes()
    job = json.loads(source.readline())
    wire, isolation = load("wire"), load("isolation")
    sys.path.insert(0, job["package"])
    from microgpt_ref.lab.checks import noticing
    from microgpt_ref.value import Value

    if job["probe"]:
        import socket  # noqa: F401
        import subprocess  # noqa: F401
    isolation.shut_in(isolation.readable_paths(job["package"]), job["seconds"])
    random.seed(0)  # the same answer gets the same marks
    notebook = {"__name__": "__main__"}

    def run(cells):
        """Nothing; runs cells as a notebook does."""
        for cell in cells:
            exec(compile(cell, "<answer>", "exec"), notebook)

    def answer(expression):
        """(whether it is untouched, what the answer's cell has defined)."""
        found = eval(expression, notebook)
        return noticing.untouched(found), found

    def look(outside):
        """What is closed to this process."""
        return isolation.in_force(outside)

    serves = {"run": run, "answer": answer, "look": look}
    peer = wire.Peer(source, target, "s", Value, serves, lets_look=True)

    def calls(function, arguments):
        """What a function of the answer gives. Raises Wrong if it hands in the course's own."""
        gives_away = job["gives_away"]
        with noticing.own_work(function, None if gives_away is None else tuple(gives_away)):
            return function(*arguments)

    peer.calls = calls
    with contextlib.suppress(wire.Broken):
        while True:
            peer.serve(peer.receive())


if __name__ == "__main__":
    main()

"""Time the lessons: `python -m tools.checking.times [CHAPTER …]`, in seconds of one core.

Every notebook is run afresh, as learners get it and solved, and nothing is written. What counts is
for how long its kernel was computing, its start included, so that other work on the machine hardly
matters. A lesson must not let a learner wait unwarned: the exit status is 1 if a cell takes over 20
seconds and the text before it speaks of neither seconds nor minutes.
"""

import argparse
import json
import re
import sys

import nbformat

from tools.making import notebooks, sources
from tools.making.sources import SourceError
from tools.making.weave import Weave

LONG = 20  # seconds that a cell may take unannounced
BEGIN = """\
def _clock():
    import time

    taken, begun = [], [0.0]
    events = get_ipython().events
    events.register("pre_run_cell", lambda *_: begun.append(time.process_time()))
    events.register("post_run_cell", lambda *_: taken.append(time.process_time() - begun.pop()))
    return taken
_taken = _clock()"""
END = "import json, time\nprint(json.dumps([time.process_time(), *_taken[1:]]))"


def measure(notebook):
    """Seconds of computing of a whole notebook, and of each of its code cells."""
    cells = [nbformat.v4.new_code_cell(BEGIN), *notebook.cells, nbformat.v4.new_code_cell(END)]
    ran = notebooks.execute(nbformat.from_dict({**notebook, "cells": cells}))
    whole, *each = json.loads(ran.cells[-1].outputs[0].text)
    return whole, each


def with_text(notebook):
    """Every code cell of a notebook with the text that stands before it."""
    text, pairs = "", []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            text = cell.source
        else:
            pairs.append((cell, text))
    return pairs


def is_announced(text):
    """True if a text says how long something takes."""
    return bool(re.search(r"\b(seconds?|minutes?)\b", text))


def report(name, whole, each, pairs):
    """(lines on the notebook and on each of its long cells, how many cells are not announced)."""
    lines = [f"{name:18}  {len(each):5}  {whole:7.1f}  {max(each):12.1f}"]
    unannounced = 0
    for seconds, (cell, text) in zip(each, pairs, strict=True):
        if seconds > LONG:
            announced = is_announced(text)
            unannounced += not announced
            said = "announced" if announced else "NOT ANNOUNCED in the text before it"
            lines.append(f"        {seconds:.1f} s, {said}: {cell.source.splitlines()[0]}")
    return lines, unannounced


def main():
    """Print the times; return the exit status, 1 if a long cell comes unannounced."""
    parser = argparse.ArgumentParser(prog="python -m tools.checking.times")
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER", help="all of them by default")
    options = parser.parse_args()
    print(f"{'chapter':18}  cells  seconds  longest cell", flush=True)
    total, faults = 0.0, 0
    try:
        weave = Weave()
        for source in map(sources.find, options.chapters or sources.names()):
            for solved in notebooks.versions(source):
                notebook = notebooks.build(source, weave, solved)
                whole, each = measure(notebook)
                name = f"{source.name}, solved" if solved else source.name
                lines, unannounced = report(name, whole, each, with_text(notebook))
                print("\n".join(lines), flush=True)
                total, faults = total + whole, faults + unannounced
    except SourceError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{'in all':18}         {total:7.1f}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

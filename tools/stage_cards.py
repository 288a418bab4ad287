"""The cards of the home page: what each lesson asks, what is new in it, what its model invents.

Question and novelties are those with which the lesson itself opens, and the name is one of its kept
run, so that a card can't say what the lesson doesn't.
"""

import json
import re

from tools.setup import ROOT
from tools.sources import SourceError

RUNS = ROOT / "microgpt_ref" / "lab" / "runs"
TITLE = re.compile(r"^# (?P<name>\w+): (?P<question>.+)$", re.MULTILINE)
NEW = re.compile(r"^\| \*\*new here\*\* \| (?P<new>.+?) \|$", re.MULTILINE)
CARD = """\
:::{{container}} stage-card {name}
[{name}](../notebooks/{name}.ipynb)

{question}

{new}

it invents `{sample}`
:::
"""


def opening(source):
    """(question, what is new) of a lesson, from its first cell. Raises SourceError without them."""
    text = source.cells[0].source
    title, new = TITLE.search(text), NEW.search(text)
    if not title or not new:
        raise SourceError(f"{source.name} doesn't open with a question and what is new")
    question = title["question"]
    return question[0].upper() + question[1:], new["new"]


def sample_of(name):
    """The longest of the first five names that a stage's kept run invented."""
    run = json.loads((RUNS / f"{name}.json").read_text(encoding="utf-8"))
    return max(run["samples"][:5], key=len)


def cards(sources):
    """The cards of these lessons, as text that the home page includes."""
    parts = []
    for source in sources:
        question, new = opening(source)
        sample = sample_of(source.name)
        parts.append(CARD.format(name=source.name, question=question, new=new, sample=sample))
    return "::::{container} stage-cards\n" + "\n".join(parts) + "::::\n"

"""The cards of the home page: what each lesson asks, what is new in it, what its model invents.

Question and novelties are those with which the lesson itself opens, and the name is one of its kept
run, so that a card can't say what the lesson doesn't. Below them the losses of all lessons are one
figure, and the time that the course takes is the sum of what the lessons say.
"""

import html
import re

from microgpt_ref.lab.runs import load_run
from microgpt_ref.lab.train4 import ladder
from microgpt_ref.stages import STAGES
from tools.making import card_pictures
from tools.making.sources import SourceError

TITLE = re.compile(r"^# (?P<name>\w+): (?P<question>.+)$", re.MULTILINE)
NEW = re.compile(r"^\| \*\*new here\*\* \| (?P<new>.+?) \|$", re.MULTILINE)
TIME = re.compile(r"^\| \*\*time\*\* \| about (?P<minutes>\d+) minutes\b", re.MULTILINE)
NUMBERS = {5: "five", 6: "six"}  # in words
CARD = """\
:::{{container}} stage-card {name}
{picture}

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
    return max(load_run(name)["samples"][:5], key=len)


def cards(sources):
    """The cards of these lessons, as text that the home page includes."""
    parts = []
    for source in sources:
        question, new = opening(source)
        sample = sample_of(source.name)
        said = {"name": source.name, "question": question, "new": new, "sample": sample}
        parts.append(CARD.format(picture=card_pictures.picture(source.name), **said))
    return "::::{container} stage-cards\n" + "\n".join(parts) + "::::\n"


def losses():
    """The held-out loss of each stage's kept run."""
    return {name: load_run(name)["held_out_loss"] for name in STAGES}


def losses_figure():
    """The losses of all stages as a figure, as text that the home page includes."""
    picture = ladder(losses())
    caption = html.escape(picture.caption, quote=False)
    figure = f"{picture.svg()}\n<figcaption>{caption}</figcaption>"
    return f'<figure class="course-picture">\n{figure}\n</figure>\n'


def minutes(source):
    """How long a lesson says that it takes. Raises SourceError if it doesn't."""
    time = TIME.search(source.cells[0].source)
    if not time:
        raise SourceError(f"{source.name} doesn't open with the minutes that it takes")
    return int(time["minutes"])


def in_hours(minutes):
    """Minutes as hours, to the nearest half, as a sentence has them."""
    whole, half = divmod((minutes + 15) // 30, 2)
    number = f"{whole} and a half" if half else f"{whole}"
    return f"{number} hour{'' if number == '1' else 's'}"


def hours(sources):
    """The hours that these lessons take in all, in words."""
    return in_hours(sum(minutes(source) for source in sources))


def course_time(sources):
    """How long the course takes, as text that the home page includes."""
    each = sorted(minutes(source) for source in sources)
    number = NUMBERS.get(len(each), len(each))
    return (
        f"The {number} lessons take about {hours(sources)} in all, a few exercises included. The"
        f" shortest takes {each[0]} minutes, the longest {each[-1]}, and your browser remembers"
        " where you stopped.\n"
    )

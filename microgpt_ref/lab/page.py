"""Running a lesson's cells in a page, as a notebook runs them.

The page's worker calls `Page.run` with a cell's text. What the cell shows goes to the page as
messages, each a kind and data of JSON's types:

stream    a line that was printed, or part of one
display   the forms of something shown, by MIME type
result    the last expression's value, as text
error     a short traceback
check     a check begins: its seconds, and what to print if it doesn't end within them
checked   it has ended, or its result is there; the results of all checks so far, to be given to
          `Page.recall`
controls  something to play with: see `widgets`
answer    the controls' answer follows, until the next such message without a number
losses    of some more steps of a training run: the number of the first, and of how many
"""

import ast
import contextlib
import functools
import io
import json
import linecache
import math
import pprint
import random
import sys
import time
import traceback

from microgpt_ref import training
from microgpt_ref.lab import checks, showing
from microgpt_ref.lab.checks import child_process
from microgpt_ref.training import train

WIDTH = 79  # columns, as IPython has them
MOST = 100_000  # characters that a cell may print
MOST_SHOWN = 200  # figures and values that a cell may show
CUT = "\n… cut here: the cell printed more than {:,} characters. It runs on; Stop ends it.\n"
CUT_SHOWN = "… cut here: the cell showed more than {} things. It runs on; Stop ends it.\n"
BETWEEN = 0.25  # seconds between two looks at a training run's losses
HERE = "<cell "
NOT_HERE = (
    "The page has Python's standard library and microgpt_ref, but not {name}. "
    "In JupyterLab or Colab the whole notebook runs: its buttons are at the top of the page."
)


class Stream(io.TextIOBase):
    """What a cell prints to: lines go to the page as they are finished, up to MOST characters."""

    def __init__(self, send):
        self.send, self.waiting, self.left = send, "", MOST

    def writable(self):
        return True

    def write(self, text):
        if self.left > 0:
            self.waiting += text[: self.left]
            self.left -= len(text)
            if self.left <= 0:
                self.waiting += CUT.format(MOST)
            lines, newline, rest = self.waiting.rpartition("\n")
            if newline:
                self.waiting = rest
                self.send("stream", lines + newline)
        return len(text)

    def flush(self):
        text, self.waiting = self.waiting, ""
        if text:
            self.send("stream", text)


class Page:
    """The page's one Python: the names that cells have defined, and the way to the page.

    post: a function of a kind and of data as JSON
    """

    def __init__(self, post):
        self.post = post
        self.names = {"__name__": "__main__", "__builtins__": __builtins__}
        self.stream, self.shown = Stream(self.send), 0
        self.answers = []  # what plays, by number
        showing.page = self
        child_process.watched = self.watched
        training.train = self.watched_train

    def send(self, kind, data=None):
        """Post a message, after all that was printed before it."""
        if kind != "stream":
            self.stream.flush()
        if kind in ("display", "result"):
            self.shown += 1
            if self.shown > MOST_SHOWN:
                if self.shown == MOST_SHOWN + 1:
                    self.send("stream", CUT_SHOWN.format(MOST_SHOWN))
                return
        self.post(kind, json.dumps(data))

    def run(self, source, cell):
        """True if the cell ran to its end; what it shows and raises goes to the page."""
        name = f"{HERE}{cell}>"
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        before = dict(checks.results)
        with self.printing():
            try:
                self.show(evaluate(source, name, self.names))
                return True
            except BaseException as error:  # SystemExit as well: the page goes on
                self.send("error", told(error, name))
                return False
            finally:
                if checks.results != before:
                    self.send_results()

    @contextlib.contextmanager
    def printing(self):
        """What is printed inside goes to the page."""
        self.stream, self.shown = Stream(self.send), 0
        with contextlib.redirect_stdout(self.stream), contextlib.redirect_stderr(self.stream):
            yield
        self.stream.flush()

    def show(self, value):
        """Show a value as a notebook shows a cell's last expression; None isn't shown."""
        if value is None:
            return
        self.names["_"] = value
        if hasattr(value, "_ipython_display_"):
            value._ipython_display_()
        elif hasattr(value, "_repr_mimebundle_"):
            self.send("display", value._repr_mimebundle_()[0])
        elif hasattr(value, "_repr_html_"):
            self.send("display", {"text/html": value._repr_html_(), "text/plain": repr(value)})
        else:
            self.send("result", as_text(value))

    def show_controls(self, answer):
        """Show what plays, and its first answer."""
        self.answers.append(answer)
        number = len(self.answers) - 1
        self.send("controls", {"number": number, **answer.described()})
        self.answer(number, {})

    def answer(self, number, choices):
        """Show the answer anew; choices: a control's name and what was chosen or typed."""
        self.send("answer", number)
        try:
            result = self.answers[number].chosen(choices)
            print(result) if isinstance(result, str) else self.show(result)
        finally:
            self.send("answer")

    def choose(self, number, choices):
        """Do as `answer`, called by the page between cells; True unless there was an error."""
        with self.printing():
            try:
                self.answer(number, choices)
                return True
            except BaseException as error:
                self.send("error", told(error))
                return False

    @contextlib.contextmanager
    def watched(self, name, seconds, late):
        """The page watches what runs inside, and ends Python if it takes longer."""
        result = f"{name}: {checks.Result(*late)}\n"
        self.send("check", {"name": name, "seconds": seconds, "late": list(late), "text": result})
        try:
            yield
        finally:
            self.send_results()  # not yet this one's, but its time is over

    def send_results(self):
        """Tell the page the results of all checks so far."""
        known = [[n, r.status, r.message, r.cause] for n, r in checks.results.items()]
        self.send("checked", known)

    @functools.wraps(train)
    def watched_train(self, learn, docs, tokenizer, steps, rate=0.0, report=None):
        """Train as `training.train` does; a run that takes a while shows its losses meanwhile."""
        waiting, first, due = [], 0, time.perf_counter() + 2 * BETWEEN

        def look(step, loss):
            nonlocal first, due
            waiting.append(loss)
            if report:
                report(step, loss)
            if time.perf_counter() > due or (first and step == steps - 1):
                self.show_losses(waiting, steps, first)
                first, due = step + 1, time.perf_counter() + BETWEEN
                waiting.clear()

        return train(learn, docs, tokenizer, steps, rate, look)

    def show_losses(self, losses, steps, first=0):
        """Show losses of a run of so many steps, `first` of which were shown before."""
        numbers = [float(f"{loss:.4f}") if math.isfinite(loss) else None for loss in losses]
        self.send("losses", {"first": first, "steps": steps, "losses": numbers})

    def recall(self, results):
        """Remember the results of checks from before Python was started anew."""
        for name, *result in results:
            checks.results[name] = checks.Result(*result)


def evaluate(source, name, names):
    """The value of a cell's last expression, or None; runs the cell."""
    tree = ast.parse(source, name)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not source.rstrip().endswith(";"):
        last = ast.Expression(tree.body.pop().value)
    exec(compile(tree, name, "exec"), names)
    return eval(compile(last, name, "eval"), names) if last else None


def as_text(value):
    """A value as IPython writes it: what is too long for a line has an entry on each."""
    text = repr(value)
    if len(text) <= WIDTH or not isinstance(value, (list, tuple, dict, set, frozenset)):
        return text
    return pprint.pformat(value, width=WIDTH, sort_dicts=False)


def told(error, cell=""):
    """A short traceback: the lines of cells marked, and what the error says.

    cell: the name of the running one
    """
    if isinstance(error, SyntaxError) and str(error.filename).startswith(HERE):
        return "".join(traceback.format_exception_only(error)).replace(error.filename, "this cell")
    lines = []
    for frame in traceback.extract_tb(error.__traceback__):
        lines += described(frame, cell) if frame.filename != __file__ else []
    lines += [line.rstrip("\n") for line in traceback.format_exception_only(error)]
    if isinstance(error, ModuleNotFoundError):
        lines.append(NOT_HERE.format(name=(error.name or "that module").partition(".")[0]))
    return "\n".join([*shortened(lines), ""])


def described(frame, cell):
    """The lines of a traceback that tell of a frame; an arrow marks those of cells."""
    where = f", in {frame.name}" if frame.name != "<module>" else ""
    if frame.filename.startswith(HERE):
        whose = "this cell" if frame.filename == cell else "another cell"
        return [f"--> line {frame.lineno} of {whose}{where}:", f"        {frame.line}"]
    file = "/".join(frame.filename.rsplit("/", 2)[1:])
    return [f"    {file}, line {frame.lineno}{where}"]


def shortened(lines, most=30):
    """The lines, less those in the middle where there are many."""
    if len(lines) <= most:
        return lines
    half = most // 2
    return [*lines[:half], f"    … {len(lines) - most} lines left out …", *lines[-half:]]


def start(post):
    """A Page, in a Python that may have been restored from memory as it once was."""
    random.seed()  # else every reader would draw the same numbers
    page = Page(post)
    page.names = vars(sys.modules["__main__"])  # where pickle and others look for a cell's classes
    page.names.setdefault("__builtins__", __builtins__)
    return page

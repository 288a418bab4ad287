"""What checks are written with: calling an answer, and comparing what comes back.

A check is a function of an answer and a seeded rng that raises Wrong at the first fault. It calls
the answer through `call`, computes what is wanted only afterwards, and compares with `equal`,
which is given the known mistakes beside the right result. Usual inputs come first, edge cases
last, so that a mistake shows where it can be told from others.
"""

import copy
import inspect
import math
import re
import types
from dataclasses import dataclass
from typing import Any

from microgpt_ref.lab.checks.snapshots import Snapshot, exactly, frozen, is_value

TOLERANCE = 1e-9  # relative for numbers above 1, absolute below
KEEPS = "Does it keep something from one call to the next, such as a list outside of it?"
NUDGED = "So near that it looks nudged: what is wanted is a formula."

NEARLY = "That is nearly right. Is a small number missing, or something rounded on the way?"
ZEROS = "All of it is 0: is anything added to what it starts from? Or does // drop the rest?"
LAZY = "It makes its entries only when they are asked for: put list(…) around it."
CAUSES_BY_TEXT = {  # part of the error's text → what it most likely comes from
    "object is not callable": "Brackets after a name call it, and what has this name is no "
    "function. Is a variable called like one, such as sum? Or is a * missing before the bracket?",
    "cannot access local variable": "It is used before it gets a value. Does it need one to begin "
    "with? Or is it a function's name, such as sum? Then call the variable something else.",
    "takes no arguments": "It begins with class: a function begins with def.",
}
USUAL_BY_TEXT = {  # the same, where the exercise knows no better
    "NoneType": "Something is None: append, sort and shuffle change a list, and return nothing.",
    "math domain error": "math.log takes numbers above 0, math.sqrt none below: what came before?",
    "unsupported operand": "Two things are put together that don't go together, such as a list and "
    "a number: go through the list, entry by entry.",
    "not subscriptable": "Square brackets stand after something that is no list.",
    "not iterable": "A loop goes through something that is no list: is it a number, or None?",
    "must be integers": "An index is no whole number: // gives one, / doesn't.",
    "positional argument": "Does the first line, with def, take as many things as it is given?",
    "too many values to unpack": "More comes than there are names for it: is a loop without zip?",
    "not enough values to unpack": "Less comes than there are names for it.",
}
USUAL_CAUSES = {
    IndexError: "An index runs past the end of a list: is it off by one?",
    ZeroDivisionError: "Something is divided by 0: what should come out in that case?",
    OverflowError: "A number grew too large: is the largest one subtracted before exp?",
    RecursionError: "It calls itself too many times: a loop with a list of its own goes deeper.",
    NameError: "A name in it is not defined: is it spelt as above, and have those cells run?",
    MemoryError: "It takes more memory than there is: does a list grow without end?",
}


passed = []  # an entry for each `call` of the answer that is being checked
answering = []  # holds something while an answer runs


class Wrong(Exception):
    """The answer is not right: a message, and the likely cause where the mistake is a known one."""

    def __init__(self, message, cause=""):
        super().__init__(message)
        self.message = message
        self.cause = cause


@dataclass(frozen=True)
class Check:
    """One exercise's check."""

    run: Any  # a function of the answer and an rng; raises Wrong
    gives_away: tuple
    ours: tuple
    seconds: float
    usual: int | None = None


def collect(checks):
    """A decorator for checks, which enters them in a table by name.

    gives_away: functions of the course, such as "layers.softmax", that the answer may not call
    ours: functions of the course that do just what is asked, in exercises that don't ask for more
        than the lesson shows; an answer that calls one is right, and hears why
    usual: how many calls with usual inputs come before the special cases, in checks that end with
        some; an answer that is right for these has understood what is asked
    """

    def exercise(name, gives_away=(), ours=(), seconds=10, usual=None):
        def enter(function):
            checks[name] = Check(function, gives_away, ours, seconds, usual)
            return function

        return enter

    return exercise


def call(answer, *arguments, errors=None, changes=(), shares=False, again=True, grads=False):
    """What the answer returns for copies of these arguments.

    errors: {type of error: what it most likely comes from}
    changes: numbers of the arguments that it is meant to change; the copies are then returned too,
        as (result, copies)
    shares: whether parts of the result may be parts of the arguments
    again: whether a second call with the same arguments must give the same result
    grads: whether it is meant to set the gradients of the Values that it is given
    Raises Wrong for errors, for arguments that were changed, and for a result that is tied to them.
    """
    if not callable(answer):
        raise Wrong(
            f"It is {described(answer)}, and should be a function.",
            "Give the check the function's name alone, without brackets.",
        )
    passed.append(answer)
    values = Snapshot(arguments)  # of all calls: an answer gets the same Values each time
    result, given = one_call(answer, arguments, errors or {}, changes)
    check_values(values, grads)
    if not shares and not changes:
        check_apart(result, given, answer)
    if again:
        kept, first, handed = Snapshot(result), frozen(result), frozen(given)
        second, _ = one_call(answer, arguments, errors or {}, changes)
        if frozen(second) != first:
            raise Wrong(
                "Called twice with the same input, it gives two different results.",
                KEEPS,
            )
        check_values(values, grads)
        later = frozen(result) != first or frozen(given) != handed
        if later or set(kept.changed()) - {"gradient"}:
            raise Wrong(
                "Called a second time, it changes what it gave the first time.",
                "Make a new result in each call.",
            )
    return (result, given) if changes else result


def one_call(answer, arguments, errors, changes):
    """(result, arguments afterwards) of an answer. Raises Wrong if it changed any other of them."""
    given = [copied(argument) for argument in arguments]
    before = [frozen(argument) for argument in given]
    result = attempt(answer, given, errors)
    for i, after in enumerate(given):
        if i not in changes and before[i] != frozen(after):
            raise changed(name_of(answer, i), arguments[i], after)
    return result, given


def check_values(snapshot, grads):
    """Raise Wrong if an answer has changed the Values it was given; grads: unless in their grad."""
    parts = [part for part in snapshot.changed() if part != "gradient" or not grads]
    if parts == ["gradient"]:
        raise Wrong("It changes the gradients of its inputs.", "That is what backward does.")
    if parts:
        raise Wrong(
            f"It changes a Value that it is given: its {parts[0]}.",
            "Leave the Values that come in as they are: others are made from them as well.",
        )


def changed(name, before, after):
    """What to raise where an answer has changed an argument: a Wrong that says how."""
    message = f"It changes what it is given: {name} is different afterwards."
    pairs = zip(flat(before) or [], flat(after) or [])
    moved = [(old, new) for old, new in pairs if repr(old) != repr(new)]
    if moved and near(before, after, 1e-12):
        return Wrong(
            "{} A number in it was {!r} and is {!r}.".format(message, *moved[0]),
            "What is added to a float and taken away again may leave another one: work on a copy.",
        )
    return Wrong(
        message, "Make a new list, or work on a copy: whoever calls it still needs the old one."
    )


def attempt(answer, arguments, errors):
    """What the answer returns. Raises Wrong, in a sentence, for any error."""
    shown = ", ".join(map(brief, arguments))  # taken now, as the answer may change them
    answering.append(answer)
    try:
        return answer(*arguments)
    except Wrong:
        raise
    except BaseException as error:
        message = f"{raised(error)}{line_of(error, answer)}, when called with ({shown})."
        raise Wrong(message, cause_of(error, errors)) from None
    finally:
        answering.pop()


def cause_of(error, errors):
    """What an error most likely comes from, or ""."""
    text = first_line(error)
    found = [cause for part, cause in CAUSES_BY_TEXT.items() if part in text]
    specific = [cause for kind, cause in errors.items() if isinstance(error, kind)]
    usual = [cause for part, cause in USUAL_BY_TEXT.items() if part in text]
    usual += [cause for kind, cause in USUAL_CAUSES.items() if isinstance(error, kind)]
    return next(iter([*found, *specific, *usual]), "")


def raised(error):
    """An error in words: its type, and its text if it has any."""
    text = first_line(error)
    return f"It raised {type(error).__name__}" + (f": {text}" if text else "")


def first_line(error):
    """The first line of an error's text, cut to 200 characters, whatever it may hold."""
    try:
        return (str(error).splitlines() or [""])[0][:200]
    except Exception:
        return "an error that can't be told"


def line_of(error, answer):
    """In which line of its own an answer failed, in words."""
    code = getattr(function_of(answer), "__code__", None)
    trace, last = error.__traceback__, None
    while trace:
        if code and trace.tb_frame.f_code is code:
            last = trace.tb_lineno - code.co_firstlineno + 1
        trace = trace.tb_next
    return f", in its line {last}" if last else ""


def check_apart(result, given, answer):
    """Raise Wrong if the result shares lists with the arguments, or within itself."""
    own = {id(part) for part in lists_in(result)}
    for i, argument in enumerate(given):
        if own & {id(part) for part in lists_in(argument)}:
            raise Wrong(
                f"Its result shares a list with {name_of(answer, i)}: changing one changes both.",
                "A list under a second name is no copy: use row[:] or build a new one.",
            )
    if len(own) < len(list(lists_in(result))):
        raise Wrong(
            "In its result one and the same list stands in several places.",
            "[row] * n repeats one row n times: build each row anew.",
        )


def lists_in(thing):
    """All lists in a result or argument, nested ones too."""
    if type(thing) is list:
        yield thing
    if exactly(thing, list, tuple):
        for part in thing:
            yield from lists_in(part)
    elif type(thing) is dict:
        for part in thing.values():
            yield from lists_in(part)


def name_of(answer, i):
    """What an answer calls its argument of this number."""
    try:
        return list(inspect.signature(answer).parameters)[i]
    except (TypeError, ValueError, IndexError):
        return f"argument {i + 1}"


def copied(thing):
    """A copy that the answer may do anything with; Values are passed as they are."""
    if exactly(thing, list, tuple):
        return type(thing)(map(copied, thing))
    if type(thing) is dict:
        return {key: copied(value) for key, value in thing.items()}
    return thing if is_value(thing) or callable(thing) else copy.deepcopy(thing)


def function_of(answer):
    """The function behind a decorator, a partial, a method, a class or an object that is called."""
    for _ in range(10):
        if isinstance(answer, type):
            functions = [f for f in vars(answer).values() if isinstance(f, types.FunctionType)]
            behind = functions[0] if functions else None
        else:
            ways = ("__wrapped__", "func", "__func__")
            behind = next((getattr(answer, way) for way in ways if hasattr(answer, way)), None)
            if behind is None and not hasattr(answer, "__code__"):
                behind = type(answer).__call__ if callable(answer) else None
        if behind is None:
            break
        answer = behind
    return answer


def lesson_class(answer, own):
    """The class that an answer finds under the name of `own`: the notebook's, or the package's."""
    found = getattr(function_of(answer), "__globals__", {}).get(own.__name__)
    return found if isinstance(found, type) else own


def plain(thing, what):
    """A result as lists of numbers and texts. Raises Wrong for whatever is neither."""
    if is_value(thing):
        thing = thing.data
    if type(thing).__module__ == "numpy" and hasattr(thing, "tolist"):
        thing = thing.tolist()
    if exactly(thing, list, tuple):
        return [plain(part, f"{what}[{i}]") for i, part in enumerate(thing)]
    if type(thing) is dict:
        return {key: plain(part, f"{what}[{key!r}]") for key, part in thing.items()}
    if type(thing) is int and thing.bit_length() > 1000:
        raise Wrong(f"{what} is a number of about {thing.bit_length() * 0.30103:.0f} digits.")
    if exactly(thing, int, float, str, bool):
        return thing
    cause = ""
    if thing is None:
        cause = "Does the function reach a return, on every way through it?"
    if isinstance(thing, types.GeneratorType):
        cause = "Round brackets make a generator: use square ones for a list."
    elif hasattr(type(thing), "__next__") or isinstance(thing, range):
        cause = LAZY
    if isinstance(thing, types.FunctionType):
        cause = "Return what the function gives: call it, with brackets."
    raise Wrong(f"{what} is {described(thing)}.", cause)


def described(thing):
    """What kind of thing something is, in words."""
    if thing is None:
        return "None"
    kinds = {list: "a list", tuple: "a tuple", dict: "a dict", str: "a text", float: "a number"}
    kinds |= {int: "a number", bool: "True or False"}
    return kinds.get(type(thing), f"of type {type(thing).__name__}")


def brief(thing):
    """A short text that shows an argument."""
    if is_value(thing):
        return f"Value({thing.data!r})"
    if type(thing) is list:
        inside = ", ".join(map(brief, thing[:6]))
        return f"[{inside}, …]" if len(thing) > 6 else f"[{inside}]"
    if type(thing) is float:
        return f"{thing:.6g}"
    if exactly(thing, int, str, bool, tuple, type(None)):
        return repr(thing)[:80]
    return getattr(thing, "__name__", f"a {type(thing).__name__}")


def equal(got, wanted, what, mistakes=None, tolerance=TOLERANCE, reveal=True, otherwise=""):
    """Raise Wrong unless a result is what is wanted, to within the tolerance.

    what: the quantity's name, with which the message begins
    mistakes: {what went wrong, in a sentence: the result that this gives, or a function of nothing
        that computes it}
    reveal: whether the message may say what is wanted
    otherwise: the cause to name where the result is no known mistake
    """
    got, wanted = plain(got, what), plain(wanted, what)
    difference = first_difference(got, wanted, what, tolerance)
    if difference is None:
        return
    difference = in_words(difference)
    if reveal:
        difference += how_many_right(got, wanted, tolerance)
    else:
        difference = f"{what} is {brief(got)}; that is not it."
    for sentence, mistaken in (mistakes or {}).items():
        if is_mistake(mistaken, got, wanted, tolerance):
            raise Wrong(difference, sentence)
    nearly = NEARLY if reveal and near(got, wanted) else ""
    raise Wrong(difference, pattern(got, wanted, tolerance) or otherwise or nearly)


def how_many_right(got, wanted, tolerance):
    """A sentence on the numbers of a result that are right, if some are and some aren't; or ""."""
    numbers, targets = flat(got), flat(wanted)
    if numbers is None or targets is None or form(got) != form(wanted):
        return ""
    right = [first_difference(*pair, "", tolerance) is None for pair in zip(numbers, targets)]
    verb = "is" if sum(right) == 1 else "are"
    return f" {sum(right)} of the {len(right)} numbers {verb} right." if any(right) else ""


def in_words(difference):
    """A message that says "entry 0 of the result" for "the result[0]"; "dx[0]" stays."""
    found = re.search(r"\b([Tt])he (result|output)((?:\[\d+\])+)", difference)
    if not found:
        return difference
    first = "Entry" if found[1] == "T" else "entry"
    place = found[3].strip("[]") if found[3].count("[") == 1 else found[3]
    start, end = found.span()
    return f"{difference[:start]}{first} {place} of the {found[2]}{difference[end:]}"


def near(numbers, others, within=1e-3):
    """True if two results hold as many numbers, each nearly that of the other."""
    numbers, others = flat(numbers), flat(others)
    if numbers is None or others is None or len(numbers) != len(others):
        return False
    return all(abs(a - b) <= within * max(abs(a), abs(b), 1e-2) for a, b in zip(numbers, others))


def is_mistake(mistaken, got, wanted, tolerance):
    """True if a known mistake leads just to what was got, and not to what is wanted."""
    try:
        mistaken = plain(mistaken() if callable(mistaken) else mistaken, "")
    except (ArithmeticError, LookupError, TypeError, ValueError, Wrong):
        return False
    as_got = first_difference(got, mistaken, "", tolerance) is None
    return as_got and first_difference(mistaken, wanted, "", tolerance) is not None


def first_difference(got, wanted, what, tolerance):
    """The first place where two results differ, in a sentence; None if they don't."""
    if isinstance(wanted, list):
        if not isinstance(got, list):
            return f"{what} is {described(got)}; it should be a list of {len(wanted)}."
        if len(got) != len(wanted):
            entries = "1 entry" if len(got) == 1 else f"{len(got)} entries"
            return f"{what} has {entries}; it should have {len(wanted)}."
        places = ((g, w, f"{what}[{i}]") for i, (g, w) in enumerate(zip(got, wanted)))
        return first_of(places, tolerance)
    if isinstance(wanted, dict):
        if not isinstance(got, dict) or set(got) != set(wanted):
            return f"{what} should be a dict with the keys {', '.join(map(repr, wanted))}."
        return first_of(((got[k], wanted[k], f"{what}[{k!r}]") for k in wanted), tolerance)
    if isinstance(wanted, str | bool) or not is_number(got):
        if type(got) is type(wanted) and got == wanted:
            return None
        shown = described(got) if isinstance(got, list | dict) else brief(got)
        return f"{what} is {shown}; it should be {brief(wanted)}."
    off = abs(got - wanted)
    if got == wanted or off <= tolerance * max(1.0, abs(wanted)) < math.inf:
        return None
    digits = next((n for n in (6, 9, 12) if f"{got:.{n}g}" != f"{wanted:.{n}g}"), 17)
    return f"{what} is {got:.{digits}g}; it should be {wanted:.{digits}g}{by_how_much(off)}."


def by_how_much(off):
    """How far a number is off, in words, if that is a number itself."""
    return f" (off by {off:.2g})" if math.isfinite(off) else ""


def first_of(places, tolerance):
    """The first difference among several places, or None."""
    found = (first_difference(*place, tolerance) for place in places)
    return next((difference for difference in found if difference), None)


def is_number(thing):
    """True for a plain number; True and False are none."""
    return isinstance(thing, int | float) and not isinstance(thing, bool)


def flat(thing):
    """All numbers of a nested result in a row, or None if it holds anything else."""
    if isinstance(thing, dict):
        thing = list(thing.values())
    if isinstance(thing, list):
        parts = [flat(part) for part in thing]
        return None if None in parts else [number for part in parts for number in part]
    return [thing] if is_number(thing) else None


def pattern(got, wanted, tolerance=TOLERANCE):
    """A way of being wrong that shows in the numbers themselves, in a sentence; or ""."""

    def same(other):
        return first_difference(got, other, "", tolerance) is None

    if isinstance(got, list) and isinstance(wanted, list):
        if len(got) == 27 != len(wanted):
            return "27 stands in it as a size: here it is another one."
        for sentence, other in rearranged(got, wanted):
            if same(other):
                return sentence
    if isinstance(got, str) and is_number(wanted):
        return "That is a text, in quotation marks: give a number, without them."
    if isinstance(got, list) and any(isinstance(part, str) for part in got) and flat(wanted):
        return "There are texts in it, in quotation marks: give numbers, without them."
    if isinstance(got, list | dict) and is_number(wanted):
        return "One number is wanted here, without a list around it."
    if isinstance(wanted, list) and len(wanted) > 1 and same(wanted[0]):
        return "That is the first entry alone: is the return inside the loop?"
    numbers, targets = flat(got), flat(wanted)
    if numbers is None or targets is None or len(numbers) != len(targets) or not numbers:
        return ""
    if not all(map(math.isfinite, numbers)):
        return "A number has become infinite, or none at all: was something divided by 0?"
    if form(got) != form(wanted):
        if form(wanted) == form(targets) and near(numbers, targets, 1e-6):
            return "The numbers are right: put them into one list, not into several."
        return ""
    return scaled(numbers, targets, tolerance)


def form(thing):
    """How a nested result is made up, without its numbers."""
    if isinstance(thing, dict):
        thing = list(thing.values())
    return [form(part) for part in thing] if isinstance(thing, list) else 0


def rearranged(got, wanted):
    """(sentence, result) for ways in which the right numbers may stand in wrong places."""
    if len(wanted) > 1:
        yield "Only the first entry is there: is the return inside the loop?", wanted[:1]
        yield "The order is the other way round.", wanted[::-1]
        yield "The first entry is missing.", wanted[1:]
        yield "The last entry is missing.", wanted[:-1]
        yield "Everything stands one place too late.", [*wanted[-1:], *wanted[:-1]]
        yield "Everything stands one place too early.", [*wanted[1:], *wanted[:1]]
        if flat(wanted) == wanted:
            in_order = "These are the right numbers, sorted: each has a place of its own."
            yield in_order, sorted(wanted)
            yield in_order, sorted(wanted, reverse=True)
    if len(got) == len(wanted) + 1:
        yield "There is one entry too many at the end.", [*wanted, got[-1]]
        yield "There is one entry too many at the beginning.", [got[0], *wanted]
    if wanted and all(isinstance(row, list) and len(row) == len(wanted[0]) for row in wanted):
        yield "Rows and columns have changed places.", [list(column) for column in zip(*wanted)]


def scaled(numbers, targets, tolerance):
    """A sentence on numbers that are a simple function of those they should be; or ""."""

    def all_near(others):
        pairs = zip(numbers, others)
        return all(abs(a - b) <= tolerance * max(1.0, abs(b)) for a, b in pairs)

    if all_near([-t for t in targets]):
        return "The sign is the wrong way round."
    if not any(numbers) and any(targets):
        return ZEROS if all(0 <= t < 1 for t in targets) else ZEROS.partition(" Or")[0]
    several = len(set(numbers)) > 1
    if several and all_near([t // 1 for t in targets]):
        return "Only whole numbers come out: // drops the rest, / keeps it."
    for digits in range(0 if several else 1, 7):
        if all_near([round(t, digits) for t in targets]):
            if len(numbers) == 1:
                return "The number was rounded: keep more decimals."
            return "The numbers were rounded: round only what you print."
    largest = max(range(len(targets)), key=lambda i: abs(targets[i]))
    if targets[largest]:
        ratio = numbers[largest] / targets[largest]
        simple = (
            any(
                abs(r - round(r)) < 1e-9 and 1 < abs(round(r)) < 1000
                for r in (ratio, 1 / ratio)
                if r
            )
            if ratio
            else False
        )
        if simple and all_near([ratio * t for t in targets]):
            times = f"{ratio:.4g} times" if abs(ratio) > 1 else f"1/{1 / ratio:.4g} of"
            return f"All of it is {times} what it should be."
        several = len({t for t in targets if t}) > 1 and abs(ratio - 1) > 1e-3
        if several and ratio and all_near([ratio * t for t in targets]):
            much = f"All of it is {ratio:.4g} times what it should be"
            return f"{much}: is a factor missing, or is there one too many?"
    right = [abs(a - b) <= tolerance * max(1.0, abs(b)) for a, b in zip(numbers, targets)]
    if len(right) > 2 and right.count(False) == 1:
        place = right.index(False)
        return f"Only one number is off, number {place} counted from 0: what is different about it?"
    if len(numbers) > 1 and all_near([math.copysign(t, a) for a, t in zip(numbers, targets)]):
        return (
            "The sizes are right, and some signs are the wrong way round: is a + meant to be a -?"
        )
    shift = numbers[0] - targets[0]
    if len(numbers) > 1 and abs(shift) > tolerance and all_near([t + shift for t in targets]):
        return f"All of it is off by the same {shift:.6g}."
    return ""

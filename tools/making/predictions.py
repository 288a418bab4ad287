"""What lessons ask readers to guess: the questions on cells, and their answers.

A cell of notebooks/src whose output answers a question carries these marks, each a text, or a list
where it answers several:

    ask       what is asked for, as the label of a field
    answer    an expression, which gives a number or a word after the cell has run
    digits    how many of a number are shown after its point
    choices   of which a word is one

When a notebook is made, the answers are kept in the metadata beside the outputs, as `shown`. So the
page has them at once, without Python; tests/test_predictions.py evaluates them again.
"""

import json

import nbformat

from tools.making.sources import SourceError

MARKS = {"ask", "answer", "digits", "choices"}
ASKING = "print(__import__('json').dumps([{}]))"


def as_list(mark):
    """The values of a mark."""
    return mark if isinstance(mark, list) else [mark]


def expressions(metadata):
    """The expressions that a cell's metadata has for its answers."""
    return as_list(metadata["answer"]) if "answer" in metadata else []


def check(metadata, chapter):
    """Raise SourceError for marks that don't go together."""
    if not MARKS & set(metadata):
        return
    ask, answer = metadata.get("ask", []), metadata.get("answer", [])
    fault = None
    if not ask or len(as_list(ask)) != len(as_list(answer)):
        fault = "needs as many answers as questions"
    elif "reveal" not in metadata.get("tags", []):
        fault = "belongs on a cell tagged reveal"
    if fault:
        raise SourceError(f"{chapter}: the prediction {ask!r} {fault}")


def formatted(value, digits=None):
    """An answer as it is shown: a word as it is, a number with its digits."""
    if isinstance(value, str):
        return value
    if digits is None:
        raise ValueError(f"the answer {value!r} is a number: say its digits")
    text = f"{value:,.{digits}f}"
    return text.removeprefix("-") if not float(text.replace(",", "")) else text


def shown(metadata, values):
    """The answers of a cell as they are shown, from their values."""
    return [formatted(value, metadata.get("digits")) for value in values]


def asking_cells(notebook):
    """A copy of a notebook in which each cell that has answers is followed by one that asks."""
    copy = nbformat.from_dict(notebook)
    copy.cells = []
    for cell in notebook.cells:
        copy.cells.append(cell)
        if found := expressions(cell.metadata):
            text = ASKING.format(", ".join(found))
            copy.cells.append(nbformat.v4.new_code_cell(text, metadata={"asking": True}))
    return copy


def take_answers(notebook):
    """Keep what the asking cells printed with the cells before them, and count cells anew."""
    kept, count = [], 0
    for cell in notebook.cells:
        if cell.metadata.pop("asking", False):
            values = json.loads(cell.outputs[0].text)
            kept[-1].metadata["shown"] = shown(kept[-1].metadata, values)
            continue
        kept.append(cell)
        if cell.cell_type == "code":
            count += 1
            recount(cell, count)
    notebook.cells = kept


def recount(cell, count):
    """Give a cell that ran its place in the order of running."""
    cell.execution_count = count
    for output in cell.outputs:
        if "execution_count" in output:
            output.execution_count = count


def as_json(metadata):
    """A cell's questions and answers, for the page; None if it has none."""
    if "shown" not in metadata:
        return None
    questions = []
    for ask, answer in zip(as_list(metadata["ask"]), metadata["shown"], strict=True):
        mark = "digits" if "digits" in metadata and is_number(answer) else "choices"
        own = {mark: metadata[mark]} if mark in metadata else {}
        questions.append({"ask": ask, "shown": answer, **own})
    return json.dumps(questions, ensure_ascii=False)


def is_number(text):
    """Whether an answer as it is shown is a number."""
    try:
        float(text.replace(",", ""))
        return True
    except ValueError:
        return False

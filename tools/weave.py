"""The weave: which lesson introduces which piece of the program, and whether all fits together.

A piece is a top-level function or class of the woven modules; a method is one too where a lesson
names it on its own. Cells in notebooks/src are marked:

    # %% tags=["piece"] piece="layers.dot layers.linear"   shows these pieces; their text is filled
                                                           in from the package
    # %% tags=["main"]                                     puts pieces to work: a lesson's program
                                                           is its main cells and what they need
    # %% [markdown] retires="bigram.bigram_probs"          says that the program now does without
    # %% [markdown] rests="layers.add"                     does without in this lesson alone
    # %% tags=["setup"]                                    finds the package; the same everywhere
    # %% tags=["reveal"]                                   an answer: its output is folded
    # %% tags=["live"]                                     widgets: run, not kept, not compared

`python -m tools.weave` checks all lessons and prints the ledger; with `--program train4` it prints
the one-file program as it stands at the end of that lesson.
"""

import argparse
import ast
import builtins
import sys
import textwrap
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import jupytext

ROOT = Path(__file__).resolve().parent.parent
WOVEN = ("tokenizer", "sampling", "bigram", "layers", "mlp", "value", "transformer", "gpt")
WOVEN += ("adam", "training")
STANDARD = ("gc", "math", "random", "sys")  # modules that the program may import
READ_DOCS = """\
with open(sys.argv[1], encoding="utf-8") as file:
    docs = [line.strip() for line in file if line.strip()]
"""


class WeaveError(Exception):
    """Lessons and package don't fit together; each line names the lesson and the piece."""


@dataclass
class Piece:
    """A piece of the program, as it stands in the package."""

    name: str  # module.function, module.Class or module.Class.method
    text: str
    uses: set = field(default_factory=set)  # every name that the text reads
    lesson: str | None = None  # which introduces it
    retired: str | None = None  # the lesson that says that the program now does without

    @property
    def short(self):
        """What a program calls it by."""
        return self.name.rpartition(".")[2]

    @property
    def owner(self):
        """The name of a method's class, or None."""
        return self.name.rpartition(".")[0] if self.name.count(".") == 2 else None


def names_read(tree):
    """All names that a piece of syntax reads, less the built-in ones."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return names - set(dir(builtins))


def names_fetched(tree, modules):
    """All names, such as layers.dot, that some code imports from the package or reads there.

    modules: what the lesson calls the package's modules, by that name; added to on the way
    """
    fetched = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules.update({a.asname: a.name for a in node.names if a.asname})
        elif isinstance(node, ast.ImportFrom) and node.module == "microgpt_ref":
            modules.update({a.asname or a.name: f"microgpt_ref.{a.name}" for a in node.names})
        elif isinstance(node, ast.ImportFrom):
            fetched += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Attribute):
            owner = ast.unparse(node.value)
            fetched.append(f"{modules.get(owner, owner)}.{node.attr}")
    start = "microgpt_ref."
    return [name.removeprefix(start) for name in fetched if name.startswith(start)]


def lines_of(text, node):
    """The lines of a definition, decorators included."""
    first = min([node.lineno] + [d.lineno for d in node.decorator_list])
    return text.splitlines()[first - 1 : node.end_lineno]


@cache
def package_pieces(package=ROOT / "microgpt_ref"):
    """All functions, classes and methods of the woven modules, in the package's order."""
    pieces = []
    for module in WOVEN:
        path = package / f"{module}.py"
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                name = f"{module}.{node.name}"
                pieces.append(Piece(name, "\n".join(lines_of(text, node)), names_read(node)))
                for method in node.body if isinstance(node, ast.ClassDef) else ():
                    if isinstance(method, ast.FunctionDef):
                        body = textwrap.dedent("\n".join(lines_of(text, method)))
                        pieces.append(Piece(f"{name}.{method.name}", body, names_read(method)))
    return tuple(pieces)


@dataclass
class Lesson:
    """A lesson's source: its cells, as jupytext reads them."""

    name: str
    cells: list
    modules: dict = field(default_factory=dict)  # the package's modules, by what it calls them

    def code(self, tag=None):
        """Its code cells that carry this tag; without one, those that are no pieces."""
        for cell in self.cells:
            tags = cell.metadata.get("tags", [])
            if cell.cell_type == "code" and (tag in tags if tag else "piece" not in tags):
                yield cell

    def main(self):
        """The text of its main cells."""
        return "\n\n".join(cell.source for cell in self.code("main"))


def read_lessons(folder=ROOT / "notebooks" / "src"):
    """All lessons train0, train1 and so on, in order."""
    lessons = []
    for path in sorted(folder.glob("train*.py")):
        notebook = jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent")
        lessons.append(Lesson(path.stem, notebook.cells))
    return lessons


class Weave:
    """The lessons and the pieces that they introduce and retire. Raises WeaveError for faults."""

    def __init__(self, lessons=None, package=ROOT / "microgpt_ref", complete=None):
        self.lessons = read_lessons() if lessons is None else lessons
        self.pieces = {p.name: Piece(p.name, p.text, p.uses) for p in package_pieces(package)}
        self.faults = []
        self.introduced = []  # names, in the order of the lessons
        for lesson in self.lessons:
            self.walk(lesson)
            self.check_program(lesson)
        if complete or (
            complete is None and self.lessons[-1:] and self.lessons[-1].name == "train4"
        ):
            self.check_all_introduced()
        if self.faults:
            raise WeaveError("\n".join(self.faults))

    def walk(self, lesson):
        """Nothing; follows one lesson's cells in order, and notes pieces and faults."""
        for cell in lesson.cells:
            for name in cell.metadata.get("retires", "").split():
                self.retire(lesson, name)
            if cell.cell_type != "code":
                continue
            if "piece" in cell.metadata.get("tags", []):
                for name in cell.metadata.get("piece", "").split():
                    self.introduce(lesson, name)
            else:
                self.check_plain(lesson, cell)

    def introduce(self, lesson, name):
        """Nothing; enters that the lesson introduces the piece."""
        piece = self.pieces.get(name)
        if piece is None:
            self.faults.append(f"{lesson.name}: there is no piece {name} in microgpt_ref")
        elif piece.lesson:
            self.faults.append(f"{lesson.name}: introduces {name} again, after {piece.lesson}")
        else:
            piece.lesson = lesson.name
            self.introduced.append(name)
            for hidden in sorted(self.called({piece.short}) if piece.owner else ()):
                self.faults.append(
                    f"{lesson.name}: {name}, in a cell of its own, would hide {hidden}"
                )
            for needed in sorted(self.called(self.parts(name)[1])):
                if not self.pieces[needed].lesson:
                    self.faults.append(f"{lesson.name}: {name} needs {needed}, not yet introduced")

    def retire(self, lesson, name):
        """Nothing; enters that the program does without the piece from this lesson on."""
        piece = self.pieces.get(name)
        if piece is None or not piece.lesson:
            self.faults.append(f"{lesson.name}: retires {name}, which was never introduced")
        else:
            piece.retired = lesson.name

    def check_plain(self, lesson, cell):
        """Nothing; notes what a cell that is no piece may not do with pieces."""
        tree = ast.parse(cell.source)
        shorts = {piece.short: piece for piece in self.pieces.values() if not piece.owner}
        for name in names_fetched(tree, lesson.modules):
            self.check_import(lesson, name)
        for node in tree.body:
            targets = node.targets if isinstance(node, ast.Assign) else []
            names = {t.id for t in targets if isinstance(t, ast.Name)} | {getattr(node, "name", "")}
            for name in sorted(names & set(shorts)):
                self.faults.append(f"{lesson.name}: a plain cell redefines {shorts[name].name}")

    def check_import(self, lesson, name):
        """Nothing; notes a fault if a piece is imported before, or in, its own lesson."""
        piece = self.pieces.get(name)
        if piece and (not piece.lesson or piece.lesson == lesson.name):
            self.faults.append(f"{lesson.name}: imports {name} before it was introduced")

    def parts(self, name):
        """The text and the names read of a piece; of a class, without its methods that a lesson
        introduces on their own."""
        own = [m for m in self.methods(name) if self.has_own_cell(m)]
        text = self.pieces[name].text
        if not own:
            return text, self.pieces[name].uses
        text = without(text, {m.rpartition(".")[2] for m in own})
        return text, names_read(ast.parse(text))

    def methods(self, name):
        """The names of the methods of a class."""
        return [p.name for p in self.pieces.values() if p.owner == name]

    def has_own_cell(self, name):
        """Whether a lesson introduces this method on its own."""
        return any(
            name in cell.metadata.get("piece", "").split()
            for lesson in self.lessons
            for cell in lesson.code("piece")
        )

    def cell_text(self, names):
        """What a cell that introduces these pieces defines, and shows."""
        texts = []
        for name in names:
            text = self.parts(name)[0]
            if owner := self.pieces[name].owner:
                short = self.pieces[name].short
                text += f"\n\n\n{owner.rpartition('.')[2]}.{short} = {short}"
            texts.append(text)
        return "\n\n\n".join(texts)

    def called(self, names):
        """The pieces, methods apart, that go by some of these names."""
        return {p.name for p in self.pieces.values() if not p.owner and p.short in names}

    def program_pieces(self, lesson):
        """The names of the pieces that a lesson's program needs, in the package's order."""
        todo, found = self.called(names_read(ast.parse(lesson.main()))), set()
        while todo:
            name = todo.pop()
            found.add(name)
            methods = {m for m in self.methods(name) if self.in_program(m, lesson)}
            names = set(self.parts(name)[1]).union(*(self.pieces[m].uses for m in methods))
            todo |= (self.called(names) | methods) - found
        return [name for name in self.pieces if name in found]

    def in_program(self, method, lesson):
        """Whether a method that has a cell of its own belongs to this lesson's program."""
        piece = self.pieces[method]
        introduced = piece.lesson is not None and piece.lesson <= lesson.name
        return introduced and not (piece.retired and piece.retired <= lesson.name)

    def check_program(self, lesson):
        """Nothing; notes pieces that left the program in silence, and retired ones still in it."""
        program = set(self.program_pieces(lesson))
        resting = " ".join(cell.metadata.get("rests", "") for cell in lesson.cells).split()
        for name in sorted(set(resting) & program | set(resting) - set(self.introduced)):
            self.faults.append(f"{lesson.name}: says that {name} rests, but it doesn't")
        for name in self.introduced:
            retired = self.pieces[name].retired
            if name in program and retired:
                self.faults.append(f"{lesson.name}: its program needs {name}, retired in {retired}")
            if name not in program and not retired and name not in resting:
                self.faults.append(f"{lesson.name}: its program drops {name} without saying so")

    def check_all_introduced(self):
        """Nothing; notes every piece of the woven modules that no lesson introduces."""
        for piece in self.pieces.values():
            if not piece.lesson and not piece.owner:
                self.faults.append(f"no lesson introduces {piece.name}")

    def program(self, lesson):
        """The one-file program of a lesson: (line, name of its piece or "main"), line by line."""
        blocks = []
        for name in self.program_pieces(lesson):
            if self.pieces[name].owner:
                continue
            dropped = {
                self.pieces[m].short
                for m in self.methods(name)
                if self.has_own_cell(m) and not self.in_program(m, lesson)
            }
            blocks.append((name, without(self.pieces[name].text, dropped, docstrings=True)))
        main = READ_DOCS + lesson.main()
        code = "\n".join([text for _, text in blocks] + [main])
        imports = [f"import {m}" for m in STANDARD if m in names_read(ast.parse(code))]
        lines = [(line, "main") for line in imports]
        for name, text in [*blocks, ("main", main.replace("\n\n\n", "\n\n"))]:
            names = self.names_of_lines(name, text) if name != "main" else {}
            rows = enumerate(text.splitlines(), 1)
            lines += [("", name)] + [(line, names.get(i, name)) for i, line in rows]
        return lines

    def names_of_lines(self, name, text):
        """The methods with cells of their own, by the numbers of their lines in a class's text."""
        return {
            i: f"{name}.{node.name}"
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef) and self.has_own_cell(f"{name}.{node.name}")
            for i in range(node.lineno, node.end_lineno + 1)
        }

    def proof(self, lesson):
        """The program that the woven cells up to a lesson make alone: pieces as shown, in order."""
        upto = self.lessons[: self.lessons.index(lesson) + 1]
        cells = [
            self.cell_text(cell.metadata["piece"].split())
            for one in upto
            for cell in one.code("piece")
        ]
        imports = "".join(f"import {module}\n" for module in STANDARD)
        return "\n\n".join([imports, *cells, READ_DOCS, lesson.main()]) + "\n"


def without(text, methods, docstrings=False):
    """The text of a definition without some of its methods and, if asked, without docstrings."""
    drop = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.name in methods:
            first = min([node.lineno] + [d.lineno for d in node.decorator_list])
            drop |= set(range(first - 1, node.end_lineno + 1))  # with the empty line before it
        if docstrings and isinstance(node, ast.FunctionDef | ast.ClassDef) and has_docstring(node):
            drop |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    lines = [line for i, line in enumerate(text.splitlines(), 1) if i not in drop]
    if docstrings:  # an empty line is left only between methods
        lines = [
            line
            for i, line in enumerate(lines)
            if line or lines[i + 1].lstrip().startswith(("def ", "@"))
        ]
    return "\n".join(lines)


def has_docstring(node):
    """Whether a definition begins with a docstring."""
    return ast.get_docstring(node) is not None


def main(arguments=None):
    """The exit status: 1 if the weave has a fault."""
    parser = argparse.ArgumentParser(prog="python -m tools.weave")
    parser.add_argument("--program", metavar="LESSON", help="print its one-file program")
    options = parser.parse_args(arguments)
    try:
        weave = Weave()
    except WeaveError as error:
        print(error, file=sys.stderr)
        return 1
    if options.program:
        lesson = {lesson.name: lesson for lesson in weave.lessons}[options.program]
        print("\n".join(line for line, _ in weave.program(lesson)))
        return 0
    for piece in weave.pieces.values():
        if piece.lesson:
            until = f"  until {piece.retired}" if piece.retired else ""
            print(f"{piece.lesson}  {piece.name}{until}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

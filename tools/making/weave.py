"""The weave: which lesson introduces which piece of the program, and whether all fits together.

A piece is a top-level function or class of the woven modules; a method is one too where a lesson
names it on its own. Cells in notebooks/src are marked:

    # %% tags=["piece"] piece="layers.dot layers.linear"   shows these pieces; their text is filled
                                                           in from the package
    # %% tags=["main"]                                     puts pieces to work: a lesson's program
                                                           is its main cells and what they need
    # %% [markdown] retires="bigram.bigram_probs"          says that the program now does without
    # %% [markdown] unused="layers.add"                    does without in this lesson alone
    # %% tags=["setup"]                                    finds the package; the same everywhere
    # %% tags=["reveal"]                                   an answer: its output is folded
    # %% tags=["live"]                                     widgets: run, not kept, not compared
    # %% tags=["desk"]                                     needs what pages lack: printed there

A chapter that is no lesson shows pieces of a module in SHOWN, by names such as numpy.rmsnorm; they
belong to no lesson's program.

`python -m tools.making.weave` checks all lessons and prints the ledger; with `--program train4` it
prints the one-file program as it stands at the end of that lesson.
"""

import argparse
import ast
import builtins
import sys
import textwrap
from dataclasses import dataclass, field, replace
from functools import cache, cached_property

from tools.making import sources
from tools.making.sources import SourceError, tags_of
from tools.setup import ROOT

WOVEN = ("tokenizer", "sampling", "bigram", "layers", "mlp", "value", "transformer", "gpt")
WOVEN += ("adam", "training")
SHOWN = {"numpy": "fast/numpy.py"}  # by the first part of its pieces' names
STANDARD = ("gc", "itertools", "math", "random", "sys")  # modules that the program may import
READ_DOCS = """\
with open(sys.argv[1], encoding="utf-8") as file:
    docs = [line.strip() for line in file if line.strip()]
"""


class WeaveError(SourceError):
    """Lessons and package don't fit together; each line names the lesson and the piece."""


@dataclass
class Piece:
    """A piece of the program, as it stands in the package."""

    name: str  # module.function, module.Class or module.Class.method
    text: str
    uses: set = field(default_factory=set)  # names that the text reads, a class's methods apart
    methods: dict = field(default_factory=dict)  # of a class: {short name: numbers of its lines}
    docstrings: set = field(default_factory=set)  # numbers of the lines of docstrings
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

    def lines_without(self, methods):
        """[(number, line)] of the text, numbered from 1, without these methods."""
        dropped = set()
        for name in methods:
            lines = self.methods[name]
            dropped |= {lines[0] - 1, *lines}  # with the empty line before it
        lines = enumerate(self.text.splitlines(), 1)
        return [(number, line) for number, line in lines if number not in dropped]

    def program_lines(self, dropped):
        """The same without docstrings, and with empty lines between methods alone."""
        lines = self.lines_without(dropped)
        lines = [(number, line) for number, line in lines if number not in self.docstrings]
        following = [line.lstrip() for _, line in lines[1:]] + [""]
        return [
            row for row, after in zip(lines, following) if row[1] or after.startswith(("def ", "@"))
        ]


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


def line_numbers(node):
    """The numbers of a definition's lines, decorators included."""
    first = min([node.lineno] + [d.lineno for d in node.decorator_list])
    return range(first, node.end_lineno + 1)


def lines_of(text, node):
    """The lines of a definition, decorators included."""
    numbers = line_numbers(node)
    return text.splitlines()[numbers[0] - 1 : numbers[-1]]


def docstring_lines(tree):
    """The numbers of the lines of all docstrings in a definition."""
    numbers = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            numbers |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return numbers


def pieces_of(module, text):
    """The Pieces in a module's text: its functions and classes, each class before its methods."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            body = node.body if isinstance(node, ast.ClassDef) else []
            methods = [part for part in body if isinstance(part, ast.FunctionDef)]
            yield piece_of(f"{module}.{node.name}", text, node, methods)
            for method in methods:
                yield piece_of(f"{module}.{node.name}.{method.name}", text, method)


def piece_of(name, text, node, methods=()):
    """The Piece that a definition in a module's text makes."""
    before = line_numbers(node)[0] - 1  # lines of the module
    own = [part for part in ast.iter_child_nodes(node) if part not in methods]
    return Piece(
        name,
        textwrap.dedent("\n".join(lines_of(text, node))),
        set().union(*map(names_read, own)),
        {m.name: [number - before for number in line_numbers(m)] for m in methods},
        {number - before for number in docstring_lines(node)},
    )


@cache
def package_pieces(package=ROOT / "microgpt_ref"):
    """All functions, classes and methods of the woven modules, in the package's order."""
    paths = [package / f"{module}.py" for module in WOVEN]
    there = [path for path in paths if path.exists()]
    found = [pieces_of(path.stem, path.read_text(encoding="utf-8")) for path in there]
    return tuple(piece for pieces in found for piece in pieces)


@cache
def shown_pieces(package=ROOT / "microgpt_ref"):
    """{name: Piece} of the modules that chapters show, without weaving them."""
    paths = {module: package / path for module, path in SHOWN.items()}
    texts = {
        name: path.read_text(encoding="utf-8") for name, path in paths.items() if path.exists()
    }
    return {p.name: p for name, text in texts.items() for p in pieces_of(name, text)}


class Weave:
    """The lessons and the pieces that they introduce and retire. Raises WeaveError for faults."""

    def __init__(self, lessons=None, package=ROOT / "microgpt_ref", complete=None):
        self.lessons = sources.lessons() if lessons is None else lessons
        others = [] if lessons is not None else [s for s in sources.chapters() if not s.is_lesson]
        self.pieces = {piece.name: replace(piece) for piece in package_pieces(package)}
        self.shown = shown_pieces(package)
        self.by_short = {p.short: p.name for p in self.pieces.values() if not p.owner}
        self.in_cells = {  # the names of all pieces that a chapter's cells show
            name
            for chapter in [*self.lessons, *others]
            for cell in chapter.code("piece")
            for name in cell.metadata.get("piece", "").split()
        }
        self.main_uses = {
            lesson.name: names_read(ast.parse(READ_DOCS + lesson.main())) for lesson in self.lessons
        }
        self.faults = []
        self.introduced = []  # names, in the order of the lessons
        for lesson in self.lessons:
            self.walk(lesson)
            self.check_program(lesson)
        if complete is None:
            complete = [lesson.name for lesson in self.lessons] == list(sources.STAGES)
        if complete:
            self.check_all_introduced()
        if self.faults:
            raise WeaveError("\n".join(self.faults))

    def walk(self, lesson):
        """Follow one lesson's cells in order, and note pieces and faults."""
        modules = {}  # what the lesson calls the package's modules: {name: module}
        for cell in lesson.cells:
            for name in cell.metadata.get("retires", "").split():
                self.retire(lesson, name)
            if cell.cell_type != "code":
                continue
            if "piece" in tags_of(cell):
                for name in cell.metadata.get("piece", "").split():
                    self.introduce(lesson, name)
            else:
                self.check_plain(lesson, cell, modules)

    def introduce(self, lesson, name):
        """Enter that the lesson introduces the piece."""
        piece = self.pieces.get(name)
        if piece is None:
            self.faults.append(f"{lesson.name}: there is no piece {name} in microgpt_ref")
        elif piece.lesson:
            self.faults.append(f"{lesson.name}: introduces {name} again, after {piece.lesson}")
        else:
            piece.lesson = lesson.name
            self.introduced.append(name)
            self.check_introduced(lesson, piece)

    def check_introduced(self, lesson, piece):
        """Note what a new piece hides, and what it needs that no lesson has introduced yet."""
        for hidden in sorted(self.called({piece.short}) if piece.owner else ()):
            self.faults.append(
                f"{lesson.name}: {piece.name}, in a cell of its own, would hide {hidden}"
            )
        methods = set(piece.methods) - self.own_methods(piece)
        for needed in sorted(self.called(self.uses_of(piece, methods))):
            if not self.pieces[needed].lesson:
                self.faults.append(
                    f"{lesson.name}: {piece.name} needs {needed}, not yet introduced"
                )

    def retire(self, lesson, name):
        """Enter that the program does without the piece from this lesson on."""
        piece = self.pieces.get(name)
        if piece is None or not piece.lesson:
            self.faults.append(f"{lesson.name}: retires {name}, which was never introduced")
        else:
            piece.retired = lesson.name

    def check_plain(self, lesson, cell, modules):
        """Note what a cell that is no piece may not do with pieces."""
        tree = ast.parse(cell.source)
        for name in names_fetched(tree, modules):
            self.check_import(lesson, name)
        for node in tree.body:
            targets = node.targets if isinstance(node, ast.Assign) else []
            names = {t.id for t in targets if isinstance(t, ast.Name)} | {getattr(node, "name", "")}
            for name in sorted(names & set(self.by_short)):
                self.faults.append(f"{lesson.name}: a plain cell redefines {self.by_short[name]}")

    def check_import(self, lesson, name):
        """Note a fault if a piece is imported before, or in, its own lesson."""
        piece = self.pieces.get(name)
        if piece and (not piece.lesson or piece.lesson == lesson.name):
            self.faults.append(f"{lesson.name}: imports {name} before it was introduced")

    def own_methods(self, piece):
        """The short names of a class's methods that a lesson introduces on their own."""
        return {short for short in piece.methods if f"{piece.name}.{short}" in self.in_cells}

    def uses_of(self, piece, methods):
        """The names that a piece reads, of a class with these of its methods."""
        return piece.uses.union(*(self.pieces[f"{piece.name}.{m}"].uses for m in methods))

    def find(self, name):
        """The Piece of this name, woven or shown, or None."""
        return self.pieces.get(name) or self.shown.get(name)

    def cell_text(self, names):
        """What a cell that shows these pieces defines."""
        texts = []
        for piece in map(self.find, names):
            text = "\n".join(line for _, line in piece.lines_without(self.own_methods(piece)))
            if piece.owner:
                owner = piece.owner.rpartition(".")[2]
                text += f"\n\n\n{owner}.{piece.short} = {piece.short}"
            texts.append(text)
        return "\n\n\n".join(texts)

    def called(self, names):
        """The pieces, methods apart, that go by some of these names."""
        return {p.name for p in self.pieces.values() if not p.owner and p.short in names}

    def program_pieces(self, lesson):
        """The names of the pieces that a lesson's program needs, in the package's order."""
        todo, found = self.called(self.main_uses[lesson.name]), set()
        while todo:
            piece = self.pieces[todo.pop()]
            methods = set(piece.methods) - self.dropped_methods(piece, lesson)
            found |= {piece.name, *(f"{piece.name}.{m}" for m in methods & self.own_methods(piece))}
            todo |= self.called(self.uses_of(piece, methods)) - found
        return [name for name in self.pieces if name in found]

    def dropped_methods(self, piece, lesson):
        """The short names of a class's methods that a lesson's program does without."""
        own = self.own_methods(piece)
        return {m for m in own if not self.in_program(f"{piece.name}.{m}", lesson)}

    def in_program(self, method, lesson):
        """Whether a method that has a cell of its own belongs to this lesson's program."""
        piece = self.pieces[method]
        introduced = piece.lesson is not None and piece.lesson <= lesson.name
        return introduced and not (piece.retired and piece.retired <= lesson.name)

    def check_program(self, lesson):
        """Note pieces that left the program without a word, and retired ones still in it."""
        program = set(self.program_pieces(lesson))
        unused = set(" ".join(cell.metadata.get("unused", "") for cell in lesson.cells).split())
        for name in sorted(unused & program | unused - set(self.introduced)):
            self.faults.append(f"{lesson.name}: says that {name} is unused, but it isn't")
        for name in self.introduced:
            retired = self.pieces[name].retired
            if name in program and retired:
                self.faults.append(f"{lesson.name}: its program needs {name}, retired in {retired}")
            if name not in program and not retired and name not in unused:
                self.faults.append(f"{lesson.name}: its program drops {name} without saying so")

    def check_all_introduced(self):
        """Note every piece of the woven modules that no lesson introduces."""
        for piece in self.pieces.values():
            if not piece.lesson and not piece.owner:
                self.faults.append(f"no lesson introduces {piece.name}")

    def program(self, lesson):
        """The one-file program of a lesson: (line, name of its piece or "main"), line by line."""
        return self.programs[lesson.name]

    @cached_property
    def programs(self):
        """{lesson: its one-file program}."""
        return {lesson.name: self.program_lines(lesson) for lesson in self.lessons}

    def program_lines(self, lesson):
        """[(line, name of its piece or "main")]: imports, the pieces, the lesson's main part."""
        blocks, uses = [], set(self.main_uses[lesson.name])
        for piece in map(self.pieces.get, self.program_pieces(lesson)):
            if not piece.owner:
                dropped = self.dropped_methods(piece, lesson)
                uses |= self.uses_of(piece, set(piece.methods) - dropped)
                blocks += [("", piece.name), *self.named_lines(piece, dropped)]
        imports = [(f"import {module}", "main") for module in STANDARD if module in uses]
        main = (READ_DOCS + lesson.main()).replace("\n\n\n", "\n\n")
        return imports + blocks + [(line, "main") for line in ["", *main.splitlines()]]

    def named_lines(self, piece, dropped):
        """[(line, name)] of a piece in a program; a method that has a cell goes by its own name."""
        owners = {
            number: f"{piece.name}.{short}"
            for short in self.own_methods(piece)
            for number in piece.methods[short]
        }
        lines = piece.program_lines(dropped)
        return [(line, owners.get(number, piece.name)) for number, line in lines]

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


def main(arguments=None):
    """Print the ledger or a program; return the exit status, 1 if the weave has a fault."""
    parser = argparse.ArgumentParser(prog="python -m tools.making.weave")
    parser.add_argument("--program", metavar="LESSON", help="print its one-file program")
    options = parser.parse_args(arguments)
    try:
        weave = Weave()
    except SourceError as error:
        print(error, file=sys.stderr)
        return 1
    if options.program:
        if options.program not in weave.programs:
            lessons = ", ".join(weave.programs)
            parser.error(f"{options.program}: no such lesson; there are {lessons}")
        print("\n".join(line for line, _ in weave.programs[options.program]))
        return 0
    for piece in weave.pieces.values():
        if piece.lesson:
            until = f"  until {piece.retired}" if piece.retired else ""
            print(f"{piece.lesson}  {piece.name}{until}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

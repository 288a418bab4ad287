"""Open JupyterLab on a learner's own copies of the notebooks: `python -m tools.making.lab`.

    python -m tools.making.lab --fresh train2     start train2 afresh, the old one being kept
    python -m tools.making.lab --keep train2      bring what was typed into the course's own
    python -m tools.making.lab --no-server        only bring the copies up to date
    python -m tools.making.lab -- --port=8900     what follows -- is for JupyterLab

The copies lie in my-work/, which git ignores. A file there notes what each was copied from, as a
hash of its cells without outputs. A copy that still has that hash makes way for a new edition of
its lesson. Any other copy, also one that isn't noted, is somebody's work: a new edition is put
beside it, and nothing is ever written over it.
"""

import argparse
import datetime
import itertools
import json
import os
import sys

from tools.files import write_whole
from tools.making import notebooks, pages, sources, typed
from tools.making.sources import SourceError
from tools.making.weave import Weave
from tools.setup import ROOT

FOLDER = ROOT / "my-work"
RECORD = ".copies.json"
# JupyterLab shows a page that is linked to as it's meant
SETTINGS = ROOT / "tools" / "making" / "jupyter"
MADE_PAGES = ("changes.md", "program.md")  # lessons link to these


class Work:
    """A folder of copies. What it does with a chapter, it returns in words."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.copied = self.read_record()

    def read_record(self):
        """{file: hash of what it was copied from}, empty if the record is missing or damaged."""
        try:
            found = json.loads((self.folder / RECORD).read_bytes())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def note(self, name, digest):
        """Note what a file was copied from; None forgets the file."""
        noted = {**self.copied, name: digest}
        noted = {name: digest for name, digest in noted.items() if digest}
        if noted != self.copied:
            write_whole(self.folder / RECORD, f"{json.dumps(noted, indent=1)}\n".encode())
        self.copied = noted

    def digest(self, name):
        """The hash of a file's cells, or None if there is no such notebook."""
        path = self.folder / name
        return typed.digest(path.read_bytes()) if path.exists() else None

    def untouched(self, name):
        """Whether it's known that nobody has typed into a copy since it was made."""
        return self.digest(name) is not None and self.digest(name) == self.copied.get(name)

    def write(self, name, content, edition):
        """Write a copy of a lesson, and note the hash of the edition that it was copied from."""
        write_whole(self.folder / name, content)
        self.note(name, edition)

    def bring(self, chapter, content):
        """Bring a chapter's newest edition here, given as bytes, and never over anyone's work."""
        edition, first = typed.digest(content), f"{chapter}.ipynb"
        for name in copies_of(chapter):
            exists = (self.folder / name).exists()
            if self.digest(name) == edition:
                self.note(name, edition)
                break
            if self.copied.get(name) == edition and (exists or name != first):
                break  # begun; or put beside it once, and thrown away
            if not exists or self.untouched(name):
                self.write(name, content, edition)
                if name == first:
                    return "not begun, so the new edition took its place" if exists else "copied"
                break
        if name == first:
            return "not begun yet" if self.untouched(name) else "yours, as you left it"
        beside = f"; a new edition is beside it, {name}" if (self.folder / name).exists() else ""
        return f"yours, as you left it{beside}"

    def start_afresh(self, chapter, content):
        """Put a new copy of a chapter in the place of what is there, which is renamed if begun."""
        name, edition, kept = f"{chapter}.ipynb", typed.digest(content), None
        begun = (self.folder / name).exists() and not self.untouched(name)
        if begun and self.digest(name) != edition:
            kept = self.rename(name, f"{chapter} {self.date(name)}")
        self.write(name, content, edition)
        for other in copies_of(chapter):
            if other != name and not (self.folder / other).exists():
                break
            if other != name and self.untouched(other):
                (self.folder / other).unlink()
        return f"started afresh; what you had is now {kept}" if kept else "started afresh"

    def keep(self, chapter, path, edition):
        """Copy what was typed into a tracked notebook of a chapter, and say under which name.

        edition: the notebook's bytes without it
        """
        solved = path != notebooks.target(chapter)
        name = f"{chapter} solved.ipynb" if solved else f"{chapter}.ipynb"
        if (self.folder / name).exists() and not self.untouched(name):
            name = self.free(f"{name.removesuffix('.ipynb')} from notebooks")
        self.write(name, path.read_bytes(), typed.digest(edition))
        return name

    def date(self, name):
        """The day on which a file was last changed, such as 2026-11-29."""
        seconds = (self.folder / name).stat().st_mtime
        return datetime.date.fromtimestamp(seconds).isoformat()

    def free(self, stem):
        """The first name of this stem that no file has: stem.ipynb, stem (2).ipynb and so on."""
        names = (f"{stem}{f' ({n})' if n > 1 else ''}.ipynb" for n in itertools.count(1))
        return next(name for name in names if not (self.folder / name).exists())

    def rename(self, name, stem):
        """Give a file a name of this stem that is free, and return the name."""
        kept = self.free(stem)
        (self.folder / name).rename(self.folder / kept)
        return kept


def copies_of(chapter):
    """The names that copies of a chapter may have, in the order in which they are tried."""
    yield f"{chapter}.ipynb"
    yield f"{chapter} (new edition).ipynb"
    for n in itertools.count(2):
        yield f"{chapter} (new edition {n}).ipynb"


def original(source, solved=False):
    """The bytes of a chapter's tracked notebook as it was before anybody typed into it."""
    found = typed.versions_in_git(notebooks.target(source.name, solved))
    return found[0] if found else notebooks.content(notebooks.build(source, Weave(), solved))


def keep(work, source):
    """Move what was typed into the tracked notebooks of a chapter; return a line for each."""
    said = []
    for solved in notebooks.versions(source):
        if notebooks.typed_into(source, Weave, solved):
            path = notebooks.target(source.name, solved)
            name = work.keep(source.name, path, original(source, solved))
            said.append(
                f"What you typed into {typed.name_of(path)} is now in {FOLDER.name}/{name}."
            )
            said += restore(path, source)
    return said or [f"Nobody has typed into {typed.name_of(notebooks.target(source.name))}."]


def restore(path, source):
    """Give a tracked notebook back as git has it; return a line if that can't be done."""
    if typed.git("checkout", "--", typed.name_of(path)) is not None:
        return []
    again = notebooks.command("tools.making.notebooks", "--overwrite", source.name)
    return [f"It's still in {typed.name_of(path)}, too. To make that anew: {again}"]


def prepare(fresh=(), kept=()):
    """Bring all copies up to date; return lines that say what was done, one for each chapter.

    fresh: Sources that are started afresh
    kept: Sources whose tracked notebooks hold what is moved here first
    """
    work = Work(FOLDER)
    moved = [line for source in kept for line in keep(work, source)]
    lines, strays = [], []
    for number, source in enumerate(sources.chapters(), 1):
        path = notebooks.target(source.name)
        typed_into = notebooks.typed_into(source, Weave)
        content = path.read_bytes() if path.exists() and not typed_into else original(source)
        bring = work.start_afresh if source in fresh else work.bring
        lines.append(f"  {number}. {path.name}: {bring(source.name, content)}")
        if typed_into:
            move = notebooks.command("tools.making.lab", "--keep", source.name)
            strays.append(f"You have typed into {typed.name_of(path)}. To move that here: {move}")
    heading = f"Your own notebooks are in {FOLDER.name}/, in the order to read them:"
    return [*moved, heading, *lines, *strays, "The solutions are in notebooks/solutions/."]


def make_pages():
    """Make the pages that lessons link to, unless they are there."""
    if not all((pages.BOOK / name).exists() for name in MADE_PAGES):
        pages.main()


def server_options(chapter, others=()):
    """The options that start JupyterLab with the copy of a chapter in front."""
    page = f"/lab/tree/{FOLDER.name}/{chapter}.ipynb"
    return [f"--ServerApp.root_dir={ROOT}", f"--LabApp.default_url={page}", *others]


def serve(options):
    """Run JupyterLab with these options, and the course's settings, until it's stopped."""
    try:
        from jupyterlab import labapp
    except ModuleNotFoundError:
        sys.exit("JupyterLab is not installed: python -m tools.setup installs it.")
    folders = [str(SETTINGS), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(folders)
    labapp.main(options)


def parsed(arguments):
    """(our options, those for JupyterLab) from the arguments of the command."""
    arguments = [*arguments]
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    parser = argparse.ArgumentParser(prog="python -m tools.making.lab")
    for name, words in (
        ("--fresh", "start a chapter afresh, and keep the old one under its date"),
        ("--keep", "move here what was typed into a chapter's notebook in notebooks/"),
    ):
        parser.add_argument(name, action="append", default=[], metavar="CHAPTER", help=words)
    parser.add_argument("--no-server", action="store_true", help="don't start JupyterLab")
    return parser.parse_args(arguments[:cut]), arguments[cut + 1 :]


def main(arguments=None):
    """Bring the copies up to date and start JupyterLab; return the exit status."""
    options, others = parsed(sys.argv[1:] if arguments is None else arguments)
    if FOLDER.exists() and not FOLDER.is_dir():
        print(
            f"{FOLDER} is a file. Rename it: your notebooks get a folder of that name.",
            file=sys.stderr,
        )
        return 1
    try:
        fresh, kept = ([*map(sources.find, names)] for names in (options.fresh, options.keep))
        print("\n".join(prepare(fresh, kept)), flush=True)
        if not options.no_server:
            make_pages()
    except SourceError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename} can't be read or written: {error.strerror}", file=sys.stderr)
        return 1
    if not options.no_server:
        front = [*options.fresh, *options.keep, sources.names()[0]]
        serve(server_options(front[0], others))
    return 0


if __name__ == "__main__":
    sys.exit(main())

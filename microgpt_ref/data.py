"""Names to learn from: documents, one per line.

The default, `ssa2018`, comes with the package: given names of US births in 2018, national data
of the US Social Security Administration, public domain; girls' names by number of births, then
boys', so that a name given to both stands there twice.
"""

import errno
import hashlib
import os
import unicodedata
import urllib.request
from http.client import HTTPException
from pathlib import Path

SSA2018 = Path(__file__).with_name("ssa2018.txt")
MAKEMORE_URL = "https://raw.githubusercontent.com/karpathy/makemore/master/names.txt"
MAKEMORE_SHA256 = "0a30b5557f192f32ab962680889aac5f6fda0f4cecf40a6d0b5694f58ea8cc4d"


def load_docs(names="ssa2018"):
    """Documents, a list of strings, in the order of their file.

    names: "ssa2018"; "makemore", the list of the published run, from the file that the variable
        MICROGPT_NAMES names, or downloaded once; or the path of a text file
    Raises ValueError for a file without documents, not in UTF-8, with control characters, or of
    the wrong checksum, and OSError for one that can't be read or fetched.
    """
    return read_docs(find_names(names))


def find_names(names):
    """The path of a list, by its name or its own path; raises what `find_makemore` raises."""
    return {"ssa2018": lambda: SSA2018, "makemore": find_makemore}.get(names, lambda: names)()


def read_docs(path):
    """The lines of a UTF-8 text file, without the blanks around them; empty lines left out."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise unreadable(path, error) from None
    except UnicodeDecodeError as error:
        raise bad_byte(path, error.start) from None
    for character in sorted(set(text) - {"\n"}):
        if not fits_in_a_line(character):
            line = text[: text.index(character)].count("\n") + 1
            raise bad_character(path, character, line)
    docs = [line.strip() for line in text.split("\n") if line.strip()]
    if not docs:
        raise no_documents(path)
    return docs


def unreadable(path, error):
    """The OSError for a file that can't be read."""
    why = f"can't read {path} ({error.strerror}): use ssa2018, makemore or a text file"
    return type(error)(why)


def bad_byte(path, byte):
    """The ValueError for a file that isn't UTF-8."""
    return ValueError(f"{path} is not a text file in UTF-8 (see byte {byte}): save it as UTF-8")


def bad_character(path, character, line):
    """The ValueError for a file with a control character."""
    return ValueError(f"{path} has the control character {character!r} in line {line}: take it out")


def no_documents(path):
    """The ValueError for a file without documents."""
    return ValueError(f"{path} has no documents: write one per line")


def fits_in_a_line(character):
    """True for all that a line of text can hold: no control characters but the tab, no halves."""
    return character == "\t" or unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp")


def find_makemore():
    """The path of makemore's names.txt: as given by MICROGPT_NAMES, cached, or downloaded."""
    given = os.environ.get("MICROGPT_NAMES")
    path = Path(given) if given else cache_folder() / "names.txt"
    if given or path.exists():
        try:
            content = path.read_bytes()
        except OSError as error:
            raise OSError(
                f"can't read {path} ({error.strerror}): set MICROGPT_NAMES to makemore's names.txt"
            ) from None
        check_makemore(content, path)
        return path
    try:
        with urllib.request.urlopen(MAKEMORE_URL, timeout=30) as response:
            content = response.read()
    except (OSError, HTTPException) as error:
        raise OSError(
            f"makemore's names can't be fetched from {MAKEMORE_URL} ({error}): "
            "set MICROGPT_NAMES to a copy, or use ssa2018"
        ) from None
    check_makemore(content, MAKEMORE_URL)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(
            f"can't make the folder {path.parent} ({error.strerror}): "
            "set XDG_CACHE_HOME to a folder that can be written in"
        ) from None
    write_whole(path, content)
    return path


def cache_folder():
    """The folder that keeps downloads: microgpt_ref in XDG_CACHE_HOME, or in ~/.cache.

    Raises OSError where neither is known.
    """
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "microgpt_ref"
    except RuntimeError:
        raise OSError(
            "there is no home folder to keep makemore's names in: set XDG_CACHE_HOME to a folder"
        ) from None


def check_makemore(content, source):
    """Raise ValueError unless these bytes are the published run's list."""
    found = hashlib.sha256(content).hexdigest()
    if found != MAKEMORE_SHA256:
        raise ValueError(
            f"{source} is not the list of the published run: its sha256 is {found[:12]}…, "
            f"that of the list {MAKEMORE_SHA256[:12]}…"
        )


def write_whole(path, content):
    """Write bytes to a file, all of them or none.

    They go to a new file beside it, which then takes its name. What is not a regular file, such
    as a device, is opened in place and never replaced.
    """
    try:
        if Path(path).exists() and not Path(path).is_file():
            Path(path).write_bytes(content)
        else:
            replace_file(end_of_links(path), content)
    except OSError as error:
        raise OSError(
            f"can't write {path} ({error.strerror}): use a file in a folder with room to write in"
        ) from None


def end_of_links(path):
    """The file that a link, or a link to a link, leads to; any other path itself."""
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise OSError(errno.ELOOP, "it is a link that leads to itself")
    return target


def replace_file(target, content):
    """Put a new file with this content in the target's place."""
    mode = target.stat().st_mode & 0o777 if target.exists() else None
    beside = target.with_name(f".microgpt_ref-{os.getpid()}.part")
    try:
        with open(beside, "xb") as file:
            file.write(content)
        if mode is not None:
            beside.chmod(mode)
        os.replace(beside, target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise

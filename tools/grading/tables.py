"""Tables that people write, as Excel, Moodle and Canvas save them: read whatever they are like.

Separated by commas, semicolons or tabs; in UTF-8, UTF-16 or cp1252, with a byte order mark or
without; with empty lines, and with headings in any case. What can't be read is refused with its
line and what would help.
"""

import codecs
import csv
import io
import re

LARGEST = 16 << 20  # bytes
SEPARATORS = ",;\t"
FORMULA = tuple("=+-@＝＋－＠|")  # what a formula may begin with, also as East Asian input has it


class RosterError(Exception):
    """A table of the instructor's can't be read; the message says which line, and why."""


def text_of(path):
    """A table's text, whatever program has encoded it. Raises RosterError."""
    try:
        if path.stat().st_size > LARGEST:
            raise RosterError(f"{path}: larger than {LARGEST >> 20} MB, which is no table")
        content = path.read_bytes()
    except OSError as error:
        raise RosterError(f"{path}: {error.strerror or error}") from None
    if content[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        raise RosterError(f"{path}: this is a workbook; in Excel, save it as CSV UTF-8")
    for encoding in encodings_of(content):
        try:
            return content.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")


def encodings_of(content):
    """The encodings that some bytes may be in, likeliest first."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return ["utf-16"]
    start = content[:200]
    if start and start.count(0) > len(start) // 4:
        return ["utf-16-le" if start[1:2] == b"\0" else "utf-16-be"]
    return ["utf-8", "cp1252"]


def key_of(heading):
    """A heading as it is looked up: small letters and digits alone."""
    return re.sub(r"[\W_]+", "", heading.casefold())


def read_rows(path):
    """[(number of the line, its fields)] of a table, without empty lines. Raises RosterError."""
    text = text_of(path)
    chosen = re.match(r"sep=([,;\t])\r?\n", text, flags=re.IGNORECASE)  # a line of Excel's
    heading = next((line for line in text.splitlines()[bool(chosen) :] if line.strip()), "")
    separator = chosen[1] if chosen else separator_of(heading)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    rows, line = [], 1
    try:
        for row in reader:
            fields = [field.strip() for field in row]
            if any("\n" in field or "\r" in field for field in fields):
                raise RosterError(
                    f"{path}, line {line}: a quotation mark that is opened here isn't closed"
                )
            if any(fields) and not (chosen and line == 1):
                rows.append((line, fields))
            line = reader.line_num + 1
    except csv.Error as error:
        raise RosterError(f"{path}, line {line}: {error}") from None
    return rows


def separator_of(heading):
    """What separates the fields of a line of headings."""

    def fields(separator):
        return len(next(csv.reader([heading], delimiter=separator), []))

    return max(SEPARATORS, key=fields)


def read_table(path):
    """(headings, [(line, {key of the heading: field})]) of a table. Raises RosterError.

    Of two columns with one heading the first counts.
    """
    rows = read_rows(path)
    if not rows:
        raise RosterError(f"{path}: empty; its first line should be one of headings")
    (_, headings), *rows = rows
    keys = [key_of(heading) for heading in headings]
    found = []
    for line, fields in rows:
        if any(fields[len(keys) :]):
            raise RosterError(
                f"{path}, line {line}: {len(fields)} fields below {len(keys)} headings; "
                'a field that holds a separator needs quotation marks: "Lovelace, Ada"'
            )
        row = {}
        for key, field in zip(keys, fields + [""] * (len(keys) - len(fields))):
            row.setdefault(key, field)
        found.append((line, row))
    return headings, found


def rows_of(path, columns):
    """The rows of a table of our own, as dicts. Raises RosterError for columns that are missing."""
    headings, rows = read_table(path)
    missing = [name for name in columns if key_of(name) not in map(key_of, headings)]
    if missing:
        raise RosterError(
            f"{path}: its first line should have the column {missing[0]}, and has "
            f"{', '.join(filter(None, headings))}"
        )
    return [{name: row[key_of(name)] for name in columns} for _, row in rows]


# Tables of our own


def to_csv(rows):
    """The bytes of a table. A text that a spreadsheet would take for a formula gets a ' before it.

    They begin with a byte order mark, without which Excel takes UTF-8 for something else.
    """
    file = io.StringIO(newline="")
    csv.writer(file).writerows([[defused(field) for field in row] for row in rows])
    return codecs.BOM_UTF8 + file.getvalue().encode("utf-8", "replace")


def defused(field):
    """A field that does nothing in a spreadsheet; numbers stay as they are."""
    if isinstance(field, str) and field.lstrip().startswith(FORMULA):
        return f"'{field}"
    return field

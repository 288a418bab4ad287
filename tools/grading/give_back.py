"""Feedback as a learning management system takes it back: one zip per chapter and system.

Moodle (*Upload multiple feedback files in a zip*) and Canvas (*Upload Submissions*) know whose a
file is by the names that they gave in their own zip. `grading.collect` remembers those in
OUT/collected/CHAPTER.json; the zips are OUT/give-back/CHAPTER-moodle.zip and CHAPTER-canvas.zip.

On a JupyterHub, nbgrader's release_feedback hands the pages out, and knows whose they are by two
files beside each.
"""

import io
import json
import zipfile

from tools.files import write_whole
from tools.grading import handins, submissions

FOLDER = "give-back"
MARKS = ("timestamp.txt", "submission_secret.txt")  # of a submission in nbgrader's exchange
LONGEST = 1000  # bytes of a mark
READABLE = 0o100644 << 16  # a file that its owner may write


def path_of_names(out, chapter):
    """Where a course keeps the names under which files of a chapter were collected."""
    return out / "collected" / f"{chapter}.json"


def names(out, chapter):
    """{student: the name of the file that counts, as it was in the zip}."""
    try:
        found = json.loads(path_of_names(out, chapter).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def remember(out, chapter, found):
    """Keep the names under which files were collected: {student: name}."""
    path = path_of_names(out, chapter)
    path.parent.mkdir(exist_ok=True)
    write_whole(path, (json.dumps(found, indent=1, sort_keys=True) + "\n").encode())


def name_back(name, chapter):
    """(system, the name under which it knows the feedback on a file of this name), or None."""
    handin = handins.parse(name) if isinstance(name, str) else None
    top, *below = name.replace("\\", "/").split("/") if handin else [""]
    if handin is None or not top.isprintable() or top[0] in "./~" or top[1:2] == ":":
        return None
    if below:
        return handin.system, f"{top}/{chapter}.html"
    return handin.system, f"{top.removesuffix(handin.file)}{chapter}.html"


def write(out, chapter, students):
    """Write a chapter's zips of feedback; return lines on what is in them."""
    known, zips, without = names(out, chapter), {}, []
    for student in students:
        page = out / "feedback" / student / chapter / f"{chapter}.html"
        found = name_back(known.get(student, ""), chapter)
        if not submissions.regular(page):
            continue
        mark(out, student, chapter)
        if found is None:
            without.append(student)
        else:
            system, name = found
            zips.setdefault(system, []).append((name, page))
    lines = [write_zip(out, f"{chapter}-{system}.zip", zips[system]) for system in sorted(zips)]
    if zips and without:
        lines.append(
            f"NB: no zip has the feedback for {', '.join(without)}: not collected from a zip"
        )
    return lines


def mark(out, student, chapter):
    """Put beside a page of feedback what nbgrader's exchange knows the submission by."""
    for name in MARKS:
        path = out / "submitted" / student / chapter / name
        target = out / "feedback" / student / chapter / name
        if submissions.regular(path) and path.stat().st_size <= LONGEST:
            write_whole(target, path.read_bytes())
        else:
            target.unlink(missing_ok=True)


def write_zip(out, name, pages):
    """Write a zip of pages: [(name in it, path)]; return a line that says so."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for inside, page in pages:
            info = zipfile.ZipInfo(inside)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, READABLE
            archive.writestr(info, page.read_bytes())
    path = out / FOLDER / name
    path.parent.mkdir(exist_ok=True)
    write_whole(path, content.getvalue())
    return f"{path}: feedback for {len(pages)} student{'s' * (len(pages) != 1)}"

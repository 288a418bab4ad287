"""What a course's folder begins with: nbgrader's settings and templates, from course/."""

import shutil

from tools.setup import ROOT

COURSE = ROOT / "tools" / "grading" / "course"


def files():
    """The paths of the files, relative to a course's folder."""
    found = (path for path in COURSE.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return sorted(path.relative_to(COURSE) for path in found)


def lay_out(out):
    """Copy into a course's folder what isn't there yet."""
    for path in files():
        target = out / path
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(COURSE / path, target)


def changed(out):
    """Lines on files that are missing in a course's folder, or not as they are made now."""
    lines = []
    for path in files():
        target = out / path
        if not target.is_file() or target.read_bytes() != (COURSE / path).read_bytes():
            lines.append(
                f"NB: {target} isn't as make assignment makes it now, and may let pages load what "
                "they shouldn't; unless that is your own doing, delete it and run make assignment"
            )
    return lines

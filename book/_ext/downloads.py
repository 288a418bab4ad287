"""Offer for download what was made to take along: PDF, EPUB, posters, slides, zip; with sizes.

A page names a file where its link shall stand: <span data-download="NAME"></span>. What lies in
_build/take-away when the site is built is copied beside the site, and gets its link; for a file
that isn't there the place stays empty. COURSE_DOWNLOADS=none leaves all of them out, so that the
zip of the site doesn't hold an older one of itself.
"""

import os
import re
import shutil
from pathlib import Path

import course_folder  # noqa: F401  for the import of tools

from tools.making import bundle, pages

VARIABLE = "COURSE_DOWNLOADS"
FOLDER = "downloads"
PAGE = "book/take-away"
PREFIX = "microgpt-"  # of the files' names
PLACE = re.compile(r'(?P<opening><span data-download="(?P<name>[^"]+)">).*?</span>')
LINK = '<a href="../{folder}/{name}" download>{kind}</a>, {size:.1f}&nbsp;MB'


def kind(name):
    """What a link to a file says: its kind, and a poster's sheet or the lesson of slides."""
    part = re.search(r"-(?:poster|slides)-(\w+)\.", name)
    ending = name.rpartition(".")[2].upper()
    if not part:
        return f"The {ending}"
    return f"{part[1].upper() if 'poster' in name else part[1]} as {ending}"


def link(file):
    """A link to a file, and its size; nothing if it isn't there."""
    if not file.is_file():
        return ""
    size = file.stat().st_size / 1e6
    return LINK.format(folder=FOLDER, name=file.name, kind=kind(file.name), size=size)


def offer(site, made):
    """Copy files to the site, and put links to them into the page that names them."""
    target, page = site / FOLDER, site / f"{PAGE}.html"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    for file in made:
        shutil.copyfile(file, target / file.name)
    text = page.read_text(encoding="utf-8")
    text = PLACE.sub(lambda one: f"{one['opening']}{link(target / one['name'])}</span>", text)
    pages.write_if_changed(page, text)


def offer_all(app, exception):
    """Offer what there is, before the site's files are listed to be kept."""
    site = Path(app.outdir)
    if not exception and app.builder.name == "html" and (site / f"{PAGE}.html").exists():
        wanted = os.environ.get(VARIABLE) != "none"
        made = bundle.TO_TAKE.glob(f"{PREFIX}*") if wanted else []
        offer(site, [file for file in made if file.suffix != ".tmp"])


def setup(app):
    app.connect("build-finished", offer_all, priority=920)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

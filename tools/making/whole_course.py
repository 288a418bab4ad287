"""The course as one document, from the pages of the built site.

`making.printing` prints it, and `making.epub` packs it, a file for each chapter. Pages follow each
other as in the table of contents, below one title, with a contents page whose numbers the printing
fills in. Anchors carry their page's name, so that links from page to page stay links within the
document. What is folded on the site can't be opened on paper: code and the answers to predictions
stand where they are, while hints and the answers to questions move to a chapter of their own. The
poster of the program comes last, and the first page of the site is left out: its place is the
title's.
"""

import html
import posixpath
import re
from dataclasses import dataclass, field
from itertools import groupby

import yaml
from bs4 import BeautifulSoup

import microgpt_ref
from tools.setup import ROOT

LAST = "book/program"  # the poster
ON_ITS_OWN = "hints-and-answers"
STYLE = ROOT / "tools" / "making" / "whole_course.css"
DROPPED = (
    ".headerlink, script, noscript, button, dialog, .work, .doors, .poster-legend input, "
    ".sd-summary-state-marker, .live-bar, style, .cell.tag_setup, [data-download]"
)
NAMES_OF_ANCHORS = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "list")
POSTER_VW = 3.55  # mm that stand for 1vw of the poster, so that it takes one sheet
FORMULAS = "formulas.css"
VW = re.compile(r"\b([\d.]+)vw\b")
TITLE = "A complete GPT in plain Python"


@dataclass
class Group:
    """Folds that stand one below the other: an anchor, the heading above, and what was asked."""

    anchor: str
    heading: str
    asked: str
    folds: list = field(default_factory=list)  # (first line, what it hides), as HTML


@dataclass
class Chapter:
    """A page of the site: its name, the part that it belongs to, and its parsed HTML."""

    name: str
    part: str
    soup: BeautifulSoup
    title: str
    folds: list = field(default_factory=list)  # what moves to the chapter of hints and answers

    @property
    def anchor(self):
        """The anchor of the chapter in the whole document."""
        return self.name.replace("/", "-")


def parsed(path):
    """The parsed page in the file `path`, to be changed."""
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def title_of(soup):
    """A page's heading, as the contents have it: a lesson's after its name."""
    band = soup.select_one(".band")
    heading = words((band or soup.select_one("article")).h1)
    name = band and band.select_one(".band-name")
    return f"{words(name)}: {heading}" if name else heading


def words(tag):
    """The text of an element in one line."""
    return " ".join(tag.get_text().split())


def chapters(site):
    """The chapters in the order of the table of contents; the poster comes last."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    found = []
    for part in contents["parts"]:
        for one in part["chapters"]:
            soup = parsed(site / f"{one['file']}.html")
            for tag in soup.body.select(DROPPED):
                tag.decompose()
            found.append(Chapter(one["file"], part["caption"], soup, title_of(soup)))
    return sorted(found, key=lambda chapter: chapter.name == LAST)


def document(site):
    """The whole course as HTML, to be served where a page in a folder of the site would be."""
    found = chapters(site)
    mend_all(found)
    head = head_of(next(one.soup for one in found if FORMULAS in str(one.soup.head)))
    contents, answers = contents_html(found), answers_html(found)
    body = [TITLE_PAGE.format(title=TITLE, version=microgpt_ref.__version__), contents]
    body += [*map(chapter_html, found[:-1]), answers, chapter_html(found[-1])]
    return (
        f'<!DOCTYPE html><html lang="en" data-theme="light" data-mode="light">{head}'
        f'<body><main class="bd-main">{"".join(body)}</main></body></html>'
    )


def head_of(soup):
    """A head with the styles of the site, and no script."""
    kept = [
        soup.head.find("meta", charset=True),
        *soup.head("style"),
        *soup.head("link", rel="stylesheet"),
    ]
    wide = (ROOT / "book" / "_static" / "look" / "poster.css").read_text(encoding="utf-8")
    printed = wide[wide.index("@media print") :]
    sized = VW.sub(lambda one: f"calc({one[1]} * {POSTER_VW}mm)", printed)
    own = f"<style>{STYLE.read_text(encoding='utf-8')}{sized}</style>"
    return f"<head>{''.join(map(str, kept))}<title>{TITLE}</title>{own}</head>"


# A chapter


def mend_all(found):
    """Make all pages chapters of one document, in place."""
    anchors = {one.name: {tag["id"] for tag in one.soup(id=True)} for one in found}
    for chapter in found:
        mend(chapter, anchors)


def mend(chapter, anchors):
    """Make a page of the site a chapter of the document, in place."""
    soup = chapter.soup
    for tag in soup.body(True):
        for name in ("id", *NAMES_OF_ANCHORS):
            if tag.get(name):
                tag[name] = " ".join(f"{chapter.anchor}--{one}" for one in tag[name].split())
    for link in soup.body("a", href=True):
        lead(link, chapter.name, anchors)
    for fold in soup.select("article details"):
        unfold(fold, chapter)


def lead(link, name, anchors):
    """Lead a link of the page `name` to its place in the document, or take it away."""
    address = link["href"]
    if re.match(r"[a-z]+:", address):
        return
    path, _, fragment = address.partition("#")
    target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
    target = target.removesuffix(".html")
    if target not in anchors:  # a file, or the first page of the site
        link.name = "span"
        del link["href"]
        return
    anchor = target.replace("/", "-")
    link["href"] = f"#{anchor}--{fragment}" if fragment in anchors[target] else f"#{anchor}"


def unfold(fold, chapter):
    """Open a fold for paper, or leave its first line and note the rest for the last chapter."""
    summary = fold.find("summary").extract()
    if "hide" in fold.get("class", []):
        fold.name, fold["class"] = "div", "opened"
    elif chapter.part == "Solutions":  # its hints are the lesson's
        fold.decompose()
    else:
        label = summary.decode_contents()
        if fold.get("class"):  # a button's words: "Show the answer"
            label = words(summary).removeprefix("Show ").capitalize()
        group = group_of(fold, words(summary), chapter)
        to = f'<a href="#{group.anchor}">page <span data-to="{group.anchor}"></span></a>'
        to = "" if group.folds else to
        group.folds.append((label, fold.decode_contents()))
        line = BeautifulSoup(f'<p class="folded">{label} {to}</p>', "html.parser").p
        fold.replace_with(line)


def group_of(fold, label, chapter):
    """The group that a fold belongs to: that of the fold right before it, or its own."""
    before = fold.find_previous_sibling(True)
    if before is not None and "folded" in before.get("class", []):
        return chapter.folds[-1]
    heading = words(fold.find_previous(re.compile("^h[1-4]$")))
    is_option = not label.startswith(("Hint", "Show"))
    is_asked = is_option and before is not None and before.name == "p"  # and no table or picture
    asked = before.decode_contents() if is_asked else ""
    anchor = f"{ON_ITS_OWN}--{chapter.anchor}-{len(chapter.folds) + 1}"
    chapter.folds.append(Group(anchor, heading, asked))
    return chapter.folds[-1]


def chapter_html(chapter):
    """A chapter as it stands in the document."""
    classes = " ".join(["chapter", *chapter.soup.body.get("class", [])])
    band = chapter.soup.select_one(".band")
    if band and (name := band.select_one(".band-name")):
        name.name = "span"
        name.string = f"{words(name)}: "
        band.h1.insert(0, name.extract())
    return (
        f'<div class="{classes}" id="{chapter.anchor}">{band or ""}'
        f'<div class="bd-content"><div class="bd-article-container">'
        f"{chapter.soup.select_one('article.bd-article')}</div></div></div>"
    )


# Around the chapters

TITLE_PAGE = """\
<div class="chapter title-page" id="title"><h1>{title}</h1>
<p>Five lessons, from counting letters to attention, automatic differentiation and Adam.</p>
<p>After Andrej Karpathy’s microgpt.</p>
<p class="imprint">Version {version}. By the course’s authors. Code under the MIT licence, prose and
figures under CC BY 4.0.</p></div>"""
ON_PAPER = """\
<h2>On paper</h2>
<p>This is the course’s site, printed. Figures that move there stand here as pictures. What a cell
prints stands right below it, so cover the page when a lesson asks you to predict. Hints, and the
answers to questions, wait in <a href="#{anchor}">a chapter of their own</a> from page
<span data-to="{anchor}"></span> on, after the solutions.</p>"""
ANSWERS = """\
<div class="chapter in-book" id="{anchor}"><div class="bd-content">
<div class="bd-article-container"><article class="bd-article">
<section><h1>Hints and answers</h1>{parts}</section>
</article></div></div></div>"""


def entry(anchor, title, kind):
    """A line of the contents, whose page number is filled in when it's known."""
    return (
        f'<p class="{kind}"><a href="#{anchor}"><span>{html.escape(title)}</span>'
        f'<span class="leader"></span><span class="number" data-to="{anchor}"></span></a></p>'
    )


def contents_html(found):
    """The contents: parts, chapters, and the sections of the lessons."""
    lines, part = [], None
    for chapter in found[:-1]:
        if chapter.part != part:
            part = chapter.part
            lines.append(f'<p class="part">{html.escape(part)}</p>')
        lines.append(entry(chapter.anchor, chapter.title, "one"))
        if part == "Lessons":
            for section in chapter.soup.select("article > section > section[id]"):
                lines.append(entry(section["id"], words(section.h2), "two"))
    lines.append('<p class="part">At the end</p>')
    lines.append(entry(ON_ITS_OWN, "Hints and answers", "one"))
    lines.append(entry(found[-1].anchor, found[-1].title, "one"))
    told = ON_PAPER.format(anchor=ON_ITS_OWN)
    return f'<div class="chapter contents"><h1>Contents</h1>{"".join(lines)}{told}</div>'


def answers_html(found):
    """The chapter of what is folded on the site: hints, and the answers to questions."""
    parts = []
    for chapter in found:
        if chapter.folds:
            parts.append(f"<section><h2>{html.escape(chapter.title)}</h2>")
            for heading, groups in groupby(chapter.folds, key=lambda group: group.heading):
                parts += [f"<h3>{html.escape(heading)}</h3>", *map(group_html, groups)]
            parts.append("</section>")
    return ANSWERS.format(anchor=ON_ITS_OWN, parts="".join(parts))


def group_html(group):
    """What was asked, and what its folds hide."""
    told = "".join(f"<dt>{label}</dt><dd>{text}</dd>" for label, text in group.folds)
    asked = f"<p>{group.asked}</p>" if group.asked else ""
    return f'<div class="answer" id="{group.anchor}">{asked}<dl>{told}</dl></div>'

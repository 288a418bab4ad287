"""Open a lesson's page with a band in its stage's color, made of its title and its first table.

A lesson begins with its title, an introduction, and a table without a head: labels in bold, and
what they say. On the page its name and its question stand in the band, with the time it takes and
the table's other rows. Every page's body carries the classes that its style depends on.
"""

from dataclasses import dataclass
from pathlib import Path

import course_folder  # noqa: F401  for the import of microgpt_ref
from docutils import nodes

from microgpt_ref.stages import STAGES

TEMPLATES = Path(__file__).resolve().parents[1] / "_templates"
TIME = "time"


@dataclass
class Band:
    """What a lesson's band shows: its facts are nodes by label, in the table's order."""

    name: str
    question: str
    facts: dict


def split_title(title):
    """(name, question) of a lesson's title; the name is empty where no stage begins it."""
    name, colon, question = title.partition(": ")
    if not colon or name not in STAGES:
        return "", title
    return name, question[:1].upper() + question[1:]


def rows_of(table):
    """The cells of each row of a table's body, as lists of nodes."""
    return [list(row.findall(nodes.entry)) for row in table.findall(nodes.row)]


def is_facts(table):
    """True if a table has no head, and a label in bold before each of its facts."""
    rows = rows_of(table)
    pairs = all(len(row) == 2 and len(list(row[0].findall(nodes.strong))) == 1 for row in rows)
    return bool(rows) and pairs and not list(table.findall(nodes.thead))


def opening_facts(section):
    """The table of facts that a page opens with, before any cell or heading; or None."""
    for child in section:
        if isinstance(child, nodes.table):
            return child if is_facts(child) else None
        if not isinstance(child, nodes.title | nodes.paragraph):
            return None
    return None


def take_band(doctree):
    """The Band of a page, whose title and opening table leave the page; None if it has none."""
    section = next(doctree.findall(nodes.section), None)
    table = section and opening_facts(section)
    if table is None:
        return None
    title = section[section.first_child_matching_class(nodes.title)]
    name, question = split_title(title.astext())
    facts = {label.astext(): fact[0] for label, fact in rows_of(table)}
    if facts.get("question") and facts["question"].astext() in title.astext():
        del facts["question"]
    section.remove(table)
    section.remove(title)
    return Band(name, question, facts)


def set_band(app, doctree, docname):
    """Take the band off a lesson's page, and keep it with the page until it is written."""
    if docname.startswith("notebooks/") and app.builder.format == "html":
        doctree.band = take_band(doctree)


def page_classes(pagename):
    """The classes of a page's body: its folder, its name, and the stage that it is about."""
    folder, _, name = pagename.rpartition("/")
    classes = [f"in-{folder.replace('/', '-') or 'root'}", f"page-{name}"]
    return " ".join(classes + [name] * (folder.startswith("notebooks") and name in STAGES))


def rendered(app, fact):
    """HTML of what stands in a fact's paragraph."""
    html = app.builder.render_partial(fact)["fragment"].strip()
    return html.removeprefix("<p>").removesuffix("</p>")


def add_context(app, pagename, templatename, context, doctree):
    """Hand the band and the body's classes to the page's template."""
    context["page_classes"] = page_classes(pagename)
    band = getattr(doctree, "band", None)
    if band:
        facts = {label: rendered(app, fact) for label, fact in band.facts.items()}
        context["band"] = {"name": band.name, "question": band.question, "time": facts.pop(TIME)}
        context["band"]["facts"] = facts


def setup(app):
    app.config.templates_path.insert(0, str(TEMPLATES))  # before the theme's
    app.connect("doctree-resolved", set_band)
    app.connect("html-page-context", add_context)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

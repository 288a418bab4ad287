"""Make the code cells of lessons live: what their HTML says of them, and the scripts of a page.

Each cell of a lesson's page, but of no solution's, carries its notebook id and its tags, an
exercise's name where it begins one, a quick form if it has one, and what a reader may guess.
"""

import json
import re
import shutil
from pathlib import Path
from urllib.parse import quote

from course_folder import ROOT
from docutils import nodes
from sphinx.util import logging
from sphinx_design.extension import depart_container, visit_container

from tools.making import live, predictions

CHECKED = re.compile(r'\bcheck\("([\w.]+)"')
LINE = "\u2028"  # stands for the end of a line, which the writer of tags would make a space
SECONDS = ROOT / "book" / "live" / "long_cells.json"
logger = logging.getLogger(__name__)


def is_lesson(docname):
    """True for the pages whose cells are live."""
    return Path(docname).parent.as_posix() == "notebooks"


def code_cells(app, docname):
    """The code cells of the notebook that a page is made from."""
    notebook = json.loads(Path(app.env.doc2path(docname)).read_text(encoding="utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def exercise_names(cells):
    """{cell id: exercise} for the cells that answers are written in: the next check names it."""
    found, open_cells = {}, []
    for cell in cells:
        tags = cell["metadata"].get("tags", [])
        name = CHECKED.search("".join(cell["source"]))
        if "exercise" in tags:
            open_cells.append(cell["id"])
        elif "check" in tags and name:
            found |= {identity: name[1] for identity in open_cells}
            open_cells = []
    first = {}
    for identity, name in found.items():
        first.setdefault(name, identity)
    return {i: name if first[name] == i else f"{name}.{i}" for i, name in found.items()}


def checked(cell):
    """The name of the exercise that a cell checks, or None."""
    name = CHECKED.search("".join(cell["source"]))
    return name[1] if name and "check" in cell["metadata"].get("tags", []) else None


def data_of(cell, exercises, seconds):
    """The attributes of a cell's element."""
    metadata = cell["metadata"]
    data = {
        "data-cell": cell["id"],
        "data-tags": " ".join(metadata.get("tags", [])),
        "data-exercise": exercises.get(cell["id"]),
        "data-check": checked(cell),
        "data-quick": metadata.get("quick"),
        "data-seconds": seconds.get(cell["id"]),
        "data-guess": predictions.as_json(metadata),
    }
    return {name: value for name, value in data.items() if value}


def mark_cells(app, doctree):
    """Put on each cell of a lesson's page what the notebook says of it."""
    if not is_lesson(app.env.docname):
        return
    cells = code_cells(app, app.env.docname)
    exercises = exercise_names(cells)
    seconds = json.loads(SECONDS.read_text(encoding="utf-8"))
    shown = [n for n in doctree.findall(nodes.container) if n.get("nb_element") == "cell_code"]
    if len(shown) != len(cells):
        logger.warning("%d cells on the page, %d in the notebook", len(shown), len(cells))
    for node, cell in zip(shown, cells, strict=False):
        node["live_data"] = data_of(cell, exercises, seconds)
        if "setup" in cell["metadata"].get("tags", []):
            node["prompt_show"], node["prompt_hide"] = "Show the setup", "Hide the setup"


def visit(self, node):
    """Write a container's opening tag, with the cell's data if it is one."""
    if "live_data" not in node:
        visit_container(self, node)
        return
    data = {name: str(value).replace("\n", LINE) for name, value in node["live_data"].items()}
    options = {"CLASS": "docutils container", "ids": [data["data-cell"]], **data}
    tag = self.starttag(node, "div", **options)
    self.body.append(tag.replace(LINE, "&#10;"))


def report_url(repository, pagename):
    """The form for a mistake on a page; None where no repository is named."""
    if not repository or repository.endswith("/OWNER/REPO"):
        return None
    return f"{repository}/issues/new?template=mistake.yml&page={quote(pagename, safe='')}"


def add_scripts(app, pagename, templatename, context, doctree):
    """Load the scripts of live cells on the pages that have some; elsewhere, the marks of lessons.

    The template gets `live`, whether it is such a page, and the form for mistakes.
    """
    context["live"] = doctree is not None and is_lesson(pagename)
    context["report_url"] = report_url(
        app.config.html_theme_options.get("repository_url"), pagename
    )
    if context["live"]:
        app.add_css_file("live/live.css")
        app.add_js_file("live/start.js", loading_method="defer")
    else:
        app.add_js_file("live/marked.js", loading_method="defer")


def copy_files(app):
    """Put what live pages load among the site's static files."""
    if app.builder.name != "html":
        return
    made, target = live.make(), Path(app.outdir) / "_static" / "live"
    stamp = target / live.STAMP
    if not stamp.exists() or stamp.read_text() != (made / live.STAMP).read_text():
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(made, target)


def setup(app):
    app.connect("builder-inited", copy_files)
    app.connect("doctree-read", mark_cells)
    app.connect("html-page-context", add_scripts)
    app.add_node(nodes.container, override=True, html=(visit, depart_container))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

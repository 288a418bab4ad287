"""Set the formulas of all pages while the site is built, so that no page loads MathJax to do it.

MathJax sets the same formulas in a browser, but every reader's phone would have to fetch it and
work for a second or more. Here Node runs it once, and a page gets what it would have made there:
elements placed by a style sheet, and MathML for screen readers. Wrong TeX ends the build.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from course_folder import ROOT
from docutils import nodes

from tools.making import live, pages
from tools.setup import program

SCRIPT = ROOT / "book" / "_ext" / "formulas.cjs"
SHEET = "formulas.css"
FONTS = "mathjax/es5/output/chtml/fonts/woff-v2"


def formula(node):
    """(TeX, whether it has a line of its own) of a formula in a page."""
    tex, display = node.astext().strip(), isinstance(node, nodes.math_block)
    if display and r"\\" in tex:
        tex = rf"\begin{{split}}{tex}\end{{split}}"
    return tex, display


def formulas(doctree):
    """The formulas of a page."""
    kinds = (nodes.math, nodes.math_block)
    return {formula(node) for node in doctree.findall(lambda node: isinstance(node, kinds))}


def set_all(wanted):
    """({formula: HTML}, style sheet) of formulas; ends the build if one is wrong."""
    live.install()
    listed = sorted(wanted)
    result = subprocess.run(
        [program("node"), SCRIPT],
        input=json.dumps(listed),
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"NODE_PATH": str(live.WORK / "node_modules")},
    )
    if result.returncode:
        sys.exit(f"A formula can't be set: {result.stderr.strip()}")
    made = json.loads(result.stdout)
    return dict(zip(listed, made["html"], strict=True)), made["css"]


def note(app, doctree):
    """Keep which formulas a page has with what the build remembers of it."""
    app.env.__dict__.setdefault("formulas", {})[app.env.docname] = formulas(doctree)


def forget(app, env, docname):
    """Forget a page that changed or is gone."""
    env.__dict__.setdefault("formulas", {}).pop(docname, None)


def join(app, env, docnames, other):
    """Take over what another process has read."""
    found = env.__dict__.setdefault("formulas", {})
    found |= {name: other.formulas[name] for name in docnames}


def set_new(app, env):
    """Set the formulas of all pages, unless they are those of the last build."""
    wanted = set().union(*env.__dict__.setdefault("formulas", {}).values())
    if wanted != set(env.__dict__.get("formulas_set", ({}, ""))[0]):
        env.formulas_set = set_all(wanted)


def visit(self, node):
    """Write a formula where it stands in a page."""
    tag = "div" if isinstance(node, nodes.math_block) else "span"
    html = self.builder.env.formulas_set[0][formula(node)]
    start = self.starttag(node, tag, "", CLASS="math notranslate nohighlight")
    self.body.append(f"{start}{html}</{tag}>" + "\n" * (tag == "div"))
    raise nodes.SkipNode


def add_sheet(app, pagename, templatename, context, doctree):
    """Load the style sheet on the pages that have formulas, and on no others."""
    if doctree is not None and formulas(doctree):
        app.add_css_file(SHEET)


def write_sheet(app, exception):
    """Write the style sheet, and the faces that it names."""
    if exception or app.builder.name != "html" or not hasattr(app.env, "formulas_set"):
        return
    static = Path(app.outdir) / "_static"
    pages.write_if_changed(static / SHEET, app.env.formulas_set[1])
    faces = live.WORK / "node_modules" / FONTS
    shutil.copytree(faces, static / "fonts" / "mathjax", dirs_exist_ok=True)


def setup(app):
    app.add_html_math_renderer("set", (visit, None), (visit, None))
    app.config.html_math_renderer = "set"
    app.connect("doctree-read", note)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", join)
    app.connect("env-updated", set_new)
    app.connect("html-page-context", add_sheet)
    app.connect("build-finished", write_sheet)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

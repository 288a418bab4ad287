"""Show explorables: the still picture and its data, which a script of the page brings to life.

In a notebook an explorable is an output that carries its data and a picture. On any other page the
directive `{explorable} NAME` shows the example of that name, made anew with each build.
"""

import html
import json

import course_folder  # noqa: F401  for the import of microgpt_ref
from docutils import nodes
from docutils.parsers.rst import Directive
from myst_nb.core import render

from microgpt_ref.lab import explorables

MIME = explorables.MIME
SVG = "image/svg+xml"


def figure(start, still):
    """HTML of an explorable's figure. start: what it starts from; still: its picture, as SVG."""
    wide, phone = start["heights"]
    data = json.dumps(start, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c")
    return (
        f'<figure class="explorable {start["stage"]}" data-explorable="{start["name"]}"'
        f' style="--wide: {wide}px; --phone: {phone}px">\n'
        f'<div class="explorable-stage">{still}</div>\n'
        f"<figcaption>{html.escape(start['caption'])}</figcaption>\n"
        f'<script type="application/json">{data}</script>\n</figure>\n'
    )


class Forms:
    """What myst-nb makes of an explorable's data, and of SVG; `join` puts the two together."""

    mime_priority_overrides = ()

    @staticmethod
    def handle_mime(renderer, data, inline):
        if data.mime_type == SVG and not inline:
            return [nodes.raw("", "".join(data.content), format="html")]
        if data.mime_type == MIME and not inline:
            return [nodes.container(explorable=data.content)]
        return None


def join(app, doctree):
    """Put one figure in the place of each explorable's forms."""
    for bundle in list(doctree.findall(nodes.container)):
        if bundle.get("nb_element") == "mime_bundle":
            forms = {form["mime_type"]: form[0] for form in bundle}
            if MIME in forms:
                shown = figure(forms[MIME]["explorable"], forms[SVG].astext())
                bundle.replace_self(nodes.raw("", shown, format="html", explorable=True))


class ExplorableDirective(Directive):
    """The example of an explorable: `{explorable} NAME`."""

    required_arguments = 1

    def run(self):
        environment = self.state.document.settings.env
        for path in sorted(explorables.FOLDER.glob("*.py")):
            environment.note_dependency(str(path))
        try:
            one = explorables.example(self.arguments[0])
        except ValueError as error:
            raise self.error(str(error)) from error
        shown = figure(one.started_from(), one.still)
        return [nodes.raw("", shown, format="html", explorable=True)]


def has_explorables(doctree):
    """True if a page shows one."""
    return any(node.get("explorable") for node in doctree.findall(nodes.raw))


def add_script(app, pagename, templatename, context, doctree):
    """Load the script on the pages that have explorables, and on no others."""
    if doctree is not None and has_explorables(doctree):
        app.add_js_file("live/explorables.js", type="module")


def setup(app):
    load = render.load_mime_renders
    if Forms not in load():
        render.load_mime_renders = lambda: [*load(), Forms]
    app.add_directive("explorable", ExplorableDirective)
    app.connect("doctree-read", join, priority=400)  # before pictures are looked for
    app.connect("html-page-context", add_script)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

"""Make what the search page looks through: the site's passages, each with its address.

A passage is what stands below one heading, one entry of the glossary, or one piece of the
reference. Sphinx's own index knows only which page has which word. It isn't made: a lesson has
nearly every word of the course, and what a reader wants to know is where.
"""

import json
import re
from dataclasses import astuple, dataclass
from pathlib import Path

import course_folder  # noqa: F401  for the import of tools
from docutils import nodes
from sphinx import addnodes

from tools.making import pages

FILE = "passages.js"
NAME = re.compile(r"[A-Za-z_]\w{2,}")
# How TeX reads in a line of text: what stands for a sign, and what goes.
SIGNS = [
    (r"\\[td]?frac(\w|\{[^{}]*\})(\w|\{[^{}]*\})", r"\1/\2"),
    (r"\\(?:text|mathrm|mathbf|operatorname)\b", ""),
    (r"\\sqrt\b", "√"),
    (r"\\cdot\b", "·"),
    (r"\\times\b", "×"),
    (r"\\(?:approx|approxeq)\b", "≈"),
    (r"\\mid\b", "|"),
    (r"\\beta\b", "β"),
    (r"\\epsilon\b", "ε"),
    (r"\\(?:leftarrow|gets)\b", "←"),
    (r"\\[,;! ]|[\\{}]", ""),
]
SILENT = (nodes.raw, nodes.comment, nodes.image, nodes.math_block, addnodes.toctree)


@dataclass
class Passage:
    """What the search page shows and looks through; `code` holds the names in its code."""

    anchor: str
    title: str
    text: str = ""
    code: str = ""
    also: str = ""  # what else it may be looked up by: what `{index}` names in a page's source


def plain(tex):
    """A formula as it reads in a line of text."""
    for sign, text in SIGNS:
        tex = re.sub(sign, text, tex)
    return tex


def parts(node):
    """The text of a node as it stands, without what it cites."""
    if isinstance(node, nodes.Text):
        return node.astext()
    if isinstance(node, nodes.math):
        return plain(node.astext())
    if isinstance(node, addnodes.pending_xref) and node.get("refdomain") == "cite":
        return ""
    return "".join(map(parts, node.children))


def told(node):
    """The text of a node, in one line."""
    return re.sub(r" (?=[.,;:])", "", " ".join(parts(node).split()))


def passages(doctree):
    """The passages of a page, in order."""
    found = []
    for section in doctree.children:
        if isinstance(section, nodes.section):
            walk(section, found)
            found[0].anchor = ""  # the page itself
            break
    return [one for one in found if one.title]


def begin(node, title, found):
    """Begin a passage at a node."""
    found.append(Passage((node["ids"] or [""])[0], title))
    return found[-1]


def walk(node, found):
    """Add what a section, an entry or a piece says, and the passages within it."""
    if isinstance(node, nodes.section):
        one = begin(node, told(node[node.first_child_matching_class(nodes.title)]), found)
    elif isinstance(node, addnodes.desc):
        signature = node[0]
        one = begin(signature, signature.get("fullname") or told(signature), found)
        one.code = told(signature)
    else:
        term = node[0]
        one = begin(term, ", ".join(told(t) for t in node if isinstance(t, nodes.term)), found)
    fill(node, one, found)


def fill(node, one, found):
    """Add to a passage what stands in a node of it."""
    for child in node.children:
        if isinstance(child, nodes.section | addnodes.desc) or is_entry(child):
            walk(child, found)
        elif isinstance(child, addnodes.index):
            entries = [text for _, text, target, *_ in child["entries"] if target[:6] == "index-"]
            one.also = " ".join([one.also, *entries]).strip()
        elif isinstance(child, nodes.literal_block):
            names = {*one.code.split(), *NAME.findall(child.astext())}
            one.code = " ".join(sorted(names))
        elif isinstance(child, (*SILENT, nodes.title, nodes.term, addnodes.desc_signature)):
            continue
        elif isinstance(child, nodes.TextElement):
            one.text = f"{one.text} {told(child)}".strip()
        elif child.get("nb_element") != "cell_code_output":
            fill(child, one, found)


def is_entry(node):
    """True for an entry of the glossary."""
    return isinstance(node, nodes.definition_list_item) and bool(node[0].get("ids"))


def note(app, doctree):
    """Keep a page's passages with what the build remembers of the page."""
    kept = app.env.__dict__.setdefault("passages", {})
    kept[app.env.docname] = [astuple(one) for one in passages(doctree)]


def forget(app, env, docname):
    """Forget a page that changed or is gone."""
    env.__dict__.setdefault("passages", {}).pop(docname, None)


def join(app, env, docnames, other):
    """Take over what another process has read."""
    kept = env.__dict__.setdefault("passages", {})
    kept |= {name: other.passages[name] for name in docnames}


def write(app, exception):
    """Write the passages of all pages, in the order of the table of contents."""
    if exception or app.builder.name != "html":
        return
    order = [app.config.root_doc, *app.env.toctree_includes.get(app.config.root_doc, [])]
    names = [name for name in order if name in app.env.passages]
    names += sorted(set(app.env.passages) - set(names))
    rows = [[app.builder.get_target_uri(name), app.env.passages[name]] for name in names]
    text = f"var coursePassages = {json.dumps(rows, ensure_ascii=False, separators=(',', ':'))};\n"
    pages.write_if_changed(Path(app.outdir) / "_static" / FILE, text)


def setup(app):
    app.connect("doctree-read", note, priority=300)  # as it was written, before it's made a page
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", join)
    app.connect("build-finished", write)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

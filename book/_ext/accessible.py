"""Make notebooks' pages readable by all: figures with captions, alt texts, named folds.

A figure of the course is SVG that carries its description, and its cell prints its caption, a line
`Figure: …`. Here the two become one figure of the page. The caption of a picture that is no SVG
becomes its alternative text. A picture without its line is a warning, which the strict build makes
an error.
"""

from html import escape

from docutils import nodes
from sphinx.util import logging

PREFIX = "Figure: "
FIGURE = (
    '<figure class="course-picture">{svg}<figcaption><span class="figure-mark">Figure: </span>'
    "{caption}\n</figcaption></figure>"
)
logger = logging.getLogger(__name__)


def containers(tree, kind):
    """The containers of one kind, as myst-nb marks them, in a page or a part of one."""
    return [node for node in tree.findall(nodes.container) if node.get("nb_element") == kind]


def captions(cell):
    """The captions that a cell printed, in order: its `Figure: ` lines less that prefix."""
    lines = [line for block in streams(cell) for line in block.astext().splitlines()]
    return [line.removeprefix(PREFIX).strip() for line in lines if line.startswith(PREFIX)]


def streams(cell):
    """The blocks of text that a cell printed."""
    return [node for node in cell.findall(nodes.literal_block) if "stream" in node["classes"]]


def pictures(cell):
    """The pictures among a cell's outputs, in order: images, and raw SVG."""
    outputs = containers(cell, "cell_code_output")
    found = [node for output in outputs for node in output.findall()]
    return [node for node in found if isinstance(node, nodes.image) or is_svg(node)]


def keep_svg(cell):
    """Drop the other pictures of an output that has SVG: they are for viewers that show none."""
    for bundle in containers(cell, "mime_bundle"):
        if any(is_svg(node) for node in bundle.findall(nodes.raw)):
            for image in list(bundle.findall(nodes.image)):
                image.parent.parent.remove(image.parent)


def is_svg(node):
    """Whether a node is SVG that stands in the page, as `explorables` has it."""
    return isinstance(node, nodes.raw) and node.astext().startswith("<svg ")


def describe(cell):
    """Caption each figure of a cell; return the pictures that have no caption or description."""
    keep_svg(cell)
    found, images, missing = captions(cell), pictures(cell), []
    for i, image in enumerate(images):
        caption = found[i] if i < len(found) else ""
        if not caption or (is_svg(image) and 'aria-label="' not in image.astext()):
            missing.append(image)
        elif is_svg(image):
            html = FIGURE.format(svg=image.astext(), caption=escape(caption, quote=False))
            image.replace_self(nodes.raw("", html, format="html"))
            take_caption(cell, PREFIX + caption)
        else:
            image["alt"] = caption
    return missing


def take_caption(cell, line):
    """Take a line off what a cell printed; it stands below its figure."""
    for block in streams(cell):
        rows = block.astext().split("\n")
        kept = [row for row in rows if row.strip() != line]
        if len(kept) == len(rows):
            continue
        if not "".join(kept).strip():
            block.parent.remove(block)
            return
        text = "\n".join(kept)
        block.rawsource, block.children = text, []
        block += nodes.Text(text)
        return


def describe_page(app, doctree):
    """Describe every picture in the outputs of a page; warn of each that has no caption."""
    for cell in containers(doctree, "cell_code"):
        for _ in describe(cell):
            logger.warning("a picture has no line %r in its cell's output", PREFIX, location=cell)


def name_folds(app, doctree):
    """Say on each folded cell what it hides: an answer, or code that is beside the point."""
    for cell in containers(doctree, "cell_code"):
        hidden = "answer" if cell.get("hide_mode") == "output" else "code"
        cell["prompt_show"], cell["prompt_hide"] = f"Show the {hidden}", f"Hide the {hidden}"


def drop_empty_heads(app, doctree):
    """Drop the heads of tables that say nothing: Markdown has no table without a head."""
    for head in list(doctree.findall(nodes.thead)):
        if not head.astext().strip():
            head.parent.remove(head)


def setup(app):
    app.connect("doctree-read", describe_page)
    app.connect("doctree-read", drop_empty_heads)
    app.connect("doctree-read", name_folds)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

"""Make notebooks' pages readable by all: alt texts, named folds, and no empty table heads.

A plotting helper of the course prints one line, `Figure: …`, with each picture it shows. Here that
line becomes the picture's alternative text. A picture without its line is a warning, which the
strict build makes an error.
"""

from docutils import nodes
from sphinx.util import logging

PREFIX = "Figure: "
logger = logging.getLogger(__name__)


def containers(tree, kind):
    """The containers of one kind, as myst-nb marks them, in a page or a part of one."""
    return [node for node in tree.findall(nodes.container) if node.get("nb_element") == kind]


def captions(cell):
    """The captions that a cell printed, in order: its `Figure: ` lines less that prefix."""
    found = []
    for block in cell.findall(nodes.literal_block):
        if "stream" in block["classes"]:
            printed = block.astext().strip().splitlines()
            lines = [line for line in printed if line.startswith(PREFIX)]
            found += [line.removeprefix(PREFIX).strip() for line in lines]
            if lines and lines == printed:
                block["classes"].append("figure-caption")  # set as a sentence, not as output
    return found


def pictures(cell):
    """The pictures among a cell's outputs, in order."""
    outputs = containers(cell, "cell_code_output")
    return [image for output in outputs for image in output.findall(nodes.image)]


def describe(cell):
    """Set the alt text of each picture in a cell; return the pictures that have no caption."""
    found, images = captions(cell), pictures(cell)
    for image, caption in zip(images, found, strict=False):
        image["alt"] = caption
    return [image for i, image in enumerate(images) if not "".join(found[i : i + 1])]


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

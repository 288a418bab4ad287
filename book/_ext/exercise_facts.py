"""Mark the line below an exercise's heading: its kind, size, minutes and name."""

from docutils import nodes

HEADING = "Exercise: "


def is_facts(paragraph):
    """True for a line in italics that a name in code follows, with no more than that."""
    if not isinstance(paragraph, nodes.paragraph) or len(paragraph) != 3:
        return False
    return isinstance(paragraph[0], nodes.emphasis) and isinstance(paragraph[2], nodes.literal)


def mark(app, doctree):
    """Give exercises' sections and the facts below their headings classes of their own."""
    for section in doctree.findall(nodes.section):
        if section[0].astext().startswith(HEADING):
            section["classes"].append("exercise")
            if len(section) > 1 and is_facts(section[1]):
                section[1]["classes"].append("exercise-facts")


def setup(app):
    app.connect("doctree-read", mark)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

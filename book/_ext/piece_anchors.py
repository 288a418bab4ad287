"""Give the cells that introduce a piece of the program an address, for the map to lead to."""

import course_folder  # noqa: F401  for the import of tools
from docutils import nodes

from tools.making.links import main_fragment, piece_fragment


def anchors(metadata, lesson):
    """The ids of a cell with this metadata: one for each piece, or one for a main cell."""
    ids = [piece_fragment(name) for name in metadata.get("piece", "").split()]
    return ids + [main_fragment(lesson)] * ("main" in metadata.get("tags", []))


def mark_cells(app, doctree):
    """Set the ids of a page's cells, each id on the first cell that it fits."""
    lesson = app.env.docname.rpartition("/")[2]
    taken = set()
    for cell in doctree.findall(nodes.container):
        if cell.get("nb_element") == "cell_code":
            new = [i for i in anchors(cell.get("cell_metadata", {}), lesson) if i not in taken]
            cell["ids"] += new
            taken.update(new)


def setup(app):
    app.connect("doctree-read", mark_cells)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

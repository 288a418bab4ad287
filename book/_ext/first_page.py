"""Put the first page at the site's own address, though its source lies in a folder.

Whatever asks the builder for an address, a link, a picture or the side bar, is told the one at the
root. At the address that goes with the source, and that old links have, a page leads there.
"""

import html
import posixpath
import re
from pathlib import Path

import course_folder  # noqa: F401  for the import of tools
from sphinx.builders.html import StandaloneHTMLBuilder

from tools.making import pages

AT_ROOT = "index"
DOCNAMES = re.compile(r'"docnames":\s*\[[^\]]*\]')
LEADING_ON = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="0; url={home}">
<meta name="robots" content="noindex">
<title>{title}</title>
</head>
<body>
<main>
<h1>{title}</h1>
<p><a href="{home}">To the first page of the course</a></p>
</main>
</body>
</html>
"""


def place(docname, root_doc):
    """The name that a page goes by in the site: its source's, unless it's the first one."""
    return AT_ROOT if docname == root_doc and docname.endswith(f"/{AT_ROOT}") else docname


def renamed(index, old, new):
    """The text of a search index in which a page goes by another name."""
    return DOCNAMES.sub(lambda names: names[0].replace(f'"{old}"', f'"{new}"'), index, count=1)


class Builder(StandaloneHTMLBuilder):
    """Sphinx's builder, whose first page lies at the root."""

    def get_target_uri(self, docname, typ=None):
        return super().get_target_uri(place(docname, self.config.root_doc), typ)

    def get_outfilename(self, pagename):
        return super().get_outfilename(place(pagename, self.config.root_doc))

    def load_indexer(self, docnames):
        root = self.config.root_doc
        self.rename_in_index(place(root, root), root)  # Sphinx would forget a page it doesn't know
        super().load_indexer(docnames)

    def dump_search_index(self):
        super().dump_search_index()
        root = self.config.root_doc
        self.rename_in_index(root, place(root, root))

    def rename_in_index(self, old, new):
        """Give a page another name in the search index, if there is one."""
        path = Path(self.outdir) / self.searchindex_filename
        if path.exists():
            text = path.read_text(encoding="utf-8")
            pages.write_if_changed(path, renamed(text, old, new))


def write_leading_on(app, exception):
    """Write the page at the first page's earlier address."""
    root = app.config.root_doc
    if exception or app.builder.name != "html" or place(root, root) == root:
        return
    home = posixpath.relpath(app.builder.get_target_uri(root), posixpath.dirname(root))
    text = LEADING_ON.format(home=home, title=html.escape(app.config.html_title))
    path = Path(app.outdir) / f"{root}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    pages.write_if_changed(path, text)


def setup(app):
    app.add_builder(Builder, override=True)
    app.connect("build-finished", write_leading_on)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

"""Link a term that stands in bold in a lesson to its entry in the glossary."""

from docutils import nodes


def find(terms, text):
    """The (page, anchor) of a term, of its singular, or of either in other letters; or None."""
    small = {name.lower(): place for name, place in terms.items()}
    for name in (text, text.removesuffix("s")):
        if name in terms or name.lower() in small:
            return terms.get(name) or small[name.lower()]
    return None


def link_terms(app, doctree, docname):
    """Put a link around each bold term of a lesson's page that the glossary has."""
    if not docname.startswith("notebooks/"):
        return
    objects = app.env.domains["std"].objects
    terms = {name: place for (kind, name), place in objects.items() if kind == "term"}
    for strong in list(doctree.findall(nodes.strong)):
        place = find(terms, " ".join(strong.astext().split()))
        if place and not isinstance(strong.parent, nodes.reference):
            uri = app.builder.get_relative_uri(docname, place[0]) + "#" + place[1]
            link = nodes.reference("", "", refuri=uri, internal=True)
            strong.parent.replace(strong, link)
            link += strong


def setup(app):
    app.connect("doctree-resolved", link_terms)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

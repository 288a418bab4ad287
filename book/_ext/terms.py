"""Link a term that stands in bold in a lesson to its entry in the glossary, and say what it says.

Who points at the link reads the entry there and then, without leaving the page.
"""

import re

from docutils import nodes

GLOSSARY = "book/glossary"
LESSON = re.compile(r"(?<=\.) \w+$")


def find(terms, text):
    """The (page, anchor) of a term, of its singular, or of either in other letters; or None."""
    small = {name.lower(): place for name, place in terms.items()}
    for name in (text, text.removesuffix("s")):
        if name in terms or name.lower() in small:
            return terms.get(name) or small[name.lower()]
    return None


def definitions(env):
    """{term: what the glossary says of it, less the lesson's name at its end}."""
    entries = [(title, LESSON.sub("", text)) for _, title, text, *_ in env.passages[GLOSSARY]]
    return {name: text for title, text in entries for name in title.split(", ")}


def link_terms(app, doctree, docname):
    """Put a link around each bold term of a lesson's page that the glossary has."""
    if not docname.startswith("notebooks/"):
        return
    objects = app.env.domains["std"].objects
    terms = {name: place for (kind, name), place in objects.items() if kind == "term"}
    told = definitions(app.env)
    for strong in list(doctree.findall(nodes.strong)):
        term = " ".join(strong.astext().split())
        place = find(terms, term)
        if place and not isinstance(strong.parent, nodes.reference):
            uri = app.builder.get_relative_uri(docname, place[0]) + "#" + place[1]
            link = nodes.reference("", "", refuri=uri, internal=True, reftitle=find(told, term))
            strong.parent.replace(strong, link)
            link += strong


def setup(app):
    app.connect("doctree-resolved", link_terms)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

"""What a page says of itself to those who look for it, or who are sent a link to it.

Each page has a description. If COURSE_SITE_URL names the address at which the site will stand, each
page also names its own there, and has a card with a picture for links to it; and the site has a map
of its pages for search engines, and a page for addresses that lead nowhere.
"""

import os
import re
import sys
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

import course_folder  # noqa: F401  for the import of tools
from docutils import nodes

import microgpt_ref
from tools.making import link_cards, pages

VARIABLE = "COURSE_SITE_URL"
EXAMPLE = "https://owner.github.io/course/"
COURSE = "Build a complete GPT in plain Python, in five lessons that you can run in your browser."
WORDS = {  # of pages that nobody writes
    "search": "Search the course: lessons, exercises, the program and the glossary.",
    "genindex": "All modules, classes and functions of the course's reference, by name.",
}
LEAST, MOST = 60, 200  # letters of a description
SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z“])")
NOT_FOUND = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>No such page: {course}</title>
<link rel="icon" href="{root}_static/icons/mark.svg" type="image/svg+xml">
<link rel="stylesheet" href="{root}_static/look/fonts.css">
<link rel="stylesheet" href="{root}_static/look/variables.css">
<script>
const dark = matchMedia("(prefers-color-scheme: dark)").matches;
document.documentElement.dataset.theme = dark ? "dark" : "light";
</script>
<style>
body {{ margin: 0; background: var(--paper); color: var(--ink); }}
body {{ font: 400 1.2rem/1.6 var(--serif); }}
main {{ max-width: 37rem; margin: 0 auto; padding: 14vh 1.25rem 3rem; }}
h1 {{ margin: 0 0 1.4rem; font-size: clamp(2.6rem, 1.4rem + 5vw, 4.4rem); line-height: 1.02; }}
a {{ color: inherit; text-underline-offset: 0.17em; }}
</style>
</head>
<body>
<main>
<h1>Nobody is called that.</h1>
<p>There's no page at this address. Perhaps it moved, or a letter went missing on the way, as it
does when a model makes up a name.</p>
<p><a href="{root}">The first page</a> leads to all the others, and
<a href="{root}search.html">the search</a> finds what they say.</p>
</main>
</body>
</html>
"""


class AddressError(ValueError):
    """An address at which no site can stand; the message names it."""


def checked(address):
    """An address, with a slash at its end; "" if there is none. Raises AddressError."""
    try:
        url = urlsplit(address)
        sound = url.scheme in ("http", "https") and bool(url.hostname)
    except ValueError:
        sound = False
    if address and (not sound or re.search(r"[\s?#\"<>]", address)):
        raise AddressError(
            f"{VARIABLE} is {address!r}: set the whole address of the site, such as {EXAMPLE}"
        )
    return address and address.rstrip("/") + "/"


def take_version(app, config):
    """Take the package's version as the site's, which each page states at its foot."""
    config.release = config.version = microgpt_ref.__version__


def take_address(app, config):
    """Take the site's address from the environment; end the build if it can't be one."""
    try:
        config.course_site_url = checked(os.environ.get(VARIABLE, ""))
    except AddressError as error:
        sys.exit(str(error))


# Descriptions


def opening(text):
    """The first sentences of a text: one, and those after it as long as that's too short."""
    said = ""
    for sentence in SENTENCE.split(" ".join(text.split())):
        if said and (len(said) >= LEAST or len(said) + len(sentence) >= MOST):
            break
        said = f"{said} {sentence}".strip()
    if len(said) <= MOST:
        return said
    return said[: said.rindex(" ", 0, MOST)].rstrip(",;:") + " …"


def is_prose(paragraph):
    """True for a paragraph of a page's own text: not in a table, a list or a figure."""
    return isinstance(paragraph.parent, nodes.section)


def description(pagename, doctree):
    """What a page is about, in one line."""
    band = getattr(doctree, "band", None)
    if band and "new here" in band.facts:
        return opening(f"{band.question} New here: {band.facts['new here'].astext()}.")
    prose = [p.astext() for p in doctree.findall(nodes.paragraph) if is_prose(p)] if doctree else []
    return opening(" ".join(prose[:2])) if prose else WORDS.get(pagename, COURSE)


# Pages


def tag(name, content, key="property"):
    """A meta element."""
    return f'<meta {key}="{name}" content="{escape(content)}">\n'


def link_card(site, address, title, about, name):
    """The elements from which others draw a card for a link to a page.

    site, address: of the site and of the page; name: of the card's picture
    """
    picture, told = f"{site}{link_cards.FOLDER}/{name}.png", link_cards.told(name)
    properties = {
        "og:type": "website", "og:site_name": link_cards.COURSE, "og:title": title,
        "og:description": about, "og:url": address, "og:image": picture,
        "og:image:width": str(link_cards.WIDTH), "og:image:height": str(link_cards.HEIGHT),
        "og:image:alt": told,
    }  # fmt: skip
    return tag("twitter:card", "summary_large_image", "name") + "".join(
        tag(name, content) for name, content in properties.items()
    )


def describe(app, pagename, templatename, context, doctree):
    """Add to a page's head its description, and its address and card if the site has one."""
    about, site = description(pagename, doctree), app.config.course_site_url
    added = tag("description", about, "name")
    if site and doctree is not None:
        uri = app.builder.get_target_uri(pagename)
        address = site + (uri if uri != "index.html" else "")
        title = re.sub(r"<[^>]*>", "", context.get("title", "")) or link_cards.COURSE
        context["pageurl"] = address
        name = pagename.rpartition("/")[2]
        name = name if name in link_cards.NAMES else link_cards.HOME
        added += link_card(site, address, title, about, name)
    context["metatags"] = context.get("metatags", "") + added


# The site


def site_map(site, uris):
    """The list of the site's pages for search engines."""
    rows = "".join(f"<url><loc>{escape(site + uri)}</loc></url>\n" for uri in uris)
    schema = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="{schema}">\n{rows}</urlset>\n'


def write_files(app, exception):
    """Write what stands beside the pages of a site that has an address."""
    site, folder = app.config.course_site_url, Path(app.outdir)
    if exception or app.builder.name != "html" or not site:
        return
    uris = {app.builder.get_target_uri(name) for name in app.env.found_docs}
    uris = sorted("" if uri == "index.html" else uri for uri in uris)
    root = urlsplit(site).path
    pages.write_if_changed(folder / "sitemap.xml", site_map(site, uris))
    if root == "/":  # below another path nobody looks for it
        robots = f"User-agent: *\nAllow: /\n\nSitemap: {site}sitemap.xml\n"
        pages.write_if_changed(folder / "robots.txt", robots)
    missing = NOT_FOUND.format(root=escape(root), course=escape(link_cards.COURSE))
    pages.write_if_changed(folder / "404.html", missing)
    link_cards.write(folder / link_cards.FOLDER)


def setup(app):
    app.add_config_value("course_site_url", "", "env", str)
    app.connect("config-inited", take_address)
    app.connect("config-inited", take_version)
    app.connect("html-page-context", describe)
    app.connect("build-finished", write_files)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

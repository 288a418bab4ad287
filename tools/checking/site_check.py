"""Check a built site with the network off: `python -m tools.checking.site_check [FOLDER]`.

Every local link and fragment leads somewhere, no page loads anything from elsewhere, nothing
depends on the site's own address, and every picture has an alternative text that tells something.
"""

import re
import sys
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup

SITE = Path("_build/html")
AT_ANY_DEPTH = "404.html"  # a host shows it at whatever address leads nowhere
LOADING_LINKS = {"stylesheet", "icon", "shortcut", "preload", "modulepreload", "manifest"}
FILE_NAME = re.compile(r"\S+\.(?:png|jpe?g|gif|svg|webp|html?)|\S*/\S*/\S*")
EMPTY_WORDS = re.compile(r"(?:figure|fig|image|img|picture|plot|chart|graph|of|the|an)")
EXTERNAL_CSS = re.compile(r"(?:url\(|@import)\s*[\"']?((?:https?:)?//[^\"')\s]+)")


@cache
def page(path):
    """The parsed page in the file `path`."""
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@cache
def anchors(path):
    """What a fragment can name on the page in the file `path`."""
    return {tag.get("id") or tag.get("name") for tag in page(path)(["a", True]) if tag.attrs}


def addresses(soup):
    """Pairs (tag, address) of everything that a page links to or loads."""
    for tag in soup(True):
        for name in ("href", "src", "poster", "data"):
            if tag.get(name) and tag.name != "base":
                yield tag, tag[name]


def is_loaded(tag):
    """True if a browser fetches what the tag names by itself, without a click."""
    if tag.name == "link":
        return bool(LOADING_LINKS & set(tag.get("rel", [])))
    return tag.name != "a"


def address_fault(path, tag, address):
    """What is wrong with an address on the page in the file `path`, or None."""
    url = urlsplit(address)
    if url.scheme == "data":
        return None
    if url.scheme or url.netloc:
        return f"loads from elsewhere: {address}" if is_loaded(tag) else None
    if url.path.startswith("/"):
        if path.name == AT_ANY_DEPTH:
            return None
        return f"address breaks where the site has a path of its own: {address}"
    target = (path.parent / unquote(url.path)).resolve() if url.path else path
    if not target.exists():
        return f"dead link: {address}"
    fragment = unquote(url.fragment)
    if fragment and target.suffix == ".html" and fragment not in anchors(target):
        return f"dead fragment: {address}"
    return None


def is_telling(text):
    """True if an alternative text has words of its own: two at least, besides a file's name."""
    words = re.findall(r"[^\W\d_]{2,}", FILE_NAME.sub("", text.lower()))
    return sum(not EMPTY_WORDS.fullmatch(word) for word in words) >= 2


def picture_fault(image):
    """What is wrong with the alternative text of a picture, or None."""
    named = [one.text for one in image(["title", "desc"], recursive=False)]
    text = image.get("alt") or image.get("aria-label") or " ".join(named)
    if not is_telling(text):
        name = image.get("src", image.name)
        return f"picture whose alternative text tells nothing: {name}, {text!r}"
    return None


def pictures(soup):
    """The pictures of a page: images, and SVG that stands in it as a picture."""
    return [*soup("img"), *soup("svg", role="img")]


def style_faults(text):
    """One fault for each thing that a style sheet loads from elsewhere."""
    return [f"loads from elsewhere: {address}" for address in EXTERNAL_CSS.findall(text)]


def page_faults(path):
    """All faults of the page in the file `path`."""
    soup = page(path)
    found = [address_fault(path, tag, address) for tag, address in addresses(soup)]
    found += [picture_fault(image) for image in pictures(soup)]
    for style in soup("style"):
        found += style_faults(style.get_text())
    return [fault for fault in found if fault]


def pages(site):
    """The files of all pages of the site in the folder `site`."""
    found = sorted(site.rglob("*.html"))
    return [path for path in found if "_static" not in path.relative_to(site).parts]


def site_faults(site):
    """All faults of the site in the folder `site`, each as "file: what is wrong"."""
    site = Path(site).resolve()
    faults = []
    for path in pages(site):
        faults += [f"{path.relative_to(site)}: {fault}" for fault in page_faults(path)]
    for path in sorted(site.rglob("*.css")):
        text = path.read_text(encoding="utf-8")
        faults += [f"{path.relative_to(site)}: {fault}" for fault in style_faults(text)]
    return faults


def main(site=SITE):
    """Print the site's faults; return the exit status, 1 if there are any or no page at all."""
    if not any(Path(site).rglob("*.html")):
        print(f"site check: no page in {site}: build it first", file=sys.stderr)
        return 1
    faults = site_faults(site)
    for fault in faults:
        print(f"site check: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

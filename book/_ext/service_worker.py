"""What lets the finished site be kept in a browser, and be installed on a phone.

Into the site's root come the service worker, a web manifest, and the list of the files to keep with
their hashes. Each page learns the name of the build and how much there is to fetch. Styles and
scripts get addresses that change with what is in them: what a browser or a cache kept of an
earlier build never meets a page of a later one.
"""

import gzip
import hashlib
import json
import re
import shutil
from pathlib import Path
from urllib.parse import unquote

import course_folder  # noqa: F401  for the import of tools

from tools.making import live

ADDRESS = re.compile(
    r'(?P<before>(?:src|href)="|url\(")(?P<path>[^"?#:]+\.(?:js|css))(?P<query>\?[^"#]*)?"'
)
PLACE = re.compile(r"(<div [^>]*data-offline)[^>]*?( hidden>)")
# Files that no page loads unless something is searched or chosen that few ever do.
NOT_KEPT = re.compile(
    r"_static/mathjax/(?:a11y|ui|sre)/|_static/locales/|_static/live/(?:sw\.js|NOTICE|\.made)"
    r"|_static/.*(?:\.map|\.ttf|\.md|LICENSE\.txt|webpack-macros\.html)$"
    r"|_static/cards/|downloads/|(?:404\.html|robots\.txt|sitemap\.xml)$"
    r"|_sources/(?!notebooks/[^/]+\.ipynb)|objects\.inv$|\.buildinfo|offline\.json$|sw\.js$"
)
COMPRESSED = {".png", ".woff", ".woff2", ".zip"}  # a host compresses the others on their way
ICONS = "_static/icons"
MANIFEST = {
    "name": "A complete GPT in plain Python",
    "short_name": "GPT",
    "description": "Build a complete GPT in plain Python, five notebooks long.",
    "lang": "en",
    "id": "./",
    "start_url": "./",
    "scope": "./",
    "display": "standalone",
    "display_override": ["minimal-ui", "standalone"],
    "background_color": "#fffdf9",
    "theme_color": "#fffdf9",
    "icons": [
        {"src": f"{ICONS}/mark.svg", "sizes": "any", "type": "image/svg+xml"},
        {"src": f"{ICONS}/icon-192.png", "sizes": "192x192", "type": "image/png"},
        {"src": f"{ICONS}/icon-512.png", "sizes": "512x512", "type": "image/png"},
        {
            "src": f"{ICONS}/maskable-512.png",
            "sizes": "512x512",
            "type": "image/png",
            "purpose": "maskable",
        },
    ],
}


def short_hash(data):
    """The first 16 digits of the SHA-256 of some bytes."""
    return hashlib.sha256(data).hexdigest()[:16]


def with_addresses(page, path):
    """A page's HTML whose addresses of scripts and styles carry hashes; the file is `path`."""

    def mend(match):
        file = path.parent / unquote(match["path"])
        if not file.is_file():
            return match[0]
        mark = short_hash(file.read_bytes())[:8]
        return f'{match["before"]}{match["path"]}?v={mark}"'

    return ADDRESS.sub(mend, page)


def addressed(page, path, site):
    """{file, relative to the site: its address} of the scripts and styles that a page names."""
    found = {}
    for match in ADDRESS.finditer(page):
        file = (path.parent / unquote(match["path"])).resolve()
        if match["query"] and file.is_relative_to(site):
            name = file.relative_to(site).as_posix()
            found[name] = f"{name}{match['query']}"
    return found


def with_build(page, build="", megabytes=""):
    """A page's HTML that names the build, and how much there is to fetch; or neither."""
    data = f' data-build="{build}" data-megabytes="{megabytes}"' if build else ""
    return PLACE.sub(rf"\g<1>{data}\g<2>", page)


def kept_files(site):
    """The files to keep, relative to the site, sorted."""
    names = [path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()]
    return sorted(name for name in names if not NOT_KEPT.match(name))


def weight(name, data):
    """How many bytes of a file go over the line, about."""
    return len(data) if Path(name).suffix in COMPRESSED else len(gzip.compress(data, 6))


def address_of(name, known, version):
    """The address under which a page asks for a file."""
    if name in known:
        return known[name]
    return f"{name}?v={version}" if re.fullmatch(r"_static/live/[^/]+", name) else name


def read_pages(site):
    """{path: HTML} of the site's pages, with mended addresses and without a build's name."""
    paths = [path for path in site.rglob("*.html") if not NOT_KEPT.match(str(path))]
    pages = {path: path.read_text(encoding="utf-8") for path in sorted(paths)}
    return {path: with_build(with_addresses(text, path)) for path, text in pages.items()}


def write_pages(pages):
    """Write the pages that differ from what is there."""
    for path, text in pages.items():
        data = text.encode("utf-8")
        if path.read_bytes() != data:
            path.write_bytes(data)


def finish(site, version):
    """Name the build in each page, and write the list of what is kept.

    version: of the live files, as their addresses have it
    """
    shutil.copy(site / "_static" / "live" / "sw.js", site / "sw.js")
    manifest = json.dumps(MANIFEST, indent=1) + "\n"
    (site / "manifest.webmanifest").write_text(manifest, encoding="utf-8")
    pages = read_pages(site)
    write_pages(pages)
    known = {}
    for path, text in pages.items():
        known |= addressed(text, path, site)
    names = kept_files(site)
    contents = {name: (site / name).read_bytes() for name in names}
    build = short_hash("".join(f"{n} {short_hash(d)}\n" for n, d in contents.items()).encode())
    megabytes = round(sum(weight(n, d) for n, d in contents.items()) / 1e6) or 1
    write_pages({path: with_build(text, build, megabytes) for path, text in pages.items()})
    files = {}
    for name in names:
        data = (site / name).read_bytes()
        files[address_of(name, known, version)] = [short_hash(data), len(data)]
    listed = json.dumps({"build": build, "files": files}, indent=0) + "\n"
    (site / "offline.json").write_text(listed, encoding="utf-8")


def write_site(app, exception):
    """Finish the site after all else that writes into it."""
    if not exception and app.builder.name == "html":
        site = Path(app.outdir).resolve()
        finish(site, (site / "_static" / "live" / live.STAMP).read_text())


def setup(app):
    app.add_js_file("live/offline.js", loading_method="defer")
    app.connect("build-finished", write_site, priority=950)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

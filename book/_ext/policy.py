"""Write a content security policy into each finished page: it loads and runs the site's own alone.

Scripts within a page are allowed by their hashes, so that nothing else runs, whatever a cell of the
page shows. A script that writes another into a window of its own, as slides do for the speaker,
names the hash of that one, data-writes: such a window lives under its page's policy. The theme's
one handler in an attribute becomes a mark, which course.js listens at: the search page reads other
pages, and there a handler would be another page's. WebAssembly is allowed for Python. Workers may
start from a blob, as such a worker inherits its page's policy: see book/live/python.mjs.
"""

import base64
import hashlib
import re
from pathlib import Path

SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<code>.*?)</script>", re.DOTALL)
HANDLER, MARK = 'onclick="window.print()"', "data-print"
WRITTEN = re.compile(r"<script[^>]* data-writes=\"(sha256-[\w+/=]+)\"")
TAG = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>\n?')
HEAD = re.compile(r"<head[^>]*>\n?")
RULES = {
    "default-src": "'self'",
    "script-src": "'self' 'wasm-unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",
    "font-src": "'self' data:",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
}


def source_hash(code):
    """How a policy names a script by its text."""
    digest = hashlib.sha256(code.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def inline_scripts(page):
    """The texts of a page's scripts that stand in the page itself and are run: data aren't."""
    found = [(m["attributes"], m["code"]) for m in SCRIPT.finditer(page)]
    apart = ("src=", 'type="application/json"')
    return [code for look, code in found if code.strip() and not any(a in look for a in apart)]


def policy(page):
    """The policy of a page, from its HTML."""
    rules = dict(RULES)
    hashes = {source_hash(code) for code in inline_scripts(page)}
    hashes |= {f"'{one}'" for one in WRITTEN.findall(page)}
    rules["script-src"] = " ".join([rules["script-src"], *sorted(hashes)])
    return "; ".join(f"{name} {sources}" for name, sources in rules.items())


def with_policy(page):
    """A page's HTML with its policy, first in its head, and without handlers in attributes."""
    page = TAG.sub("", page).replace(HANDLER, MARK)
    tag = f'<meta http-equiv="Content-Security-Policy" content="{policy(page)}">\n'
    head = HEAD.search(page)
    return page[: head.end()] + tag + page[head.end() :] if head else page


def write_policies(app, exception):
    """Give every page of the finished site its policy."""
    if exception or app.builder.name != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        new = with_policy(page)
        if new != page:
            path.write_text(new, encoding="utf-8")


def setup(app):
    app.connect("build-finished", write_policies, priority=900)  # after the last page is written
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

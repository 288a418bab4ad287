"""Put each line of code and output in an element of its own, so that a long one wraps well.

A line that is too long for its place goes on further in than it began: the style sheet needs to
know how far in that was.
"""

import re

from pygments.formatters import HtmlFormatter
from sphinx.highlighting import PygmentsBridge

TAG = re.compile(r"<[^>]*>")


def indent(html):
    """The number of blanks that a line of HTML begins with."""
    text = TAG.sub("", html)
    return len(text) - len(text.lstrip(" "))


def in_element(html):
    """A line of HTML, with its line end, as an element that says its indent; an empty one as is."""
    line = html.rstrip("\n")
    if not TAG.sub("", line).strip():
        return html
    n = indent(line)
    style = f' style="--indent:{n}"' if n else ""
    return f'<span class="line"{style}>{line}</span>' + html[len(line) :]


class LineFormatter(HtmlFormatter):
    """Pygments' formatter of HTML, with each line in an element of its own."""

    def wrap(self, source):
        lines = ((is_code, in_element(html) if is_code else html) for is_code, html in source)
        return super().wrap(lines)


def setup(app):
    PygmentsBridge.html_formatter = LineFormatter
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

"""Turn the package's docstrings, which are written to be read in the source, into page text.

There a name in code stands in single backquotes, an argument is a line `name: what it is` whose
continuation is indented, and a sentence may begin with "Raises" right below the arguments.
"""

import re

ARGUMENT = re.compile(r"^(\w+(?:, \w+)*): (.*)$")
CODE = re.compile(r"(?<!`)`([^`]+)`(?!`)")


def to_page(lines):
    """Lines of reStructuredText from the lines of a docstring."""
    page, in_argument = [], False
    for line in lines:
        text = CODE.sub(r"``\1``", line.replace("*", r"\*"))
        argument = ARGUMENT.match(text)
        if argument:
            text = f"- **{argument[1]}**: {argument[2]}"
            if not in_argument:
                page.append("")
        elif in_argument and text.startswith(" "):
            text = "  " + text.strip()
        elif in_argument and text:
            page.append("")
        in_argument = bool(argument) or (in_argument and text.startswith("  "))
        page.append(text)
    return page


def process(app, what, name, obj, options, lines):
    """Replace a docstring's lines, for autodoc; a module's own table of names is left as it is."""
    lines[:] = to_page(lines)


def setup(app):
    app.connect("autodoc-process-docstring", process)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

"""The colors of figures, by name: on a page its own, elsewhere those that are written here."""

from microgpt_ref.stages import ROWS

PALETTE = {  # on paper, in the dark; as in the site's variables.css
    "ink": ("#1c1b1a", "#e9e6e1"),
    "soft": ("#65615b", "#a8a39c"),
    "line": ("#e4dfd5", "#35343b"),
    "paper": ("#fffdf9", "#16161a"),
    "panel": ("#f6f2ea", "#1f1f25"),
}
PALETTE |= {row.name: (row.color, row.color_in_dark) for row in ROWS}


def on_paper(name):
    """A color as hexadecimal text, as it is on paper. Raises ValueError for an unknown name."""
    if name not in PALETTE:
        raise ValueError(f"no color {name!r}: use one of {', '.join(PALETTE)}")
    return PALETTE[name][0]


def css(name):
    """A color for a style sheet: the page's variable of this name, or else that on paper."""
    return f"var(--{name},{on_paper(name)})"


def dark_variables():
    """The variables of all colors in the dark, for a style sheet."""
    return "".join(f"--{name}:{dark};" for name, (_, dark) in PALETTE.items())

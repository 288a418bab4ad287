"""Still pictures of explorables: SVG that takes a page's colors, and its own where there is none.

Colors are variables of the page with a value to fall back on, so that the same picture is right on
the page, in light and in dark, and by itself, on a light ground.
"""

from html import escape

from microgpt_ref.lab.canvas.svg import element
from microgpt_ref.stages import STAGES

INK = "var(--ink, #1c1b1a)"
SOFT = "var(--soft, #65615b)"
LINE = "var(--line, #d8d2c6)"
PANEL = "var(--panel, #f6f2ea)"
PAPER = "var(--paper, #fffdf9)"
GROUND = "var(--explorable-ground, #f6f2ea)"  # none on the page, whose figures have a ground
SANS = "font-family: var(--sans, sans-serif)"
MONO = "font-family: var(--mono, monospace)"


def accent(stage):
    """A stage's color: the page's for it, or that on paper."""
    return f"var(--{stage}, {STAGES[stage].color})"


def accent_ink(stage):
    """A stage's color for text, which can be read on any of the grounds."""
    return f"color-mix(in srgb, {accent(stage)} 72%, {INK})"


def picture(width, height, description, content):
    """Text of an SVG image of this size, with a ground; the description tells what it shows."""
    ground = element("rect", width="100%", height="100%", rx=12, fill=GROUND)
    size = {"viewBox": f"0 0 {width} {height}", "width": width, "height": height}
    look = {"style": f"{SANS}; max-width: 100%; height: auto"}
    root = {"xmlns": "http://www.w3.org/2000/svg", **size, **look}
    return element("svg", ground + content, **root, role="img", aria_label=description)


def text(x, y, words, size=14, color=INK, anchor="middle", weight=None, mono=False):
    """A line of text whose baseline is at y."""
    look = {"font_size": size, "font_weight": weight, "fill": color, "text_anchor": anchor}
    look["style"] = MONO if mono else None
    return element("text", escape(str(words)), x=float(x), y=float(y), **look)

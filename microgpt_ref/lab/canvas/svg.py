"""Drawings as SVG text, for a page and for a notebook.

One picture holds two drawings, a wide one and a narrow one; the page's style sheet shows one of
them. Colors are the page's variables. In a notebook, where there are none, the picture stands on a
ground of its own, light or dark as the notebook is.
"""

from html import escape

from microgpt_ref.lab.canvas.colors import css, dark_variables
from microgpt_ref.lab.canvas.elements import element, number
from microgpt_ref.lab.canvas.shapes import Dots, Words

SANS = "var(--sans,'Source Sans 3','Segoe UI','Helvetica Neue',Arial,sans-serif)"
MONO = "var(--mono,'JetBrains Mono',ui-monospace,Menlo,Consolas,monospace)"
DARK = f"<style>@media (prefers-color-scheme:dark){{svg:root{{{dark_variables()}}}}}</style>"


def steps(path):
    """The steps of a path as SVG has them; those of a rectangle are short."""
    kinds = "".join(kind for kind, *_ in path.steps)
    if kinds == "MLLLZ":
        (left, top), (right, other), (_, bottom) = (step[1:] for step in path.steps[:3])
        if top == other and path.steps[3][1:] == (left, bottom):
            width, height = number(right - left), number(bottom - top)
            return f"M{number(left)} {number(top)}h{width}v{height}h-{width}z"
    return "".join(kind + " ".join(number(x) for x in places) for kind, *places in path.steps)


def paint(shape):
    """How a shape is painted: its attributes."""
    if isinstance(shape, Dots):
        look = {"fill": "none", "stroke": css(shape.color), "stroke_linecap": "round"}
        look |= {"stroke_width": float(2 * shape.radius)}
        return look | {"stroke_opacity": opacity(shape)}
    look = {"fill": css(shape.fill) if shape.fill else "none"}
    if shape.fill:
        look["fill_opacity"] = opacity(shape)
    if shape.stroke:
        look |= {"stroke": css(shape.stroke), "stroke_width": float(shape.width)}
        look |= {"stroke_linejoin": "round", "stroke_linecap": "round"}
        look["stroke_dasharray"] = " ".join(number(n) for n in shape.dashes) or None
        if not shape.fill:
            look["stroke_opacity"] = opacity(shape)
    return look


def opacity(shape):
    """An opacity as an attribute, or None where it is 1."""
    return f"{shape.opacity:.2g}" if shape.opacity < 1 else None


def data(shape):
    """The path data of a Path or of Dots."""
    if isinstance(shape, Dots):
        return "".join(f"M{number(x)} {number(y)}h0" for x, y in shape.points)
    return steps(shape)


def words(shape):
    """Text as an element."""
    y = shape.y + 0.35 * shape.size
    look = {"x": float(shape.x), "y": float(y), "fill": css(shape.color)}
    look["font_size"] = number(shape.size)
    look["text_anchor"] = None if shape.anchor == "start" else shape.anchor
    look["font_weight"] = 600 if shape.bold else None
    look["font_style"] = "italic" if shape.italic else None
    look["font_family"] = MONO if shape.mono else None
    if shape.halo:
        look |= {"stroke": css("paper"), "stroke_width": 4, "paint_order": "stroke"}
        look["stroke_linejoin"] = "round"
    if shape.turned:
        x, y = number(shape.x), number(shape.y)
        look |= {"x": float(shape.x), "transform": f"rotate(-90 {x} {y})"}
    return element("text", escape(shape.text), **look)


def drawn(shapes):
    """All shapes as elements; neighbors that are painted alike become one."""
    parts, last = [], None
    for shape in shapes:
        if isinstance(shape, Words):
            parts.append(words(shape))
            last = None
            continue
        look = paint(shape)
        if look == last:
            parts[-1][0] += data(shape)
        else:
            parts.append([data(shape), look])
        last = look
    return "".join(p if isinstance(p, str) else element("path", d=p[0], **p[1]) for p in parts)


def layout(drawing, name, **more):
    """A drawing as an inner picture."""
    width, height = number(drawing.width), number(drawing.height)
    size = {"width": "100%", "height": "100%", "viewBox": f"0 0 {width} {height}"}
    return element("svg", drawn(drawing.shapes), **{"class": name}, **size, **more)


def picture(wide, narrow, description):
    """SVG text of a wide drawing and a narrow one, with what they show in words."""
    width, height = number(wide.width), number(wide.height)
    shapes = f"--wide:{width}/{height};--narrow:{number(narrow.width)}/{number(narrow.height)}"
    ground = element("rect", **{"class": "ground"}, width="100%", height="100%", fill=css("paper"))
    inside = DARK + ground + layout(wide, "wide") + layout(narrow, "narrow", display="none")
    look = {"width": width, "height": height, "style": shapes, "font_family": SANS}
    role = {"role": "img", "aria_label": description}
    namespace = {"xmlns": "http://www.w3.org/2000/svg", "class": "course-figure"}
    return element("svg", inside, **namespace, **role, **look)

"""Attention in three steps, with a query to drag: scores, shares, and values mixed."""

from microgpt_ref.lab.canvas.svg import element
from microgpt_ref.lab.explorables import Explorable, still
from microgpt_ref.layers import dot, softmax

STAGE = "train3"
HEIGHTS = (440, 1060)
REACH = 3.0  # of the plane of queries and keys, on either side of 0
WIDTH, HEIGHT = 700, 330
PLANE, UNIT = (150, 170), 44.0  # the middle of the left plane, and the pixels of 1
MIX, MIX_UNIT = (566, 150), 100.0  # where the values begin, and the pixels of 1


def attention_steps(letters, query, keys, values):
    """The explorable of one query (2,), and of a key (2,) and a value (2,) for each letter.

    NB: scores aren't divided by a root here; the lesson comes to that afterwards.
    """
    if not len(letters) == len(keys) == len(values):
        raise ValueError(
            f"{len(letters)} letters, {len(keys)} keys, {len(values)} values: no match"
        )
    scores = [dot(query, key) for key in keys]
    shares = softmax(scores)
    output = [dot(shares, column) for column in zip(*values)]
    data = {
        "letters": list(letters), "query": query, "keys": keys, "values": values, "reach": REACH,
        "scores": scores, "shares": shares, "output": output,
    }  # fmt: skip
    caption = "A key that points along the query gets a large share, and its value fills the mix."
    rows = "; ".join(
        f"{letter}: score {score:.2f}, share {share:.4f}"
        for letter, score, share in zip(letters, scores, shares)
    )
    description = (
        f"Two planes with arrows. In the first, the query {pair(query)} and the keys of "
        f"{', '.join(letters)}. {rows}. In the second, each letter's value, made as long as its "
        f"share, one after the other: they lead to the output {pair(output)}."
    )
    picture = draw(data, description)
    return Explorable("attention_steps", STAGE, data, caption, description, picture, HEIGHTS)


def example():
    """As train3 shows it: the y of amy asks for vowels."""
    keys = [[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]]
    values = [[1.0, 0.0], [0.0, -1.0], [0.5, -0.5]]
    return attention_steps("amy", [2.0, 0.0], keys, values)


def pair(vector):
    """A vector of two numbers in words."""
    return f"[{vector[0] + 0.0:.2f}, {vector[1] + 0.0:.2f}]".replace("-0.00", "0.00")


def draw(data, description):
    """The still picture: the two planes, and the shares between them."""
    accent, ink = still.accent(STAGE), still.INK
    parts = [axes(PLANE, UNIT, REACH), axes(MIX, MIX_UNIT, 1.2)]
    for letter, key in zip(data["letters"], data["keys"]):
        parts.append(arrow(PLANE, UNIT, [0, 0], key, accent, 2.5))
        x, y = place(PLANE, UNIT, key)
        parts.append(still.text(x + 8, y - 6, letter, 18, accent, "start", 700, mono=True))
    parts.append(arrow(PLANE, UNIT, [0, 0], data["query"], ink, 3.5))
    x, y = place(PLANE, UNIT, data["query"])
    parts.append(still.text(x, y + 22, "query", 14, weight=700))
    for i, (letter, share) in enumerate(zip(data["letters"], data["shares"])):
        y = 110 + 50 * i
        parts.append(still.text(322, y + 6, letter, 20, mono=True, weight=700))
        parts.append(
            element("rect", x=342, y=y - 12, width=float(90 * share), height=24, rx=4, fill=accent)
        )
        parts.append(still.text(348 + 90 * share, y + 6, f"{share:.2f}", 14, anchor="start"))
    tail = [0.0, 0.0]
    for share, value in zip(data["shares"], data["values"]):
        tip = [t + share * v for t, v in zip(tail, value)]
        parts.append(arrow(MIX, MIX_UNIT, tail, tip, accent, 2.5))
        tail = tip
    parts.append(arrow(MIX, MIX_UNIT, [0, 0], data["output"], ink, 3.5))
    heads = [("1. scores: query · key", PLANE[0]), ("2. shares", 376), ("3. values, mixed", MIX[0])]
    parts += [still.text(x, 22, words, 15, weight=700) for words, x in heads]
    return still.picture(WIDTH, HEIGHT, description, "".join(parts))


def place(origin, unit, point):
    """Where a point of a plane lies in the picture."""
    return origin[0] + unit * point[0], origin[1] - unit * point[1]


def axes(origin, unit, reach):
    """The axes of a plane."""
    (x, y), length = origin, unit * reach
    path = f"M{x - length:g},{y}h{2 * length:g}M{x},{y - length:g}v{2 * length:g}"
    return element("path", d=path, stroke=still.LINE, stroke_width=1.5)


def arrow(origin, unit, start, end, color, width):
    """An arrow from one point of a plane to another."""
    (x, y), (x2, y2) = place(origin, unit, start), place(origin, unit, end)
    length = ((x2 - x) ** 2 + (y2 - y) ** 2) ** 0.5
    if length < 1:
        return ""
    ux, uy = (x2 - x) / length, (y2 - y) / length
    size = min(10.0, length)
    bx, by = x2 - size * ux, y2 - size * uy
    sides = [(bx + turn * 5 * uy, by - turn * 5 * ux) for turn in (-1, 1)]
    head = f"M{x2:.1f},{y2:.1f}L" + " ".join(f"{hx:.1f},{hy:.1f}" for hx, hy in sides) + "z"
    line = element(
        "path", d=f"M{x:.1f},{y:.1f}L{bx:.1f},{by:.1f}", stroke=color, stroke_width=width
    )
    return line + element("path", d=head, fill=color)

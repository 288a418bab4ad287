"""The graph of `step_backward`: where it is drawn, and its still picture."""

from microgpt_ref.lab.canvas.svg import element
from microgpt_ref.lab.explorables import still
from microgpt_ref.lab.explorables.backward_words import heading
from microgpt_ref.lab.train2 import formula, number, places

STAGE = "train2"
ACCENT, ACCENT_INK = still.accent(STAGE), still.accent_ink(STAGE)
COLUMN, ROW = 180, 126  # pixels from one node's middle to the next
WIDTH, HEIGHT = 148, 68  # of a node
MARGIN = 14
LEAVING, ARRIVING = 36, 60  # pixels from one arrow to the next, below a node and above it
SO_FAR, COMPLETE, HANDS_ON = "so far", "gradient", "hands on"  # what stands beside a gradient


def drawing(nodes, labels):
    """Where nodes and edges are drawn, and what is written on them."""
    rows, found = places(nodes)
    names = {node: name for name, node in labels.items()}
    columns = sorted({x for place in found.values() for x in place.values()})
    left = columns[0] * COLUMN - WIDTH / 2 - MARGIN

    def point(node, row):
        return [found[node][row] * COLUMN - left, row * ROW + HEIGHT / 2 + MARGIN]

    boxes = []
    for node in nodes:
        made = formula(node, labels).partition(" = ")[2]
        x, y = point(node, rows[node])
        box = {"name": names[node], "made": made, "value": node.data, "x": x, "y": y}
        boxes.append({**box, "leaf": not node.inputs})
    width = (columns[-1] - columns[0]) * COLUMN + WIDTH + 2 * MARGIN
    height = max(rows.values()) * ROW + HEIGHT + 2 * MARGIN
    edges = [edge(nodes, arrow, point, rows) for arrow in all_arrows(nodes)]
    spread(edges)
    sizes = {"width": width, "height": height, "box": [WIDTH, HEIGHT]}
    return {**sizes, "nodes": boxes, "edges": edges}


def all_arrows(nodes):
    """(node, which of its inputs) for every arrow, in the order of the drawing's edges."""
    return [(node, i) for node in nodes for i in range(len(node.inputs))]


def edge(nodes, arrow, point, rows):
    """An arrow: from which input to which node, through which points, its local derivative."""
    node, i = arrow
    child, local = node.inputs[i], node.local_derivatives[i]
    points = [point(child, row) for row in range(rows[child], rows[node])]
    points.append(point(node, rows[node]))
    points[0][1] += HEIGHT / 2
    points[-1][1] -= HEIGHT / 2
    return {"from": nodes.index(child), "to": nodes.index(node), "points": points, "local": local}


def spread(edges):
    """Move edges apart where several leave a node, or arrive at one."""
    for i in {one["from"] for one in edges}:
        leaving = [one for one in edges if one["from"] == i]
        leaving.sort(key=lambda one: one["points"][1][0])
        for k, one in enumerate(leaving):
            for place in one["points"][:-1]:
                place[0] += LEAVING * (k - (len(leaving) - 1) / 2)
    for i in {one["to"] for one in edges}:
        arriving = [one for one in edges if one["to"] == i]
        arriving.sort(key=lambda one: one["points"][-2][0])
        for k, one in enumerate(arriving):
            one["points"][-1][0] += ARRIVING * (k - (len(arriving) - 1) / 2)


# The still picture


def draw(data, description):
    """The still picture: the graph as the explorable opens."""
    step = data["walks"][data["order"]][data["step"]]
    parts = [draw_edge(e, k == step["edge"]) for k, e in enumerate(data["edges"])]
    for box, grad, state in zip(data["nodes"], step["grads"], step["states"]):
        parts.append(draw_node(box, grad, state))
    for k, one in enumerate(data["edges"]):
        parts.append(draw_local(one, k == step["edge"]))
    return still.picture(data["width"], data["height"], description, "".join(parts))


def curve(points):
    """The path through an edge's points, upright in each of them."""
    path = "M{:g},{:g}".format(*points[0])
    for (x, y), (x2, y2) in zip(points, points[1:]):
        middle = (y + y2) / 2
        path += f"C{x:g},{middle:g} {x2:g},{middle:g} {x2:g},{y2:g}"
    return path


def draw_edge(one, active):
    """An arrow: down to the node that was made, or, where a gradient is handed on, back up."""
    (x, y), up = (one["points"][0], 1) if active else (one["points"][-1], -1)
    head = f"M{x:g},{y:g}l-5,{9 * up}h10z"
    color, width = (ACCENT, 3) if active else (still.SOFT, 1.5)
    line = element("path", d=curve(one["points"]), fill="none", stroke=color, stroke_width=width)
    return line + element("path", d=head, fill=color)


def draw_local(one, active):
    """The local derivative, on the last part of its arrow."""
    (x, y), (x2, y2) = one["points"][-2:]
    text = f"× {number(one['local'])}"
    color = ACCENT_INK if active else still.SOFT
    half = 4.6 * len(text) + 5
    behind = element(
        "rect", x=(x + x2) / 2 - half, y=(y + y2) / 2 - 11, width=2 * half, height=22, rx=11,
        fill=still.PANEL,
    )  # fmt: skip
    weight = 700 if active else None
    return behind + still.text((x + x2) / 2, (y + y2) / 2 + 5, text, 15, color, weight=weight)


LOOKS = {
    SO_FAR: {"stroke_width": 1.5, "stroke_dasharray": "6 4", "fill": still.PAPER},
    COMPLETE: {"stroke_width": 1.5, "fill": f"color-mix(in srgb, {ACCENT} 12%, {still.PANEL})"},
    HANDS_ON: {"stroke_width": 4, "fill": still.PAPER},
}


def draw_node(box, grad, state):
    """A box with a node's formula and value, and its gradient below."""
    x, y = box["x"] - WIDTH / 2, box["y"] - HEIGHT / 2
    corners = 4 if box["leaf"] else 16
    frame = element(
        "rect", x=x, y=y, width=WIDTH, height=HEIGHT, rx=corners, stroke=ACCENT, **LOOKS[state]
    )
    left, right = x + 14, x + WIDTH - 14
    return frame + "".join(
        [
            still.text(left, y + 27, heading(box), 16, anchor="start", mono=True),
            still.text(right, y + 27, number(box["value"]), 16, anchor="end", mono=True),
            still.text(left, y + 54, state, 14, still.SOFT, anchor="start"),
            still.text(right, y + 54, number(grad), 18, ACCENT_INK, "end", 700, mono=True),
        ]
    )

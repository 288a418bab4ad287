"""Figures of train2: a computation as a graph, and the backward pass through it, step by step.

All take a result: a number with `data`, `grad`, `inputs` and `local_derivatives`, as a Value has
them. `labels` is a dictionary of names and nodes; a node without a name shows its operation.
"""

import math

from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from microgpt_ref.lab.figures import STAGE_COLOURS, Picture

COLOUR = STAGE_COLOURS["train2"]
ORDERS = ("topological", "straight back")
MOST_NODES = 40  # that can be drawn
MOST_STEPS = 1000  # of a walk straight back, which takes every way through the graph
BOX_WIDTH, BOX_HEIGHT = 1.7, 0.9  # of a node, in the units of the drawing
COLUMN, ROW = 2.1, 1.6  # from one node's middle to the next
INCHES = 0.82  # to a unit
CENTRED = {"ha": "center", "va": "center"}


def inputs_first(result):
    """All nodes that a result was made from, and last itself, inputs first.

    Raises ValueError for a graph of more than MOST_NODES nodes.
    """
    found, todo = {result}, [result]
    while todo:
        new = set(todo.pop().inputs) - found
        found |= new
        todo += new
        if len(found) > MOST_NODES:
            raise ValueError(f"more than {MOST_NODES} nodes: too many to draw; try a smaller graph")
    order = []

    def visit(node):
        if node not in order:
            for child in node.inputs:
                visit(child)
            order.append(node)

    visit(result)
    return order


def operation(node):
    """The sign of the operation that made a node, told from its numbers; empty if none did.

    Two operations with the same result and local derivatives can't be told apart: then it is the
    first that fits. So x / 5 shows as ×, by 0.2.
    """
    numbers, slopes = [child.data for child in node.inputs], tuple(node.local_derivatives)
    if len(numbers) == 2:
        a, b = numbers
        if slopes == (1, 1) and node.data == a + b:
            return "+"
        if slopes == (1, -1) and node.data == a - b:
            return "−"
        return "×" if slopes == (b, a) and node.data == a * b else "÷"
    if len(numbers) > 2:
        return "+" if set(slopes) == {1} else ""
    if len(numbers) == 1:
        return operation_on_one(node.data, numbers[0], slopes[0])
    return ""


def operation_on_one(result, a, slope):
    """The sign of an operation on a alone, or on a and a constant."""
    if result == slope and a < 709 and result == math.exp(a):
        return "exp"
    if (result, slope) == (a, 1) or (a <= 0 and (result, slope) == (0, 0)):
        return "relu"
    if a > 0 and (result, slope) == (math.log(a), 1 / a):
        return "log"
    if abs(slope) == 1:
        return "+" if slope == 1 else "−"
    return "×" if math.isclose(result, a * slope) else "power"


def number(x):
    """A number as the figures write it."""
    return f"{x:.4g}".replace("-", "−")


def formula(node, labels):
    """What a node is called and how it was made: "c = a × b", or the operation alone."""
    names = {child: name for name, child in labels.items()}
    sign, children = operation(node), [names.get(child) for child in node.inputs]
    made = sign
    if all(children):
        if len(children) > 1 and sign:
            made = f" {sign} ".join(children)
        elif sign in ("relu", "exp", "log"):
            made = f"{sign}({children[0]})"
    return " = ".join(filter(None, [names.get(node), made]))


def row_of_each(order):
    """The row of each node: below its inputs; a number put in stands right above its first use."""
    rows = {}
    for node in order:
        rows[node] = 1 + max([rows[child] for child in node.inputs], default=-1)
    for node in order:
        if not node.inputs:
            uses = [rows[user] for user in order if node in user.inputs]
            rows[node] = min(uses, default=1) - 1
    return rows


def places(order):
    """Where a graph is drawn: {node: {row: x}}, for its own row and the rows that it passes.

    A node that is used further down keeps a column free for its line in every row between.
    """
    rows = row_of_each(order)
    last = {node: max([rows[u] for u in order if node in u.inputs], default=0) for node in order}
    found = {node: {} for node in order}
    for row in range(max(rows.values()) + 1):
        here = []
        for node in order:
            if rows[node] == row:
                above = [found[child].get(row - 1, 0.0) for child in node.inputs]
                here.append((sum(above) / len(above) if above else 0.0, node))
            elif rows[node] < row < last[node]:
                here.append((found[node][row - 1], node))
        here.sort(key=lambda place: place[0])
        for i, (_, node) in enumerate(here):
            found[node][row] = (i - (len(here) - 1) / 2) * COLUMN
    return rows, found


def draw(result, grads, labels, notes, current=None):
    """The figure of a graph: inputs at the top, the result at the bottom.

    grads: {node: gradient}; notes: {node: a word below it}, or empty
    current: the arrow (node, which of its inputs) along which a gradient is handed on, if any
    """
    order = inputs_first(result)
    rows, found = places(order)
    xs = [x for place in found.values() for x in place.values()]
    left, right = min(xs) - BOX_WIDTH * 0.62, max(xs) + BOX_WIDTH * 0.62
    left, right = min(left, -2.1), max(right, 2.1)
    bottom = -ROW * max(rows.values()) - BOX_HEIGHT * 0.75
    figure = Figure(figsize=((right - left) * INCHES, (BOX_HEIGHT * 0.75 - bottom) * INCHES + 0.3))
    axes = figure.add_axes((0, 0, 1, 1 - 0.3 / figure.get_figheight()))
    axes.set(xlim=(left, right), ylim=(bottom, BOX_HEIGHT * 0.75))
    axes.axis("off")
    title = "computed downwards, gradients go upwards"
    axes.text((left + right) / 2, BOX_HEIGHT * 0.9, title, fontsize=9, style="italic", **CENTRED)
    for node in order:
        for i, child in enumerate(node.inputs):
            draw_edge(axes, node, i, child, rows, found, grads, (node, i) == current)
    for node in order:
        draw_node(axes, node, (found[node][rows[node]], -ROW * rows[node]), grads, labels, notes)
    return figure


def draw_edge(axes, node, i, child, rows, found, grads, active):
    """Nothing; draws the line between a child and the node, with its local derivative.

    Its arrow points to the node; if it is active, to the child, with what is handed on.
    """
    apart = 0.0
    if len(set(node.inputs)) < len(node.inputs):  # one number, used twice
        apart = 0.45 if i else -0.45
    points = [(found[child][row] + apart, -ROW * row) for row in range(rows[child], rows[node])]
    x, y = found[node][rows[node]], -ROW * rows[node]
    points.append((x + apart + (points[-1][0] - apart - x) * 0.2, y + BOX_HEIGHT / 2))
    points[0] = (points[0][0], points[0][1] - BOX_HEIGHT / 2)
    width = 2.4 if active else 1.0
    axes.plot(*zip(*points), color="black", lw=width, zorder=1)
    start, end = points[1::-1] if active else points[-2:]
    style = {"arrowstyle": "-|>", "mutation_scale": 14, "shrinkA": 0, "shrinkB": 1}
    axes.add_patch(FancyArrowPatch(start, end, color="black", lw=width, zorder=1, **style))
    slope = node.local_derivatives[i]
    text = "+ " + number(slope * grads[node]) if active else number(slope)
    (x1, y1), (x2, y2) = points[-2:]
    axes.text(
        (x1 + x2) / 2,
        (y1 + y2) / 2,
        text,
        fontsize=10,
        weight="bold" if active else "normal",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
        **CENTRED,
    )


OUTLINES = {
    "": {"linestyle": "-", "linewidth": 1.4, "facecolor": "white"},
    "done": {"linestyle": "-", "linewidth": 1.4, "facecolor": "#e4e4e4"},
    "waiting": {"linestyle": (0, (4, 3)), "linewidth": 1.4, "facecolor": "white"},
    "hands on": {"linestyle": "-", "linewidth": 4.0, "facecolor": "white"},
}


def draw_node(axes, node, centre, grads, labels, notes):
    """Nothing; draws a box with a node's formula, data, gradient and note; round if computed."""
    x, y = centre
    note = notes.get(node, "")
    rounding = 0.18 if node.inputs else 0.001
    box = FancyBboxPatch(
        (x - BOX_WIDTH / 2, y - BOX_HEIGHT / 2),
        BOX_WIDTH,
        BOX_HEIGHT,
        edgecolor=COLOUR,
        zorder=3,
        boxstyle=f"round,pad=0,rounding_size={rounding}",
        **OUTLINES[note],
    )
    axes.add_patch(box)
    head = formula(node, labels)
    size = min(11, 160 / len(head)) if head else 11  # so that it fits into the box
    axes.text(x, y + 0.28, head, fontsize=size, weight="bold", zorder=4, **CENTRED)
    lines = [f"data {number(node.data)}", f"grad {number(grads[node])}", note]
    text = "\n".join(filter(None, lines))
    axes.text(x, y - 0.14, text, fontsize=10, linespacing=1.0, zorder=4, **CENTRED)


def described(order, grads, labels, notes):
    """The nodes in words, inputs first."""
    return "; ".join(
        f"{formula(node, labels)}: data {number(node.data)}, grad {number(grads[node])}"
        + (f", {notes[node]}" if node in notes else "")
        for node in order
    )


def draw_graph(result, labels):
    """A graph as it stands: numbers put in at the top, the result at the bottom."""
    order = inputs_first(result)
    grads = {node: node.grad for node in order}
    caption = f"graph of {len(order)} nodes, local derivatives on its arrows; "
    caption += described(order, grads, labels, {})
    return Picture(draw(result, grads, labels, {}), caption)


def handings(result, order):
    """The arrows (node, which of its inputs) in the order in which gradients are handed on.

    "topological": each once, a node's after those of all nodes that use it; "straight back": as
    a walk takes them that goes on from an input as soon as it has handed something to it. Raises
    ValueError for another order, a graph too large to draw, and a walk of too many steps.
    """
    if order not in ORDERS:
        raise ValueError(f"unknown order {order!r}: use {' or '.join(ORDERS)}")
    nodes = inputs_first(result)
    if order == "topological":
        return [(node, i) for node in reversed(nodes) for i in range(len(node.inputs))]
    found = []

    def walk(node):
        for i, child in enumerate(node.inputs):
            found.append((node, i))
            if len(found) > MOST_STEPS:
                raise ValueError(f"more than {MOST_STEPS} steps straight back; try a smaller graph")
            walk(child)

    walk(result)
    return found


def after(result, arrows):
    """{node: gradient} once gradients have been handed on along these arrows, one by one."""
    grads = dict.fromkeys(inputs_first(result), 0.0)
    grads[result] = 1.0
    for node, i in arrows:
        grads[node.inputs[i]] += node.local_derivatives[i] * grads[node]
    return grads


def show_backward(step, order, result, labels):
    """A graph after so many steps of the backward pass; the nodes' own `grad` stays untouched.

    step: from 0, when only the result has its gradient, 1; a step past the last shows the end
    order: "topological" or "straight back"
    """
    arrows = handings(result, order)
    step = max(0, min(step, len(arrows) + 1))
    done, coming = arrows[:step], arrows[step:]
    current = done[-1] if done and step <= len(arrows) else None
    busy = {node for node, _ in coming} | {node.inputs[i] for node, i in coming}
    nodes = inputs_first(result)
    notes = {node: "waiting" if node in busy else "done" for node in nodes}
    grads = after(result, done)
    say = "the result starts with 1" if step == 0 else "all gradients are handed on"
    if current is not None:
        notes[current[0]] = "hands on"
        say = "{0} hands {2} on to {1}".format(*handing(current, grads, labels))
    caption = f"backward pass, {order}, step {step}: {say}; "
    caption += described(nodes, grads, labels, notes)
    return Picture(draw(result, grads, labels, notes, current), caption)


def handing(arrow, grads, labels):
    """Who hands on, to whom and how much, in words; a node without a name is its operation."""
    node, i = arrow
    names = {node: name for name, node in labels.items()}
    who, whom = [names.get(n, operation(n) or "?") for n in (node, node.inputs[i])]
    return who, whom, number(node.local_derivatives[i] * grads[node])


def backward_table(result, labels, order):
    """The gradients after each step of the backward pass, a line a step."""
    arrows = handings(result, order)
    names = {node: name for name, node in labels.items()}
    nodes = [node for node in reversed(inputs_first(result)) if node in names]
    lines = ["step  arrow   hands on " + "".join(f"{names[node]:>5}" for node in nodes)]
    for step in range(len(arrows) + 1):
        grads = after(result, arrows[:step])
        arrow, amount = "-", ""
        if step:
            who, whom, amount = handing(arrows[step - 1], grads, labels)
            arrow = f"{who} → {whom}"
        cells = "".join(f"{number(grads[node]):>5}" for node in nodes)
        lines.append(f"{step:4d}  {arrow:8}{amount:>8} {cells}")
    return "\n".join(lines)


def stack_table(result, labels):
    """How Value.topological_order goes through its stack, a line for each node that it takes.

    A node that was put back with its mark, True, is written with a star.
    """
    names = {node: name for name, node in labels.items()}

    def written(entry):
        return names.get(entry[0], "?") + ("*" if entry[1] else "")

    lines = [f"taken  {'then':34}the stack after it"]
    order, seen, stack = [], set(), [(result, False)]
    while stack:
        taken = stack.pop()
        node, inputs_done = taken
        if inputs_done:
            order.append(node)
            then = f"gets place {len(order)} in the row"
        elif node in seen:
            then = "seen: skipped"
        else:
            seen.add(node)
            stack += [(node, True)] + [(child, False) for child in node.inputs]
            then = "put back, marked" + (", then its inputs" if node.inputs else "")
        line = f"{written(taken):6} {then:34}" + " ".join(map(written, stack))
        lines.append(line.rstrip())
    return "\n".join(lines)

"""Figures of train2: a computation as a graph, and the ways back through it.

Most take a result: a number with `data`, `grad`, `inputs`, `local_derivatives` and `op`, as a
Value has them. `labels` is a dictionary of names and nodes; a node without a name shows its
operation.
"""

from microgpt_ref.lab.figures import Picture
from microgpt_ref.value import Value

STAGE = "train2"
HEIGHT, ROW = 70, 126  # of a node, and from one row to the next
ORDERS = ("topological", "straight back")
MOST_NODES = 40  # that can be drawn
MOST_STEPS = 1000  # of a walk straight back, which takes every way through the graph


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


def number(x):
    """A number as the figures write it."""
    return f"{x:.4g}".replace("-", "−")


def formula(node, labels):
    """What a node is called and how it was made: "c = a × b", or the operation alone."""
    names = {child: name for name, child in labels.items()}
    sign, children = node.op, [names.get(child) for child in node.inputs]
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
    """Where a graph is drawn: {node: {row: x}}, in columns, for its own row and those it passes.

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
            found[node][row] = i - (len(here) - 1) / 2
    return rows, found


class Graph:
    """A graph that is being drawn: inputs at the top, the result at the bottom.

    written: a function that gives the two lines below a node's name
    """

    def __init__(self, result, labels, written):
        self.order = inputs_first(result)
        self.rows, self.found = places(self.order)
        self.labels, self.written = labels, written

    def draw(self, drawing):
        """Draw it, as large as the drawing is wide."""
        self.drawing = drawing
        xs = [x for place in self.found.values() for x in place.values()]
        columns = max(xs) - min(xs) + 1
        self.column = min(drawing.by_width(170, 150), drawing.width / columns)
        self.width = min(drawing.by_width(136, 108), self.column - 10)
        self.left = drawing.width / 2 - self.column * (max(xs) + min(xs)) / 2
        self.top = 34 + HEIGHT / 2
        drawing.text(drawing.width / 2, 10, "values ↓    gradients ↑", 13, "soft", "middle")
        for node in self.order:
            for i, child in enumerate(node.inputs):
                self.draw_edge(node, i, child)
        for node in self.order:
            self.draw_node(node)
        drawing.height = self.top + ROW * max(self.rows.values()) + HEIGHT / 2 + 6

    def at(self, node, row):
        """Where a node lies in a row, or its line that passes there."""
        return self.left + self.column * self.found[node][row], self.top + ROW * row

    def draw_edge(self, node, i, child):
        """Draw the arrow from an input to the node that was made from it, with its slope."""
        apart = 0.0
        if len(set(node.inputs)) < len(node.inputs):  # one number, used twice
            apart = (0.26 if i else -0.26) * self.width
        rows = range(self.rows[child], self.rows[node])
        points = [(x + apart, y) for x, y in (self.at(child, row) for row in rows)]
        x, y = self.at(node, self.rows[node])
        x += apart + (points[-1][0] - apart - x) * 0.2
        points.append((x, y - HEIGHT / 2))
        points[0] = (points[0][0], points[0][1] + HEIGHT / 2)
        self.drawing.elbow(points, "soft", 1.5, head=8)
        (x1, y1), (x2, y2) = points[-2:]
        slope = number(node.local_derivatives[i])
        self.drawing.text((x1 + x2) / 2, (y1 + y2) / 2, slope, 14, "ink", "middle", halo=True)

    def draw_node(self, node):
        """Draw a box with a node's formula and what is written below; round if computed."""
        x, y = self.at(node, self.rows[node])
        rounding = 12 if node.inputs else 0
        self.drawing.box(x, y, "", self.width, HEIGHT, STAGE, rounding=rounding)
        head = formula(node, self.labels)
        lines = [head] * bool(head) + self.written(node)
        for i, line in enumerate(lines):
            bold = i == 0 and bool(head)
            size = min(14, 1.75 * self.width / len(line)) if bold else 13
            at = y + 18 * (i - (len(lines) - 1) / 2)
            self.drawing.text(x, at, line, size, "ink", "middle", bold=bold)


def draw_graph(result, labels):
    """A graph as it stands: numbers put in at the top, the result at the bottom."""

    def written(node):
        return [f"data {number(node.data)}", f"grad {number(node.grad)}"]

    order = inputs_first(result)
    said = [f"{formula(node, labels)}: {', '.join(written(node))}" for node in order]
    description = f"Graph of {len(order)} nodes, with local derivatives on its arrows. "
    description += "; ".join(said) + "."
    caption = "Each box holds a number and its gradient; the arrows carry the local derivatives."
    if not any(node.grad for node in order):
        caption = (
            "Each box holds a number; the arrows carry the local derivatives. No gradients yet."
        )
    return Picture(Graph(result, labels, written).draw, caption, description)


def graph_to_fill_in(a, b):
    """The graph of c = a × b, d = c + a and e = c × d for two numbers; its gradients are blank."""
    a, b = Value(a), Value(b)
    c = a * b
    d = c + a
    e = c * d
    labels = {"a": a, "b": b, "c": c, "d": d, "e": e}

    def written(node):
        return [f"value {number(node.data)}", "gradient ?"]

    names = {node: name for name, node in labels.items()}
    slopes = [
        f"{names[child]} to {names[node]} {number(slope)}"
        for node in (e, d, c)
        for child, slope in zip(node.inputs, node.local_derivatives)
    ]
    boxes = [f"{formula(node, labels)}, value {number(node.data)}" for node in labels.values()]
    description = f"Graph of 5 nodes, their gradients still blank. {'; '.join(boxes)}. "
    description += f"Local derivatives: {', '.join(slopes)}."
    caption = "Five blanks to fill in, from the bottom up. Each arrow carries its local derivative."
    return Picture(Graph(e, labels, written).draw, caption, description)


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


def double_count(build):
    """The walk straight back through a small graph in four frames, up to what it counts twice.

    build: a function that returns two nodes and a result: a, b = a + a and c = b + b
    """
    a, b, c = build()
    labels = {"a": a, "b": b, "c": c}
    arrows = handings(c, "straight back")
    stops = [1, 3, 4, 6]  # handed to b, handed on to a twice; once more, and twice more
    titles = ["1. c hands 1 to b", "2. b hands its 1 on, twice", "3. c hands 1 more to b"]
    titles += ["4. b hands on all of its 2, twice"]
    begins = [0, *stops[:-1]]
    frames = [(after(c, arrows[:stop]), arrows[k:stop]) for k, stop in zip(begins, stops)]
    right = after(c, handings(c, "topological"))[a]

    def draw(drawing):
        draw_frames(drawing, labels, frames, titles)

    ends = f"a ends at {number(frames[-1][0][a])}, and {number(right)} would be right"
    caption = f"b didn’t wait: its first 1 travels twice, so {ends}."
    said = ". ".join(
        f"{title}: a has {number(grads[a])}, b {number(grads[b])}, c {number(grads[c])}"
        for title, (grads, _) in zip(titles, frames)
    )
    return Picture(draw, caption, f"Four frames of a walk straight back. {said}. So {ends}.")


def draw_frames(drawing, labels, frames, titles):
    """Draw a chain of nodes once for each frame, beside or below one another."""
    across = drawing.by_width(4, 2)
    each, high = drawing.width / across, 292
    for k, ((grads, active), title) in enumerate(zip(frames, titles)):
        left, top = each * (k % across), high * (k // across)
        drawing.wrapped(left + 8, top + 12, title, each - 20, 13, bold=True)
        draw_chain(drawing, labels, grads, active, left + each / 2, top + 68)
    drawing.height = high * (len(frames) // across)


def draw_chain(drawing, labels, grads, active, x, top):
    """Draw nodes above one another, with two arrows between neighbors; active: those in use."""
    wide, tall, pitch = 112, 44, 82
    nodes = list(labels.items())
    for row, (name, node) in enumerate(nodes):
        y = top + pitch * row
        hands = any(user is node for user, _ in active)
        line = {"line_width": 3.5 if hands else 1.5}
        drawing.box(x, y, "", wide, tall, STAGE, rounding=12 if node.inputs else 0, **line)
        drawing.text(x - wide / 2 + 12, y, name, 16, "ink", bold=True, mono=True)
        drawing.text(x + wide / 2 - 12, y, f"grad {number(grads[node])}", 14, "ink", "end")
        if row:
            for i, apart in enumerate((-22, 22)):
                start, end = (x + apart, y - tall / 2), (x + apart, y - pitch + tall / 2)
                used = (node, i) in active
                color = STAGE if used else "soft"
                drawing.arrow(start, end, color, 3 if used else 1.4, head=9 if used else 7)

"""Step backward through a graph: each step hands a gradient on along one arrow.

Two ways back can be compared: in topological order, where a node waits until all that use it have
handed on, and straight back, where it doesn't, and what is used twice gets too much.
"""

from microgpt_ref.lab.explorables import Explorable
from microgpt_ref.lab.explorables import backward_picture as picture
from microgpt_ref.lab.explorables import backward_words as words
from microgpt_ref.lab.train2 import ORDERS, after, handings, inputs_first
from microgpt_ref.value import Value

HEIGHTS = (600, 1080)


def step_backward(result, labels, order="topological", step=3):
    """The explorable of a result's graph, which opens after so many steps in one of the orders.

    labels: {name: node}, for every node of the graph
    """
    nodes = inputs_first(result)
    unnamed = [node for node in nodes if node not in labels.values()]
    if unnamed:
        raise ValueError(f"{unnamed[0]!r} has no name: give one to each of the {len(nodes)} nodes")
    data = {
        **picture.drawing(nodes, labels),
        "orders": list(ORDERS),
        "walks": {name: walk(result, labels, name) for name in ORDERS},
        "order": order,
        "step": max(0, min(step, len(handings(result, order)) + 1)),
    }
    caption, description = words.caption_of(data), words.description_of(data)
    still = picture.draw(data, description)
    return Explorable("step_backward", picture.STAGE, data, caption, description, still, HEIGHTS)


def example():
    """The lesson's graph: a and c are used twice."""
    a, b = Value(2.0), Value(3.0)
    c = a * b
    d = c + a
    e = c * d
    return step_backward(e, {"a": a, "b": b, "c": c, "d": d, "e": e})


def walk(result, labels, order):
    """The steps of a way back; step 0 comes before the first arrow, the last one after them all.

    Each has the gradients (nodes,) after it and a line; those between also have what `handing_on`
    says.
    """
    nodes, arrows = inputs_first(result), handings(result, order)
    names = {node: name for name, node in labels.items()}
    states = [after(result, arrows[:k]) for k in range(len(arrows) + 1)]
    found = [{"line": words.first_line(names[result])}]
    for k in range(len(arrows)):
        step = handing_on(arrows, k, states, names)
        step["line"] = words.line(arrows[k], states[k], step, names, order == "topological")
        found.append(step)
    right = after(result, handings(result, "topological"))
    found.append({"line": words.last_line(nodes, names, states[-1], right)})
    edges = picture.all_arrows(nodes)
    for k, (step, grads) in enumerate(zip(found, [*states, states[-1]])):
        step["grads"] = [grads[node] for node in nodes]
        now = arrows[k - 1] if 0 < k <= len(arrows) else None
        step["states"] = [state(node, now, arrows[k:]) for node in nodes]
        step["edge"] = edges.index(now) if now else None
    return found


def state(node, now, coming):
    """What a node does while an arrow hands on, and others are still coming."""
    if now and now[0] is node:
        return picture.HANDS_ON
    return picture.SO_FAR if any(user.inputs[i] is node for user, i in coming) else picture.COMPLETE


def handing_on(arrows, k, states, names):
    """What the k-th arrow hands on.

    amount: how much; handed: the gradient that the node had when it last went along this arrow, or
    0; early, waits: the names of nodes that still have a share for the one that hands on, and for
    the one that is handed to
    """
    node, i = arrows[k]
    earlier = [states[j][node] for j in range(k) if arrows[j] == arrows[k]]
    return {
        "amount": node.local_derivatives[i] * states[k][node],
        "handed": earlier[-1] if earlier else 0.0,
        "early": users(arrows[k:], node, names),
        "waits": users(arrows[k + 1 :], node.inputs[i], names),
    }


def users(arrows, node, names):
    """The names of the nodes from which some of these arrows lead to a node."""
    return sorted({names[user] for user, i in arrows if user.inputs[i] is node})

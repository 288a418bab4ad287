"""What `step_backward` says: a line for each step, the caption and the description."""

from microgpt_ref.lab.train2 import number


def first_line(name):
    """What happens before the first step."""
    return f"{name} starts with 1, because it grows exactly as fast as itself. All others have 0."


def line(arrow, before, step, names, patient):
    """What a step does, in numbers. patient: a node waits until it has all of its gradient."""
    node, i = arrow
    child, grad, had = node.inputs[i], before[node], before[node.inputs[i]]
    who, whom, local = names[node], names[child], node.local_derivatives[i]
    said = f"{who} hands {number(grad)} × {number(local)} = {number(step['amount'])} back to {whom}"
    if had:
        said += f", which had {number(had)} and now has {number(had + step['amount'])}"
    if step["handed"]:
        twice = number(step["handed"] * local)
        said += f". But {who} has handed on {number(step['handed'])} of its {number(grad)} before:"
        return f"{said} {twice} counts twice."
    if step["early"]:
        have = "have" if len(step["early"]) > 1 else "has"
        return f"{said}. Too early! {and_list(step['early'])} still {have} a share for {who}."
    if patient and child.inputs and step["waits"]:
        return f"{said}. {whom} waits for {and_list(step['waits'])}."
    if patient and child.inputs:
        return f"{said}. Now {whom} has all of its gradient and may hand it on."
    return f"{said}."


def and_list(words):
    """Words as a sentence lists them."""
    return " and ".join(words)


def last_line(nodes, names, end, right):
    """How a way back ends: with the right gradients, or with which wrong ones."""
    wrong = [node for node in nodes if abs(end[node] - right[node]) > 1e-9]
    if not wrong:
        return "Done: every gradient is right, after one visit to each node."
    found = and_list(
        f"{names[node]} has {number(end[node])} instead of {number(right[node])}" for node in wrong
    )
    return f"Done, and wrong: {found}."


def caption_of(data):
    """The point of the figure: what is used twice has to wait."""
    uses = [[e["to"] for e in data["edges"]].count(i) for i in range(len(data["nodes"]))]
    said = "Each step hands a gradient back along one arrow"
    for i, box in enumerate(data["nodes"]):
        shares = [step for step in data["walks"]["topological"] if goes_to(step, data, i)]
        if uses[i] and len(shares) > 1:
            times = "twice" if len(shares) == 2 else f"{len(shares)} times"
            first, last = [number(step["grads"][i]) for step in (shares[0], shares[-1])]
            waits = (
                f"is used {times}, so it waits until its gradient has gone from {first} to {last}"
            )
            return f"{said}. {box['name']} {waits}."
    return f"{said}, times the local derivative that is written on it."


def goes_to(step, data, i):
    """True if a step hands something to the i-th node."""
    return step["edge"] is not None and data["edges"][step["edge"]]["from"] == i


def description_of(data):
    """What the still picture shows, and where both ways back end."""
    steps, k = data["walks"][data["order"]], data["step"]
    boxes = "; ".join(
        f"{heading(box)}, value {number(box['value'])}, gradient {number(grad)}"
        for box, grad in zip(data["nodes"], steps[k]["grads"])
    )
    ends = ". ".join(
        f"{order.capitalize()}, the gradients end at "
        + ", ".join(f"{b['name']} {number(g)}" for b, g in zip(data["nodes"], walk[-1]["grads"]))
        for order, walk in ((order, data["walks"][order]) for order in data["orders"])
    )
    return f"Step {k}, {data['order']}: {steps[k]['line']} Nodes: {boxes}. {ends}."


def heading(box):
    """What is written at the top of a node: its name, and how it was made."""
    return " = ".join(filter(None, [box["name"], box["made"]]))

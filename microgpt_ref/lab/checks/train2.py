"""Checks of train2's exercises."""

import math

from microgpt_ref.lab.checks.comparing import (
    KEEPS,
    Wrong,
    brief,
    call,
    collect,
    described,
    equal,
    is_value,
    lesson_class,
    plain,
)
from microgpt_ref.value import Value

CHECKS = {}
exercise = collect(CHECKS)
SEVERAL = (
    "Make one node, Value(data, inputs, local_derivatives), and compute all three from plain "
    "numbers, such as x.data."
)
NEEDS_DATA = {
    TypeError: "Take the plain number of a Value, such as x.data, wherever a plain one is needed.",
    AttributeError: "A Value has data, grad, inputs and local_derivatives; a plain number has not.",
}


def random_number(rng):
    """A number with two decimals, not 0, of either sign."""
    return rng.choice([-1, 1]) * rng.randrange(20, 300) / 100


def among(node, nodes):
    """Whether a node is one of these, and not only equal to one."""
    return any(node is other for other in nodes)


def small_graph(cls, rng, n_leaves, n_operations):
    """A row of nodes, each after its inputs, all of which the last was made from.

    Inputs of one node are two different ones.
    """
    row = [cls(random_number(rng)) for _ in range(n_leaves)]
    unused = list(row)
    while n_operations > 0 or len(unused) > 1:
        n_operations -= 1
        pair = rng.sample(unused if n_operations < len(unused) - 1 else row, 2)
        if n_operations == 0 and len(unused) == 1 and unused[0] not in pair:
            pair[0] = unused[0]
        unused = [one for one in unused if one not in pair]
        row.append(cls(random_number(rng), tuple(pair), (random_number(rng), random_number(rng))))
        unused.append(row[-1])
    return row


def slope_along_paths(result, node):
    """The slope of a result along a node: the products along all paths, added up."""
    if result is node:
        return 1.0
    arrows = zip(result.inputs, result.local_derivatives)
    return sum(slope * slope_along_paths(child, node) for child, slope in arrows)


def nudged(f, numbers, i, nudge=1e-5):
    """The slope of f(numbers) along one of them, from a nudge up and one down."""
    up, down = ([*numbers[:i], numbers[i] + d, *numbers[i + 1 :]] for d in (nudge, -nudge))
    return (f(up) - f(down)) / (2 * nudge)


def one_node(got, given, what):
    """Raise Wrong unless the result is one new node, made from some of what was given."""
    if not is_value(got):
        cause = "The result is a node too: Value(data, inputs, local_derivatives)."
        if got is None:
            cause = "Does the function reach a return, on every way through it?"
        raise Wrong(f"{what} is {described(got)}; it should be a Value.", cause)
    if among(got, given):
        raise Wrong(
            f"{what} is one of the Values that were given, not a new one.",
            "Make a new node: Value(data, inputs, local_derivatives).",
        )
    if type(got.inputs) not in (list, tuple) or type(got.local_derivatives) not in (list, tuple):
        raise Wrong(
            f"{what} has inputs that are {described(got.inputs)}, and local_derivatives that are "
            f"{described(got.local_derivatives)}.",
            "Both are tuples. One thing in brackets needs a comma: (x,).",
        )
    for child in got.inputs:
        if not is_value(child):
            raise Wrong(
                f"{what} has an input that is {described(child)}.",
                "Only Values stand among the inputs: put the nodes there, no plain numbers.",
            )
        if not among(child, given):
            kind = "was computed on the way" if child.inputs else "is a new leaf"
            raise Wrong(f"{what} has an input, {brief(child)}, that {kind}.", SEVERAL)
    if len(got.inputs) != len(got.local_derivatives):
        raise Wrong(
            f"{what} has {len(got.inputs)} inputs and {len(got.local_derivatives)} local "
            "derivatives.",
            "Each input needs one local derivative, in the same order.",
        )
    if not got.inputs:
        raise Wrong(
            f"{what} has no inputs.", "Note what it was made from, or nothing is handed back."
        )
    for number in (got.data, *got.local_derivatives):
        if is_value(number):
            raise Wrong(
                f"{what} holds a Value where a plain number belongs.",
                "data and local derivatives are plain numbers: take .data of a Value.",
            )


def slopes_noted(got, leaves):
    """What a single node hands to each of these when its own gradient is 1."""
    arrows = list(zip(got.inputs, got.local_derivatives))
    found = []
    for leaf in leaves:
        mine = [plain(slope, "A local derivative") for child, slope in arrows if child is leaf]
        if not all(isinstance(slope, int | float) for slope in mine):
            raise Wrong("A local derivative is no plain number.")
        found.append(sum(mine) if mine else 0.0)
    return found


@exercise("train2.multiply", ours=("value.Value.__mul__",))
def multiply(answer, rng):
    """A product, and how fast it grows with either factor."""
    pairs = [(random_number(rng), random_number(rng)) for _ in range(3)]
    for a, b in [(3.0, 5.0), *pairs, (0.0, 4.0), (7.0, 0.0), (2, -3)]:
        division = {ZeroDivisionError: "A factor may be 0, and no slope needs a division."}
        got = plain(call(answer, a, b, errors=division), "The result")
        if not isinstance(got, list) or len(got) != 2 or not isinstance(got[1], list):
            cause = "Return the product, and in brackets its two slopes: product, (…, …)."
            raise Wrong(f"For {a:g} and {b:g} it gives {got!r}.", cause)
        product, slopes = got
        equal(
            product,
            a * b,
            f"For {a:g} and {b:g} the product",
            {
                "That is the sum: here the two are multiplied.": a + b,
                "That is the quotient.": lambda: a / b,
            },
        )
        equal(
            slopes,
            [nudged(math.prod, [a, b], i, nudge=0.5) for i in (0, 1)],
            f"For {a:g} and {b:g}, slopes",
            {
                "Each notes itself: the two have changed places. If a grows by 1, the product "
                "grows by one more b.": [a, b],
                "Those are the local derivatives of a sum.": [1.0, 1.0],
                "That is the product itself: by how much does it grow if a grows by 1?": lambda: [
                    a * b,
                    a * b,
                ],
                "That is how far the product is from one factor; let the factor grow by 1, and see "
                "what is added.": lambda: [a * b - a, a * b - b],
                "Those are the slopes of a quotient.": lambda: [1 / b, -a / b**2],
                "That is the new product: take the old one away from it.": lambda: [
                    (a + 1) * b,
                    a * (b + 1),
                ],
                "Both grow here: for each slope let one factor stay as it is.": lambda: [
                    a + b + 1,
                    a + b + 1,
                ],
            },
        )


def order_fault(got, row):
    """(message, cause) of what is wrong with a topological order; None if nothing is.

    row: all nodes in some right order
    """
    if type(got) not in (list, tuple):
        cause = "Does the function reach a return, on every way through it?" if got is None else ""
        return f"It gives {described(got)}; it should be a list of nodes.", cause
    for i, entry in enumerate(got):
        if not among(entry, row):
            cause = "Put the nodes themselves in the row, without their data, marks or brackets."
            return f"Entry {i} of the row is {described(entry)}, and no node of the graph.", cause
    places = {}
    for i, node in enumerate(got):
        if id(node) in places:
            return (
                f"The node with data {node.data:g} stands in the row twice, at {places[id(node)]} "
                f"and {i}.",
                "What is used twice is met twice: keep a set of nodes that are done.",
            )
        places[id(node)] = i
    missing = [node for node in row if id(node) not in places]
    if missing:
        return missing_nodes(missing, row)
    for node in got:
        late = [child for child in node.inputs if places[id(child)] > places[id(node)]]
        if late:
            return late_input(node, late[0], got)
    return None


def missing_nodes(missing, row):
    """(message, cause) for nodes that are not in a row."""
    message = f"The node with data {missing[0].data:g} is missing in the row"
    leaves = [node for node in row if not node.inputs]
    others = [node for node in row if among(node, missing) and node is not row[-1]]
    cause = "Follow all inputs of a node, and the inputs of these."
    if len(missing) == 1 and missing[0] is row[-1]:
        cause = "The result belongs to the row too: it stands last."
    elif others and len(missing) == len(leaves) and all(among(leaf, missing) for leaf in leaves):
        cause = "Leaves belong to the row too, though they have no inputs."
    elif any(
        node.data == one.data and node is not one and not among(one, missing)
        for node in missing
        for one in row
    ):
        cause = "Two nodes with equal numbers are two: tell the nodes themselves apart, not data."
    elif not any(among(node, chain_of(row[-1], -1)) for node in missing) or not any(
        among(node, chain_of(row[-1], 0)) for node in missing
    ):
        cause = "Follow all inputs of a node, not one of them alone."
    return f"{message} ({len(missing)} of {len(row)} are).", cause


def chain_of(node, which):
    """The nodes that one finds by going from each to its first input, or to its last."""
    found = [node]
    while found[-1].inputs:
        found.append(found[-1].inputs[which])
    return found


def late_input(node, child, got):
    """(message, cause) for a node that stands before one of its inputs."""
    places = {id(one): i for i, one in enumerate(got)}
    turned = all(places[id(below)] > places[id(one)] for one in got for below in one.inputs)
    cause = "A node gets its place when all of its inputs have theirs, not when it is met."
    if turned:
        cause = "This is the way back: turn the row round, so that inputs come first."
    return f"Data {node.data:g} stands before its own input, data {child.data:g}.", cause


DEEP = {
    RecursionError: "A function that calls itself goes too deep here: keep a list of what is still "
    "to be done."
}


@exercise("train2.topological_order", ours=("value.Value.topological_order",), seconds=20)
def topological_order(answer, rng):
    """All nodes of a graph in a row, each once and after its inputs."""
    cls = lesson_class(answer, Value)

    def try_row(row, what):
        before = [(node.inputs, node.local_derivatives) for node in row]
        for turn in ("first", "second"):  # both may be right, and different
            got = call(answer, row[-1], errors=DEEP, again=False, grads=True)  # as a mark, say
            if before != [(node.inputs, node.local_derivatives) for node in row]:
                raise Wrong(
                    f"{what}: it changes inputs or local derivatives of nodes.",
                    "They are needed later.",
                )
            fault = order_fault(got, row)
            if fault and turn == "second":
                fault = f"Called a second time, it gives another result. {fault[0]}", KEEPS
            if fault:
                raise Wrong(f"{what}: {fault[0]}", fault[1])

    for shape in SHAPES:
        try_row(named_graph(cls, shape), f"In a small graph ({shape})")
    equals = [cls(1.0), cls(1.0)]
    equals.append(cls(2.0, tuple(equals), (1.0, 1.0)))
    try_row(equals, "In a graph of 1.0 + 1.0, two nodes with equal numbers")
    for n in (3, 5, 6, 8):
        row = small_graph(cls, rng, n - 1, n)
        for i, node in enumerate(row):
            node.data = float(i)
        try_row(row, f"In a graph of {len(row)} nodes")
    try_row([cls(4.0)], "For a leaf alone")
    row = [cls(0.0)]
    for i in range(3500):
        row.append(cls(i + 1.0, (row[-1],), (1.0,)))
    got = call(answer, row[-1], errors=DEEP, again=False, grads=True)
    if type(got) not in (list, tuple) or [id(node) for node in got] != [id(node) for node in row]:
        raise Wrong("The order of a chain of 3,500 additions is wrong.", "")
    row = impatient_row(cls, 60, 1000)
    got = call(answer, row[-1], errors=DEEP, again=False, grads=True)
    fault = order_fault(got, row)
    if fault:
        raise Wrong(f"In a graph of 60 doublings: {fault[0]}", fault[1])


def impatient_row(cls, n, most):
    """The nodes of n doublings, which raise Wrong when asked for inputs too often.

    most: how often, for each node
    """
    left = [n * most]

    class Impatient(cls):
        @property
        def inputs(self):
            left[0] -= 1
            if left[0] < 0:
                raise Wrong(
                    f"In a graph of {n} doublings, it asks nodes for their inputs more than "
                    f"{n * most:,} times.",
                    "It takes every path, and there are very many: enter each node only once.",
                )
            return self.own_inputs

        @inputs.setter
        def inputs(self, inputs):
            self.own_inputs = inputs

    Impatient.__name__ = cls.__name__
    row = [Impatient(0.0)]
    for i in range(n):
        row.append(Impatient(i + 1.0, (row[-1], row[-1]), (1.0, 1.0)))
    left[0] = n * most
    return row


SHAPES = {  # for each node the numbers of its inputs, counted from 1
    "all used once": [(), (), (1, 2), (), (3, 4)],
    "one used twice": [(), (1, 1), (2, 2)],
    "used twice, further down": [(), (), (1, 2), (3, 1), (3, 4)],
    "used directly and through another": [(), (), (1, 2), (3, 1), (4, 3)],
    "used directly and through two others": [(), (1,), (2,), (3, 1), (2, 4)],
    "used directly and through two others, turned round": [(), (1,), (2,), (1, 3), (4, 2)],
    "leaf used late": [(), (), (1, 2), (), (3, 4), (5, 4), (5, 6)],
    "three inputs": [(), (), (), (1, 2, 3)],
    "four inputs, one of them made from another": [(), (), (1, 2), (3,), (1, 3, 2, 4)],
}


def named_graph(cls, shape):
    """One of the small graphs, as a row in right order; data are numbers from 1 on."""
    row = []
    for i, numbers in enumerate(SHAPES[shape]):
        inputs = tuple(row[number - 1] for number in numbers)
        row.append(cls(i + 1.0, inputs, (1.0,) * len(inputs)))
    return row


def walked(row, rule, start=1.0, back=True, arrows=None):
    """Gradients along a row by another rule: rule(old, node's gradient, slope, node, child).

    arrows: of a node's (child, slope) pairs, those that are taken
    """
    grads = {id(node): 0.0 for node in row}
    grads[id(row[-1])] = start
    for node in reversed(row) if back else row:
        pairs = list(zip(node.inputs, node.local_derivatives))
        for child, slope in arrows(pairs) if arrows else pairs:
            grads[id(child)] = rule(grads[id(child)], grads[id(node)], slope, node, child)
    return [grads[id(node)] for node in row]


def properly(old, grad, slope, node, child):
    """The chain rule, for `walked`."""
    return old + slope * grad


def straight_back(row):
    """Gradients if each node hands on what it has as soon as something comes."""
    grads = {id(node): 0.0 for node in row}
    grads[id(row[-1])] = 1.0

    def walk(node):
        for child, slope in zip(node.inputs, node.local_derivatives):
            grads[id(child)] += slope * grads[id(node)]
            walk(child)

    walk(row[-1])
    return [grads[id(node)] for node in row]


def backward_cases(cls, rng):
    """Rows of nodes, each after its inputs, with random local derivatives."""
    for n in (2, 3, 4, 4):
        yield small_graph(cls, rng, n, n)
    row = [cls(1.5)]
    for _ in range(3):  # each node used twice by the next
        slopes = (random_number(rng), random_number(rng))
        row.append(cls(random_number(rng), (row[-1], row[-1]), slopes))
    yield row
    leaves = [cls(random_number(rng)) for _ in range(4)]  # nodes of one input, of three and of four
    row = [*leaves, cls(random_number(rng), (leaves[1],), (random_number(rng),))]
    for inputs in ((*leaves[:2], row[4]), leaves[:0:-1]):
        row.append(
            cls(random_number(rng), tuple(inputs), tuple(random_number(rng) for _ in inputs))
        )
    row.append(cls(random_number(rng), tuple(row[-3:]), (0.5, -1.5, 2.0)))
    yield row
    yield [cls(4.0)]


@exercise("train2.backward", ours=("value.Value.backward",))
def backward(answer, rng):
    """Sets the gradient of each node of a row."""
    for row in backward_cases(lesson_class(answer, Value), rng):
        wanted = [slope_along_paths(row[-1], node) for node in row]
        before = [(node.inputs, node.local_derivatives) for node in row]
        call(answer, row, again=False, grads=True)
        if before != [(node.inputs, node.local_derivatives) for node in row]:
            raise Wrong(
                "It changes inputs or local derivatives of nodes.", "They are needed later."
            )
        equal(
            [node.grad for node in row],
            wanted,
            f"In a row of {len(row)} nodes, grads",
            backward_mistakes(row, wanted),
        )


def backward_mistakes(row, wanted):
    """{what went wrong: the gradients that this gives}, for a row of nodes."""

    def by(rule, **settings):
        return lambda: walked(row, rule, **settings)

    return {
        "`index` finds the first of two equal inputs, and so its local derivative twice: go "
        "through both tuples together, with zip.": by(
            properly,
            arrows=lambda pairs: [
                (child, next(slope for other, slope in pairs if other is child))
                for child, _ in pairs
            ],
        ),
        "Only the first two inputs of a node get anything: it may have more.": by(
            properly, arrows=lambda pairs: pairs[:2]
        ),
        "An input that a node has twice gets something once only: take both arrows.": by(
            properly, arrows=lambda pairs: list(dict(pairs).items())
        ),
        "What comes by a second arrow replaces what came by the first: add it, +=.": by(
            lambda old, grad, slope, node, child: slope * grad
        ),
        "All is 0: the result's own gradient is 1, before anything is handed on.": [0.0] * len(row),
        "The row is taken from its beginning, where nothing has come yet: begin at its end.": by(
            properly, back=False
        ),
        "The local derivative is handed on as it is: multiply it by the gradient of the node.": by(
            lambda old, grad, slope, node, child: old + slope
        ),
        "The node's gradient is handed on as it is: multiply it by the local derivative.": by(
            lambda old, grad, slope, node, child: old + grad
        ),
        "This hands on data times the local derivative: it is the node's gradient that is handed "
        "on.": by(lambda old, grad, slope, node, child: old + slope * node.data),
        "This multiplies by the input's data: the local derivative is noted already.": by(
            lambda old, grad, slope, node, child: old + child.data * grad
        ),
        "Gradient and local derivative are multiplied, not added up.": by(
            lambda old, grad, slope, node, child: old + grad + slope
        ),
        "The result begins with its data: begin with 1, as it grows just as fast as itself.": by(
            properly, start=row[-1].data
        ),
        "The result's own gradient is missing: it is 1, and stays there.": [*wanted[:-1], 0.0],
        "Only the first input of each node gets anything.": by(
            properly, arrows=lambda pairs: pairs[:1]
        ),
        "Only the last input of each node gets anything.": by(
            properly, arrows=lambda pairs: pairs[-1:]
        ),
        "This goes straight back, as the first drafts: each node of the row has one turn, and "
        "calls nobody.": lambda: straight_back(row),
        "Every node begins with 1: only the result does.": lambda: ones(row),
        "The 1 stands at the first of the row: it belongs to the result, the last.": [
            float(node is row[0]) for node in row
        ],
    }


def ones(row):
    """Gradients if all of them begin with 1."""
    grads = {id(node): 1.0 for node in row}
    for node in reversed(row):
        for child, slope in zip(node.inputs, node.local_derivatives):
            grads[id(child)] += slope * grads[id(node)]
    return [grads[id(node)] for node in row]


@exercise("train2.by_hand")
def by_hand(answer, rng):
    """The slopes of y = (ab - a) ab at a = 3, b = 2."""
    a, b = 3, 2
    s, t = a * b, a * b - a
    got = plain(answer, "Your list")
    texts = any(isinstance(x, str) for x in (got if isinstance(got, list) else [got]))
    if texts or not isinstance(got, list) or len(got) != 2:
        raise Wrong(
            f"It is {brief(got)}.",
            "There is a text in it, in quotation marks: write numbers, such as [1, 2]."
            if texts
            else "Write two numbers in square brackets: the slope along a, then that along b.",
        )
    equal(
        answer,
        [
            nudged(lambda row: (row[0] * row[1] - row[0]) * row[0] * row[1], [a, b], i)
            for i in (0, 1)
        ],
        "Your list",
        {
            "That is along b and then along a: give them in the other order.": [27, 12],
            "s handed on its 3 before the 6 from t had come, and then all 9: the 3 came twice.": [
                b * t + b * (t + s) - s,
                a * t + a * (t + s),
            ],
            "s handed on its 6 before the 3 from y had come, and then all 9: the 6 came twice.": [
                b * s + b * (t + s) - s,
                a * s + a * (t + s),
            ],
            "s got only what comes straight from y: t uses it too.": [b * t - s, a * t],
            "s got only what comes from t: y uses it too.": [b * s - s, a * s],
            "The slope of s - a along a is -1, not 1.": [b * (t + s) + s, a * (t + s)],
            "a is used twice: t uses it too, with -1.": [b * (t + s), a * (t + s)],
            "a is used twice: s uses it too.": [-s, a * (t + s)],
            "In s, a has the slope b and b has the slope a; here they have changed places.": [
                a * (t + s) - s,
                b * (t + s),
            ],
            "From y, t gets the number of s, and s that of t; here they have changed places.": [
                b * (s + t) - t,
                a * (s + t),
            ],
            "The minus in t is noted for s: there it belongs to a.": [
                b * (t - s) + s,
                a * (t - s),
            ],
            "-1 is the local derivative; what comes to a is -1 times the gradient of t.": [
                b * (t + s) - 1,
                a * (t + s),
            ],
            "Those are the gradients of t and s: go on to a and b.": [s, t + s],
        },
        tolerance=1e-6,
        reveal=False,
    )


def inverse(f, x, low, high):
    """The number between low and high at which f, which rises, comes to x: by halving."""
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if f(middle) < x else (low, middle)
    return middle


def check_bend(answer, rng, f, name, numbers, data_mistakes, slope_mistakes, errors):
    """Raise Wrong unless an answer is the operation f of one Value.

    data_mistakes, slope_mistakes: {sentence: a function of x and f(x)}
    """
    cls = lesson_class(answer, Value)
    for number in numbers:
        x = cls(number, (cls(1.0),), (2.0,)) if rng.random() < 0.5 else cls(number)
        got = call(answer, x, errors=NEEDS_DATA | errors)
        what = f"{name} of Value({number:g})"
        one_node(got, [x], what)
        y = f(number)
        near = {"tolerance": 1e-9, "what": f"The data of {what}"}
        mistakes = {say: lambda g=g: g(number, y) for say, g in data_mistakes.items()}
        equal(got.data, y, mistakes=mistakes, **near)
        slope = nudged(lambda row: f(row[0]), [number], 0, nudge=1e-4)
        mistakes = {say: lambda g=g: g(number, y) for say, g in slope_mistakes.items()}
        mistakes["It is there twice: x stands among the inputs two times."] = 2 * slope
        near = {"tolerance": 1e-6, "what": f"The local derivative of {what}"}
        equal(slopes_noted(got, [x])[0], slope, mistakes=mistakes, **near)


@exercise("train2.tanh", usual=6)
def tanh(answer, rng):
    """The hyperbolic tangent of a Value, as one node."""

    def f(x):
        return inverse(math.atanh, x, -1.0, 1.0)

    check_bend(
        answer,
        rng,
        f,
        "tanh",
        [
            rng.uniform(-1.4, -0.3),
            rng.uniform(0.3, 1.4),
            rng.uniform(1.5, 3),
            rng.uniform(3.2, 4.5),
            rng.uniform(-7, -5),
            *(0.0, 1000.0, -1000.0),
        ],
        {
            "That is the sigmoid of x.": lambda x, y: (1 + f(x / 2)) / 2,
            "This jumps to 1 or -1 too early: there the result still differs.": lambda x, y: (
                math.copysign(1, x)
            ),
            "The exponents are doubled: tanh takes x and -x.": lambda x, y: f(2 * x),
            "The exponents are halved: tanh takes x and -x.": lambda x, y: f(x / 2),
            "The fraction stands upside down.": lambda x, y: 1 / y,
            "This is sinh: divide by the sum of the two powers.": lambda x, y: math.sinh(x),
            "This is twice sinh: divide by the sum of the two powers.": lambda x, y: (
                2 * math.sinh(x)
            ),
            "This is tan; the hyperbolic one is tanh.": lambda x, y: math.tan(x),
        },
        {
            "The square is missing: it is not the result that is taken from 1.": lambda x, y: 1 - y,
            "The sign between the two is wrong: the slope is never above 1.": lambda x, y: (
                1 + y * y
            ),
            "That is the slope of a sigmoid, told from its result.": lambda x, y: y - y * y,
            "That is the result itself: only exp is its own slope.": lambda x, y: y,
            "That is computed from x; the slope is told from the result.": lambda x, y: 1 - x * x,
            "A slope of 1 is that of a straight line; here it holds at 0 alone.": lambda x, y: 1.0,
            "That is the slope of relu: this bend is a smooth one.": lambda x, y: float(x > 0),
            "That is only what is taken from 1.": lambda x, y: y * y,
            "That is the root of the slope: a square is missing.": lambda x, y: 1 / math.cosh(x),
            "That is one over the slope: turn the fraction round.": lambda x, y: math.cosh(x) ** 2,
        },
        {OverflowError: "exp of a large number overflows: math.tanh doesn't."},
    )


@exercise("train2.sigmoid", usual=6)
def sigmoid(answer, rng):
    """The sigmoid of a Value, as one node, without an overflow."""

    def f(x):
        return inverse(lambda p: math.log(p) - math.log1p(-p), x, 0.0, 1.0)

    numbers = [
        rng.uniform(0.4, 1.5),
        rng.uniform(-1.5, -0.4),
        rng.uniform(2, 4),
        rng.uniform(-8, -4),
    ]
    numbers += [rng.uniform(4, 8), 0.0, -1000.0, 1000.0, -15.0, -20.0, 25.0, -30.0, -800.0, 800.0]
    check_bend(
        answer,
        rng,
        f,
        "sigmoid",
        numbers,
        {
            "This takes the size of x: negative numbers give less than a half.": lambda x, y: f(
                abs(x)
            ),
            "The sign of the exponent is wrong: this is the sigmoid of -x.": lambda x, y: f(-x),
            "The fraction stands upside down.": lambda x, y: 1 / y,
            "That is tanh: it goes from -1 to 1.": lambda x, y: math.tanh(x),
            "The 1 below the line is missing: this is e^x.": lambda x, y: math.exp(x),
            "This jumps to 0 or 1 too early: there the result still differs.": lambda x, y: float(
                x > 0
            ),
            "x is doubled.": lambda x, y: f(2 * x),
        }
        | {
            f"x is cut off at {cut}: there the result still differs.": lambda x, y, cut=cut: f(
                math.copysign(min(cut, abs(x)), x)
            )
            for cut in (1, 4, 5, 6, 8, 10, 12, 15, 16, 20)
        },
        {
            "That is the result itself: only exp is its own slope.": lambda x, y: y,
            "That is only half of it: how near the result is to 1 matters, and how near to 0.": (
                lambda x, y: 1 - y
            ),
            "That is the slope of tanh, told from its result.": lambda x, y: 1 - y * y,
            "The sign between the two is wrong.": lambda x, y: y + y * y,
            "x stands where the result belongs.": lambda x, y: x * (1 - x),
            "x stands where the result belongs, in one of the factors.": lambda x, y: y * (1 - x),
            "The sign is the wrong way round: a sigmoid only rises.": lambda x, y: y * y - y,
            "The fraction is squared, but what stands above the line is missing.": lambda x, y: (
                y * y
            ),
            "A slope of 1 is that of a straight line.": lambda x, y: 1.0,
            "A slope of a quarter holds at 0 alone.": lambda x, y: 0.25,
        },
        {
            OverflowError: "exp of a large number overflows: which form of the fraction is safe "
            "for which sign of x?",
            ZeroDivisionError: "A power has become 0: which form is safe for which sign of x?",
        },
    )


@exercise("train2.maximum", usual=9)
def maximum(answer, rng):
    """The largest of a list of Values, as one node."""
    cls = lesson_class(answer, Value)
    for case in maximum_cases(rng):
        numbers, same = case
        values = [cls(number) for number in numbers]
        for i, j in same:
            values[i] = values[j]
        numbers = [value.data for value in values]  # kept, whatever an answer does to the Values
        got = call(
            answer,
            values,
            errors=NEEDS_DATA
            | {
                TypeError: "Values can't be compared, only their data: max needs a key.",
                ValueError: "The list may have any length, from 1 on.",
                IndexError: "The list may have any length, from 1 on.",
            },
        )
        shown = ", ".join(f"{number:g}" for number in numbers)
        what = f"The maximum of {shown}"
        one_node(got, values, what)
        check_maximum(got, values, numbers, what)


def maximum_cases(rng):
    """(numbers, pairs of places that hold the same Value)."""
    for n, lowest in ((4, 1), (5, -15), (4, -40), (6, -40)):
        numbers = [*rng.sample(range(lowest, 15), n - 1), rng.randrange(20, 40)]
        rng.shuffle(numbers)
        if lowest == 1:  # the first and the last are neither the largest nor the smallest
            low, *rest, high = sorted(numbers)
            numbers = [rest[0], high, low, rest[1]]
        yield [number / 10 + 0.05 for number in numbers], ()
    for place in (0, 3):  # the largest at either end
        numbers = sorted(rng.sample(range(1, 60), 4))
        numbers.insert(place, numbers.pop())
        yield [number / 8 for number in numbers], ()
    yield [-2.5, -0.5, -7.0], ()
    yield [0.5, -3.5, 1.25], ()
    yield [-4.0], ()
    yield [2.0, 7.0, 7.0, 5.0], ()  # a tie of two, of three
    yield [3.0, 1.0, 3.0, 3.0], ()
    yield [6.0, 2.0, 6.0], ((2, 0),)  # one Value twice
    yield [6.0, 6.0, 2.0, 6.0], ((3, 0),)


def check_maximum(got, values, numbers, what):
    """Raise Wrong unless data and slopes are those of the maximum of Values with these numbers."""
    largest = sorted(numbers)[-1]
    equal(
        got.data,
        largest,
        f"{what}, its data",
        {
            "That is 0, which isn't in the list: begin with the first, not with 0.": 0.0,
            "That is the largest by size, without the sign.": sorted(numbers, key=abs)[-1],
            "That is the smallest.": sorted(numbers)[0],
            "The first of the list was left out.": lambda: sorted(numbers[1:])[-1],
            "The last of the list was left out.": lambda: sorted(numbers[:-1])[-1],
            "That is the place of the largest, not its number.": numbers.index(largest),
            "That is the first of the list.": numbers[0],
            "That is the last of the list.": numbers[-1],
            "That is the sum.": sum(numbers),
        },
    )
    different = [value for i, value in enumerate(values) if not among(value, values[:i])]
    slopes = slopes_noted(got, different)
    tied = [value.data == largest for value in different]
    wanted = [float(flag) for flag in tied]
    if sum(tied) > 1 or len(different) < len(values):
        check_tie(slopes, tied, values, what)
        return
    powers = [math.exp(value.data) for value in different]
    equal(
        slopes,
        wanted,
        f"{what}: slopes",
        {
            "Each has a slope of 1: only the largest moves the maximum.": [1.0] * len(wanted),
            "The numbers themselves are noted: how fast does the maximum grow with each?": [
                value.data for value in different
            ],
            "The largest number itself is noted as the slope: it grows exactly as fast as the "
            "maximum.": [flag * largest for flag in wanted],
            "The 1 is shared among all: only the largest moves the maximum.": [
                1 / len(wanted) for _ in wanted
            ],
            "The slope of 1 stands at the smallest.": [
                float(value.data == min(numbers)) for value in different
            ],
            "The slope of the largest is 0 here, that of all others 1.": [1 - w for w in wanted],
            "Those are softmax's shares: the maximum is made of the largest alone.": [
                power / sum(powers) for power in powers
            ],
            "All slopes are 0: with the largest, the maximum grows.": [0.0] * len(wanted),
        },
    )


def check_tie(slopes, tied, values, what):
    """Raise Wrong unless the largest share a slope of 1, and the others have none."""
    for slope, flag in zip(slopes, tied):
        if not flag and not abs(slope) <= 1e-9:  # nan is no 0 either
            raise Wrong(
                f"{what}: one that is not the largest has the slope {slope:g}.",
                "Only the largest share the slope.",
            )
        if not slope >= -1e-9:
            raise Wrong(f"{what}: a slope is {slope:g}.", "The maximum never falls as one grows.")
    whole = sum(slopes)
    if abs(whole - 1) <= 1e-9:
        return
    cause = "If all numbers grow by a little, the maximum grows by just as much."
    if 1 < whole < math.inf and abs(whole - round(whole)) < 1e-9:
        cause = (
            f"Each of {round(whole)} places has a slope of 1: with a tie only one of them has, or "
            "they share it."
        )
    raise Wrong(f"{what}: the slopes of the largest add up to {whole:g}; it should be 1.", cause)


def dot_cases(cls, rng):
    """(x, y, the Values among them, what is special)."""

    def fresh(n):
        return [cls(random_number(rng)) for _ in range(n)]

    def plain_numbers(n):
        return [random_number(rng) for _ in range(n)]

    for n in (3, 5, 2):
        x, y = fresh(n), fresh(n)
        yield x, y, x + y, "Values only"
    x, y = fresh(1), fresh(1)
    yield x, y, x + y, "one Value each"
    x, y = fresh(4), plain_numbers(4)
    yield x, y, x, "the second list has plain numbers"
    yield y, x, x, "the first list has plain numbers"
    a, b, c = fresh(3)
    yield [a, 2, b], [0.5, c, -3.0], [a, b, c], "Values and plain numbers mixed"
    yield [a, 2.0], [3.0, 1.5], [a], "a product of two plain numbers among them"
    yield [a, b, c], [b, c, a], [a, b, c], "each Value in both lists"
    yield [a, b], [c, a], [a, b, c], "a Value in both lists"
    yield [a, a, b], [b, c, c], [a, b, c], "a Value twice in a list"
    yield [a, b], [a, b], [a, b], "both lists the same"
    yield [a, a], [2.0, 0.5], [a], "a Value twice, beside plain numbers"
    d = cls(1.5, (a,), (3.0,))
    yield [d, a], [a, 4.0], [d, a], "a Value that was computed"
    e, zero = cls(1.25), cls(0.0)
    yield [zero, e], [b, zero], [zero, e, b], "a Value of 0"


@exercise("train2.dot", usual=11)
def dot(answer, rng):
    """A dot product of Values and numbers, as one node."""
    for x, y, values, special in dot_cases(lesson_class(answer, Value), rng):
        got = call(answer, x, y, errors=NEEDS_DATA | {IndexError: "Lists may have any length."})
        what = f"The dot product ({special})"
        if is_value(got):
            numbers = [entry for entry in (*x, *y) if not is_value(entry)]
            for child in got.inputs if type(got.inputs) in (list, tuple) else ():
                if is_value(child) and not among(child, values) and not child.inputs and numbers:
                    raise Wrong(
                        f"{what}: the constant {child.data:g} has become a node.",
                        "A plain number gets no node: leave it out of the inputs.",
                    )
        one_node(got, values, what)
        check_dot(got, x, y, values, what)


def check_dot(got, x, y, values, what):
    """Raise Wrong unless data and slopes are those of the dot product."""
    start = [value.data for value in values]

    def at(numbers):
        now = {id(value): number for value, number in zip(values, numbers)}
        return math.fsum(now.get(id(a), a) * now.get(id(b), b) for a, b in zip(x, y))

    def number(entry):
        return entry.data if is_value(entry) else entry

    products = [number(a) * number(b) for a, b in zip(x, y)]
    equal(
        got.data,
        at(start),
        f"{what}: its data",
        {
            "The last product is missing.": lambda: sum(products[:-1]),
            "The first product is missing.": lambda: sum(products[1:]),
            "That is only the last product: add them up.": products[-1],
            "That is only the first product: add them all up.": products[0],
            "That is the product of them all: add them up.": math.prod(products),
            "That is the sum of both lists: multiply in pairs, then add.": sum(
                number(entry) for entry in (*x, *y)
            ),
            "That is the mean of the products: the dot product is their sum.": (
                sum(products) / len(products)
            ),
            "That is the sum of one list times that of the other: multiply in pairs.": (
                sum(map(number, x)) * sum(map(number, y))
            ),
        },
    )
    places = [(a, number(b), number(a), 0) for a, b in zip(x, y)]
    places += [(b, number(a), number(b), 1) for a, b in zip(x, y)]

    def noted(rule, keep=lambda mine: mine):
        """What comes to each Value if `rule` of (other number, own number, list) is noted."""
        rows = [[rule(*rest) for entry, *rest in places if entry is value] for value in values]
        return [sum(keep(row)) for row in rows]

    def paired(keep):
        """The same, if of the places (of all pairs in turn) only some count."""
        in_turn = [place for pair in zip(places[: len(x)], places[len(x) :]) for place in pair]
        rows = [[other for entry, other, _, _ in in_turn if entry is value] for value in values]
        return [sum(keep(row)) for row in rows]

    equal(
        slopes_noted(got, values),
        [nudged(at, start, i, nudge=0.5) for i in range(len(values))],
        f"{what}: slopes",
        {
            "Each notes its own number: a factor's local derivative is the number in the other "
            "list.": lambda: noted(lambda other, own, side: own),
            "A Value that stands in several places gets what comes by the last alone: add it "
            "up.": lambda: noted(lambda other, own, side: other, lambda row: row[-1:]),
            "A Value that stands in several places gets what comes by the first alone: add it "
            "up.": lambda: noted(lambda other, own, side: other, lambda row: row[:1]),
            "Of what comes to a Value in several places, only the last counts: add it up.": (
                lambda: paired(lambda row: row[-1:])
            ),
            "Of what comes to a Value in several places, only the first counts: add it up.": (
                lambda: paired(lambda row: row[:1])
            ),
            "Where both factors are Values both get slopes; beside a plain number a Value needs "
            "one as well.": lambda: [
                sum(
                    other
                    for (entry, other, _, _), partner in zip(places, [*y, *x])
                    if entry is value and is_value(partner)
                )
                for value in values
            ],
            "Only the first list's Values have slopes: the second has some too.": lambda: noted(
                lambda other, own, side: other if side == 0 else 0.0
            ),
            "Only the second list's Values have slopes: the first has some too.": lambda: noted(
                lambda other, own, side: other if side == 1 else 0.0
            ),
            "Each has a slope of 1, as in a sum: a product's local derivatives are the other "
            "numbers.": lambda: noted(lambda other, own, side: 1.0),
            "Each notes the whole result.": lambda: noted(lambda other, own, side: got.data),
            "Each notes its product: the local derivative is the other number alone.": lambda: (
                noted(lambda other, own, side: other * own)
            ),
            "Everything is there twice: each place counts once.": lambda: noted(
                lambda other, own, side: 2 * other
            ),
            "The slopes of a list stand in the other order: each belongs to its own place.": (
                lambda: [
                    sum(
                        number(opposite[len(x) - 1 - i])
                        for side, opposite in ((x, y), (y, x))
                        for i, entry in enumerate(side)
                        if entry is value
                    )
                    for value in values
                ]
            ),
        },
    )

"""Answers to train2's exercises, written beside their checks."""

import math
import random
from collections import deque

import numpy as np

from microgpt_ref.layers import dot, exp
from microgpt_ref.mlp import mlp_shapes
from microgpt_ref.value import Value
from tests.bank import by_hand_results, changed, right, wrong

# What a product notes.


@right("train2.multiply")
def multiply_at_once(a, b):
    return a * b, (b, a)


@right("train2.multiply")
def multiply_in_lists(a, b):
    slopes = [0.0, 0.0]
    slopes[0] += b
    slopes[1] += a
    return [a * b, slopes]


@right("train2.multiply")
def multiply_by_differences(a, b):
    product = np.prod([a, b])
    return product, ((a + 1) * b - product, a * (b + 1) - product)


@wrong("train2.multiply", "The sum for the product", says="the sum")
def multiply_adds(a, b):
    return a + b, (b, a)


@wrong("train2.multiply", "The product as both slopes", says="the product itself")
def multiply_whole(a, b):
    return a * b, (a * b, a * b)


@wrong("train2.multiply", "A division that fails at 0", says="no slope needs a division")
def multiply_divides(a, b):
    product = a * b
    return product, (product / a, product / b)


@wrong("train2.multiply", "Three numbers in a row", says="in brackets")
def multiply_flat(a, b):
    return a * b, b, a


@wrong("train2.multiply", "Only the product", says="in brackets")
def multiply_product(a, b):
    return a * b


@wrong("train2.multiply", "Numbers of the lesson's example", says=None)
def multiply_constant(a, b):
    return 15.0, (5.0, 3.0)


@wrong("train2.multiply", "The signs of a difference", says="sign")
def multiply_signs(a, b):
    return a * b, (-b, -a)


# A topological order.


@right("train2.topological_order")
def order_by_waiting(result):
    row, placed = [], set()
    waiting = [result]
    while waiting:
        node = waiting[-1]
        missing = [child for child in node.inputs if child not in placed]
        if missing:
            waiting.append(missing[0])
            continue
        waiting.pop()
        if node not in placed:
            placed.add(node)
            row.append(node)
    return row


@right("train2.topological_order")
def order_by_counting_uses(result):
    met, todo, uses = {result}, [result], {}
    while todo:
        for child in todo.pop().inputs:
            uses[child] = uses.get(child, 0) + 1
            if child not in met:
                met.add(child)
                todo.append(child)
    ready, row = deque([result]), []
    while ready:
        node = ready.popleft()
        row.insert(0, node)
        for child in node.inputs:
            uses[child] -= 1
            if uses[child] == 0:
                ready.append(child)
    return row


@right("train2.topological_order")
def order_with_iterators(result):
    row, seen = [], {id(result)}
    path = [(result, iter(result.inputs))]
    while path:
        node, rest = path[-1]
        for child in rest:
            if id(child) not in seen:
                seen.add(id(child))
                path.append((child, iter(child.inputs)))
                break
        else:
            row.append(node)
            path.pop()
    return tuple(row)


@right("train2.topological_order")
def order_with_marks(result):
    order, seen, stack = [], set(), [(result, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order += [node]
        elif node not in seen:
            seen.add(node)
            stack += [(node, True), *[(child, False) for child in node.inputs]]
    return order


@wrong("train2.topological_order", "Calls itself", says="too deep")
def order_recursive(result):
    row, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for child in node.inputs:
                visit(child)
            row.append(node)

    visit(result)
    return row


@wrong("train2.topological_order", "The result first", says="turn the row round")
def order_turned(result):
    return order_by_waiting(result)[::-1]


@wrong("train2.topological_order", "A node used twice stands twice", says="done")
def order_twice(result):
    row, stack = [], [(result, False)]
    while stack:
        node, done = stack.pop()
        if done:
            row.append(node)
        else:
            stack.append((node, True))
            stack.extend((child, False) for child in node.inputs)
    return row


@wrong("train2.topological_order", "Placed as it is met, then turned round", says="when it is met")
def order_as_met(result):
    row, stack = [], [result]
    while stack:
        node = stack.pop()
        if node not in row:
            row.append(node)
            stack.extend(node.inputs)
    return row[::-1]


@wrong("train2.topological_order", "Level by level, turned round", says="when it is met")
def order_by_levels(result):
    row, queue, seen = [], deque([result]), {result}
    while queue:
        node = queue.popleft()
        row.append(node)
        for child in node.inputs:
            if child not in seen:
                seen.add(child)
                queue.append(child)
    row.reverse()
    return row


@wrong("train2.topological_order", "Nodes told apart by their numbers", says="equal numbers")
def order_by_data(result):
    row, seen, stack = [], set(), [(result, False)]
    while stack:
        node, done = stack.pop()
        if done:
            row.append(node)
        elif node.data not in seen:
            seen.add(node.data)
            stack.append((node, True))
            stack.extend((child, False) for child in node.inputs)
    return row


@wrong("train2.topological_order", "The numbers, not the nodes", says="nodes themselves")
def order_of_data(result):
    return [node.data for node in order_by_waiting(result)]


@wrong("train2.topological_order", "Leaves left out", says="Leaves")
def order_without_leaves(result):
    return [node for node in order_by_waiting(result) if node.inputs]


@wrong("train2.topological_order", "The result left out", says="The result belongs")
def order_without_result(result):
    return order_by_waiting(result)[:-1]


@wrong("train2.topological_order", "Only the first input is followed", says="all inputs")
def order_first_inputs(result):
    row, node = [result], result
    while node.inputs:
        node = node.inputs[0]
        if node not in row:
            row.insert(0, node)
    return row


@wrong(
    "train2.topological_order", "Every path is walked, and repeats are dropped", says="every path"
)
def order_all_paths(result):
    row, stack = [], [(result, False)]
    while stack:
        node, done = stack.pop()
        if done:
            row.append(node)
        else:
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(node.inputs))
    return list(dict.fromkeys(row))


@wrong("train2.topological_order", "No return", says="return")
def order_lost(result):
    row = order_by_waiting(result)
    row.append(None)


@wrong("train2.topological_order", "Pairs with their marks", says="marks")
def order_with_pairs(result):
    return [(node, True) for node in order_by_waiting(result)]


# The way back.


@right("train2.backward")
def backward_from_the_end(order):
    order[-1].grad = 1.0
    for node in order[::-1]:
        for i, child in enumerate(node.inputs):
            child.grad += node.grad * node.local_derivatives[i]


@right("train2.backward")
def backward_with_reversed(order):
    order[-1].grad += 1
    for node in reversed(order):
        for child, slope in zip(node.inputs, node.local_derivatives):
            child.grad = child.grad + slope * node.grad


@right("train2.backward")
def backward_with_a_table(order):
    grads = dict.fromkeys(order, 0.0)
    grads[order[-1]] = 1.0
    for i in range(len(order) - 1, -1, -1):
        node = order[i]
        node.grad = grads[node]
        for child, slope in zip(node.inputs, node.local_derivatives):
            grads[child] += slope * node.grad


@right("train2.backward")
def backward_pulling(order):
    for i in range(len(order) - 1, -1, -1):
        users = [
            slope * user.grad
            for user in order[i + 1 :]
            for child, slope in zip(user.inputs, user.local_derivatives)
            if child is order[i]
        ]
        order[i].grad = sum(users) if i < len(order) - 1 else 1.0


@wrong("train2.backward", "The 1 at the first node", says="first of the row")
def backward_start_at_first(order):
    order[0].grad = 1.0
    for node in reversed(order):
        for child, slope in zip(node.inputs, node.local_derivatives):
            child.grad += slope * node.grad


@wrong("train2.backward", "Gradients alone", says="The node's gradient is handed on as it")
def backward_no_slope(order):
    order[-1].grad = 1.0
    for node in reversed(order):
        for child in node.inputs:
            child.grad += node.grad


@wrong("train2.backward", "data for grad", says="This hands on data")
def backward_data(order):
    order[-1].grad = 1.0
    for node in reversed(order):
        for child, slope in zip(node.inputs, node.local_derivatives):
            child.grad += slope * node.data


@wrong("train2.backward", "The result begins with its data", says="begins with its data")
def backward_starts_with_data(order):
    order[-1].grad = order[-1].data
    for node in reversed(order):
        for child, slope in zip(node.inputs, node.local_derivatives):
            child.grad += slope * node.grad


@wrong("train2.backward", "The caller's list is turned round", says="work on a copy")
def backward_in_place(order):
    order[-1].grad = 1.0
    order.reverse()
    for node in order:
        for child, slope in zip(node.inputs, node.local_derivatives):
            child.grad += slope * node.grad


@wrong("train2.backward", "The list is emptied", says="work on a copy")
def backward_pops(order):
    order[-1].grad = 1.0
    while order:
        node = order.pop()
        for child, slope in zip(node.inputs, node.local_derivatives):
            child.grad += slope * node.grad


@wrong("train2.backward", "Only the first input", says="Only the first input")
def backward_first_input(order):
    order[-1].grad = 1.0
    for node in reversed(order):
        if node.inputs:
            node.inputs[0].grad += node.local_derivatives[0] * node.grad


@wrong("train2.backward", "Added, not multiplied", says="multiplied, not added")
def backward_adds(order):
    order[-1].grad = 1.0
    for node in reversed(order):
        for child, slope in zip(node.inputs, node.local_derivatives):
            child.grad += slope + node.grad


# By hand.

right("train2.by_hand")([12, 27])
right("train2.by_hand")((12.0, 27.0))
right("train2.by_hand")(np.array([12.0, 27.0]))
wrong("train2.by_hand", "s handed on too early, at 3", says="before the 6")([18, 36])
wrong("train2.by_hand", "s handed on too early, at 6", says="before the 3")([24, 45])
wrong("train2.by_hand", "s from y alone", says="t uses it too")([0, 9])
wrong("train2.by_hand", "s from t alone", says="y uses it too")([6, 18])
wrong("train2.by_hand", "The sign of the difference", says="-1, not 1")([24, 27])
wrong("train2.by_hand", "a as part of t forgotten", says="t uses it too, with -1")([18, 27])
wrong("train2.by_hand", "a replaced by what came last", says="s uses it too")([-6, 27])
wrong("train2.by_hand", "The factors of s exchanged", says="changed places")([21, 18])
wrong("train2.by_hand", "The other order", says="other order")([27, 12])
wrong("train2.by_hand", "-1 without the chain", says="times the gradient of t")([17, 27])
wrong("train2.by_hand", "Stopped a step too early", says="go on to a and b")([6, 9])
wrong("train2.by_hand", "Only one number", says="two numbers")(12)
wrong("train2.by_hand", "The values of a nudge of 1", says=None)([18, 48])

# tanh.


@right("train2.tanh")
def tanh_squared(x):
    t = math.tanh(x.data)
    return Value(t, (x,), (1 - t**2,))


@right("train2.tanh")
def tanh_by_factors(x):
    """From one power that cannot overflow."""
    small = math.exp(-2 * abs(x.data))
    t = math.copysign((1 - small) / (1 + small), x.data)
    return Value(t, [x], [(1 + t) * (1 - t)])


@right("train2.tanh")
def tanh_numpy(x):
    t = np.tanh(x.data)
    slope = 0.0 if abs(x.data) > 300 else 1 / np.cosh(x.data) ** 2
    return Value(t, inputs=(x,), local_derivatives=(slope,))


@wrong("train2.tanh", "The sign in the slope", says="never above 1")
def tanh_plus(x):
    t = math.tanh(x.data)
    return Value(t, (x,), (1 + t * t,))


@wrong("train2.tanh", "The slope's sign", says="sign is the wrong way")
def tanh_negative(x):
    t = math.tanh(x.data)
    return Value(t, (x,), (t * t - 1,))


@wrong("train2.tanh", "The result as slope", says="only exp")
def tanh_like_exp(x):
    t = math.tanh(x.data)
    return Value(t, (x,), (t,))


@wrong("train2.tanh", "A slope of 1", says="straight line")
def tanh_straight(x):
    return Value(math.tanh(x.data), (x,), (1.0,))


@wrong("train2.tanh", "Overflows", says="overflows")
def tanh_overflows(x):
    up, down = math.exp(x.data), math.exp(-x.data)
    t = (up - down) / (up + down)
    return Value(t, (x,), (1 - t * t,))


@wrong("train2.tanh", "Several nodes", says="Make one node")
def tanh_of_values(x):
    up, down = exp(x), exp(-x)
    return (up - down) / (up + down)


@wrong("train2.tanh", "A Value given to math", says="plain number of a Value")
def tanh_no_data(x):
    t = math.tanh(x)
    return Value(t, (x,), (1 - t * t,))


@wrong("train2.tanh", "A number", says="result is a node")
def tanh_number(x):
    return math.tanh(x.data)


@wrong("train2.tanh", "No inputs noted", says="nothing is handed back")
def tanh_leaf(x):
    return Value(math.tanh(x.data))


@wrong("train2.tanh", "The comma forgotten", says="comma")
def tanh_no_comma(x):
    t = math.tanh(x.data)
    return Value(t, (x), (1 - t * t))


@wrong("train2.tanh", "x itself changed", says="Make a new list")
def tanh_in_place(x):
    t = math.tanh(x.data)
    x.data = t
    x.local_derivatives = (1 - t * t,)
    return x


@wrong("train2.tanh", "The exponents doubled", says="doubled")
def tanh_doubled(x):
    t = math.tanh(2 * x.data)
    return Value(t, (x,), (1 - t * t,))


@wrong("train2.tanh", "sinh", says="This is sinh: divide")
def tanh_sinh(x):
    t = (math.exp(x.data) - math.exp(-x.data)) / 2
    return Value(t, (x,), (1 - t * t,))


@wrong("train2.tanh", "The number in the place of the node", says="Only Values")
def tanh_input_data(x):
    t = math.tanh(x.data)
    return Value(t, (x.data,), (1 - t * t,))


# sigmoid.


@right("train2.sigmoid")
def sigmoid_two_forms(x):
    if x.data < 0:
        power = math.exp(x.data)
        s = power / (power + 1)
    else:
        s = 1 / (1 + math.exp(-x.data))
    return Value(s, (x,), (s * (1 - s),))


@right("train2.sigmoid")
def sigmoid_by_tanh(x):
    half = math.tanh(x.data / 2)
    return Value((1 + half) / 2, (x,), ((1 - half * half) / 4,))


@right("train2.sigmoid")
def sigmoid_cut_far_away(x):
    cut = max(-700.0, min(700.0, x.data))
    s = (1 + math.exp(-cut)) ** -1
    return Value(s, (x,), (s - s * s,))


@right("train2.sigmoid")
def sigmoid_numpy(x):
    s = float(np.exp(-np.logaddexp(0, -x.data)))
    return Value(s, (x,), (s * float(np.exp(-np.logaddexp(0, x.data))),))


@wrong("train2.sigmoid", "Overflows at negative numbers", says="overflows")
def sigmoid_overflows(x):
    s = 1 / (1 + math.exp(-x.data))
    return Value(s, (x,), (s * (1 - s),))


@wrong("train2.sigmoid", "Overflows at positive numbers", says="overflows")
def sigmoid_overflows_up(x):
    power = math.exp(x.data)
    s = power / (1 + power)
    return Value(s, (x,), (s * (1 - s),))


@wrong("train2.sigmoid", "The sign of the exponent", says="sign of the exponent")
def sigmoid_sign(x):
    s = 1 / (1 + math.exp(x.data))
    return Value(s, (x,), (s * (1 - s),))


@wrong("train2.sigmoid", "The result as slope", says="only exp")
def sigmoid_like_exp(x):
    s = sigmoid_two_forms(x).data
    return Value(s, (x,), (s,))


@wrong("train2.sigmoid", "Half of the slope", says="only half of it")
def sigmoid_half_slope(x):
    s = sigmoid_two_forms(x).data
    return Value(s, (x,), (1 - s,))


@wrong("train2.sigmoid", "The sign in the slope", says="sign between")
def sigmoid_plus(x):
    s = sigmoid_two_forms(x).data
    return Value(s, (x,), (s * (1 + s),))


@wrong("train2.sigmoid", "x in the slope", says="x stands where the result belongs.")
def sigmoid_from_x(x):
    s = sigmoid_two_forms(x).data
    return Value(s, (x,), (x.data * (1 - x.data),))


@wrong("train2.sigmoid", "0 too early", says="too early")
def sigmoid_jumps(x):
    s = 0.0 if x.data < -10 else 1 / (1 + math.exp(-x.data))
    return Value(s, (x,), (s * (1 - s),))


@wrong("train2.sigmoid", "Several nodes", says="Make one node")
def sigmoid_of_values(x):
    return 1 / (1 + exp(-x)) if x.data > 0 else exp(x) / (1 + exp(x))


@wrong("train2.sigmoid", "tanh", says="goes from -1")
def sigmoid_tanh(x):
    t = math.tanh(x.data)
    return Value(t, (x,), (1 - t * t,))


@wrong("train2.sigmoid", "1 too many in the power", says=None)
def sigmoid_shifted(x):
    s = 1 / (2 + math.exp(-abs(x.data)))
    return Value(s, (x,), (s * (1 - s),))


@wrong("train2.sigmoid", "The slope squared alone", says="what stands above")
def sigmoid_squared(x):
    s = sigmoid_two_forms(x).data
    return Value(s, (x,), (s * s,))


# The maximum.


@right("train2.maximum")
def maximum_by_key(values):
    winner = max(values, key=lambda value: value.data)
    return Value(winner.data, (winner,), (1.0,))


@right("train2.maximum")
def maximum_all_inputs(values):
    best = 0
    for i in range(1, len(values)):
        if values[i].data >= values[best].data:
            best = i
    slopes = [0.0] * len(values)
    slopes[best] = 1.0
    return Value(values[best].data, tuple(values), tuple(slopes))


@right("train2.maximum")
def maximum_shared(values):
    largest = max(value.data for value in values)
    flags = [value.data == largest for value in values]
    return Value(largest, tuple(values), [flag / sum(flags) for flag in flags])


@right("train2.maximum")
def maximum_numpy(values):
    place = int(np.argmax([value.data for value in values]))
    return Value(values[place].data, [values[place]], np.ones(1).tolist())


@wrong("train2.maximum", "Ties get 1 each", says="only one of them")
def maximum_ties(values):
    largest = max(value.data for value in values)
    slopes = [1.0 if value.data == largest else 0.0 for value in values]
    return Value(largest, tuple(values), tuple(slopes))


@wrong("train2.maximum", "The smallest", says="That is the smallest.")
def maximum_minimum(values):
    winner = min(values, key=lambda value: value.data)
    return Value(winner.data, (winner,), (1.0,))


@wrong("train2.maximum", "Begins with 0", says="begin with the first")
def maximum_from_zero(values):
    largest, winner = 0.0, values[0]
    for value in values:
        if value.data > largest:
            largest, winner = value.data, value
    return Value(largest, (winner,), (1.0,))


@wrong("train2.maximum", "The winner itself", says="Make a new node")
def maximum_itself(values):
    return max(values, key=lambda value: value.data)


@wrong("train2.maximum", "The Values set so that the answer fits", says="Make a new list")
def maximum_set_to_fit(values):
    for value in values:
        value.data = 1.0
    return Value(1.0, (values[0],), (1.0,))


@wrong("train2.maximum", "backward at once", says="That is what backward does")
def maximum_with_gradients(values):
    winner = max(values, key=lambda value: value.data)
    winner.grad = 1.0
    return Value(winner.data, (winner,), (1.0,))


@wrong("train2.maximum", "max of Values", says="needs a key")
def maximum_no_key(values):
    winner = max(values)
    return Value(winner.data, (winner,), (1.0,))


@wrong("train2.maximum", "The first left out", says="first of the list was left out")
def maximum_without_first(values):
    winner = max(values[1:] or values, key=lambda value: value.data)
    return Value(winner.data, (winner,), (1.0,))


@wrong("train2.maximum", "The last left out", says="last of the list was left out")
def maximum_without_last(values):
    winner = values[0]
    for i in range(len(values) - 1):
        if values[i].data > winner.data:
            winner = values[i]
    return Value(winner.data, (winner,), (1.0,))


@wrong("train2.maximum", "A number", says="result is a node")
def maximum_number(values):
    return max(value.data for value in values)


@wrong("train2.maximum", "Sorted in place", says="Make a new list")
def maximum_sorts(values):
    values.sort(key=lambda value: value.data)
    return Value(values[-1].data, (values[-1],), (1.0,))


@wrong("train2.maximum", "Softmax's shares", says="softmax")
def maximum_soft(values):
    powers = [math.exp(value.data) for value in values]
    shares = [power / sum(powers) for power in powers]
    return Value(max(v.data for v in values), tuple(values), tuple(shares))


@wrong("train2.maximum", "A list for three", says="any length")
def maximum_of_three(values):
    a, b, c = values
    winner = max(a, b, c, key=lambda value: value.data)
    return Value(winner.data, (winner,), (1.0,))


@wrong("train2.maximum", "No inputs noted", says="nothing is handed back")
def maximum_leaf(values):
    return Value(max(value.data for value in values))


@wrong("train2.maximum", "The largest by size", says="by size")
def maximum_by_size(values):
    winner = max(values, key=lambda value: abs(value.data))
    return Value(winner.data, (winner,), (1.0,))


@wrong("train2.maximum", "Two by two, with Values", says="Make one node")
def maximum_by_relu(values):
    best = values[0]
    for value in values[1:]:
        best = best + (value - best).relu()
    return best * 1.0


# The dot product.


@right("train2.dot")
def dot_in_one_loop(x, y):
    result, inputs, slopes = 0.0, [], []
    for a, b in zip(x, y):
        a_data = a.data if isinstance(a, Value) else a
        b_data = b.data if isinstance(b, Value) else b
        result += a_data * b_data
        if isinstance(a, Value):
            inputs.append(a)
            slopes.append(b_data)
        if isinstance(b, Value):
            inputs.append(b)
            slopes.append(a_data)
    return Value(result, tuple(inputs), tuple(slopes))


@right("train2.dot")
def dot_with_a_table(x, y):
    """Each Value once, with all that comes to it added up."""
    slopes = {}

    def plain(entry):
        return getattr(entry, "data", entry)

    for a, b in [*zip(x, y), *zip(y, x)]:
        if isinstance(a, Value):
            slopes[a] = slopes.get(a, 0.0) + plain(b)
    result = sum(plain(a) * plain(b) for a, b in zip(x, y))
    return Value(result, tuple(slopes), tuple(slopes.values()))


@right("train2.dot")
def dot_numpy(x, y):
    both = [np.array([getattr(a, "data", a) for a in row], dtype=float) for row in (x, y)]
    pairs = list(zip([*x, *y], np.concatenate(both[::-1])))
    pairs = [(entry, slope) for entry, slope in pairs if hasattr(entry, "grad")]
    return Value(both[0] @ both[1], [entry for entry, _ in pairs], [slope for _, slope in pairs])


@right("train2.dot")
def dot_by_a_first_graph(x, y):
    """With a graph of many nodes, made first and thrown away."""
    copies = {a: Value(a.data) for a in [*x, *y] if isinstance(a, Value)}
    result = sum(copies.get(a, a) * copies.get(b, b) for a, b in zip(x, y))
    result.backward()
    return Value(result.data, tuple(copies), tuple(copy.grad for copy in copies.values()))


def numbers(row):
    """The plain numbers of a list of Values and numbers."""
    return [getattr(entry, "data", entry) for entry in row]


def noted(x, y, notes):
    """A node with the right data, and these (entry, slope) pairs noted if they are Values."""
    result = sum(a * b for a, b in zip(numbers(x), numbers(y)))
    notes = [(entry, slope) for entry, slope in notes if isinstance(entry, Value)]
    return Value(result, tuple(e for e, _ in notes), tuple(slope for _, slope in notes))


@wrong(
    "train2.dot",
    "A Value is noted once, with its first slope",
    says="A Value that stands in several places gets what comes by the first",
)
def dot_first_counts(x, y):
    notes = {}
    for entry, slope in zip([*x, *y], numbers([*y, *x])):
        notes.setdefault(entry, slope)
    return noted(x, y, notes.items())


@wrong("train2.dot", "Slopes of 1", says="as in a sum")
def dot_ones(x, y):
    return noted(x, y, [(entry, 1.0) for entry in [*x, *y]])


@wrong("train2.dot", "Plain numbers become nodes", says="A plain number gets no node")
def dot_constants(x, y):
    x = [a if isinstance(a, Value) else Value(a) for a in x]
    y = [b if isinstance(b, Value) else Value(b) for b in y]
    return noted(x, y, zip([*x, *y], numbers([*y, *x])))


@wrong("train2.dot", "Many nodes", says="Make one node")
def dot_of_values(x, y):
    return dot(x, y)


@wrong("train2.dot", "The last pair left out", says="last product is missing")
def dot_short(x, y):
    return dot_in_one_loop(x[:-1], y[:-1]) if len(x) > 1 else dot_in_one_loop(x, y)


@wrong("train2.dot", "Plain numbers not expected", says="a plain number has not")
def dot_values_only(x, y):
    result = sum(a.data * b.data for a, b in zip(x, y))
    slopes = [b.data for b in y] + [a.data for a in x]
    return Value(result, (*x, *y), tuple(slopes))


@wrong("train2.dot", "Local derivatives that are Values", says="plain numbers")
def dot_value_slopes(x, y):
    result = sum(a * b for a, b in zip(numbers(x), numbers(y)))
    notes = [(a, b) for a, b in zip([*x, *y], [*y, *x]) if isinstance(a, Value)]
    return Value(result, tuple(a for a, _ in notes), tuple(b for _, b in notes))


@wrong("train2.dot", "Inputs tied to the result", says="Leave the Values that come in")
def dot_with_tied_inputs(x, y):
    pairs = list(zip(x, y))
    number = sum(getattr(a, "data", a) * getattr(b, "data", b) for a, b in pairs)
    result = Value(number)
    for entry in (*x, *y):
        if isinstance(entry, Value):
            entry.inputs = (result,)
    return result


@wrong("train2.dot", "The mean of the products", says="mean")
def dot_mean(x, y):
    node = dot_in_one_loop(x, y)
    slopes = tuple(slope / len(x) for slope in node.local_derivatives)
    return Value(node.data / len(x), node.inputs, slopes)


@wrong("train2.dot", "The product of the sums", says="That is the sum of one")
def dot_of_sums(x, y):
    result = sum(numbers(x)) * sum(numbers(y))
    return Value(
        result, tuple(dot_in_one_loop(x, y).inputs), dot_in_one_loop(x, y).local_derivatives
    )


@wrong("train2.dot", "Beside a plain number a Value gets nothing", says="beside a plain number")
def dot_pairs_of_values(x, y):
    notes = []
    for a, b in zip(x, y):
        if isinstance(a, Value) and isinstance(b, Value):
            notes += [(a, b.data), (b, a.data)]
    if not notes:
        notes = [(entry, 0.0) for entry in [*x, *y]]
    return noted(x, y, notes)


@wrong("train2.dot", "Sixteen entries", says="any length")
def dot_sixteen(x, y):
    return dot_in_one_loop([x[i] for i in range(16)], [y[i] for i in range(16)])


@wrong("train2.dot", "A number", says="result is a node")
def dot_number(x, y):
    return sum(a * b for a, b in zip(numbers(x), numbers(y)))


@wrong("train2.dot", "Products noted", says="Each notes its product")
def dot_products(x, y):
    products = [a * b for a, b in zip(numbers(x), numbers(y))]
    return noted(x, y, zip([*x, *y], products * 2))


# What the right options of the questions say, computed.


def product_slopes():
    """The two notes of 3 · 5."""
    return "{:g} and {:g}".format(*(Value(3.0) * Value(5.0)).local_derivatives)


def used_twice():
    """The slope of x · x + x at 3."""
    x = Value(3.0)
    (x * x + x).backward()
    return f"{x.grad:g}"


def paths():
    """How often walking straight back hands something to a number that was doubled ten times."""
    last = Value(1.0)
    for _ in range(10):
        last = last + last

    def count(node):
        return sum(count(child) for child in node.inputs) if node.inputs else 1

    return f"{count(last):,} times"


def three_calls():
    """The gradients of a and of b = a + a after three calls of backward on c = b + b."""
    a = Value(1.0)
    b = a + a
    c = b + b
    for _ in range(3):
        c.backward()
    return f"{a.grad:g} and {b.grad:g}"


def count_nodes():
    """How many nodes (x * 3 + 2) * x has."""
    x = Value(1.0)
    return str(len(((x * 3 + 2) * x).topological_order()))


def nudges():
    """How many losses are needed for all slopes of the network by nudging."""
    shapes = mlp_shapes(27, 16).values()
    return f"{sum(rows * columns for rows, columns in shapes) + 1:,} times"


QUESTIONS = {
    "train2.product": product_slopes,
    "train2.used_twice": used_twice,
    "train2.paths": paths,
    "train2.three_calls": three_calls,
    "train2.nodes": count_nodes,
    "train2.price": nudges,
}


def all_nodes(result):
    """The nodes that a result was made from, itself included, in no order."""
    nodes, unread = {result}, [result]
    while unread:
        for child in unread.pop().inputs:
            if child not in nodes:
                nodes.add(child)
                unread.append(child)
    return nodes


@right("train2.topological_order")
def order_by_kahn(result):
    users = {node: [] for node in all_nodes(result)}
    waits_for = {node: len(set(node.inputs)) for node in users}
    for node in users:
        for child in set(node.inputs):
            users[child].append(node)
    ready, row = [node for node in users if not node.inputs], []
    while ready:
        row.append(ready.pop(random.randrange(len(ready))))
        for user in users[row[-1]]:
            waits_for[user] -= 1
            if waits_for[user] == 0:
                ready.append(user)
    return row


@wrong("train2.topological_order", "Two inputs and no more", says="Follow all inputs of a node")
def order_of_two_inputs(result):
    row, placed, waiting = [], set(), [result]
    while waiting:
        node = waiting[-1]
        missing = [child for child in node.inputs[:2] if child not in placed]
        if missing:
            waiting.append(missing[0])
            continue
        waiting.pop()
        if node not in placed:
            placed.add(node)
            row.append(node)
    return row


@wrong("train2.topological_order", "Turned round as it is met", says="when all of its inputs have")
def order_as_met(result):
    row, seen, unread = [], set(), [result]
    while unread:
        node = unread.pop()
        if node not in seen:
            seen.add(node)
            row.append(node)
            unread += node.inputs
    return row[::-1]


wrong("train2.by_hand", "texts", says="There is a text in it")(["12", "27"])


# Right answers that are changed, one known mistake at a time


@right("train2.multiply")
def product_and_slopes(a, b):
    return (a * b, (b, a))


changed(
    "train2.multiply",
    product_and_slopes,
    ("That is the quotient", "a * b", "a / b if b else 0.0"),
    ("how far the product is from one factor", "(b, a)", "(a * b - a, a * b - b)"),
    ("Those are the slopes of a quotient", "(b, a)", "(1 / b, -a / b ** 2) if b else (0.0, 0.0)"),
)


@right("train2.backward")
def both_tuples(order):
    order[-1].grad = 1.0
    for node in reversed(order):
        arrows = list(zip(node.inputs, node.local_derivatives))
        for child, slope in arrows:
            child.grad += slope * node.grad


changed(
    "train2.backward",
    both_tuples,
    (
        "`index` finds the first",
        "slope * node.grad",
        "node.local_derivatives[node.inputs.index(child)] * node.grad",
    ),
    ("Only the first two inputs", "in arrows", "in arrows[:2]"),
    (
        "The result's own gradient is missing",
        "slope * node.grad",
        "slope * node.grad\n    order[-1].grad = 0.0",
    ),
    ("Only the last input of each node", "in arrows", "in arrows[-1:]"),
)


@right("train2.tanh")
def bend_of_tanh(x):
    y = math.tanh(x.data)
    slope = 1 - y * y
    return Value(y, (x,), (slope,))


changed(
    "train2.tanh",
    bend_of_tanh,
    ("That is the sigmoid of x", "math.tanh(x.data)", "(1 + math.tanh(x.data / 2)) / 2"),
    ("The exponents are halved", "math.tanh(x.data)", "math.tanh(x.data / 2)"),
    ("The fraction stands upside down", "math.tanh(x.data)", "1 / math.tanh(x.data)"),
    ("This is twice sinh", "math.tanh(x.data)", "math.exp(x.data) - math.exp(-x.data)"),
    ("the hyperbolic one is tanh", "math.tanh(x.data)", "math.tan(x.data)"),
    ("That is the slope of relu", "1 - y * y", "float(y > 0)"),
    ("That is only what is taken from 1", "1 - y * y", "y * y"),
    ("That is the root of the slope", "1 - y * y", "math.sqrt(1 - y * y)"),
    ("That is one over the slope", "1 - y * y", "1 / (1 - y * y)"),
    ("x stands among the inputs two times", "(x,), (slope,)", "(x, x), (slope, slope)"),
)


@right("train2.sigmoid")
def bend_of_sigmoid(x):
    z = x.data
    power = math.exp(-abs(z))
    y = (power if z < 0 else 1) / (1 + power)
    slope = y * (1 - y)
    return Value(y, (x,), (slope,))


changed(
    "train2.sigmoid",
    bend_of_sigmoid,
    ("The fraction stands upside down", "    slope", "    y = 1 / y\n    slope"),
    ("The 1 below the line is missing", "    slope", "    y = math.exp(z)\n    slope"),
    ("x is doubled", "z = x.data", "z = 2 * x.data"),
    ("in one of the factors", "y * (1 - y)", "y * (1 - z)"),
    ("A slope of 1 is", "y * (1 - y)", "1.0"),
    ("A slope of a quarter", "y * (1 - y)", "0.25"),
    ("x stands among the inputs two times", "(x,), (slope,)", "(x, x), (slope, slope)"),
    *(
        (f"x is cut off at {cut}:", "z = x.data", f"z = max(-{cut}, min({cut}, x.data))")
        for cut in (1, 4, 5, 6, 8, 12, 15, 16, 20)
    ),
)


@right("train2.maximum")
def with_all_inputs(values):
    numbers = [value.data for value in values]
    top = max(numbers)
    chosen = numbers.index(top)
    slopes = tuple((float(i == chosen) for i in range(len(values))))
    return Value(top, tuple(values), slopes)


changed(
    "train2.maximum",
    with_all_inputs,
    ("That is the place of the largest", "return Value(top", "return Value(chosen"),
    ("That is the first of the list", "max(numbers)", "numbers[0]"),
    ("That is the last of the list", "max(numbers)", "numbers[-1]"),
    ("That is the sum", "return Value(top", "return Value(sum(numbers)"),
    ("The numbers themselves are noted", ", slopes)", ", tuple(numbers))"),
    ("The 1 is shared among all", "float(i == chosen)", "1 / len(values)"),
    (
        "The slope of 1 stands at the smallest",
        "float(i == chosen)",
        "float(i == numbers.index(min(numbers)))",
    ),
    ("that of all others 1", "float(i == chosen)", "float(i != chosen)"),
    ("All slopes are 0", "float(i == chosen)", "0.0"),
)


@right("train2.dot")
def with_a_dict(x, y):
    def number(entry):
        return getattr(entry, "data", entry)

    slopes, pairs = ({}, list(zip(x, y)))
    for a, b in pairs:
        if isinstance(a, Value):
            slopes[a] = slopes.get(a, 0.0) + number(b)
        if isinstance(b, Value):
            slopes[b] = slopes.get(b, 0.0) + number(a)
    products = [number(a) * number(b) for a, b in pairs]
    data = sum(products)
    return Value(data, tuple(slopes), tuple(slopes.values()))


changed(
    "train2.dot",
    with_a_dict,
    ("The first product is missing", "sum(products)", "sum(products[1:])"),
    ("That is only the last product", "sum(products)", "products[-1]"),
    ("That is only the first product", "sum(products)", "products[0]"),
    ("That is the product of them all", "sum(products)", "math.prod(products)"),
    ("That is the sum of both lists", "sum(products)", "sum(map(number, [*x, *y]))"),
    (
        "only the first counts: add",
        "slopes[a] = slopes.get(a, 0.0) + number(b)",
        "slopes.setdefault(a, number(b))",
        "slopes[b] = slopes.get(b, 0.0) + number(a)",
        "slopes.setdefault(b, number(a))",
    ),
    ("Only the second list's Values", "0.0) + number(b)", "0.0)"),
    ("Each notes the whole result", "tuple(slopes.values())", "(data,) * len(slopes)"),
    ("Everything is there twice", "+ number(", "+ 2 * number("),
    (
        "stand in the other order",
        "for a, b in pairs:\n        if isinstance(a",
        "for a, b in zip(x, y[::-1]):\n        if isinstance(a",
    ),
)


by_hand_results(
    "train2.by_hand",
    {
        (15, 27): "From y, t gets the number",
        (0, -9): "The minus in t is noted",
    },
)

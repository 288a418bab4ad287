"""Answers to the exercises of train2, written without sight of its checks."""

import math
from collections import deque

from microgpt_ref.layers import exp, relu
from microgpt_ref.value import Value
from tests.bank import right, wrong

# train2.multiply


@wrong(
    "train2.multiply",
    "each factor notes itself, not the other one",
    says="Each notes itself: the two have",
)
def multiply_own_factor(a, b):
    return a * b, (a, b)


@wrong("train2.multiply", "the derivatives of a sum", says="Those are the local derivatives of")
def multiply_as_a_sum(a, b):
    return a * b, (1.0, 1.0)


@wrong(
    "train2.multiply",
    "the derivatives are not in brackets of their own",
    says="Return the product, and in brackets",
)
def multiply_flat(a, b):
    return a * b, b, a


@wrong(
    "train2.multiply",
    "finds the other factor by dividing, which fails for a factor of 0",
    says="A factor may be 0, and",
)
def multiply_by_dividing(a, b):
    product = a * b
    return product, (product / a, product / b)


@wrong(
    "train2.multiply",
    "gives how large the product becomes, not by how much it grows",
    says="That is the new product: take",
)
def multiply_grown_product(a, b):
    return a * b, ((a + 1) * b, a * (b + 1))


@wrong("train2.multiply", "lets both factors grow at once", says="Both grow here: for each slope")
def multiply_both_grow(a, b):
    growth = (a + 1) * (b + 1) - a * b
    return a * b, (growth, growth)


@wrong(
    "train2.multiply",
    "returns the derivatives alone, without the product",
    says="Return the product, and in brackets",
)
def multiply_no_product(a, b):
    return b, a


@right("train2.multiply")
def multiply_from_a_line(a, b):
    # both are straight lines: the growth from 0 to 1 is the growth everywhere
    with_a = 1 * b - 0 * b
    with_b = a * 1 - a * 0
    local_derivatives = with_a, with_b
    return a * b, local_derivatives


@right("train2.multiply")
def multiply_square_brackets(a, b):
    return a * b, [b, a]


# train2.topological_order


@wrong(
    "train2.topological_order",
    "calls itself, so a long path is too deep",
    says="A function that calls itself goes",
)
def order_recursive(result):
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for child in node.inputs:
                visit(child)
            order.append(node)

    visit(result)
    return order


@wrong(
    "train2.topological_order",
    "result first: each node before its inputs",
    says="This is the way back: turn",
)
def order_result_first(result):
    order, seen, stack = [], set(), [(result, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order.insert(0, node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((child, False) for child in node.inputs)
    return order


@wrong(
    "train2.topological_order",
    "level by level from the result, then turned round",
    says="A node gets its place when",
)
def order_levels_reversed(result):
    order, seen, queue = [], {result}, deque([result])
    while queue:
        node = queue.popleft()
        order.append(node)
        for child in node.inputs:
            if child not in seen:
                seen.add(child)
                queue.append(child)
    return order[::-1]


@wrong(
    "train2.topological_order",
    "nodes as they come from a stack, then the row turned round",
    says="A node gets its place when",
)
def order_stack_reversed(result):
    order, seen, stack = [], set(), [result]
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        order.append(node)
        stack.extend(node.inputs)
    order.reverse()
    return order


@wrong(
    "train2.topological_order",
    "a node counts as dealt with as soon as it is on the list",
    says="A node gets its place when",
)
def order_seen_when_pushed(result):
    order, seen, stack = [], {result}, [(result, False)]
    while stack:
        node, inputs_done = stack.pop()
        if inputs_done:
            order.append(node)
            continue
        stack.append((node, True))
        for child in node.inputs:
            if child not in seen:
                seen.add(child)
                stack.append((child, False))
    return order


@wrong(
    "train2.topological_order",
    "a node that is on the list twice gets into the row twice",
    says="What is used twice is met",
)
def order_twice_in_the_row(result):
    order, placed, todo = [], set(), [result]
    while todo:
        node = todo[-1]
        missing = [child for child in node.inputs if child not in placed]
        if missing:
            todo.extend(missing)
        else:
            order.append(todo.pop())
            placed.add(node)
    return order


@wrong("train2.topological_order", "leaves out the leaves", says="Leaves belong to the row too,")
def order_without_leaves(result):
    order, seen, stack = [], set(), [(result, False)]
    while stack:
        node, inputs_done = stack.pop()
        if inputs_done:
            order.append(node)
        elif node.inputs and node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((child, False) for child in node.inputs)
    return order


@wrong(
    "train2.topological_order", "leaves out the result itself", says="The result belongs to the row"
)
def order_without_result(result):
    return order_looking_at_the_last(result)[:-1]


@wrong(
    "train2.topological_order",
    "takes two nodes with the same number for one",
    says="Two nodes with equal numbers are",
)
def order_by_number(result):
    order, seen, stack = [], set(), [(result, False)]
    while stack:
        node, inputs_done = stack.pop()
        if inputs_done:
            order.append(node)
        elif node.data not in seen:
            seen.add(node.data)
            stack.append((node, True))
            for child in node.inputs:
                stack.append((child, False))
    return order


@wrong(
    "train2.topological_order",
    "the row keeps the nodes of earlier calls",
    says="Put the nodes themselves in the",
)
def order_kept_between_calls(result, order=[]):  # noqa: B006
    stack, placed = [result], set(order)
    while stack:
        node = stack[-1]
        missing = [child for child in node.inputs if child not in placed]
        if node in placed:
            stack.pop()
        elif missing:
            stack.append(missing[0])
        else:
            placed.add(node)
            order.append(stack.pop())
    return order


@wrong(
    "train2.topological_order",
    "a node is entered anew for each path that leads to it",
    says="It takes every path, and there",
)
def order_along_every_path(result):
    order, placed, stack = [], set(), [(result, False)]
    while stack:
        node, inputs_done = stack.pop()
        if not inputs_done:
            stack.append((node, True))
            for child in node.inputs:
                stack.append((child, False))
        elif node not in placed:
            placed.add(node)
            order.append(node)
    return order


@wrong(
    "train2.topological_order",
    "leaves out nodes that have a gradient, its mark",
    says="Does it keep something from one",
)
def order_marked_by_grad(result):
    order, stack = [], [(result, False)]
    while stack:
        node, inputs_done = stack.pop()
        if inputs_done:
            order.append(node)
        elif node.grad == 0.0:
            node.grad = 1.0
            stack.append((node, True))
            for child in node.inputs:
                stack.append((child, False))
    return order


@right("train2.topological_order")
def order_looking_at_the_last(result):
    todo, order, placed = [result], [], set()
    while todo:
        node = todo[-1]
        first_missing = next((child for child in node.inputs if child not in placed), None)
        if first_missing is not None:
            todo.append(first_missing)
            continue
        todo.pop()
        if node not in placed:
            placed.add(node)
            order.append(node)
    return order


@right("train2.topological_order")
def order_counting_uses(result):
    # how often each node is used; one whose uses have all been taken comes next, from the end
    uses, todo = {result: 0}, [result]
    while todo:
        for child in todo.pop().inputs:
            if child not in uses:
                uses[child] = 0
                todo.append(child)
            uses[child] += 1
    row, ready = [], deque([result])
    while ready:
        node = ready.popleft()
        row.append(node)
        for child in node.inputs:
            uses[child] -= 1
            if uses[child] == 0:
                ready.append(child)
    return row[::-1]


@right("train2.topological_order")
def order_with_iterators(result):
    entered = {id(result)}
    path, row = [(result, iter(result.inputs))], []
    while path:
        node, rest = path[-1]
        for child in rest:
            if id(child) not in entered:
                entered.add(id(child))
                path.append((child, iter(child.inputs)))
                break
        else:
            row.append(node)
            path.pop()
    return row


# train2.backward


@wrong(
    "train2.backward",
    "= for +=: what comes by a second way replaces the first",
    says="What comes by a second arrow",
)
def backward_replacing(order):
    order[-1].grad = 1.0
    for node in reversed(order):
        for child, local_derivative in zip(node.inputs, node.local_derivatives):
            child.grad = local_derivative * node.grad


@wrong("train2.backward", "the result never gets its 1", says="All is 0: the result's own")
def backward_no_start(order):
    for node in reversed(order):
        for child, local_derivative in zip(node.inputs, node.local_derivatives):
            child.grad += local_derivative * node.grad


@wrong("train2.backward", "walks from the beginning of the row", says="The row is taken from its")
def backward_forwards(order):
    order[-1].grad = 1.0
    for node in order:
        for child, local_derivative in zip(node.inputs, node.local_derivatives):
            child.grad += local_derivative * node.grad


@wrong("train2.backward", "turns the caller's list round", says="Make a new list, or work")
def backward_turning_the_list(order):
    order.reverse()
    order[0].grad = 1.0
    for node in order:
        for child, local_derivative in zip(node.inputs, node.local_derivatives):
            child.grad += local_derivative * node.grad


@wrong("train2.backward", "empties the caller's list", says="Make a new list, or work")
def backward_emptying_the_list(order):
    order[-1].grad = 1.0
    while order:
        node = order.pop()
        for child, local_derivative in zip(node.inputs, node.local_derivatives):
            child.grad += local_derivative * node.grad


@wrong(
    "train2.backward",
    "hands on the local derivative alone, not times the node's gradient",
    says="The local derivative is handed on",
)
def backward_not_multiplied(order):
    order[-1].grad = 1.0
    for node in reversed(order):
        for child, local_derivative in zip(node.inputs, node.local_derivatives):
            child.grad += local_derivative


@wrong(
    "train2.backward",
    "hands on the node's gradient times its number",
    says="This multiplies by the input's data:",
)
def backward_times_data(order):
    order[-1].grad = 1.0
    for node in reversed(order):
        for child in node.inputs:
            child.grad += child.data * node.grad


@wrong(
    "train2.backward",
    "a dictionary of inputs, in which an input used twice stands once",
    says="An input that a node has",
)
def backward_dictionary(order):
    order[-1].grad = 1.0
    for node in reversed(order):
        for child, slope in dict(zip(node.inputs, node.local_derivatives)).items():
            child.grad += slope * node.grad


@wrong("train2.backward", "off by one: the result hands on nothing")
def backward_off_by_one(order):
    order[-1].grad = 1.0
    for i in range(len(order) - 2, -1, -1):
        for child, local_derivative in zip(order[i].inputs, order[i].local_derivatives):
            child.grad += local_derivative * order[i].grad


@wrong(
    "train2.backward",
    "walks straight back from the result, without waiting",
    says="This goes straight back, as the",
)
def backward_straight_back(order):
    def walk(node):
        for child, local_derivative in zip(node.inputs, node.local_derivatives):
            child.grad += local_derivative * node.grad
            walk(child)

    order[-1].grad = 1.0
    walk(order[-1])


@wrong(
    "train2.backward",
    "every node starts with a gradient of 1",
    says="Every node begins with 1: only",
)
def backward_ones_everywhere(order):
    for node in order:
        node.grad = 1.0
    for node in reversed(order):
        for child, local_derivative in zip(node.inputs, node.local_derivatives):
            child.grad += local_derivative * node.grad


@right("train2.backward")
def backward_by_position(order):
    # the first of the row is a leaf, so it has nothing to hand on
    order[-1].grad = 1.0
    for i in range(len(order) - 1, 0, -1):
        node = order[i]
        for j in range(len(node.inputs)):
            node.inputs[j].grad += node.grad * node.local_derivatives[j]


@right("train2.backward")
def backward_collecting(order):
    # each node collects from those that use it
    arrows = {node: [] for node in order}
    for node in order:
        for child, slope in zip(node.inputs, node.local_derivatives):
            arrows[child].append((node, slope))
    for node in order[::-1]:
        if node is order[-1]:
            node.grad = 1.0
        else:
            node.grad = sum(user.grad * slope for user, slope in arrows[node])


# train2.by_hand: s = 6, t = 3, y = 18; s gets 3 + 6 = 9; a gets 9 · 2 - 6, b gets 9 · 3

wrong("train2.by_hand", "forgets the arrow from t to a", says="a is used twice: t uses")([18, 27])
wrong("train2.by_hand", "s doesn't wait: it hands on 6, then 9", says="s handed on its 6 before")(
    [24, 45]
)
wrong("train2.by_hand", "s gets only what comes through t", says="s got only what comes from")(
    [6, 18]
)
wrong(
    "train2.by_hand",
    "s gets only what comes from y directly",
    says="s got only what comes straight",
)([0, 9])
wrong("train2.by_hand", "the minus of s - a is forgotten", says="The slope of s - a")([24, 27])
wrong(
    "train2.by_hand",
    "the arrow with -1 is not multiplied by t's gradient",
    says="-1 is the local derivative; what",
)([17, 27])
wrong("train2.by_hand", "a and b are the wrong way round", says="That is along b and then")(
    [27, 12]
)
wrong("train2.by_hand", "in s = a · b each factor notes itself", says="In s, a has the slope")(
    [21, 18]
)
right("train2.by_hand")([12.0, 27.0])


# train2.tanh


@wrong(
    "train2.tanh",
    "the formula as it stands, which overflows at 1,000",
    says="exp of a large number overflows:",
)
def tanh_overflows(x):
    up, down = math.exp(x.data), math.exp(-x.data)
    result = (up - down) / (up + down)
    return Value(result, (x,), (1 - result * result,))


@wrong(
    "train2.tanh",
    "a small formula that overflows at -1,000 only",
    says="exp of a large number overflows:",
)
def tanh_overflows_below(x):
    e = math.exp(-2 * x.data)
    t = (1 - e) / (1 + e)
    return Value(t, (x,), (1 - t**2,))


@wrong(
    "train2.tanh",
    "made of several operations, so of several nodes",
    says="Make one node, Value(data, inputs, local_derivatives),",
)
def tanh_many_nodes(x):
    if abs(x.data) > 300:
        t = math.copysign(1.0, x.data)
        return Value(t, (x,), (0.0,))
    return (exp(x) - exp(-x)) / (exp(x) + exp(-x))


@wrong(
    "train2.tanh",
    "the slope takes the square of x, not of the result",
    says="That is computed from x; the",
)
def tanh_square_of_x(x):
    return Value(math.tanh(x.data), (x,), (1 - x.data**2,))


@wrong("train2.tanh", "the slope forgets the square", says="The square is missing: it is")
def tanh_no_square(x):
    t = math.tanh(x.data)
    return Value(t, (x,), (1 - t,))


@wrong("train2.tanh", "the sigmoid's slope", says="That is the slope of a")
def tanh_sigmoid_slope(x):
    t = math.tanh(x.data)
    return Value(t, (x,), (t * (1 - t),))


@wrong(
    "train2.tanh",
    "the slope by cosh, which overflows at 1,000",
    says="exp of a large number overflows:",
)
def tanh_cosh(x):
    return Value(math.tanh(x.data), (x,), (1 / math.cosh(x.data) ** 2,))


@wrong("train2.tanh", "no comma in the brackets", says="Both are tuples. One thing in")
def tanh_no_comma(x):
    t = math.tanh(x.data)
    return Value(t, (x), (1 - t * t))


@wrong("train2.tanh", "changes x itself and returns it", says="Make a new list, or work")
def tanh_changes_x(x):
    x.data = math.tanh(x.data)
    x.local_derivatives = (1 - x.data**2,)
    return x


@wrong("train2.tanh", "the slope gets the sign of x too", says="The sign is the wrong way")
def tanh_slope_signed(x):
    e = math.exp(-2 * abs(x.data))
    sign = -1 if x.data < 0 else 1
    return Value(sign * (1 - e) / (1 + e), (x,), (sign * 4 * e / (1 + e) ** 2,))


@wrong("train2.tanh", "cuts off far too early", says="This jumps to 1 or -1")
def tanh_cut_off(x):
    if x.data > 3:
        return Value(1.0, (x,), (0.0,))
    if x.data < -3:
        return Value(-1.0, (x,), (0.0,))
    t = math.tanh(x.data)
    return Value(t, (x,), (1 - t * t,))


@wrong("train2.tanh", "returns a plain number", says="The result is a node too:")
def tanh_plain_number(x):
    return math.tanh(x.data)


@right("train2.tanh")
def tanh_from_the_size(x):
    # e^(-2|x|) - 1 never overflows, and is exact near 0
    below = math.expm1(-2 * abs(x.data))
    t = math.copysign(-below / (2 + below), x.data)
    node = Value(t)
    node.inputs = (x,)
    node.local_derivatives = ((1 + t) * (1 - t),)
    return node


@right("train2.tanh")
def tanh_kept_within_thirty(x):
    at = min(max(x.data, -30.0), 30.0)  # beyond, the result is 1 or -1 in all its digits
    return Value(math.tanh(at), [x], [math.cosh(at) ** -2])


# train2.sigmoid


@wrong(
    "train2.sigmoid",
    "the formula as it stands, which overflows at -1,000",
    says="exp of a large number overflows:",
)
def sigmoid_overflows_below(x):
    s = 1 / (1 + math.exp(-x.data))
    return Value(s, (x,), (s * (1 - s),))


@wrong(
    "train2.sigmoid",
    "the other form for all numbers, which overflows at 1,000",
    says="exp of a large number overflows:",
)
def sigmoid_overflows_above(x):
    e = math.exp(x.data)
    s = e / (1 + e)
    return Value(s, (x,), (s * (1 - s),))


@wrong(
    "train2.sigmoid",
    "the result is safe, but the slope's own formula overflows",
    says="exp of a large number overflows:",
)
def sigmoid_slope_overflows(x):
    if x.data >= 0:
        s = 1 / (1 + math.exp(-x.data))
    else:
        s = math.exp(x.data) / (1 + math.exp(x.data))
    return Value(s, (x,), (math.exp(-x.data) / (1 + math.exp(-x.data)) ** 2,))


@wrong(
    "train2.sigmoid",
    "several nodes instead of one",
    says="Make one node, Value(data, inputs, local_derivatives),",
)
def sigmoid_many_nodes(x):
    if x.data >= 0:
        return 1 / (1 + exp(-x))
    return exp(x) / (1 + exp(x))


@wrong(
    "train2.sigmoid",
    "takes the size of x and forgets to turn back for negative x",
    says="This takes the size of x:",
)
def sigmoid_of_the_size(x):
    s = 1 / (1 + math.exp(-abs(x.data)))
    return Value(s, (x,), (s * (1 - s),))


@wrong("train2.sigmoid", "the slope of tanh", says="That is the slope of tanh,")
def sigmoid_tanh_slope(x):
    s = 0.5 + 0.5 * math.tanh(x.data / 2)
    return Value(s, (x,), (1 - s * s,))


@wrong(
    "train2.sigmoid",
    "the slope has the wrong sign for negative x",
    says="The sign is the wrong way",
)
def sigmoid_sign_below(x):
    if x.data >= 0:
        s = 1 / (1 + math.exp(-x.data))
        return Value(s, (x,), (s * (1 - s),))
    s = 1 / (1 + math.exp(x.data))
    return Value(1 - s, (x,), (-s * (1 - s),))


@wrong(
    "train2.sigmoid",
    "keeps x between -10 and 10, which nine decimals show",
    says="x is cut off at 10:",
)
def sigmoid_kept_within_ten(x):
    at = max(-10.0, min(10.0, x.data))
    s = 1 / (1 + math.exp(-at))
    return Value(s, (x,), (s * (1 - s),))


@wrong("train2.sigmoid", "neither case covers 0", says="Does the function reach a return,")
def sigmoid_nothing_at_zero(x):
    if x.data > 0:
        s = 1 / (1 + math.exp(-x.data))
        return Value(s, (x,), (s * (1 - s),))
    if x.data < 0:
        e = math.exp(x.data)
        return Value(e / (1 + e), (x,), (e / (1 + e) ** 2,))


@wrong("train2.sigmoid", "the slope along e to the power of -x, whose own slope is forgotten")
def sigmoid_inner_slope_missing(x):
    e = math.exp(-abs(x.data))
    s = 1 / (1 + e) if x.data >= 0 else e / (1 + e)
    return Value(s, (x,), (-s * s,))


@right("train2.sigmoid")
def sigmoid_from_tanh(x):
    t = math.tanh(x.data / 2)
    return Value((1 + t) / 2, (x,), ((1 + t) * (1 - t) / 4,))


@right("train2.sigmoid")
def sigmoid_caught(x):
    try:
        s = 1 / (1 + math.exp(-x.data))
    except OverflowError:
        s = 0.0
    return Value(s, (x,), (s - s**2,))


@right("train2.sigmoid")
def sigmoid_from_the_size(x):
    e = math.exp(-abs(x.data))
    larger = 1 / (1 + e)
    return Value(larger if x.data >= 0 else e * larger, (x,), (e * larger * larger,))


# train2.maximum


@wrong(
    "train2.maximum",
    "returns one of the Values in the list",
    says="Make a new node: Value(data, inputs,",
)
def maximum_the_value_itself(values):
    return max(values, key=lambda v: v.data)


@wrong("train2.maximum", "every input gets a slope of 1", says="Each has a slope of 1:")
def maximum_ones(values):
    return Value(max(v.data for v in values), tuple(values), (1.0,) * len(values))


@wrong(
    "train2.maximum",
    "if several are largest, each gets a slope of 1",
    says="Each of 2 places has a",
)
def maximum_ones_for_all_largest(values):
    top = max(v.data for v in values)
    return Value(top, tuple(values), tuple(1.0 if v.data == top else 0.0 for v in values))


@wrong(
    "train2.maximum",
    "a Value that stands in the list twice gets its slope twice",
    says="Each of 2 places has a",
)
def maximum_same_value_twice(values):
    best = max(values, key=lambda v: v.data)
    return Value(best.data, tuple(values), tuple(1.0 if v is best else 0.0 for v in values))


@wrong(
    "train2.maximum",
    "shares by the number of Values, but hands out by the places in the list",
    says="Each of 2 places has a",
)
def maximum_shares_of_a_set(values):
    top = max(v.data for v in values)
    part = 1 / len({v for v in values if v.data == top})
    return Value(top, values[:], [part if v.data == top else 0.0 for v in values])


@wrong(
    "train2.maximum",
    "starts the search from 0, so a list of negative numbers has 0",
    says="Note what it was made from,",
)
def maximum_from_zero(values):
    top, best = 0.0, None
    for v in values:
        if v.data > top:
            top, best = v.data, v
    return Value(top, (best,), (1.0,)) if best else Value(top)


@wrong("train2.maximum", "sorts the caller's list", says="Make a new list, or work")
def maximum_sorting(values):
    values.sort(key=lambda v: v.data)
    return Value(values[-1].data, (values[-1],), (1.0,))


@wrong(
    "train2.maximum",
    "one slope for many inputs: it goes to the first of the list",
    says="Each input needs one local derivative,",
)
def maximum_slope_to_the_first(values):
    return Value(max(v.data for v in values), tuple(values), (1.0,))


@wrong(
    "train2.maximum",
    "made of other operations, so of several nodes",
    says="Make one node, Value(data, inputs, local_derivatives),",
)
def maximum_many_nodes(values):
    result = values[0]
    for v in values[1:]:
        result = result + relu(v - result)
    return result


@wrong(
    "train2.maximum", "the slope is the maximum itself", says="The largest number itself is noted"
)
def maximum_own_number(values):
    best = max(values, key=lambda v: v.data)
    return Value(best.data, (best,), (best.data,))


@wrong(
    "train2.maximum",
    "keeps no inputs, so no slope reaches the list",
    says="Note what it was made from,",
)
def maximum_no_inputs(values):
    return Value(max(v.data for v in values))


@right("train2.maximum")
def maximum_shared_by_place(values):
    numbers = [v.data for v in values]
    places = [i for i, number in enumerate(numbers) if number == max(numbers)]
    return Value(max(numbers), [values[i] for i in places], [1 / len(places)] * len(places))


@right("train2.maximum")
def maximum_last_place(values):
    where = 0
    for i in range(len(values)):
        if values[i].data >= values[where].data:
            where = i
    slopes = [0.0] * len(values)
    slopes[where] = 1.0
    return Value(values[where].data, tuple(values), tuple(slopes))


@right("train2.maximum")
def maximum_from_a_sorted_copy(values):
    *_, best = sorted(values, key=lambda v: v.data)
    return Value(best.data, (best,), (1,))


# train2.dot


def number_of(entry):
    return entry.data if isinstance(entry, Value) else entry


@wrong("train2.dot", "a plain number becomes a node too", says="A plain number gets no node:")
def dot_nodes_for_constants(x, y):
    x = [a if isinstance(a, Value) else Value(a) for a in x]
    y = [b if isinstance(b, Value) else Value(b) for b in y]
    slopes = tuple(b.data for b in y) + tuple(a.data for a in x)
    return Value(sum(a.data * b.data for a, b in zip(x, y)), tuple(x + y), slopes)


@wrong(
    "train2.dot",
    "a Value in several places keeps only its last slope",
    says="Of what comes to a Value in several places, only the last",
)
def dot_slopes_replaced(x, y):
    slopes = {}
    for a, b in zip(x, y):
        if isinstance(a, Value):
            slopes[a] = number_of(b)
        if isinstance(b, Value):
            slopes[b] = number_of(a)
    result = sum(number_of(a) * number_of(b) for a, b in zip(x, y))
    return Value(result, tuple(slopes), tuple(slopes.values()))


@wrong(
    "train2.dot", "each factor notes itself, not the other one", says="Each notes its own number: a"
)
def dot_own_factor(x, y):
    entries = [entry for entry in [*x, *y] if isinstance(entry, Value)]
    result = sum(number_of(a) * number_of(b) for a, b in zip(x, y))
    return Value(result, entries, [entry.data for entry in entries])


@wrong(
    "train2.dot",
    "the Values of the second list are forgotten",
    says="Only the first list's Values have",
)
def dot_first_list_only(x, y):
    inputs, slopes = [], []
    for a, b in zip(x, y):
        if isinstance(a, Value):
            inputs.append(a)
            slopes.append(number_of(b))
    result = sum(number_of(a) * number_of(b) for a, b in zip(x, y))
    return Value(result, tuple(inputs), tuple(slopes))


@wrong("train2.dot", "takes every entry for a Value", says="A Value has data, grad, inputs")
def dot_values_only(x, y):
    result = sum(a.data * b.data for a, b in zip(x, y))
    return Value(result, (*x, *y), (*[b.data for b in y], *[a.data for a in x]))


@wrong(
    "train2.dot",
    "a Value whose partner is a plain number gets no slope",
    says="Note what it was made from,",
)
def dot_pairs_of_values_only(x, y):
    inputs, slopes = [], []
    for a, b in zip(x, y):
        if isinstance(a, Value) and isinstance(b, Value):
            inputs += [a, b]
            slopes += [b.data, a.data]
    result = sum(number_of(a) * number_of(b) for a, b in zip(x, y))
    return Value(result, tuple(inputs), tuple(slopes))


@wrong("train2.dot", "inputs list by list, slopes pair by pair")
def dot_slopes_in_another_order(x, y):
    inputs = [entry for entry in x + y if isinstance(entry, Value)]
    slopes = []
    for a, b in zip(x, y):
        if isinstance(a, Value):
            slopes.append(number_of(b))
        if isinstance(b, Value):
            slopes.append(number_of(a))
    result = sum(number_of(a) * number_of(b) for a, b in zip(x, y))
    return Value(result, inputs, slopes)


@wrong(
    "train2.dot",
    "a node for each product and each sum",
    says="Make one node, Value(data, inputs, local_derivatives),",
)
def dot_many_nodes(x, y):
    result = x[0] * y[0]
    for a, b in zip(x[1:], y[1:]):
        result = result + a * b
    return result


@wrong(
    "train2.dot",
    "a Value that meets itself gets only one of its two slopes",
    says="A Value that stands in several places gets what comes by the last",
)
def dot_square_counted_once(x, y):
    inputs, slopes = [], []
    for a, b in zip(x, y):
        if isinstance(a, Value):
            inputs.append(a)
            slopes.append(number_of(b))
        if isinstance(b, Value) and b is not a:
            inputs.append(b)
            slopes.append(number_of(a))
    result = sum(number_of(a) * number_of(b) for a, b in zip(x, y))
    return Value(result, inputs, slopes)


@right("train2.dot")
def dot_slopes_collected(x, y):
    slopes, result = {}, 0.0
    for a, b in zip(x, y):
        result += number_of(a) * number_of(b)
        for entry, partner in [(a, b), (b, a)]:
            if isinstance(entry, Value):
                slopes[entry] = slopes.get(entry, 0.0) + number_of(partner)
    return Value(result, tuple(slopes), tuple(slopes.values()))


@right("train2.dot")
def dot_in_pairs(x, y):
    noted = [(e, p) for e, p in [*zip(y, x), *zip(x, y)] if hasattr(e, "data")]
    products = [getattr(a, "data", a) * getattr(b, "data", b) for a, b in zip(x, y)]
    inputs, partners = zip(*noted)
    return Value(math.fsum(products), inputs, [number_of(p) for p in partners])

# %% [markdown]
# # train2: can the chain rule run itself?
#
# In train1 you found a gradient on paper, wrote it down layer by layer, and had to check it. Yet
# every step did the same two things: it multiplied a slope by a local derivative, and it added up
# what came by several ways. A program can do that for any formula, if the numbers remember how
# they were made. In this lesson you build such a number. The model stays as it was.
#
# | | |
# |---|---|
# | **question** | can the chain rule run itself? |
# | **loss so far** | 2.5062 on held-out names in train1; counting had 2.4756 |
# | **new here** | a number that remembers, the graph, the order of the way back, an optimizer |
# | **dropped** | the gradient by hand |
# | **time** | about 60 minutes to read and try; the cells run in less than a minute |

# %% tags=["setup"]

# %%
import gc
import math
import random

from microgpt_ref.data import load_docs
from microgpt_ref.lab.checks import check, summary
from microgpt_ref.layers import document_loss, exp, log, random_weights, relu, with_temperature
from microgpt_ref.mlp import descend, mlp, mlp_gradient, mlp_shapes, numerical_slope
from microgpt_ref.sampling import generate
from microgpt_ref.tokenizer import Tokenizer
from microgpt_ref.training import evaluate, train

docs = load_docs("ssa2018")

# %% [markdown]
# Here is the program at the end of this lesson, in small, a bar a line. What this lesson adds to it
# is thick and coloured.

# %%
from microgpt_ref.lab.figures import program_map

program_map("train2")

# %% [markdown]
# ## A number that remembers
#
# The loss is made with a few operations: adding, subtracting, multiplying, dividing, `exp`, `log`
# and `relu`. Their local derivatives are known. So let each number carry two notes: which numbers
# it was made from, and how fast it grows with each of them. For a sum $a + b$ the second note is
# `(1.0, 1.0)`, as it grows exactly as fast as each of its terms. And for a product?

# %% [markdown] exercise="train2.multiply" kind="build it first" size="short" minutes="5"
# ### What a product notes
#
# **Aim.** Find the local derivatives of a product, before you read them.
#
# Write `my_multiply(a, b)` for two plain numbers. It returns the product and, in brackets of their
# own, its two local derivatives: how fast it grows with `a` while `b` stays as it is, and how fast
# with `b` while `a` stays. For a sum this would be `return a + b, (1.0, 1.0)`.
#
# **Done when** the check below says *right*.

# %% [markdown] tags=["hint"]
# Take 3 · 5 and let the 3 grow by 1. By how much does the product grow? And by how much if the 5
# grows by 1?

# %% tags=["exercise"]
def my_multiply(a, b):
    ...  # your code here: it returns the product, (how fast with a, how fast with b)

# %% tags=["solution"]
def my_multiply(a, b):
    return a * b, (b, a)

# %% tags=["check"]
check("train2.multiply", my_multiply)

# %% [markdown] tags=["solution"]
# If $a$ grows by 1, the product grows by one more $b$. So the local derivative along $a$ is $b$,
# and that along $b$ is $a$. Frequent slips: each factor's own number noted for itself; ones, as for
# a sum; the quotient `a * b / a`, which is right until $a$ is 0.

# %% [markdown]
# The lesson's own draft of such a number adds and multiplies:


# %%
class ValueDraft:
    def __init__(self, data, inputs=(), local_derivatives=()):
        self.data = data
        self.inputs = inputs
        self.local_derivatives = local_derivatives

    def __add__(self, other):
        return ValueDraft(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        return ValueDraft(self.data * other.data, (self, other), (other.data, self.data))


# %% [markdown]
# Python calls `__add__` for `+` and `__mul__` for `*`. A sum grows exactly as fast as each of its
# terms, so both local derivatives are 1. A product $a \cdot b$ grows $b$ times as fast as $a$, and
# $a$ times as fast as $b$: each factor notes the other one.
#
# Take $y = (a + b) \cdot c$, with $a = 3$, $b = 2$ and $c = 4$.

# %%
a, b, c = ValueDraft(3.0), ValueDraft(2.0), ValueDraft(4.0)
s = a + b
y = s * c
print("y =", y.data, "was made from", [x.data for x in y.inputs])
print("and grows with them at the rates", y.local_derivatives)

# %% [markdown]
# That is enough to find the slope of $y$ along $a$: $y$ grows 4 times as fast as $s$, and $s$ as
# fast as $a$, so $y$ grows $4 \cdot 1 = 4$ times as fast as $a$.
#
# Now the real class, **Value**, as it stands in the program. What is new is `grad`, a place for the
# gradient: the slope of the result along a number is also called the gradient *of that number*. The
# class brings along three functions of train1; see which local derivative each of them notes.

# %% tags=["piece"] piece="value.Value"

# %% [markdown]
# `exp` is its own slope, so the same number is noted twice. The slope of $\ln x$ is $1/x$. And
# `relu` has slope 1 where it lets a number pass, else 0: the open or shut gate of train1. Given a
# Value, train1's functions of these names call its own method. (`__slots__`: a Value stores these
# four and nothing else, which saves memory. `(self,)` is a tuple of one, and `{self!r}` shows the
# Value as `print` would.)
#
# The other methods follow. The loss also needs `-` and `/`; the rest makes Values behave like
# numbers in any formula. In the package they stand inside the class; here a line after each puts it
# there. The first two are the draft's operations, with a second case: a plain number on the other
# side, as `isinstance` tells, is a constant. Nobody wants its gradient, so it isn't kept among the
# inputs. The third says how a Value is printed.

# %% tags=["piece"] piece="value.Value.__add__ value.Value.__mul__ value.Value.__repr__"

# %%
a, b, c = Value(3.0), Value(2.0), Value(4.0)
s = a + b
y = s * c
print(y, "from", y.inputs)

# %% [markdown]
# All the numbers of a computation, each connected to those it was made from, are its **graph**. A
# number in it is a **node**. This is how it looks for $y = (a + b) \cdot c$. The square boxes were
# put in, and we call them *leaves*; the round ones were computed. Each arrow bears the local
# derivative that the node at its head has noted.

# %%
from microgpt_ref.lab.train2 import draw_graph

draw_graph(y, {"a": a, "b": b, "c": c, "s": s, "y": y})

# %% [markdown]
# ## Walking back
#
# No node has a gradient yet. Where should the walk begin? With $y$ itself, which grows exactly as
# fast as $y$: its gradient is 1. From there, hand it on along each arrow, backwards, times the
# local derivative. (The code calls an input a *child*.) This is our first function that calls
# itself. It stops at a leaf: that has no inputs, so the loop does nothing.


# %%
def walk_draft(node):
    for child, local_derivative in zip(node.inputs, node.local_derivatives):
        child.grad = local_derivative * node.grad
        walk_draft(child)


# %%
y.grad = 1.0
walk_draft(y)
print("a:", a.grad, " b:", b.grad, " c:", c.grad)

# %% [markdown]
# The 4 that you found by hand, and the others are right too: if $c$ grows by 1, then $y$ grows by
# $3 + 2$.
#
# There is a mistake in these few lines, and it shows when a number is used twice. Take $b = a + a$.
# That is $2a$, so its slope is 2.

# %%
a = Value(1.0)
b = a + a
b.grad = 1.0
walk_draft(b)
print("slope of a + a:", a.grad)

# %% [markdown]
# Half of it is missing. Two arrows lead back to $a$, and what comes by the second *replaces* what
# came by the first. But gradients that come by several ways have to be added up; that was one half
# of the chain rule. One sign in the draft makes the difference:


# %%
def walk_adding_draft(node):
    for child, local_derivative in zip(node.inputs, node.local_derivatives):
        child.grad += local_derivative * node.grad
        walk_adding_draft(child)


# %%
a = Value(1.0)
b = a + a
b.grad = 1.0
walk_adding_draft(b)
print("slope of a + a:", a.grad)

# %% [markdown]
# Better. Now double once more:


# %%
def two_doublings_draft():
    a = Value(1.0)
    b = a + a
    return a, b, b + b


# %% [markdown]
# **What do you expect?** What is the slope of the last one, $c = b + b$, along $a$? And what does
# the walk find? Follow it arrow by arrow.

# %% tags=["reveal"]
a, b, c = two_doublings_draft()
c.grad = 1.0
walk_adding_draft(c)
print("by the formula, c is 4 a, so the slope is 4; the walk finds", a.grad)

# %% tags=["reveal"]
draw_graph(c, {"a": a, "b": b, "c": c})

# %% [markdown]
# The gradient of $b$ is right, that of $a$ is not. The walk came to $b$ by the left arrow, when
# $b$ had received only 1, and went straight on: $a$ got $1 + 1$. Then it came by the right arrow,
# when $b$ had its full 2, and went on again: $a$ got $2 + 2$ more. The first half of $b$'s gradient
# has been handed on twice.
#
# What if $b$ handed on only what is new, 1 at the first visit and 1 at the second? Then $a$ would
# get $1 + 1 + 1 + 1 = 4$, which is right. But in this way every path through the graph is walked on
# its own. Two doublings have $2 \cdot 2$ paths, and 50 have $2^{50}$.
#
# ## A node waits its turn
#
# The trouble was that $b$ went on too early. A node may hand on its gradient only when *every* node
# that uses it has handed on its own. Then one visit to each node will do.
#
# To get there, put all nodes in a row, each one after its inputs: a **topological order**. Whatever
# uses a node stands behind it. So the way back takes the row from its end: when a node's turn
# comes, all that use it have handed on. This draft finds such a row: first the inputs, then the
# node, and no node twice. (For Values, `in` looks for the same object: two nodes with equal numbers
# are still two.)


# %%
def order_draft(node, order):
    if node not in order:
        for child in node.inputs:
            order_draft(child, order)
        order.append(node)
    return order


# %%
print([node.data for node in order_draft(c, [])])

# %% [markdown]
# $a$ comes before $b$, and $b$ before $c$. But the draft has two weak points. `not in order`
# searches a list that grows with the graph, again and again. And a function that calls itself goes
# a level deeper with every node along one path. Python allows about a thousand levels. Our losses
# are not so deep yet, but a long sum is:

# %%
chain = Value(0.0)
for _ in range(10_000):
    chain = chain + 1.0

try:
    order_draft(chain, [])
except RecursionError:
    print("too deep: Python gives up")

# %% [markdown] exercise="train2.topological_order" kind="build it first" size="longer" minutes="25"
# ### Inputs first, without going deeper
#
# **Aim.** Put the nodes of any graph in a row, however long its paths are.
#
# Write `my_topological_order(result)`. It returns a list of all nodes that `result` was made from,
# leaves included, and `result` itself: each node once, and after all of its inputs. `node.inputs`
# has the inputs of a node. Where several such orders exist, any of them is right. It has to manage
# `chain`, so it can't call itself, and graphs with very many paths, such as 60 doublings, so it
# can't go along all of them.
#
# **Done when** the check says *right*.

# %% [markdown] tags=["hint"]
# Keep a list of nodes that still have to be dealt with, and a set of those that are already in the
# row. Begin with `result` in the list, and go on until the list is empty.

# %% [markdown] tags=["hint"]
# Look at the last node of the list without taking it off. Is one of its inputs not in the row yet?
# Then that one has to be dealt with first: put it on the list. Are all of them in the row? Then
# the node may follow, and leave the list.

# %% [markdown] tags=["hint"]
# A node can be on the list twice, if two nodes use it. When it comes up again and is in the row
# already, it only leaves the list.

# %% tags=["exercise"]
def my_topological_order(result):
    ...  # your code here: it returns a list of nodes

# %% tags=["solution"]
def my_topological_order(result):
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

# %% tags=["check"]
check("train2.topological_order", my_topological_order)

# %% [markdown] tags=["solution"]
# A node stays on the list until all of its inputs are in the row, and only then gets its own place:
# so every node stands after its inputs. What the function that calls itself left to Python, where
# to go on afterwards, is kept in `waiting`, which may grow as long as it likes. Frequent slips: a
# node put into the row when it is met, before its inputs; nodes told apart by `data`, though two
# may hold the same number; no memory of what was done, so that 60 doublings never end.

# %% [markdown]
# The lesson's own keeps a list of what is still to be done, a **stack**, and takes from its end.
# When a node is taken for the first time, it is put back, marked with `True`, and its inputs on top
# of it. When it comes up with its mark, the inputs have been dealt with, and it gets its place in
# the row. If it was put on the stack more than once, it comes up unmarked though seen, and is
# skipped.

# %% tags=["piece"] piece="value.Value.topological_order"

# %% [markdown]
# Here is $c = b + b$, a line for each node taken from the stack. A star is the mark.

# %%
from microgpt_ref.lab.train2 import stack_table

print(stack_table(c, {"a": a, "b": b, "c": c}))

# %%
print([node.data for node in c.topological_order()])
print(len(chain.topological_order()), "nodes in the long chain")

# %% [markdown]
# (`seen` is a set, which can be searched quickly however large it is.) With this the backward pass
# is short.

# %% [markdown] exercise="train2.backward" kind="build it first" size="short" minutes="15"
# ### The way back
#
# **Aim.** Let the chain rule run along a row of nodes.
#
# Write `my_backward(order)`. `order` is a list of nodes, each after its inputs, and the result is
# the last of them. Every `grad` is 0 when it begins. When it is done, each node's `grad` is the
# slope of the result along that node. It returns nothing, and leaves the list and the nodes' `data`
# as they were.
#
# **Done when** the check says *right*.

# %% [markdown] tags=["hint"]
# Which node's gradient is known without any work, and how large is it?

# %% [markdown] tags=["hint"]
# Take the nodes from the end of the row. Each hands something to all of its inputs, as in
# `walk_adding_draft`; but nobody has to call anybody.

# %% tags=["exercise"]
def my_backward(order):
    ...  # your code here: it sets each node's grad, and returns nothing

# %% tags=["solution"]
def my_backward(order):
    order[-1].grad = 1.0
    for node in order[::-1]:
        for i, child in enumerate(node.inputs):
            child.grad += node.grad * node.local_derivatives[i]

# %% tags=["check"]
check("train2.backward", my_backward)

# %% [markdown] tags=["solution"]
# When a node's turn comes, all that use it have handed on, so its gradient is complete. Frequent
# slips: `=` instead of `+=`; the row taken from its beginning, where all gradients are still 0; the
# first 1 forgotten, so that everything stays 0; a local derivative handed on as it is, not times
# the node's gradient; `order.reverse()`, which turns round the caller's list.

# %% [markdown]
# The lesson's own does a little more. First it clears what an earlier pass may have left in the
# nodes that were computed. Then the result gets its 1 (added, as to any leaf, in case it is one),
# and the row is taken from its end; the innermost line is the one from our draft.

# %% tags=["piece"] piece="value.Value.backward"

# %%
a, b, c = two_doublings_draft()
c.backward()
print("slope of c along a:", a.grad, " along b:", b.grad)

# %% [markdown]
# Four, as it should be. To find gradients by keeping the graph and walking it back is one kind of
# **automatic differentiation**, or **autograd**. Ours is made after micrograd, an engine of about
# 100 lines by Andrej Karpathy (2020).
#
# ## Step by step
#
# Here is a graph in which nodes really have to wait. From $a = 2$ and $b = 3$ come $c = a \cdot b$,
# then $d = c + a$, then $e = c \cdot d$. Both $a$ and $c$ are used twice. Below are the gradients
# after each step of the way back, one arrow a step, written as the walk takes it, from the node
# that hands on: first along the topological order from its end, then "straight back", as our draft
# walks.

# %%
a, b = Value(2.0), Value(3.0)
c = a * b
d = c + a
e = c * d
labels = {"a": a, "b": b, "c": c, "d": d, "e": e}

# %%
from microgpt_ref.lab.train2 import backward_table, show_backward

for order in ["topological", "straight back"]:
    print(order)
    print(backward_table(e, labels, order))

# %% [markdown]
# For $a$ the first ends at 48, the second at 72. To see which is right, nudge $a$ a little up and a
# little down: a nudge to one side gives the slope only nearly, and the two errors cancel. Below, 3
# stands for $b$.


# %%
def e_draft(a):
    return (a * 3) * (a * 3 + a)


print(f"{(e_draft(2.001) - e_draft(1.999)) / 0.002:.4f}")

# %% [markdown]
# Read the column of $c$ in the first table. It gets 8 from $e$, and waits. At step 3 it gets 6 more
# from $d$. Only at steps 5 and 6 does it hand on all 14: times 3 to $a$, times 2 to $b$. This is
# the moment before:


# %%
show_backward(4, "topological", e, labels)

# %% [markdown]
# In the second table $c$ doesn't wait. In JupyterLab or Colab, run the next cell, choose *straight
# back* and move the step. **What do you expect?** Which step hands $a$ something that it has been
# given before, and by how much is $a$ then too large?

# %% tags=["live"]
from microgpt_ref.lab.widgets import choice, play, slider

play(
    "Straight back, a gets 72 instead of 48. Which step hands it too much, and how much?",
    lambda step, order: show_backward(step, order, e, labels),
    step=slider("step", list(range(10)), 0),
    order=choice("order", ["topological", "straight back"], "topological"),
)

# %% tags=["reveal"]
print("Step 6: of the 14 that c hands on there, it had handed on 8 before, at step 2.")
print(f"Times the local derivative {b.data:g} (that is b) this makes {8 * b.data:g} too much.")

# %% [markdown]
# ## Called twice
#
# The two doublings once more, made afresh. `backward` found 4 for $a$ and 2 for $b$. Call it twice
# in a row. **What do you expect?** Which two numbers stand there then?

# %% tags=["reveal"]
a, b, c = two_doublings_draft()
c.backward()
c.backward()
print("a:", a.grad, " b:", b.grad)

# %% [markdown]
# That of $a$ doubles: the gradients of leaves add up from call to call. Nodes that were computed,
# such as $b$, start afresh each time, else $b$ would hand on its old 2 once more. The weights are
# leaves, so theirs must be cleared between two steps of training, or each step repeats all those
# before it. (`backward` leaves this to us, so that the gradients of several losses can be
# collected.)
#
# ## The rest of the arithmetic
#
# Next, $-x$. It falls as fast as $x$ grows, so its local derivative is $-1$. The same goes for the
# second term of a difference.

# %% tags=["piece"] piece="value.Value.__neg__ value.Value.__sub__"

# %% [markdown]
# Then plain numbers on the left. In `2 + a` Python first asks the 2, which knows nothing of Values,
# and then asks $a$ for `__radd__`: the *r* is for right, where
# $a$ stands.

# %% tags=["piece"] piece="value.Value.__radd__ value.Value.__rsub__ value.Value.__rmul__"

# %% [markdown]
# Then division. These two slopes, and that of powers, you needn't derive: the check below tests
# them. For $q = x / y$ the local derivatives are
#
# $$\frac{1}{y} \text{ along } x, \qquad -\frac{x}{y^2} = -\frac{q}{y} \text{ along } y$$
#
# In `3 / x` the 3 does become a node, which saves a rule of its own.

# %% tags=["piece"] piece="value.Value.__truediv__ value.Value.__rtruediv__"

# %% [markdown]
# Last, powers, for which train3 has a use. The local derivative of $x^n$ is $n\, x^{n-1}$. The
# power has to be a plain number.

# %% tags=["piece"] piece="value.Value.__pow__ value.Value.__rpow__"

# %% [markdown]
# What has no result, no slope, or no rule here is refused:

# %%
try:
    Value(2.0) ** Value(3.0)
except TypeError as error:
    print(error)
try:
    log(Value(0.0))
except ValueError as error:
    print(error)

# %% [markdown]
# Trust none of this before it has been checked. For that, train1's `numerical_slope` comes out of
# retirement. It nudges an entry of a list, so $x$ goes into a list of one. In these formulas, at $x
# = 2$, every operation occurs, and `relu` both shut and open:


# %%
def nudged_draft(f, x):
    row = [x]
    return numerical_slope(lambda: f(row[0]), row, 0)


# %%
formulas = {
    "x * x": lambda x: x * x,
    "5 - x": lambda x: 5 - x,
    "3 / x": lambda x: 3 / x,
    "x ** -0.5": lambda x: x**-0.5,
    "exp(-x)": lambda x: exp(-x),
    "x * log(x)": lambda x: x * log(x),
    "relu(1 - x)": lambda x: relu(1 - x),
    "relu(x - 1)": lambda x: relu(x - 1),
    "x / (1 + x)": lambda x: x / (1 + x),
    "5 * x - x * x": lambda x: 5 * x - x * x,
    "(x + x) / 5": lambda x: (x + x) / 5,
}
for text, f in formulas.items():
    x = Value(2.0)
    f(x).backward()
    print(f"{text:13} backward {x.grad:7.3f}   nudged {nudged_draft(f, 2.0):7.3f}")

# %% [markdown]
# ## Back to the names
#
# Three helpers: `to_values` makes a Value of each weight, `to_floats` goes the other way when the
# training is over, and `flatten` puts all weights in one list.

# %% tags=["piece"] piece="value.to_values value.to_floats value.flatten"

# %% [markdown]
# The start is that of train1: the same shuffle, the same random weights.

# %% tags=["main"]
rng = random.Random(42)
rng.shuffle(docs)
tokenizer = Tokenizer(docs)
weights = random_weights(mlp_shapes(tokenizer.vocab_size, 16), rng)
values = to_values(weights)

# %% [markdown]
# > **The loss.** A model gives the token that really came next some probability $p$. Its
# > surprise at that token is $-\ln p$, measured in *nats*: 0 if it was certain and right, and
# > more the less it expected what came. The loss is the mean surprise per token. $e^{\text{loss}}$
# > is the number of letters it hesitates between: a model that wavers evenly among $k$ letters
# > has a loss of $\ln k$.
#
# The model needs no change. Given Values, `mlp` and `document_loss` return a loss that is a Value
# too, with the whole graph behind it. Only the largest logit, the peak, is taken out as a plain
# number, by `plain`, and so counts as a constant. That is allowed: the loss is the same whatever is
# subtracted, so no slope is lost.

# %%
emma = tokenizer.encode("emma")
loss = document_loss(lambda token: mlp(values, token), emma)
loss.backward()
print(f"loss of emma: {loss.data:.4f}")

# %% [markdown]
# That was the whole backward pass. Here is the gradient of a few weights, found in three ways:

# %%
by_hand = mlp_gradient(weights, emma)[1]


def emma_loss():
    return document_loss(lambda token: mlp(weights, token), emma)


# %%
print("                by hand    nudging   autograd")
for name, i, j in [("wte", 4, 0), ("fc1", 6, 3), ("fc1", 5, 3), ("fc2", 12, 2), ("fc2", 0, 7)]:
    nudged = numerical_slope(emma_loss, weights[name][i], j)
    print(f"{name + f'[{i}][{j}]':12} {by_hand[name][i][j]:10.5f} {nudged:10.5f} ", end="")
    print(f"{values[name][i][j].grad:10.5f}")

# %% [markdown]
# All three agree as printed. (At `fc1[5][3]` the gate is shut for BOS and all the
# letters of *emma*.) The first and the
# last agree more closely still, in every weight:

# %%
pairs = list(zip(flatten(by_hand), flatten(values)))
print(len(pairs), "weights; all within 1e-12:", all(abs(d - p.grad) < 1e-12 for d, p in pairs))

# %% [markdown]
# The last bits may differ, since the additions come in another order.
#
# ## What it costs
#
# Everything is remembered, and that has its price. **What do you expect?** *emma* has five
# predictions, and the network 3,184 weights, most of which take part in each. How many nodes has
# the graph of this one loss? Every single multiplication and addition makes one.

# %% tags=["reveal"]
nodes = loss.topological_order()
print(f"{len(nodes):,} nodes, {sum(not node.inputs for node in nodes):,} of them weights")

# %% [markdown]
# Of `wte` only the rows of BOS, e, m and a are in the graph: $4 \cdot 16 = 64$ weights. With the
# 1,024 of `fc1` and the 1,728 of `fc2` this makes 2,816.
#
# Which operations made the other nodes? The chart guesses it from each node's numbers: an open
# relu, say, gives its one input's number again. $x - 5$ can't be told from $x + (-5)$, so
# subtractions of the peak show as +. The five nodes at − take the target's logit away, at the end
# of each cross-entropy. The division by 5 at the end shows as ×.

# %%
from microgpt_ref.lab.figures import bar_chart
from microgpt_ref.lab.train2 import operation

made = [operation(node) for node in nodes if node.inputs]
kinds = sorted(set(made), key=lambda kind: (-made.count(kind), kind))
bar_chart(kinds, [made.count(kind) for kind in kinds], "operation", "number of nodes", "train2")

# %% [markdown]
# Nearly all are the two operations of our draft. And the additions stand in long sums: a `dot` of
# 16 entries makes 16 products, then `total` adds them up in 15 steps, and each step's result is a
# node. Nobody needs the first 14. But who says that a node has two inputs? A sum of many numbers
# can be *one* node, with all of them as its inputs. It grows as fast as each of its terms, so every
# local derivative is 1. (`(1.0,) * 3` is `(1.0, 1.0, 1.0)`.)

# %% tags=["piece"] piece="value.Value.plus_all"

# %% [markdown]
# The first lines of `total`, which you could skip in train1, ask whether a number has this method.
# Until now Values hadn't, so `total` added them with `+`, two at a time; from here on they have.
# **What do you expect?** How many of *emma*'s nodes remain: nearly all, somewhat more than half, or
# a tenth? And what becomes of the loss and of the slopes?

# %% tags=["reveal"]
for p in flatten(values):
    p.grad = 0.0
lighter = document_loss(lambda token: mlp(values, token), emma)
lighter.backward()
remaining = lighter.topological_order()
print(f"{len(nodes):,} nodes before, {len(remaining):,} now")
print("the same loss:", lighter.data == loss.data)
print("the slopes still those by hand:", all(abs(d - p.grad) < 1e-12 for d, p in pairs))

# %% [markdown]
# The products and the weights remain, and about a thousand others: a node for each sum, and those
# of `exp`, `relu` and so on. Nothing has changed but the work. (Large libraries go on in this way:
# their nodes are sums and products of whole matrices.)
#
# Every prediction makes the same number of nodes, so a whole training run can be counted:

# %%
computed = len([node for node in remaining if node.inputs])
per_prediction = computed // 5
predictions = sum(len(doc) + 1 for doc in docs[:1000])
print(f"{computed:,} nodes besides the weights: {per_prediction:,} for each of 5 predictions,")
print(f"and {computed % 5} for their mean, a sum and a quotient")
print(f"1,000 steps have {predictions:,} predictions:")
print(f"{per_prediction * predictions / 1e6:.1f} million nodes, made, walked and thrown away")

# %% [markdown]
# Training will take many times as long as by hand. (Further down both run, a cell each: watch how
# long each takes.) In return you never have to work out a gradient again.
#
# One more part of the price can be avoided. Now and then Python's *garbage collector*, `gc`,
# searches for objects that refer to each other in rings. Our graph has none, as inputs never refer
# to their results, so we turn the search off for the training below, with
# `gc.disable()`, and on again after it.
# Without it Python still frees all that nothing refers to any more.
#
# ## The optimizer
#
# What turns gradients into new weights is called an **optimizer**. Ours is the SGD of train1, as a
# class. It takes any list of Values, and clears the gradients that it has used.

# %% tags=["piece"] piece="adam.SGD"

# %% [markdown] retires="mlp.zeros_like mlp.linear_backward mlp.mlp_gradient mlp.descend"
# With this, four pieces of train1 retire, after one last comparison below: `mlp_gradient`,
# `linear_backward`, `zeros_like` and `descend`.

# %% [markdown] rests="layers.add"
# `add`, which `mlp_gradient` called, rests until train3 has a use for it.
#
# The gradients of *emma* are still there, from the check above. They would go into the first step.

# %%
for p in flatten(values):
    p.grad = 0.0

# %% [markdown]
# A step of training is now three lines: the loss, the way back, the step. The next cell takes
# about half a minute.

# %% tags=["main"]
gc.disable()
optimizer = SGD(flatten(values))


def learn(tokens, rate):
    loss = document_loss(lambda token: mlp(values, token), tokens)
    loss.backward()
    optimizer.step(rate)
    return loss.data


steps = 1000
losses = train(learn, docs, tokenizer, steps, rate=1.0)

# %% [markdown]
# In `learn`, only `mlp` and its weights, `values`, say which model this is. Beside it, train1's way
# once more, from the same start:

# %%
gc.enable()  # the garbage collector may search again
copies = {name: [row[:] for row in w] for name, w in weights.items()}


def learn_by_hand(tokens, rate):
    loss, grads = mlp_gradient(copies, tokens)
    descend(copies, grads, rate)
    return loss


# %%
losses_by_hand = train(learn_by_hand, docs, tokenizer, steps, rate=1.0)
print("step  by hand  autograd")
for step in [1, 2, 3, 10, 100, 1000]:
    print(f"{step:4d}  {losses_by_hand[step - 1]:7.4f}  {losses[step - 1]:8.4f}")
gaps = [abs(a - b) for a, b in zip(losses_by_hand, losses)]
print("all", len(gaps), "losses equal to a millionth:", max(gaps) < 1e-6)

# %% [markdown]
# A thousand steps, and the same losses. Two ways back made so differently don't agree by accident:
# this is the strongest check yet, of both. (Step 1000 is above step 100: single losses jump with
# the name.)
#
# ## The same model
#
# For the marks and the names no gradients are needed, so the weights become floats again.

# %% tags=["main"]
weights = to_floats(values)


def next_logits(token):
    return mlp(weights, token)


held_out = docs[1000:1300]
loss = evaluate(lambda tokens: document_loss(next_logits, tokens), held_out, tokenizer)
print(f"held-out loss: {loss:.4f} nats per token")

# %%
from microgpt_ref.lab.runs import load_run

marks = {name: load_run(name)["held_out_loss"] for name in ["train0", "train1"]}
marks["train2"] = loss
for name, mark in marks.items():
    print(f"{name}: held-out loss {mark:.4f}, hesitates between {math.exp(mark):.2f} letters")

# %% [markdown]
# No better than train1, and no worse: it is the same model. (The losses of train0 and train1 were
# written down when those lessons ran.) What has changed is what we can build next.

# %% tags=["main"]
next_probs = with_temperature(next_logits, 0.5)
names = [tokenizer.decode(generate(next_probs, tokenizer.bos, 16, rng)) for _ in range(20)]
print("\n".join(names))

# %% [markdown]
# The same weights but for rounding, and the same draws, give the same names:

# %%
print("the same names as in train1:", names == load_run("train1")["samples"])

# %% [markdown]
# ## What to take along
#
# - A `Value` is a number with notes: what it was made from, and how fast it grows with each.
# - The notes of all numbers form a graph, and the chain rule is a walk through it, backwards.
# - Gradients that come by several ways are added up. Those of the weights also add up over calls,
#   so they must be cleared.
# - A node hands its gradient on only after all nodes that use it: a topological order.
# - Autograd gives the gradient of anything that is computed with Values. It costs memory and time:
#   every product and every sum makes an object. Fewer and larger nodes cost less.

# %% [markdown]
# ## Questions
#
# Open the option that you think is right: it says whether it is, and why.

# %% [markdown] tags=["question"] question="train2.product"
# With `a = Value(3.0)` and `b = Value(5.0)`, which local derivatives does `a * b` note, for `a` and
# for `b`?
#
# - [ ] 3 and 5 :: Each factor would note itself. But if `a` grows by 1, the product grows by one
#   more `b`.
# - [x] 5 and 3 :: If `a` grows by 1, the product grows by 5; if `b` grows by 1, it grows by 3.
# - [ ] 1 and 1 :: That is what a sum notes: it grows exactly as fast as each of its terms.
# - [ ] 15 and 15 :: That is the product itself. Only `exp` notes its own result.

# %% [markdown] tags=["question"] question="train2.used_twice"
# `y = x * x + x` with `x = Value(3.0)`. What is `x.grad` after `y.backward()`?
#
# - [x] 7 :: Three arrows lead back to `x`: two from the product with 3 each, and one from the sum
#   with 1.
# - [ ] 6 :: That is the part of `x * x`. The sum uses `x` once more, with a slope of 1.
# - [ ] 4 :: One of the product's two arrows is missing: both lead to `x`, with 3 each.
# - [ ] 3 :: That is what comes last, if `=` replaces what came before. It has to be added.

# %% [markdown] tags=["question"] question="train2.paths"
# A number is doubled ten times, each time with `b = b + b`. Walking straight back with
# `walk_adding_draft`, how often is something handed to the first number?
#
# - [ ] 2 times :: So it is in topological order: once for each arrow to it.
# - [ ] 20 times :: That is the number of arrows in the graph. Straight back, most of them are
#   walked again and again.
# - [x] 1,024 times :: Once for each path, and every doubling has two arrows: 2 to the power 10.

# %% [markdown] tags=["question"] question="train2.waiting"
# Why must a node wait until all nodes that use it have handed on?
#
# - [ ] It saves memory :: The graph takes the same memory in any order.
# - [ ] Otherwise it would hand on nothing :: It would hand on something, but only the part of its
#   gradient that has come so far.
# - [x] Otherwise it would hand on a gradient that is not complete :: What comes later would have to
#   go down all the paths behind the node once more.
# - [ ] Python would give up, too deep :: That comes of a function that calls itself along a long
#   path, whatever the order.

# %% [markdown] tags=["question"] question="train2.three_calls"
# `b = a + a`, `c = b + b`, and `c.backward()` is called three times. What are `a.grad` and
# `b.grad`?
#
# - [ ] 4 and 2 :: So it is after the first call. `backward` doesn't clear the gradients of leaves.
# - [x] 12 and 2 :: The leaf adds up 4 + 4 + 4; the node that was computed starts afresh each time.
# - [ ] 12 and 6 :: Nodes that were computed are cleared first. If `b` kept its old 2, it would hand
#   it on again, and `a` would get more than 12.
# - [ ] 24 and 6 :: So it would be if `b` were not cleared: it would hand on 2, then 4, then 6, each
#   of them twice.

# %% [markdown] tags=["question"] question="train2.nodes"
# How many nodes has the graph of `(x * 3 + 2) * x`?
#
# - [ ] 3 :: These are the operations. `x` itself is a node too.
# - [x] 4 :: `x`, and the results of two multiplications and one addition.
# - [ ] 5 :: Is `x` counted twice? It is one object, with two arrows going out from it.
# - [ ] 6 :: The numbers 3 and 2 are constants: nobody wants their gradients, so they get no nodes.

# %% [markdown] tags=["question"] question="train2.peak"
# Before `exp`, the largest logit is subtracted as a plain number, so no gradient flows through it.
# Is that allowed?
#
# - [x] Yes: the loss is the same whatever is subtracted :: So its slope along what is subtracted is
#   0, and nothing is lost if that is left out.
# - [ ] Yes: the largest logit has no slope of its own :: It has one: it also stands among the
#   logits, and as such it gets its gradient.
# - [ ] No, but the error is small :: Autograd and the gradient by hand agreed in every weight.

# %% [markdown] tags=["question"] question="train2.price"
# The network has 3,184 weights. To find its whole gradient for one document by nudging each of
# them, how often must the loss be computed, at the least? And with `backward`?
#
# - [ ] 3,184 times; and as often :: `backward` finds all slopes in one walk, from one loss.
# - [x] 3,185 times; and once :: Once before, and once for each weight that is nudged. Autograd
#   needs a single loss and one walk back.
# - [ ] 2 times; and once :: Two are enough for the slope along one weight. All weights at once
#   can't be nudged: who moved the loss?

# %% [markdown]
# ## Exercises
#
# Each names its aim, its size, and when it is done. Run its cell, then the check. Hints are folded
# under each task; solutions stand in the book's last part. Points count where a class is marked,
# and nowhere else.

# %% [markdown] exercise="train2.by_hand" kind="by hand" size="short" minutes="10"
# ### Two numbers used twice
#
# **Aim.** Walk back once with a pencil, and let a node wait.
#
# From $a = 3$ and $b = 2$ come $s = a \cdot b$, then $t = s - a$, then $y = t \cdot s$. Draw the
# graph with its local derivatives and walk back from $y$. What are the slopes of $y$ along $a$ and
# along $b$?
#
# **Done when** both numbers are in the cell below, in square brackets, and the check says *right*.

# %% [markdown] tags=["hint"]
# Two nodes use $s$: both $y$ and $t$. Find its gradient first, all of it.

# %% [markdown] tags=["hint"]
# Two arrows lead back to $a$ as well. One of them bears $-1$.

# %% tags=["exercise"]
my_slopes = ...  # [along a, along b]

# %% tags=["solution"]
my_slopes = [12, 27]

# %% tags=["check"]
check("train2.by_hand", my_slopes)

# %% tags=["solution"]
a, b = Value(3.0), Value(2.0)
s = a * b
t = s - a
y = t * s
y.backward()
for name, node in [("y", y), ("t", t), ("s", s), ("a", a), ("b", b)]:
    print(f"{name}: data {node.data:g}, grad {node.grad:g}")

# %% [markdown] tags=["solution"]
# Forwards $s = 6$, $t = 3$ and $y = 18$. Backwards $y$ has 1, and hands $1 \cdot 6$ to $t$ and $1
# \cdot 3$ to $s$. Then it is the turn of $t$: it hands 6 more to $s$ and $-6$ to $a$. Now $s$ has
# its full 9, and hands $9 \cdot 2$ to $a$ and $9 \cdot 3$ to $b$. So $a$ has $18 - 6 = 12$ and $b$
# has 27. Frequent slips: $s$ hands on its 3 before the 6 have come; $a$ as part of $t$ forgotten,
# or with the wrong sign.

# %% [markdown] exercise="train2.tanh" kind="go further" size="short" minutes="20" points="3"
# ### A new bend: tanh
#
# **Aim.** Teach Values an operation that they don't have.
#
# The *hyperbolic tangent* is a smooth bend, which earlier networks had where ours has `relu`:
#
# $$\tanh x = \frac{e^x - e^{-x}}{e^x + e^{-x}}$$
#
# Write `my_tanh(x)`. It takes a Value and returns a Value, as `exp` does: *one* new node, with
# `x` as its only input and the local derivative noted. It has to work for any number, 1,000 and
# $-1{,}000$ too. (`math.tanh` works on plain numbers, and you may use it.)
#
# **Done when** the check says *right*.

# %% [markdown] tags=["hint"]
# The node is `Value(data, (x,), (local_derivative,))`, with plain numbers for `data` and
# `local_derivative`. Note the comma in brackets that hold one thing.

# %% [markdown] tags=["hint"]
# The slope can be told from the result alone, as with `exp`. Nudge `math.tanh` at a few places, and
# write the slope beside the result: at 0 it is 1, and where the result comes near 1 or $-1$ it
# comes near 0.

# %% [markdown] tags=["hint"]
# What has to be taken from 1? It is the same for results of 0.5 and $-0.5$. At a result of 0.5 it
# is 0.25.

# %% tags=["exercise"]
def my_tanh(x):
    ...  # your code here: it returns a Value

# %% tags=["solution"]
def my_tanh(x):
    t = math.tanh(x.data)
    return Value(t, (x,), (1 - t * t,))

# %% tags=["check"]
check("train2.tanh", my_tanh)

# %% [markdown] tags=["solution"]
# With $u = e^x - e^{-x}$ and $v = e^x + e^{-x}$ each of the two is the other's slope, so the rule
# of quotients gives $(v \cdot v - u \cdot u) / v^2 = 1 - \tanh^2 x$. Frequent slips: the square
# forgotten; `x.data` squared where the result belongs; `math.exp(1000)`, which overflows; the
# formula written with Values, which gives a graph of several nodes.

# %% [markdown] exercise="train2.sigmoid" kind="go further" size="longer" minutes="25" points="4"
# ### A sigmoid that never overflows
#
# **Aim.** Make an operation that is right for small numbers, and holds for large ones.
#
# The *sigmoid* turns any number into one between 0 and 1:
#
# $$\sigma(x) = \frac{1}{1 + e^{-x}}$$
#
# Write `my_sigmoid(x)`, from a Value to a Value: *one* new node, with `x` as its only input. At
# $-1{,}000$ the formula as it stands overflows. Yours mustn't: there and at 1,000 it gives the
# right numbers, to nine decimals, for the result and for the local derivative.
#
# **Done when** the check says *right*.

# %% [markdown] tags=["hint"]
# `exp` of a large number overflows, that of a very negative one is just 0. For which $x$ is the
# formula safe?

# %% [markdown] tags=["hint"]
# Multiply the fraction by $e^x$, above and below. For which $x$ is this form safe?

# %% [markdown] tags=["hint"]
# The local derivative can be told from the result alone. It is largest, a quarter, where the result
# is a half, and nears 0 where the result nears 0 or 1.

# %% tags=["exercise"]
def my_sigmoid(x):
    ...  # your code here: it returns a Value

# %% tags=["solution"]
def my_sigmoid(x):
    shrunk = math.exp(-abs(x.data))  # between 0 and 1, whatever x is
    s = (1 if x.data >= 0 else shrunk) / (1 + shrunk)
    return Value(s, (x,), (s * (1 - s),))

# %% tags=["check"]
check("train2.sigmoid", my_sigmoid)

# %% [markdown] tags=["solution"]
# For $x \ge 0$ the formula is safe as it stands. For $x < 0$ its other form, $e^x / (1 + e^x)$, is.
# Both need $e^{-|x|}$ and no other power. The slope: with $u = 1 + e^{-x}$ it is
# $e^{-x} / u^2 = \frac1u \cdot \frac{u - 1}{u} = \sigma (1 - \sigma)$. Frequent slips: the other
# form for all $x$, which overflows at the other end; `x` cut off too early, say at $-10$; the slope
# of `tanh`.

# %% [markdown] exercise="train2.maximum" kind="go further" size="longer" minutes="20" points="4"
# ### The largest of a list
#
# **Aim.** Find the slopes of an operation that only chooses.
#
# Write `my_maximum(values)`. `values` is a list of one Value or more, and stays as it is. It
# returns *one* new node, which holds the largest of the numbers: not one of the Values in the
# list. Its inputs are all of them, or only those that matter. After `backward`, each has the slope
# of the maximum along it.
#
# If several are largest, the slope isn't settled. Then share a slope of 1 among them in any way:
# one may have all of it, or each the same part. The same Value may stand in the list twice.
#
# **Done when** the check says *right*.

# %% [markdown] tags=["hint"]
# Of 2, 7 and 5: nudge the 7, and by how much does the maximum move? Nudge the 5?

# %% [markdown] tags=["hint"]
# `max` can't compare Values, but it can compare their `data`. To find which one it was,
# `max(..., key=...)` may help, or a loop over positions.

# %% tags=["exercise"]
def my_maximum(values):
    ...  # your code here: it returns a Value

# %% tags=["solution"]
def my_maximum(values):
    winner = max(values, key=lambda value: value.data)
    return Value(winner.data, (winner,), (1.0,))

# %% tags=["check"]
check("train2.maximum", my_maximum)

# %% [markdown] tags=["solution"]
# A small nudge to the largest moves the maximum just as far, a nudge to any other doesn't move it.
# So only the winner is noted; the others as inputs with slope 0 do no harm. With a tie, `max` takes
# the first. Why the parts must add up to 1: if *all* numbers grow by a little, the maximum grows by
# just that. Frequent slips: a slope of 1 for every number that equals the maximum, which makes 2 at
# a tie; a search that begins with 0, though all may be negative; the winner itself handed back.

# %% [markdown] exercise="train2.dot" kind="go further" size="longer" minutes="30" points="5"
# ### A dot product in one node
#
# **Aim.** Do as large libraries do: make the nodes larger still, and have fewer of them.
#
# `dot` of two lists of 16 Values makes 17 nodes. Write `my_dot(x, y)`, which makes *one* new
# node. `x` and `y` are lists of the same length, 1 or more. Their entries are Values or plain
# numbers, and at least one is a Value. A plain number is a constant and gets no node. The same
# Value may stand in several places, also in both lists: then all its slopes must reach it.
#
# Then compute the loss of *emma* with it in the place of `dot`. How many nodes has the graph now?
#
# **Done when** the check says *right*, and you know the number of nodes.

# %% [markdown] tags=["hint"]
# Take $x_1 y_1 + x_2 y_2$. How fast does it grow with $x_1$?

# %% [markdown] tags=["hint"]
# A node's inputs may name one Value several times, each with a local derivative of its own:
# `backward` adds up what comes to it, as with `a + a`.

# %% [markdown] tags=["hint"]
# First make two lists of plain numbers, and compute the result from them. Then collect inputs and
# local derivatives, place by place, where `isinstance(entry, Value)`.

# %% tags=["exercise"]
def my_dot(x, y):
    ...  # your code here: it returns a Value

# %% tags=["solution"]
def my_dot(x, y):
    x_data = [a.data if isinstance(a, Value) else a for a in x]
    y_data = [b.data if isinstance(b, Value) else b for b in y]
    result = 0.0
    for a, b in zip(x_data, y_data):
        result += a * b
    notes = list(zip([*x, *y], [*y_data, *x_data]))
    notes = [(entry, other) for entry, other in notes if isinstance(entry, Value)]
    inputs, local_derivatives = zip(*notes)
    return Value(result, inputs, local_derivatives)

# %% tags=["check"]
check("train2.dot", my_dot)

# %% tags=["solution"]
def fused_mlp(token):
    x = values["wte"][token]
    hidden = [relu(my_dot(row, x)) for row in values["fc1"]]
    return [my_dot(row, hidden) for row in values["fc2"]]


fused = document_loss(fused_mlp, emma)
plain_loss = document_loss(lambda token: mlp(values, token), emma)
for label, one in [("a node for each product", plain_loss), ("a node for each dot", fused)]:
    for p in flatten(values):
        p.grad = 0.0
    one.backward()
    slope = values["fc1"][6][3].grad
    print(f"{label:26} loss {one.data:.6f}   slope of fc1[6][3] {slope:.6f}", end="   ")
    print(f"{len(one.topological_order()):6,} nodes")

# %% [markdown] tags=["solution"]
# With each entry stands the number that it was multiplied by, from the other list. A Value in both
# lists is noted twice, and `backward` adds. The loss and the slopes are as before, with a fraction
# of the nodes; most of those left are the weights. Frequent slips: each entry's own number noted
# for itself; a dictionary from Values to slopes in which the second slope replaces the first; the
# second list's slopes forgotten; plain numbers made into nodes.

# %% [markdown] exercise="train2.not_cleared" kind="break and explain" size="longer" minutes="25"
# ### Gradients that are never cleared
#
# **Aim.** See what one missing line does to a training run.
#
# Make an optimizer `ForgetfulSGD`: `SGD` without the line that sets each gradient back to 0. Train
# with it from the same start, with the same documents and a rate of 1.0, for 60 steps (a few
# seconds). **What do you expect?** Compare the mean loss of steps 1 to 20, 21 to 40 and 41 to 60
# with those in `losses`, and explain in two or three sentences what you see.
#
# **Done when** you have both rows of three numbers, and an explanation that someone who has read
# this lesson would accept.

# %% [markdown] tags=["hint"]
# The start again: `again = random.Random(42)`, then `again.shuffle(load_docs("ssa2018"))`, and
# weights from `random_weights(mlp_shapes(tokenizer.vocab_size, 16), again)`. `docs` is shuffled
# already.

# %% [markdown] tags=["hint"]
# By what does the third step move a weight? Write it down with the gradients of the first three
# documents.

# %% [markdown] tags=["exercise"]
# *Your numbers and your explanation:*

# %% tags=["solution"]
class ForgetfulSGD:
    def __init__(self, parameters):
        self.parameters = parameters

    def step(self, rate):
        for p in self.parameters:
            p.data -= rate * p.grad


again = random.Random(42)
again.shuffle(load_docs("ssa2018"))
spoilt = to_values(random_weights(mlp_shapes(tokenizer.vocab_size, 16), again))
forgetful = ForgetfulSGD(flatten(spoilt))


def learn_forgetfully(tokens, rate):
    loss = document_loss(lambda token: mlp(spoilt, token), tokens)
    loss.backward()
    forgetful.step(rate)
    return loss.data


gc.disable()
spoilt_losses = train(learn_forgetfully, docs, tokenizer, 60, rate=1.0)
gc.enable()
print("mean of steps    1-20   21-40   41-60")
for label, row in [("cleared", losses), ("never cleared", spoilt_losses)]:
    means = [sum(row[i : i + 20]) / 20 for i in (0, 20, 40)]
    print(f"{label:13}" + "".join(f"{mean:8.4f}" for mean in means))

# %% [markdown] tags=["solution"]
# The $n$-th step follows the sum of the first $n$ gradients. (The rates differ too: they fall to 0
# over 60 steps here, over 1,000 there. But smaller steps can't be what spoils it.) At first this
# looks good: the documents agree on much, and the sum takes longer strides in the common direction.
# But the weights run past the place where the loss is lowest, and the old gradients still push them
# on: it takes as many gradients the other way to stop them. So they swing wider and wider, and the
# loss goes far above that of knowing nothing.

# %% [markdown] exercise="train2.own_operation" kind="open" size="longer" minutes="40"
# ### An operation of your own
#
# **Aim.** Carry an idea from a formula to a tested operation, without anybody's check.
#
# Choose an operation that Values don't have: a sine, a square root, the absolute value, the mean of
# a list, the distance of two points. Write it as one node. Test its slopes by nudging, as this
# lesson does: at usual places, and at those where you would expect trouble. Then use it in an
# expression in which a number is used twice, call `backward`, and draw the graph with `draw_graph`.
#
# (The drawing guesses each operation from its numbers. One that it doesn't know it takes for a
# power or a division.)
#
# **Done when** nudging and `backward` agree at five places or more, and you can say at which places
# the slope is not what you would wish, if there are any.

# %% [markdown] tags=["hint"]
# Begin with the node: which plain number is its `data`, which are its inputs, and what is the local
# derivative along each? If you don't know a slope, nudge first and guess.

# %% [markdown] tags=["hint"]
# `nudged_draft(f, x)` takes a function of one number. Let your operation accept plain numbers too,
# or nudge its formula without Values.

# %% [markdown] tags=["exercise"]
# *What you chose, and what you found:*

# %% tags=["solution"]
def root(x):
    result = x.data**0.5
    return Value(result, (x,), (0.5 / result,))


for number in (0.01, 0.25, 1.0, 2.0, 9.0, 400.0):
    x = Value(number)
    root(x).backward()
    nudged = nudged_draft(lambda number: number**0.5, number)
    print(f"root of {number:6g}: backward {x.grad:9.6f}   nudged {nudged:9.6f}")

# %% tags=["solution"]
x = Value(4.0)
r = root(x)
y = r * x
y.backward()
draw_graph(y, {"x": x, "r": r, "y": y})

# %% [markdown] tags=["solution"]
# There is no one solution; this one takes the square root. Backward and nudged agree, least well at
# 0.01, where the slope changes so fast that even a nudge of 0.00001 is felt. At 0 the slope is
# infinite, and `root` fails with a division by 0: an honest operation would refuse with a message
# of its own, as `log` does. In the graph $y = x \sqrt x$ has the slope $1.5 \sqrt x$, which is 3 at
# 4, and comes to $x$ by two arrows. A good report names such places, and says what was decided
# there.

# %% tags=["check"]
summary("train2")

# %% [markdown]
# **What still hurts.** The model sees one letter and forgets the rest. Until now any other network
# would have needed a new gradient by hand; now the way back comes by itself. *How can it see
# further back?* That is train3.

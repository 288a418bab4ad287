# %% [markdown]
# # train2: can the chain rule run itself?
#
# | | |
# |---|---|
# | **question** | can the chain rule run itself? |
# | **loss so far** | 2.5062 on held-out names in train1; counting had 2.4756 |
# | **new here** | a number that remembers, the graph, the order of the way back, an optimizer |
# | **dropped** | the gradient by hand |
# | **time** | about 95 minutes, 45 of them for three exercises; the cells run in a minute |
#
# In train1 you needed a page of algebra for one small network. Change the network, and you need
# another page. Here is the end of that. Of these five numbers, three were made from the others.
# Press *Step*, and watch the gradients find their own way back.

# %% tags=["setup"]

# %% tags=["hide-input"]
import gc
import itertools
import math
import random

from microgpt_ref.data import load_docs
from microgpt_ref.lab.checks import check, summary
from microgpt_ref.lab.explorables import example
from microgpt_ref.layers import document_loss, exp, linear, log, random_matrix, random_weights, relu
from microgpt_ref.layers import with_temperature
from microgpt_ref.mlp import descend, mlp, mlp_gradient, mlp_shapes, numerical_slope
from microgpt_ref.sampling import generate
from microgpt_ref.tokenizer import Tokenizer
from microgpt_ref.training import evaluate, train

docs = load_docs("ssa2018")
example("step_backward")

# %% [markdown]
# This is **automatic differentiation**, or **autograd**. It's the engine under PyTorch and under
# every large model, and its heart fits on one screen. When you've built it, you'll never have to
# work out a gradient by hand again. You'll write down a formula, any formula, and call
# `backward()`.
#
# ## Once more by hand
#
# Before we hand the work to a machine, do what the machine will do. From $a = 2$ and $b = 3$ we make
# three more numbers:
#
# $$c = a \cdot b = 6 \qquad d = c + a = 8 \qquad e = c \cdot d = 48$$
#
# All the numbers of a computation, each connected to those that it was made from, form a **graph**,
# and each number is a **node** in it. Which way would $e$ move if we nudged one of them? Start at
# the end and walk back. Along each connection, multiply by the local derivative, as in train1:
#
# - $e$ grows as fast as itself. Its gradient is 1.
# - $e = c \cdot d$ hands $1 \cdot d = 8$ to $c$, and $1 \cdot c = 6$ to $d$.
# - $d = c + a$ hands its 6 on to both: 6 more for $c$, which makes 14, and 6 for $a$.
# - $c = a \cdot b$ hands $14 \cdot b = 42$ to $a$, and $14 \cdot a = 28$ to $b$.
#
# (The *gradient* of a node is the slope of the result along it. Both words are in use.)
#
# **What do you expect?** What's the gradient of $a$? Add up what it was handed. Then check it by
# nudging $a$, which Python does for you here:

# %%
def e_draft(a):
    return (a * 3) * (a * 3 + a)


# %% tags=["reveal"] ask="the gradient of a" answer="(e_draft(2.001) - e_draft(1.999)) / 0.002" digits=0
print(f"{(e_draft(2.001) - e_draft(1.999)) / 0.002:.4f}")

# %% [markdown]
# You used two rules and nothing else: multiply along a path, and add where paths meet. There's no
# room for cleverness in it, which means that a program can do it.
#
# ## A number that remembers
#
# There's one problem. When we write `e = c * d`, Python computes 48 and forgets where it came from.
# So we make our own kind of number, one that keeps two notes: which numbers it was made from, and
# how fast it grows with each of them. For a sum $a + b$ the second note is `(1.0, 1.0)`. And for a
# product?

# %% [markdown] exercise="train2.multiply" kind="build it first" size="short" minutes="5"
# ### What a product notes
#
# **Aim.** Find the local derivatives of a product before you read them.
#
# Write `my_multiply(a, b)` for two plain numbers. It returns the product and, in brackets of their
# own, its two local derivatives: how fast it grows with `a` while `b` stays the same, and how fast
# with `b` while `a` stays the same. For a sum, this would be `return a + b, (1.0, 1.0)`.
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
# and the one along $b$ is $a$.
#
# Common mistakes: each factor noting its own number; ones, as for a sum; the quotient `a * b / a`,
# which is right until $a$ is 0.

# %% [markdown]
# Here's a first draft of such a number. It's a class, like the tokenizer. Python calls the method
# `__add__` for a plus sign and `__mul__` for a star.


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


# %%
a, b = ValueDraft(2.0), ValueDraft(3.0)
c = a * b
print("c is", c.data, "and was made from", [x.data for x in c.inputs])
print("it grows with them at the rates", c.local_derivatives)

# %% [markdown]
# That's the whole trick. Now the real thing, **Value**, as it stands in the program:

# %% tags=["piece"] piece="value.Value"

# %% [markdown]
# What's new is `grad`, a place for the gradient. And it has three operations that `+` and `*` can't
# express. Look at the local derivative that each of them notes. The slope of $e^x$ is $e^x$ itself,
# so `exp` notes its own result. The slope of $\ln x$ is $1/x$. And `relu` notes 1 or 0: the gate of
# train1, open or shut.
#
# The rest is housekeeping. `op` is the sign of the operation, for drawings. `birth` numbers the
# Values in the order in which they were made (`next(Value.births)` gives 0, 1, 2 and so on), and it
# will save us some work. `__slots__` says that a Value stores these six things and nothing else,
# which saves memory.
#
# The other methods come as we need them. In the package they sit inside the class; here, the line
# after each one attaches it. First come the draft's two, now with a case for plain numbers: in `a *
# 3` the 3 is a constant. Nobody asks for its gradient, so it isn't kept.

# %% tags=["piece"] piece="value.Value.__add__ value.Value.__mul__ value.Value.__repr__"

# %%
a, b = Value(2.0), Value(3.0)
c = a * b
d = c + a
e = c * d
print(e, "from", e.inputs)

# %%
from microgpt_ref.lab.train2 import draw_graph

labels = {"a": a, "b": b, "c": c, "d": d, "e": e}
draw_graph(e, labels)

# %% [markdown]
# It's the graph from above, drawn from the notes. The square boxes are the numbers we started with;
# we call them **leaves**. The round ones were computed. Each arrow carries its local derivative.
# Every gradient is still 0.
#
# ## Walking back
#
# Now the walk. Begin with the result, whose gradient is 1. Hand it on to each input, times the
# local derivative, and let the input do the same. (The code calls an input a *child*, although it
# was born first.) The function calls itself, and it stops at the leaves because they have no
# inputs.


# %%
def walk_draft(node):
    for child, local_derivative in zip(node.inputs, node.local_derivatives):
        child.grad = local_derivative * node.grad
        walk_draft(child)


# %%
a, b, c = Value(3.0), Value(2.0), Value(4.0)
y = (a + b) * c
y.grad = 1.0
walk_draft(y)
print("a:", a.grad, " b:", b.grad, " c:", c.grad)

# %% [markdown]
# All three are right: $y$ grows 4 times as fast as $a$ or $b$, and 5 times as fast as $c$. But this
# is where everyone gets it wrong the first time. Use a number twice:

# %%
a = Value(1.0)
b = a + a
b.grad = 1.0
walk_draft(b)
print("slope of a + a:", a.grad)

# %% [markdown]
# $a + a$ is $2a$, so its slope is 2, and half of it is missing. Two connections lead back to $a$,
# and what arrived second *replaced* what had arrived first. Where paths meet, add! One character
# makes the difference:


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
# Better. Now double $b$ as well: $c = b + b$, which is $4a$. Its slope along $a$ is 4.


# %%
def two_doublings_draft():
    a = Value(1.0)
    b = a + a
    return a, b, b + b


# %% [markdown]
# **What do you expect?** What does the walk find for $a$? Follow it, connection by connection, with
# a pencil.

# %% tags=["reveal"] ask="the walk finds" answer="a.grad" digits=0
a, b, c = two_doublings_draft()
c.grad = 1.0
walk_adding_draft(c)
print("the walk finds", a.grad)

# %% [markdown]
# It should be 4, and it isn't bad luck. Here's the walk in four frames:

# %%
from microgpt_ref.lab.train2 import double_count

double_count(two_doublings_draft)

# %% [markdown]
# The walk reached $b$ when $b$ had only received 1 of its 2, and it went straight on: $a$ got
# $1 + 1$. Then it came back to $b$ along the second connection. By now $b$ had its full 2, and the
# walk went on again: $a$ got $2 + 2$ more. The first half of $b$'s gradient was handed on twice.
#
# What if $b$ handed on only what's new each time? That would give the right answer, and it would
# walk every single path through the graph. Two doublings have 4 paths. A hundred doublings have
# $2^{100}$, and the sun would burn out first.
#
# ## A node waits its turn
#
# The mistake was that $b$ went on too early. A node may hand on its gradient only when *every* node
# that uses it has done so. Then its own gradient is complete, and one visit is enough.
#
# Put the nodes in a row, each one after its inputs. That's called a **topological order**. We work
# through it from the far end, so that when a node's turn comes, everything that uses it has been
# dealt with. A function that calls itself can find such a row. It places the inputs first, then the
# node:

# %%
def order_draft(node, order):
    if node not in order:
        for child in node.inputs:
            order_draft(child, order)
        order.append(node)
    return order


print([node.data for node in order_draft(c, [])])

# %% [markdown]
# It works, as long as the graph isn't deep. A function that calls itself goes one level deeper for
# every node along a path, and Python allows about a thousand levels. The loss of one name isn't
# that deep. But add up the losses of ten thousand names, one by one, as you might to train on all
# of them at once:

# %%
chain = Value(0.0)
for _ in range(10_000):
    chain = chain + 3.3  # the loss of one more name

try:
    order_draft(chain, [])
except RecursionError:
    print("too deep: Python gives up")

# %% [markdown] exercise="train2.topological_order" kind="build it first" size="longer" minutes="25"
# ### Inputs first, without going deeper
#
# **Aim.** Put the nodes of any graph in a row, however long its paths are.
#
# Write `my_topological_order(result)`. It returns a list of `result` and all the nodes that it was
# made from, leaves included: each node once, and after all of its inputs. `node.inputs` holds the
# inputs of a node. Where several such orders exist, any of them is right. Your function has to cope
# with `chain`, so it can't call itself. And it has to cope with graphs that have very many paths,
# such as 60 doublings, so it can't follow them all.
#
# **Done when** the check says *right*.

# %% [markdown] tags=["hint"]
# Keep a list of nodes that still have to be dealt with, and a set of those that are already in the
# row. Begin with `result` in the list, and go on until the list is empty.

# %% [markdown] tags=["hint"]
# Look at the last node of the list without taking it off. Is one of its inputs not in the row yet?
# Then deal with that one first: put it on the list. Are all of them in the row? Then the node may
# join the row and leave the list.

# %% [markdown] tags=["hint"]
# If two nodes use the same input, it can be on the list twice. When it comes up again and is in the
# row already, it only leaves the list.

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
# A node stays on the list until all of its inputs are in the row, and only then gets its own place.
# The recursive function left it to Python to remember where to resume; here `waiting` remembers it,
# and `waiting` may grow as long as it likes.
#
# Common mistakes: putting a node into the row when you first meet it, before its inputs; telling
# nodes apart by `data`, though two may hold the same number; not remembering what's done, so that
# 60 doublings never end.

# %% [markdown]
# The program does it differently, using a fact we've had all along. You can't make a sum before its
# terms exist, so *every node is younger than its inputs*. And every Value has noted when it was
# born. Collect the nodes in whatever order you come across them, then sort them by birth.

# %% tags=["piece"] piece="value.Value.topological_order"

# %%
print([node.data for node in c.topological_order()])
print(len(chain.topological_order()), "nodes in the long chain")

# %% [markdown]
# (`lambda node: node.birth` tells `sorted` what to compare.) The order was the hard part. The
# backward pass itself is yours.

# %% [markdown] exercise="train2.backward" kind="build it first" size="short" minutes="15"
# ### The way back
#
# **Aim.** Let the chain rule run along a row of nodes.
#
# Write `my_backward(order)`. `order` is a list of nodes, each after its inputs, and the last one is
# the result. At the start every `grad` is 0. At the end each node's `grad` is the slope of the
# result along that node. Your function returns nothing, and leaves the list and the nodes' `data`
# unchanged.
#
# **Done when** the check says *right*.

# %% [markdown] tags=["hint"]
# Which node's gradient do you know without any work, and what is it?

# %% [markdown] tags=["hint"]
# Take the nodes from the end of the row. Each of them hands something to all of its inputs, as in
# `walk_adding_draft`, but no function has to call itself.

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
# When a node's turn comes, everything that uses it has handed on its share, so its gradient is
# complete.
#
# Common mistakes: `=` instead of `+=`; starting at the wrong end of the row, where all gradients
# are still 0; forgetting the first 1, so that everything stays 0; handing on the local derivative
# as it is, without multiplying it by the node's gradient; `order.reverse()`, which turns the
# caller's own list around.

# %% [markdown]
# The program's version does a little more. It first clears what an earlier pass may have left in
# the nodes that were computed.

# %% tags=["piece"] piece="value.Value.backward"

# %%
a, b, c = two_doublings_draft()
c.backward()
print("slope of c along a:", a.grad, " along b:", b.grad)

e.backward()
print({name: node.grad for name, node in labels.items()})

# %% [markdown]
# Four, as it should be, and in the second line everything that you found by hand at the beginning.
#
# That's all of it. The innermost line, `child.grad += slope * node.grad`, *is* the chain rule:
# along a path multiply, where paths meet add. In train1 you did this layer by layer and called it
# back-propagation. This line does it for any formula you can write down. The design comes from
# Karpathy's micrograd, an engine of about 100 lines.
#
# Go back to the figure at the top and switch it to *straight back*. There you can watch the double
# count happen in a larger graph: $c$ doesn't wait, and $a$ ends up at 72.
#
# One thing to know before we use it. What happens when you call `backward` twice?
#
# **What do you expect?** Two doublings again. `c.backward()` gave `a` a gradient of 4 and `b` one of
# 2. What's the gradient of `a` after a second call?

# %% tags=["reveal"] ask="the gradient of a" answer="a.grad" digits=0
a, b, c = two_doublings_draft()
c.backward()
c.backward()
print("a:", a.grad, " b:", b.grad)

# %% [markdown]
# Leaves keep adding up from call to call. Nodes that were computed start afresh each time;
# otherwise $b$ would hand on its old 2 once more. The leaves do it on purpose, so that you can
# collect the gradients of several losses. But it also means that a training loop has to set the
# weights' gradients back to 0 after each step. If you forget, each step repeats all the steps
# before it. Everybody forgets it once.
#
# ## The rest of the arithmetic
#
# Every other operation follows the same pattern: compute the result, note the inputs, note the
# local derivatives.
#
# | operation | along the first | along the second |
# |---|---|---|
# | $a + b$ | $1$ | $1$ |
# | $a - b$ | $1$ | $-1$ |
# | $a \cdot b$ | $b$ | $a$ |
# | $a / b$ | $1/b$ | $-a/b^2$ |
# | $x^n$ | $n\,x^{n-1}$ | the power is a plain number |
# | $e^x$ | $e^x$ | |
# | $\ln x$ | $1/x$ | |
# | relu | $1$ if $x > 0$, else $0$ | |
#
# Here are the remaining methods, folded, because they're this table in Python. The ones whose names
# begin with *r* are for a plain number on the left. In `2 + a`, Python asks the 2 first; it knows
# nothing of Values, so Python asks `a` for `__radd__`. What can't work, such as the logarithm of 0,
# is refused with a reason.

# %% tags=["piece", "hide-input"] piece="value.Value.__neg__ value.Value.__sub__ value.Value.__radd__ value.Value.__rsub__ value.Value.__rmul__ value.Value.__truediv__ value.Value.__rtruediv__ value.Value.__pow__ value.Value.__rpow__"

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
# Don't trust a table. Nudge it. (train1's `exp(x)` calls `x.exp()` if `x` is a Value; that's what
# its extra lines were for.)


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
# Three small helpers turn a network's numbers into Values, turn them back into plain numbers when
# training is over, and list them all in a row.

# %% tags=["piece"] piece="value.to_values value.to_floats value.flatten"

# %% tags=["main"]
rng = random.Random(42)
rng.shuffle(docs)
tokenizer = Tokenizer(docs)
weights = random_weights(mlp_shapes(tokenizer.vocab_size, 16), rng)
values = to_values(weights)

# %% [markdown]
# Same shuffle, same random weights as in train1. And here is the surprise: *the model doesn't change
# at all*. Give `mlp` and `document_loss` Values instead of numbers, and out comes a
# [loss](train0.ipynb#the-loss) that's a Value too, with the whole graph behind it. (That's why the
# functions in train1 looked more complicated than they had to.)

# %%
emma = tokenizer.encode("emma")
loss = document_loss(lambda token: mlp(values, token), emma)
loss.backward()
print(f"loss of emma: {loss.data:.4f}")

# %% [markdown]
# And that was the whole backward pass. A few of its slopes, found in three ways:

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

# %%
pairs = list(zip(flatten(by_hand), flatten(values)))
print(len(pairs), "weights; all within 1e-12:", all(abs(d - p.grad) < 1e-12 for d, p in pairs))

# %% [markdown]
# All 3,184 agree. Now for what we couldn't do before. Put a *second* hidden layer between the two.
# In train1 that would have meant another evening of algebra. Here it's one line in the forward
# pass, and not a single line in the backward pass:

# %%
dice = random.Random(1)
deep = to_values(weights | {"extra": random_matrix(64, 64, dice, 0.3)})


def deeper_mlp(weights, token):
    hidden = [relu(h) for h in linear(weights["fc1"], weights["wte"][token])]
    hidden = [relu(h) for h in linear(weights["extra"], hidden)]
    return linear(weights["fc2"], hidden)


document_loss(lambda token: deeper_mlp(deep, token), emma).backward()

# %%
numbers = to_floats(deep)
for name, i, j in [("wte", 4, 0), ("fc1", 6, 3), ("extra", 3, 46), ("fc2", 12, 2)]:
    nudged = numerical_slope(
        lambda: document_loss(lambda token: deeper_mlp(numbers, token), emma), numbers[name][i], j
    )
    print(f"{name + f'[{i}][{j}]':13} autograd {deep[name][i][j].grad:8.5f}  nudging {nudged:8.5f}")

# %% [markdown]
# That's what autograd buys you. In the next lesson we'll build a transformer, and nobody will
# derive its gradient.
#
# ## What it costs
#
# Remembering everything has its price. **What do you expect?** *emma* has five predictions, and the
# network has 3,184 weights. Every single multiplication and every single addition makes a node. How
# many nodes does the graph of this one loss have?

# %% tags=["reveal"] ask="nodes in the graph" answer="len(nodes)" digits=0
nodes = loss.topological_order()
print(f"{len(nodes):,} nodes, {sum(not node.inputs for node in nodes):,} of them weights")

# %% [markdown]
# (The other 368 weights are the embeddings of the 23 tokens that *emma* doesn't use.) What are all
# these nodes?

# %%
from microgpt_ref.lab.figures import bar_chart

made = [node.op for node in nodes if node.inputs]
kinds = sorted(set(made), key=lambda kind: (-made.count(kind), kind))
bar_chart(kinds, [made.count(kind) for kind in kinds], "operation", "number of nodes", "train2")

# %% [markdown]
# Nearly all are products and sums, and the sums are wasteful. To add up 16 products, `total` makes
# 15 nodes, of which only the last is of any interest. But who says that a node has two inputs? A sum
# of many numbers can be *one* node. It grows as fast as each of its terms, so every local derivative
# is 1.

# %% tags=["piece"] piece="value.Value.sum_of"

# %% [markdown]
# (`@staticmethod` marks a method that needs no `self`.) `total` looks for this method and uses it,
# so from here on every sum is a single node.
#
# **What do you expect?** How many of *emma*'s nodes are left?

# %% tags=["reveal"] ask="nodes that are left" answer="len(remaining)" digits=0
for p in flatten(values):
    p.grad = 0.0
lighter = document_loss(lambda token: mlp(values, token), emma)
lighter.backward()
remaining = lighter.topological_order()
print(f"{len(nodes):,} nodes before, {len(remaining):,} now")
print("the same loss:", lighter.data == loss.data)
print("the slopes still those by hand:", all(abs(d - p.grad) < 1e-12 for d, p in pairs))

# %% [markdown]
# The answer is the same, with a little more than half the nodes. Large libraries take this much
# further: one of their nodes is the product of two whole matrices. Even so, a thousand steps of
# ours come to this:

# %%
computed = len([node for node in remaining if node.inputs])
per_prediction = computed // 5
predictions = sum(len(doc) + 1 for doc in docs[:1000])
print(f"{per_prediction:,} computed nodes for each prediction, {predictions:,} predictions:")
print(f"{per_prediction * predictions / 1e6:.1f} million nodes, made, walked and thrown away")

# %% [markdown]
# Training will take many times as long as with the gradient by hand. In return, you'll never have
# to derive one again.
#
# ## The optimizer
#
# Whatever turns gradients into new weights is called an **optimizer**. Ours is the SGD of train1, as
# a class that works on any list of Values. It also clears the gradients, so that nobody forgets.

# %% tags=["piece"] piece="adam.SGD"

# %% [markdown] retires="mlp.zeros_like mlp.linear_backward mlp.mlp_gradient mlp.descend"
# With it, four pieces of train1 retire after one last comparison: `mlp_gradient`,
# `linear_backward`, `zeros_like` and `descend`.

# %% [markdown] unused="layers.add"
# The gradients of *emma* are still there from the check above, and would sneak into the first step.
# So clear them. (`add` takes a break as well, and comes back in train3.)

# %%
for p in flatten(values):
    p.grad = 0.0

# %% [markdown]
# A step of training is now three lines: the loss, the way back, the step. (`gc.disable()` tells
# Python not to look for a certain kind of garbage that we don't produce;
# [the efficiency chapter](efficiency.ipynb) tells that story.) The cell runs for about half a
# minute.

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

# %% tags=["quick"]
from microgpt_ref.lab.quick import quick_train

gc.disable()
optimizer = SGD(flatten(values))


def learn(tokens, rate):
    loss = document_loss(lambda token: mlp(values, token), tokens)
    loss.backward()
    optimizer.step(rate)
    return loss.data


steps = 1000
losses = quick_train("train2", values, docs, tokenizer, steps, rate=1.0)

# %% [markdown]
# To compare, we train with train1's gradient once more, from the same start:

# %%
gc.enable()
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
print("all", len(gaps), "losses equal to within a millionth:", max(gaps) < 1e-6)

# %% tags=["quick"]
from microgpt_ref.lab.quick import quick_train

losses_by_hand = quick_train("train1", copies, docs, tokenizer, steps, rate=1.0)
print("step  by hand  autograd")
for step in [1, 2, 3, 10, 100, 1000]:
    print(f"{step:4d}  {losses_by_hand[step - 1]:7.4f}  {losses[step - 1]:8.4f}")
gaps = [abs(a - b) for a, b in zip(losses_by_hand, losses)]
print("all", len(gaps), "losses equal to within a millionth:", max(gaps) < 1e-6)

# %% [markdown]
# A thousand steps, a thousand equal losses. One backward pass was worked out with pencil and paper;
# the other found its own way through a graph. Agreement like that is no accident, so each has
# tested the other. (The loss at step 1000 is higher than at step 100 because single losses jump
# from name to name.)
#
# ## The same model
#
# To test the model and to draw names we need no gradients, so the weights become plain numbers
# again.

# %% tags=["main"]
weights = to_floats(values)


def next_logits(token):
    return mlp(weights, token)


held_out = docs[1000:1300]
loss = evaluate(lambda tokens: document_loss(next_logits, tokens), held_out, tokenizer)
print(f"held-out loss: {loss:.4f} nats per token")

# %% tags=["main"]
next_probs = with_temperature(next_logits, 0.5)
names = [tokenizer.decode(generate(next_probs, tokenizer.bos, 16, rng)) for _ in range(20)]
print("\n".join(names))

# %%
from microgpt_ref.lab.runs import load_run

print("the same names as in train1:", names == load_run("train1")["samples"])

# %% [markdown]
# No better than train1 and no worse, down to the last name. It's the same model. What has changed is
# what we can build next.
#
# ## What to remember
#
# - A `Value` is a number with notes: which numbers it was made from, and how fast it grows with
#   each of them.
# - The notes form a graph, and the chain rule is a walk through it from the end.
# - Where paths meet, add: `+=`, never `=`. The weights' gradients also add up over calls, so clear
#   them after each step.
# - A node hands on its gradient only after everything that uses it has done so. A topological order
#   sees to that, and the order of birth is one.
# - Autograd finds the gradient of any formula in one walk. It costs memory and time: every product
#   and every sum is an object.

# %%
marks = {name: load_run(name)["held_out_loss"] for name in ["train0", "train1"]}
marks["train2"] = loss
for name, mark in marks.items():
    print(f"{name}: held-out loss {mark:.4f}, hesitates between {math.exp(mark):.2f} tokens")

# %% [markdown]
# ## Questions
#
# Open the answer that you think is right. It tells you whether you chose well, and why.

# %% [markdown] tags=["question"] question="train2.product"
# With `a = Value(3.0)` and `b = Value(5.0)`, which local derivatives does `a * b` note, for `a` and
# for `b`?
#
# - [ ] 3 and 5 :: Then each factor would note itself. But if `a` grows by 1, the product grows by
#   one more `b`.
# - [x] 5 and 3 :: If `a` grows by 1, the product grows by 5; if `b` grows by 1, it grows by 3.
# - [ ] 1 and 1 :: That's what a sum notes: it grows exactly as fast as each of its terms.
# - [ ] 15 and 15 :: That's the product itself. Only `exp` notes its own result.

# %% [markdown] tags=["question"] question="train2.used_twice"
# `y = x * x + x` with `x = Value(3.0)`. What is `x.grad` after `y.backward()`?
#
# - [x] 7 :: Three connections lead back to `x`: two from the product with 3 each, and one from the
#   sum with 1.
# - [ ] 6 :: That's the share of `x * x`. The sum uses `x` once more, with a slope of 1.
# - [ ] 4 :: One of the product's two connections is missing. Both lead to `x`, with 3 each.
# - [ ] 3 :: That's what arrives last, if `=` replaces what came before. It has to be added.

# %% [markdown] tags=["question"] question="train2.paths"
# A number is doubled ten times, each time with `b = b + b`. If you walk back with
# `walk_adding_draft`, how often is something handed to the first number?
#
# - [ ] 2 times :: It would be in topological order: once for each connection to it.
# - [ ] 20 times :: That's the number of connections in the graph. This walk takes most of them again
#   and again.
# - [x] 1,024 times :: Once for each path, and every doubling has two connections: 2 to the power 10.

# %% [markdown] tags=["question"] question="train2.waiting"
# Why does a node have to wait until every node that uses it has handed on its gradient?
#
# - [ ] It saves memory :: The graph takes the same memory in any order.
# - [ ] Otherwise it would hand on nothing :: It would hand on something, but only the share that has
#   arrived so far.
# - [x] Otherwise it would hand on a gradient that isn't complete :: Whatever arrives later would
#   have to travel down all the paths behind the node once more.
# - [ ] Python would give up, too deep :: That happens when a function calls itself along a long
#   path, whatever the order.

# %% [markdown] tags=["question"] question="train2.three_calls"
# `b = a + a`, `c = b + b`, and `c.backward()` is called three times. What are `a.grad` and
# `b.grad`?
#
# - [ ] 4 and 2 :: That's after the first call. `backward` doesn't clear the gradients of leaves.
# - [x] 12 and 2 :: The leaf adds up 4 + 4 + 4. The computed node starts afresh each time.
# - [ ] 12 and 6 :: Computed nodes are cleared first. If `b` kept its old 2, it would hand it on
#   again, and `a` would get more than 12.
# - [ ] 24 and 6 :: It would be if `b` were never cleared: it would hand on 2, then 4, then 6, each
#   of them twice.

# %% [markdown] tags=["question"] question="train2.nodes"
# How many nodes does the graph of `(x * 3 + 2) * x` have?
#
# - [ ] 3 :: Those are the operations. `x` itself is a node too.
# - [x] 4 :: `x`, and the results of two multiplications and one addition.
# - [ ] 5 :: Did you count `x` twice? It's one object that's used in two places.
# - [ ] 6 :: The numbers 3 and 2 are constants. Nobody asks for their gradients, so they get no
#   nodes.

# %% [markdown] tags=["question"] question="train2.peak"
# Before `exp`, softmax subtracts the largest logit as a plain number, so no gradient flows through
# it. Is that allowed?
#
# - [x] Yes: the loss is the same whatever is subtracted :: So its slope along the number that is
#   subtracted is 0, and nothing is lost if we leave it out.
# - [ ] Yes: the largest logit has no slope of its own :: It has one. It's still among the logits,
#   and there it gets its gradient.
# - [ ] No, but the error is small :: Autograd and the gradient by hand agreed in every weight.

# %% [markdown] tags=["question"] question="train2.price"
# The network has 3,184 weights. To find its whole gradient for one document by nudging each of
# them, how often do you have to compute the loss at the very least? And with `backward`?
#
# - [ ] 3,184 times; and as often :: `backward` finds all slopes in one walk, from one loss.
# - [x] 3,185 times; and once :: Once before, and once for each nudged weight. Autograd needs a
#   single loss and one walk back.
# - [ ] 2 times; and once :: Two are enough for the slope along one weight. You can't nudge them all
#   at once: which one moved the loss?

# %% [markdown]
# ## Exercises
#
# Hints are folded under each task, and the solutions are in the last part of the book. The points
# only matter if you take this course in a class.

# %% [markdown] exercise="train2.by_hand" kind="by hand" size="short" minutes="10"
# ### Two numbers used twice
#
# **Aim.** Walk back once with a pencil, and let a node wait.
#
# From $a = 3$ and $b = 2$ we make $s = a \cdot b$, then $t = s - a$, then $y = t \cdot s$. Draw the
# graph with its local derivatives and walk back from $y$. What are the slopes of $y$ along $a$ and
# along $b$?
#
# **Done when** both numbers are in the cell below, in square brackets, and the check says *right*.

# %% [markdown] tags=["hint"]
# Two nodes use $s$: both $y$ and $t$. Find its whole gradient first.

# %% [markdown] tags=["hint"]
# Two connections lead back to $a$ as well. One of them carries $-1$.

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
# Forward, $s = 6$, $t = 3$ and $y = 18$. Backward, $y$ has 1 and hands $1 \cdot 6$ to $t$ and $1
# \cdot 3$ to $s$. Next it's $t$'s turn: it hands 6 more to $s$, and $-6$ to $a$. Now $s$ has its
# full 9, and hands $9 \cdot 2$ to $a$ and $9 \cdot 3$ to $b$. So $a$ has $18 - 6 = 12$ and $b$ has
# 27.
#
# Common mistakes: $s$ handing on its 3 before the 6 has arrived; forgetting that $t$ contains $a$,
# or giving it the wrong sign there.

# %% [markdown] exercise="train2.tanh" kind="go further" size="short" minutes="20" points="3"
# ### A smooth gate: tanh
#
# **Aim.** Teach Values an operation that they don't have.
#
# The *hyperbolic tangent* is a smooth gate that earlier networks used where ours has `relu`:
#
# $$\tanh x = \frac{e^x - e^{-x}}{e^x + e^{-x}}$$
#
# Write `my_tanh(x)`. It takes a Value and returns a Value, as `exp` does: *one* new node that has
# `x` as its only input and notes the local derivative. It has to work for any number, including
# 1,000 and $-1{,}000$. (You may use `math.tanh`, which works on plain numbers.)
#
# **Done when** the check says *right*.

# %% [markdown] tags=["hint"]
# The node is `Value(data, (x,), (local_derivative,))`, with plain numbers for `data` and
# `local_derivative`. Mind the comma in brackets that hold only one thing.

# %% [markdown] tags=["hint"]
# As with `exp`, the slope can be told from the result alone. Nudge `math.tanh` in a few places, and
# write the slope beside the result. At 0 it's 1, and where the result comes near 1 or $-1$, it
# comes near 0.

# %% [markdown] tags=["hint"]
# What has to be subtracted from 1? It's the same for results of 0.5 and $-0.5$. At a result of 0.5
# it's 0.25.

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
# With $u = e^x - e^{-x}$ and $v = e^x + e^{-x}$, each of the two is the other's slope, so the rule
# for quotients gives $(v \cdot v - u \cdot u) / v^2 = 1 - \tanh^2 x$.
#
# Common mistakes: forgetting the square; squaring `x.data` instead of the result; `math.exp(1000)`,
# which overflows; writing the formula with Values, which makes a graph of several nodes.

# %% [markdown] exercise="train2.sigmoid" kind="go further" size="longer" minutes="25" points="4"
# ### A sigmoid that never overflows
#
# **Aim.** Build an operation that's right for small numbers and holds for large ones.
#
# The *sigmoid* turns any number into one between 0 and 1:
#
# $$\sigma(x) = \frac{1}{1 + e^{-x}}$$
#
# Write `my_sigmoid(x)`, from a Value to a Value: *one* new node with `x` as its only input. At
# $-1{,}000$ the formula overflows as it stands. Yours mustn't. At $-1{,}000$ and at 1,000 it should
# give the right numbers, to nine decimals, for the result and for the local derivative.
#
# **Done when** the check says *right*.

# %% [markdown] tags=["hint"]
# `exp` of a large number overflows, and `exp` of a very negative one is 0. For which $x$ is the
# formula safe?

# %% [markdown] tags=["hint"]
# Multiply the fraction by $e^x$, above and below. For which $x$ is this form safe?

# %% [markdown] tags=["hint"]
# The local derivative can be told from the result alone. It's largest, a quarter, where the result
# is a half, and comes near 0 where the result comes near 0 or 1.

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
# For $x \ge 0$ the formula is safe as it stands. For $x < 0$ its other form, $e^x / (1 + e^x)$, is
# safe. Both need $e^{-|x|}$ and no other power. As for the slope, with $u = 1 + e^{-x}$ it is
# $e^{-x} / u^2 = \frac1u \cdot \frac{u - 1}{u} = \sigma (1 - \sigma)$.
#
# Common mistakes: using the other form for all $x$, which overflows at the other end; cutting `x`
# off too early, say at $-10$; the slope of `tanh`.

# %% [markdown] exercise="train2.maximum" kind="go further" size="longer" minutes="20" points="4"
# ### The largest of a list
#
# **Aim.** Find the slopes of an operation that only chooses.
#
# Write `my_maximum(values)`. `values` is a list of one or more Values, and it stays as it is. Your
# function returns *one* new node that holds the largest of the numbers; it must not return one of
# the Values in the list. The new node's inputs are all of them, or only those that matter. After
# `backward`, each of them has the slope of the maximum along it.
#
# If several are equally large, the slope isn't settled. In that case share out a slope of 1 among
# them in any way: one may get all of it, or each the same part. The same Value may stand in the
# list twice.
#
# **Done when** the check says *right*.

# %% [markdown] tags=["hint"]
# Take 2, 7 and 5. If you nudge the 7, how far does the maximum move? And if you nudge the 5?

# %% [markdown] tags=["hint"]
# `max` can't compare Values, but it can compare their `data`. To find out which one it was, use
# `max(..., key=...)` or a loop over positions.

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
# A small nudge to the largest number moves the maximum by as much. A nudge to any other doesn't
# move it. So only the winner is noted; noting the others with a slope of 0 does no harm. In a tie,
# `max` takes the first. And why do the parts have to add up to 1? If *all* numbers grow by a
# little, the maximum grows by exactly that.
#
# Common mistakes: a slope of 1 for every number that equals the maximum, which makes 2 in a tie; a
# search that begins with 0, though all numbers may be negative; returning the winner itself.

# %% [markdown] exercise="train2.dot" kind="go further" size="longer" minutes="30" points="5"
# ### A dot product in one node
#
# **Aim.** Do what large libraries do: make the nodes larger, and have fewer of them.
#
# The `dot` of two lists of 16 Values makes 17 nodes. Write `my_dot(x, y)`, which makes *one*. `x`
# and `y` are lists of the same length, 1 or more. Their entries are Values or plain numbers, and at
# least one is a Value. A plain number is a constant and gets no node. The same Value may stand in
# several places, in both lists too, and then all its slopes have to reach it.
#
# Then compute the loss of *emma* with your function in the place of `dot`. How many nodes does the
# graph have now?
#
# **Done when** the check says *right*, and you know the number of nodes.

# %% [markdown] tags=["hint"]
# Take $x_1 y_1 + x_2 y_2$. How fast does it grow with $x_1$?

# %% [markdown] tags=["hint"]
# A node's inputs may name the same Value several times, each time with a local derivative of its
# own. `backward` adds up what arrives, as with `a + a`.

# %% [markdown] tags=["hint"]
# First make two lists of plain numbers, and compute the result from them. Then collect inputs and
# local derivatives, place by place, wherever `isinstance(entry, Value)`.

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
# Each entry notes the number that it was multiplied by, from the other list. A Value that's in both
# lists is noted twice, and `backward` adds. The loss and the slopes are the same as before, with a
# fraction of the nodes, and most of those that remain are the weights.
#
# Common mistakes: each entry noting its own number; a dictionary from Values to slopes, in which
# the second slope replaces the first; forgetting the second list's slopes; turning plain numbers
# into nodes.

# %% [markdown] exercise="train2.not_cleared" kind="break and explain" size="longer" minutes="25"
# ### Gradients that are never cleared
#
# **Aim.** See what one missing line does to a training run.
#
# Make an optimizer `ForgetfulSGD`: `SGD` without the line that sets each gradient back to 0. Train
# with it from the same start, on the same documents and at a rate of 1.0, for 60 steps (a few
# seconds). **What do you expect?** Compare the mean loss of steps 1 to 20, 21 to 40 and 41 to 60
# with those in `losses`, and explain what you see in two or three sentences.
#
# **Done when** you have both rows of three numbers, and an explanation that would convince someone
# who has read this lesson.

# %% [markdown] tags=["hint"]
# To get the same start: `again = random.Random(42)`, then `again.shuffle(load_docs("ssa2018"))`,
# and weights from `random_weights(mlp_shapes(tokenizer.vocab_size, 16), again)`. `docs` is shuffled
# already.

# %% [markdown] tags=["hint"]
# How far does the third step move a weight? Write it down with the gradients of the first three
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
# over 60 steps here and over 1,000 there. But smaller steps can't be what spoils it.) At first this
# looks good. The documents agree on a lot, and the sum takes longer strides in their common
# direction. But the weights run past the place where the loss is lowest, and the old gradients keep
# pushing: it takes as many gradients the other way to stop them. So the weights swing wider and
# wider, and the loss climbs far above that of knowing nothing.

# %% [markdown] exercise="train2.own_operation" kind="open" size="longer" minutes="40"
# ### An operation of your own
#
# **Aim.** Take an idea from a formula to a tested operation, without anyone's check.
#
# Choose an operation that Values don't have: a sine, a square root, the absolute value, the mean of
# a list, the distance between two points. Write it as one node. Test its slopes by nudging, in
# ordinary places and in those where you would expect trouble. Then use it in an expression in which
# a number is used twice, call `backward`, and draw the graph with `draw_graph`.
#
# (A node can tell the drawing its sign: that's the fourth thing that `Value` takes.)
#
# **Done when** nudging and `backward` agree in at least five places, and you can say where the
# slope goes wrong or doesn't exist, if it does so anywhere.

# %% [markdown] tags=["hint"]
# Begin with the node. Which plain number is its `data`, what are its inputs, and what is the local
# derivative along each? If you don't know a slope, nudge first and guess.

# %% [markdown] tags=["hint"]
# `nudged_draft(f, x)` takes a function of one number. Let your operation accept plain numbers too,
# or nudge its formula without Values.

# %% [markdown] tags=["exercise"]
# *What you chose, and what you found:*

# %% tags=["solution"]
def root(x):
    result = x.data**0.5
    return Value(result, (x,), (0.5 / result,), "√")


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
# There's no single right answer. This one takes the square root. Backward and nudged agree, least
# well at 0.01, where the slope changes so fast that even a nudge of 0.00001 makes a difference. At
# 0 the slope is infinite, and `root` fails with a division by 0; an honest operation would refuse
# with a message of its own, as `log` does. In the graph, $y = x \sqrt x$ has the slope $1.5 \sqrt
# x$, which is 3 at 4, and it reaches $x$ along two connections. A good report names such places and
# says what you decided there.

# %% tags=["check"]
summary("train2")

# %% [markdown]
# ## What you have built
#
# The program so far, one bar per line. What this lesson added stands out.

# %% tags=["hide-input"]
from microgpt_ref.lab.figures import program_map

program_map("train2")

# %% [markdown]
# **What still hurts.** The model sees one letter and forgets the rest. It always has. Until now, any
# other network would have cost you a new gradient; from here on, the way back comes for free, and we
# can build what we like. *How can it see further back?* That's [train3](train3.ipynb).

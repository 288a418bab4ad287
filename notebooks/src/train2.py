# %% [markdown]
# # train2: can the chain rule run itself?
#
# | | |
# |---|---|
# | **question** | can the chain rule run itself? |
# | **loss so far** | 2.5062 on held-out names in train1; counting had 2.4756 |
# | **new here** | numbers that remember, the graph, the way back, an optimizer |
# | **dropped** | the gradient by hand |
# | **time** | about 95 minutes, 45 of them for three exercises; the cells run in a minute |
#
# In train1 you needed a page of algebra for one small network. For another network, you would need
# another page. This lesson puts an end to that. In the figure, $e$ was computed from $a$ and $b$ in
# three small steps. Press *Step* until all the gradients have found their way back, and $a$ ends up
# with 48. Then switch to *straight back*. This walk waits for nothing, takes two of the arrows
# twice, and leaves $a$ with 72.

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
# The figure claims to know which of the two is right. Don't take its word for it. Ask a judge who
# has never heard of arrows. Nudge $a$ a little to either side, and see how far $e$ moves for each
# unit that $a$ moves:

# %%
def e_draft(a, b):
    c = a * b
    d = c + a
    return c * d


print(f"{(e_draft(2.001, 3) - e_draft(1.999, 3)) / 0.002:.4f}")

# %% [markdown]
# It's 48. The arrows alone don't give you the gradient. You also have to follow them in the right
# order, and most of this lesson is about finding that order.
#
# What you've watched is called **automatic differentiation**, or **autograd**. Every large model
# has been trained with it, and PyTorch is built around it. Yet the heart of autograd fits on one
# screen. Once you've built it, you'll never have to work out a gradient by hand again. You'll write
# down a formula, any formula, and call `backward()`. Before this lesson is over, you'll give
# train1's network a second hidden layer, and its gradient will cost you nothing.
#
# ## Once more by hand
#
# Before we let a machine do it, do it yourself. Here's the same figure with other numbers, and with
# blanks for the gradients. Take a pencil.

# %% tags=["hide-input"]
from microgpt_ref.lab.train2 import graph_to_fill_in

graph_to_fill_in(a=5, b=2)

# %% [markdown]
# A drawing like this is called a **graph**. Each number of the computation is a **node**, and an
# arrow leads to it from every number that it was made from. The arrow carries a local derivative,
# which says how fast the node grows with that one input. For example, if $c$ grows by 1 while $d$
# stays the same, then $e = c \cdot d$ grows by $d$, which is 15.
#
# Start at the bottom and work your way up, just as you worked from right to left in train1:
#
# - $e$ grows exactly as fast as itself. Its gradient is 1.
# - $e$ hands its 1 back along both arrows, times the number on each. $d$ gets $1 \cdot 10 = 10$,
#   and $c$ gets $1 \cdot 15 = 15$.
# - $d$ hands its 10 back to $c$ and to $a$. Now $c$ has $15 + 10 = 25$, and $a$ has its first 10.
# - Only now does $c$ have its whole gradient, and it may hand on its 25.
#
# (A node's *gradient* is the slope of the result along that node. We use both words.)
#
# **What do you expect?** The last step is yours. What are the gradients of $a$ and $b$?

# %% tags=["reveal"] ask=["the gradient of a", "the gradient of b"] answer=["(e_draft(5.001, 2) - e_draft(4.999, 2)) / 0.002", "(e_draft(5, 2.001) - e_draft(5, 1.999)) / 0.002"] digits=0
print(f"nudging a: {(e_draft(5.001, 2) - e_draft(4.999, 2)) / 0.002:.4f}")
print(f"nudging b: {(e_draft(5, 2.001) - e_draft(5, 1.999)) / 0.002:.4f}")

# %% [markdown]
# You used two rules and nothing else: multiply along a path, and add where paths meet. Neither rule
# asks for any cleverness, and that means a program can follow them.
#
# ## A number that remembers
#
# There's one obstacle. When we write `e = c * d`, Python computes 150 and forgets where it came
# from. So we make our own kind of number. It keeps two notes: which numbers it was made from, and
# how fast it grows with each of them. For a sum $a + b$, the second note is `(1.0, 1.0)`. What is
# it for a product?

# %% [markdown] exercise="train2.multiply" kind="build it first" size="short" minutes="5"
# ### What a product notes
#
# **Aim.** Say in Python what you did with a product on paper.
#
# Write `my_multiply(a, b)` for two plain numbers. It returns the product and, as a pair in
# brackets, its two local derivatives. The first says how fast the product grows with `a` while `b`
# stays the same, and the second how fast it grows with `b` while `a` stays the same. For a sum, the
# function would say `return a + b, (1.0, 1.0)`.
#
# **Done when** the check below says *right*.

# %% [markdown] tags=["hint"]
# Take 3 · 5 and let the 3 grow by 1. By how much does the product grow? By how much would it grow
# if the 5 grew by 1 instead?

# %% tags=["exercise"]
def my_multiply(a, b):
    ...  # your code here: it returns the product, (how fast with a, how fast with b)

# %% tags=["solution"]
def my_multiply(a, b):
    return a * b, (b, a)

# %% tags=["check"]
check("train2.multiply", my_multiply)

# %% [markdown] tags=["solution"]
# If $a$ grows by 1, the product gains one more $b$. So the local derivative along $a$ is $b$, and
# the one along $b$ is $a$.
#
# Common mistakes: giving each factor its own number; giving 1 and 1, as for a sum; dividing, as in
# `a * b / a`, which is right until $a$ is 0.

# %% [markdown]
# Here's a first draft of such a number. It's a class, like the tokenizer. When Python meets
# `a + b`, it calls a method of `a` that's named `__add__`. For `a * b`, it calls `__mul__`.


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
a, b = ValueDraft(5.0), ValueDraft(2.0)
c = a * b
print("c is", c.data, "and was made from", [x.data for x in c.inputs])
print("it grows with them at the rates", c.local_derivatives)

# %% [markdown]
# That's the whole trick. Here's the real thing, **Value**, as it stands in the program:

# %% tags=["piece"] piece="value.Value"

# %% [markdown]
# A Value also has a place for its gradient, `grad`. And it has three operations that `+` and `*`
# can't express. Look at the local derivative that each of them notes. The slope of $e^x$ is $e^x$
# itself, which is why `exp` notes its own result. The slope of $\ln x$ is $1/x$. And `relu` is the
# gate from train1. It notes 1 when it's open and 0 when it's shut.
#
# The rest is housekeeping. `op` is the sign of the operation, for drawings. `birth` numbers the
# Values in the order in which they're made, and that will save us some work later. (All Values
# share one counter, `births`. `itertools.count()` counts 0, 1, 2 and so on, and `next` takes one
# number from it.) `__slots__` promises that a Value stores these six things and nothing else, which
# saves memory.
#
# We add the other methods as we need them. In the package they're inside the class. Here, the line
# below each method attaches it. We begin with the two from the draft, and teach them to take plain
# numbers too. `isinstance(other, Value)` asks whether `other` is a Value. If it isn't, as with the
# 3 in `a * 3`, it's a constant. Nobody will ask for its gradient, and we keep no note of it.

# %% tags=["piece"] piece="value.Value.__add__ value.Value.__mul__ value.Value.__repr__"

# %%
a, b = Value(5.0), Value(2.0)
c = a * b
d = c + a
e = c * d
print(e, "from", e.inputs)

# %%
from microgpt_ref.lab.train2 import draw_graph

labels = {"a": a, "b": b, "c": c, "d": d, "e": e}
draw_graph(e, labels)

# %% [markdown]
# It's your graph again, drawn from nothing but the notes. The square boxes are the numbers that we
# started with, and we call them **leaves**. The round ones were computed. Every gradient is still
# 0.
#
# ## Walking back
#
# Now let the program walk. Begin with the result, whose gradient is 1. Hand that to each input,
# times the local derivative, and let the input do the same. The function calls itself, and it stops
# at the leaves because they have no inputs. (The code calls an input a *child*, although it was
# born first.)


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
# All three are right. $y$ grows 4 times as fast as $a$ or $b$, and 5 times as fast as $c$. Now
# comes the part that everyone gets wrong the first time. Use a number twice:

# %%
a = Value(1.0)
b = a + a
b.grad = 1.0
walk_draft(b)
print("slope of a + a:", a.grad)

# %% [markdown]
# Since $a + a$ is $2a$, its slope is 2, and half of it is missing. Two arrows lead back to $a$, and
# what arrived second *replaced* what had arrived first. Where paths meet, add! One character makes
# the difference:


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
# Better. Now double $b$ as well. Then $c = b + b$ is $4a$, and its slope along $a$ is 4.


# %%
def two_doublings_draft():
    a = Value(1.0)
    b = a + a
    return a, b, b + b


# %% [markdown]
# **What do you expect?** What does the walk find for $a$? Follow it with a pencil, arrow by arrow.

# %% tags=["reveal"] ask="the walk finds" answer="a.grad" digits=0
a, b, c = two_doublings_draft()
c.grad = 1.0
walk_adding_draft(c)
print("the walk finds", a.grad)

# %% [markdown]
# It isn't 4. Here's what went wrong, in four frames:

# %%
from microgpt_ref.lab.train2 import double_count

double_count(two_doublings_draft)

# %% [markdown]
# In the second frame, $b$ has received only 1 of its 2, and it hands that on at once. In the fourth
# frame it hands on its full 2. The first half of $b$'s gradient has been handed on twice. In the
# figure at the top, the same mistake turned 48 into 72. There it's $c$ that doesn't wait.
#
# What if $b$ handed on only what's new each time? That would give the right answer, but it would
# walk every single path through the graph. Two doublings have 4 paths. A hundred doublings have
# $2^{100}$, and the sun would burn out first.
#
# ## A node waits its turn
#
# The mistake was that $b$ didn't wait. A node may hand on its gradient only when *every* node that
# uses it has done so. Then its own gradient is complete, and one visit is enough.
#
# Put the nodes in a row, each one after its inputs. That's called a **topological order**. Then
# work through the row from its far end. When a node's turn comes, everything that uses it has
# already had a turn. A function that calls itself can find such a row. It places the inputs first,
# and then the node:

# %%
def order_draft(node, order):
    if node not in order:
        for child in node.inputs:
            order_draft(child, order)
        order.append(node)
    return order


print([node.data for node in order_draft(c, [])])

# %% [markdown]
# This works as long as the graph isn't deep. A function that calls itself goes one level deeper for
# every node along a path, and Python allows about a thousand levels. The graph of a single name's
# loss stays far below that. But suppose you wanted to train on five thousand names at once, and
# added up their losses one by one:

# %%
chain = Value(0.0)
for _ in range(5000):
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
# made from, leaves included. Each node is in the list once, after all of its inputs, which you find
# in `node.inputs`. There may be several such orders, and any of them will do. Your function has to
# cope with graphs as deep as `chain`, and deeper, which rules out a function that calls itself. It
# also has to cope with graphs that have very many paths, such as 60 doublings, which rules out
# following every path.
#
# **Done when** the check says *right*.

# %% tags=["release"]
chain = Value(0.0)
for _ in range(5000):
    chain = chain + 3.3

# %% [markdown] tags=["hint"]
# Keep a list of nodes that you still have to deal with, and a set of those that are already in the
# row. Begin with `result` in the list, and go on until the list is empty.

# %% [markdown] tags=["hint"]
# Look at the last node of the list without taking it off. Is one of its inputs not in the row yet?
# Then put that input on the list, so that it's dealt with first. Are all of them in the row? Then
# the node may join the row and leave the list.

# %% [markdown] tags=["hint"]
# If two nodes use the same input, it can get on the list twice. When it comes up the second time,
# it's in the row already. Take it off the list, and that's all.

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
# A node stays on the list until all of its inputs are in the row, and only then takes its own place
# there. When a function calls itself, Python has to remember where to continue. Here `waiting`
# remembers that, and it may grow as long as it likes.
#
# Common mistakes: putting a node into the row when you first meet it, before its inputs; telling
# nodes apart by their `data`, though two may hold the same number; not remembering which nodes are
# done, so that 60 doublings never end.

# %% [markdown]
# The program does it differently, using a fact that has been there all along. You can't make a sum
# before its terms exist, which means that *every node is younger than its inputs*. And every Value
# has noted when it was born. So collect the nodes in whatever order you come across them, then sort
# them by birth.

# %% tags=["piece"] piece="value.Value.topological_order"

# %%
print([node.data for node in c.topological_order()])
print(len(chain.topological_order()), "nodes in the long chain")

# %% [markdown]
# (`found` holds every node met so far, and `waiting` those whose inputs we haven't looked at yet.
# `key=lambda node: node.birth` tells `sorted` what to compare.) Finding the order was the hard
# part. The walk back is yours to write.

# %% [markdown] exercise="train2.backward" kind="build it first" size="short" minutes="15"
# ### The way back
#
# **Aim.** Let the chain rule run along a row of nodes.
#
# Write `my_backward(order)`. `order` is a list of nodes in topological order. Each node comes after
# its inputs, and the result comes last. When your function begins, every `grad` is 0. When it ends,
# each node's `grad` is the slope of the result along that node. The function returns nothing, and
# it changes neither the list nor the `data` of any node.
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
# When a node's turn comes, everything that uses it has handed on its share. Its gradient is
# complete.
#
# Common mistakes: writing `=` instead of `+=`; starting at the wrong end of the row, where all
# gradients are still 0; forgetting the first 1, so that everything stays 0; handing on the local
# derivative alone, without multiplying it by the node's gradient; calling `order.reverse()`, which
# turns the caller's own list around.

# %% [markdown]
# The program's version does a little more. First it clears what an earlier walk may have left in
# the computed nodes. Then it adds 1 to the gradient of the result instead of setting that gradient
# to 1. The result may itself be a leaf, and a leaf's gradient has to keep adding up.

# %% tags=["piece"] piece="value.Value.backward"

# %%
a, b, c = two_doublings_draft()
c.backward()
print("slope of c along a:", a.grad, " along b:", b.grad)

# %% [markdown]
# It finds 4, as it should. And the graph that you filled in with a pencil? Now it fills itself in:

# %%
e.backward()
draw_graph(e, labels)

# %% [markdown]
# That's all of it. The innermost line, `child.grad += slope * node.grad`, *is* the chain rule. It
# multiplies along a path, and it adds where paths meet. In train1 you did the same thing layer by
# layer, for one network, and called it back-propagation. This line does it once and for all, for
# any formula that you can write down. The design follows Karpathy's micrograd, an engine of about
# 100 lines.
#
# One question remains before we use it. What happens when you call `backward` twice?
#
# **What do you expect?** Take the two doublings again. After one call, the gradient of $a$ is 4,
# and that of $b$ is 2. What is the gradient of $a$ after a second call?

# %% tags=["reveal"] ask="the gradient of a" answer="a.grad" digits=0
a, b, c = two_doublings_draft()
c.backward()
c.backward()
print("a:", a.grad, " b:", b.grad)

# %% [markdown]
# Leaves add up what they receive from call to call, while computed nodes start afresh. (Otherwise
# $b$ would hand on its old 2 once more.) The adding up is useful. Call `backward` on the losses of
# several names, and every weight collects the gradient of their sum. Because the leaves add up,
# a training loop has to set the weights' gradients back to 0 after each step. If you forget, each
# step repeats all the steps before it. Everybody forgets it once.
#
# ## The rest of the arithmetic
#
# Every other operation follows the same pattern. Compute the result, note the inputs, and note the
# local derivatives. Here's subtraction, for example:

# %% tags=["piece"] piece="value.Value.__sub__"

# %% [markdown]
# And here are the local derivatives of all the operations:
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
# The folded cell below says the same in Python. The methods whose names begin with *r* are for a
# plain number on the left. In `2 + a`, Python first asks the 2, which knows nothing of Values. Then
# it asks `a`, and calls `__radd__`.

# %% tags=["piece", "hide-input"] piece="value.Value.__neg__ value.Value.__radd__ value.Value.__rsub__ value.Value.__rmul__ value.Value.__truediv__ value.Value.__rtruediv__ value.Value.__pow__ value.Value.__rpow__"

# %% [markdown]
# Some operations can't work, and then the method says why:

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
# Don't trust a table. Nudge it. (train1's `exp(x)` calls `x.exp()` if `x` is a Value. That's what
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
# Three small helpers connect all this to a network. The first turns its numbers into Values. The
# second turns them back into plain numbers when training is over. The third lists them all in a
# row.

# %% tags=["piece"] piece="value.to_values value.to_floats value.flatten"

# %% tags=["main"]
rng = random.Random(42)
rng.shuffle(docs)
tokenizer = Tokenizer(docs)
weights = random_weights(mlp_shapes(tokenizer.vocab_size, 16), rng)
values = to_values(weights)

# %% [markdown]
# The shuffle and the random weights are the same as in train1. And here is the surprise: *the model
# doesn't change at all*. Give `mlp` and `document_loss` Values instead of numbers, and the
# [loss](train0.ipynb#the-loss), the mean surprise per token, comes out as a Value too, with the
# whole graph behind it. (That's why the functions in train1 looked more complicated than they had
# to.)

# %%
emma = tokenizer.encode("emma")
loss = document_loss(lambda token: mlp(values, token), emma)
loss.backward()
print(f"loss of emma: {loss.data:.4f}")

# %% [markdown]
# That one call of `backward` was the whole backward pass. Here are a few of the slopes that it
# found, beside those that you get by hand and by nudging:

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
# All 3,184 agree. (The row of zeros is right too, because the gate of that hidden number is shut
# for every token of *emma*.) Now let's do what we couldn't do before, and put a *second* hidden
# layer behind the first. In train1, that would have meant another evening of algebra. Here it's one
# more line in the forward pass. The backward pass needs no new line at all.

# %%
def deeper_mlp(weights, token):
    hidden = [relu(h) for h in linear(weights["fc1"], weights["wte"][token])]
    hidden = [relu(h) for h in linear(weights["extra"], hidden)]
    return linear(weights["fc2"], hidden)


def deeper_loss(weights):
    return document_loss(lambda token: deeper_mlp(weights, token), emma)


# %% [markdown]
# (Below, `weights | {…}` is a dictionary with one more entry.)

# %%
deeper = weights | {"extra": random_matrix(64, 64, random.Random(1), 0.3)}
deeper_values = to_values(deeper)
deeper_loss(deeper_values).backward()

# %%
print("                 nudging   autograd")
for name, i, j in [("wte", 4, 0), ("fc1", 6, 3), ("extra", 3, 46), ("fc2", 12, 2)]:
    nudged = numerical_slope(lambda: deeper_loss(deeper), deeper[name][i], j)
    print(f"{name + f'[{i}][{j}]':13} {nudged:10.5f} {deeper_values[name][i][j].grad:10.5f}")

# %% [markdown]
# That's what autograd buys you. In the next lesson we'll build a transformer, and nobody will
# derive its gradient.
#
# ## What it costs
#
# Remembering everything has its price. **What do you expect?** *emma* takes five predictions, and
# the network has 3,184 weights. Every single multiplication and every single addition makes a node.
# How many nodes does the graph of this one loss have?

# %% tags=["reveal"] ask="nodes in the graph" answer="len(nodes)" digits=0
nodes = loss.topological_order()
leaves = [node for node in nodes if not node.inputs]
print(f"{len(nodes):,} nodes, {len(leaves):,} of them weights")

# %% [markdown]
# (The missing weights are the embeddings of the tokens that *emma* doesn't use.) What are all these
# nodes?

# %%
from microgpt_ref.lab.figures import bar_chart

made = [node.op for node in nodes if node.inputs]
kinds = sorted(set(made), key=lambda kind: (-made.count(kind), kind))
counts = [made.count(kind) for kind in kinds]
caption = "Nearly everything that was computed is a product or a sum."
bar_chart(kinds, counts, "operation", "number of nodes", "train2", caption)

# %% [markdown]
# The sums are wasteful. To add up 16 products, `total` makes 15 nodes, and only the last one
# matters. But nobody said that a node must have two inputs. A sum of many numbers can be *one*
# node. It grows as fast as each of its terms, which makes every local derivative 1.

# %% tags=["piece"] piece="value.Value.sum_of"

# %% [markdown]
# (`@staticmethod` marks a method that needs no `self`.) `total` has been looking for this method
# all along. Now that it's there, every sum that `total` makes is a single node.
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
# The graph is little more than half as large, and nothing else has changed. Large libraries go much
# further and make the product of two whole matrices a single node. Even with our lighter graph, a
# thousand steps add up:

# %%
computed = len([node for node in remaining if node.inputs])
per_prediction = computed // 5
predictions = sum(len(doc) + 1 for doc in docs[:1000])
print(f"{per_prediction:,} computed nodes for each prediction, {predictions:,} predictions:")
print(f"{per_prediction * predictions / 1e6:.1f} million nodes, made, walked and thrown away")

# %% [markdown]
# Training takes several times as long as it did with the gradient by hand. In return, you'll never
# have to derive one again.
#
# ## The optimizer
#
# Whatever turns gradients into new weights is called an **optimizer**. Ours is the SGD of train1,
# as a class that works on any list of Values. It also clears the gradients, so that nobody has to
# remember.

# %% tags=["piece"] piece="adam.SGD"

# %% [markdown] retires="mlp.zeros_like mlp.linear_backward mlp.mlp_gradient mlp.descend"
# Four pieces of train1 can now retire: `mlp_gradient` with its helpers `linear_backward` and
# `zeros_like`, and `descend`. They'll serve once more, in a last comparison.

# %% [markdown] unused="layers.add"
# *emma*'s gradients are still in the weights, and they would sneak into the first step. So clear
# them. (This lesson doesn't need train1's `add`. It comes back in train3.)

# %%
for p in flatten(values):
    p.grad = 0.0

# %% [markdown]
# A step of training is now three lines: the loss, the way back and the step. (`gc.disable()` tells
# Python not to look for a certain kind of garbage that we don't produce.
# [The efficiency chapter](efficiency.ipynb) tells that story.) The cell runs for about half a
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
# For comparison, we train once more with the gradient by hand, from the same start:

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
# A thousand steps gave a thousand equal losses. One backward pass was worked out with pencil and
# paper, and the other found its own way through a graph. Agreement like that is no accident. Each
# of them has tested the other. (The loss at step 1000 is higher than the one at step 100 because
# single losses jump from name to name.)
#
# ## The same model
#
# You need no gradients to test the model or to invent names. The weights can become plain numbers
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
# This model is no better than train1's and no worse, down to the last name, because it's the same
# model. What has changed is what we can build next.
#
# ## What to remember
#
# - A `Value` is a number that keeps notes: which numbers it was made from, and how fast it grows
#   with each of them.
# - The notes form a graph, and the chain rule is a walk through it from the end.
# - Where paths meet, add. That's why the code says `+=` and not `=`. The weights' gradients also
#   add up from call to call, and have to be cleared after each step.
# - A node hands on its gradient only after everything that uses it has done so. A topological order
#   makes sure of that, and sorting by birth gives you one.
# - Autograd finds the gradient of any formula in one walk. It costs memory and time, because every
#   product and every sum is an object.

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
# - [ ] 3 and 5 :: Then each factor would note itself. But if `a` grows by 1, the product gains one
#   more `b`, which is 5.
# - [x] 5 and 3 :: If `a` grows by 1, the product grows by 5; if `b` grows by 1, it grows by 3.
# - [ ] 1 and 1 :: That's what a sum notes: it grows exactly as fast as each of its terms.
# - [ ] 15 and 15 :: That's the product itself. Only `exp` notes its own result.

# %% [markdown] tags=["question"] question="train2.used_twice"
# `y = x * x + x` with `x = Value(3.0)`. What is `x.grad` after `y.backward()`?
#
# - [x] 7 :: Three arrows lead back to `x`. Two come from the product and bring 3 each, and one
#   comes from the sum and brings 1.
# - [ ] 6 :: That's the share of `x * x`. The sum uses `x` once more, with a slope of 1.
# - [ ] 4 :: One of the product's two arrows is missing. Both lead back to `x`, and each brings 3.
# - [ ] 3 :: That's the share of one arrow, which is what remains if `=` replaces what came before.

# %% [markdown] tags=["question"] question="train2.paths"
# A number is doubled ten times, each time with `b = b + b`. You walk back with `walk_adding_draft`.
# How many times does this walk hand something to the first number?
#
# - [ ] 2 times :: In topological order, it would happen twice, once for each arrow that leads back
#   to the number.
# - [ ] 20 times :: That's the number of arrows in the graph. This walk takes most of them again and
#   again.
# - [x] 1,024 times :: It happens once for each path. Every doubling doubles the number of paths,
#   and 2 to the power 10 is 1,024.

# %% [markdown] tags=["question"] question="train2.waiting"
# Why does a node have to wait until every node that uses it has handed on its gradient?
#
# - [ ] It saves memory :: The graph takes the same memory in any order.
# - [ ] Otherwise it would hand on nothing :: It would hand on something, but only the share that
#   has arrived so far.
# - [x] Otherwise it would hand on a gradient that isn't complete :: Whatever arrives later would
#   have to travel along all the paths behind the node once more.
# - [ ] Otherwise Python would give up, because the graph is too deep :: That happens when a
#   function calls itself along a long path, whatever the order.

# %% [markdown] tags=["question"] question="train2.three_calls"
# `b = a + a`, `c = b + b`, and `c.backward()` is called three times. What are `a.grad` and
# `b.grad`?
#
# - [ ] 4 and 2 :: That's after the first call. `backward` doesn't clear the gradients of leaves.
# - [x] 12 and 2 :: The leaf adds up 4 + 4 + 4. The computed node starts afresh each time.
# - [ ] 12 and 6 :: Computed nodes are cleared first. If `b` kept its old 2, it would hand that on
#   again, and `a` would get more than 12.
# - [ ] 24 and 6 :: That's what you'd get if `b` were never cleared. It would hand on 2, then 4,
#   then 6, and each of them twice.

# %% [markdown] tags=["question"] question="train2.nodes"
# How many nodes does the graph of `(x * 3 + 2) * x` have?
#
# - [ ] 3 :: Those are the operations. `x` itself is a node too.
# - [x] 4 :: One is `x`. The others are the results of two multiplications and one addition.
# - [ ] 5 :: Did you count `x` twice? It's a single object, used in two places.
# - [ ] 6 :: The numbers 3 and 2 are constants. Nobody asks for their gradients, so they get no
#   nodes.

# %% [markdown] tags=["question"] question="train2.peak"
# Before `exp`, softmax subtracts the largest logit as a plain number, so no gradient flows through
# it. Is that allowed?
#
# - [x] Yes, because the loss is the same whatever we subtract :: Its slope along the number that we
#   subtract is 0, and nothing is lost if we leave that slope out.
# - [ ] Yes, because the largest logit has no slope of its own :: It has one. It's still among the
#   logits, and there it gets its gradient.
# - [ ] No, but the error is small :: There is no error. Autograd and the gradient by hand agreed
#   for every weight.

# %% [markdown] tags=["question"] question="train2.price"
# The network has 3,184 weights. To find its whole gradient for one document by nudging each of
# them, how many times must you compute the loss, at the very least? And with `backward`?
#
# - [ ] 3,184 times by nudging, and as often with `backward` :: `backward` finds all the slopes in
#   one walk, from one loss.
# - [x] 3,185 times by nudging, and once with `backward` :: Nudging takes one loss before you begin,
#   and one for each nudged weight. Autograd needs a single loss and one walk back.
# - [ ] 2 times by nudging, and once with `backward` :: Two are enough for the slope along one
#   weight. If you nudge them all at once, you can't tell which one moved the loss.

# %% [markdown]
# ## Exercises
#
# The hints are folded under each task, and the solutions are in the last part of the book. The
# points only matter if you take this course in a class.

# %% [markdown] exercise="train2.by_hand" kind="by hand" size="short" minutes="10"
# ### Two numbers used twice
#
# **Aim.** Walk back with a pencil, and let a node wait.
#
# From $a = 3$ and $b = 2$ we make $s = a \cdot b$, then $t = s - a$, and then $y = t \cdot s$. Draw
# the graph, write the local derivatives on its arrows, and walk back from $y$. What are the slopes
# of $y$ along $a$ and along $b$?
#
# **Done when** both numbers are in the cell below, in square brackets, and the check says *right*.

# %% [markdown] tags=["hint"]
# Two nodes use $s$: $y$ and $t$. Find the whole gradient of $s$ first.

# %% [markdown] tags=["hint"]
# Two arrows lead back to $a$ as well. One of them carries $-1$.

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
# On the way forward, $s = 6$, $t = 3$ and $y = 18$. On the way back, $y$ has 1. It hands
# $1 \cdot 6$ to $t$ and $1 \cdot 3$ to $s$. Next it's $t$'s turn, and it hands 6 more to $s$, and
# $-6$ to $a$. Now $s$ has its full 9, and it hands $9 \cdot 2$ to $a$ and $9 \cdot 3$ to $b$. So
# $a$ has $18 - 6 = 12$, and $b$ has 27.
#
# Common mistakes: letting $s$ hand on its 3 before the 6 has arrived; forgetting that $t$ contains
# $a$; giving $a$ the wrong sign there.

# %% [markdown] exercise="train2.tanh" introduces="local_derivative" kind="go further" size="short" minutes="20" points="3"
# ### A smooth gate: tanh
#
# **Aim.** Teach Values an operation that they don't have.
#
# The *hyperbolic tangent* is a smooth gate. Earlier networks used it where ours uses `relu`:
#
# $$\tanh x = \frac{e^x - e^{-x}}{e^x + e^{-x}}$$
#
# Write `my_tanh(x)`. It takes a Value and returns a Value, as `exp` does. What it returns is *one*
# new node that has `x` as its only input and notes the local derivative. It has to work for any
# number, including 1,000 and $-1{,}000$. (You may use `math.tanh`, which takes plain numbers.)
#
# **Done when** the check says *right*.

# %% [markdown] tags=["hint"]
# The node is `Value(data, (x,), (local_derivative,))`, with plain numbers for `data` and
# `local_derivative`. Mind the commas: `(x,)` is a tuple of one, and `(x)` is only `x`.

# %% [markdown] tags=["hint"]
# As with `exp`, the result alone tells you the slope. Nudge `math.tanh` in a few places, and write
# each slope beside the result. At 0 the slope is 1. Where the result is close to 1 or $-1$, the
# slope is close to 0.

# %% [markdown] tags=["hint"]
# What do you have to subtract from 1? For results of 0.5 and $-0.5$ the answer is the same, 0.25.

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
# Call the numerator $u = e^x - e^{-x}$ and the denominator $v = e^x + e^{-x}$. Each of the two is
# the other's slope. So the rule for quotients gives $(v \cdot v - u \cdot u) / v^2 = 1 - \tanh^2
# x$.
#
# Common mistakes: forgetting the square; squaring `x.data` instead of the result; computing
# `math.exp(1000)`, which overflows; writing the formula with Values, which makes several nodes.

# %% [markdown] exercise="train2.sigmoid" kind="go further" size="longer" minutes="25" points="4"
# ### A sigmoid that never overflows
#
# **Aim.** Build an operation that works for small numbers and for large ones.
#
# The *sigmoid* turns any number into one between 0 and 1:
#
# $$\sigma(x) = \frac{1}{1 + e^{-x}}$$
#
# Write `my_sigmoid(x)`. It takes a Value and returns *one* new node that has `x` as its only input.
# At $-1{,}000$ the formula overflows as it stands. Yours mustn't. At $-1{,}000$ and at 1,000, both
# the result and the local derivative should be right to nine decimals.
#
# **Done when** the check says *right*.

# %% [markdown] tags=["hint"]
# `exp` of a large number overflows, and `exp` of a very negative one is 0. For which $x$ is the
# formula safe?

# %% [markdown] tags=["hint"]
# Multiply the numerator and the denominator by $e^x$. For which $x$ is this form safe?

# %% [markdown] tags=["hint"]
# The result alone tells you the local derivative. Where the result is a half, the local derivative
# is at its largest, a quarter. Where the result is close to 0 or 1, the local derivative is close
# to 0.

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
# safe. Both need $e^{-|x|}$ and no other power. To find the slope, call the denominator
# $u = 1 + e^{-x}$. The slope is $e^{-x} / u^2 = \frac1u \cdot \frac{u - 1}{u} = \sigma (1 -
# \sigma)$.
#
# Common mistakes: using the other form for all $x$, which overflows at the other end; limiting `x`
# to, say, $-10$ and above, which isn't exact; using the slope of `tanh`.

# %% [markdown] exercise="train2.maximum" kind="go further" size="longer" minutes="20" points="4"
# ### The largest of a list
#
# **Aim.** Find the slopes of an operation that only chooses.
#
# Write `my_maximum(values)`. `values` is a list of one or more Values, and your function doesn't
# change it. It returns *one* new node that holds the largest of the numbers. Don't return one of
# the list's own Values. The new node's inputs may be all the Values in the list, or only those that
# matter. After `backward`, the `grad` of each Value in the list is the slope of the maximum along
# that Value.
#
# If several Values are equally large, mathematics doesn't settle the slope. Divide a slope of 1
# among them in any way you like. One of them may get all of it, or each may get the same share. The
# list may hold the same Value twice.
#
# **Done when** the check says *right*.

# %% [markdown] tags=["hint"]
# Take 2, 7 and 5. If you nudge the 7, how far does the maximum move? And if you nudge the 5?

# %% [markdown] tags=["hint"]
# `max` can't compare Values, but it can compare their `data`. To find out which Value is the
# largest, use `max(..., key=...)` or a loop over positions.

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
# A small nudge to the largest number moves the maximum just as far. A nudge to any other number
# doesn't move it at all. So the node notes only the winner. (Noting the others with a slope of 0
# does no harm.) In a tie, `max` takes the first. Why do the parts have to add up to 1? If *all* the
# numbers grow by a little, the maximum grows by exactly as much.
#
# Common mistakes: giving a slope of 1 to every number that equals the maximum, which adds up to 2
# when two of them tie; beginning the search with 0, though all numbers may be negative; returning
# the winner itself.

# %% [markdown] exercise="train2.dot" kind="go further" size="longer" minutes="30" points="5"
# ### A dot product in one node
#
# **Aim.** Do what large libraries do, and build the graph from fewer, larger nodes.
#
# For two lists of 16 Values, `dot` makes 17 nodes. Write `my_dot(x, y)`, which makes *one*. `x` and
# `y` are lists of the same length, 1 or more. Their entries are Values or plain numbers, and at
# least one is a Value. A plain number is a constant and gets no node. The same Value may be in
# several places, even in both lists, and then all its slopes have to reach it.
#
# Then compute the loss of *emma* with your function in place of `dot`. How many nodes does the
# graph have now?
#
# **Done when** the check says *right*, and you know the number of nodes.

# %% tags=["release"]
weights = random_weights(mlp_shapes(tokenizer.vocab_size, 16), rng)
values = to_values(weights)
emma = tokenizer.encode("emma")

# %% [markdown] tags=["release"]
# > Then compute the loss of *emma* with your function in place of `dot`.
#
# Then compute the loss of `emma`, which are the tokens of a name, with the matrices in `values` and
# your function in place of `dot`.

# %% [markdown] tags=["hint"]
# Take $x_1 y_1 + x_2 y_2$. How fast does it grow with $x_1$?

# %% [markdown] tags=["hint"]
# A node may have the same Value among its inputs several times, each time with its own local
# derivative. `backward` adds up what arrives, as with `a + a`.

# %% [markdown] tags=["hint"]
# First make two lists of plain numbers, and compute the result from them. Then go through both
# lists, and collect an input and a local derivative wherever `isinstance(entry, Value)` is true.

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
# The slope along each entry is the number that it was multiplied by, from the other list. A Value
# that's in both lists is noted twice, and `backward` adds up the shares. The loss and the slopes
# are the same as before, with a fraction of the nodes. Most of those that remain are the weights.
#
# Common mistakes: giving each entry its own number; keeping the slopes in a dictionary, where the
# second slope of a Value replaces the first; forgetting the second list's slopes; turning plain
# numbers into nodes.

# %% [markdown] exercise="train2.not_cleared" kind="break and explain" size="longer" minutes="25"
# ### Gradients that are never cleared
#
# **Aim.** See what one missing line does to a training run.
#
# Write an optimizer `ForgetfulSGD`, which is `SGD` without the line that clears the gradients.
# Train with it from the same start, on the same documents and at a rate of 1.0, for 60 steps. (That
# takes a few seconds.) **What do you expect?** Compare the mean loss of steps 1 to 20, 21 to 40 and
# 41 to 60 with the means of the same steps in `losses`, and explain what you see in two or three
# sentences.
#
# **Done when** you have both rows of three numbers, and an explanation that would convince someone
# who has read this lesson.

# %% tags=["release", "trained"]
from microgpt_ref.lab.runs import load_run

losses = load_run("train2")["losses"]  # of a run from the same start, whose gradients were cleared

# %% [markdown] tags=["release"]
# > with the means of the same steps in `losses`, and
#
# with the means of the same steps in `losses`, those of a run of 1,000 steps whose gradients were
# cleared, and

# %% [markdown] tags=["hint"]
# To get the same start, write `again = random.Random(42)`, then
# `again.shuffle(load_docs("ssa2018"))`, and take the weights from
# `random_weights(mlp_shapes(tokenizer.vocab_size, 16), again)`. `docs` is shuffled already.

# %% [markdown] tags=["hint"]
# How far does the third step move a weight? Write it as a formula, with the gradients of the first
# three documents.

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
# The $n$-th step follows the sum of the first $n$ gradients. At first this looks good. The
# documents agree on a lot, and the sum takes longer strides in their common direction. But then the
# weights run past the place where the loss is lowest, and the old gradients keep pushing. It takes
# just as many gradients in the other direction to cancel them. The weights swing wider and wider,
# and the loss climbs far above $\ln 27$, which is what knowing nothing would cost.
#
# (The rates differ too. They fall to 0 over 60 steps here, and over 1,000 in the lesson. But
# smaller steps can't be what spoils the training.)

# %% [markdown] exercise="train2.own_operation" kind="open" size="longer" minutes="40"
# ### An operation of your own
#
# **Aim.** Take an idea from a formula to a tested operation, with no check but your own.
#
# Choose an operation that Values don't have: a sine, a square root, the absolute value, the mean of
# a list, the distance between two points. Write it as one node. Test its slopes by nudging, both in
# ordinary places and where you expect trouble. Then use it in an expression that uses some number
# twice, call `backward`, and draw the graph with `draw_graph`. (The fourth argument of `Value` is
# the sign that the drawing shows.)
#
# **Done when** nudging and `backward` agree in at least five places, and you can say whether there
# are places where the slope goes wrong or doesn't exist.

# %% [markdown] tags=["hint"]
# Begin with the node. Which plain number is its `data`, what are its inputs, and what is the local
# derivative along each of them? If you don't know a slope, nudge first and guess.

# %% [markdown] tags=["hint"]
# `nudged_draft(f, x)` needs a function of one plain number. Let your operation accept plain numbers
# too, or nudge its formula without Values.

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
# There's no single right answer. This one takes the square root. `backward` and nudging agree least
# well at 0.01, where the slope changes so fast that even a nudge of 0.00001 makes a difference. At
# 0 the slope is infinite, and `root` fails with a division by 0. A kinder operation would refuse
# with its own message, as `log` does. In the graph, $y = x \sqrt x$ has the slope
# $1.5 \sqrt x$. At $x = 4$ that's 3, and it reaches $x$ along two arrows. A good report names the
# places that give trouble, and says what you decided to do there.

# %% tags=["check"]
summary("train2")

# %% [markdown]
# ## What you have built
#
# Here's the program so far, one bar per line. What this lesson added stands out.

# %% tags=["hide-input"]
from microgpt_ref.lab.figures import program_map

program_map("train2")

# %% [markdown]
# **What still hurts.** The model sees one letter and forgets the rest. It always has. Until now,
# any other network would have cost you a new gradient. From here on, the way back comes for free,
# and we can build what we like. *How can it see further back?* That's [train3](train3.ipynb).

# %% [markdown]
# # train2: can the chain rule run itself?
#
# In train1 you found a gradient on paper, wrote it down layer by layer, and had to check it. Yet
# every step did the same two things: it multiplied a gradient by a local derivative, and it added
# up what came by several ways. A program can do that for any formula, if the numbers remember how
# they were made. In this lesson you build such a number. The model stays as it was.
#
# | | |
# |---|---|
# | **question** | can the chain rule run itself? |
# | **loss so far** | 2.5062 on held-out names in train1; counting had 2.4756 |
# | **new here** | a number that remembers, the graph, the order of the way back, an optimizer |
# | **dropped** | the gradient by hand |
# | **time** | about 60 minutes to read and try; the cells run in about two minutes |

# %% tags=["setup"]

# %%
import gc
import math
import random

from microgpt_ref.data import load_docs
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
# it was made from, and how fast it grows with each of them. Here is a draft that adds and
# multiplies:


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
# four and nothing else, which saves memory.)
#
# The other methods follow. The loss also needs `-` and `/`; the rest makes Values behave like
# numbers in any formula. In the package they stand inside the class; here a line after each puts it
# there. The first two are the draft's operations, with a second case: a plain number on the other
# side is a constant. Nobody wants its gradient, so it isn't kept among the inputs. The third says
# how a Value is printed.

# %% tags=["piece"] piece="value.Value.__add__ value.Value.__mul__ value.Value.__repr__"

# %%
a, b, c = Value(3.0), Value(2.0), Value(4.0)
s = a + b
y = s * c
print(y, "from", y.inputs)

# %% [markdown]
# All the numbers of a computation, each connected to those it was made from, are its **graph**. A
# number in it is a **node**. This is how it looks for $y = (a + b) \cdot c$. The square boxes were
# put in, and we call them **leaves**; the round ones were computed. Each arrow bears the local
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

# %% [markdown]
# The real one keeps a list of what is still to be done, a **stack**, and takes from its end. When a
# node is taken for the first time, it is put back, marked with `True`, and its inputs on top of it.
# When it comes up with its mark, the inputs have been dealt with, and it gets its place in the row.
# If it was pushed once more, it comes up unmarked though seen, and is skipped.

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
# is short. First it clears what an earlier pass may have left in the nodes that were computed. Then
# the result gets its 1, and the row is taken from its end; the innermost line is the one from our
# draft.

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
# after each step of the way back, one arrow a step: first in topological order, then "straight
# back", as our draft walks.

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
# For $a$ one finds 48, the other 72. To see which is right, nudge $a$ a little up and a little
# down: the error of the one nearly cancels that of the other.


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
# back* and move the step. **What do you expect?** Which step hands $a$ something again, and how
# much too much?

# %% tags=["live"]
from microgpt_ref.lab.widgets import choice, play, slider

play(
    "Straight back, a gets 72 instead of 48. Which step hands it something again, how much too much?",
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
# The doubling again, where `backward` found 4 for $a$ and 2 for $b$. Now call it a second time and
# change nothing in between. **What do you expect?** Which two numbers stand there then?

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
# and then asks $a$ for `__radd__`, where the *r* is for right.

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
# What has no result, or no rule here, is refused:

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
# All three agree as printed. (At `fc1[5][3]` the gate is shut at every letter.) The first and the
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
# subtractions of the peak show as +; the 5 at − are those of two nodes. The division by 5 at the
# end shows as ×.

# %%
from microgpt_ref.lab.figures import bar_chart
from microgpt_ref.lab.train2 import operation

made = [operation(node) for node in nodes if node.inputs]
kinds = sorted(set(made), key=lambda kind: (-made.count(kind), kind))
bar_chart(kinds, [made.count(kind) for kind in kinds], "operation", "number of nodes", "train2")

# %% [markdown]
# Nearly all are the two operations of our draft. Every prediction makes the same number of them, so
# a whole training run can be counted:

# %%
per_prediction = len(made) // 5
predictions = sum(len(doc) + 1 for doc in docs[:1000])
print(f"{len(made):,} nodes besides the weights, {per_prediction:,} for each of 5 predictions")
print(f"1,000 steps have {predictions:,} predictions:")
print(f"{per_prediction * predictions / 1e6:.1f} million nodes, made, walked and thrown away")

# %% [markdown]
# Training takes many times as long as by hand. In return you never have to work out a gradient
# again. (Large libraries cut the price: their nodes are whole matrices.)
#
# One part of the price can be avoided. Now and then Python's *garbage collector*, `gc`, searches
# for objects that refer to each other in rings. Our graph has none, as inputs never refer to their
# results, so we turn the search off: `gc.disable()`.
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
# A step of training is now three lines: the loss, the way back, the step. The next cell takes a
# minute or two.

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
# No better than train1, and no worse: it is the same model. (Its loss, and counting's, were written
# down when those lessons ran.) What has changed is what we can build next.

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
#   every addition makes an object.
#
# **Can you answer these without looking?** Which two numbers does a product note, and why those?
# What goes wrong if a node hands on before all that
# use it have? Why does `backward` add instead of replacing? What would happen if `SGD` didn't
# clear the gradients?
#
# **What still hurts.** The model sees one letter and forgets the rest. Until now any other network
# would have needed a new gradient by hand; now the way back comes by itself. *How can it see
# further back?* That is train3.

# %% [markdown]
# # Everything else is efficiency
#
# Your program takes most of a minute to learn from a thousand names. By the end of this chapter,
# another one will do it, once it's compiled, in less time than it takes you to blink. It trains the
# same model on the same names, from the same random start, and it takes the same steps, up to
# rounding. So where did the minute go? Hardly any of it went into multiplying.
#
# "This is the full algorithmic content of what is needed," Karpathy wrote about microgpt.
# "Everything else is just for efficiency." You've rebuilt the algorithm. This chapter is about
# everything else.
#
# | | |
# |---|---|
# | **question** | where does the time go? |
# | **new here** | fewer nodes, arrays, batches, machine code, vectors, several processes |
# | **what it drops** | nothing but digits; the model doesn't change |
# | **needs** | NumPy 2 or newer, and Numba for the compiled engines: `pip install numba` |
# | **time** | two hours, one of them for the formulas in *No graph at all*; some engines take ten seconds to compile the first time |
#
# We'll climb a ladder of **engines**. An engine is a program that trains our model from the same
# start as the reference. On each rung we ask where the time goes, and then we stop spending it. We
# also compare each engine's gradient with the reference's, here or in the course's tests, because a
# fast program that computes something else is worthless. (If you only want the story, skip from *No
# graph at all* to the end of *The engine*, where the minute is at stake.)

# %% tags=["setup"]

# %% tags=["hide-input"]
import gc
import random
import weakref

from microgpt_ref import fast, layers, transformer
from microgpt_ref.gpt import gpt_shapes, start_gpt
from microgpt_ref.lab.efficiency import fresh, growth, ladder, large_model, measured
from microgpt_ref.lab.efficiency import names_per_second, nodes_and_inputs, products, rung
from microgpt_ref.lab.efficiency import where_it_goes, where_timed, widths
from microgpt_ref.lab.runs import load_run
from microgpt_ref.learners import Learner
from microgpt_ref.model import new_model
from microgpt_ref.settings import Settings
from microgpt_ref.value import Value, to_values

# %% tags=["desk"]
import numpy as np

# %% [markdown]
# ## Count first
#
# Before you ask how long something takes, ask how long it *has* to take. Here's one name from the
# training set. How many multiplications does the model need for it? At each position, every entry
# of every weight matrix takes part in one product. The embeddings are the exception, since they're
# only looked up. (Attention adds a few products of its own, which we leave out.)

# %%
model, docs, _ = fresh()
doc = next(doc for doc in docs if len(doc) == 6)
tokens = model.tokenizer.encode(doc)
n_positions = len(tokens) - 1
needed = products(gpt_shapes(model.tokenizer.vocab_size, 16, 16, 1), n_positions)
print(f"{doc}: {n_positions} positions, {needed:,} products forward")

# %% [markdown]
# Going backward takes twice as many, because a product has two factors, and each factor gets a
# gradient. Now for the speed. A server core goes through about 3,000,000,000 *cycles* a second.
# Let's say that it starts one product in each cycle. It can do better, and we'll come back to that.
#
# **What do you expect?** At that speed, how many microseconds does one name take, forward and
# backward?

# %% tags=["reveal"] ask="for a name, in µs" answer="arithmetic" digits=0
arithmetic = 3 * needed / 3e9 * 1e6
print(f"{arithmetic:.0f} µs")

# %% [markdown]
# How long does it really take? We timed every engine on one core of a server, all in one run of
# `make bench`, and kept the times with the course. The lowest rung is called *plain*. It's
# Karpathy's published algorithm, with no attempt to be fast.

# %%
bench = measured()
print(where_timed(bench))
rung(bench, "plain")

# %% [markdown]
# That's thousands of times as long as the multiplications need. Whatever *plain* is doing all that
# time, it isn't arithmetic.
#
# ## A long search for little rings
#
# Next comes *scalar*. That's the reference, the program that you've built in this course. It makes
# the same kind of graph, and it does the same arithmetic:

# %%
rung(bench, "scalar")

# %% [markdown]
# It's much faster. Is that good design? Part of it is. The rest is a story about garbage.
# Python throws an object away as soon as nothing refers to it any more. But what if objects refer
# to each other in a ring, or an object refers to itself? Then something always refers to them.
# (`weakref.ref` lets us look at an object without keeping it alive.)

# %%
class Thing:
    pass


gc.disable()
one, other = Thing(), Thing()
other.itself = other  # a ring
seen = [weakref.ref(one), weakref.ref(other)]
del one, other
print("still there:", [ref() is not None for ref in seen])

# %%
gc.collect()
gc.enable()
print("still there:", [ref() is not None for ref in seen])

# %% [markdown]
# `one` is gone, but at first `other` is still there. No name leads to it any more, yet it refers to
# itself, and for Python that's reason enough to keep it. That's what the **cycle collector** is
# for. It searches all objects for rings that the program can no longer reach, and throws them away.
# You rarely call it yourself, as we did here with `gc.collect()`. Python runs it whenever many new
# objects have been made. The graph of a single name is made of tens of thousands of them, so the
# collector keeps searching the graph while we're still building it.
#
# Does it find anything? In *plain* it does. It finds one small ring per name. `backward` defines an
# inner function that calls itself. To do that, the function has to hold on to itself, and there's
# the ring. The function also holds the list of all nodes, so that the whole graph stays in memory
# until the collector comes by.
#
# The reference has no rings. It sorts the nodes by when they were made, and needs no function that
# calls itself. When a name is done, its graph disappears by itself. The collector has nothing to
# find, so we can switch it off while we train. That's what `gc.disable()` did in train2.
#
# How much is that one line worth? We timed both programs with the collector on and with it off.
#
# **What do you expect?** With the collector off in both, how many times as fast as *plain* is
# *scalar*?

# %% tags=["reveal"] ask="times as fast, without the collector" answer="bench['collectors']['plain']['off'] / bench['collectors']['scalar']['off']" digits=1
for name, took in bench["collectors"].items():
    print(f"{name:6} {took['on']:9,.0f} µs with the collector, {took['off']:8,.0f} without", end="")
    print(f": it takes {took['share']:.0%} of the time")
plain, scalar = (bench["collectors"][name]["off"] for name in ("plain", "scalar"))
print(f"without it, scalar is {plain / scalar:.1f} times as fast as plain")

# %% [markdown]
# Without the collector, the two programs are much closer. Most of *plain*'s disadvantage was the
# search. And look at *scalar*: the collector costs it time as well, although there are no rings in
# it. A search takes time even when it finds nothing. (The ladder always shows *plain* with the
# collector, as it was published, and *scalar* without it, as the course trains it.) Keep this in
# mind when you read the factors below. Every engine looks far better next to *plain* than next to
# *scalar*.
#
# ## Where the rest goes
#
# A **profiler** counts how often each function is called, and how much time is spent in it. Here's
# what it says about *plain* for an average name. (This time the collector was off, since a profiler
# charges the collector's time to whichever function was making objects at that moment.)

# %%
for row in bench["profile"]:
    print(f"{row['function']:9} {row['calls']:8,.0f} calls {row['share']:4.0%} of the time")

# %% [markdown]
# `visit` puts the nodes in order. It's called once for every input of every node, and the loop in
# `backward` runs through the same inputs again. `__mul__` and `__add__` make nearly all of the
# nodes, more than fifty thousand between them. Put the collector back in, and a name's time divides
# up like this:

# %%
where_it_goes(bench, arithmetic)

# %% [markdown]
# The last bar is almost too short to see, and it's the only part that we came for. Even without the
# collector, the rest would dwarf it. Around each multiplication, Python calls a method, checks the
# type of the other factor, and makes an object and two tuples. Later it finds the node's place in
# the order, and loops over its inputs. All of that takes a microsecond or two. The multiplication
# in the middle takes less than a nanosecond, a thousandth of that. The difference is called
# **interpreter overhead**. Until we get to machine code, we have one remedy: make Python do fewer
# things, each of them larger.
#
# You could also change the interpreter. **PyPy** is another Python, which compiles loops while they
# run. It runs the plain program unchanged, in about a third of the time, as a table below shows.
#
# ## Fewer and larger nodes
#
# The reference already makes fewer nodes than *plain*. Ever since train2, a whole sum has been a
# single node. Not counting the weights, this is its graph for our name:

# %%
loss = layers.document_loss(start_gpt(to_values(model.weights), 1, 4), tokens)
print("nodes {:,}, inputs {:,}".format(*nodes_and_inputs(loss)))

# %% [markdown]
# Can we go further? Take a dot product of two rows of 16 numbers, which has 16 products and 15
# additions. The plain program makes 33 nodes for it: its sum starts from 0, which takes a node for
# the 0 and one more addition. The reference makes 17. Could we get by with one? A node has to know
# its number, its inputs, and its slope along each of them. The slope of $x \cdot y$ along $x_i$ is
# $y_i$, and the slope along $y_i$ is $x_i$. That's all we need. (In the last line of `dot`, `+`
# joins two lists.)


# %%
def dot(x, y):
    xs, ys = [a.data for a in x], [b.data for b in y]
    return Value(sum(a * b for a, b in zip(xs, ys)), x + y, ys + xs)


# %%
x, y = [Value(1.0), Value(2.0), Value(3.0)], [Value(0.5), Value(-1.0), Value(2.0)]
dot(x, y).backward()
print([a.grad for a in x], [b.grad for b in y])

# %% [markdown]
# The slopes along x are the entries of y, and the other way round, as they should be. The engine
# *dot* makes one such node for every dot product in the model, and one more for the loss of each
# position.
#
# **What do you expect?** By what factor does the number of nodes fall? And by what factor does the
# number of their inputs fall?

# %% tags=["reveal"] ask=["the nodes fall by a factor of", "their inputs by"] answer=["nodes_and_inputs(loss)[0] / nodes_and_inputs(engine.document_loss(tokens))[0]", "nodes_and_inputs(loss)[1] / nodes_and_inputs(engine.document_loss(tokens))[1]"] digits=1
engine = fast.new_engine("dot", model, [tokens])
print("nodes {:,}, inputs {:,}".format(*nodes_and_inputs(engine.document_loss(tokens))))

# %% [markdown]
# Only about a tenth of the nodes are left. But most of the inputs are still there, and the walk
# back has to visit every one of them. The time falls by a factor between those two:

# %%
rung(bench, "dot", "scalar")

# %% [markdown]
# Is it still the same model? Every engine has to find the reference's gradient. We take three names
# at once and look for the largest difference. If it's smaller than a billionth of the gradient's
# largest entry, the engine passes. (It adds in a different order, and that changes the last digits.)

# %% tags=["desk"]
names = [model.tokenizer.encode(doc) for doc in docs[:3]]


def flat_gradient(engine):
    _, gradient = engine.gradient(names)
    return np.concatenate([np.ravel(matrix) for matrix in gradient.values()])


expected = flat_gradient(fast.new_engine("scalar", model, names))


# %% tags=["desk"]
def same_gradient(engine, tolerance=1e-9):
    differences = np.abs(flat_gradient(engine) - expected)
    return bool(differences.max() < tolerance * np.abs(expected).max())


engine = fast.new_engine("dot", model, names)
print("dot finds the reference's gradient:", same_gradient(engine))

# %% [markdown]
# ## No graph at all
#
# Compare the graphs of two names of the same length. They begin with different embeddings and end
# with different targets. Everything in between is the same. And yet we build a new graph for every
# name, only to find the same way back. So let's write the way back ourselves, once, and stop
# building graphs.
#
# You may remember doing that before. In train1 you worked out a gradient by hand, and train2
# promised that you'd never have to do it again. We're about to break that promise. But in train1
# you had to check your work by nudging one weight at a time. Now you have a judge who knows every
# slope at once. We'll go piece by piece, and the judge compares each gradient with its own.
#
# Our numbers now come in **arrays**, tables of numbers that NumPy can work on with a single call.
# This is what you need to read the code:
#
# | code | means |
# |---|---|
# | `a @ b` | the product of two matrices: entry $(t, j)$ is the dot product of row $t$ of `a` and column $j$ of `b` |
# | `a.T` | `a` with rows and columns swapped, $a^\top$ in a formula |
# | `a * b`, `a + b` | entry by entry; if one has a single row or column where the other has many, NumPy repeats it |
# | `a.sum(-1)` | the sum of each row; with `keepdims=True` it stays a column |
# | `a[:, None]` | a vector as a column |
# | `a.reshape(7, 4, 4)` | the same numbers in another shape, here a box with three directions, or *axes*; `-1` in it stands for whatever fits |
# | `a.shape` | the lengths of the axes; `a.shape[-1]` is that of the last one |
# | `a[:n, :m]`, `a[[2, 0, 2]]` | the first n rows, and of those the first m columns; rows 2, 0 and 2, as a new matrix |
# | `np.arange(n)`, `np.eye(n)`, `np.full(n, c)` | 0, 1, …, n − 1; n rows of zeros, with a 1 on the diagonal; n times c |
# | `a.transpose(1, 0, 2)` | the axes in another order: what was the second comes first |
#
#
# The judge relies on the Values that you built in train2. `f` is a function of the reference, and
# `dy` holds the gradient that arrives at each entry of its result. `by_values` turns the matrices
# into Values, runs `f` on them, walks back, and returns a gradient for each matrix, in the same
# order. (If the loss is the sum of all $dy \cdot y$, then its slope along each $y$ is $dy$. `ravel`
# lays a matrix out as one long row, and `tolist` turns an array into lists.)


# %% tags=["desk"]
def by_values(f, dy, *matrices):
    values = [[[Value(a) for a in row] for row in matrix.tolist()] for matrix in matrices]
    result = [y for row in f(*values) for y in row]
    layers.dot(dy.ravel().tolist(), result).backward()
    return [np.array([[a.grad for a in row] for row in matrix]) for matrix in values]


def judge(ours, theirs):
    gap = max(np.abs(a - b).max() for a, b in zip(ours, theirs))
    print("right" if gap < 1e-9 else f"off by up to {gap:.2f}")


# %% [markdown]
# We'll try everything on random numbers. `some(7, 16)` makes a matrix of them:

# %% tags=["desk"]
rng = random.Random(1)


def some(*shape):
    return np.array(layers.random_matrix(*shape, rng, 1.0))


# %% [markdown]
# ### Products of matrices
#
# Nearly all the work is in `linear`. In train1 it took one position, and a vector $x$ became $Wx$.
# Now all $T$ positions of a name go through together, as the rows of $x$, and the whole thing is one
# product of matrices:
#
# $$y = x\,W^\top \qquad\qquad dx = dy\;W \qquad dW = dy^\top x$$
#
# The two formulas on the right are train1's `linear_backward`. Entry $(j, i)$ of $dy^\top x$ adds
# up $dy_{tj}\,x_{ti}$ over all positions $t$, and there you have the `+=` of train1. (`np.matmul`
# is `@`, and `out=dw` says where to put the result. `np.empty_like(w)` makes an array as large as
# `w`, whose contents don't matter yet.)

# %% tags=["desk", "piece"] piece="numpy.linear numpy.linear_backward"

# %% tags=["desk"]
def linear_by_rows(w, x):
    return [layers.linear(w, row) for row in x]


w, x, dy = some(8, 4), some(7, 4), some(7, 8)
dw = np.empty_like(w)
dx = linear_backward(w, x, dy, dw)
judge([dw, dx], by_values(linear_by_rows, dy, w, x))

# %% [markdown]
# If it says *right*, no entry differs by more than 0.000000001.
#
# Two of these and a `relu` between them make the feed-forward network. Here it is at its real size,
# forward and backward. (`np.maximum(z, 0)` is `relu` for a whole array. Where `z > 0` is true, it
# counts as 1, and that's the gate.)

# %% tags=["desk"]
fc1, fc2, x, dy = some(64, 16), some(16, 64), some(7, 16), some(7, 16)
dfc1, dfc2 = np.empty_like(fc1), np.empty_like(fc2)

z = linear(fc1, x)  # (7, 64)
hidden = np.maximum(z, 0)  # (7, 64)
y = linear(fc2, hidden)  # (7, 16)

dhidden = linear_backward(fc2, hidden, dy, dfc2)  # (7, 64)
dz = dhidden * (z > 0)  # (7, 64)
dx = linear_backward(fc1, x, dz, dfc1)  # (7, 16)

# %% [markdown]
# **What do you expect?** The cell above has six products of matrices, two forward and four
# backward. Do only the two forward ones with Values, and you get a graph. Leaving out the numbers
# that you start with, does that graph have about 150 nodes, 1,500, or 15,000?

# %% tags=["desk", "reveal"] ask="nodes, about" answer="min(['150', '1,500', '15,000'], key=lambda n: abs(float(n.replace(',', '')) - count))" choices=["150", "1,500", "15,000"]
def network_by_rows(fc1, fc2, x):
    return [layers.linear(fc2, [layers.relu(h) for h in layers.linear(fc1, row)]) for row in x]


judge([dfc1, dfc2, dx], by_values(network_by_rows, dy, fc1, fc2, x))
values = to_values({"fc1": fc1.tolist(), "fc2": fc2.tolist(), "x": x.tolist()})
result = network_by_rows(*values.values())
count, inputs = nodes_and_inputs(layers.total([a for row in result for a in row]))
print(f"nodes {count:,}, inputs {inputs:,}")

# %% [markdown]
# Each of the 7 rows has 64 sums of 16 products, 64 gates, and 16 sums of 64 products. That's
# $64 \cdot 17 + 64 + 16 \cdot 65 = 2{,}192$ nodes, and seven times that is 15,344. One more adds
# everything up.
#
# ### A number that everyone shares
#
# rmsnorm multiplies each row of $x$ by one number $s$, so that its entries become about 1 in size:
#
# $$y_i = s\,x_i \qquad s = \frac{1}{\sqrt{\frac1n \sum_i x_i^2 + 10^{-5}}}$$
#
# (`np.vecdot(x, x)` is the dot product of each row with itself. `[:, None]` turns a vector of $T$
# numbers into a column, so that NumPy repeats it along the row.)

# %% tags=["desk", "piece"] piece="numpy.rmsnorm"

# %% [markdown]
# And the way back? Each $y$ grows $s$ times as fast as its $x$. That suggests a very short formula:


# %% tags=["desk"]
def rmsnorm_by_rows(x):
    return [layers.rmsnorm(row) for row in x]


x, dy = some(7, 16), some(7, 16)
y, s = rmsnorm(x)
judge([s * dy], by_values(rmsnorm_by_rows, dy, x))

# %% [markdown]
# The judge doesn't agree. What did we forget? Follow $x_i$ through the formulas. It reaches its own
# $y_i$, but it also reaches $s$, and *every* entry of the row uses $s$. Where paths meet, add.
#
# What arrives at $s$ is the sum of all $dy_j\,x_j$. And how fast does $s$ grow with $x_i$? Call what
# is under the root $m$. Then $s$ is $m^{-1/2}$. Its slope along $m$ is $-\frac12 m^{-3/2}$, which is
# $-\frac12 s^3$, and the slope of $m$ along $x_i$ is $2 x_i / n$. Together that's $-s^3 x_i / n$, and
#
# $$dx_i = s\,dy_i - \frac{s^3 x_i}{n} \sum_j dy_j\,x_j
# = s \Big(dy_i - y_i \cdot \frac1n \sum_j dy_j\,y_j\Big)$$
#
# The second form uses $y = s\,x$, twice. In words, the formula takes out the part of $dy$ that
# would only stretch the row. There's no point in that, because rmsnorm undoes any stretch.

# %% tags=["desk", "piece"] piece="numpy.rmsnorm_backward"

# %% tags=["desk"]
judge([rmsnorm_backward(dy, y, s)], by_values(rmsnorm_by_rows, dy, x))

# %% [markdown]
# ### All positions at once
#
# Softmax also has a number that everyone shares, the sum of all the exponentials. Let the score
# $a_i$ grow a little. In the fraction that makes $p_i$, the number on top is $e^{a_i}$, which is
# its own slope. By itself, that raises $p_i$ at the rate $p_i$. But the sum underneath grows as
# well. Exponential $i$ makes up a fraction $p_i$ of that sum. As it grows, it therefore swells the
# sum at the rate $p_i$, measured against the sum itself. That makes every $p_j$, including $p_i$,
# fall at the rate $p_j\,p_i$. Multiply each rate by the $dp$ that arrives there, add them up, and
# you get a formula of the same form as before:
#
# $$da_i = dp_i\,p_i - \sum_j dp_j\,p_j\,p_i = p_i \Big(dp_i - \sum_j dp_j\,p_j\Big)$$
#
# (`...` in a shape stands for any number of axes in front. A function that works on the last axis
# alone, which is called -1, works on a vector, on the rows of a matrix, or on many matrices at
# once. As an index, `[..., None]` keeps all axes and puts one of length 1 behind them.)

# %% tags=["desk", "piece"] piece="numpy.softmax numpy.softmax_backward"

# %% [markdown]
# Now let three positions look at each other, all in one go. Row $t$ says how position $t$ shares
# out its attention. (The 2 is $\sqrt d$, since these vectors have $d = 4$ numbers.)

# %% tags=["desk"]
q, k, v, dh = some(3, 4), some(3, 4), some(3, 4), some(3, 4)
print(softmax(q @ k.T / 2).round(2))

# %% [markdown]
# This can't be right. The first row gives shares to the second position and to the third. But when
# the model reads the first letter, the later ones don't exist yet! In the lessons, no position
# could see the future, because it hadn't been computed. Now it has. We need a **mask** to hide the
# later positions. (`np.triu` keeps what's above the diagonal, and makes the rest 0.)

# %% tags=["desk", "piece"] piece="numpy.causal_mask"

# %% tags=["desk"]
print(softmax(q @ k.T / 2 + causal_mask(3)).round(2))

# %% [markdown]
# Where the mask says $-\infty$, the score is $-\infty$, and $e^{-\infty}$ is 0. The first position
# now gives all its attention to itself. That's attention in three lines:
#
# $$a = \frac{q\,k^\top}{\sqrt d} + \text{mask} \qquad p = \text{softmax}(a) \qquad h = p\,v$$
#
# You know the way back through each of them. Two are products of matrices, as in `linear`. (To see
# it in $h = p\,v$, read $v$ as $W^\top$.) They give the first two formulas below and the last two,
# and softmax gives the one in the middle:
#
# $$dp = dh\,v^\top \qquad dv = p^\top dh \qquad da = p\,\Big(dp - \sum dp\,p\Big) \qquad
# dq = \frac{da\,k}{\sqrt d} \qquad dk = \frac{da^\top q}{\sqrt d}$$
#
# The mask needs no way back of its own. Where it hides a position, $p$ is 0, and so is $da$. (The
# code divides `da` by $\sqrt d$ once, for both of the last two.)
#
# (`swapaxes(-1, -2)` swaps the last two axes, as `.T` does for a matrix.)

# %% tags=["desk", "piece"] piece="numpy.attention numpy.attention_backward"

# %% [markdown]
# The judge uses train3's `attention`, which takes one query at a time, with the keys and values so
# far:


# %% tags=["desk"]
def attention_by_rows(q, k, v):
    return [transformer.attention(q[t], k[: t + 1], v[: t + 1]) for t in range(len(q))]


h, p = attention(q, k, v, causal_mask(3))
judge(attention_backward(dh, q, k, v, p), by_values(attention_by_rows, dh, q, k, v))

# %% [markdown]
# ### The loss
#
# The way back begins at the loss, and you know its first step from train1. The gradient along the
# logits is $p$, with 1 subtracted at the target. Each position's share of the loss is one over the
# number of positions:
#
# $$\text{loss} = -\sum_t \text{share}_t \ln p_{t,\text{target}_t} \qquad
# d\text{logits}_{tj} = \text{share}_t\,\big(p_{tj} - [\,j = \text{target}_t\,]\big)$$
#
# (The square brackets are 1 where the statement in them holds, and 0 elsewhere. In the code,
# `dlogits` begins as $p$ itself. Once the loss has been read off, 1 is subtracted at the targets.
# `dlogits[rows, targets]` picks one entry from each row, the target's.)

# %% tags=["desk", "piece"] piece="numpy.cross_entropy"

# %% tags=["desk"]
logits, targets = some(3, 5), np.array([2, 0, 2])


def mean_surprise(logits):
    surprises = [layers.cross_entropy(row, target) for row, target in zip(logits, targets)]
    return [[layers.total(surprises) / 3]]


loss, dlogits = cross_entropy(logits, targets, np.full(3, 1 / 3))
judge([dlogits], by_values(mean_surprise, np.ones((1, 1)), logits))

# %% [markdown]
# ### A letter that occurs twice
#
# One step is left: the embeddings. On the way forward, `wte[tokens]` looks up a row for each
# position. On the way back, each position's gradient has to be added to the row that it came from.
# It looks as if NumPy could do that in one line. Let's try it on *anna*, with embeddings of a
# single number, and with a gradient of 1 at each position.
#
# **What do you expect?** Two of the positions read an a. What gradient will this line find for a's
# embedding?

# %% tags=["desk", "reveal"] ask="it finds" answer="dwte[0, 0]" digits=0
anna = np.array(model.tokenizer.encode("anna")[:-1])  # BOS, a, n, n, a
dx = np.ones((5, 1))
dwte = np.zeros((27, 1))
dwte[anna] += dx
print(dwte[0, 0])  # a is token 0

# %% [markdown]
# It should be 2, because a gradient of 1 arrives at each of the two a's. For the second time in
# this course, half a gradient has gone missing, and this time we did write `+=`. NumPy fetches the
# five rows, adds to each of them, and then puts all five back. The second *a* overwrites the first.
# (The loss above was safe: `dlogits[rows, targets] -= 1` never picks a row twice.)
#
# There's a way around it that needs nothing new. Write each token as a row of zeros with a single 1
# in the token's place. That's called **one-hot**. Looking up a row is then a product of matrices, and
# for those we know the way back:

# %% tags=["desk"]
one_hot = np.eye(27)[anna]  # (5, 27)
dwte = one_hot.T @ dx  # (27, 1)
print(dwte[0, 0])

# %% [markdown]
# ### The engine
#
# Those are all the pieces. Now we put them together. An engine keeps all 4,192 weights in one long
# vector `p`, and their gradient in another, `g`. The matrices are windows into these vectors.
# Whatever we write into `dw["wte"]` appears in `g`. The next cell, which is folded, sets this up
# and adds what every engine needs. We'll attach the methods that matter one by one, as in train2.

# %% tags=["desk", "piece", "hide-input"] piece="numpy.views numpy.with_qkv numpy.Engine"

# %% [markdown]
# The matrices of the query, key and value lie next to each other in the vector. One product can
# therefore compute all three. Its result has a row for each position, with $3 \cdot 16$ columns.
# `split_heads` first cuts each row of 48 numbers into 3 kinds, 4 heads, and the 4 numbers of one
# head. Then it moves the axis of positions behind kinds and heads, so that each head has a matrix
# of its own, a row for each position. `join_heads` undoes both steps:

# %% tags=["desk", "piece"] piece="numpy.Engine.split_heads numpy.Engine.join_heads"

# %% tags=["desk"]
engine = Engine(model, [tokens])
split = engine.split_heads(np.zeros((7, 48)))
print(split.shape, "from", engine.join_heads(split).shape)

# %% [markdown]
# Three kinds, four heads, seven positions, and four numbers each. In `attention`, the `...` now
# stands for the four heads, and NumPy handles all four in one call.
#
# A block has two halves. Here's the first, with its way back. Read `attend` from the bottom up, and
# beside it `attend_backward` from the top down. `dx +` in the last line is there because $x$ took
# two paths. One went through attention, and the other straight on. (`h[None]` puts an axis of
# length 1 in front, for a single kind, and `(dh,) =` takes it off again. `np.array` of three
# matrices stacks them as three kinds.)

# %% tags=["desk", "piece"] piece="numpy.Engine.attend numpy.Engine.attend_backward"

# %% [markdown]
# The other half works the same way. (`hidden > 0` is the gate again: `hidden` is above 0 exactly
# where `z` was.)

# %% tags=["desk", "piece"] piece="numpy.Engine.feed_forward numpy.Engine.feed_forward_backward"

# %% [markdown]
# And this is the whole model. The way forward keeps everything that the way back needs, layer by
# layer, and the way back uses it up in reverse:

# %% tags=["desk", "piece"] piece="numpy.Engine.forward numpy.Engine.backward_rows"

# %% [markdown]
# Last comes Adam. train4's version had a loop over all weights. Here the same formulas work on
# 8,192 weights at a time. Our model has fewer, so that's all of them. In a larger model, pieces of
# this length, with all that's computed in between, still fit in the *cache*, a small and fast
# memory inside the processor. If this worked on whole vectors there, the processor would spend more
# time on getting memory than on computing:

# %% tags=["desk", "piece"] piece="numpy.Engine.adam"

# %% [markdown]
# Does it find the reference's gradient?

# %% tags=["desk"]
print("numpy finds the reference's gradient:", same_gradient(Engine(model, names)))

# %% [markdown]
# It finds all 4,192 slopes. (If a piece were wrong, this line would say so, but it couldn't say
# which one. That's why we asked the judge along the way.) Now let it learn. Here are three steps,
# side by side with the reference:

# %% tags=["desk"]
ours, theirs = Engine(model, names), fast.new_engine("scalar", model, names)
for name in names:
    print(f"numpy {ours.learn([name], 0.01):.9f}   scalar {theirs.learn([name], 0.01):.9f}")

# %% [markdown]
# **What do you expect?** The reference needs most of a minute for a thousand names. How many
# seconds will this engine need?

# %% tags=["reveal"] ask="a thousand names, in seconds" answer="bench['engines']['numpy']['us_per_name'] / 1000" digits=2
rung(bench, "numpy", "scalar", "dot")
print(f"a thousand names: {bench['engines']['numpy']['us_per_name'] / 1000:.2f} s")

# %% [markdown]
# Most of a minute has become a fraction of a second. Now let it learn from the whole thousand.
# We've kept the reference's losses from train4, so that we can compare each one. And when the model
# is done, you'll recognize the ten names that it invents:

# %% tags=["desk"]
trained, docs, rng = fresh()
losses = trained.fit(docs, steps=1000, learner=Engine)
kept = load_run("train4")["losses"]
print(f"largest difference of {len(kept)}: {max(abs(a - b) for a, b in zip(losses, kept)):.6f}")
print(*[trained.sample(rng) for _ in range(10)])

# %% [markdown]
# Those are the names that your own GPT invented in train4. The arithmetic hasn't changed. What's
# gone is the object for each number. The loops are still there, but they no longer run in Python.
# They run inside NumPy, as machine code. (The design isn't ours. Karpathy's
# [llm.c](https://github.com/karpathy/llm.c), which trains GPT-2 in C, has a forward and a backward
# function for each layer, side by side. The names of its gradients begin with a d, as ours do.)
#
# ## Many names at a time
#
# What does *numpy* spend its time on now? On calls. A call to NumPy takes about a microsecond even
# if its arrays are tiny, and a name needs about a hundred of them. At our size, an array that's
# twice as long takes hardly any longer. That's why we want to give each call more to do.
#
# We take many names per step, and the loss of the step is the mean of their losses. The gradient of
# a mean is the mean of the gradients. The engine *batch* packs all positions of all its names into
# one array, and only attention has to know which rows belong to which name. Here are three names,
# packed. Each column is one position, and the last line shows what its surprise is divided by in
# the loss:

# %% tags=["desk"]
engine = fast.new_engine("batch", model, names, batch=3)
packed, positions, targets, shares = engine.rows(names)


def letters(row):
    return [model.tokenizer.decode([token]) or "·" for token in row]


for label, row in [
    ("token", letters(packed)),
    ("position", positions),
    ("target", letters(targets)),
    ("1/share", (1 / shares).round().astype(int)),
]:
    print(f"{label:8}", *[f"{entry:>2}" for entry in row])

# %% [markdown]
# *batch* also uses shorter numbers. **float32** has half the bits of Python's floats, and about
# seven digits. Twice as many numbers fit into the same space, in memory and in the processor. The
# price is that the gradient agrees to fewer digits. We accept differences of up to a ten-thousandth
# of the largest entry.

# %% tags=["desk"]
print("batch finds the reference's gradient:", same_gradient(engine, 1e-4))

# %% [markdown]
# **What do you expect?** A step of *numpy* learns from one name, and a step of *batch* from 64. How
# many times as long does the second one take?

# %% tags=["reveal"] ask="a step of 64 takes this many times as long" answer="64 * many / one" digits=1
one, many = (bench["engines"][name]["us_per_name"] for name in ("numpy", "batch64"))
print(f"a step of one: {one:.0f} µs, a step of 64: {64 * many:,.0f} µs", end="")
print(f", {64 * many / one:.0f} times as long")
rung(bench, "batch64", "numpy")

# %% [markdown]
# Each name has become much cheaper. But does the model learn as much from it?
#
# **What do you expect?** Train one model on 1,024 names, with one name per step, and another on the
# same 1,024, with 64 names per step. Does the second model end up better, or worse? (We hold out
# the last 300 names of the shuffled list. The losses have one decimal, because another processor
# may round float32 numbers differently.)

# %% tags=["desk", "reveal"] ask="64 per step ends" answer="'worse' if held_out > 2.5 else 'better'" choices=["better", "worse"]
seen, unseen = docs[:-300], docs[-300:]
for batch, steps in [(1, 1024), (64, 16)]:
    trained, _, _ = fresh()
    fast.fit(trained, seen, steps, engine="batch", batch=batch)
    held_out = fast.sampler(trained, "batch").held_out_loss(unseen)
    print(f"{steps:4} steps of {batch:2}: held-out loss {held_out:.1f}")

counting = new_model(model.tokenizer, random.Random(42), Settings("train0"))
counting.fit(seen, 1024)
print(f"pairs, counted in 1024: held-out loss {counting.held_out_loss(unseen):.1f}")

# %% [markdown]
# It's worse. It doesn't even beat train0's counting of pairs. It has learned from the same names,
# but it took only sixteen steps. At a learning rate that begins at 0.01 and falls to 0, sixteen
# steps of Adam can't carry a weight much further than 0.1, however good their directions are. The
# average of 64 names points in a more reliable direction, and that's why batches usually go
# together with a higher rate. (To see how much that helps here, add `rate=0.03` to the call of
# `fit` and run it again.)
#
# If the number of steps stays the same, the batch wins:

# %% tags=["desk"]
for batch in [1, 64]:
    trained, _, _ = fresh()
    fast.fit(trained, seen, 1000, engine="batch", batch=batch)
    held_out = fast.sampler(trained, "batch").held_out_loss(unseen)
    print(f"1000 steps of {batch:2}: held-out loss {held_out:.1f}")

# %% [markdown]
# But now it has also read 64 times as many names. Batches make names cheap. They don't make steps
# cheap, and only a step moves the weights.
#
# ## Machine code
#
# A call costs about a microsecond. What if we make no calls at all? **Numba** translates a Python
# function into machine code. It does that when you first call the function, for the types of
# numbers that you pass in. It likes plain loops best:

# %% tags=["desk"]
import numba


@numba.njit
def linear_in_loops(w, x, y):
    for t in range(len(x)):
        for j in range(len(w)):
            y[t, j] = 0.0
            for i in range(len(w[0])):
                y[t, j] += x[t, i] * w[j, i]


# %% tags=["desk"]
w, x = some(64, 16), some(7, 16)
y = np.empty((7, 64))
linear_in_loops(w, x, y)
judge([y], [linear(w, x)])

# %% [markdown]
# You wrote these loops in train1, with lists. In machine code, nobody checks a type and nobody
# makes an object. The processor loads two numbers, multiplies them, and adds.
#
# The engine *compiled* turns each function of *numpy* into loops over single numbers. It uses
# float32, takes one name at a time again, and does many steps in one call. Three things decide how
# fast such loops run:
#
# - A **vector instruction** computes with 8 or 16 numbers at once, if they're neighbours in memory.
# - The innermost loop above adds all its products to one number. Each addition has to wait a few
#   cycles for the one before it. Several sums side by side don't have to wait for each other.
#   That's why the engine computes many outputs $j$ at a time.
# - If the sizes are known when the function is compiled, short loops can be written out in full.
#   That's why the engine is compiled anew for each size of model. The machine code is then kept on
#   disk.

# %% tags=["desk"]
engine = fast.new_engine("compiled", model, names)
print("compiled finds the reference's gradient:", same_gradient(engine, 1e-4))

# %% [markdown]
# **What do you expect?** *numpy* and *compiled* both take one name at a time, and they compute the
# same products. How many times as fast as *numpy* is *compiled*? (*compiled16* is *compiled* with
# sixteen names per step, as *batch64* was *batch* with 64.)

# %% tags=["reveal"] ask="compiled is faster by a factor of" answer="bench['engines']['numpy']['us_per_name'] / bench['engines']['compiled']['us_per_name']" digits=1
rung(bench, "compiled", "numpy")
rung(bench, "compiled16", "compiled")

# %% [markdown]
# Look back at our estimate. We said that the multiplications alone would take 25 µs, and *compiled*
# does everything in less! The estimate allowed one product in each cycle, and a vector instruction
# does many. *compiled16* takes sixteen names per step, and they share one update by Adam, whose
# square roots and divisions are slow.
#
# ### When does it pay?
#
# Compiling isn't free. While the compiler is still thinking, *numpy* is well under way.

# %%
found = bench["engines"]["compiled"]
print(f"compiled needs {found['first_step_s']:.1f} s for its first step")

# %% [markdown]
# **What do you expect?** Start both at the same moment. After how many names has *compiled* caught
# up with *numpy*?

# %% tags=["reveal"] ask="names until compiled catches up" answer="found['first_step_s'] / saved" digits=0
saved = (bench["engines"]["numpy"]["us_per_name"] - found["us_per_name"]) / 1e6  # seconds a name
print(f"the first time: after {found['first_step_s'] / saved:,.0f} names")
print(f"with machine code from the disk, which takes {found['cached_first_step_s']:.2f} s: ", end="")
print(f"after {found['cached_first_step_s'] / saved:,.0f} names")

# %% [markdown]
# For the thousand names of train4, a compiler isn't worth it. The first time, *numpy* has long
# finished before *compiled* takes its first step. Even with machine code from the disk, the two are
# about level. For a long run, or for many runs of the same size, it pays. You needn't do this
# calculation yourself. When you train from the command line, `python -m microgpt_ref train --engine
# auto` does it before it begins, picks *numpy* for a short run and machine code for a long one, and
# says why.
#
# ## Sums that stay where they are
#
# (This section is for the curious. You can skip to *The ladder*.) Inside the processor, the numbers
# that it's working on sit in *registers*. The widest registers hold sixteen float32 numbers, each
# in its own *lane*. In *compiled*, the compiler has to find out by itself which numbers can go side
# by side. In the engine *simd*, we say so ourselves. There, a variable can hold a whole vector.
#
# How many sums should be under way at once? A processor like ours typically has two units, and each
# can start one vector of multiplications and additions in every cycle. But a result comes out only
# about four cycles later. If a unit waited for one sum before it went on with the next, it would
# stand idle most of the time. To keep both units busy, you need two times four, or eight, vectors
# of sums that don't depend on each other. *simd* therefore cuts a product of matrices into
# *tiles*. A tile is a block of the result. It has enough sums to keep both units busy, and few
# enough that each of them gets a register of its own. There a sum stays until it's complete, and
# only then does it go to memory.
#
# The sizes of the matrices are arguments here, not part of the code. That's why *simd* is compiled
# only once, for models of every size. What has to be written out in full is only the tile, and its
# size never changes.
#
# **What do you expect?** How many times as fast as *compiled* is *simd*?

# %% tags=["desk", "reveal"] ask="simd is faster by a factor of" answer="bench['engines']['compiled']['us_per_name'] / bench['engines']['simd']['us_per_name']" digits=1
rung(bench, "simd", "compiled")
rung(bench, "simd16", "simd")
engine = fast.new_engine("simd", model, names)
print("simd finds the reference's gradient:", same_gradient(engine, 1e-4))
found = bench["engines"]["simd"]
print(f"to compile, once for all sizes: {found['first_step_s']:.0f} s", end="")
print(f"; a thousand names: {found['us_per_name'] / 1000:.3f} s")

# %% [markdown]
# That's the program that we promised. A blink takes a tenth of a second or more, and in that time
# *simd* could learn from the thousand names more than twenty times over. It computes the same
# products as *compiled*, but its sums stay in registers, while *compiled* keeps writing its sums to
# memory and reading them back.
#
# Then why keep *compiled*? You can read it. Its loops are the ones you'd write yourself. For a real
# run, take *simd*.
#
# Not every processor has registers that wide. Those of AVX-512 hold sixteen numbers, and those of
# AVX2, which are more common, hold eight. We've timed that too, on the same processor, by using
# only half of each register:

# %%
for name, wide in [("compiled, AVX2", "compiled"), ("simd, AVX2", "simd")]:
    rung(bench, name, wide)

# %% [markdown]
# Half the width doesn't mean half the speed. *compiled* hardly notices, and *simd* keeps most of
# its lead. Some processors split a wide vector into two halves and work through them one after the
# other, so that the wide registers gain little. Our times can't tell you whether this one does.
#
# How much faster could it get? At best, two units with sixteen lanes each start 32 products in a
# cycle. At 3,000,000,000 cycles a second, such a core would need:

# %%
cycles = 3 * needed / (2 * 16)
limit = cycles / 3e9 * 1e6
print(f"{cycles:,.0f} cycles at least, or {limit:.2f} µs")
fastest = min(found["us_per_name"] for found in bench["engines"].values())
print(f"the fastest engine takes {fastest / limit:.1f} times that")

# %% [markdown]
# No engine will get all the way there. Besides the products, it also has to update the weights,
# compute exponentials, and add up the lanes of a vector.
#
# ## The ladder
#
# Here are all the rungs, from Karpathy's program to the fastest that we have:

# %%
ladder(bench)

# %% [markdown]
# (*torch* is the same model in PyTorch, which we'll get to below. *js* is the JavaScript that
# trains it on the lessons' pages.) Each line of the grid marks a factor of ten. No single idea did
# this. Whenever a rung took away one cost, the next one came into view. (The engines with a 16 or a
# 64 in their names take that many names per step, and therefore fewer steps. For a comparison step
# for step, set *simd* beside *plain*.)
#
# And memory? Most of it goes to the tools. A compiler takes far more than any graph of ours, and so
# does PyTorch:

# %%
for name, found in bench["engines"].items():
    print(f"{name:10} {found['peak_mb']:4.0f} MB")

# %% [markdown]
# How fast are other people's programs? The author of
# [EEmicroGPT](https://github.com/Entrpi/eemicrogpt) timed several on an Apple M5, at width 16, with
# one name per step unless we say otherwise. That isn't our machine. Look only at how many digits
# the times have before the point. On the way from Python to C with vector instructions, five digits
# become one:
#
# | program | µs per name |
# |---|---|
# | CPython 3.14 | 49,000 |
# | PyPy | 17,640 |
# | microgpt.cpp | 270 |
# | rust-microgpt (float32) | 118 |
# | EEmicroGPT (C with Neon and SME2, float32, 16 names per step) | 3.0 |
#
# <details><summary>Times of more programs, on other machines</summary>
#
# There are two programs called microgpt.cpp.
# [Charbel199's](https://github.com/Charbel199/microgpt.cpp) came first, and
# [AntonTimofeev's](https://github.com/AntonTimofeev/microgpt.cpp) is another version of it, which
# computes with twice as many digits. The second one's page reports 22 min 4 s for CPython and 1.3 s
# for C++ (Core Ultra 7 165H, 10,000 steps). The page of enjector/microgpt-c reports 93 s and 0.09 s
# (M2 Max).
#
# We also measured some of these programs ourselves, with one name per step, on two other servers.
# We used one core of each. On the first server, *plain* took 118,000 to 131,000 µs. On the second,
# we used the best compiler for each program:
#
# | program | µs per name, AVX-512 server | µs per name, AMD Zen 5 |
# |---|---|---|
# | PyPy, the published algorithm | 36,400 | 23,000 to 26,000 |
# | rust-microgpt (float64) | 430 | 253 |
# | AntonTimofeev/microgpt.cpp (float64) | 290 | – |
# | Charbel199/microgpt.cpp (float32) | 135 | 109 |
# | go-microgpt | – | 49 |
# | enjector/microgpt-c (its gradient leaves out the keys and values of earlier positions) | 150 | 8.7 |
# | EEmicroGPT, its vector instructions translated | 9.3 to 11.3 | 7.5 |
#
# Compare times only within a column. These servers aren't the ladder's.
#
# </details>
#
# ## When the model grows
#
# So far, every model had width 16, which is tiny. A model eight times as wide has 64 times as many
# entries in most of its matrices.
#
# **What do you expect?** How many times as long does *numpy* need for a name if the width is 128?
# And *simd*?

# %% tags=["reveal"] ask=["times as long, with numpy", "times as long, with simd"] answer=["growth(bench, 'numpy')", "growth(bench, 'simd')"] digits=0
for name in ["numpy", "compiled", "simd"]:
    print(f"{name}: {growth(bench, name):.0f} times as long")

# %%
widths(bench)

# %% [markdown]
# None of them takes 64 times as long. At width 16, *torch* and *numpy* pay mostly for calls, and a
# wider model doesn't need more of those. So *numpy*'s line climbs slowly, and *torch*'s hardly
# climbs at all. At width 128, *torch* has overtaken *numpy*. The two engines in machine code make
# no calls. They pay for arithmetic from the start, and have the most to climb. (*compiled* climbs
# less than *simd*, since a loop over 128 numbers suits a compiler better than one over 16.)
#
# The wider the model, the closer the lines come to each other, because every engine has to do the
# same multiplications in the end. Once a product of matrices takes a thousand times as long as the
# call that starts it, the call no longer matters. That's why the largest models in the world can be
# driven from Python.
#
# (The widths were timed apart from the ladder, which is why width 16 differs a little. *numpy*
# counts in Python's floats of 64 bits, and the others in half of that.)
#
# ## Making names
#
# Training isn't everything. A trained model invents names, and it scores names that it has never
# seen. How many of them does one core manage in a second? (*simd* has no code for
# this, and uses that of *compiled*.)

# %%
names_per_second(bench)

# %% [markdown]
# With arrays, all positions of a name are scored at once, as in training. *numpy* even scores up to
# 32 names of the same length together. Inventing a name is different, because each letter has to
# wait for the one before it. NumPy's arrays shrink to a single row, and most of its advantage is
# gone. For *scalar*, which goes letter by letter anyway, there's little difference. (Nobody needs a
# way back here. So *scalar* builds no graph, and it's far quicker than in training.) The largest
# models have the same trouble. They read a page at once, but they write it one token after another,
# and that's why you can watch a chatbot type.
#
# But machine code invents names even faster than it scores them. How can that be? It makes no
# calls, so a single row costs nothing extra. The rest is a trick that has nothing to do with
# processors. Many names begin the same way. After *ma*, the model expects the same letters in
# *maria* as in *mason*, since it has seen nothing else yet. Whatever was computed once for *ma* can
# be remembered.
#
# **What do you expect?** Go through all the names in our list, position by position. At what
# percentage of them have the letters so far never come up before?

# %% tags=["reveal"] ask="percentage of positions" answer="100 * len(beginnings) / positions_in_all" digits=0
positions_in_all = sum(len(doc) + 1 for doc in docs)
beginnings = {doc[:n] for doc in docs for n in range(len(doc) + 1)}
print(f"{positions_in_all:,} positions, {len(beginnings):,} different beginnings", end="")
print(f": {len(beginnings) / positions_in_all:.0%}")

# %% [markdown]
# So about three quarters of the work can be skipped. To score many names, the machine code takes
# them in alphabetical order, and starts each name at the first letter that differs from the name
# before. To invent many names, it remembers the beginnings that it has seen. That should pay even
# better, since the model keeps coming back to the beginnings that it likes.
#
# ## What else we tried
#
# Not everything that we tried has survived. The list is folded away. Open it if you want to write
# an engine of your own, and it'll save you a weekend.
#
# <details><summary>What we tried, and what became of it</summary>
#
# | engine | what we tried | what it did | kept? |
# |---|---|---|---|
# | *compiled*, in an early form | outputs in the innermost loop, over a transposed copy of W | a quarter of the time saved | yes |
# | the same | a processor setting that treats tiny numbers as 0 | another third saved | see below |
# | *simd*, in an early form | the same setting | nearly three quarters saved | see below |
# | the same | approximate quotients and roots | faster, but the loss drifts away from the reference's | only with a step of Newton's method, which corrects them |
# | *compiled* | a function that works out in a loop how to split up its sum | more than half as long again | no |
# | the same | the same, from a list of divisors | nearly three times as long | no |
#
# The strangest of these is the one about tiny numbers. A weight that's seldom used, such as one in
# the embedding of the letter q, has a gradient of zero in most steps. Each such step shrinks Adam's
# running means. The mean of the gradient loses 15% each time. In the end the means are too small
# for float32 to hold in full, and many processors slow down badly on such numbers. There's a
# setting that prevents this, but it differs from processor to processor. *compiled* manages without
# it. It adds $10^{-30}$ to the means in each step, which keeps them from ever getting that small.
# *simd* switches the setting on while it runs, and off again.
#
# The last two rows say something about compilers. Both are harmless pieces of Python that choose a
# number. But then the compiler doesn't know the number in advance, and it can't write the loops out
# in full.
#
# </details>
#
# ## More cores, GPUs, and more machines
#
# A GPU takes the idea of doing more with each call one step further. It has thousands of lanes, and
# each call costs several microseconds. To use one, there's the engine *torch*, which is our model
# in **PyTorch**. (Karpathy's [nanoGPT](https://github.com/karpathy/nanoGPT) shows how practitioners
# write such a model.) *torch* uses a GPU if there is one, but a model as small as ours gains
# nothing from it. Without a GPU, on the same core as the other engines, *torch* is slower than
# *numpy*, because each of its calls costs more, and because it builds a graph, as we did in train2:

# %%
rung(bench, "torch", "numpy")

# %% [markdown]
# When is one core no longer enough? Let's say that our model has 10 million parameters, which is
# over two thousand times as many as now, and that it reads 100 MB of text, letter by letter. Count
# first! Each weight takes part in one product per letter forward, and in two backward:

# %%
work = 3 * 10e6 * 100e6
print(f"{work:.0e} products")

# %% [markdown]
# **What do you expect?** At best, one of our cores starts 32 products in each cycle, and it has
# 3,000,000,000 cycles a second. How many hours would a single core take at least?

# %% tags=["reveal"] ask="hours at least, for one core" answer="hours" digits=0
hours = work / (32 * 3e9) / 3600
print(f"{hours:.0f} hours at least on one core")

# %% [markdown]
# How long does it take? We timed a few steps of *torch* on such a model, with two processes on two
# cores, and multiplied:

# %%
large_model(bench)

# %% [markdown]
# That's for one pass through the text, on two cores. At best, two cores would need half the time
# you found for one, and PyTorch takes less than three times that. Better code could close part of
# the gap, but no code gets below the bound. For that, you need more hardware.
#
# Several processes can share the work. Each holds all the weights and takes its share of a batch.
# Then they average their gradients, and they all take the same step. PyTorch, which you install
# with `pip install torch`, calls this `DistributedDataParallel`. Here's how two processes on one
# machine train such a model on a text:
#
# ```
# python -m torch.distributed.run --standalone --nproc-per-node 2 \
#     -m microgpt_ref.fast.distributed --text book.txt --checkpoint run \
#     --n-layer 6 --n-embd 384 --n-head 6 --block-size 256 --batch 32 --rate 0.001
# ```
#
# Each process reads its own blocks of `book.txt` from the disk, step by step, so that the text
# needn't fit in memory. Every so often, the program saves its state in the folder `run`. If it's
# interrupted, the same command picks up from there. You can grow further still:
#
# - *More machines.* Run the same command on each of them, with `--nnodes 4 --rdzv-backend c10d` and
#   `--rdzv-endpoint HOST:PORT` instead of `--standalone`. HOST is one of the machines, and PORT is
#   a port that's free there. On a cluster, a launcher such as `srun` does this for you.
# - *Still larger models.* When the weights and Adam's means no longer fit on one GPU, they have to
#   be split up as well. PyTorch calls that `FullyShardedDataParallel`.
#
# ## Which engine, then?
#
# | you want to | take |
# |---|---|
# | see how it works | *scalar*, the reference |
# | train on some ten thousand names, or work without Numba | *numpy*, or *batch* for many names per step |
# | train longer, wider, or many times | *simd* |
# | use a GPU, several processes or machines, or a long text | *torch* |
#
# ## Train while you watch
#
# With a fast engine, a model becomes something to play with. This panel trains in your browser,
# with the same steps written in JavaScript:

# %% tags=["hide-input"]
from microgpt_ref.lab.explorables import example

example("train_gpt")

# %% [markdown]
# In a notebook, you can ask more questions. Which width is best after 300 steps? After 3,000? At
# which rate does training break? For *names*, you can enter the path of a file of your own, with
# one document per line.

# %% tags=["live"]
from microgpt_ref.lab.efficiency import train_now
from microgpt_ref.lab.widgets import play, slider, text

play(
    "Which width is best after 300 steps? After 3,000? At which rate does it break?",
    lambda n_embd, steps, rate, names: train_now(n_embd, steps, rate, names),
    n_embd=slider("n_embd", [4, 8, 16, 32], 16),
    steps=slider("steps", [100, 300, 1000, 3000], 300),
    rate=slider("rate", [0.001, 0.003, 0.01, 0.03, 0.1], 0.01),
    names=text("names", "ssa2018"),
)

# %% [markdown]
# If you can't run it, here are some of its answers:

# %% tags=["desk"]
for n_embd in [4, 16, 32]:
    for steps, digits in [(300, 2), (3000, 1)]:
        trained, _, _ = fresh(n_embd=n_embd)
        fast.fit(trained, seen, steps, engine="numpy")
        held_out = fast.sampler(trained, "numpy").held_out_loss(unseen)
        print(f"n_embd {n_embd:2}, {steps:4} steps: held-out loss {held_out:.{digits}f}")

# %% [markdown]
# After 300 steps, widths 16 and 32 are level, and width 4 is behind them. After 3,000 steps, one
# decimal still can't tell 16 from 32, and width 4 is still behind. (Those losses have one decimal
# again, because 3,000 steps amplify the tiny differences between processors.) With a rate of 0.1,
# width 32 breaks:

# %% tags=["desk"]
print(train_now(n_embd=32, steps=300, rate=0.1))

# %% [markdown]
# ## What to remember
#
# - Count what the task needs before you look at what the program does.
# - Measure before you explain. What looked like good design was mostly a garbage collector.
# - In Python, every node of a graph costs a microsecond or so. With arrays, you do fewer and larger
#   operations. That's why they're fast.
# - A graph gave us two things, the order of the steps and a way back for each of them. Both can be
#   written down once. Whatever is shared, such as the $s$ of rmsnorm or a letter that occurs twice,
#   receives the sum of its gradients.
# - Batches make names cheap, but not steps. Compilers make steps cheap, but not the first one.
# - The larger the model, the less its calls matter, and the more its arithmetic does.
# - Each engine's gradient was compared with the slow one's, here or in the course's tests. Without
#   that, you couldn't trust any of them.
#
# ## Questions
#
# Open the answer that you think is right. It tells you whether you chose well, and why.

# %% [markdown] tags=["question"] question="efficiency.collector"
# Why may we switch off the cycle collector while the reference trains?
#
# - [ ] Because the reference makes fewer objects than plain does :: It does, but it still makes tens of
#   thousands per name. If they were in rings, they'd pile up.
# - [x] Because its graphs have no rings, and Python throws them away without it :: Nothing refers to
#   a graph once its loss is gone. The collector is only needed for what refers to itself.
# - [ ] Because the computer has enough memory :: If each name left its graph behind, a thousand
#   names would fill many gigabytes.

# %% [markdown] tags=["question"] question="efficiency.shapes"
# `x` has the shape (5, 8), `w` has (32, 8), and `y = linear(w, x)`. What are the shapes of `dy`, `dw`
# and `dx`?
#
# - [x] (5, 32), (32, 8) and (5, 8) :: A gradient always has the shape of what it belongs to. `y` has
#   five rows of 32 numbers.
# - [ ] (32, 5), (32, 8) and (8, 5) :: Positions are rows here, on the way back as well.
# - [ ] (5, 32), (5, 32, 8) and (5, 8) :: That would be a gradient of `w` for each position. The
#   product `dy.T @ x` adds them up.

# %% [markdown] tags=["question"] question="efficiency.shift"
# Add the same number to every logit of a row. What does that say about the row of `dlogits`, which
# is $p$ with 1 subtracted at the target?
#
# - [ ] Nothing, because the loss changes as well :: It doesn't. Softmax gives the same
#   probabilities.
# - [x] It adds up to 0 :: The loss stays the same when all logits grow together. So the slopes
#   along them must cancel, and they do: the $p$ add up to 1, and 1 is taken away.
# - [ ] All its entries are equal :: The target's entry is negative, and the others are positive.

# %% [markdown] tags=["question"] question="efficiency.mask"
# What would happen if you forgot the mask while training, and sampled one letter at a time, as
# before?
#
# - [ ] The loss would be higher in training :: It would be much lower. Each position could look at
#   the very letter that it has to guess.
# - [x] Training would look splendid, and the names would be bad :: The model would learn to copy the
#   next letter from the next position. When it samples, there's no next position yet.
# - [ ] Nothing, because softmax finds out what is useful :: It would find out, and that's the
#   trouble. Looking ahead is very useful.

# %% [markdown] tags=["question"] question="efficiency.pays"
# An engine takes 12 seconds to compile and then needs 20 µs per name. Another one starts at once and
# needs 140 µs. After how many names are they level?
#
# - [ ] After about 86,000 :: That's 12 seconds divided by 140 µs. But the first engine's names also
#   cost something.
# - [x] After 100,000 :: Each name saves 120 µs, and 12 seconds divided by 120 µs is 100,000.
# - [ ] After 600,000 :: That's 12 seconds divided by 20 µs. What counts is the difference.

# %% [markdown] tags=["question"] question="efficiency.wide"
# You make the model wider and wider. Why does *torch* come closer to the engines in machine code?
#
# - [ ] Because PyTorch compiles its functions as it goes :: It doesn't. Its functions were compiled
# long ago, by the people who wrote it.
# - [ ] Because machine code only works for small models :: It works for all of them.
# - [x] Because the number of calls stays the same, and the arithmetic grows :: The calls' cost is
#   soon small beside the arithmetic, and that has to be done in any engine.

# %% [markdown]
# ## Where to go from here
#
# You've seen a fast engine come together piece by piece. Can you write one of your own? Close this
# chapter and try: [the day after](../book/day-after.md#your-own-fast-engine) has the first step,
# and you know how to make a judge. And if you wonder what becomes of all this speed when a model is
# millions of times larger, read [From microgpt to ChatGPT](../book/to-chatgpt.md).

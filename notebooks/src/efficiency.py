# %% [markdown]
# # Everything else is efficiency
#
# The program that you've built trains for about a minute. The fastest engine in this chapter trains
# the same model on the same names in less time than it takes you to blink. It starts from the same
# random draws, and it has to find the same gradients. Where does that minute go?
#
# We climb a ladder of **engines**. On each rung we ask what the time is spent on, and then we stop
# spending it. And on each rung we check that the model still learns what it learned before. (Some
# of these checks run here, and the rest run in the course's tests.)
#
# | | |
# |---|---|
# | **question** | where does the time go? |
# | **new here** | fewer nodes, arrays, batches, compiled loops, vectors, several processes |
# | **what it drops** | nothing; the model doesn't change |
# | **needs** | NumPy, and Numba for the compiled engines: `pip install numba` |
# | **time** | about an hour; some engines take ten seconds to compile the first time |

# %% tags=["setup"]

# %% tags=["hide-input"]
import random

from microgpt_ref import fast
from microgpt_ref.gpt import gpt_shapes, start_gpt
from microgpt_ref.lab.efficiency import fresh, ladder, measured, nodes_and_inputs
from microgpt_ref.lab.efficiency import products, rung
from microgpt_ref.lab.runs import load_run
from microgpt_ref.layers import document_loss, linear, random_weights, relu, total
from microgpt_ref.value import Value, to_values

# %% tags=["desk"]
import numpy as np

# %% [markdown]
# ## Count first
#
# Before you ask how long something takes, ask how long it has to take. Here's one name from the
# training set. How many multiplications does the model need for it? At each position, it multiplies
# by every entry of every matrix once. (It looks embeddings up, which needs no multiplication.
# Attention adds a few more products, which we leave out.)

# %%
model, docs, _ = fresh()
doc = next(doc for doc in docs if len(doc) == 6)
tokens = model.tokenizer.encode(doc)
n_positions = len(tokens) - 1
needed = products(gpt_shapes(model.tokenizer.vocab_size, 16, 16, 1), n_positions)
print(f"{doc}: {n_positions} positions, {needed:,} products forward")

# %% [markdown]
# Going backward takes twice as many, because each product has two factors, and each factor gets a
# gradient. A core of a server goes through about 3,000,000,000 *cycles* a second. Let's assume that
# it starts one product in each cycle. (It can do better than that. We'll come back to it.)
#
# **What do you expect?** At that speed, how many microseconds does one name take, forward and
# backward?

# %% tags=["reveal"] ask="for a name, in µs" answer="3 * needed / 3e9 * 1e6" digits=0
print(f"{3 * needed / 3e9 * 1e6:.0f} µs")

# %% [markdown]
# And how long does it really take? We measured every engine on one core of a server with `make
# bench`, all in one run, and kept the times with the course. Two programs start the list. *plain*
# is Karpathy's published algorithm, written plainly. *scalar* is the reference, the program that
# you've built.

# %%
bench = measured()
rung(bench, "plain")
rung(bench, "scalar")

# %% [markdown]
# That's thousands of times longer than the multiplications need. And why are the two programs so
# far apart, when they do the same thing?
#
# The reason is garbage. Python throws an object away as soon as nothing refers to it any more. But
# if objects refer to each other in a ring, that moment never comes. Python therefore has a *cycle
# collector* that looks for such rings. It starts a new search after every few hundred new objects,
# or every few thousand in newer versions of Python. Our graphs have a great many objects, but no
# rings. This is the share of plain's time that goes into the search:

# %%
print(f"{bench['collector']:.0%}")

# %% [markdown]
# *plain* spends most of its time looking for something that isn't there. The reference switches the
# collector off while it trains. That's what `gc.disable()` did in train2, and it explains most of
# the difference between the two programs. (Keep it in mind when you read the factors below. Every
# engine looks several times less impressive next to *scalar* than next to *plain*.)
#
# What about the rest of the time? A **profiler** counts how often each function is called, and how
# much time is spent in it. This is *plain* with the collector off, for an average name:

# %%
for row in bench["profile"]:
    print(f"{row['function']:9} {row['calls']:8,.0f} calls {row['share']:4.0%} of the time")

# %% [markdown]
# `visit` puts the nodes in order. It calls itself once for every input of every node, and the loop
# in `backward` runs through the same inputs again. `__mul__` and `__add__` make nearly all of the
# nodes, more than fifty thousand between them. The reference makes fewer. Ever since train2, a
# whole sum has been a single node. Not counting the weights, its graph has this many nodes and
# inputs:

# %%
loss = document_loss(start_gpt(to_values(model.weights), 1, 4), tokens)
print("nodes {:,}, inputs {:,}".format(*nodes_and_inputs(loss)))

# %% [markdown]
# For each node, Python calls a method, checks the type of the other operand, and makes an object
# and two tuples. Later it finds the node's place in the order, and loops over its inputs. All of
# that takes about two microseconds. The arithmetic in the middle takes a few nanoseconds. The
# difference is called **interpreter overhead**. From here up to the compiled engines, we have only
# one idea, which is to pay it less often.
#
# (You can also change the interpreter. **PyPy** is another Python that compiles loops while they
# run, and it runs the plain program unchanged. On another server, it took 36 ms per name where this
# Python took 118.)
#
# ## Fewer and larger nodes
#
# Take a dot product of two rows of 16 numbers, which consists of 16 products and 15 additions. The
# plain program makes 33 nodes for it, because its sum starts from a 0. The reference makes 17.
# Could we get by with one? A node has to know its number, its inputs, and its slope along each of
# them. The slope of $x \cdot y$ along $x_i$ is $y_i$, and the slope along $y_i$ is $x_i$. That's
# all we need. (In the last line, `+` joins two lists.)


# %%
def dot(x, y):
    xs, ys = [a.data for a in x], [b.data for b in y]
    return Value(sum(a * b for a, b in zip(xs, ys)), x + y, ys + xs)


x, y = [Value(1.0), Value(2.0), Value(3.0)], [Value(0.5), Value(-1.0), Value(2.0)]
dot(x, y).backward()
print([a.grad for a in x], [b.grad for b in y])

# %% [markdown]
# The slopes along x are the entries of y, and the slopes along y are the entries of x. That's as it
# should be. The engine `dot` makes one such node for every sum of products in the model, and
# another one for the whole loss of a position.
#
# **What do you expect?** By what factor does the number of nodes fall, not counting the weights?
# And by what factor does the number of their inputs fall?

# %% tags=["reveal"] ask=["the nodes fall by a factor of", "their inputs by"] answer=["nodes_and_inputs(loss)[0] / nodes_and_inputs(engine.document_loss(tokens))[0]", "nodes_and_inputs(loss)[1] / nodes_and_inputs(engine.document_loss(tokens))[1]"] digits=1
engine = fast.new_engine("dot", model, [tokens])
print("nodes {:,}, inputs {:,}".format(*nodes_and_inputs(engine.document_loss(tokens))))

# %% [markdown]
# Only about a tenth of the nodes are left. But two thirds of the inputs are still there, and going
# backward has to visit every one of them. The time falls by a factor in between:

# %%
rung(bench, "dot", "scalar")

# %% [markdown]
# Is it still the same model? A fast program that computes something else is worthless. Each engine
# therefore has to find the reference's gradient. We take three names at once and look for the
# largest difference. If it's smaller than a billionth of the gradient's largest entry, the engine
# passes. (It adds in a different order, and we allow for that in the last digits.)

# %% tags=["desk"]
names = [model.tokenizer.encode(doc) for doc in docs[:3]]


def flat_gradient(engine):
    _, gradient = fast.new_engine(engine, model, names).gradient(names)
    return np.concatenate([np.ravel(matrix) for matrix in gradient.values()])


expected = flat_gradient("scalar")


def same_gradient(engine, tolerance):
    share = np.abs(flat_gradient(engine) - expected).max() / np.abs(expected).max()
    return bool(share < tolerance)


print("dot finds the reference's gradient:", same_gradient("dot", 1e-9))

# %% [markdown]
# ## No graph at all
#
# Compare the graphs of two names of the same length. They begin with different embeddings and end
# with different targets. Everything in between is the same. And yet we build a new graph for every
# name, only to find the same way back again. Let's write that way down once and for all, for whole
# arrays of numbers.
#
# In NumPy, `a @ b` is the product of two matrices, and `a.T` swaps rows and columns. If the forward
# pass computes $y = x W^\top$, the backward pass computes
#
# $$dx = dy\,W \qquad dW = dy^\top x$$
#
# where $dy$ is the gradient along $y$. You did this in train1 for one position. Now we send all
# seven positions of a name through together, as the rows of $x$. `x` has the shape (7, 16), `fc1`
# has (64, 16), and `z = x @ fc1.T` has (7, 64). On the way back, `dz` has the shape (7, 64), too,
# and `dz.T @ x` has the shape of `fc1`. Its entry (j, i) adds up `dz[t, j] * x[t, i]` over all
# positions t, and there you have the `+=` of train1.
#
# This is the feed-forward part of a layer, forward and backward. For the loss, we take the sum of
# all entries of $y$, which makes every entry of $dy$ equal to 1. (Where `z > 0` is true, it counts
# as 1.)

# %% tags=["desk"]
shapes = {"fc1": (64, 16), "fc2": (16, 64), "x": (7, 16)}
weights = random_weights(shapes, random.Random(1))
fc1, fc2, x = (np.array(matrix) for matrix in weights.values())

z = x @ fc1.T
hidden = np.maximum(z, 0)
y = hidden @ fc2.T

dy = np.ones_like(y)
dfc2 = dy.T @ hidden
dz = (dy @ fc2) * (z > 0)
dfc1 = dz.T @ x

# %% [markdown]
# **What do you expect?** That's five products of matrices. If you do the same with Values, you get
# a graph. Not counting the numbers you start with, does it have about 150 nodes, 1,500, or 15,000?

# %% tags=["desk", "reveal"] ask="nodes, about" answer="min(['150', '1,500', '15,000'], key=lambda n: abs(float(n.replace(',', '')) - nodes_and_inputs(graph)[0]))" choices=["150", "1,500", "15,000"]
values = to_values(weights)
rows = [linear(values["fc2"], list(map(relu, linear(values["fc1"], row)))) for row in values["x"]]
graph = total([a for row in rows for a in row])
graph.backward()
print("nodes {:,}, inputs {:,}".format(*nodes_and_inputs(graph)))
for name, ours in [("fc1", dfc1), ("fc2", dfc2)]:
    theirs = np.array([[w.grad for w in row] for row in values[name]])
    print(f"the same gradient of {name}:", np.allclose(ours, theirs, rtol=0, atol=1e-12))

# %% [markdown]
# The engine `numpy` is the whole model written this way, in about 200 lines. Two things are new.
# First, the way back through rmsnorm is a single formula, and so is the way back through softmax.
# You'll find each formula next to its code. Second, the engine needs a **mask**. In the lessons, a
# cache kept the future out of sight, because later positions hadn't been computed yet. Now all
# positions
# go through at once. The mask sets the scores of later positions to $-\infty$, and softmax turns
# those into 0.
#
# A call to NumPy takes up to a microsecond even if its arrays are tiny, and a name needs about a
# hundred calls. Again we compare the gradient. This time we also train for a thousand steps,
# compare every loss with the reference's, and let the model invent names. You know these ten from
# train4.

# %% tags=["desk"]
print("numpy finds the reference's gradient:", same_gradient("numpy", 1e-9))

# %% tags=["desk"]
trained, docs, rng = fresh()
losses = fast.fit(trained, docs, steps=1000, engine="numpy")
kept = load_run("train4")["losses"]
print(f"largest difference of {len(kept)}: {max(abs(a - b) for a, b in zip(losses, kept)):.6f}")
print(*[trained.sample(rng) for _ in range(10)])

# %% [markdown]
# **What do you expect?** The reference needs about a minute to train on a thousand names. How many
# seconds did this take?

# %% tags=["reveal"] ask="a thousand names, in seconds" answer="bench['engines']['numpy']['us_per_name'] / 1000" digits=2
rung(bench, "numpy", "dot")
print(f"a thousand names: {bench['engines']['numpy']['us_per_name'] / 1000:.2f} s")

# %% [markdown]
# ## Many names at a time
#
# Most of what a call costs doesn't depend on the size of its arrays. Therefore we should give each
# call more to do. We take many names per step, and the loss of the step is the mean of their
# losses. The gradient of a mean is the mean of the gradients. The engine `batch` packs all
# positions of all its names into one array, and only attention has to know which rows belong to
# which name. Here are three names, packed. The last line says what each row's
# surprise is divided by in the loss:

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
# `batch` also uses shorter numbers. **float32** has half the bits of Python's floats, and about
# seven digits. Twice as many numbers fit into the same space, in memory and in the processor. The
# price is that the gradient agrees to fewer digits, and we accept a difference of a ten-thousandth.

# %% tags=["desk"]
print("batch finds the reference's gradient:", same_gradient("batch", 1e-4))

# %% [markdown]
# **What do you expect?** A step of *numpy* learns from one name, and a step of *batch* from 64.
# Does the second one take about as long, ten times as long, or 64 times as long?

# %% tags=["reveal"] ask="a step of 64 takes so many times as long" answer="64 * many / one" digits=1
one, many = (bench["engines"][name]["us_per_name"] for name in ("numpy", "batch64"))
print(f"a step of one: {one:.0f} µs, a step of 64: {64 * many:,.0f} µs")
rung(bench, "batch64", "numpy")

# %% [markdown]
# **What do you expect?** A thousand names now cost next to nothing. Train on 1,024 of them, first
# with one name per step, and then with 64 names per step. Does the second model end up better, or
# worse?

# %% tags=["desk", "reveal"] ask="64 a step ends" answer="'worse' if held_out > 2.5 else 'better'" choices=["better", "worse"]
seen, unseen = docs[:-300], docs[-300:]
for batch, steps in [(1, 1024), (64, 16)]:
    trained, _, _ = fresh()
    fast.fit(trained, seen, steps, engine="batch", batch=batch)
    held_out = fast.sampler(trained, "batch").held_out_loss(unseen)
    print(f"{steps:4} steps of {batch:2}: held-out loss {held_out:.1f}")

# %% [markdown]
# It's worse. It has learned from the same names, but it took only sixteen steps. At a learning rate
# of 0.01, sixteen steps of Adam can't carry a weight much further than 0.1, however good their
# directions are. (The average of 64 names points in a more reliable direction, which is why batches
# are usually combined with a higher rate. Write `rate=0.03` into both calls and look again.)
#
# If the number of steps stays the same, the batch wins:

# %% tags=["desk"]
for batch in [1, 64]:
    trained, _, _ = fresh()
    fast.fit(trained, seen, 1000, engine="batch", batch=batch)
    held_out = fast.sampler(trained, "batch").held_out_loss(unseen)
    print(f"1000 steps of {batch:2}: held-out loss {held_out:.1f}")

# %% [markdown]
# That took about ten times as long as a thousand steps of one name. Batches make names cheap. They
# don't make steps cheap. To see whether a batch is worth it, you have to try it out.
#
# (The last 300 names of the shuffled list are held out. A thousand steps of 64 names go through all
# the others about twice. We print these losses with one decimal, because another processor may
# round float32 numbers differently.)
#
# ## Compiled loops
#
# A call to NumPy costs a microsecond. What if there's no call? **Numba** translates a Python
# function into machine code. It does that when you first call the function, for the types of
# numbers that you pass in. It likes plain loops best:

# %% tags=["desk"]
import numba


@numba.njit
def products_of_rows(x, w, y):
    """Sets y (T, n_out) to x Wᵀ, from x (T, n_in) and W (n_out, n_in)."""
    for t in range(len(x)):
        for j in range(len(w)):
            y[t, j] = 0.0
            for i in range(len(w[0])):
                y[t, j] += x[t, i] * w[j, i]


y = np.empty((7, 64))
products_of_rows(x, fc1, y)
print("as NumPy's:", np.allclose(y, z, rtol=0, atol=1e-12))

# %% [markdown]
# You wrote these loops in train1, with lists. In machine code, nobody checks a type and nobody
# makes an object. The processor loads two numbers, multiplies them, and adds.
#
# The engine `compiled` turns each formula of `numpy` into loops over single numbers. It uses
# float32, takes one name at a time again, and does many steps in one call. Three things decide how
# fast such loops run:
#
# - A **vector instruction** computes with 8 or 16 numbers at once, if they're neighbours
#   in memory.
# - The innermost loop above adds all its products to one number. Each addition has to wait about
#   four cycles for the one before. Several sums side by side don't have to wait for each other.
#   That's why the engine computes many outputs j at a time. It also keeps a transposed copy of W,
#   in which the entries for those outputs are neighbours.
# - If the sizes are already known when the function is compiled, short loops can be written out in
#   full.
#
# When the engine meets a new size, it compiles for about ten seconds. After that, the machine code
# is kept on disk.

# %% tags=["desk"]
print("compiled finds the reference's gradient:", same_gradient("compiled", 1e-4))

# %% [markdown]
# **What do you expect?** *numpy* and *compiled* both take one name at a time, and compute the same
# products. Does *compiled* need half of *numpy*'s time, a third, or a tenth?

# %% tags=["reveal"] ask="compiled's share of numpy's time" answer="found['us_per_name'] / bench['engines']['numpy']['us_per_name']" digits=2
rung(bench, "compiled", "numpy")
rung(bench, "compiled16", "compiled")
found = bench["engines"]["compiled"]
print(f"its first step: {found['first_step_s']:.0f} s")
print(f"with the code from the disk: {found['cached_first_step_s']:.1f} s")

# %% [markdown]
# That's less than the 25 µs that we estimated at the beginning! The estimate was one product per
# cycle, and a vector instruction computes sixteen. *compiled16* takes sixteen names per step. They
# share one update by Adam, which saves time because Adam's square roots and divisions are slow.
#
# ## Explicit vectors: an appendix for engineers
#
# You can skip to *The ladder* without missing anything. Inside the processor, the numbers that it's
# working on sit in *registers*. The widest registers hold sixteen float32 numbers, each in its own
# *lane*. In the engine `simd`, every variable is such a vector of sixteen. An embedding of width 16
# fills one register, the four heads are its four quarters, and a sum of products stays in its
# register from beginning to end. Until now, the compiler had to find all this by itself. Now we
# write it down. The price is that `simd` knows only one size of model. It leaves all others to
# `compiled`.
#
# **What do you expect?** Does *simd* need half of *compiled*'s time, a fifth, or a sixteenth?

# %% tags=["desk", "reveal"] ask="simd's share of compiled's time" answer="bench['engines']['simd']['us_per_name'] / bench['engines']['compiled']['us_per_name']" digits=2
rung(bench, "simd", "compiled")
rung(bench, "simd16", "simd")
print("simd finds the reference's gradient:", same_gradient("simd", 1e-4))

# %% [markdown]
# How long does an update by Adam take? We can work it out from these two times. *simd* does a whole
# update for each name, and *simd16* does a sixteenth of one:

# %%
one, sixteen = (bench["engines"][name]["us_per_name"] for name in ("simd", "simd16"))
print(f"an update: {(one - sixteen) * 16 / 15:.1f} µs")

# %% [markdown]
# How much faster could it get? The widest cores have two units, and each of them can start 16
# products in every cycle, additions included. (Many cores have half of that.) At 3,000,000,000
# cycles a second, such a core would need:

# %%
cycles = 3 * needed / (2 * 16)
limit = cycles / 3e9 * 1e6
print(f"{cycles:,.0f} cycles at least: {limit:.2f} µs at 3,000,000,000 a second")

# %% [markdown]
# That's nearly the end of the ladder for a single core. It has given us a factor of more than a
# hundred thousand, and a factor of two may be left. Besides the products, an engine also has to
# update the weights, compute exponentials, and add up the lanes of a vector.
#
# ## The ladder

# %%
ladder(bench)

# %%
for name, found in bench["engines"].items():
    times = found["us_per_name"] / limit
    print(f"{name:10} {times:9,.0f} × that limit, {found['peak_mb']:4.0f} MB")

# %% [markdown]
# This is what you pay for on each rung. Read down the second column to see the whole idea of the
# chapter. (Most of the compiled engines' memory belongs to Numba itself. We'll get to `torch` in a
# moment.)
#
# | engine | once for each | you pay for |
# |---|---|---|
# | scalar | product | a Value, with a call, an object, a place in the order, and a round of a loop |
# | dot | row of a matrix | a Value, and lists of its slopes |
# | torch | matrix and name | a call to PyTorch |
# | numpy | matrix and name | a call to NumPy |
# | batch | matrix and batch of names | a call to NumPy, and memory |
# | compiled | few neighbouring numbers | an instruction |
# | simd | sixteen neighbouring numbers | an instruction that doesn't have to wait |
#
# How fast are other people's programs? These times come from the page of one of them,
# [EEmicroGPT](https://github.com/Entrpi/eemicrogpt). They were measured on an Apple M5, at width
# 16, with one name per step unless we say otherwise. That's a different machine from ours. Compare
# how many digits the times have, and nothing finer:
#
# | program | µs per name |
# |---|---|
# | CPython 3.14 | 49,000 |
# | PyPy | 17,640 |
# | microgpt.cpp | 270 |
# | rust-microgpt (float32) | 118 |
# | EEmicroGPT (C with Neon and SME2, float32, 16 names per step) | 3.0 |
#
# There are two programs called microgpt.cpp.
# [Charbel199's](https://github.com/Charbel199/microgpt.cpp) came first, and
# [AntonTimofeev's](https://github.com/AntonTimofeev/microgpt.cpp) is a faster version of it. The
# second one's page reports 22 min 4 s for CPython and 1.3 s for C++ (Core Ultra 7 165H, 10,000
# steps). The page of enjector/microgpt-c reports 93 s and 0.09 s (M2 Max).
#
# We also measured some of these programs ourselves, with one name per step, on two other servers.
# We used one core of each. On the first server, *plain* took 118,000 to 131,000 µs. On the second,
# we used the best compiler for each program. Here are the times from both:
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
# Compare times only within a column, and don't compare them with the ladder.
#
# ## What didn't work
#
# We tried more than we kept. The table gives times on one core in µs per name, with one name per
# step. Some belong to the engines, and others to prototypes that we wrote to find out what's
# possible. The servers were busier at some times than at others. Compare only within a row.
#
# | engine | what we tried | without | with | kept? |
# |---|---|---|---|---|
# | a prototype of compiled | outputs in the innermost loop, over a transposed copy of W | 26 | 19 | yes |
# | the same | a processor setting that treats tiny numbers as 0 | 19 | 12.6 | see below |
# | a prototype of simd | the same setting | 12.2 | 3.4 | see below |
# | the same | approximate quotients and roots | | the loss drifts | no |
# | compiled | a function that works out in a loop how to split up its sum | 14 | 23 | no |
# | compiled | the same, from a list of divisors | 14 | 40 | no |
#
# The strangest of these is the one about tiny numbers. A weight that's seldom used, such as one in
# the row of *q*, has a gradient of zero in most steps. Each such step shrinks Adam's running means.
# The mean of the gradient loses 15% each time. In the end the means are too small for float32 to
# hold with all their digits, and with such numbers many processors compute far more slowly. There's
# a setting that prevents this, but it differs from processor to processor. The compiled engines
# manage without it. They add $10^{-30}$ to the means in each step, which keeps them from ever
# getting that small.
#
# ## More cores, GPUs, and more machines
#
# Doing more with each call is an idea that a GPU takes one step further. It has thousands of lanes,
# and each call costs several microseconds. For larger models, there's the engine `torch`, which is
# our model in **PyTorch**. It
# uses a GPU if there is one. At our size it has nothing to gain. On the same core as the other
# engines, without a GPU, it's slower than NumPy, because each of its calls costs more:

# %%
rung(bench, "torch", "numpy")

# %% [markdown]
# Several processes can share the work. Each holds all the weights and takes its share of a batch.
# Then they average their gradients. PyTorch calls this `DistributedDataParallel`. Here's how to
# start two processes on one machine:
#
# ```
# python -m torch.distributed.run --standalone --nproc-per-node 2 \
#     -m microgpt_ref.fast.distributed --batch 64
# ```
#
# If you outgrow one machine, you go on like this:
#
# - *More machines.* Run the same command on each of them, with `--nnodes 4 --rdzv-backend c10d` and
#   `--rdzv-endpoint HOST:PORT` instead of `--standalone`. HOST is one of the machines, and PORT is
#   a port that's free there. On a cluster, a launcher such as `srun` does this for you.
# - *Larger models.* Use the options `--n-layer`, `--n-embd`, `--n-head` and `--block-size`. When
#   the weights and Adam's means no longer fit on one GPU, they have to be split up as well. PyTorch
#   calls that `FullyShardedDataParallel`.
# - *More text than fits into memory.* Encode it once into a file of token ids, and let each process
#   read its own part of the file. With `numpy.memmap`, it does so without loading the whole file.
#
# ## Train at once
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
# After 300 steps, widths 16 and 32 are equal, and width 4 is behind them. After 3,000 steps, that
# hasn't changed. (We print those losses with one decimal, because 3,000 steps amplify the tiny
# differences between processors.) At a rate of 0.1, width 32 breaks:

# %% tags=["desk"]
print(train_now(n_embd=32, steps=300, rate=0.1))

# %% [markdown]
# ## What to remember
#
# - Count what the task needs before you look at what the program does.
# - In Python, every operation costs a microsecond or so. With arrays you do fewer and larger
#   operations, and that's their whole secret.
# - Batches make names cheap, but not steps. They pay off if you still take as many steps.
# - A compiler needs constants and neighbouring numbers. A processor needs registers and independent
#   sums.
# - We compared each engine's gradient with the slow one's, and the tests compare its losses, too.
#   Without that, you couldn't trust any of them.
#
# ## Where to go from here
#
# You've read one fast engine after another. Can you write one? [The day
# after](../book/day-after.md#your-own-fast-engine) has the first step. And if you wonder what
# becomes of all this speed when a model is millions of times larger, read [From microgpt to
# ChatGPT](../book/to-chatgpt.md).

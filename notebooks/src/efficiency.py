# %% [markdown]
# # Everything else is efficiency
#
# The program is complete, and slow: it learns from ten or twenty names a second. Programs in Rust
# and C do the same hundreds of times faster. Where does the time go? This chapter climbs a ladder of
# **engines**. Each trains the very same model from the same draws, and must find what the slow one
# finds: some of it is checked here, all of it in the course's tests.
#
# | | |
# |---|---|
# | **question** | where does the time go? |
# | **new here** | fewer nodes, arrays, batches, compiled loops, vectors, several processes |
# | **what it drops** | nothing: the model stays what it is |
# | **needs** | NumPy, and for the compiled engines Numba: `pip install numba` |
# | **time** | an hour; some engines compile for about ten seconds, the first time |

# %% tags=["setup"]

# %%
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
# Take one name of the training set. How many products of two numbers does the model itself need
# for it? Each entry of each matrix is multiplied once at every position. (Embeddings are looked
# up, not multiplied, and attention's own products are few.)

# %%
model, docs, _ = fresh()
doc = next(doc for doc in docs if len(doc) == 6)
tokens = model.tokenizer.encode(doc)
n_positions = len(tokens) - 1
needed = products(gpt_shapes(model.tokenizer.vocab_size, 16, 16, 1), n_positions)
print(f"{doc}: {n_positions} positions, {needed:,} products forward")

# %% [markdown]
# Backward takes twice as many: a product has two factors, and passes a gradient to both. One core
# of a server takes some 3,000,000,000 steps a second, its *cycles*. Suppose that it starts one
# product in each. (It can do more than that; we come back to it.)
#
# **What do you expect?** How many microseconds should a name take then, forward and backward?

# %% tags=["reveal"] ask="for a name, in µs" answer="3 * needed / 3e9 * 1e6" digits=0
print(f"{3 * needed / 3e9 * 1e6:.0f} µs")

# %% [markdown]
# What does it take? The times in this chapter were measured before it was made, on one core of a
# server, by `make bench`, all in one run, and are kept in the package. *plain* is Karpathy's
# published algorithm, written plainly; *scalar* is the reference that you have built.

# %%
bench = measured()
rung(bench, "plain")
rung(bench, "scalar")

# %% [markdown]
# Thousands of times longer than the arithmetic. And why so far apart, two programs that do the
# same? Python throws an object away as soon as nothing refers to it. Objects that refer to each
# other in a ring would never go that way, so its *cycle collector* searches for rings, each time
# that some hundreds of objects have been made. Our graphs have none, and it searches them all the
# same; `gc.disable()` in train2 to train4 tells it not to. Its share of the plain program's time:

# %%
print(f"{bench['collector']:.0%}")

# %% [markdown]
# The reference holds it off during a step, and that is most of the difference. Keep it in mind:
# every factor below is several times smaller against *scalar* than against *plain*.
#
# And the rest? A **profiler** counts how often each function is called, and how much of the time is
# spent in it. Here is the plain program's with the collector off, for a name on average:

# %%
for row in bench["profile"]:
    print(f"{row['function']:9} {row['calls']:8,.0f} calls {row['share']:4.0%} of the time")

# %% [markdown]
# `visit` puts the nodes in order, and calls itself for each input of each node; the loop of
# `backward` goes round as often. `__mul__` and `__add__` make nearly all the nodes, together over
# fifty thousand. In the reference a whole sum has been one node since train2. Its nodes besides the
# weights, and their inputs:

# %%
loss = document_loss(start_gpt(to_values(model.weights), 1, 4), tokens)
print("nodes {:,}, inputs {:,}".format(*nodes_and_inputs(loss)))

# %% [markdown]
# For each node, Python calls a method, asks which type the other side has, makes an object and two
# tuples, later finds the node's place in the order, and goes round a loop for its inputs. That is
# some two microseconds, around a bit of arithmetic that takes nanoseconds. This is **interpreter
# overhead**, and everything up to the compiled engines is a way to pay it less often.
#
# (**PyPy**, another Python, compiles loops while they run, and takes the plain program as it is:
# on another server, 36 ms a name where this Python took 118.)
#
# ## Fewer and larger nodes
#
# A dot product of two rows of 16 is 16 products and 15 additions: 31 nodes in the plain program, 17
# in the reference. Nothing forces us to make even these. What does a node need? Its number, its
# inputs, and its slope along each of them. The slope of $x \cdot y$ along $x_i$ is $y_i$, and along
# $y_i$ it is $x_i$. So one node will do (here `+` joins lists):


# %%
def dot(x, y):
    xs, ys = [a.data for a in x], [b.data for b in y]
    return Value(sum(a * b for a, b in zip(xs, ys)), x + y, ys + xs)


x, y = [Value(1.0), Value(2.0), Value(3.0)], [Value(0.5), Value(-1.0), Value(2.0)]
dot(x, y).backward()
print([a.grad for a in x], [b.grad for b in y])

# %% [markdown]
# The slope along each entry of x is the entry of y beside it, and the other way round, as it should
# be. The engine `dot` does this wherever the model has a sum of products, and once more for the
# whole loss of a position.
#
# **What do you expect?** By what factor does the number of nodes besides the weights fall, and by
# what factor that of their inputs?

# %% tags=["reveal"] ask=["the nodes fall by a factor of", "their inputs by"] answer=["nodes_and_inputs(loss)[0] / nodes_and_inputs(engine.document_loss(tokens))[0]", "nodes_and_inputs(loss)[1] / nodes_and_inputs(engine.document_loss(tokens))[1]"] digits=1
engine = fast.new_engine("dot", model, [tokens])
print("nodes {:,}, inputs {:,}".format(*nodes_and_inputs(engine.document_loss(tokens))))

# %% [markdown]
# Some ten times fewer nodes, but two thirds of the inputs are left, and the slopes still go along
# each of them. The time falls by something in between:

# %%
rung(bench, "dot", "scalar")

# %% [markdown]
# Is it the same model? Each engine must find the gradient of the reference. We take three names
# together, and ask whether the largest difference is below a billionth of the gradient's largest
# entry. (The engine adds in another order, so the last digits may differ.)

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
# Two names of the same length have the same graph, but for the embeddings that they begin with and
# the targets that they end with. We build it anew each time, to find out each time the same way
# back. So write that way down once, for whole arrays. NumPy's `a @ b` is the product of two
# matrices, and `a.T` swaps rows and columns. Where forward takes $y = x W^\top$, backward takes
#
# $$dx = dy\,W \qquad dW = dy^\top x$$
#
# with $dy$ for the gradient of $y$. In train1 you did this for one position. Here all seven
# positions of a name go through together, as the rows of $x$: `x` is (7, 16), `fc1` (64, 16), and
# `z = x @ fc1.T` (7, 64). On the way back `dz` is (7, 64) too, and `dz.T @ x` is (64, 16), as
# `fc1` is: entry (j, i) adds `dz[t, j] * x[t, i]` over all positions t, which is the `+=` of
# train1.
#
# Here is the feed-forward part of a layer, forward and backward. As a loss we take the sum of all
# entries of $y$, so that $dy$ is 1 everywhere. (`z > 0` counts as 1 where it is true.)

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
# **What do you expect?** Those are five products of matrices. The same with Values is one graph.
# How many nodes has it, besides the numbers put in: about 150, 1,500, or 15,000?

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
# The engine `numpy` is the whole model written like that, about 200 lines. Two things are new in
# it. Backward through rmsnorm and softmax is one formula each, which stands beside its code. And
# the cache let each position see those before it; now that all go through at once, a **mask** puts
# $-\infty$ in the place of the scores of later ones, and softmax makes 0 of that.
#
# A call of NumPy costs up to a microsecond, however small its arrays, and a name takes about a
# hundred of them. Its gradient must be the reference's, and its losses, all thousand of them, and
# its names: train4 has these ten, from *biad* to *salelyn*.

# %% tags=["desk"]
print("numpy finds the reference's gradient:", same_gradient("numpy", 1e-9))

# %% tags=["desk"]
trained, docs, rng = fresh()
losses = fast.fit(trained, docs, steps=1000, engine="numpy")
kept = load_run("train4")["losses"]
print(f"largest difference of {len(kept)}: {max(abs(a - b) for a, b in zip(losses, kept)):.6f}")
print(*[trained.sample(rng) for _ in range(10)])

# %% [markdown]
# **What do you expect?** The reference trains for about a minute. How long did that take?

# %% tags=["reveal"] ask="a thousand names, in seconds" answer="bench['engines']['numpy']['us_per_name'] / 1000" digits=2
rung(bench, "numpy", "dot")
print(f"a thousand names: {bench['engines']['numpy']['us_per_name'] / 1000:.2f} s")

# %% [markdown]
# ## Many names at a time
#
# Most of a call's cost is there however small its arrays are. So let each do more: take many names
# a step. The loss of such a step is the mean of theirs, and so is its gradient. The engine `batch`
# packs all positions of all names into one array; only attention has to know which rows belong
# together. Here are three names packed, with the share of each row in the loss:

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
# It also uses numbers of half the length, **float32**, with about seven digits: twice as many fit
# wherever the processor keeps them. So its gradient agrees in fewer digits, and a ten-thousandth
# will do.

# %% tags=["desk"]
print("batch finds the reference's gradient:", same_gradient("batch", 1e-4))

# %% [markdown]
# **What do you expect?** How much longer does a step of 64 names take than *numpy*'s step of one:
# hardly, some ten times, or 64 times as long?

# %% tags=["reveal"] ask="a step of 64 takes so many times as long" answer="64 * many / one" digits=1
one, many = (bench["engines"][name]["us_per_name"] for name in ("numpy", "batch64"))
print(f"a step of one: {one:.0f} µs, a step of 64: {64 * many:,.0f} µs")
rung(bench, "batch64", "numpy")

# %% [markdown]
# **What do you expect?** A thousand names cost next to nothing now. Train on 1,024 names, once one
# a step, and once sixty-four a step. Does the second end better, or worse?

# %% tags=["desk", "reveal"] ask="64 a step ends" answer="'worse' if held_out > 2.5 else 'better'" choices=["better", "worse"]
seen, unseen = docs[:-300], docs[-300:]
for batch, steps in [(1, 1024), (64, 16)]:
    trained, _, _ = fresh()
    fast.fit(trained, seen, steps, engine="batch", batch=batch)
    held_out = fast.sampler(trained, "batch").held_out_loss(unseen)
    print(f"{steps:4} steps of {batch:2}: held-out loss {held_out:.1f}")

# %% [markdown]
# Worse. At a learning rate of 0.01, sixteen steps of Adam can't carry a weight much further than
# 0.1, however good each one's direction is. (A direction that is a mean over 64 names can be
# trusted further, so batches go with a higher rate: put `rate=0.03` into both, and look again.)
# When the number of steps stays the same, the batch is better:

# %% tags=["desk"]
for batch in [1, 64]:
    trained, _, _ = fresh()
    fast.fit(trained, seen, 1000, engine="batch", batch=batch)
    held_out = fast.sampler(trained, "batch").held_out_loss(unseen)
    print(f"1000 steps of {batch:2}: held-out loss {held_out:.1f}")

# %% [markdown]
# That took some ten times the time of a thousand single names. Batches make names cheap; whether
# they are the best use of the time has to be tried out.
#
# (float32 may come out a little differently on another processor, so these losses have one digit.
# Held out are the last 300 names of the shuffled list. Sixty-four a step for a thousand steps go
# through the others twice.)
#
# ## Compiled loops
#
# What is left of a microsecond a call if there is no call? **Numba** translates a Python function
# of plain loops into machine code, for the types of number that it is first called with:

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
# These are the loops that you wrote in train1 with lists. In machine code, nothing asks for types,
# and no object is made: two numbers are loaded, multiplied, added.
#
# The engine `compiled` has each formula of `numpy` as loops over single numbers, in float32 as
# `batch`, one name at a time again, and many steps in one call. Three things decide how fast such
# loops are:
#
# - A **vector instruction** computes with 8 or 16 neighbours in memory at once.
# - Look at the innermost loop above: it adds all its products to one number, and each addition has
#   to wait some four cycles for the one before. Sums side by side need not wait. So the engine takes
#   many outputs j at a time; for those to be neighbours, W is kept transposed as well.
# - Sizes that are constants when it is compiled let short loops be written out in full.
#
# It compiles for some ten seconds when it meets a size for the first time, and keeps the result on
# the disk.

# %% tags=["desk"]
print("compiled finds the reference's gradient:", same_gradient("compiled", 1e-4))

# %% [markdown]
# **What do you expect?** *numpy* and *compiled* both take one name at a time, and the same products.
# What is left of *numpy*'s time: half, a third, or a tenth?

# %% tags=["reveal"] ask="compiled's share of numpy's time" answer="found['us_per_name'] / bench['engines']['numpy']['us_per_name']" digits=2
rung(bench, "compiled", "numpy")
rung(bench, "compiled16", "compiled")
found = bench["engines"]["compiled"]
print(f"its first step: {found['first_step_s']:.0f} s")
print(f"with the code from the disk: {found['cached_first_step_s']:.1f} s")

# %% [markdown]
# That is less than the 25 µs of the beginning: one instruction can do sixteen products.
# *compiled16* takes sixteen names a step, which share one update by Adam, whose roots and quotients
# are slow instructions.
#
# ## Explicit vectors: an appendix for engineers
#
# You can skip to *The ladder* and miss nothing later. A *register* is a place inside the processor
# for the numbers that it is working on; the widest hold sixteen of float32, one in each *lane*. In
# the engine `simd` a number of the program is a vector of sixteen. Width 16 is one such vector, the
# four heads are its four quarters, and sums of products stay in registers from beginning to end.
# What the compiler had to find by itself is written down. It has one size of model only, and hands
# others to `compiled`.
#
# **What do you expect?** What is left of *compiled*'s time: a half, a fifth, or a sixteenth?

# %% tags=["desk", "reveal"] ask="simd's share of compiled's time" answer="bench['engines']['simd']['us_per_name'] / bench['engines']['compiled']['us_per_name']" digits=2
rung(bench, "simd", "compiled")
rung(bench, "simd16", "simd")
print("simd finds the reference's gradient:", same_gradient("simd", 1e-4))

# %% [markdown]
# A sixteenth of an update by Adam falls on each name of *simd16*, and a whole one on each of
# *simd*. So what an update takes can be told from the two times:

# %%
one, sixteen = (bench["engines"][name]["us_per_name"] for name in ("simd", "simd16"))
print(f"an update: {(one - sixteen) * 16 / 15:.1f} µs")

# %% [markdown]
# And how far is the rest from what a core can do at all? The widest have two units that can each
# start 16 products, with their additions, in a cycle (many have half of that). Suppose such a core,
# at 3,000,000,000 cycles a second:

# %%
cycles = 3 * needed / (2 * 16)
limit = cycles / 3e9 * 1e6
print(f"{cycles:,.0f} cycles at least: {limit:.2f} µs at 3,000,000,000 a second")

# %% [markdown]
# There is no second factor of a thousand to be had from a core. Beside the products stand the
# update, exponentials, and sums over the lanes of a vector.
#
# ## The ladder

# %%
ladder(bench)

# %%
for name, found in bench["engines"].items():
    times = found["us_per_name"] / limit
    print(f"{name:10} {times:9,.0f} × that limit, {found['peak_mb']:4.0f} MB")

# %% [markdown]
# Here is what each rung pays for, and how often. The memory of the compiled engines is mostly that
# of Numba itself.
#
# | engine | once for | it pays |
# |---|---|---|
# | scalar | a product | a Value: a call, an object, its place in the order, a round of a loop |
# | dot | a row of a matrix | a Value, and lists of its slopes |
# | numpy | a matrix and all positions of a name | a call of NumPy |
# | batch | a matrix and all positions of many names | a call of NumPy, and memory |
# | compiled | a few neighbours | an instruction |
# | simd | sixteen neighbours | an instruction, and none waits |
#
# For comparison, what published programs reach, as the page of one of them gives it
# ([EEmicroGPT](https://github.com/Entrpi/eemicrogpt), on an Apple M5, width 16, one name a step
# unless it says otherwise). They are not measured by us, and that is another machine, so that only
# orders of size can be compared:
#
# | program | µs a name |
# |---|---|
# | CPython 3.14 | 49,000 |
# | PyPy | 17,640 |
# | microgpt.cpp | 270 |
# | rust-microgpt (float32) | 118 |
# | EEmicroGPT (C with Neon and SME2, float32, 16 names a step) | 3.0 |
#
# On other machines, microgpt.cpp's page gives 22 min 4 s for CPython and 1.3 s for C++ (Core Ultra 7
# 165H, 10,000 steps), and that of enjector/microgpt-c 93 s against 0.09 s (M2 Max).
#
# We measured some ourselves on one core of another server, on which *plain* took 118,000 to
# 131,000 µs: rust-microgpt (float64) 430, AntonTimofeev/microgpt.cpp (float64) 290,
# enjector/microgpt-c 150, and EEmicroGPT, its vector instructions translated, 9.3 to 11.3, and 7.3
# with 16 names a step. Compare within this paragraph, not with the ladder.
#
# ## What was tried
#
# Designs that lost are deleted. These are times of one core in µs a name, one name a step, of the
# engines and of prototypes that were written before them to find out what is possible. The servers
# had more or less other work to do: compare within a row only.
#
# | of | tried | without | with | kept |
# |---|---|---|---|---|
# | a prototype of compiled | outputs in the innermost loop, over a transposed copy of W | 26 | 19 | yes |
# | the same | a switch of the processor that takes tiny numbers for 0 | 19 | 12.6 | see below |
# | a prototype of simd | the same switch | 12.2 | 3.4 | see below |
# | the same | quotients and roots by approximation | | the loss drifts | no |
# | compiled | a function finds by itself, in a loop, into what parts its sum is cut | 14 | 23 | no |
# | compiled | the same, from a list of divisors | 14 | 40 | no |
#
# The tiny numbers are the oddest. Adam's running means of weights that are seldom used, such as
# the row of *q*, shrink at each step, the first by 15%, down to where float32 has no full digits
# left, and there a processor may count many times more slowly. The switch is not the same on all
# processors, so the compiled engines do without: they add $10^{-30}$ to the means at each step, and
# none gets that small.
#
# ## More cores, GPUs, and more machines
#
# A GPU is the same idea once more: thousands of lanes, and calls that cost several microseconds
# each. The engine `torch` is the model in **PyTorch**, for models that are larger, and takes a GPU
# where there is one. Here is its time on the same core as the others, without a GPU: at our size it
# is slower than NumPy, since each of its calls costs more.

# %%
rung(bench, "torch", "numpy")

# %% [markdown]
# With several processes, each holds all the weights, takes its share of a batch, and averages its
# gradient with the others': `DistributedDataParallel`. Two processes on one machine:
#
# ```
# python -m torch.distributed.run --standalone --nproc-per-node 2 \
#     -m microgpt_ref.fast.distributed --batch 64
# ```
#
# For those who outgrow one machine, the way goes on like this:
#
# - *Nodes.* Run the same command on each, with `--nnodes 4 --rdzv-backend c10d` and
#   `--rdzv-endpoint HOST:PORT` in place of `--standalone`; HOST is one of them, and PORT one that is
#   free there. On a cluster, its launcher (such as `srun`) does that.
# - *Larger settings.* `--n-layer`, `--n-embd`, `--n-head` and `--block-size` are those of the
#   command line. When the weights and Adam's means no longer fit into one GPU, they are cut into parts
#   as well, which PyTorch calls `FullyShardedDataParallel`.
# - *A corpus larger than memory.* Encode it once into a file of token ids, and let each process read
#   its own windows of that file (`numpy.memmap` does it without loading the file).
#
# ## Train at once
#
# With an engine that answers at once, the model is a thing to play with. In JupyterLab or Colab,
# run the next cell. Which width is best after 300 steps? After 3,000? At which rate does it break?
# For *names* you can give a file of your own, one document a line.

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
# On this page nothing moves, so here are some of its settings:

# %% tags=["desk"]
for n_embd in [4, 16, 32]:
    for steps in [300, 3000]:
        trained, _, _ = fresh(n_embd=n_embd)
        fast.fit(trained, seen, steps, engine="numpy")
        held_out = fast.sampler(trained, "numpy").held_out_loss(unseen)
        print(f"n_embd {n_embd:2}, {steps:4} steps: held-out loss {held_out:.2f}")

# %% [markdown]
# After 300 steps 16 and 32 are equal; after 3,000 width 16 is a little ahead, and 4 is behind both.
# At a rate of 0.1 width 32 breaks:

# %% tags=["desk"]
print(train_now(n_embd=32, steps=300, rate=0.1))

# %% [markdown]
# ## What to remember
#
# - Count what the task needs before you look at what the program does.
# - Python costs a microsecond an operation. Fewer, larger operations are the whole secret of arrays.
# - Batches make names cheap, not steps. They pay if the number of steps stays.
# - A compiler needs constants and neighbours; a processor, registers and independent sums.
# - Each engine was held to the gradient of the slow one, here or in the tests, and there to its
#   losses as well. Without that, none of them could be trusted.

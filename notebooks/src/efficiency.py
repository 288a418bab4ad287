# %% [markdown]
# # Everything else is efficiency
#
# The program is complete, and slow: a tenth of a second and more for a name of six letters. The
# ports of it to Rust and C are hundreds of times faster. Where does the time go? This chapter
# climbs a ladder of **engines**. Each trains the very same model from the same draws, by one idea
# more than the engine before it, and each is held to the same losses.
#
# | | |
# |---|---|
# | **question** | where do a hundred milliseconds go? |
# | **new here** | fewer nodes, arrays, batches, compiled loops, vectors, several processes |
# | **what it drops** | nothing: the model stays what it is |
# | **needs** | NumPy; for the compiled engines Numba, `pip install numba` |
# | **time** | half an hour |

# %% tags=["setup"]

# %%
import random

from microgpt_ref import fast
from microgpt_ref.gpt import gpt_shapes, start_gpt
from microgpt_ref.lab.efficiency import fresh, ladder, measured, nodes_and_edges, products
from microgpt_ref.lab.runs import load_run
from microgpt_ref.layers import document_loss
from microgpt_ref.value import to_values

# %% [markdown]
# ## Count first
#
# Take one name of the training set. How many products of two numbers does the model itself need
# for it? Each entry of each matrix is multiplied once at every position. (Embeddings are looked up,
# not multiplied, and attention's own products are few.)

# %%
model, docs, _ = fresh()
doc = next(doc for doc in docs if len(doc) == 6)
tokens = model.tokenizer.encode(doc)
shapes = gpt_shapes(model.tokenizer.vocab_size, 16, 16, 1)
needed = products(shapes, len(tokens) - 1)
print(f"{doc}: {len(tokens) - 1} positions, {needed:,} products forward")

# %% [markdown]
# Backward takes twice as many: each product passes a gradient to both of its factors. One core
# does some 3,000,000,000 simple operations a second, and with its vector units ten times more.
#
# **What do you expect?** At one product in a third of a nanosecond, how many microseconds should a
# name take, forward and backward?

# %% tags=["reveal"]
print(f"{3 * needed / 3e9 * 1e6:.0f} µs")

# %% [markdown]
# The plain program takes thousands of times longer. It makes a Value for each of those products,
# and another for each sum. Count them:

# %%
loss = document_loss(start_gpt(to_values(model.weights), 1, 4), tokens)
print("nodes {:,}, inputs {:,}".format(*nodes_and_edges(loss)))

# %% [markdown]
# For each node, Python calls a method, asks what type the other side has, makes an object and two
# tuples, later finds the node's place in the order, and goes round a loop for its inputs. That is a
# microsecond or two, around an operation of a third of a nanosecond. This is **interpreter
# overhead**, and everything up to the compiled engines is a way to pay it less often.
#
# Measured before this chapter was made, on one core of a server, by `make bench`: the time for a
# name with the published algorithm written plainly, and with the reference.

# %%
bench = measured()
for name in ["plain", "scalar"]:
    print(f"{name:7} {bench[name]['us_per_name'] / 1000:4.0f} ms a name")

# %% [markdown]
# The reference does less than the plain program: a plain number gets no node, and Python's cycle
# collector, which would search the graph for nothing over and over, is held off. And **PyPy**, a
# Python that compiles loops while they run, takes the plain program as it is: on a server of the
# same kind, 36 ms in place of 118.
#
# ## Fewer and larger nodes
#
# A dot product of two rows of 16 is 16 products and 15 sums: 31 nodes. Nothing forces us to make
# them. The slope of $x \cdot y$ in each $x_i$ is $y_i$, so that the whole can be one node with 32
# inputs.
#
# **What do you expect?** By what factor does the number of nodes fall? And that of inputs?

# %% tags=["reveal"]
engine = fast.new_engine("dot", model, [tokens])
print("nodes {:,}, inputs {:,}".format(*nodes_and_edges(engine.document_loss(tokens))))

# %% [markdown]
# About fifteen times fewer nodes, but only about half as many inputs: the slopes still go along
# each of them. So the gain is less than the nodes promise.
#
# Is it the same model? Each engine must find the gradient of the reference. This compares the
# largest difference, for the first three names, with the gradient's largest entry:

# %%
names = [model.tokenizer.encode(doc) for doc in docs[:3]]


def difference(name):
    ours = fast.new_engine(name, model, names).gradient(names)[1]
    theirs = fast.new_engine("scalar", model, names).gradient(names)[1]
    flat = [[a for w in grads.values() for row in w for a in row] for grads in (ours, theirs)]
    return max(abs(a - b) for a, b in zip(*flat)) / max(map(abs, flat[1]))


print("dot as the reference:", difference("dot") < 1e-9)

# %% [markdown]
# ## No graph at all
#
# The graph of a name depends on nothing but its length. So write the way back down once, for whole
# arrays: for $y = x W^\top$ it is $dx = dy\,W$ and $dW = dy^\top x$, and the rest is as short. All
# positions of a name go through together, since a mask keeps later ones out of sight. This is the
# engine `numpy`. A call of NumPy costs about a microsecond, and a name takes about 150 of them.
#
# Its losses must be the reference's, all thousand of them, and then its names too:

# %%
model, docs, rng = fresh()
losses = fast.fit(model, docs, steps=1000, engine="numpy")
kept = load_run("train4")
print("largest difference:", f"{max(abs(a - b) for a, b in zip(losses, kept['losses'])):.6f}")
print(*[model.sample(rng) for _ in range(10)])

# %% [markdown]
# ## Many names at a time
#
# A call costs a microsecond for one name and hardly more for sixty-four. What is a step on many
# names? The loss is the mean of theirs, and so is the gradient. The engine `batch` packs all
# positions of all names into one array, and puts names side by side only where attention needs it.
# It uses numbers of half the length, **float32**, with about seven digits.
#
# **What do you expect?** Sixty-four names a step, and as many names in all: does the model end
# better, or worse?

# %% tags=["reveal"]
for batch, steps in [(1, 1024), (64, 16)]:
    model, docs, rng = fresh()
    fast.fit(model, docs, steps, engine="batch", batch=batch)
    held_out = fast.sampler(model, "batch").held_out_loss(docs[2000:2300])
    print(f"{steps:4} steps of {batch:2}: held-out loss {held_out:.2f}")

# %% [markdown]
# Worse, by far: sixteen steps are too few, however good each one's direction is. Batches make names
# cheap, not steps. They pay when the number of steps stays the same:

# %%
for batch in [1, 64]:
    model, docs, rng = fresh()
    fast.fit(model, docs, 1000, engine="batch", batch=batch)
    held_out = fast.sampler(model, "batch").held_out_loss(docs[-300:])
    print(f"1000 steps of {batch:2}: held-out loss {held_out:.2f}")

# %% [markdown]
# (For this comparison the last 300 names of the list are held out, which neither run has seen.)
#
# ## Compiled loops
#
# What is left of a microsecond a call? Nothing, if there is no call. **Numba** translates Python
# functions of plain loops into machine code. The engine `compiled` has each formula of `numpy` as
# loops over single numbers. Two things decide how fast they are. The innermost loop has to run along
# neighbours in memory, so that the compiler can use **vector instructions**, which take 8 or 16
# numbers at once. And sizes have to be constants, so that short loops are unrolled.
#
# It compiles for some ten seconds when it meets a size for the first time, and keeps the result on
# the disk.

# %%
print("compiled as the reference:", difference("compiled") < 1e-4)

# %% [markdown]
# ## Explicit vectors: an appendix for engineers
#
# In the engine `simd` a number of the program is a vector of sixteen. Width 16 is one register, the
# four heads are its four quarters, and sums of products stay in registers from beginning to end.
# Its source is for engineers; it has one size of model only, and hands others to `compiled`.

# %%
print("simd as the reference:", difference("simd") < 1e-4)

# %% [markdown]
# What is the limit? A name of seven positions takes 224 multiply-and-adds of vectors a position,
# three times over, and a core can start one or two of them in a cycle:

# %%
cycles = 3 * 224 * 7 / 2
print(f"{cycles:,.0f} cycles at least, {cycles / 3e3:.1f} µs at 3 GHz")
print(f"simd takes {bench['simd']['us_per_name']:.1f} µs, simd16 {bench['simd16']['us_per_name']:.1f}")

# %% [markdown]
# The rest is Adam, whose roots and quotients are slow instructions, exponentials, and sums over the
# lanes of a vector. In batches of sixteen, Adam is shared by sixteen names.
#
# ## The ladder

# %%
ladder(bench)

# %%
for name, row in bench.items():
    ratio = bench["plain"]["us_per_name"] / row["us_per_name"]
    print(f"{name:10} {ratio:9,.1f} times plain's speed, {row['peak_mb']:5.0f} MB")

# %% [markdown]
# For comparison, what published ports reach, as their own pages give it (not measured by us, and on
# other machines, so that only orders of size can be compared). On an Apple M5, width 16, one name a
# step, from EEmicroGPT's page:
#
# | program | µs a name |
# |---|---|
# | CPython 3.14 | 49,000 |
# | PyPy | 17,640 |
# | microgpt.cpp | 270 |
# | rust-microgpt (float32) | 118 |
# | EEmicroGPT (C with Neon and SME2, float32, 16 names a step) | 3.0 |
#
# ## What was tried
#
# Designs that lost are deleted. These are times of one core, in µs a name, one name a step. Those of
# prototypes, written before the engines to find out what is possible, and those of the engine are
# from servers with more or less other work to do: compare within a row only.
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
# The tiny numbers are the oddest. Adam's running means of weights that are seldom used, such as the
# row of *q*, shrink by 15% a step, down to where float32 has no full digits left, and there a
# processor may count a hundred times more slowly. The switch is not the same on all processors, so
# the engines do without: they add $10^{-30}$ to the means at each step, and none gets that small.
#
# ## Several processes, and GPUs
#
# A GPU is the same idea once more: thousands of lanes, and a call that costs several microseconds.
# At 4,192 parameters it has nothing to do. The engine `torch` is the model in PyTorch, for larger
# ones: it takes a GPU where there is one. With several processes, each holds all the weights, takes
# its share of a batch, and averages the gradient with the others:
#
# ```
# python -m torch.distributed.run --standalone --nproc-per-node 2 -m microgpt_ref.fast.distributed --batch 64
# ```
#
# This is `DistributedDataParallel`. Several machines run the same command with `--nnodes`, and with
# `--rdzv-endpoint HOST:PORT` in place of `--standalone`. A model that outgrows one machine's memory
# needs its weights cut into parts as well, and a corpus that outgrows it is read from the disk as
# training goes along.
#
# ## Train at once
#
# With an engine that answers at once, the model is a thing to play with. In JupyterLab or Colab, run
# the next cell. Which width is best after 300 steps? After 3,000? At which rate does it break?

# %% tags=["live"]
from microgpt_ref.lab.efficiency import train_now
from microgpt_ref.lab.widgets import play, slider

play(
    "Which width is best after 300 steps? After 3,000? At which rate does it break?",
    lambda n_embd, steps, rate: train_now(n_embd, steps, rate),
    n_embd=slider("n_embd", [4, 8, 16, 32], 16),
    steps=slider("steps", [100, 300, 1000, 3000], 300),
    rate=slider("rate", [0.001, 0.003, 0.01, 0.03, 0.1], 0.01),
)

# %% [markdown]
# ## What to take along
#
# - Count what the task needs before you look at what the program does. Here a hundred thousand
#   products stood against a hundred milliseconds.
# - Python costs a microsecond an operation. Fewer, larger operations are the whole secret of arrays.
# - Batches make names cheap and steps dear. They pay if the number of steps stays.
# - A compiler needs constants and neighbours; a processor, registers and independent sums.
# - Each engine was held to the losses of the slow one. Without it, none of them could be trusted.

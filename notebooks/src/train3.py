# %% [markdown]
# # train3: how can it see further back?
#
# Whatever you write with Values now finds its own gradient, so the model is free to change. And it
# has to: it still sees one letter and forgets the rest. In this lesson you build one that looks at
# everything written so far. It is the core of GPT, and it is called a **transformer**.
#
# | | |
# |---|---|
# | **question** | how can it see further back? |
# | **loss so far** | 2.51 by the network, 2.48 by counting; the next cells list them |
# | **new here** | positions, attention, the cache, rmsnorm, residual connections |
# | **what it drops** | train1's `mlp` and its shapes; its inner part, `feed_forward`, stays |
# | **time** | about an hour and a half in two parts; one cell trains for about a minute |

# %% tags=["setup"]

# %%
import gc
import math
import random

from microgpt_ref.adam import SGD
from microgpt_ref.lab.checks import check, summary
from microgpt_ref.layers import add, document_loss, dot, linear, random_matrix, random_weights
from microgpt_ref.layers import softmax, total, with_temperature
from microgpt_ref.mlp import feed_forward
from microgpt_ref.sampling import generate
from microgpt_ref.tokenizer import Tokenizer
from microgpt_ref.training import evaluate, train
from microgpt_ref.value import flatten, to_floats, to_values

# %% [markdown]
# Here is the program at the end of this lesson, in small, a bar a line. What this lesson adds to it
# is thick and coloured.

# %%
from microgpt_ref.lab.figures import program_map

program_map("train3")

# %% [markdown]
# > **The loss.** A model gives the token that really came next some probability $p$. Its
# > surprise at that token is $-\ln p$, measured in *nats*: 0 if it was certain and right, and
# > more the less it expected what came. The loss is the mean surprise per token. $e^{\text{loss}}$
# > is the number of letters it hesitates between: a model that wavers evenly among $k$ letters
# > has a loss of $\ln k$.
#
# These are the marks so far, from logs of the earlier lessons' runs:

# %%
from microgpt_ref.lab.runs import load_run

marks = {name: load_run(name)["held_out_loss"] for name in ["train0", "train1", "train2"]}
for name, mark in marks.items():
    print(f"{name}: held-out loss {mark:.4f}, hesitates between {math.exp(mark):.2f} letters")

# %% [markdown]
# ## Part one: looking back
#
# ### An average forgets the order
#
# Our network takes one vector and gives logits. So the task is to make *one* vector out of all
# letters so far, however many they are. We try it with three letters and vectors of 2 numbers. Let
# the first number say how much of a vowel a letter is, the second how much of a consonant; y is a
# bit of both.
#
# The first thing that comes to mind is the average: all first numbers added up and divided by
# three, then all second numbers. (`zip(*vectors)` turns rows into columns.)

# %%
letters = {"a": [1.0, 0.0], "m": [0.0, 1.0], "y": [0.5, 0.5]}
amy = [letters[letter] for letter in "amy"]
may = [letters[letter] for letter in "may"]


def average_draft(vectors):
    return [total(column) / len(vectors) for column in zip(*vectors)]


print("amy:", average_draft(amy), " may:", average_draft(may))
if average_draft(amy) == average_draft(may):
    print("the same: the order of the letters is lost")

# %% [markdown]
# That won't do. What comes after *amy* need not be what comes after *may*. An average is a bag: it
# knows which letters are in it, and not which came first.
#
# ### Positions
#
# So we tell it. Besides the letters' vectors let there be one for each **position**, first, second,
# third, and let it be added to whichever letter stands there. (These three are made up, like the
# letters' own; a model learns them.)

# %%
places = [[0.6, 0.0], [0.0, 0.0], [0.0, 1.0]]
amy_placed = [add(x, place) for x, place in zip(amy, places)]
may_placed = [add(x, place) for x, place in zip(may, places)]
print("amy:", amy_placed)
print("may:", may_placed)

# %% [markdown]
# An a in the first place now looks different from an a in the second. **What do you expect?** By
# how much do the first numbers of the two averages differ now?

# %% tags=["reveal"]
from microgpt_ref.lab.train1 import rounded

print("amy:", rounded(average_draft(amy_placed)), " may:", rounded(average_draft(may_placed)))

# %% [markdown]
# Not at all. Both averages contain the same three letters and the same three positions, and who
# stood where is lost in the sum. Positions are needed, but they are not enough. What we need is an
# *uneven* average, in which it depends on the letter and on its place how much each vector counts.
#
# ### Shares
#
# An uneven average has a share for each vector, and the shares add up to 1. Where do they come
# from? You already have something that turns any numbers, called **scores** here, into positive
# ones that add up to 1. In train1 softmax made probabilities. Here it makes shares:

# %%
def weighted_draft(shares, vectors):
    return [dot(shares, column) for column in zip(*vectors)]


shares = softmax([math.log(2), 0.0, 0.0])
print("shares:", rounded(shares), " average of amy:", rounded(weighted_draft(shares, amy)))

# %% [markdown]
# Check the first number of the average: $0.5 \cdot 1 + 0.25 \cdot 0 + 0.25 \cdot 0.5$. And slopes
# come back through softmax to the scores, so the weights that make the scores can be learned.
#
# ### Query, key and value
#
# Let every letter carry three vectors. With its **query** it asks for something. With its **key**
# it says what it has to offer. And its **value** is what it hands over. A score says how well a key
# fits a query, and is their dot product: large if both are long and point the same way.
#
# Say it is y's turn, and y asks for vowels. (All numbers are made up, and the values differ from
# the keys so that you can tell them apart.)

# %%
query = [2.0, 0.0]
keys = {"a": [1.0, 0.0], "m": [0.0, 1.0], "y": [0.5, 0.5]}
contents = {"a": [1.0, 0.0], "m": [0.0, -1.0], "y": [0.5, -0.5]}  # the values
scores = [dot(query, keys[letter]) for letter in "amy"]
print(scores)

# %% [markdown]
# The first is $2 \cdot 1 + 0 \cdot 0$. Do the other two in your head. Before the softmax the scores
# are divided by the square root of how many numbers a vector has, here $\sqrt 2$; why, we see
# below. Then come the shares, and with them the average of the values.

# %%
scaled = [score / math.sqrt(2) for score in scores]
shares = softmax(scaled)
print("scaled:", rounded(scaled))
print("shares:", rounded(shares))
print("output:", rounded(weighted_draft(shares, [contents[letter] for letter in "amy"])))

# %% [markdown]
# With a pocket calculator: $e^{1.4142} = 4.1132$, $e^0 = 1$ and $e^{0.7071} = 2.0281$ add up to
# $7.1413$, and $4.1132 / 7.1413 = 0.5760$. The a offers what y asks for, and gets more than half.
# The output is the average of the values with these shares; its first number is $0.5760 \cdot 1 +
# 0.1400 \cdot 0 + 0.2840 \cdot 0.5$.
#
# That is **attention**: an average in which every position decides for itself whom to listen to.
# (The shares' usual name, in the code too, is **attention weights**. We go on saying shares, to
# keep them apart from the weights that training moves.)
#
# The picture shows why it works. A key that points along the query gets a large share.

# %%
from microgpt_ref.lab.train3 import query_and_keys

query_and_keys(query, keys, shares)

# %% [markdown]
# ### Why the square root
#
# A real model's vectors have more than 2 numbers. A dot product then adds up more products, and
# becomes larger. To see how fast, draw vectors of $d$ numbers at random, each of a size of about 1,
# and take the **spread** of 2,000 dot products: the root of their mean square.

# %%
def spread_draft(d):
    draws = random.Random(d)
    q, k = random_matrix(2000, d, draws, 1.0), random_matrix(2000, d, draws, 1.0)
    products = [dot(*pair) for pair in zip(q, k)]
    return math.sqrt(dot(products, products) / len(products))


for d in [1, 4]:
    print(f"d = {d:2d}   spread {spread_draft(d):5.2f}")

# %% [markdown]
# **What do you expect?** From 1 to 4 it about doubles. What is it at 16, as many as we shall use?

# %% tags=["reveal"]
for d in [16, 64]:
    spread = spread_draft(d)
    print(f"d = {d:2d}   spread {spread:5.2f}   divided by the root {spread / math.sqrt(d):.2f}")

# %% [markdown]
# It grows like $\sqrt d$, not like $d$: products of both signs partly cancel, so with four times as
# many the sum is only about twice as large. Divided by $\sqrt d$, scores have about the same size
# in a small model and in a large one. And large scores do harm. Here are three scores, 1, 0 and
# 0.5, times 1, 4 and 16:

# %%
for times in [1, 4, 16]:
    p = softmax([times * score for score in [1.0, 0.0, 0.5]])
    print(f"times {times:2d}: shares {rounded(p)}, slope {p[0] * (1 - p[0]):.4f}")

# %% [markdown]
# The last column says how fast the first share $p$ grows with its own score, the number already
# multiplied. It is $p(1-p)$ (nudge it, or take it on trust). Once one share is nearly 1, nudging
# the scores changes next to nothing, and there is little to learn from.
#
# ### Attention
#
# Now all of it together, for a query $q$ of $d$ numbers, and keys $k_j$ and values $v_j$ of the
# positions $j$ so far (Vaswani and others, 2017):
#
# $$\text{score}_j = \frac{q \cdot k_j}{\sqrt d} \qquad \text{share} = \text{softmax}(\text{score})
# \qquad \text{attention} = \sum_j \text{share}_j\, v_j$$

# %% [markdown] exercise="train3.attention" kind="build it first" size="short" minutes="15"
# #### Attention for one query
#
# **Aim.** Turn the three formulas into code.
#
# Write `my_attention(q, keys, values)`. `q` is a vector, `keys` a list of vectors as long as `q`,
# and `values` a list of as many vectors, which may be longer or shorter than `q`. It returns the
# average of the values, a list as long as one of them. `dot` and `softmax` are yours to use. Some
# scores will be in the thousands, which our `softmax` bears.
#
# **Done when** the check below says *right*.

# %% [markdown] tags=["hint"]
# Three steps, three lists: a score for each key, a share for each score, and a number for each
# column of the values.

# %% [markdown] tags=["hint"]
# The root is that of `len(q)`. For the last step look at `weighted_draft` above.

# %% tags=["exercise"]
def my_attention(q, keys, values):
    ...  # your code here: it returns one vector

# %% tags=["solution"]
def my_attention(q, keys, values):
    shares = softmax([dot(q, k) / math.sqrt(len(q)) for k in keys])
    average = [0.0] * len(values[0])
    for share, v in zip(shares, values):
        for i, number in enumerate(v):
            average[i] += share * number
    return average

# %% tags=["check"]
check("train3.attention", my_attention)

# %% [markdown] tags=["solution"]
# This goes value by value, adding its share of it; the lesson's own goes column by column. Frequent
# slips: the root of the number of keys instead of that of the query's length; the root taken after
# the softmax, so that the shares no longer add up to 1; the keys averaged instead of the values; a
# list of zeros as long as `q`, though a value may have another length.

# %% [markdown]
# The lesson's own (what a mask is comes a little later):

# %% tags=["piece"] piece="transformer.attention"

# %% [markdown]
# For the query of y this gives the numbers that you found by hand. **What do you expect?** If y
# asks for nothing, with a query of $[0, 0]$, what is the first number of the output?

# %% tags=["reveal"]
for q in [query, [0.0, 0.0]]:
    print(q, rounded(attention(q, [keys[c] for c in "amy"], [contents[c] for c in "amy"])))

# %% [markdown]
# With no question every score is 0, every share a third, and the output is the even average of the
# values, whose first numbers are $1$, $0$ and $0.5$.
#
# ### Where the three come from
#
# We made up the query, the keys and the values. A model makes them itself, from the vector $x$ of a
# position, with three matrices: $q = W_q x$, $k = W_k x$, $v = W_v x$. They are what training will
# find. A fourth matrix, `wo`, *o* for output, turns the average into whatever is useful further on.
# As queries, keys and values all come from the same text, this is called **self-attention**:

# %% tags=["piece"] piece="transformer.self_attention"

# %% [markdown]
# It is called once for each position, in order, and each time it appends a key and a value to the
# two lists. Here is *amy*, letter by letter, with matrices that make the queries, keys and values
# of our example. (They make every letter ask for vowels.)

# %%
tiny = {
    "wq": [[2.0, 2.0], [0.0, 0.0]],
    "wk": [[1.0, 0.0], [0.0, 1.0]],
    "wv": [[1.0, 0.0], [0.0, -1.0]],
    "wo": [[1.0, 0.0], [0.0, 1.0]],
}
seen_keys, seen_values = [], []
for x in amy:
    y = self_attention(tiny, x, seen_keys, seen_values)
    shares = softmax([dot(query, k) / math.sqrt(2) for k in seen_keys])
    print("output", rounded(y), " shares", rounded(shares))

# %% [markdown]
# The last line is the hand calculation once more. The first line has a single key, its own, so its
# share is 1 and the output is its own value.
#
# ### Where is the mask?
#
# Other programs compute all positions of a document at once. There the keys of later letters lie
# ready, and a **mask** has to hide them, since a letter that is to be foretold must not be seen.
# Ours goes position by position. When a query is asked, the only keys that exist are those of the
# past, and its own. The shares of *amy* above show it: a triangle, one number longer in each row.
#
# ### Both together
#
# Is the order safe now? First without positions, then with them:

# %%
def last_draft(xs):
    seen_keys, seen_values = [], []
    return [rounded(self_attention(tiny, x, seen_keys, seen_values)) for x in xs][-1]


print("without positions: amy", last_draft(amy), " may", last_draft(may))
print("with positions:    amy", last_draft(amy_placed), " may", last_draft(may_placed))

# %% [markdown]
# Without positions attention can't tell them apart either: y asks the same in both, and the same
# letters get the same shares, wherever they stand. Positions in an even average didn't help,
# attention without positions doesn't help, and together they do: an a in first place now has
# another key than an a in second, so it gets another share, and the sum no longer comes out the
# same. (The positions change queries and values too: y becomes [0.5, 1.5], and `wq` makes the query
# [4, 0] of it.)
#
# ### Nothing is computed twice
#
# The two lists are called the **cache**. A key, once made, stays as it is, since it depends on
# nothing that comes later. Without the cache, each position would have to make its own key and
# those of all positions before it. **What do you expect?** How many keys are made in all for a name
# that fills 16 positions?

# %% tags=["reveal"]
def without_cache_draft(weights, xs):
    made = 0
    for n in range(1, len(xs) + 1):
        seen_keys, seen_values = [], []
        for x in xs[:n]:
            y = self_attention(weights, x, seen_keys, seen_values)
        made += len(seen_keys)
    return made, rounded(y)


print("amy, 3 positions:", without_cache_draft(tiny, amy))
print("16 positions:", without_cache_draft(tiny, [letters["a"]] * 16)[0], "keys instead of 16")

# %% [markdown]
# $1 + 2 + \dots + 16$. The output is the same, and the longer the text, the more the cache saves.
# Large language models have such a cache, too.
#
# ### A place to rest
#
# That was the heart of it.
#
# **Can you answer these without looking?** Which of query, key and value does a position need when
# it looks, and which when it is looked at? What would happen to the shares if all keys were equal?
# Why may a key stay in the cache for good?
#
# Take a walk. The second part puts this into a model and trains it.
#
# ## Part two: a transformer
#
# ### Numbers that fade
#
# A deeper model has a problem of which train1's flat start gave a taste. Here is a vector of 16
# numbers that goes through four matrices of random weights of a size of 0.08, as we always start
# with. Watch its
# **root mean square** (what we called spread above), the size of a typical entry:

# %%
def size_draft(x):
    return math.sqrt(dot(x, x) / len(x))


draws = random.Random(3)
x = random_matrix(1, 16, draws)[0]
for n in range(5):
    print(f"{n} matrices passed: size {size_draft(x):.5f}")
    x = linear(random_matrix(16, 16, draws), x)

# %% [markdown]
# Each matrix leaves about a third, or less. With much larger weights the numbers would grow
# instead. Where the vectors have faded, the logits are near zero and so are the slopes, and the
# model hardly learns.
#
# The cure is to scale a vector, before it goes into attention or `feed_forward`, so that a typical
# entry is 1. Divide it by its root mean square, and only its direction is left (Zhang and Sennrich,
# 2019):
#
# $$\text{rmsnorm}(x) = \frac{x}{\sqrt{\text{mean}(x^2) + 0.00001}}$$
#
# The small number keeps a vector of zeros from being divided by zero.

# %% [markdown] exercise="train3.rmsnorm" kind="build it first" size="short" minutes="10"
# #### To one size
#
# **Aim.** Write the formula down in code, with everything in its place under the root.
#
# Write `my_rmsnorm(x)`. It returns a new list as long as `x`, and leaves `x` as it is.
#
# **Done when** the check says *right*.

# %% [markdown] tags=["hint"]
# One number divides all entries. Compute it first.

# %% [markdown] tags=["hint"]
# `dot(x, x)` is the sum of the squares. Two things still happen to it before the root is taken.

# %% tags=["exercise"]
def my_rmsnorm(x):
    ...  # your code here: it returns one vector

# %% tags=["solution"]
def my_rmsnorm(x):
    mean_square = sum(a * a for a in x) / len(x)
    return [a / math.sqrt(mean_square + 0.00001) for a in x]

# %% tags=["check"]
check("train3.rmsnorm", my_rmsnorm)

# %% [markdown] tags=["solution"]
# Frequent slips: the sum of the squares instead of their mean, which makes the entries the smaller
# the more there are; the small number added outside the root; the root forgotten; the mean of the
# entries, squared, instead of the mean of their squares.

# %% [markdown]
# The lesson's own:

# %% tags=["piece"] piece="layers.rmsnorm"

# %% [markdown]
# By hand, for the vector $[3, 4]$: the mean of $9$ and $16$ is $12.5$, its root is $3.5355$, and $3
# / 3.5355 = 0.8485$. **What do you expect?** What is the first number for $[30, 40]$, ten times as
# long?

# %% tags=["reveal"]
for x in [[3.0, 4.0], [30.0, 40.0]]:
    print(x, "→", rounded(rmsnorm(x)))

# %% [markdown]
# ### Add, don't replace
#
# The second problem is of attention's own making. After seven m's comes an a, and
# attention, early in training, asks for nothing in particular. What is left of the a?

# %%
seven_m_then_a = [letters["m"]] * 7 + [letters["a"]]
found = average_draft(seven_m_then_a)
print("the average in its place:", found)
print("the average added to it: ", add(letters["a"], found))

# %% [markdown]
# If the average takes the letter's place, one eighth of it remains, and yet the last letter is what
# matters most for the next. So we *add* what attention has found to the vector that was there. The
# way around a layer is called a **residual connection** (He and others, 2016). The letter itself
# goes through unharmed, and so does the gradient on the way back: the slope of $x + f(x)$ has a 1
# in it, whatever $f$ does.
#
# ### train1's network, now inside
#
# Attention fetches. It can average what the positions hand over, and that is all it can do. To make
# something of what was fetched, we have a tool already: `feed_forward` from train1, two matrices
# with a ReLU between. It works on each position by itself, and what it finds is added too.

# %% [markdown] retires="mlp.mlp_shapes mlp.mlp"
# Two pieces of train1 are done with: `mlp`, which led straight from a letter through the network to
# the logits, and `mlp_shapes`, its list of matrices. In the new list `wte` and `wpe` hold the
# vectors of letters and positions. `fc2` now gives back a vector of `n_embd` numbers, so that it
# can be added; logits are made by `lm_head`, the language model's head, which sits at the very end:

# %% tags=["piece"] piece="transformer.transformer_shapes"

# %% [markdown]
# **What do you expect?** With 27 tokens, vectors of size 16 and 16 positions, how many weights is
# that in all? (Each matrix has rows times columns.) The names and the random draws begin as always:

# %%
from microgpt_ref.data import load_docs

docs = load_docs("ssa2018")

# %% tags=["main"]
rng = random.Random(42)
rng.shuffle(docs)
tokenizer = Tokenizer(docs)
n_embd, block_size = 16, 16
weights = random_weights(transformer_shapes(tokenizer.vocab_size, n_embd, block_size), rng)

# %% tags=["reveal"]
for name, w in weights.items():
    print(f"{name:8} {len(w):2d} × {len(w[0]):2d} = {len(w) * len(w[0]):4d}")
print(f"in all {len(flatten(weights)):,}; train1 had {load_run('train1')['parameters']:,}")

# %% [markdown]
# `block_size` is GPT-2's name for the largest number of positions. This is the whole model, from
# top to bottom:

# %%
from microgpt_ref.lab.train3 import model_diagram

model_diagram(transformer_shapes(tokenizer.vocab_size, n_embd, block_size))

# %% [markdown]
# The diagram shows one position alone. Into the box with attention also go the keys and values of
# the earlier ones, from the cache; its weights are those of `wq`, `wk`, `wv` and `wo`. Now the same
# in code, a line for each step:

# %% tags=["piece"] piece="transformer.transformer"

# %% [markdown]
# The first two rmsnorms follow each other directly, so the second changes next to nothing. In
# train4, with more layers, each layer begins with one, and what comes in has grown by additions.
# (`lm_head` gets x as it is: this design has no rmsnorm there, others have.)
#
# Which position is it? The one after those that have a key. So the model needs the token and the
# cache, and nothing else. Every document starts with an empty one:

# %% tags=["piece"] piece="transformer.start_transformer"

# %% [markdown]
# The loss of a name is as before. (A document of more than 16 positions would be cut, to 17 tokens,
# as the last is only a target. No name in our list is that long.) And as in train2, Python's
# garbage collector is turned off.

# %% tags=["main"]
gc.disable()


def name_loss(weights, tokens):
    return document_loss(start_transformer(weights), tokens[: block_size + 1])

# %%
print(f"{docs[0]}, untrained: {name_loss(weights, tokenizer.encode(docs[0])):.4f}")
print(f"ln 27: {math.log(27):.4f}")

# %% [markdown]
# An untrained model is about as clueless as it should be. (rmsnorm makes the vectors larger than
# train1's were, so the logits aren't quite so near 0. On which side the loss falls then is luck.)
#
# ### Taken away
#
# Are rmsnorm and the residual connections worth their lines? Take each away and look. In this draft
# of the model `norm` and `join` can be anything:

# %%
def transformer_draft(weights, token, keys, values, norm, join):
    x = norm(add(weights["wte"][token], weights["wpe"][len(keys)]))
    x = join(x, self_attention(weights, norm(x), keys, values))
    x = join(x, feed_forward(weights["fc1"], weights["fc2"], norm(x)))
    return linear(weights["lm_head"], x)


variants = {
    "whole": (rmsnorm, add),
    "no residuals": (rmsnorm, lambda x, change: change),
    "no rmsnorm": (lambda x: x, add),
}

# %% [markdown]
# Each variant starts from the same weights and gets 30 steps. Then it is marked on 100 held-out
# names. (The cell is long, but has little new: `start` is `start_transformer` for the draft, and
# the rest is train2's training, on Values made from a copy of the weights.)

# %%
def short_run_draft(norm, join, rate, steps):
    trial = to_values(weights)
    optimizer = SGD(flatten(trial))

    def start(weights):
        keys, values = [], []
        return lambda token: transformer_draft(weights, token, keys, values, norm, join)

    def learn(tokens, rate):
        loss = document_loss(start(trial), tokens)
        loss.backward()
        optimizer.step(rate)
        return loss.data

    train(learn, docs, tokenizer, steps, rate)
    end = to_floats(trial)
    return evaluate(lambda tokens: document_loss(start(end), tokens), docs[1000:1100], tokenizer)

# %% [markdown]
# One rate might suit one variant by luck, so there are two. The next cell makes six short runs, and
# takes about ten seconds.

# %%
for name, (norm, join) in variants.items():
    start = short_run_draft(norm, join, 0.0, 0)
    slow, fast = [short_run_draft(norm, join, rate, 30) for rate in [0.1, 1.0]]
    print(f"{name:13} start: {start:.4f}   rate 0.1: {slow:.4f}   rate 1.0: {fast:.4f}")

# %% [markdown]
# All three start near $\ln 27$. At a rate of 0.1 the whole model is well on its way
# after 30 names. Without residual connections it is much slower. Without rmsnorm it has hardly left
# the start, and ten times the rate makes up only in part for what has faded.
#
# And without residual connections at 1.0? To four decimals, that is $\ln 27$. Such a loss comes
# about if all logits are 0 or nearly so, and each probability is 1/27. That happens when steps that
# were too large have left hardly a hidden number positive (which is not shown here): ReLU makes
# zeros of the others, and as there is no way around, nothing gets through, neither the letter on
# the way forward nor a gradient on the way back.
#
# Keep in mind what such a race can show. Thirty steps tell who is quick off the mark, not who gets
# furthest. train1 and train2 began at 1.0. For the long run we take 0.1, the safer one: at 1.0 a
# model of this kind breaks later on, as train4 shows.
#
# ### Training
#
# The next cell takes about a minute. Start it, and meanwhile look at the diagram above. At
# how many places do different positions meet? If a letter early in the name matters at the end, by
# which way does it get there?
#
# (A word of warning: `values` are the weights as Values, as in train2. They have nothing to do with
# the values that attention averages.)

# %% tags=["main"]
values = to_values(weights)
optimizer = SGD(flatten(values))


def learn(tokens, rate):
    loss = name_loss(values, tokens)
    loss.backward()
    optimizer.step(rate)
    return loss.data


steps = 1000
losses = train(learn, docs, tokenizer, steps, rate=0.1)

# %% [markdown]
# Positions meet in one place only, attention: everything else works on one position at a time. An
# early letter gets to the end by its key and its value, which wait in the cache.

# %%
from microgpt_ref.lab.train3 import loss_beside

print("first five:", rounded(losses[:5]))
print("last five: ", rounded(losses[-5:]))
levels = {"train0, held out": marks["train0"], "train1 and 2, held out": marks["train2"]}
loss_beside(losses, levels)

# %% [markdown]
# The lines are the marks to beat, though on other names. (A hundred names are few: their mean
# wobbles.) **What do you expect?** Counting hesitated between
# nearly twelve letters. Between how many does this model hesitate, on names that it hasn't seen?

# %% tags=["main"]
start_weights, weights = weights, to_floats(values)
held_out = docs[1000:1300]
loss = evaluate(lambda tokens: name_loss(weights, tokens), held_out, tokenizer)

# %% tags=["reveal"]
marks["train3"] = loss
for name, mark in marks.items():
    print(f"{name}: held-out loss {mark:.4f}, hesitates between {math.exp(mark):.2f} letters")

# %% [markdown]
# For the first time the network is ahead of the table. What does it sound like?

# %% tags=["main"]
names = []
for _ in range(20):
    next_probs = with_temperature(start_transformer(weights), 0.5)
    names.append(tokenizer.decode(generate(next_probs, tokenizer.bos, block_size, rng)))
print("\n".join(names))

# %% [markdown]
# Compare their lengths with those of train1's names. And do you remember *n*, *an* and *madisonnn*?
# The table of train0 gave all three the same chance to be over.

# %%
def probs_after_draft(text):
    next_logits = start_transformer(weights)
    return softmax([next_logits(token) for token in tokenizer.encode(text)[:-1]][-1])


for label, invented in [("train1", load_run("train1")["samples"]), ("train3", names)]:
    print(f"lengths of {label}'s names:", sorted(len(name) for name in invented))
for prompt in ["n", "an", "madisonnn"]:
    print(f"p(end) after {prompt}: {probs_after_draft(prompt)[tokenizer.bos]:.4f}")

# %% [markdown]
# It has learned the difference: after *n* or *an* a name is hardly ever over, after *madisonnn* it
# mostly is.
#
# ### What does it look at?
#
# The shares can be drawn. Each row is a position that looks back, each column one that is looked
# at. The dot stands for BOS, the beginning of the name.

# %%
from microgpt_ref.lab.train3 import attention_picture

attention_picture(weights, tokenizer, "emma")

# %% [markdown]
# In JupyterLab or Colab, run the next cell and type names of your own.

# %% tags=["live"]
from microgpt_ref.lab.train3 import show_attention
from microgpt_ref.lab.widgets import play, text

play(
    "Which letters get more than an even share, vowels or consonants? Try names rich in either.",
    lambda name: show_attention(name, weights, tokenizer),
    name=text("name", "anna"),
)

# %% [markdown]
# It would be easy to tell a story about the darker squares. But the rows grow paler downwards only
# because more positions share. Within a row most squares are near even: in emma's last row even
# would be 20 percent, and the shares are 18 to 23. Is there any preference at all? Here is the mean
# over all looks back in the held-out names, as a multiple of the even share (1.00 is exactly even;
# the first row, always 100 percent, is left out):

# %%
from microgpt_ref.lab.train3 import even_shares

for kind, share in even_shares(weights, tokenizer, held_out).items():
    print(f"{kind:11} {share:.2f}")

# %% [markdown]
# Consonants get a little more than their share. Where does that come from?
#
# ### What is it worth?
#
# A picture doesn't say whether the model makes use of what it shows. That can be tested: set a
# matrix to zero and mark the model again. Without `wo`, nothing that attention finds is passed on,
# and without `fc2` nothing that the feed-forward network finds. Without `wq`, nobody asks, and
# every average is even. Without `wpe` there are no positions. (`{**weights, name: zeros}` is a copy
# of the dictionary with one entry exchanged.)
#
# **What do you expect?** The model's loss was printed above. By how much does it rise if `wq` is
# all zeros?

# %% tags=["reveal"]
def without_draft(name):
    zeros = [[0.0] * len(row) for row in weights[name]]
    return evaluate(lambda tokens: name_loss({**weights, name: zeros}, tokens), held_out, tokenizer)


print(f"nothing taken away: {loss:.4f}")
for name in ["wq", "wo", "fc2", "wpe"]:
    print(f"without {name:4} {without_draft(name):.4f}")

# %% [markdown]
# And does it still know when a name is over, if attention is taken out? (`probs_after_draft` reads
# `weights`, so they are exchanged for a moment.)

# %%
kept = weights
weights = {**kept, "wo": [[0.0] * len(row) for row in kept["wo"]]}
for prompt in ["n", "an", "madisonnn"]:
    print(f"without wo, p(end) after {prompt}: {probs_after_draft(prompt)[tokenizer.bos]:.4f}")
weights = kept

# %% [markdown]
# Did you expect that? With even averages the model is all but as good as with its own. With
# attention taken out altogether, it loses next to nothing, and still knows that *madisonnn* should
# be over. The feed-forward network is worth more, and even without it the model stays ahead of the
# table. What it can't do without is positions. A position's vector is added to the letter that
# stands there, and goes past attention to the logits. So the model has learned which letter is
# last and how far along the name is, and hardly whom to look at. It is ahead of the table,
# but not yet by looking back.
#
# (Careful with such tests. They tell what *this* model uses. They don't tell how good a model would
# be that had to do without from the start.)
#
# Look how far the training has moved each matrix, and how large the slopes were to begin with, for
# the first name. Both are root mean squares. (`flatten` wants a dictionary, so each matrix is put
# into one, under any key.)

# %%
first = to_values(start_weights)
name_loss(first, tokenizer.encode(docs[0])).backward()
for name in weights:
    moves = [a - b for a, b in zip(flatten({0: weights[name]}), flatten({0: start_weights[name]}))]
    slopes = [p.grad for p in flatten({0: first[name]})]
    print(f"{name:8} moved by {size_draft(moves):.4f}   first slopes {size_draft(slopes):.5f}")

# %% [markdown]
# At the start a typical weight is 0.08 in size. `wq` and `wk`, which decide whom to look at, have
# hardly moved from there. Their first slopes were more than two hundred times smaller than those of
# `lm_head`. A nudge to `wq` has to change a score, a share, an average, and then go through `wo`
# and `lm_head`, and that makes it smaller, most of all at the share: the slopes of `wo` and `wv`
# are already ten times smaller than those of `lm_head`, those of `wq` and `wk` over twenty times
# smaller again. And plain gradient descent gives every weight the same rate. In a thousand steps
# the question was hardly asked.
#
# And the preference for consonants? If `wq` and `wk` are nearly what they were at random, perhaps
# the preference is too. Put the starting ones back, keep all the rest, and look again. Then draw
# others:

# %%
shapes_of_both = {"wq": (n_embd, n_embd), "wk": (n_embd, n_embd)}
draws = {"starting": {name: start_weights[name] for name in shapes_of_both}}
for seed in [1, 2, 3, 4]:
    draws[f"draw {seed}"] = random_weights(shapes_of_both, random.Random(seed))
for label, both in draws.items():
    shares = even_shares({**weights, **both}, tokenizer, held_out)
    print(f"{label}:", ", ".join(f"{kind} {share:.2f}" for kind, share in shares.items()))

# %% [markdown]
# With the starting matrices the preference is nearly all there: it came with their draw, and what
# training did to them hardly matters. Of the others one leans to vowels, one to consonants, two to
# neither, and none as far as ours.
#
# ## What to take along
#
# - Attention: shares from softmax of $q \cdot k / \sqrt d$, and an average of values with these
#   shares. It is the one place where positions meet.
# - Positions have vectors of their own, added to the letters'. Without them the order of the
#   earlier letters is lost.
# - Keys and values of the past are kept. As later keys don't exist yet, no mask is
#   needed.
# - rmsnorm brings vectors to one size; residual connections add instead of replacing.
# - A picture of attention is no proof that it is of use. Take the part away, and look at the loss.

# %% [markdown]
# ## Questions
#
# Open the option that you think is right: it says whether it is, and why.

# %% [markdown] tags=["question"] question="train3.bag"
# Each letter's vector has its position's added to it, and all are averaged evenly. Why do *amy* and
# *may* still come out alike?
#
# - [ ] The positions' vectors cancel each other :: They don't: the average contains all of them. It
#   contains the same ones for both names, and that is the point.
# - [x] A sum doesn't tell which position was added to which letter :: Both averages are that of the
#   three letters plus that of the three positions.
# - [ ] The positions' vectors are too small :: Make them as large as you like: both averages grow
#   by the same amount.
# - [ ] Both names have the same number of letters :: So they have the same positions. But an uneven
#   average would tell them apart all the same.

# %% [markdown] tags=["question"] question="train3.two_keys"
# The query `[2, 0]` meets two keys, `[1, 0]` and `[0, 1]`. Which share does the first one get?
#
# - [ ] 1.0000 :: The second score is 0, but a score of 0 is no share of 0: e to the power 0 is 1.
# - [ ] 0.8808 :: That is the share for scores of 2 and 0, without the division by the root of 2.
# - [x] 0.8044 :: The scores are 2 and 0; divided by the root of 2 they are 1.4142 and 0.
# - [ ] 0.7311 :: That is the share for scores of 1 and 0: you divided by 2, the number of entries,
#   and not by its root.

# %% [markdown] tags=["question"] question="train3.equal_keys"
# At the fifth position all five keys happen to be equal. What does attention return there?
#
# - [ ] Zeros, as no key stands out :: The shares still add up to 1: something is always handed on.
# - [ ] The value of the fifth position itself :: Nothing prefers a position to the others, not even
#   the query's own.
# - [x] The even average: each of the five values has a share of 0.2 :: Equal keys have equal
#   scores, however large, and softmax makes equal shares of them. The values may differ all the
#   same.
# - [ ] It depends on the query :: The query decides how large the scores are. As all keys are
#   equal, so are all scores.

# %% [markdown] tags=["question"] question="train3.no_cache"
# Without a cache, every position makes its own key and those of all positions before it. How many
# keys are made for a document that fills 5 positions?
#
# - [ ] 5 :: That is with the cache: each key is made once.
# - [ ] 10 :: That is 0 + 1 + 2 + 3 + 4: each position makes its own key as well.
# - [x] 15 :: That is 1 + 2 + 3 + 4 + 5.
# - [ ] 25 :: That would be so if each position made the keys of all five. It can't make those of
#   letters that are still to come.

# %% [markdown] tags=["question"] question="train3.empty_cache"
# Somebody empties both lists of keys and values after every position. What does the second position
# compute?
#
# - [ ] The same as before, only more slowly :: Nobody makes the first position's key again: it is
#   gone, not just forgotten for a while.
# - [ ] Zeros, since it finds nothing :: It appends its own key and value before it looks.
# - [x] Attention to itself alone, with the first position's vector :: Its own key is the only one,
#   so its share is 1. And the model counts the keys to know the position.
# - [ ] An error, since a key is missing :: Attention takes as many keys as there are.

# %% [markdown] tags=["question"] question="train3.one_size"
# `rmsnorm([3, 4])` is about `[0.8485, 1.1314]`. What is `rmsnorm([-6, -8])`?
#
# - [ ] [0.8485, 1.1314] :: The squares lose the sign, but they only make the divisor. The entries
#   keep theirs.
# - [x] [-0.8485, -1.1314] :: Twice as long makes no difference, and the direction is kept, which is
#   the opposite one.
# - [ ] [-1.6971, -2.2627] :: The length makes no difference: the divisor is twice as large too.
# - [ ] [-0.6, -0.8] :: That has length 1. Here the mean of the squares is 1, not their sum.

# %% [markdown] tags=["question"] question="train3.longer_block"
# With `block_size` 32 instead of 16, how many weights does the model have in all?
#
# - [ ] 4,192 :: There is a vector for each position, and these are weights too.
# - [x] 4,448 :: 16 more positions with a vector of 16 numbers each: 256 more. All other matrices
#   are shared by the positions.
# - [ ] 5,216 :: You added 4 times 256, for the matrices of attention; their size doesn't depend on
#   the number of positions.
# - [ ] 8,384 :: Twice as many would be two models. Only `wpe` has a row for each position.

# %% [markdown] tags=["question"] question="train3.which_two"
# Of attention's four matrices `wq`, `wk`, `wv` and `wo`, which decide the shares?
#
# - [x] `wq` and `wk` :: Queries and keys make the scores, and softmax makes the shares of them.
# - [ ] `wk` and `wv` :: Both go into the cache. But values are what the shares are applied to.
# - [ ] `wq` alone :: With `wk` at zero every score would be 0 just as well.
# - [ ] `wv` and `wo` :: They decide what is handed on, not how much of it.

# %% [markdown]
# ## Exercises
#
# Hints are folded under each task; solutions stand in the book's last part. Points count where a
# class is marked, and nowhere else.

# %% [markdown] exercise="train3.by_hand" kind="by hand" size="short" minutes="10"
# ### Two keys on paper
#
# **Aim.** Go once from a query to attention's output, with nothing but a pencil and one $e$.
#
# A query is $[1, 2, 2, 0]$. There are two keys, $[2, 1, 0, 1]$ and $[0, 1, 0, 5]$, and their values
# are $[6, 1]$ and $[2, 5]$. What is the *first* number of attention's output?
#
# **Done when** your number, with three decimals or more, is in the cell below and the check says
# *right*. (`math.exp` may do the last step.)

# %% [markdown] tags=["hint"]
# The scores are whole numbers, and whole numbers still after the division. By what are they
# divided?

# %% [markdown] tags=["hint"]
# The shares are those of the scores 2 and 1: one of them is $e^2 / (e^2 + e^1)$.

# %% tags=["exercise"]
my_first_number = ...

# %% tags=["solution"]
share = math.exp(2) / (math.exp(2) + math.exp(1))
my_first_number = 6 * share + 2 * (1 - share)
print(f"share {share:.4f}, first number {my_first_number:.4f}")

# %% tags=["check"]
check("train3.by_hand", my_first_number)

# %% [markdown] tags=["solution"]
# The dot products are 4 and 2. A query has 4 numbers, so they are divided by $\sqrt 4 = 2$, and the
# scores are 2 and 1. Frequent slips: the root of the number of keys, or of a value's length, which
# both are 2 here; no division at all; shares of 2/3 and 1/3, the scores divided by their sum, with
# the softmax forgotten.

# %% [markdown] exercise="train3.mask" kind="go further" size="longer" minutes="25" points="4"
# ### With a mask
#
# **Aim.** Compute all positions of a document at once, as most programs do, and hide the future
# yourself.
#
# Write `masked_attention(queries, keys, values, mask)`. The first three are lists with a vector for
# each position; `mask[t][j]` is `True` where position `t` may look at position `j`, and `False`
# where it must not. It returns a list of outputs, a vector for each position. Every query is
# compared with *all* keys; then the scores that are hidden from it become `float("-inf")`, minus
# infinity, and softmax gives them a share of 0. Each row of the mask has a `True` somewhere, and a
# hidden score may be the largest of all. You may call `dot` and `softmax`, but not `attention`.
#
# Then compare: with `True` where `j <= t`, do the queries, keys and values of *amy* give the
# outputs that `self_attention` gave one by one? (A query is `linear(tiny["wq"], x)`.) And which
# mask lets each position see itself and one more before it?
#
# **Done when** the check says *right*, and you have printed both answers.

# %% [markdown] tags=["hint"]
# Begin without a mask: one list of scores for each query, as in attention, in a loop over queries.

# %% [markdown] tags=["hint"]
# A score is hidden *before* softmax, so that the shares that remain add up to 1. What is $e$ to the
# power of minus infinity?

# %% tags=["exercise"]
def masked_attention(queries, keys, values, mask):
    ...  # your code here: it returns a list of vectors

# %% tags=["solution"]
def masked_attention(queries, keys, values, mask):
    outputs = []
    for q, visible in zip(queries, mask):
        scores = [dot(q, k) / math.sqrt(len(q)) for k in keys]
        scores = [s if seen else float("-inf") for s, seen in zip(scores, visible)]
        outputs.append(weighted_draft(softmax(scores), values))
    return outputs

# %% tags=["check"]
check("train3.mask", masked_attention)

# %% tags=["solution"]
three = [[linear(tiny[name], x) for x in amy] for name in ["wq", "wk", "wv"]]
causal = [[j <= t for j in range(3)] for t in range(3)]
two_back = [[t - 1 <= j <= t for j in range(3)] for t in range(3)]
print("causal:  ", [rounded(y) for y in masked_attention(*three, causal)])
print("two only:", [rounded(y) for y in masked_attention(*three, two_back)])

# %% [markdown] tags=["solution"]
# The first line has the three outputs that the lesson printed for *amy*. (`wo` changes nothing
# there.) In the second, the y no longer sees the a. Such a **sliding window** keeps the cache small
# in long texts.
#
# Frequent slips: hidden scores set to 0, which is a score like any other; shares set to 0 after
# softmax, so that the rest doesn't add up to 1; a score multiplied by minus infinity, which turns
# it round where it was negative; rows and columns of the mask exchanged. A large negative number,
# such as $-10^9$, does as well as minus infinity as long as no real score comes near it.

# %% [markdown] exercise="train3.layer_norm" kind="go further" size="short" minutes="15" points="3"
# ### Layer norm
#
# **Aim.** Meet rmsnorm's older relative, which GPT-2 has in its place (Ba and others, 2016).
#
# Write `layer_norm(x, gain, shift)`, for three vectors of the same length. First the mean of the
# entries is subtracted from each. Then each is divided by $\sqrt{\text{variance} + 0.00001}$, where
# the variance is the mean of the squares of what is left (divided by $n$, the number of entries,
# not by $n - 1$). At last each entry is multiplied by its entry of `gain`, and its entry of `shift`
# is added. It returns a new list.
#
# A vector may have a single entry, or entries that are all alike. What comes out then?
#
# **Done when** the check says *right*, and you can say in a sentence which two vectors layer norm
# takes for the same that rmsnorm tells apart.

# %% [markdown] tags=["hint"]
# Make the list of differences from the mean first. Everything after that uses it, and no longer
# `x`.

# %% [markdown] tags=["hint"]
# Once the mean is gone, what is left to do before `gain` and `shift` has a function in this lesson.

# %% tags=["exercise"]
def layer_norm(x, gain, shift):
    ...  # your code here: it returns one vector

# %% tags=["solution"]
def layer_norm(x, gain, shift):
    mean = total(x) / len(x)
    normed = rmsnorm([a - mean for a in x])
    return [g * a + s for g, a, s in zip(gain, normed, shift)]

# %% tags=["check"]
check("train3.layer_norm", layer_norm)

# %% tags=["solution"]
for x in [[1.0, 2.0, 6.0], [11.0, 12.0, 16.0], [5.0, 5.0, 5.0]]:
    print(x, "→", rounded(layer_norm(x, [1.0] * 3, [0.0] * 3)), "rmsnorm:", rounded(rmsnorm(x)))

# %% [markdown] tags=["solution"]
# Layer norm is rmsnorm of what is left when the mean is gone, so it takes two vectors for the same
# when one is the other plus a number in each entry, as in the first two lines. Where all entries
# are alike nothing is left, and `shift` alone comes out. Leaving the mean in saves a little work,
# and models learn about as well, which is why many have changed to rmsnorm.
#
# Frequent slips: $n - 1$; the small number added to the root instead of under it; the mean
# subtracted above, but not in the variance; `gain` and `shift` exchanged, or `shift` added before
# `gain` is applied.

# %% [markdown] exercise="train3.rotary" kind="go further" size="longer" minutes="30" points="5"
# ### Positions that turn
#
# **Aim.** Write positions into queries and keys, in a way in which only distance counts.
#
# Many newer models have no `wpe`. They turn each query and each key before they are compared, by
# angles that depend on the position: **rotary positions** (Su and others, 2021). Write
# `rotated(x, position)`. The entries of `x`, an even number $d$ of them, are taken in pairs of
# neighbours: $x_0$ and $x_1$, then $x_2$ and $x_3$, and so on. Pair number $i$, counted from 0, is
# a point in the plane. It is turned about the origin by the angle
# $\text{position} \cdot 10000^{-2i/d}$, in radians, so that $[1, 0]$ turned by a right angle is
# $[0, 1]$. It returns a new list.
#
# Then test the law: for a `q` and a `k` of your choice, print the dot product of `rotated(q, m)`
# and `rotated(k, n)` for several `m` and `n` with the same difference.
#
# **Done when** the check says *right*, and you have seen the law hold.

# %% [markdown] tags=["hint"]
# Pair 0 is turned by `position` radians, whatever $d$ is. For $d = 4$, pair 1 is turned by a
# hundredth of that.

# %% [markdown] tags=["hint"]
# The point $[1, 0]$ turned by an angle is [cos, sin], and $[0, 1]$ turned by it is [−sin, cos]. And
# the point $[a, b]$ is $a$ times the one plus $b$ times the other.

# %% [markdown] tags=["hint"]
# The two new entries of a pair are both made of the two old ones: don't overwrite either too early.

# %% tags=["exercise"]
def rotated(x, position):
    ...  # your code here: it returns one vector

# %% tags=["solution"]
def rotated(x, position):
    turned = []
    for i in range(len(x) // 2):
        angle = position * 10000 ** (-2 * i / len(x))
        a, b = x[2 * i], x[2 * i + 1]
        turned.append(a * math.cos(angle) - b * math.sin(angle))
        turned.append(a * math.sin(angle) + b * math.cos(angle))
    return turned

# %% tags=["check"]
check("train3.rotary", rotated)

# %% tags=["solution"]
q, k = random_matrix(2, 8, random.Random(5), 1.0)
for m, n in [(2, 0), (5, 3), (102, 100), (0, 2)]:
    print(f"positions {m:3d} and {n:3d}: {dot(rotated(q, m), rotated(k, n)):.6f}")

# %% [markdown] tags=["solution"]
# The first three lines are equal: turning both by the same angle more leaves the angle between
# them, and so their dot product. The fourth has the opposite difference, and another number: the
# two directions are told apart. The pairs turn at different speeds, as the hands of a clock do: the
# fast ones tell neighbours apart, the slow ones places that are far away. Values aren't turned.
#
# Frequent slips: $10000^{-i/d}$, since a pair is counted once and its entries twice; all pairs
# turned by the same angle; the first entry overwritten before the second is computed; the other
# sense of rotation, with which the law holds just as well, but a program trained with the one can't
# read the other's weights.

# %% [markdown] exercise="train3.score_slopes" kind="go further" size="longer" minutes="25" points="5"
# ### The slope of a score
#
# **Aim.** Find out by hand what it takes for attention to learn whom to look at.
#
# Attention's output is an average of the values, with the shares that softmax makes of the scores.
# Say we know the loss's slopes along the numbers of that output. What are its slopes along the
# scores? Write `score_slopes(scores, values, slopes)`. `scores` are $n$ numbers, already divided by
# the root; `values` are $n$ vectors; `slopes` is a vector as long as a value. It returns $n$
# slopes. Use a formula: no Values, which would do it for you, and no nudging, which the check may
# not notice. (`softmax` may be called; some scores are in the thousands.)
#
# **Done when** the check says *right*, and you can name two cases in which all $n$ slopes are 0 or
# nearly so.

# %% [markdown] tags=["hint"]
# Nudge it, or take it on trust: if the share of j is $p_j$, then along score $i$ its slope is $p_i
# (1 - p_i)$ if $j = i$, and $-p_i p_j$ otherwise. A larger score takes from all other shares.

# %% [markdown] tags=["hint"]
# Along share $j$ the loss has the slope $\text{slopes} \cdot v_j$; call it $g_j$. The chain rule
# adds up over all shares, since a score changes every one of them.

# %% [markdown] tags=["hint"]
# Write the sum for two or three scores, and take $p_i$ out of it. What remains is $g_i$ minus
# something that is the same for every $i$.

# %% tags=["exercise"]
def score_slopes(scores, values, slopes):
    ...  # your code here: it returns one slope for each score

# %% tags=["solution"]
def score_slopes(scores, values, slopes):
    shares = softmax(scores)
    along_shares = [dot(slopes, v) for v in values]
    mean = dot(shares, along_shares)
    return [p * (g - mean) for p, g in zip(shares, along_shares)]

# %% tags=["check"]
check("train3.score_slopes", score_slopes)

# %% tags=["solution"]
for label, scores, vectors in [
    ("values far apart", [0.0, 0.0, 0.0], [[1.0], [0.0], [-1.0]]),
    ("values alike", [0.0, 0.0, 0.0], [[0.51], [0.5], [0.49]]),
    ("one share near 1", [8.0, 0.0, 4.0], [[1.0], [0.0], [-1.0]]),
]:
    print(label, rounded(score_slopes(scores, vectors, [1.0])))

# %% [markdown] tags=["solution"]
# In words: share times how far this value's gain is from the average gain. A larger score helps
# only as far as its value does better than the mixture that is handed on already. So the slopes
# fade where the values are alike, and where one share is near 1, as the last two lines show. Along
# the scores the slopes always add up to 0: the same number added to all scores changes nothing.
#
# Frequent slips: $p_i g_i$ alone, which forgets that the other shares shrink; $p_i (1 - p_i) g_i$,
# which lets only the own share change; the even mean in the place of the one with shares.

# %% [markdown] exercise="train3.no_positions" kind="break and explain" size="short" minutes="20"
# ### Without positions
#
# **Aim.** Find out what exactly is lost when order is, and what isn't.
#
# Take the trained model and set all of `wpe` to zeros. Write a few lines that give the
# probabilities (V,) of what comes after a text, and compare them, entry by entry, for three pairs
# of texts: *amy* and *may*, *amy* and *yam*, *am* and *amam*. **What do you expect?** In which
# pairs do they agree? Print the differences as `:.1e`: what is below 1e-12 is rounding. Do the same
# with the positions in place.
#
# **Done when** you have six numbers, each the largest difference between two lists of
# probabilities, and can explain in a few sentences what a model without positions still knows of
# the order, and of the length.

# %% [markdown] tags=["hint"]
# `without_draft` shows how to exchange one matrix, `probs_after_draft` how to ask. A function that
# takes both weights and text serves best.

# %% [markdown] tags=["hint"]
# Which letter goes round attention to the end, and which can only come in through an average? And
# who else, beside the letters, has a share in it?

# %% [markdown] tags=["exercise"]
# *Your numbers and your explanation:*

# %% tags=["solution"]
def probs_after(weights, text):
    next_logits = start_transformer(weights)
    return softmax([next_logits(token) for token in tokenizer.encode(text)[:-1]][-1])


no_places = {**weights, "wpe": [[0.0] * n_embd for _ in range(block_size)]}
for one, other in [("amy", "may"), ("amy", "yam"), ("am", "amam")]:
    for label, matrices in [("without positions", no_places), ("with positions", weights)]:
        pairs = zip(probs_after(matrices, one), probs_after(matrices, other))
        print(f"{one} and {other}, {label}: {max(abs(p - p2) for p, p2 in pairs):.6f}")

# %% [markdown] tags=["solution"]
# Without positions *amy* and *may* are the same to the model, to the last digit shown. Both end in
# y, and the y goes round attention, through the residual connection, to the logits; all else comes
# in through an average, and an average doesn't know who came first. *amy* and *yam* differ widely,
# since their last letters do. So one piece of order is left: which letter is last.
#
# *am* and *amam* end alike and have equally many a's and m's, yet they differ a little. The dot has
# a share in the average too, a third of an even one after two letters and a fifth after four: so
# something of the length leaks through. With positions in place that pair differs far more.
#
# Frequent slips: to expect that everything is lost; to forget the dot; to compare only the
# likeliest letter of each list, which may agree where the lists don't.

# %% [markdown] exercise="train3.pictures" kind="open" size="longer" minutes="40"
# ### Pictures of your own
#
# **Aim.** Look at what attention does on names that you know, and don't believe the picture.
#
# Draw `attention_picture(weights, tokenizer, name)` for at least five names: your own, one with a
# letter many times over, one that only has vowels, and so on. Before each, write down where you
# expect the darkest look back. The caption says which look is furthest from even. Then test the
# picture: by how much does the model's opinion of what comes after that name change if `wq` is all
# zeros?
#
# **Done when** you have written half a page: what the pictures have in common, one thing that you
# would have liked to believe, and what the test says of it.

# %% [markdown] tags=["hint"]
# Start with one question that could be answered by *no*, such as: do two equal letters get equal
# shares?

# %% [markdown] tags=["hint"]
# `without_draft` above sets a matrix to zeros. Compare the two lists of probabilities entry by
# entry, and print the largest difference.

# %% [markdown] tags=["exercise"]
# *What you found:*

# %% tags=["solution"]
no_questions = {**weights, "wq": [[0.0] * n_embd for _ in range(n_embd)]}
for name in ["anna", "mmmmm", "aoife"]:
    pairs = zip(probs_after(weights, name), probs_after(no_questions, name))
    print(f"{name}: largest change of a probability {max(abs(p - p0) for p, p0 in pairs):.4f}")
attention_picture(weights, tokenizer, "anna")

# %% [markdown] tags=["solution"]
# The caption of this one says that its looks are all near even, and the test says the same of the
# others: without any question asked, no probability changes by more than about a thousandth. A good
# report has a look that seemed to mean something, such as *the second n looks at the first*, its
# share beside the even one, and the test. It doesn't conclude that attention is useless: the
# next lesson trains another model. It says what *these* pictures can't show.

# %% tags=["check"]
summary("train3")

# %% [markdown]
# **What still hurts.** The model sees all that was written, and has no time to learn what to look
# for: there is one rate for weights whose slopes differ by a factor of hundreds. Besides, it can
# ask only one question at a time, and it has only one layer to ask it in. *What does it lack to
# be a GPT?* That is train4.

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
# | **what it drops** | train1's `mlp`; its inner part, `feed_forward`, stays |
# | **time** | about an hour and a half in two parts; one cell trains for over a minute |

# %% tags=["setup"]

# %%
import gc
import math
import random

from microgpt_ref.adam import SGD
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
# letters so far, however many they are. We try it with three letters and vectors of size 2. Let the
# first number say how much of a vowel a letter is, the second how much of a consonant; y is a bit
# of both.
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
# third, and let it be added to whichever letter stands there:

# %%
places = [[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]]
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
# Check the first number of the average: $0.5 \cdot 1 + 0.25 \cdot 0 + 0.25 \cdot 0.5$. And softmax
# has a gradient, so whatever makes the scores can be learned.
#
# ### Query, key and value
#
# Let every letter carry three vectors. With its **query** it asks for something. With its **key**
# it says what it has to offer. And its **value** is what it hands over. A score says how well a key
# fits a query, and is their dot product: large if the two point the same way.
#
# Say it is y's turn, and y asks for vowels.

# %%
query = [2.0, 0.0]
keys = {"a": [1.0, 0.0], "m": [0.0, 1.0], "y": [0.5, 0.5]}
contents = {"a": [1.0, 0.0], "m": [0.0, -1.0], "y": [0.5, -0.5]}  # the values
scores = [dot(query, keys[letter]) for letter in "amy"]
print(scores)

# %% [markdown]
# The first is $2 \cdot 1 + 0 \cdot 0$. Do the other two in your head. Before the softmax the scores
# are divided by the square root of the vectors' size, here $\sqrt 2$; why, we see below. Then come
# the shares, and with them the average of the values.

# %%
scaled = [score / math.sqrt(2) for score in scores]
shares = softmax(scaled)
print("scaled:", rounded(scaled))
print("shares:", rounded(shares))
print("output:", rounded(weighted_draft(shares, [contents[letter] for letter in "amy"])))

# %% [markdown]
# With a pocket calculator: $e^{1.4142} = 4.1133$, $e^0 = 1$ and $e^{0.7071} = 2.0281$ add up to
# $7.1414$, and $4.1133 / 7.1414 = 0.5760$. The a offers what y asks for, and gets more than half.
# The output is the average of the values with these shares; its first number is $0.5760 \cdot 1 +
# 0.1400 \cdot 0 + 0.2840 \cdot 0.5$.
#
# That is **attention**: an average in which every position decides for itself whom to listen to.
# (The shares are called **attention weights**. We go on saying shares, to keep them apart from the
# weights that training moves.)
#
# The picture shows why it works. A key that points along the query gets a large share.

# %%
from microgpt_ref.lab.train3 import query_and_keys

query_and_keys(query, keys, shares)

# %% [markdown]
# ### Why the square root
#
# A real model's vectors are longer than 2. A dot product then adds up more products, and its size
# grows. To see how fast, draw vectors of size $d$ at random, and take the **spread** of 2,000 dot
# products: the root of their mean square.

# %%
def spread_draft(d):
    draws = random.Random(d)
    q, k = random_matrix(2000, d, draws, 1.0), random_matrix(2000, d, draws, 1.0)
    products = [dot(*pair) for pair in zip(q, k)]
    return math.sqrt(dot(products, products) / len(products))


for d in [1, 4]:
    print(f"d = {d:2d}   spread {spread_draft(d):5.2f}")

# %% [markdown]
# **What do you expect?** From 1 to 4 it doubles, nearly. What is it at 16, the size that we shall
# use?

# %% tags=["reveal"]
for d in [16, 64]:
    spread = spread_draft(d)
    print(f"d = {d:2d}   spread {spread:5.2f}   divided by the root {spread / math.sqrt(d):.2f}")

# %% [markdown]
# It grows like $\sqrt d$. Divided by $\sqrt d$, scores have about the same size in a small model
# and in a large one. And large scores do harm. Here are the same three scores, times 1, 4 and 16:

# %%
for times in [1, 4, 16]:
    p = softmax([times * score for score in [1.0, 0.0, 0.5]])
    print(f"times {times:2d}: shares {rounded(p)}, slope {p[0] * (1 - p[0]):.4f}")

# %% [markdown]
# The last column is the slope of the first share along its own score, $p(1-p)$. Once one share is
# nearly 1, nudging the scores changes nothing any more, and there is nothing to learn from.
#
# ### Attention
#
# Now all of it together, for a query $q$ of size $d$, and keys $k_j$ and values $v_j$ of the
# positions $j$ so far (Vaswani and others, 2017):
#
# $$\text{score}_j = \frac{q \cdot k_j}{\sqrt d} \qquad w = \text{softmax}(\text{score}) \qquad
# \text{attention} = \sum_j w_j\, v_j$$

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
# As every position asks its own past, this is called **self-attention**:

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
# If you have read about transformers elsewhere, you may miss something: the **mask**. Other
# programs compute all positions of a document at once. There the keys of later letters lie ready,
# and a mask has to hide them, since a letter that is to be foretold must not be seen. Ours goes
# position by position. When a query is asked, the only keys that exist are those of the past, and
# its own. The shares of *amy* above show it: a triangle, one number longer in each row, with
# nothing beyond. There is no future to hide.
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
# Without positions attention can't tell them apart either: the same letters get the same shares,
# wherever they stand. Positions in an even average didn't help, attention without positions doesn't
# help, and together they do: an a in first place now has another key than an a in second, so it
# gets another share, and the sum no longer comes out the same.
#
# ### Nothing is computed twice
#
# The two lists are called the **cache**. A key, once made, stays as it is, since it depends on
# nothing that comes later. Without the cache, each position would have to make the keys of all
# positions before it again. **What do you expect?** How many keys would that be for a name that
# fills 16 positions?

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
# Large language models are served with such a cache, too.
#
# ### A place to rest
#
# That was the heart of it. What you have now:
#
# - An even average of letters forgets their order, even if each carries its position.
# - Attention is an uneven average: softmax of $q \cdot k / \sqrt d$ gives the shares, values are
#   what is averaged.
# - It needs positions, since by itself it doesn't see order.
# - No mask is needed as long as only the past has keys. The cache keeps them.
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
# A deeper model has a problem that ours didn't have so far. Here is a vector of 16 numbers that
# goes through four matrices of random weights, of the spread with which we always start. Watch its
# **root mean square**, which is the size of a typical entry:

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
# instead. Vectors that have faded mean logits near zero and slopes near zero, and a model that
# hardly learns.
#
# The cure is to bring a vector back to size 1 wherever it goes in. Divide it by its root mean
# square, and only its direction is left (Zhang and Sennrich, 2019):
#
# $$\text{rmsnorm}(x) = \frac{x}{\sqrt{\text{mean}(x^2) + 0.00001}}$$
#
# The small number keeps a vector of zeros from being divided by zero.

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
# The second problem is of attention's own making. After seven m's comes an a, and for a while
# attention asks for nothing in particular, as any untrained one does. What is left of the a?

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
# Attention fetches. It can average what others hand over, and that is all it can do. To make
# something of what was fetched, we have a tool already: `feed_forward` from train1, two matrices
# with a ReLU between. It works on each position by itself, and what it finds is added too.

# %% [markdown] retires="mlp.mlp_shapes mlp.mlp"
# Two pieces of train1 are done with: `mlp`, which led straight from a letter through the network to
# the logits, and `mlp_shapes`, its list of matrices. Their place is taken by these, in which `wte`
# and `wpe` hold the letters' and the positions' vectors, and `lm_head`, the language model's head,
# makes the logits:

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
# `n_embd`, the size of a vector, and `block_size`, the largest number of positions, are GPT-2's
# names. This is the whole model, from top to bottom:

# %%
from microgpt_ref.lab.train3 import model_diagram

model_diagram(transformer_shapes(tokenizer.vocab_size, n_embd, block_size))

# %% [markdown]
# And the same in four lines, each a line of code below:
#
# $$x = \text{rmsnorm}(\text{wte}_\text{token} + \text{wpe}_\text{position})$$
#
# $$x \leftarrow x + \text{self-attention}(\text{rmsnorm}(x))$$
#
# $$x \leftarrow x + \text{feed-forward}(\text{rmsnorm}(x))$$
#
# $$\text{logits} = \text{lm\_head}\; x$$

# %% tags=["piece"] piece="transformer.transformer"

# %% [markdown]
# Which position is it? The one after those that have a key. So the model needs the token and the
# cache, and nothing else. Every document starts with an empty one:

# %% tags=["piece"] piece="transformer.start_transformer"

# %% [markdown]
# The loss of a name is as before. (A document of more than 16 positions would be cut. No name in
# our list is that long.) And as in train2, Python's cycle collector is turned off.

# %% tags=["main"]
gc.disable()


def name_loss(weights, tokens):
    return document_loss(start_transformer(weights), tokens[: block_size + 1])

# %%
print(f"{docs[0]}, untrained: {name_loss(weights, tokenizer.encode(docs[0])):.4f}")
print(f"ln 27: {math.log(27):.4f}")

# %% [markdown]
# An untrained model is about as clueless as it should be. (It is a little off $\ln 27$, by the
# luck of the draw: rmsnorm keeps the numbers near 1, so its logits aren't as near 0 as train1's.)
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
# names. (Don't mind the length of this cell: it is the training loop that you know.)

# %%
def short_run_draft(norm, join, rate):
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

    train(learn, docs, tokenizer, 30, rate)
    end = to_floats(trial)
    return evaluate(lambda tokens: document_loss(start(end), tokens), docs[1000:1100], tokenizer)

# %% [markdown]
# One rate might suit one variant by luck, so there are two. The next cell makes six short runs, and
# takes about 15 seconds.

# %%
for name, (norm, join) in variants.items():
    marked = [short_run_draft(norm, join, rate) for rate in [0.1, 1.0]]
    print(f"{name:13} rate 0.1: {marked[0]:.4f}   rate 1.0: {marked[1]:.4f}")

# %% [markdown]
# At a rate of 0.1 the whole model is well on its way after 30 names. Without residual connections
# it is much slower. Without rmsnorm it has hardly left the start.
#
# Ten times the rate makes up for what has faded: without rmsnorm, too, the model learns now, if
# less than the whole. So rmsnorm doesn't decide *whether* this small model can learn. It lets a
# modest rate do.
#
# And without residual connections? The loss is $\ln 27$ to the last digit. One step was too large,
# and since then no hidden number of the network has been positive. ReLU makes zeros of them all,
# and as there is no way around, nothing gets through: neither the letter on the way forward, nor a
# gradient on the way back. This model will never learn again.
#
# Keep in mind what such a race can show. Thirty steps tell who is quick off the mark, not who gets
# furthest, and in a long run a rate of 1.0 has troubles with the whole model too, as train4 shows.
# We stay with 0.1.
#
# ### Training
#
# The next cell takes about 65 to 70 seconds. Start it, and meanwhile look at the diagram above. At
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
# They meet in one place only, attention: everything else works on one position at a time.

# %%
from microgpt_ref.lab.train3 import loss_beside

print("first five:", rounded(losses[:5]))
print("last five: ", rounded(losses[-5:]))
levels = {"train0, held out": marks["train0"], "train1 and 2, held out": marks["train2"]}
loss_beside(losses, levels)

# %% [markdown]
# The lines are the marks to beat, though on other names. (The last hundred names are few, and
# their mean wobbles by several hundredths.) **What do you expect?** Counting hesitated between
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
# Compare how long they are, and what train1 made. And do you remember *n*, *an* and *madisonnn*?
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
# It has found out: after one or two letters a name is hardly ever over, after these nine it mostly
# is. How it knows that is less clear than it seems; wait for the end.
#
# ### What does it look at?
#
# The shares can be drawn. Each row is a position that looks back, each column one that is looked
# at.

# %%
from microgpt_ref.lab.train3 import attention_picture

attention_picture(weights, tokenizer, "emma")

# %%
attention_picture(weights, tokenizer, "madison")

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
# It would be easy to tell a story about some darker square. But read the rows as a whole: each is
# nearly even. With five positions to look at, an even share would be 20 percent, and nothing in
# emma's last row is far from that. Is there any preference at all? Over all held-out names, in even
# shares:

# %%
from microgpt_ref.lab.train3 import even_shares

for kind, share in even_shares(weights, tokenizer, held_out).items():
    print(f"{kind:11} {share:.2f}")

# %% [markdown]
# Consonants get a little more than their share, vowels and the dot at the start a little less.
#
# ### What is it worth?
#
# A picture doesn't say whether the model makes use of what it shows. That can be tested: set a
# matrix to zero and mark the model again. Without `wo`, nothing that attention finds is passed on,
# and without `fc2` nothing that the feed-forward network finds. Without `wq`, nobody asks, and
# every average is even. Without `wpe` there are no positions.
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

# %%
kept = weights
weights = {**kept, "wo": [[0.0] * len(row) for row in kept["wo"]]}
for prompt in ["n", "an", "madisonnn"]:
    print(f"without wo, p(end) after {prompt}: {probs_after_draft(prompt)[tokenizer.bos]:.4f}")
weights = kept

# %% [markdown]
# Did you expect that? With even averages the model is all but as good as with its own. With
# attention taken out altogether, it loses next to nothing, and still knows that *madisonnn* should
# be over. What it can't do without is positions. A position's vector is added to the letter that
# stands there, and goes past attention to the logits. So the model has learned which letter is
# last and how far along the name is, and hardly whom to look at. It isn't ahead of the table
# because it looks back, not yet.
#
# (Careful with such tests. They tell what *this* model uses. They don't tell how good a model would
# be that had to do without from the start: it would make do with what it has.)
#
# Look how far the training has moved each matrix, and how large the slopes were to begin with, for
# the first name:

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
# `lm_head`. A nudge to `wq` has to change a score, then a share, then an average of values that at
# the start are all small and much alike, and then go through `wo`; each of these takes its part.
# And plain gradient descent gives every weight the same rate. In a thousand steps the question was
# hardly asked.
#
# What of the preference for consonants, then? Draw other `wq` and `wk` at random, keep all the
# rest, and look again, several times:

# %%
shapes_of_both = {"wq": (n_embd, n_embd), "wk": (n_embd, n_embd)}
for seed in [1, 2, 3, 4]:
    redrawn = {**weights, **random_weights(shapes_of_both, random.Random(seed))}
    shares = even_shares(redrawn, tokenizer, held_out)
    print(f"draw {seed}:", ", ".join(f"{kind} {share:.2f}" for kind, share in shares.items()))

# %% [markdown]
# The direction changes from draw to draw, and no draw leans as far as the trained model does. More
# can't be said from this.
#
# ## What to take along
#
# - Attention: shares from softmax of $q \cdot k / \sqrt d$, and an average of values with these
#   shares. It is the one place where positions meet.
# - Positions have vectors of their own, added to the letters'. Without them order is lost.
# - Keys and values of the past are kept. Where there is no future, no mask is needed.
# - rmsnorm brings vectors to one size; residual connections add instead of replacing.
# - A picture of attention is no proof that it is of use. Take the part away, and look at the loss.
#
# **Can you answer these without looking?** Why do positions not bring back the order in an even
# average? What does
# $\sqrt d$ undo? What would a document's second position compute if the cache were emptied after
# the first? Why does setting `wq` to zero make all averages even? Of the four matrices of
# attention, which two decide the shares?
#
# **What still hurts.** The model sees all that was written, and has no time to learn what to look
# for: there is one rate for weights whose slopes differ by a factor of hundreds. Besides, it can
# ask only one question at a time, and it has only one layer to ask it in. *What is missing to be a
# GPT?* That is train4.

# %% [markdown]
# # train3: how can it see further back?
#
# | | |
# |---|---|
# | **question** | how can it see further back than one letter? |
# | **loss so far** | 2.51 for the network, 2.48 for counting |
# | **new here** | positions, attention, the cache, rmsnorm, residual connections |
# | **dropped** | train1's `mlp` and its shapes; its inner part, `feed_forward`, stays |
# | **time** | about 100 minutes in two parts, 25 of them for two exercises; one cell trains for a minute |
#
# Two models read the same thousand names, and each was asked for a few of its own.

# %% tags=["setup"]

# %% tags=["hide-input"]
import gc
import math
import random

from microgpt_ref.adam import SGD
from microgpt_ref.data import load_docs
from microgpt_ref.lab.checks import check, summary
from microgpt_ref.lab.runs import load_run
from microgpt_ref.lab.train1 import rounded
from microgpt_ref.layers import add, document_loss, dot, linear, random_matrix, random_weights
from microgpt_ref.layers import softmax, total, with_temperature
from microgpt_ref.mlp import feed_forward
from microgpt_ref.sampling import generate
from microgpt_ref.tokenizer import Tokenizer
from microgpt_ref.training import evaluate, train
from microgpt_ref.value import flatten, to_floats, to_values

print("sees one letter: ", ", ".join(load_run("train2")["samples"][11:]))
print("sees all of them:", ", ".join(load_run("train3")["samples"][:9]))

# %% [markdown]
# The first line is train2. The second line is what you build in this lesson: a model that looks back
# at everything written so far. It's called a **transformer**, it's what the T in GPT stands for, and
# at its heart is one new idea, **attention**. Part one builds attention, on paper and then in code.
# Part two puts it into a model, gives that model a puzzle that no table can solve, and then gives
# it the names.
#
# ## Part one: looking back
#
# ### A bag of letters
#
# Our network takes one vector and gives logits. So we need to make *one* vector out of all the
# letters so far, however many there are. Take two names made of the same letters, *amy* and *may*.
# Give each letter a vector of two numbers: how much of a vowel it is, and how much of a consonant.
# y is a bit of both.
#
# The first thing to try is the average. (`zip(*vectors)` turns rows into columns.)

# %%
letters = {"a": [1.0, 0.0], "m": [0.0, 1.0], "y": [0.5, 0.5]}
amy = [letters[letter] for letter in "amy"]
may = [letters[letter] for letter in "may"]


def average_draft(vectors):
    return [total(column) / len(vectors) for column in zip(*vectors)]


print("amy:", average_draft(amy), " may:", average_draft(may))

# %% [markdown]
# That won't do. An average is a bag: it knows which letters are in it, but not which came first. And
# what comes after *amy* needn't be what comes after *may*.
#
# So tell the model where each letter stands. Give each **position** a vector of its own, and add it
# to the letter's. (These three are made up, like the letters' vectors. A model learns both.)

# %%
places = [[0.6, 0.0], [0.0, 0.0], [0.0, 1.0]]
amy_placed = [add(x, place) for x, place in zip(amy, places)]
may_placed = [add(x, place) for x, place in zip(may, places)]
print("amy:", amy_placed)
print("may:", may_placed)

# %% [markdown]
# Now an a at the start looks different from an a in the middle.
#
# **What do you expect?** Take the average of each name again. By how much do the two first numbers
# differ now?

# %% tags=["reveal"] ask="the first numbers differ by" answer="abs(average_draft(amy_placed)[0] - average_draft(may_placed)[0])" digits=4
print("amy:", rounded(average_draft(amy_placed)), " may:", rounded(average_draft(may_placed)))

# %% [markdown]
# Not at all! Both bags now hold the same three letters *and* the same three positions, and who
# stood where is lost again. Positions are needed, but they aren't enough. We need an *uneven*
# average, where some letters count more than others. And the model has to decide which.
#
# ### Asking a question
#
# Put yourself in the shoes of the y at the end of *amy*. You have to say what comes next. Is the
# name over? That depends. After a vowel and a consonant it may well be; after nothing but
# consonants it rarely is. So you'd like to ask the letters before you: *is one of you a vowel?*
#
# Let every letter carry three vectors.
#
# - Its **query** is the question that it asks.
# - Its **key** is a label that says what it has to offer.
# - Its **value** is what it hands over to whoever listens.
#
# How well does a key fit a query? Take their dot product. It's large if both are long and point in
# the same direction. These are the **scores**:

# %%
query = [2.0, 0.0]  # y asks for vowels
keys = {"a": [1.0, 0.0], "m": [0.0, 1.0], "y": [0.5, 0.5]}
contents = {"a": [1.0, 0.0], "m": [0.0, -1.0], "y": [0.5, -0.5]}  # the values
scores = [dot(query, keys[letter]) for letter in "amy"]
print("scores:", scores)

# %% [markdown]
# The first is $2 \cdot 1 + 0 \cdot 0$; do the other two in your head. The a fits best. Now turn the
# scores into **shares** that are positive and add up to 1. You already have something that does
# this. In train1, softmax turned logits into probabilities. Here it turns scores into shares.

# %%
shares = softmax(scores)
print("shares:", rounded(shares))

# %% [markdown]
# And now mix the values, each with its share:

# %%
def weighted_draft(shares, vectors):
    return [dot(shares, column) for column in zip(*vectors)]


print("output:", rounded(weighted_draft(shares, [contents[letter] for letter in "amy"])))

# %% [markdown]
# That's **attention**: an average in which each position decides for itself whom to listen to. The
# y asked for vowels, the a answered, and two thirds of what the y gets is the a's value. (The usual
# name for the shares is *attention weights*. We say shares, to keep them apart from the weights
# that training moves.)
#
# Drag the query and watch all three steps. Where does it have to point so that the m gets nearly
# everything?

# %% tags=["hide-input"]
from microgpt_ref.lab.explorables import example

example("attention_steps")

# %% [markdown]
# Nothing here is a rule that someone wrote down, like *if there's a vowel, end the name*. It's all
# multiplying, adding and $e^x$, so gradients flow through it. The model can learn which questions
# to ask.
#
# ### Why a square root
#
# One detail before the code. Real vectors have more than two numbers, and a dot product of two of
# them is a sum of many products. How large does it get? Draw 2,000 pairs of random vectors of $d$
# numbers, each number about 1 in size, and look at the typical size of their dot products:

# %%
def spread_draft(d):
    draws = random.Random(d)
    q, k = random_matrix(2000, d, draws, 1.0), random_matrix(2000, d, draws, 1.0)
    products = [dot(*pair) for pair in zip(q, k)]
    return math.sqrt(dot(products, products) / len(products))


for d in [1, 4]:
    print(f"d = {d:2d}   typical size {spread_draft(d):5.2f}")

# %% [markdown]
# **What do you expect?** From 1 number to 4, the size doubles. What is it for 16 numbers?

# %% tags=["reveal"] ask="the size at 16" answer="spread_draft(16)" digits=2
for d in [16, 64]:
    print(f"d = {d:2d}   typical size {spread_draft(d):5.2f}")

# %% [markdown]
# It grows like $\sqrt d$, because products of both signs partly cancel. And large scores do harm.
# Here are three scores multiplied by 1, 4 and 16, with the slope of the first share along its
# score, which is $p(1 - p)$:

# %%
for times in [1, 4, 16]:
    p = softmax([times * score for score in [1.0, 0.0, 0.5]])
    print(f"times {times:2d}: shares {rounded(p)}, slope {p[0] * (1 - p[0]):.4f}")

# %% [markdown]
# With large scores, one share takes everything and the slope vanishes. The model has made up its
# mind before it has learned anything, and it can't change its mind any more. So divide the scores
# by $\sqrt d$, and they'll be about the same size in a small model as in a large one. That's the
# whole formula (Vaswani and others, 2017), for a query $q$ of $d$ numbers and the keys $k_j$ and
# values $v_j$ of all positions $j$ so far:
#
# $$\text{score}_j = \frac{q \cdot k_j}{\sqrt d} \qquad
# \text{share}_j = \frac{e^{\text{score}_j}}{\sum_i e^{\text{score}_i}} \qquad
# \text{attention} = \sum_j \text{share}_j\, v_j$$

# %% [markdown] exercise="train3.attention" kind="build it first" size="short" minutes="15"
# #### Attention for one query
#
# **Aim.** Turn the three formulas into code.
#
# Write `my_attention(q, keys, values)`. `q` is a vector, `keys` a list of vectors of the same length
# as `q`, and `values` a list of as many vectors, which may be longer or shorter than `q`. It returns
# the weighted average of the values, a list of the same length as one of them. You may use `dot` and
# `softmax`. Some scores will be in the thousands, which our `softmax` can handle.
#
# **Done when** the check below says *right*.

# %% [markdown] tags=["hint"]
# Three steps make three lists: a score for each key, a share for each score, and a number for each
# column of the values.

# %% [markdown] tags=["hint"]
# Take the root of `len(q)`. For the last step, look at `weighted_draft` above.

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
# This solution goes value by value, and adds each one in proportion to its share. The program's
# version goes column by column.
#
# Common mistakes: the root of the number of keys instead of the query's length; the root taken
# after the softmax, so that the shares no longer add up to 1; averaging the keys instead of the
# values; a list of zeros as long as `q`, though a value may have another length.

# %% [markdown]
# The program's version:

# %% tags=["piece"] piece="transformer.attention"

# %% [markdown]
# **What do you expect?** If the y asks for nothing, with a query of $[0, 0]$, what's the first
# number of the output?

# %% tags=["reveal"] ask="the output's first number" answer="attention([0.0, 0.0], [keys[c] for c in 'amy'], [contents[c] for c in 'amy'])[0]" digits=4
for q in [query, [0.0, 0.0]]:
    print(q, rounded(attention(q, [keys[c] for c in "amy"], [contents[c] for c in "amy"])))

# %% [markdown]
# No question, no preference: every score is 0, every share is a third, and out comes the even
# average. Keep that in mind. A model that hasn't learned to ask gets the bag of letters.
#
# ### Where the three come from
#
# We made up the query, the keys and the values. A model makes them from the vector $x$ of each
# position, with three matrices: $q = W_q\,x$, $k = W_k\,x$ and $v = W_v\,x$. These matrices are what
# training will find. A fourth one, `wo` (*o* for output), turns the result into whatever is useful
# further on. Since queries, keys and values all come from the same text, this is called
# **self-attention**.

# %% tags=["piece"] piece="transformer.self_attention"

# %% [markdown]
# `self_attention` runs once for each position, in order, and each time it appends one key and one
# value to the two lists. Here is *amy*, letter by letter, with matrices that make the vectors of
# our example. (With these, all three letters ask for vowels: $W_q\,x$ is [2, 0] each time.)

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
# In the first line there's only one key, the a's own, so the a listens to itself. Each later letter
# can look at one more. Other programs compute all positions at once and need a **mask** to hide the
# letters that are still to come. Ours goes through the name from left to right, and the future
# doesn't exist yet.
#
# Now the question that we started with. Can the model tell *amy* from *may*?

# %%
def last_draft(xs):
    seen_keys, seen_values = [], []
    return [rounded(self_attention(tiny, x, seen_keys, seen_values)) for x in xs][-1]


print("without positions: amy", last_draft(amy), " may", last_draft(may))
print("with positions:    amy", last_draft(amy_placed), " may", last_draft(may_placed))

# %% [markdown]
# Yes, at last. An even average with positions couldn't do it. Attention without positions can't do
# it either. The two together can, because an a at the start now has a different key from an a in
# the middle, and gets a different share.
#
# ### Nothing is computed twice
#
# The two lists, of keys and of values, are called the **cache**. Once a key is made, it never
# changes, because it depends on nothing that comes later. Without a cache, each position would have
# to make its own key and those of all positions before it, over and over.
#
# **What do you expect?** How many keys would be made in all, for a name that fills 16 positions?

# %%
def without_cache_draft(weights, xs):
    made = 0
    for n in range(1, len(xs) + 1):
        seen_keys, seen_values = [], []
        for x in xs[:n]:
            self_attention(weights, x, seen_keys, seen_values)
        made += len(seen_keys)
    return made

# %% tags=["reveal"] ask="keys in all" answer="without_cache_draft(tiny, [letters['a']] * 16)" digits=0
print(without_cache_draft(tiny, [letters["a"]] * 16), "keys instead of 16")

# %% [markdown]
# That's $1 + 2 + \dots + 16$. The longer the text, the more a cache saves. Every chatbot that
# you've used has one, and the cache is a good part of why chatbots need so much memory.
#
# That was the heart of it. Before you go on, answer these without looking. Which of query, key and
# value does a position need when it looks, and which when it's looked at? What happens to the shares
# if all keys are equal? Why may a key stay in the cache for good?
#
# Then take a walk.
#
# ## Part two: a transformer
#
# ### A stream and two helpers
#
# Give each position a stream of its own: a vector that flows from its letter at the top to its
# logits at the bottom. Along the way, two helpers look at it and *add* something to it. Attention
# fetches things from earlier positions. `feed_forward`, train1's two layers with a gate in between,
# thinks about each position by itself.

# %%
from microgpt_ref.lab.architecture import residual_stream

residual_stream("amy")

# %% [markdown]
# Why add, and not replace? Take seven m's and then an a, and an attention that hasn't learned to
# ask yet:

# %%
seven_m_then_a = [letters["m"]] * 7 + [letters["a"]]
found = average_draft(seven_m_then_a)
print("the average in its place:", found)
print("the average added to it: ", add(letters["a"], found))

# %% [markdown]
# If the average takes the letter's place, only an eighth of the a is left, although the last letter
# is what matters most for the next one. If it's added, the a gets through unharmed. So does the
# gradient on its way back, since the slope of $x + f(x)$ has a 1 in it, whatever $f$ does. The way
# around a helper is called a **residual connection** (He and others, 2016), and the stream is
# called the residual stream.
#
# ### Numbers that fade
#
# There's one more thing to take care of. Here's a vector of 16 numbers that goes through four
# matrices of random weights, of the size that we start with. Watch the size of a typical entry (the
# root of the mean square):

# %%
def size_draft(x):
    return math.sqrt(dot(x, x) / len(x))


draws = random.Random(3)
x = random_matrix(1, 16, draws)[0]
for n in range(5):
    print(f"{n} matrices passed: size {size_draft(x):.5f}")
    x = linear(random_matrix(16, 16, draws), x)

# %% [markdown]
# Each matrix shrinks it to between a quarter and a third. Where vectors fade, slopes fade too, and
# the model hardly learns. With larger weights it would be the other way round, and the numbers
# would grow without end. The cure is to bring a vector to a standard size before a helper looks at
# it. Divide it by its root mean square, and only its direction is left (Zhang and Sennrich, 2019):
#
# $$\text{rmsnorm}(x) = \frac{x}{\sqrt{\text{mean}(x^2) + 0.00001}}$$
#
# The small number saves a vector of zeros from being divided by zero.

# %% [markdown] exercise="train3.rmsnorm" kind="build it first" size="short" minutes="10"
# #### The standard size
#
# **Aim.** Turn a formula into code, with the right things under the root.
#
# Write `my_rmsnorm(x)`. It returns a new list as long as `x`, and leaves `x` as it is.
#
# **Done when** the check says *right*.

# %% [markdown] tags=["hint"]
# All entries are divided by the same number. Compute it first.

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
# Common mistakes: the sum of the squares instead of their mean, which makes the entries smaller the
# more there are; the small number added outside the root; forgetting the root; the square of the
# mean instead of the mean of the squares.

# %% [markdown]
# The program's version:

# %% tags=["piece"] piece="layers.rmsnorm"

# %%
for x in [[3.0, 4.0], [30.0, 40.0]]:
    print(x, "→", rounded(rmsnorm(x)))

# %% [markdown] retires="mlp.mlp_shapes mlp.mlp"
# ### The whole model
#
# These are all its matrices. `wte` and `wpe` hold the vectors of letters and of positions. `fc2` now
# gives back a vector of `n_embd` numbers, so that it can be added to the stream. The logits are made
# at the very end by `lm_head`, the language model's head. With that, train1's `mlp` and
# `mlp_shapes` leave the program.

# %% tags=["piece"] piece="transformer.transformer_shapes"

# %%
docs = load_docs("ssa2018")

# %% tags=["main"]
rng = random.Random(42)
rng.shuffle(docs)
tokenizer = Tokenizer(docs)
n_embd, block_size = 16, 16
weights = random_weights(transformer_shapes(tokenizer.vocab_size, n_embd, block_size), rng)

# %% [markdown]
# `block_size` is the largest number of positions. The name comes from nanoGPT, a small GPT program
# by Andrej Karpathy; GPT-2 calls it `n_ctx`, the length of its *context*.
#
# **What do you expect?** With 27 tokens, vectors of 16 numbers and 16 positions, how many parameters
# is that in all?

# %% tags=["reveal"] ask="parameters in all" answer="len(flatten(weights))" digits=0
print(f"{len(flatten(weights)):,}")

# %%
for name, w in weights.items():
    print(f"{name:8} {len(w):2d} × {len(w[0]):2d} = {len(w) * len(w[0]):4d}")

# %% [markdown]
# And here's the model itself. Read it beside the picture: nearly every line is one step down the
# stream. (The first rmsnorm brings the sum of the two vectors to the standard size.)

# %% tags=["piece"] piece="transformer.transformer"

# %% [markdown]
# How does it know the position? It counts the keys in the cache. So every document starts with an
# empty one:

# %% tags=["piece"] piece="transformer.start_transformer"

# %% [markdown]
# That's a transformer. It took seven lines. And its gradient? You've built that already, in train2.
#
# ### A puzzle that no table can solve
#
# Does it really look back? Names won't tell us, as you'll see. So here's a puzzle made for the
# purpose. Each word has four letters, taken from a to f, and its last letter always equals its
# first:

# %%
words = [a + b + c + a for a in "abcdef" for b in "abcdef" for c in "abcdef"]
random.Random(42).shuffle(words)
puzzle = Tokenizer(words)
print(len(words), "words:", *words[:8], "...")

# %% [markdown]
# A model that looks at only the last letter, or the last two, has to guess, and it's right one time
# in six. You have to remember the first letter, ignore the two in between, and then repeat the
# first. We train the model on 116 of the words and keep 100 back. (This was done beforehand, in 400
# steps, by an optimizer that you'll build in the next lesson. The weights were kept.)

# %%
solved = load_run("train3-puzzle")["weights"]


def last_letter_draft(weights, word):
    next_logits = start_transformer(weights)
    logits = [next_logits(token) for token in puzzle.encode(word)[:-2]][-1]
    return puzzle.decode([max(range(len(logits)), key=lambda token: logits[token])])


def right_draft(weights):
    return sum(last_letter_draft(weights, word) == word[-1] for word in words[116:])

# %% [markdown]
# **What do you expect?** It hasn't seen any of these 100 words. How many of their last letters does
# it get right?

# %% tags=["reveal"] ask="right, of 100" answer="right_draft(solved)" digits=0
print(right_draft(solved), "of 100")

# %% [markdown]
# All of them. Look at what it does when it has read *abc* and has to say the fourth letter. Each row
# is a position that looks back, each column one that is looked at:

# %%
from microgpt_ref.lab.train3 import attention_picture

attention_picture(solved, puzzle, "abca")

# %% [markdown]
# Find the row of the c, the last letter that it knows. Nearly everything goes to one place, the a at
# the beginning. Nobody told it to. It found the question that helps, *who was first?*, by going
# downhill.
#
# A picture proves nothing, though. So take attention away and see. Without `wq` nobody asks, and all
# shares are even. Without `wo`, nothing that attention finds gets through.

# %%
def blanked(weights, name):
    return {**weights, name: [[0.0] * len(row) for row in weights[name]]}


for name in ["wq", "wo", "wpe"]:
    print(f"without {name:3}: {right_draft(blanked(solved, name)):3d} of 100")

# %% [markdown]
# Without `wq`, half of the answers are still right, because even an even mixture contains the first
# letter. Without `wpe` the first letter can't be told from the others. And without `wo` the model
# is back to guessing. It lives by looking back.
#
# And one more surprise. Here is the same model, on the same words, from the same start, trained with
# the optimizer that we have, SGD:

# %%
print("trained by SGD:", right_draft(load_run("train3-puzzle-sgd")["weights"]), "of 100")

# %% [markdown]
# In a thousand steps it never found the question, and we know that there's one to find. Remember
# this. It's the next lesson's problem.
#
# ### Now the names
#
# The [loss](train0.ipynb#the-loss) hasn't changed. (No name in our list has more than 15 letters; a
# longer document would be cut.)

# %% tags=["main"]
gc.disable()


def name_loss(weights, tokens):
    return document_loss(start_transformer(weights), tokens[: block_size + 1])

# %%
print(f"{docs[0]}, untrained: {name_loss(weights, tokenizer.encode(docs[0])):.4f}")

# %% [markdown]
# It shrugs, like every beginner. The next cell trains for about a minute. Meanwhile, look at the
# picture of the stream. In how many places do different positions meet? If the first letter matters
# at the end of the name, how does it get there?

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

# %% tags=["quick"]
from microgpt_ref.lab.quick import quick_train

values = to_values(weights)
optimizer = SGD(flatten(values))


def learn(tokens, rate):
    loss = name_loss(values, tokens)
    loss.backward()
    optimizer.step(rate)
    return loss.data


steps = 1000
losses = quick_train("train3", values, docs, tokenizer, steps, rate=0.1)

# %% [markdown]
# (`values` are the weights as Values. They have nothing to do with the values that attention mixes.
# The two names are older than this course.)
#
# Positions meet in one place only, in attention: everything else works on one position at a time.
# The first letter reaches the end through its key and its value, which wait in the cache.

# %%
from microgpt_ref.lab.train3 import loss_beside

marks = {name: load_run(name)["held_out_loss"] for name in ["train0", "train1", "train2"]}
levels = {"train0, held out": marks["train0"], "train1 and 2, held out": marks["train2"]}
loss_beside(losses, levels)

# %% [markdown]
# **What do you expect?** Counting hesitated between nearly twelve tokens. Between how many does this
# model hesitate, on names that it hasn't seen?

# %% tags=["main"]
start_weights, weights = weights, to_floats(values)
held_out = docs[1000:1300]
loss = evaluate(lambda tokens: name_loss(weights, tokens), held_out, tokenizer)

# %% tags=["reveal"] ask="how many tokens it hesitates between" answer="math.exp(loss)" digits=2
marks["train3"] = loss
for name, mark in marks.items():
    print(f"{name}: held-out loss {mark:.4f}, hesitates between {math.exp(mark):.2f} tokens")

# %% [markdown]
# For the first time, the network is ahead of the table. And you can hear it:

# %% tags=["main"]
names = []
for _ in range(20):
    next_probs = with_temperature(start_transformer(weights), 0.5)
    names.append(tokenizer.decode(generate(next_probs, tokenizer.bos, block_size, rng)))
print("\n".join(names))

# %% [markdown]
# Do you remember *n*, *an* and *madisonnn*, which were all the same to the table of train0?

# %%
def probs_after_draft(weights, text):
    next_logits = start_transformer(weights)
    return softmax([next_logits(token) for token in tokenizer.encode(text)[:-1]][-1])


for prompt in ["n", "an", "madisonnn"]:
    print(f"p(end) after {prompt}: {probs_after_draft(weights, prompt)[tokenizer.bos]:.4f}")

# %% [markdown]
# It has learned the difference. So attention is at work here, too. Or is it?
#
# ### Is it really looking?
#
# Here's what the model looks at in *emma*. Below, you can try names of your own:

# %%
attention_picture(weights, tokenizer, "emma")

# %% tags=["live"]
from microgpt_ref.lab.train3 import show_attention
from microgpt_ref.lab.widgets import play, text

play(
    "Which letters get more than an even share? Try names with many vowels, or with few.",
    lambda name: show_attention(name, weights, tokenizer),
    name=text("name", "anna"),
)

# %% [markdown]
# It's tempting to tell a story about the darker squares. But compare them with the puzzle. There one
# square took nearly everything. Here all squares of a row are nearly even. So do what we did with
# the puzzle, and take things away.
#
# **What do you expect?** The model's loss is 2.3804. What is it when `wo` is blanked, so that
# nothing from attention gets through?

# %%
def without_draft(name):
    return evaluate(lambda tokens: name_loss(blanked(weights, name), tokens), held_out, tokenizer)

# %% tags=["quick"]
from microgpt_ref.lab.quick import quick_loss


def without_draft(name):
    return evaluate(quick_loss("train3", blanked(weights, name), tokenizer), held_out, tokenizer)

# %% tags=["reveal"] ask="the loss without wo" answer="without_draft('wo')" digits=4
print(f"without wo: {without_draft('wo'):.4f}")

# %%
print(f"nothing taken away: {loss:.4f}")
for name in ["wq", "fc2", "wpe"]:
    print(f"without {name:4} {without_draft(name):.4f}")
print("p(end) after madisonnn without wo:", end=" ")
print(f"{probs_after_draft(blanked(weights, 'wo'), 'madisonnn')[tokenizer.bos]:.4f}")

# %% [markdown]
# Take attention away, and hardly anything happens. The model still knows that *madisonnn* should be
# over. What it can't do without is `wpe`. So the model is ahead of the table because it knows
# *which letter is last and how far along the name is*. A position's vector gets to the logits on
# its own, around attention. (Such a test says what *this* model relies on. It doesn't say how good
# a model could get if it had to do without from the start.)
#
# Why does the same machine live by attention in the puzzle, and ignore it in names? For one thing,
# names ask so little of it. Of six letters, the last one says the most. For another, the puzzle was
# trained by another optimizer. Look at how far SGD has moved each matrix, and how large the slopes
# were at the start (`flatten` wants a dictionary, so each matrix is put into one):

# %%
first = to_values(start_weights)
name_loss(first, tokenizer.encode(docs[0])).backward()
for name in weights:
    moves = [a - b for a, b in zip(flatten({0: weights[name]}), flatten({0: start_weights[name]}))]
    slopes = [p.grad for p in flatten({0: first[name]})]
    print(f"{name:8} moved by {size_draft(moves):.4f}   first slopes {size_draft(slopes):.5f}")

# %% [markdown]
# A weight starts at a size of about 0.08, and `wq` and `wk` have hardly moved from it. Their slopes
# are more than two hundred times smaller than those of `lm_head`. A nudge to `wq` has to change a
# score, a share, and a mixture before it gets to `wo` and `lm_head`, and it gets weaker at each
# step. SGD gives every weight the same rate. In a thousand steps the question was hardly asked.
#
# ## What to remember
#
# - Attention: scores from $q \cdot k / \sqrt d$, shares from softmax, and a mixture of values. It's
#   the one place where positions meet.
# - Positions have vectors of their own, added to the letters'. Without them, order is lost.
# - Keys and values are cached. Since later ones don't exist yet, there's no mask.
# - Helpers add to the stream instead of replacing it, and rmsnorm brings what they see to a
#   standard size.
# - A picture of attention proves nothing. Take it away, and look at the loss.

# %% [markdown]
# ## Questions
#
# Open the answer that you think is right. It tells you whether you chose well, and why.

# %% [markdown] tags=["question"] question="train3.bag"
# Each letter's vector gets its position's vector added, and then all are averaged evenly. Why do
# *amy* and *may* still come out alike?
#
# - [ ] The positions' vectors cancel each other :: They don't: the average contains all of them. It
#   contains the same ones for both names, and that's the point.
# - [x] A sum doesn't tell which position was added to which letter :: Both are the average of the
#   three letters plus the average of the three positions.
# - [ ] The positions' vectors are too small :: Make them as large as you like: both averages grow
#   by the same amount.
# - [ ] Both names have the same number of letters :: So they have the same positions. But an uneven
#   average would tell them apart all the same.

# %% [markdown] tags=["question"] question="train3.two_keys"
# The query `[2, 0]` meets two keys, `[1, 0]` and `[0, 1]`. What share does the first one get?
#
# - [ ] 1.0000 :: The second score is 0, but that doesn't make its share 0: e to the power 0 is 1.
# - [ ] 0.8808 :: That's the share for scores of 2 and 0, without dividing by the root of 2.
# - [x] 0.8044 :: The dot products are 2 and 0. Divided by the root of 2 they are 1.4142 and 0.
# - [ ] 0.7311 :: That's the share for scores of 1 and 0: you divided by 2, the number of entries,
#   instead of its root.

# %% [markdown] tags=["question"] question="train3.equal_keys"
# At the fifth position, all five keys happen to be equal. What does attention return there?
#
# - [ ] Zeros, since no key stands out :: The shares still add up to 1: something always gets
#   through.
# - [ ] The value of the fifth position itself :: Nothing favours one position over the others, not
#   even its own.
# - [x] The even average: each of the five values has a share of 0.2 :: Equal keys have equal
#   scores, however large, and softmax makes equal shares of them. The values may still differ.
# - [ ] It depends on the query :: The query decides how large the scores are. But if all keys are
#   equal, so are all scores.

# %% [markdown] tags=["question"] question="train3.no_cache"
# Without a cache, every position makes its own key and those of all positions before it. How many
# keys are made for a document that fills 5 positions?
#
# - [ ] 5 :: That's with the cache, where each key is made once.
# - [ ] 10 :: That's 0 + 1 + 2 + 3 + 4, but each position makes its own key as well.
# - [x] 15 :: That's 1 + 2 + 3 + 4 + 5.
# - [ ] 25 :: It would be if each position made the keys of all five. It can't make those of letters
#   that are still to come.

# %% [markdown] tags=["question"] question="train3.empty_cache"
# Suppose someone empties both lists of keys and values after every position. What does the second
# position compute?
#
# - [ ] The same as before, only more slowly :: Nobody makes the first position's key again. It's
#   gone for good.
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
# - [ ] [-1.6971, -2.2627] :: The length makes no difference: the divisor is twice as large, too.
# - [ ] [-0.6, -0.8] :: That has length 1. Here the mean of the squares is 1, not their sum.

# %% [markdown] tags=["question"] question="train3.longer_block"
# With a `block_size` of 32 instead of 16, how many parameters does the model have in all?
#
# - [ ] 4,192 :: There's a vector for each position, and its numbers are parameters too.
# - [x] 4,448 :: 16 more positions, each with a vector of 16 numbers, make 256 more. All positions
#   share the other matrices.
# - [ ] 5,216 :: You added 4 times 256, for the matrices of attention. Their size doesn't depend on
#   the number of positions.
# - [ ] 8,384 :: That would be two models. Only `wpe` has a row for each position.

# %% [markdown] tags=["question"] question="train3.which_two"
# Of attention's four matrices `wq`, `wk`, `wv` and `wo`, which decide the shares?
#
# - [x] `wq` and `wk` :: Queries and keys make the scores, and softmax turns them into shares.
# - [ ] `wk` and `wv` :: Both go into the cache. But values are what the shares are applied to.
# - [ ] `wq` alone :: If `wk` were zero, every score would be 0 as well.
# - [ ] `wv` and `wo` :: They decide what is handed over, not how much of it.

# %% [markdown]
# ## Exercises
#
# Hints are folded under each task, and the solutions are in the last part of the book. The points
# only matter if you take this course in a class.

# %% [markdown] exercise="train3.by_hand" kind="by hand" size="short" minutes="10"
# ### Two keys on paper
#
# **Aim.** Go from a query to attention's output once, with nothing but a pencil.
#
# A query is $[1, 2, 2, 0]$. There are two keys, $[2, 1, 0, 1]$ and $[0, 1, 0, 5]$, and their values
# are $[6, 1]$ and $[2, 5]$. What is the *first* number of attention's output?
#
# **Done when** your number is in the cell below, with at least three decimals, and the check says
# *right*. (You may leave the last step to `math.exp`.)

# %% [markdown] tags=["hint"]
# The dot products are whole numbers, and they still are after the division. What are they divided
# by?

# %% [markdown] tags=["hint"]
# The shares are those of the scores 2 and 1. One of them is $e^2 / (e^2 + e^1)$.

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
# scores are 2 and 1.
#
# Common mistakes: the root of the number of keys, or of a value's length, both of which are 2 here;
# not dividing at all; shares of 2/3 and 1/3, which are the scores divided by their sum, with the
# softmax forgotten.

# %% [markdown] exercise="train3.mask" kind="go further" size="longer" minutes="25" points="4"
# ### With a mask
#
# **Aim.** Compute all positions of a document at once, as most programs do, and hide the future
# yourself.
#
# Write `masked_attention(queries, keys, values, mask)`. The first three are lists with one vector
# for each position; `mask[t][j]` is `True` where position `t` may look at position `j`, and `False`
# where it may not. Your function returns a list of outputs, one vector for each position. It
# compares every query with *all* keys. Then the scores that are hidden from a query become
# `float("-inf")`, minus infinity, and softmax gives them a share of 0. Each row of the mask has at
# least one `True`, and a hidden score may be the largest of all. You may call `dot` and `softmax`,
# but not `attention`.
#
# Then compare. With `True` wherever `j <= t`, do the queries, keys and values of *amy* give the
# outputs that `self_attention` gave one by one? (A query is `linear(tiny["wq"], x)`.) And which mask
# lets each position see only itself and the one before it?
#
# **Done when** the check says *right*, and you have printed both answers.

# %% [markdown] tags=["hint"]
# Begin without a mask: one list of scores for each query, as in attention, in a loop over queries.

# %% [markdown] tags=["hint"]
# A score has to be hidden *before* softmax, so that the remaining shares add up to 1. What is $e$ to
# the power of minus infinity?

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
# there.) In the second line, the y no longer sees the a. Such a **sliding window** keeps the cache
# small for long texts.
#
# Common mistakes: setting hidden scores to 0, which is a score like any other; setting shares to 0
# after softmax, so that the rest doesn't add up to 1; multiplying a score by minus infinity, which
# flips it where it was negative; swapping rows and columns of the mask. A large negative number,
# such as $-10^9$, does as well as minus infinity as long as no real score comes near it.

# %% [markdown] exercise="train3.layer_norm" kind="go further" size="short" minutes="15" points="3"
# ### Layer norm
#
# **Aim.** Meet rmsnorm's older relative, which GPT-2 uses instead (Ba and others, 2016).
#
# Write `layer_norm(x, gain, shift)` for three vectors of the same length. First subtract the mean of
# the entries from each of them. Then divide each by $\sqrt{\text{variance} + 0.00001}$, where the
# variance is the mean of the squares of what is left (divide by $n$, the number of entries, not by
# $n - 1$). Finally multiply each entry by its entry of `gain`, and add its entry of `shift`. Return
# a new list.
#
# A vector may have a single entry, or entries that are all alike. What comes out then?
#
# **Done when** the check says *right*, and you can say in one sentence which vectors look the same
# to layer norm but different to rmsnorm.

# %% [markdown] tags=["hint"]
# Make the list of differences from the mean first. Everything after that uses this list instead of
# `x`.

# %% [markdown] tags=["hint"]
# Once the mean is gone, this lesson has a function for what is left to do before `gain` and `shift`.

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
# Layer norm is the rmsnorm of what is left when the mean is gone. So two vectors are the same to it
# when one is the other plus the same number in each entry, as in the first two lines. Where all
# entries are alike nothing is left, and only `shift` comes out. Leaving out the mean saves a little
# work, and models learn about as well without it, which is why many have switched to rmsnorm.
#
# Common mistakes: $n - 1$; adding the small number to the root instead of under it; subtracting the
# mean above but not in the variance; swapping `gain` and `shift`, or adding `shift` before `gain`
# is applied.

# %% [markdown] exercise="train3.rotary" kind="go further" size="longer" minutes="30" points="5"
# ### Positions that turn
#
# **Aim.** Write positions into queries and keys in such a way that only the distance counts.
#
# Many newer models have no `wpe`. Before queries and keys are compared, each is turned by angles
# that depend on its position: **rotary positions** (Su and others, 2021). Write
# `rotated(x, position)`. Take the entries of `x`, an even number $d$ of them, in pairs of
# neighbours: $x_0$ and $x_1$, then $x_2$ and $x_3$, and so on. Pair number $i$, counted from 0, is a
# point in the plane. Turn it about the origin by the angle $\text{position} \cdot 10000^{-2i/d}$, in
# radians, in the direction in which a right angle turns $[1, 0]$ into $[0, 1]$. Return a new list.
#
# Then test the law. For a `q` and a `k` of your choice, print the dot product of `rotated(q, m)` and
# `rotated(k, n)` for several `m` and `n` with the same difference.
#
# **Done when** the check says *right*, and you have seen the law hold.

# %% [markdown] tags=["hint"]
# Pair 0 is turned by `position` radians, whatever $d$ is. For $d = 4$, pair 1 is turned by a
# hundredth of that.

# %% [markdown] tags=["hint"]
# The point $[1, 0]$ turned by an angle is [cos, sin], and $[0, 1]$ turned by it is [−sin, cos]. The
# point $[a, b]$ is $a$ times the one plus $b$ times the other.

# %% [markdown] tags=["hint"]
# Both new entries of a pair are made of both old ones, so don't overwrite either too early.

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
# The first three lines are equal. Turning both by the same extra angle doesn't change the angle
# between them, and so doesn't change their dot product. The fourth has the opposite difference and
# a different number, so forward and back can be told apart. The pairs turn at different speeds,
# like the hands of a clock: the fast ones tell neighbours apart, and the slow ones tell distant
# places apart. Values aren't turned.
#
# Common mistakes: $10000^{-i/d}$, because a pair counts once and its entries count twice; turning
# all pairs by the same angle; overwriting the first entry before the second is computed; the other
# sense of rotation, for which the law holds just as well, but a program trained with the one can't
# read the other's weights.

# %% [markdown] exercise="train3.score_slopes" kind="go further" size="longer" minutes="25" points="5"
# ### The slope of a score
#
# **Aim.** Find out by hand what it takes for attention to learn whom to look at.
#
# Attention's output is an average of the values, with the shares that softmax makes of the scores.
# Suppose we know the loss's slopes along the numbers of that output. What are its slopes along the
# scores? Write `score_slopes(scores, values, slopes)`. `scores` are $n$ numbers, already divided by
# the root; `values` are $n$ vectors; `slopes` is a vector as long as one value. Your function returns
# $n$ slopes. Use a formula: no Values, which would do it for you, and no nudging, which the check may
# not notice. (You may call `softmax`. Some scores are in the thousands.)
#
# **Done when** the check says *right*, and you can name two cases in which all $n$ slopes are 0 or
# nearly so.

# %% [markdown] tags=["hint"]
# Nudge it, or take it on trust: if the share of $j$ is $p_j$, then its slope along score $i$ is
# $p_i (1 - p_i)$ if $j = i$, and $-p_i p_j$ otherwise. A larger score takes from all other shares.

# %% [markdown] tags=["hint"]
# Along share $j$ the loss has the slope $\text{slopes} \cdot v_j$; call it $g_j$. The chain rule adds
# up over all shares, because a score changes every one of them.

# %% [markdown] tags=["hint"]
# Write down the sum for two or three scores, and take $p_i$ out of it. What remains is $g_i$ minus
# something that's the same for every $i$.

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
# In words: the share, times how far this value's gain is from the average gain. A larger score
# helps only as far as its value does better than the mixture. So the slopes fade where the values
# are alike and where one share is near 1, as the last two lines show. Along the scores, the slopes
# always add up to 0, because adding the same number to all scores changes nothing.
#
# Common mistakes: $p_i g_i$ alone, which forgets that the other shares shrink; $p_i (1 - p_i) g_i$,
# which lets only its own share change; the even mean instead of the one with shares.

# %% [markdown] exercise="train3.no_positions" kind="break and explain" size="short" minutes="20"
# ### Without positions
#
# **Aim.** Find out what exactly is lost when order is lost, and what isn't.
#
# Take the trained model and set all of `wpe` to zeros. Compare the probabilities of what comes next,
# entry by entry, for three pairs of texts: *amy* and *may*, *amy* and *yam*, *am* and *amam*. **What
# do you expect?** In which pairs do they agree? Print the differences as `:.1e`; anything below
# 1e-12 is rounding. Do the same with the positions in place.
#
# **Done when** you have six numbers, each the largest difference between two lists of probabilities,
# and can explain in a few sentences what a model without positions still knows about the order, and
# about the length.

# %% [markdown] tags=["hint"]
# `blanked` sets one matrix to zeros, and `probs_after_draft` asks a model what comes after a text.

# %% [markdown] tags=["hint"]
# Which letter goes around attention to the end, and which can only come in through an average? And
# who else has a share in it, besides the letters?

# %% [markdown] tags=["exercise"]
# *Your numbers and your explanation:*

# %% tags=["solution"]
for one, other in [("amy", "may"), ("amy", "yam"), ("am", "amam")]:
    for label, matrices in [("without", blanked(weights, "wpe")), ("with", weights)]:
        pairs = zip(probs_after_draft(matrices, one), probs_after_draft(matrices, other))
        print(f"{one} and {other}, {label} positions: {max(abs(p - p2) for p, p2 in pairs):.6f}")

# %% [markdown] tags=["solution"]
# Without positions, *amy* and *may* are the same to the model, to the last digit shown. Both end in
# y, and the y goes around attention, through the residual connection, to the logits. Everything else
# comes in through an average, and an average doesn't know who came first. *amy* and *yam* differ
# widely, because their last letters do. So one piece of order is left: which letter is last.
#
# *am* and *amam* both end in m and have as many a's as m's, yet they differ a little. The dot has a
# share in the average too, about a third of it after two letters and a fifth after four, so
# something of the length leaks through. With positions in place, that pair differs far more.
#
# Common mistakes: expecting that everything is lost; forgetting the dot; comparing only the
# likeliest letter of each list, which may agree where the lists don't.

# %% [markdown] exercise="train3.pictures" kind="open" size="longer" minutes="40"
# ### Pictures of your own
#
# **Aim.** Look at what attention does on names that you know, and don't believe the picture.
#
# Draw `attention_picture(weights, tokenizer, name)` for at least five names: your own, one with the
# same letter many times, one with nothing but vowels, and so on. Before each, write down where you
# expect the darkest square. The description under the picture says which square is furthest from
# even. Then test the picture: by how much does the model's opinion of what comes after that name
# change if `wq` is blanked?
#
# **Done when** you have written half a page: what the pictures have in common, one thing that you
# would have liked to believe, and what the test says about it.

# %% [markdown] tags=["hint"]
# Start with a question that could be answered with *no*, such as: do two equal letters get equal
# shares?

# %% [markdown] tags=["hint"]
# `blanked` sets a matrix to zeros. Compare the two lists of probabilities entry by entry, and print
# the largest difference.

# %% [markdown] tags=["exercise"]
# *What you found:*

# %% tags=["solution"]
for name in ["anna", "mmmmm", "aoife"]:
    asked, unasked = [probs_after_draft(w, name) for w in (weights, blanked(weights, "wq"))]
    largest = max(abs(p - p0) for p, p0 in zip(asked, unasked))
    print(f"{name}: largest change of a probability {largest:.4f}")
attention_picture(weights, tokenizer, "anna")

# %% [markdown] tags=["solution"]
# All squares in this picture are near even, and the test says the same of the others: if nothing is
# asked, no probability changes by more than about a thousandth. A good report has a square that
# seemed to mean something, such as *the second n looks at the first*, its share beside the even one,
# and the test. It doesn't conclude that attention is useless; the puzzle shows that it isn't. It says
# what *these* pictures can't show.

# %% tags=["check"]
summary("train3")

# %% [markdown]
# ## What you have built
#
# The program so far, one bar per line. What this lesson added stands out.

# %% tags=["hide-input"]
from microgpt_ref.lab.figures import program_map

program_map("train3")

# %% [markdown]
# **What still hurts.** The model can look back, but it has hardly learned to, because a single rate
# has to serve weights whose slopes differ by a factor of more than two hundred. Besides, it can ask
# only one question at a time, and it has only one layer to ask it in. *What is missing to be a
# GPT?* That's [train4](train4.ipynb).

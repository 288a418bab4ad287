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
# Two models read the same thousand names. Then each was asked to make up ten.

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

print("sees one letter: ", ", ".join(load_run("train2")["samples"][:10]))
print("sees all of them:", ", ".join(load_run("train3")["samples"][:10]))

# %% [markdown]
# The first line comes from train2. That model sees only the last letter, and it can't know that
# *sh* is rather short for a name. The second line comes from the model that you build in this
# lesson. It looks back at everything written so far. It's called a **transformer**, which is what
# the T in GPT stands for, and at its heart is one new idea, **attention**.
#
# Part one builds attention, first on paper and then in code. Part two puts attention into a model
# and hands that model a puzzle that no table can solve. Then come the names.
#
# ## Part one: looking back
#
# ### A bag of letters
#
# Our network takes one vector and gives logits. To let it see more, we have to squeeze all the
# letters so far into *one* vector, however many there are. Take two names made of the same letters,
# *amy* and *may*. Give each letter a vector of two numbers. The first says how much of a vowel it
# is, the second how much of a consonant. The y is a bit of both.
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
# That won't do. An average is a bag. It knows which letters are in it, but not the order in which
# they came, and a name that begins with *amy* goes on differently from one that begins with *may*.
#
# We can tell the model where each letter stands. Give each **position** a vector of its own, and
# add it to the letter's. (These three are made up, like the letters' vectors. A model learns both.)

# %%
places = [[0.6, 0.0], [0.0, 0.0], [0.0, 1.0]]
amy_placed = [add(x, place) for x, place in zip(amy, places)]
may_placed = [add(x, place) for x, place in zip(may, places)]
print("amy:", amy_placed)
print("may:", may_placed)

# %% [markdown]
# Now an a at the start looks different from an a in the middle.
#
# **What do you expect?** Take the average of each name again. By how much do the first numbers of
# the two averages differ now?

# %% tags=["reveal"] ask="the first numbers differ by" answer="abs(average_draft(amy_placed)[0] - average_draft(may_placed)[0])" digits=4
print("amy:", rounded(average_draft(amy_placed)), " may:", rounded(average_draft(may_placed)))

# %% [markdown]
# Not at all! Both bags now hold the same three letters *and* the same three positions, but nothing
# in them says which letter stood in which position. Positions are needed, but they aren't enough.
# We need an *uneven* average, in which some letters count more than others. And the model has to
# decide which ones.
#
# ### Asking a question
#
# Put yourself in the place of the y at the end of *amy*. You have to guess whether the name is
# over. It would help to know whether one of the letters before you is a vowel. Our list of names
# shows how much:

# %%
docs = load_docs("ssa2018")
over = {"a vowel": [], "no vowel": []}
for doc in docs:
    for i in range(1, len(doc)):
        if doc[i] == "y":
            found = any(letter in "aeiou" for letter in doc[:i])
            over["a vowel" if found else "no vowel"].append(i == len(doc) - 1)

for before, ends in over.items():
    print(f"{before} before the y: the y ends {sum(ends) / len(ends):.0%} of the names")

# %% [markdown]
# With a vowel before it, the y ends the name one time in four. Without one, it hardly ever does.
# The y should therefore ask the letters before it: *is one of you a vowel?* To let letters ask and
# answer, we give each of them three vectors:
#
# - Its **query** is the question that it asks.
# - Its **key** is a label that says what it has to offer.
# - Its **value** is what it hands over to whoever listens.
#
# How well does a key fit a query? Take their dot product, which is large when both are long and
# point in the same direction. These dot products are the **scores**:

# %%
query = [2.0, 0.0]  # y asks for vowels
keys = {"a": [1.0, 0.0], "m": [0.0, 1.0], "y": [0.5, 0.5]}
contents = {"a": [1.0, 0.0], "m": [0.0, -1.0], "y": [0.5, -0.5]}  # the values
scores = [dot(query, keys[letter]) for letter in "amy"]
print("scores:", scores)

# %% [markdown]
# The first is $2 \cdot 1 + 0 \cdot 0$. Do the other two in your head. The a fits best. (The y
# also meets its own key, because a letter may listen to itself.) Next we turn the scores into
# **shares**, which are positive and add up to 1. You already have a function that does this. In
# train1, softmax turned logits into probabilities. Here it turns scores into shares.

# %%
shares = softmax(scores)
print("shares:", rounded(shares))

# %% [markdown]
# Now we mix the values, each in proportion to its share:

# %%
def weighted_draft(shares, vectors):
    return [dot(shares, column) for column in zip(*vectors)]


print("output:", rounded(weighted_draft(shares, [contents[letter] for letter in "amy"])))

# %% [markdown]
# That's **attention**: an average in which each position decides for itself whom to listen to. The
# y asked for vowels, the a answered, and two thirds of what the y gets is the a's value. (The usual
# name for the shares is *attention weights*, and you'll meet it in the program. We say shares, to
# keep them apart from the weights that training moves.)
#
# Drag the query or a key, and watch all three steps. Where must the query point for the m to get
# nearly everything?

# %% tags=["hide-input"]
from microgpt_ref.lab.explorables import example

example("attention_steps")

# %% [markdown]
# Nobody wrote down a rule such as *if there's a vowel, end the name*. Attention only multiplies,
# adds, divides and takes $e^x$, and gradients flow through all of these. The model can learn which
# questions to ask.
#
# ### Why a square root
#
# We need one more detail before we write the code. Real vectors have more than two numbers, and a
# dot product of two of them is a sum of many products. How large does such a sum typically get? We
# measure the *typical size* of a list of numbers by the root of the mean of their squares:

# %%
def size_draft(numbers):
    return math.sqrt(dot(numbers, numbers) / len(numbers))


print(size_draft([1.0, -7.0]))

# %% [markdown]
# Draw 2,000 pairs of random vectors of $d$ numbers, each number about 1 in size, and look at the
# typical size of their dot products:

# %%
def spread_draft(d):
    draws = random.Random(d)
    q, k = random_matrix(2000, d, draws, 1.0), random_matrix(2000, d, draws, 1.0)
    return size_draft([dot(a, b) for a, b in zip(q, k)])


for d in [1, 4]:
    print(f"d = {d:2d}   typical size {spread_draft(d):5.2f}")

# %% [markdown]
# **What do you expect?** From 1 number to 4, the size doubles. What is it for 16 numbers?

# %% tags=["reveal"] ask="the size at 16" answer="spread_draft(16)" digits=2
for d in [16, 64]:
    print(f"d = {d:2d}   typical size {spread_draft(d):5.2f}")

# %% [markdown]
# It grows like $\sqrt d$, because products of both signs partly cancel. And large scores do harm.
# Here are three scores, multiplied by 1, 4 and 16. The last number in each line is the slope of the
# first share $p$ along its own score. It's $p(1 - p)$, as a nudge would confirm.

# %%
for times in [1, 4, 16]:
    p = softmax([times * score for score in [1.0, 0.0, 0.5]])
    print(f"times {times:2d}: shares {rounded(p)}, slope {p[0] * (1 - p[0]):.4f}")

# %% [markdown]
# With large scores, one share takes everything and the slope vanishes. The model has made up its
# mind before it has learned anything, and it can hardly change its mind now. The cure is to divide
# the scores by $\sqrt d$. Then they're about as large in a big model as in a small one.
#
# That completes the formula (Vaswani and others, 2017). The query $q$ is a vector of $d$ numbers,
# and each position $j$ so far has a key $k_j$ and a value $v_j$:
#
# $$\text{score}_j = \frac{q \cdot k_j}{\sqrt d} \qquad
# \text{share}_j = \frac{e^{\text{score}_j}}{\sum_i e^{\text{score}_i}} \qquad
# \text{attention} = \sum_j \text{share}_j\, v_j$$

# %% [markdown] exercise="train3.attention" kind="build it first" size="short" minutes="15"
# #### Attention for one query
#
# **Aim.** Turn the three formulas into code.
#
# Write `my_attention(q, keys, values)`. `q` is a vector, and `keys` is a list of vectors of the
# same length as `q`. `values` holds one vector for each key, and these may be longer or shorter
# than `q`. The function returns the weighted average of the values, a list as long as one of them.
# You may use `dot` and `softmax`. Some scores will be in the thousands, but our `softmax` can
# handle that.
#
# **Done when** the check below says *right*.

# %% [markdown] tags=["release"]
# > **Aim.** Turn the three formulas into code.
#
# **Aim.** Turn three formulas into code:
#
# $$\text{score}_j = \frac{q \cdot k_j}{\sqrt d} \qquad
# \text{share}_j = \frac{e^{\text{score}_j}}{\sum_i e^{\text{score}_i}} \qquad
# \text{attention} = \sum_j \text{share}_j\, v_j$$

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
# This solution goes value by value and adds each one in proportion to its share. The program's
# version goes column by column.
#
# Common mistakes:
#
# - taking the root of the number of keys instead of the query's length;
# - dividing by the root after the softmax, so that the shares no longer add up to 1;
# - averaging the keys instead of the values;
# - starting from a list of zeros as long as `q`, though a value may have another length.

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
# A y that asks nothing prefers nobody. Every score is 0, every share is a third, and out comes the
# even average. Keep that in mind. A model that hasn't learned to ask gets the bag of letters. (The
# output for [2, 0] has changed a little, because its scores are now divided by $\sqrt 2$.)
#
# ### Where the three come from
#
# We made up the query, the keys and the values. A model makes them from the vector $x$ of each
# position, with three matrices: $q = W_q\,x$, $k = W_k\,x$ and $v = W_v\,x$. A fourth one, `wo`
# (*o* for output), turns the mixture into whatever the rest of the model can use. Training has to
# find all four. Here they are at work for the y of *amy*:

# %%
from microgpt_ref.lab.train3 import mixing_picture

shares = softmax([dot(query, keys[letter]) / math.sqrt(2) for letter in "amy"])
mixing_picture("amy", shares)

# %% [markdown]
# Queries, keys and values all come from the same text. That's why this is called
# **self-attention**.

# %% tags=["piece"] piece="transformer.self_attention"

# %% [markdown]
# `self_attention` runs once for each position, in order, and each time it appends one key and one
# value to the two lists. Here it reads *amy*, letter by letter, with matrices that make the vectors
# of our example. (All three letters ask for vowels now, because $W_q\,x$ is [2, 0] each time.)

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
# In the first line there's only one key, the a's own, and the a can listen to nobody else. Each
# later letter can look at one more. Other programs compute all positions at once, and they need a
# **mask** to hide the letters that are still to come. Ours reads the name from left to right, and
# the future doesn't exist yet.
#
# Now back to the question that we started with. Can the model tell *amy* from *may*?

# %%
def last_draft(xs):
    seen_keys, seen_values = [], []
    return [rounded(self_attention(tiny, x, seen_keys, seen_values)) for x in xs][-1]


print("without positions: amy", last_draft(amy), " may", last_draft(may))
print("with positions:    amy", last_draft(amy_placed), " may", last_draft(may_placed))

# %% [markdown]
# Yes, at last. An even average with positions couldn't do it. Attention without positions can't do
# it either. Positions and attention together can, because an a at the start now has a different key
# from an a in the middle and gets a different share.
#
# ### Nothing is computed twice
#
# The list of keys and the list of values are called the **cache**. Once a key is made, it never
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
# That's $1 + 2 + \dots + 16$. The longer the text, the more a cache saves. The programs that run
# large language models keep a cache too, and it fills much of their memory (Kwon and others, 2023).
#
# ### A place to rest
#
# That was the heart of it. Before you go on, answer three questions without looking. A position
# looks at others, and others look at it. Which of the two does it need its query for? Its key? Its
# value? What happens to the shares if all keys are equal? Why may a key stay in the cache for good?
#
# Then take a walk.
#
# ## Part two: a transformer
#
# ### A stream and two helpers
#
# Give each position its own stream, a vector that flows from its letter at the top to its
# logits at the bottom. Along the way, two helpers read the stream and *add* something to it.
# Attention fetches things from earlier positions. `feed_forward` thinks about each position by
# itself. (It's the pair of layers from train1, with the gate in between.)

# %%
from microgpt_ref.lab.architecture import residual_stream

residual_stream("amy")

# %% [markdown]
# Why do the helpers add to the stream instead of replacing it? Suppose the model has read seven m's
# and then an a. Its attention hasn't learned to ask yet, and returns the even average:

# %%
seven_m_then_a = [letters["m"]] * 7 + [letters["a"]]
found = average_draft(seven_m_then_a)
print("the average in its place:", found)
print("the average added to it: ", add(letters["a"], found))

# %% [markdown]
# If the average takes the letter's place, only an eighth of the a is left, although the last letter
# matters most for the next one. If the average is added, the a gets through unharmed. The gradient
# gets through as well on its way back, since the slope of $x + f(x)$ has a 1 in it, whatever $f$
# does. The way around a helper is called a **residual connection** (He and others, 2016), and the
# stream is called the residual stream.
#
# ### Numbers that fade
#
# One more thing can go wrong. Here a vector of 16 numbers goes through four matrices, one after
# another. Their weights are random, and as small as those that our models start with. Watch the
# vector's typical size:

# %%
draws = random.Random(3)
x = random_matrix(1, 16, draws)[0]
for n in range(5):
    print(f"{n} matrices passed: size {size_draft(x):.5f}")
    x = linear(random_matrix(16, 16, draws), x)

# %% [markdown]
# Each matrix leaves only about a third of the size, or even less. Where vectors fade, slopes fade
# too, and the model hardly learns. Larger weights would bring the opposite trouble, numbers that
# grow without end. The cure is to bring a vector to a standard size before a helper reads it. We
# divide it by its typical size, the root mean square, and keep only its direction (Zhang and
# Sennrich, 2019):
#
# $$\text{rmsnorm}(x) = \frac{x}{\sqrt{\text{mean}(x^2) + 0.00001}}$$
#
# The small number under the root protects a vector of zeros from a division by zero.

# %% [markdown] exercise="train3.rmsnorm" kind="build it first" size="short" minutes="10"
# #### The standard size
#
# **Aim.** Turn a formula into code, and get the right things under the root.
#
# Write `my_rmsnorm(x)`. It returns a new list as long as `x`, and leaves `x` as it is.
#
# **Done when** the check says *right*.

# %% [markdown] tags=["release"]
# > **Aim.** Turn a formula into code, and get the right things under the root.
#
# **Aim.** Turn a formula into code, and get the right things under the root:
#
# $$\text{rmsnorm}(x) = \frac{x}{\sqrt{\text{mean}(x^2) + 0.00001}}$$

# %% [markdown] tags=["hint"]
# All entries are divided by the same number. Compute it first.

# %% [markdown] tags=["hint"]
# `dot(x, x)` is the sum of the squares. Two things still have to happen to it before you take the
# root.

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
# Common mistakes:
#
# - taking the sum of the squares instead of their mean, which makes the entries of a long vector
#   too small;
# - adding the small number outside the root;
# - forgetting the root;
# - taking the square of the mean instead of the mean of the squares.

# %% [markdown]
# The program's version:

# %% tags=["piece"] piece="layers.rmsnorm"

# %%
for x in [[3.0, 4.0], [30.0, 40.0]]:
    print(x, "→", rounded(rmsnorm(x)))

# %% [markdown] retires="mlp.mlp_shapes mlp.mlp"
# ### The whole model
#
# Here are all the matrices of our transformer. `wte` and `wpe` hold the vectors of letters and of
# positions. `fc2` now returns a vector of `n_embd` numbers, because that vector is added to the
# stream. At the very end, `lm_head` makes the logits. (It's the *head* of the *language model*.)
# The new model replaces train1's `mlp` and `mlp_shapes`, and they leave the program.

# %% tags=["piece"] piece="transformer.transformer_shapes"

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
# **What do you expect?** With 27 tokens, vectors of 16 numbers and 16 positions, how many
# parameters are there in all?

# %% tags=["reveal"] ask="parameters in all" answer="len(flatten(weights))" digits=0
print(f"{len(flatten(weights)):,}")

# %%
for name, w in weights.items():
    print(f"{name:8} {len(w):2d} × {len(w[0]):2d} = {len(w) * len(w[0]):4d}")

# %% [markdown]
# And here's the model itself. Nearly every line is one step down the stream. First come the
# letter's vector and the position's, added together. Then attention adds something, `feed_forward`
# adds something, and the head makes the logits. (The first rmsnorm brings the sum of the two
# vectors to the standard size.)

# %% tags=["piece"] piece="transformer.transformer"

# %% [markdown]
# How does the model know the position? It counts the keys in the cache. Every document therefore
# starts with an empty cache:

# %% tags=["piece"] piece="transformer.start_transformer"

# %% [markdown]
# That's a transformer. It took seven lines. And its gradient? You've built that already, in train2.
#
# ### A puzzle that no table can solve
#
# Does a transformer really look back? Names are a poor test, as you'll see. Here's a puzzle made
# for the purpose. Each word has four letters from a to f, and its last letter always equals its
# first:

# %%
words = [a + b + c + a for a in "abcdef" for b in "abcdef" for c in "abcdef"]
random.Random(42).shuffle(words)
puzzle = Tokenizer(words)
print(len(words), "words:", *words[:8], "...")

# %% [markdown]
# A table that looks at the last letter, or at the last two, has to guess, and it's right one time
# in six. To do better, you have to remember the first letter, ignore the two in between, and then
# repeat the first. Our model was trained on 116 of the words, and the other 100 were kept back.
# (The training took 400 steps, with an optimizer that you'll build in the next lesson. Here we load
# the weights that it found.)

# %%
solved = load_run("train3-puzzle")["weights"]


def last_letter_draft(weights, word):
    next_logits = start_transformer(weights)
    for token in puzzle.encode(word)[:-2]:  # the dot and the first three letters
        logits = next_logits(token)
    return puzzle.decode([logits.index(max(logits))])  # the likeliest token


def right_draft(weights):
    return sum(last_letter_draft(weights, word) == word[-1] for word in words[116:])

# %% [markdown]
# **What do you expect?** It hasn't seen any of these 100 words. How many of their last letters does
# it get right?

# %% tags=["reveal"] ask="right, of 100" answer="right_draft(solved)" digits=0
print(right_draft(solved), "of 100")

# %% [markdown]
# All of them. Let it read *abca*, and see where it looks. Each row is a position that looks back,
# and each column is a position that it can look at:

# %%
from microgpt_ref.lab.train3 import attention_picture

attention_picture(solved, puzzle, "abca")

# %% [markdown]
# Find the row of the c, where the model has to say the fourth letter. Nearly everything goes to one
# place, the a at the beginning. Nobody told it to look there. Going downhill, it found the question
# that helps: *who was first?*
#
# A picture proves nothing, though. Let's take parts of the model away and see what it can still do.
# Without `wq` nobody asks, and all shares are even. Without `wo`, nothing that attention finds gets
# through. Without `wpe`, no letter has a position.

# %%
def blanked(weights, name):
    zeros = [[0.0] * len(row) for row in weights[name]]
    return weights | {name: zeros}  # the others stay


for name in ["wq", "wo", "wpe"]:
    print(f"without {name:3}: {right_draft(blanked(solved, name)):3d} of 100")

# %% [markdown]
# Without `wq`, about half of the answers are still right, because the even average still contains
# the first letter. Without `wpe`, the model can't tell the first letter from the others. And
# without `wo`, it does no better than a guess. It lives by looking back.
#
# There's one more surprise. We trained the same model from the same start on the same words, but
# with SGD, the optimizer that we've used so far:

# %%
print("trained by SGD:", right_draft(load_run("train3-puzzle-sgd")["weights"]), "of 100")

# %% [markdown]
# SGD had a thousand steps, and it never found the question. In this puzzle we know for certain that
# there's one to find. Remember this. It's the next lesson's problem.
#
# ### Now the names
#
# The [loss](train0.ipynb#the-loss) is still the mean surprise per token. (The last line below would
# cut a document that's longer than the block. None of our names is.)

# %% tags=["main"]
gc.disable()


def name_loss(weights, tokens):
    return document_loss(start_transformer(weights), tokens[: block_size + 1])

# %%
print(f"{docs[0]}, untrained: {name_loss(weights, tokenizer.encode(docs[0])):.4f}")
print(f"an even guess: {math.log(tokenizer.vocab_size):.4f}")

# %% [markdown]
# The untrained model shrugs, like every beginner. The next cell trains for about a minute. (Its
# `values` are the weights as Values, and have nothing to do with the values that attention mixes.
# Both names are older than this course.) While it runs, look at the picture of the stream again.
# Where do different positions meet? If the first letter matters at the end of the name, how does it
# get there?

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
# Positions meet in attention and nowhere else. Everything else works on one position at a time. The
# first letter reaches the end through its key and its value, which wait in the cache.
#
# How did the training go?

# %%
from microgpt_ref.lab.train3 import loss_beside

marks = {name: load_run(name)["held_out_loss"] for name in ["train0", "train1", "train2"]}
levels = {"train0, held out": marks["train0"], "train1 and 2, held out": marks["train2"]}
loss_beside(losses, levels)

# %% [markdown]
# **What do you expect?** On names it hadn't seen, train0's table hesitated between nearly twelve
# tokens. How many does this model hesitate between?

# %% tags=["main"]
start_weights, weights = weights, to_floats(values)
held_out = docs[1000:1300]
loss = evaluate(lambda tokens: name_loss(weights, tokens), held_out, tokenizer)

# %% tags=["reveal"] ask="how many tokens it hesitates between" answer="math.exp(loss)" digits=2
marks["train3"] = loss
for name, mark in marks.items():
    print(f"{name}: held-out loss {mark:.4f}, hesitates between {math.exp(mark):.2f} tokens")

# %% [markdown]
# For the first time, a network is ahead of the table. And you can hear it:

# %% tags=["main"]
names = []
for _ in range(20):
    next_probs = with_temperature(start_transformer(weights), 0.5)
    names.append(tokenizer.decode(generate(next_probs, tokenizer.bos, block_size, rng)))
print("\n".join(names))

# %% [markdown]
# Do you remember *n*, *an* and *madisonnn*? To train0's table, all three were the same, because all
# three end in n.

# %%
def probs_after_draft(weights, text):
    next_logits = start_transformer(weights)
    return softmax([next_logits(token) for token in tokenizer.encode(text)[:-1]][-1])


for prompt in ["n", "an", "madisonnn"]:
    print(f"p(end) after {prompt}: {probs_after_draft(weights, prompt)[tokenizer.bos]:.4f}")

# %% [markdown]
# This model tells all three apart. Attention must be at work here, too. Or is it?
#
# ### Is it really looking?
#
# Here's what the model looks at in *emma*. Below the picture, you can try names of your own.

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
# It's tempting to tell a story about the darker squares. But compare them with the puzzle, where
# one square took nearly everything. Here all the squares of a row are nearly even. Let's do what we
# did with the puzzle, and take things away.
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
# over. What it can't do without is `wpe`. The model is ahead of the table because it knows *which
# letter is last and how far along the name is*. A position's vector gets to the logits on its own,
# around attention. (Such a test says what *this* model relies on. It doesn't say how good a model
# could get if it had to do without attention from the start.)
#
# Why does the same machine live by attention in the puzzle, and ignore it in names? One reason is
# the names. In the puzzle, only the first letter helps. In a name the last letter says the most,
# and a thousand names are too few to teach what the others add. The second reason is the optimizer.
# Weights start at a typical size of 0.08. Look at how far SGD has moved them in each matrix:

# %%
from microgpt_ref.lab.figures import bar_chart


def moved_draft(name):
    rows = zip(weights[name], start_weights[name])
    return round(size_draft([a - b for now, before in rows for a, b in zip(now, before)]), 4)


caption = "SGD has hardly moved wq and wk, the two matrices that decide who listens to whom."
moves = [moved_draft(name) for name in weights]
bar_chart(list(weights), moves, "matrix", "distance moved", "train3", caption)

# %% [markdown]
# The two matrices that decide the shares have hardly moved from where chance put them. How large
# were their slopes at the start, for the first name?

# %%
first = to_values(start_weights)
name_loss(first, tokenizer.encode(docs[0])).backward()
slopes = {name: size_draft([p.grad for row in first[name] for p in row]) for name in weights}
print(f"lm_head: {slopes['lm_head']:.5f}")
for name in ["wq", "wk"]:
    print(f"{name}: {slopes[name]:.5f}, {slopes['lm_head'] / slopes[name]:.0f} times smaller")

# %% [markdown]
# A nudge to `wq` has to change a score, a share, and a mixture before it gets to `wo` and
# `lm_head`, and it gets weaker at each step. SGD gives every weight the same rate. After a thousand
# steps, the model had hardly begun to ask.
#
# Keep that in mind as well. In train4 we'll test again whether the model really looks back, first
# with another optimizer, and then with thirty times as many names.
#
# ## What to remember
#
# - Attention makes scores, $q \cdot k / \sqrt d$, turns them into shares with softmax, and mixes
#   the values. It's the one place where positions meet.
# - Each position has a vector of its own, which is added to the letter's. Without positions, nearly
#   all order is lost.
# - Keys and values are cached. We need no mask, because later ones don't exist yet.
# - Helpers add to the stream instead of replacing it, and rmsnorm brings what they read to a
#   standard size.
# - A picture of attention proves nothing. Take attention away, and look at the loss.

# %% [markdown]
# ## Questions
#
# Open the answer that you think is right. It tells you whether you chose well, and why.

# %% [markdown] tags=["question"] question="train3.bag"
# Suppose we add to each letter's vector the vector of its position, and then take the even average.
# Why do *amy* and *may* still come out alike?
#
# - [ ] The positions' vectors cancel each other :: They don't. The average contains all of them.
#   But it contains the same ones for both names, and that's the point.
# - [x] A sum doesn't say which position was added to which letter :: Both are the average of the
#   three letters plus the average of the three positions.
# - [ ] The positions' vectors are too small :: Make them as large as you like. Both averages change
#   by the same amount.
# - [ ] Both names have the same number of letters :: That gives them the same positions. But an
#   uneven average would still tell them apart.

# %% [markdown] tags=["question"] question="train3.two_keys"
# The query `[2, 0]` meets two keys, `[1, 0]` and `[0, 1]`. What share does the first one get?
#
# - [ ] 1.0000 :: The second score is 0, but its share isn't, because e to the power 0 is 1.
# - [ ] 0.8808 :: That's the share for scores of 2 and 0, without dividing by the root of 2.
# - [x] 0.8044 :: The dot products are 2 and 0. Divided by the root of 2 they are 1.4142 and 0.
# - [ ] 0.7311 :: That's the share for scores of 1 and 0. You divided by 2, the number of entries,
#   instead of its root.

# %% [markdown] tags=["question"] question="train3.equal_keys"
# At the fifth position, all five keys happen to be equal. What does attention return there?
#
# - [ ] Zeros, since no key stands out :: The shares still add up to 1. Something always gets
#   through.
# - [ ] The value of the fifth position itself :: Nothing favours one position over the others, not
#   even its own.
# - [x] The even average, in which each of the five values has a share of 0.2 :: Equal keys have
#   equal scores, and softmax turns them into equal shares. The values may still differ.
# - [ ] It depends on the query :: The query decides how large the scores are. But when all keys are
#   equal, all scores are equal too.

# %% [markdown] tags=["question"] question="train3.no_cache"
# Without a cache, every position makes its own key and those of all positions before it. How many
# keys are made for a document that fills 5 positions?
#
# - [ ] 5 :: That's the number with a cache, where each key is made once.
# - [ ] 10 :: That's 0 + 1 + 2 + 3 + 4, but each position makes its own key as well.
# - [x] 15 :: That's 1 + 2 + 3 + 4 + 5.
# - [ ] 25 :: That would be true if each position made the keys of all five. But it can't make the
#   keys of letters that are still to come.

# %% [markdown] tags=["question"] question="train3.empty_cache"
# Suppose someone empties the list of keys and the list of values after every position. What does
# the second position compute?
#
# - [ ] The same as before, but more slowly :: Nobody makes the first position's key again. It's
#   gone for good.
# - [ ] Zeros, since it finds nothing :: It appends its own key and value before it looks.
# - [x] Attention to itself alone, with the first position's vector :: Its own key is the only one,
#   and it gets a share of 1. The model also counts the keys to know the position, and it finds
#   none.
# - [ ] An error, since a key is missing :: Attention takes as many keys as there are.

# %% [markdown] tags=["question"] question="train3.one_size"
# `rmsnorm([3, 4])` is about `[0.8485, 1.1314]`. What is `rmsnorm([-6, -8])`?
#
# - [ ] [0.8485, 1.1314] :: Squares lose their signs, but they only make the divisor. The entries
#   keep their signs.
# - [x] [-0.8485, -1.1314] :: The vector is twice as long, which makes no difference. It points in
#   the opposite direction, and rmsnorm keeps directions.
# - [ ] [-1.6971, -2.2627] :: The vector is twice as long, but so is what it's divided by.
# - [ ] [-0.6, -0.8] :: This vector has length 1, because the sum of its squares is 1. After
#   rmsnorm, it's the mean of the squares that is 1.

# %% [markdown] tags=["question"] question="train3.longer_block"
# If `block_size` is 32 instead of 16, how many parameters does the model have in all?
#
# - [ ] 4,192 :: Each position has a vector of its own, and the numbers in it are parameters too.
# - [x] 4,448 :: There are 16 more positions, each with a vector of 16 numbers, which makes 256
#   more. All positions share the other matrices.
# - [ ] 5,216 :: You added 4 times 256, for the matrices of attention. Their size doesn't depend on
#   the number of positions.
# - [ ] 8,384 :: That would be two whole models. Only `wpe` has a row for each position.

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
# **Aim.** Go all the way from a query to attention's output once, with nothing but a pencil.
#
# The query is $[1, 2, 2, 0]$. There are two keys, $[2, 1, 0, 1]$ and $[0, 1, 0, 5]$. Their values
# are $[6, 1]$ and $[2, 5]$. What is the *first* number of attention's output?
#
# **Done when** your number is in the cell below, with at least three decimals, and the check says
# *right*. (You may leave the last step to `math.exp`.)

# %% [markdown] tags=["hint"]
# The dot products are whole numbers, and they stay whole when you divide. What do you divide them
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
# The dot products are 4 and 2. The query has 4 numbers. We therefore divide by $\sqrt 4 = 2$, and
# get the scores 2 and 1. (The 5 in the second key looks important, but the query has a 0 there.)
#
# Common mistakes:
#
# - taking the root of the number of keys or of a value's length, both of which are 2 here;
# - not dividing at all;
# - forgetting the softmax and dividing the scores by their sum, which gives shares of 2/3 and 1/3.

# %% [markdown] exercise="train3.mask" introduces="seen_keys seen_values" kind="go further" size="longer" minutes="25" points="4"
# ### With a mask
#
# **Aim.** Compute all positions of a document at once, as most programs do, and hide the future
# yourself.
#
# Write `masked_attention(queries, keys, values, mask)`. The first three are lists with one vector
# for each position. `mask[t][j]` is `True` where position `t` may look at position `j`, and `False`
# where it may not. Your function returns a list of outputs, one vector for each position. It
# compares every query with *all* keys. Then the scores that are hidden from a query become
# `float("-inf")`, minus infinity, and softmax gives them a share of 0. Each row of the mask has at
# least one `True`, and a hidden score may be the largest of all. You may call `dot` and `softmax`,
# but not `attention`.
#
# Then try two masks on *amy*. (Make each query with `linear(tiny["wq"], x)`, and keys and values
# likewise.) First put `True` wherever `j <= t`. Do you get the outputs that `self_attention` gave
# one by one? Then find the mask that lets each position see only itself and the one before it.
#
# **Done when** the check says *right*, and you have printed the outputs for both masks.

# %% tags=["release"]
letters = {"a": [1.0, 0.0], "m": [0.0, 1.0], "y": [0.5, 0.5]}
amy = [letters[letter] for letter in "amy"]
tiny = {
    "wq": [[2.0, 2.0], [0.0, 0.0]],
    "wk": [[1.0, 0.0], [0.0, 1.0]],
    "wv": [[1.0, 0.0], [0.0, -1.0]],
    "wo": [[1.0, 0.0], [0.0, 1.0]],
}

# %% [markdown] tags=["release"]
# > Then try two masks on *amy*. (Make each query with `linear(tiny["wq"], x)`,
#
# Then try two masks on `amy`, a list of three vectors. (Make each query with `linear(tiny["wq"], x)`,
#
# > the outputs that `self_attention` gave
# > one by one?
#
# the outputs that
# `self_attention(tiny, x, seen_keys, seen_values)` gives one by one, if it begins with two empty
# lists?

# %% [markdown] tags=["hint"]
# Begin without a mask. In a loop over the queries, make one list of scores for each query, as in
# attention.

# %% [markdown] tags=["hint"]
# Hide a score *before* softmax, so that the remaining shares add up to 1. What is $e$ to the power
# of minus infinity?

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
# small when the text is long.
#
# Common mistakes:
#
# - setting hidden scores to 0, which is a score like any other;
# - setting shares to 0 after softmax, so that the rest doesn't add up to 1;
# - multiplying a score by minus infinity, which gives plus infinity where the score is negative;
# - swapping rows and columns of the mask.
#
# A large negative number such as $-10^9$ works as well as minus infinity, provided that no real
# score comes near it.

# %% [markdown] exercise="train3.layer_norm" kind="go further" size="short" minutes="15" points="3"
# ### Layer norm
#
# **Aim.** Meet rmsnorm's older relative, which GPT-2 uses instead (Ba and others, 2016).
#
# Write `layer_norm(x, gain, shift)` for three vectors of the same length $n$. It works in three
# steps:
#
# - From each entry of `x`, subtract the mean of all entries.
# - Divide each of these differences by $\sqrt{\text{variance} + 0.00001}$. The variance is the mean
#   of their squares. (Divide by $n$ there, and not by $n - 1$.)
# - Multiply each result by its entry of `gain`, and add its entry of `shift`.
#
# Return a new list. A vector may have a single entry, or entries that are all alike. What comes out
# then?
#
# **Done when** the check says *right*, and you can say in one sentence which vectors look the same
# to layer norm but different to rmsnorm.

# %% [markdown] tags=["hint"]
# Make the list of differences from the mean first. Everything after that uses this list instead of
# `x`.

# %% [markdown] tags=["hint"]
# Once you've subtracted the mean, a function from this lesson can do everything else that comes
# before `gain` and `shift`.

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
# Layer norm is the rmsnorm of what is left when the mean is gone. Add the same number to all
# entries of a vector, and layer norm doesn't notice, as the first two lines show. When all entries
# are alike, nothing is left, and only `shift` comes out. Rmsnorm saves the work of subtracting the
# mean, and models learn about as well with it. That's why many of them have switched.
#
# Common mistakes:
#
# - dividing by $n - 1$;
# - adding the small number outside the root;
# - subtracting the mean above but not in the variance;
# - swapping `gain` and `shift`, or adding `shift` before `gain` is applied.

# %% [markdown] exercise="train3.rotary" kind="go further" size="longer" minutes="30" points="5"
# ### Positions that turn
#
# **Aim.** Build positions into queries and keys in such a way that only the difference between two
# positions counts.
#
# Many newer models have no `wpe`. Instead, they turn each query and each key by angles that depend
# on its position, before comparing the two. These are **rotary positions** (Su and others, 2021).
#
# Write `rotated(x, position)`. `x` has an even number $d$ of entries. Take them in pairs of
# neighbours: $x_0$ and $x_1$, then $x_2$ and $x_3$, and so on. Each pair is a point in the plane.
# Turn pair number $i$, counted from 0, about the origin. The angle in radians is
# $\text{position} \cdot 10000^{-2i/d}$. Turn counterclockwise, so that a quarter turn would take
# $[1, 0]$ to $[0, 1]$. Return a new list.
#
# Then test the law that only the difference counts. Choose a `q` and a `k`, and print the dot
# product of `rotated(q, m)` and `rotated(k, n)` for several `m` and `n` with the same difference.
#
# **Done when** the check says *right*, and you have seen the law hold.

# %% [markdown] tags=["hint"]
# Pair 0 turns by `position` radians, whatever $d$ is. For $d = 4$, pair 1 turns by a hundredth of
# that.

# %% [markdown] tags=["hint"]
# Turning by an angle takes the point $[1, 0]$ to [cos, sin], and $[0, 1]$ to [−sin, cos]. The point
# $[a, b]$ is $a$ times the first plus $b$ times the second.

# %% [markdown] tags=["hint"]
# Each new entry of a pair is made of both old ones. Don't overwrite either of them too early.

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
# The first three lines show the same number. If both vectors turn by the same extra angle, the
# angle between them stays the same, and so does their dot product. In the fourth line the
# difference has the opposite sign, and the number changes. This means that the model can tell
# forward from back. The pairs turn at different speeds, like the hands of a clock. The fast ones
# tell neighbours apart, and the slow ones tell distant places apart. Values aren't turned.
#
# Common mistakes:
#
# - using $10000^{-i/d}$, where $i$ counts pairs but ought to count entries;
# - turning all pairs by the same angle;
# - overwriting the first entry before the second is computed;
# - turning the other way round. The law holds for that too, but a program trained with one
#   direction can't use weights that were trained with the other.

# %% [markdown] exercise="train3.score_slopes" kind="go further" size="longer" minutes="25" points="5"
# ### The slope of a score
#
# **Aim.** Find out by hand what it takes for attention to learn whom to look at.
#
# Attention's output is an average of the values, weighted by the shares that softmax makes of the
# scores. Suppose we know the slopes of the loss along the numbers of that output. What are its
# slopes along the scores?
#
# Write `score_slopes(scores, values, slopes)`. `scores` are $n$ numbers, already divided by the
# root. `values` are $n$ vectors, and `slopes` is a vector as long as one of them. Your function
# returns $n$ slopes. Find a formula for them, and leave Values and nudging aside. (Both would do
# the work for you, and the check might not notice. You may call `softmax`. Some scores are in the
# thousands.)
#
# **Done when** the check says *right*, and you can name two cases in which all $n$ slopes are 0 or
# nearly 0.

# %% [markdown] tags=["hint"]
# Let $p_j$ be the share of $j$. Its slope along score $i$ is $p_i (1 - p_i)$ if $j = i$, and
# $-p_i p_j$ otherwise. (Nudge it, or take it on trust.) When one score grows, its share takes from
# all the others.

# %% [markdown] tags=["hint"]
# Along share $j$ the loss has the slope $\text{slopes} \cdot v_j$. Call it $g_j$. The chain rule
# sums over all shares, because a score changes every one of them.

# %% [markdown] tags=["hint"]
# Write down the sum for two or three scores, and factor out $p_i$. This leaves $g_i$ minus
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
# Each slope is a share, multiplied by the difference between its own $g$ and the average $g$. A
# larger score changes the loss only as far as the value that it lets in differs from the mixture.
# That's
# why the slopes fade when the values are alike, and also when one share is near 1, as the last two
# lines show. The slopes along the scores always add up to 0, because adding the same number to all
# scores changes nothing.
#
# Common mistakes:
#
# - returning $p_i g_i$, which forgets that the other shares shrink;
# - returning $p_i (1 - p_i) g_i$, which lets only its own share change;
# - subtracting the even mean of the $g$ instead of the one weighted by the shares.

# %% [markdown] exercise="train3.no_positions" kind="break and explain" size="short" minutes="20"
# ### Without positions
#
# **Aim.** Find out what exactly is lost when positions are lost, and what isn't.
#
# Take the trained model and set all of `wpe` to zeros. Then compare three pairs of texts: *amy* and
# *may*, *amy* and *yam*, *am* and *amam*. For each pair, compare the probabilities of what comes
# next, entry by entry, and print the largest difference to six decimals. **What do you expect?**
# For which pairs do the probabilities agree? Do the same with the positions in place.
#
# **Done when** you have six numbers, two for each pair, and can explain in a few sentences what a
# model without positions still knows about the order of the letters, and about their number.

# %% tags=["release"]
weights = random_weights(transformer_shapes(tokenizer.vocab_size, 16, 16), rng)

# %% tags=["release", "trained"]
from microgpt_ref.lab.trained import trained

weights = trained("train3")  # the lesson's 1,000 steps: a second with numpy, else half a minute

# %% [markdown] tags=["release"]
# > Take the trained model and set all of `wpe` to zeros.
#
# Take `weights`, those of a trained model, and set all of `wpe` to zeros.

# %% [markdown] tags=["hint"]
# `blanked` sets one matrix to zeros, and `probs_after_draft` asks a model what comes after a text.

# %% [markdown] tags=["hint"]
# Which letter can get around attention to the logits, and which letters can only come in through an
# average? And who else has a share in that average, besides the letters?

# %% [markdown] tags=["exercise"]
# *Your numbers and your explanation:*

# %% tags=["solution"]
for one, other in [("amy", "may"), ("amy", "yam"), ("am", "amam")]:
    for label, matrices in [("without", blanked(weights, "wpe")), ("with", weights)]:
        pairs = zip(probs_after_draft(matrices, one), probs_after_draft(matrices, other))
        print(f"{one} and {other}, {label} positions: {max(abs(p - p2) for p, p2 in pairs):.6f}")

# %% [markdown] tags=["solution"]
# Without positions, *amy* and *may* are the same to the model, to the last digit shown. Both end in
# y, and the y goes around attention, through the residual connection, to the logits. Everything
# else comes in through an average, and an average doesn't know who came first. *amy* and *yam*
# differ widely, because their last letters do. One piece of order is left: the model knows which
# letter is last.
#
# *am* and *amam* both end in m and have as many a's as m's, yet they differ a little. The dot has a
# share in the average too, about a third after two letters and a fifth after four. That's how the
# model still gets a hint of the length. With positions in place, this pair differs far more.
#
# Common mistakes:
#
# - expecting that everything is lost;
# - forgetting the dot;
# - comparing only the likeliest letter of each list, which may agree where the lists don't.

# %% [markdown] exercise="train3.pictures" kind="open" size="longer" minutes="40"
# ### Pictures of your own
#
# **Aim.** Look at what attention does on names that you know, and don't believe the picture.
#
# Draw `attention_picture(weights, tokenizer, name)` for at least five names, such as your own, one
# that repeats a letter many times, and one with nothing but vowels. Before you draw each of them,
# write down where you expect the darkest square. Then test the picture. If you blank `wq`, how much
# do the probabilities of what comes after that name change?
#
# **Done when** you have written half a page. Say what the pictures have in common, name one thing
# that you would have liked to believe, and report what the test says about it.

# %% [markdown] tags=["hint"]
# Start with a question that could be answered with *no*. For example, do two equal letters get
# equal shares?

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
# All rows of this picture are nearly even. The test agrees, for this name and for the others. When
# nobody asks, no probability changes by more than about a thousandth. A good report picks a square
# that seemed to mean something, such as *the second n looks at the first*. It compares that
# square's share with the even one, and then puts the story to the test. It doesn't conclude that
# attention is useless, because the puzzle shows that it isn't. It says what *these* pictures can't
# show.

# %% tags=["check"]
summary("train3")

# %% [markdown]
# ## What you have built
#
# Here's the program so far, one bar per line. What this lesson added stands out.

# %% tags=["hide-input"]
from microgpt_ref.lab.figures import program_map

program_map("train3")

# %% [markdown]
# **What still hurts.** The model can look back, but it has hardly learned to, because a single rate
# has to serve weights whose slopes differ by a factor of more than two hundred. Besides, it can ask
# only one question at a time, and it has only one layer to ask it in. *What is missing to be a
# GPT?*
#
# - [train4](train4.ipynb), the last lesson, has the answer.
# - [How the program changes](../book/changes.md#from-train2-to-train3) shows, line by line, what
#   this lesson did to the program.
# - [From microgpt to ChatGPT](../book/to-chatgpt.md#context) tells you how far back large models
#   look, and what that costs.

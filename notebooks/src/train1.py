# %% [markdown]
# # train1: can the table be learned?
#
# | | |
# |---|---|
# | **question** | can the table be learned instead of counted? |
# | **loss so far** | 2.4756 on held-out names, by counting |
# | **new here** | softmax, slopes, the chain rule, layers, gradient descent, temperature |
# | **dropped** | the counts |
# | **time** | about 90 minutes, 30 of them for two exercises; the cells run in half a minute |
#
# A network that knows nothing writes *dwugnmrvcawluamt*. A thousand names later, the same network
# writes *janalinieliia*. In between, nobody has counted anything, and nobody has told it a rule.
# Its numbers started out random, and after each name they moved a tiny bit, in whichever direction
# made that name less surprising. Drag the step from 0 to 1,000, and watch train0's table appear out
# of nothing.

# %% tags=["setup"]

# %% tags=["hide-input"]
import math
import random

from microgpt_ref.bigram import bigram_loss, bigram_probs, count_pairs, zero_counts
from microgpt_ref.data import load_docs
from microgpt_ref.lab.checks import check, summary
from microgpt_ref.lab.explorables import example
from microgpt_ref.lab.train1 import rounded
from microgpt_ref.sampling import generate
from microgpt_ref.tokenizer import Tokenizer
from microgpt_ref.training import evaluate, train

docs = load_docs("ssa2018")
example("learning_film")

# %% [markdown]
# This is how every large model learns. Nobody writes its numbers down. They're found by going
# downhill, in small steps, on a landscape that nobody has ever seen. In this lesson you make it
# happen twice. The first time it's train0's table that learns, in ten lines. The second time it's
# the small **neural network** in the figure above. That takes a page of algebra, and you find out
# what all the work is good for.
#
# We keep score as before, with the [loss](train0.ipynb#the-loss): the mean surprise per token,
# $-\ln p$, on names that the model hasn't learned from. Here is the score to beat.

# %% tags=["main"]
rng = random.Random(42)
rng.shuffle(docs)
tokenizer = Tokenizer(docs)

# %%
counts = zero_counts(tokenizer.vocab_size)
for doc in docs[:1000]:
    count_pairs(counts, tokenizer.encode(doc))
counted_loss = evaluate(lambda tokens: bigram_loss(counts, tokens), docs[1000:1300], tokenizer)
print(f"held-out loss by counting: {counted_loss:.4f} nats per token")

# %% [markdown]
# ## Numbers that are free to move
#
# Probabilities are awkward to move. None may be negative, and when one of them grows, others have
# to shrink. So we let the model hold numbers that may be anything at all, one for each token, and
# turn them into probabilities in a last step. These free numbers are called **logits**, and the
# last step is called **softmax**. It raises $e$ to the power of each logit, which gives a positive
# number every time, and divides each of these powers by their sum.
#
# $$p_i = \frac{e^{z_i}}{\sum_j e^{z_j}}$$
#
# Here $z_i$ is the logit of token $i$, and $\sum_j$ means *add up over all tokens $j$*.

# %%
def softmax_draft(logits):
    exps = [math.exp(logit) for logit in logits]
    return [e / sum(exps) for e in exps]


print(rounded(softmax_draft([0.0, 0.0, 0.0])))
print(rounded(softmax_draft([math.log(6), math.log(3), math.log(1)])))

# %% [markdown]
# (`rounded` is a helper of ours that keeps four decimals.) Equal logits give equal probabilities.
# For the second line we took a row of counts, 6, 3 and 1, and used their logarithms as logits.
# Softmax gave back 6/10, 3/10 and 1/10, the shares of the row. So whatever a row of train0's table
# says, there are logits that say it too. How can we find them without counting?
#
# ## Which way is down?
#
# Suppose there are three tokens, and the second one really came next. Should the first logit go up
# or down? The crudest way to find out is to try it. Nudge this logit up a tiny bit, and divide the
# change in the loss by the size of the nudge. The result is called the **slope** of the loss along
# this logit. If it's positive, going up makes things worse.
#
# In the next piece, `loss` is a function that computes the loss afresh each time it's called, and
# `row[j]` is the number that gets nudged and then put back. The nudge, `1e-5`, is 0.00001.

# %% tags=["piece"] piece="mlp.numerical_slope"

# %%
logits, target = [math.log(4), math.log(2), math.log(2)], 1


def surprise_draft():
    return -math.log(softmax_draft(logits)[target])


print("probabilities", rounded(softmax_draft(logits)))
print("slopes       ", rounded([numerical_slope(surprise_draft, logits, i) for i in range(3)]))

# %% [markdown]
# Compare the two lines. For a token that didn't come, the slope *is* the probability. For the one
# that did, the slope is the probability minus 1. Here it is as a formula, in which $t$ is the
# target, the token that really came:
#
# $$\text{slope along } z_i = p_i - (1 \text{ if } i = t \text{, else } 0)$$
#
# We'll prove it further down. Read it as a complaint. *You gave the first token 0.5, and it should
# have been 0. You gave the second 0.25, and it should have been 1.* To get downhill, move each
# logit against its slope. Here the first and the third go down, and the second goes up. Try it in
# the figure, where the number on the right is the complaint, and the arrow shows where it sends the
# logit. (Leave the temperature at 1. Its turn comes at the end of the lesson.)

# %% tags=["hide-input"]

example("softmax_arrows")

# %% [markdown]
# ## The table, learned
#
# That's all we need. Give each token a row of 27 logits, all zero at first. For each pair in a
# name, turn the row of the first token into probabilities, subtract 1 from the probability of the
# second, and move the row against the result. How far it moves is up to the **learning rate**, a
# number that the slopes are multiplied by.

# %%
table = [[0.0] * 27 for _ in range(27)]


def learn_table_draft(tokens, rate):
    surprises = []
    for token, target in zip(tokens, tokens[1:]):
        probs = softmax_draft(table[token])
        surprises.append(-math.log(probs[target]))
        probs[target] -= 1  # from here on, they are the complaint
        for i, slope in enumerate(probs):
            table[token][i] -= rate * slope
    return sum(surprises) / len(surprises)


def table_loss(tokens):
    pairs = zip(tokens, tokens[1:])
    return sum(-math.log(softmax_draft(table[a])[b]) for a, b in pairs) / (len(tokens) - 1)

# %% [markdown]
# `train` is the loop from train0, unchanged. It lets the rate fall from 1.0 to 0 in a straight
# line, so that the last names don't shake everything up again.
#
# **What do you expect?** Counting reached 2.4756 on the held-out names. Where does the learned
# table end up, after one pass over the same thousand names?

# %%
train(learn_table_draft, docs, tokenizer, 1000, rate=1.0)
held_out = docs[1000:1300]

# %% tags=["reveal"] ask="the held-out loss, in nats" answer="evaluate(table_loss, held_out, tokenizer)" digits=4
print(f"held-out loss of the learned table: {evaluate(table_loss, held_out, tokenizer):.4f}")

# %% [markdown]
# Close, but not quite there. Counting makes full use of a pair the moment it sees it. Our table has
# taken only one small step for each. So let it read the same thousand names five times.

# %%
table = [[0.0] * 27 for _ in range(27)]
train(learn_table_draft, docs[:1000], tokenizer, 5000, rate=1.0)
print(f"after five passes: {evaluate(table_loss, held_out, tokenizer):.4f}")

# %% [markdown]
# Now lay the learned table beside the counted one, with a mark for each pair of letters.

# %%
from microgpt_ref.lab.train1 import tables_compared

counted = [bigram_probs(counts, token) for token in range(27)]
tables_compared(counted, [softmax_draft(row) for row in table], [sum(row) for row in counts])

# %% [markdown]
# There it is. The dots lie along the diagonal. After a common letter, learning and counting arrive
# at nearly the same probabilities. The crosses belong to the eleven rarest letters, and there the
# two disagree. Do you remember q, whose few real counts were drowned by the 27 that we added?
# Nobody adds anything here. The learned table even comes out slightly ahead, and almost half of its
# lead comes from these eleven letters.
#
# *Can the table be learned?* Yes, in ten lines. We could stop here.
#
# ## Why bother with a network?
#
# A learned table is still a table. Each row learns from its own letter and from nothing else. And
# if the table had to look three letters back, it would have half a million entries, nearly all of
# them untouched. We need a model whose size doesn't explode as it looks further back, and in which
# something learned in one place helps in another. In a network, most parts are shared by all
# tokens. That's the one reason for all the work that follows. The reward comes in train3, when
# there'll be more to look at than one letter. In this lesson we learn how to train such a thing in
# the first place.
#
# Here is the smallest network worth drawing. It knows three tokens, a, n and BOS. It sees an a, and
# an n comes next. Drag its *step* back to 0, then press *Step* and read along until the loss
# appears.

# %% tags=["hide-input"]

example("tiny_network")

# %% [markdown]
# The network has seven numbers that training may move, and they're called **weights**. Each token
# has one, its **embedding**, and the embedding of a is 4. There's one in the middle, called fc1,
# and there are three at the end, called fc2. Between fc1 and fc2 stands a gate called **ReLU**. It
# lets a positive number pass, and turns a negative one into 0. What comes out of the gate is called
# *hidden*, since it's neither put in from outside nor read off at the end.
#
# All of it fits on paper. Here are the steps forward:
#
# | what | how | value |
# |---|---|---|
# | $x$ | the embedding of a | $4$ |
# | $\text{fc1}\,x$ | the weight of fc1 times $x$: $\frac12 \cdot 4$ | $2$ |
# | hidden | 2 is positive, and the gate lets it pass | $2$ |
# | logits $z$ | hidden times the weights of fc2: $2 \cdot (\ln 2,\ \frac12 \ln 2,\ \frac12 \ln 2)$ | $\ln 4,\ \ln 2,\ \ln 2$ |
# | $e^z$ | $e^{\ln 4}$ is $4$ | $4,\ 2,\ 2$ |
# | $p$ | divided by their sum, 8 | $\frac12,\ \frac14,\ \frac14$ |
# | loss | n came next: $-\ln \frac14$ | $\ln 4$ |
#
# ## Backward
#
# We know which way the *logits* should move, because the complaint says so. But they aren't ours to
# move any more. They're made from the weights. So each weight has to be told its share of the
# complaint, and there's one rule for that, the **chain rule**.
#
# > **Along one path, multiply. Where several paths meet, add.**
#
# If $y$ grows three times as fast as $x$, and the loss grows twice as fast as $y$, then the loss
# grows six times as fast as $x$. If $x$ reaches the loss by two paths, both count. How fast the
# result of a single operation grows with its input is called its **local derivative**. For
# $y = w\,x$, the local derivative along $x$ is $w$, and along $w$ it's $x$.
#
# We write $dx$ for the slope of the loss along $x$, and name all the other slopes in the same way.
# Now press *Step* again in the figure. The values stay where they are, and the slopes come back
# from right to left:
#
# | what | how | value |
# |---|---|---|
# | $dz$ | the complaint, $p$ − target | $\frac12,\ -\frac34,\ \frac14$ |
# | $d\text{fc2}$ | each $dz_i$ times hidden, 2 | $1,\ -\frac32,\ \frac12$ |
# | $d\text{hidden}$ | three paths: $\frac12\ln 2 - \frac34\cdot\frac12\ln 2 + \frac14\cdot\frac12\ln 2$ | $\frac14 \ln 2$ |
# | $d(\text{fc1}\,x)$ | the gate is open, and all of it passes | $\frac14 \ln 2$ |
# | $d\text{fc1}$ | $d(\text{fc1}\,x)$ times $x$, 4 | $\ln 2$ |
# | $dx$ | $d(\text{fc1}\,x)$ times the weight, $\frac12$ | $\frac18 \ln 2$ |
#
# If $\text{fc1}\,x$ were negative, the gate would be shut. Nothing comes through a shut gate in
# either direction. Hidden would be 0. The slopes of fc2 would be 0 as well, and so would the last
# three slopes in the table. (To watch this happen, let the network see an n.)
#
# We still owe you a proof of the complaint. With $s = \sum_j e^{z_j}$ the loss is
# $-\ln (e^{z_t} / s) = \ln s - z_t$. The slope of $\ln s$ is $1/s$, and $e^z$ is its own slope.
# (Here's a [refresher on derivatives](../book/prerequisites.md#derivatives).) So along the path
# $z_i \to s \to \ln s$ we get $e^{z_i} \cdot 1/s$, which is $p_i$. The target's logit has a second
# path, straight through $-z_t$, and that adds $-1$.
#
# Do the numbers hold up? Here's the same network in Python. We nudge the five weights that this
# prediction uses.

# %%
tiny = Tokenizer(["ana", "nan", "anna"])  # a is 0, n is 1, BOS is 2
ln2 = math.log(2)
tiny_weights = {"wte": [[4.0], [-2.0], [2.0]], "fc1": [[0.5]], "fc2": [[ln2], [ln2 / 2], [ln2 / 2]]}


def tiny_loss_draft():
    x = tiny_weights["wte"][0][0]  # a
    hidden = max(0.0, tiny_weights["fc1"][0][0] * x)
    return -math.log(softmax_draft([row[0] * hidden for row in tiny_weights["fc2"]])[1])  # then n


for name, rows in [("fc2", tiny_weights["fc2"]), ("fc1", tiny_weights["fc1"])]:
    print(f"d{name}", rounded([numerical_slope(tiny_loss_draft, row, 0) for row in rows]))
print("dx  ", rounded([numerical_slope(tiny_loss_draft, tiny_weights["wte"][0], 0)]))
print("paper:", rounded([1, -3 / 2, 1 / 2]), rounded([ln2]), rounded([ln2 / 8]))

# %% [markdown]
# Paper and nudging agree, but nudging had to work far harder. It computes the loss again for every
# single weight. Going backward takes one trip, however many weights there are. All the slopes
# together are called the **gradient**, and finding it by going backward through the layers is
# called **back-propagation**. Every large language model learns this way.
#
# ## The real thing
#
# Now we build the same network at full size, with 27 tokens, embeddings of 16 numbers and 64 hidden
# numbers. We start with the softmax, because our draft has a weakness.

# %%
try:
    print(softmax_draft([1000.0, 0.0, 0.0]))
except OverflowError:
    print("e^1000 is too large: a float ends at about 1.8e308")

# %% [markdown]
# The cure is to subtract the same number from all logits. That divides every $e^{z}$ by the same
# factor, both above the fraction bar and below it, and the quotients don't change. If we subtract
# the largest logit, the largest power is $e^0 = 1$, and nothing can overflow.

# %% [markdown] exercise="train1.softmax" kind="build it first" size="short" minutes="10"
# ### A softmax for any logits
#
# **Aim.** Mend the draft yourself.
#
# Write a function that turns a list of logits into probabilities, as `softmax_draft` does. Yours
# has to work for numbers of any size, such as `[1000.0, 0.0]` or `[-1000.0, -1001.0]`. The list may
# have any length from 1 up, and your function must leave it unchanged.
#
# **Done when** the check says *right*.

# %% [markdown] tags=["hint"]
# What does `[-1000.0, -1001.0]` become if you subtract the larger of the two from both?

# %% [markdown] tags=["hint"]
# Keep the draft, but let it loop over a list of shifted logits.

# %% tags=["exercise"]
def my_softmax(logits):
    ...  # your code here: it returns a list, as long as logits

# %% tags=["solution"]
def my_softmax(logits):
    largest = max(logits)
    exps = [math.exp(logit - largest) for logit in logits]
    return [e / sum(exps) for e in exps]

# %% tags=["check"]
check("train1.softmax", my_softmax)

# %% [markdown] tags=["solution"]
# One of the powers is always $e^0 = 1$, which keeps the sum from being 0. No power is larger than
# 1, and therefore none can overflow.
#
# Common mistakes: subtracting a fixed number, which helps only for logits near it; subtracting the
# smallest, which makes the largest power larger still; dividing the powers of shifted logits by the
# sum of the unshifted ones; cutting logits off at some limit, which makes different logits equal.

# %% [markdown]
# The program's softmax, and the loss after it, rely on four helpers. `total` adds from left to
# right, `exp` and `log` do what they do in `math`, and `plain(x)` returns `x`. They look more
# complicated than that, because in train2 they'll have to deal with a new kind of number. You can
# leave them folded until then.

# %% tags=["piece", "hide-input"] piece="layers.total layers.plain layers.exp layers.log"

# %% tags=["piece"] piece="layers.softmax"

# %%
print(softmax([1000.0, 0.0, 0.0]))

# %% [markdown]
# The last two probabilities are so small that they're rounded to 0, and you know what a zero does
# to the loss. But the loss is $\ln s - z_t$, and we can compute that without the detour through
# probabilities. The loss has a second name, **cross-entropy**, and the function that computes it
# goes by that name.

# %% tags=["piece"] piece="layers.cross_entropy"

# %%
print(cross_entropy([1000.0, 0.0, 0.0], 1))

# %% [markdown]
# A **layer** takes a list of numbers, a **vector**, and makes another one. It has a **matrix** of
# weights, one row for each number that comes out. To get that number, multiply the row by the
# input, entry by entry, and add up the products:
#
# $$y_i = \sum_j W_{ij}\, x_j$$

# %% tags=["piece"] piece="layers.dot layers.linear"

# %%
print(linear([[1, 2], [3, 4], [5, 6]], [10, 1]))

# %% [markdown]
# By hand, the second of these is $3 \cdot 10 + 4 \cdot 1 = 34$.
#
# Two layers in a row would be no better than one, since $3 \cdot (2 \cdot x)$ is $6 \cdot x$, and
# it's the same with matrices. It's the gate between them that makes two layers worth having.
# They're called `fc1` and `fc2`, for *fully connected*, because every number that goes in has a say
# in every number that comes out.
#
# $$\text{hidden} = \text{relu}(\text{fc1}\; x) \qquad \text{logits} = \text{fc2}\; \text{hidden}$$

# %% tags=["piece"] piece="layers.relu mlp.feed_forward"

# %% [markdown]
# `wte` holds the embeddings, one row for each token. (The name comes from GPT-2 and stands for
# *word token embeddings*.) To embed a token is to look up its row. The first function below lists
# the shapes of the matrices. (There are four hidden numbers for each number of an embedding.) The
# second is the whole network. It's called an **MLP**, a *multi-layer perceptron*.

# %% tags=["piece"] piece="mlp.mlp_shapes mlp.mlp"

# %% [markdown]
# The weights start out random. If they were all equal, all hidden numbers would be equal, would get
# the same complaint, and would stay equal forever. The weights also start out small, most of them
# between −0.1 and 0.1, so that the model has no strong opinions yet.

# %% tags=["piece"] piece="layers.random_matrix layers.random_weights"

# %% tags=["main"]
weights = random_weights(mlp_shapes(tokenizer.vocab_size, 16), rng)


def next_logits(token):
    return mlp(weights, token)


# %%
sizes = {name: len(w) * len(w[0]) for name, w in weights.items()}
print(sizes, "together", sum(sizes.values()))
wte_at_first = [row[:] for row in weights["wte"]]  # a copy, to look back at

# %% [markdown]
# These 3,184 numbers are the model's **parameters**. The next function computes the loss of a
# document for any model that returns logits, and it will serve us until the end of the course.

# %% tags=["piece"] piece="layers.document_loss"

# %% [markdown]
# **What do you expect?** The weights are small, and therefore all logits are close to 0. What's the
# loss of the untrained network on *emma*, to one decimal?

# %% tags=["reveal"] ask="the loss of emma, in nats" answer="document_loss(next_logits, tokenizer.encode('emma'))" digits=1
print(f"untrained: {document_loss(next_logits, tokenizer.encode('emma')):.4f}")

# %% [markdown]
# It's near $\ln 27$, as it was for the empty table. A model without opinions shrugs.
#
# ## Backward, layer by layer
#
# For a layer of any size we do what you did on paper, only with indices. From
# $y_i = \sum_j W_{ij} x_j$ it follows that
#
# $$dW_{ij} = dy_i\, x_j \qquad dx_j = \sum_i W_{ij}\, dy_i$$
#
# The first is the row $d\text{fc2}$ of your table, and the second is the row $d\text{hidden}$. A
# document uses the same weights for each of its predictions. That makes several paths again, and
# their slopes are added up in a matrix `dw` that starts at zero.

# %% [markdown] exercise="train1.linear_backward" kind="build it first" size="short" minutes="20"
# ### A layer backward
#
# **Aim.** Turn the two formulas into loops without mixing up rows and columns.
#
# A layer has made $y = W x$ out of `x`. Your function gets the matrix `w`, the vector `x`, the
# slopes `dy` of the loss along $y$, and a matrix `dw` of the same shape as `w`. It adds each
# $dW_{ij}$ to what `dw[i][j]` already holds, and returns the list $dx$. It should work for a matrix
# of any shape, and change nothing except `dw`.
#
# **Done when** the check says *right*.

# %% [markdown] tags=["release"]
# > **Aim.** Turn the two formulas into loops without mixing up rows and columns.
#
# **Aim.** Turn two formulas into loops without mixing up rows and columns:
#
# $$dW_{ij} = dy_i\, x_j \qquad dx_j = \sum_i W_{ij}\, dy_i$$

# %% [markdown] tags=["hint"]
# `w` has one row for each entry of `dy`, and each row has one entry for each entry of `x`. So `dx`
# is as long as `x`.

# %% [markdown] tags=["hint"]
# Two loops, one inside the other, do both jobs. For each `i` and `j` there is one product to add to
# `dw[i][j]`, and one to add to `dx[j]`.

# %% tags=["exercise"]
def my_linear_backward(w, x, dy, dw):
    ...  # your code here: it changes dw, and returns dx

# %% tags=["solution"]
def my_linear_backward(w, x, dy, dw):
    dx = [0.0] * len(x)
    for i in range(len(dy)):
        for j in range(len(x)):
            dw[i][j] += dy[i] * x[j]
            dx[j] += w[i][j] * dy[i]
    return dx

# %% tags=["check"]
check("train1.linear_backward", my_linear_backward)

# %% [markdown] tags=["solution"]
# The entry `w[i][j]` connects `x[j]` and `y[i]`, forward and backward alike. So `dx` goes down the
# columns of `w`, while the layer itself goes along the rows.
#
# Common mistakes: `=` instead of `+=`, which forgets the other predictions of a document; replacing
# `dw` with a new matrix, which nobody else will ever see; multiplying `w` by `dy` in the forward
# direction, which raises no error if `w` is square.

# %% [markdown]
# Here is the program's version. In its description, `dy xᵀ` is short for the matrix of all products
# `dy[i] * x[j]`.

# %% tags=["piece"] piece="mlp.linear_backward"

# %%
dw = [[0, 0], [0, 0], [0, 0]]
print("dx", linear_backward([[1, 2], [3, 4], [5, 6]], [10, 1], [1, 0, 2], dw))
print("dw", dw)

# %% [markdown]
# Two small helpers are still missing. One makes the zeros to start from, and the other adds one
# vector to another.

# %% tags=["piece"] piece="mlp.zeros_like layers.add"

# %% [markdown]
# Now put it together. Go forward, turn the probabilities into the complaint, go back through `fc2`,
# go back through `fc1`, and add what arrives at the end to the gradient of `wte`, in the row that
# was looked up. Here's a first attempt. It contains two mistakes. Can you see them?

# %%
def mlp_gradient_draft(weights, tokens):
    grads = zeros_like(weights)
    for token, target in zip(tokens, tokens[1:]):
        x = weights["wte"][token]
        hidden = [relu(h) for h in linear(weights["fc1"], x)]
        dlogits = softmax(linear(weights["fc2"], hidden))
        dlogits[target] -= 1
        dhidden = linear_backward(weights["fc2"], hidden, dlogits, grads["fc2"])
        dx = linear_backward(weights["fc1"], x, dhidden, grads["fc1"])
        grads["wte"][token] = add(grads["wte"][token], dx)
    return grads

# %% [markdown]
# It runs, and nothing looks odd. That's the trouble with gradients. A wrong one still trains, and
# the falling loss hides the mistake. So check it. Nudging is slow, but it uses none of our
# formulas, and it can't repeat our mistakes.

# %%
emma = tokenizer.encode("emma")


def emma_loss():
    return document_loss(next_logits, emma)


# %%
def compare(grads, sample):
    for name, i, j in sample:
        slope = numerical_slope(emma_loss, weights[name][i], j)
        print(f"{name}[{i}][{j}]  by hand {grads[name][i][j]:8.5f}  by nudging {slope:8.5f}")


# %%
# fc2[12] is the row of m, fc2[0] that of a, wte[4] that of e; fc1[5] makes hidden number 5
sample = [("fc2", 12, 2), ("fc2", 0, 7), ("fc1", 5, 3), ("fc1", 6, 3), ("wte", 4, 0), ("wte", 4, 1)]
compare(mlp_gradient_draft(weights, emma), sample)

# %% [markdown]
# Look at `fc2` first. Both slopes are five times as large as they should be, and *emma* has five
# predictions. The loss is the *mean* of five surprises, and we forgot to divide by five.
#
# In `fc1` and `wte` no such factor helps. For `fc1[5][3]` nudging finds 0. This weight leads to a
# gate that's shut for BOS and for every letter of *emma*, and the draft walks straight through it.
#
# Here is the function without the two mistakes. It now returns the loss as well. Which lines put
# the mistakes right?

# %% tags=["piece"] piece="mlp.mlp_gradient"

# %%
loss, grads = mlp_gradient(weights, emma)
compare(grads, sample)

# %% [markdown]
# All six agree. But six out of 3,184 could be luck. Try forty more, drawn at random.

# %%
from microgpt_ref.lab.train1 import widest_gap

gap = widest_gap(emma_loss, weights, grads, 40, random.Random(0))
print("widest gap, over 40 weights drawn at random, below a millionth:", gap < 1e-6)

# %% [markdown] retires="mlp.numerical_slope"
# It's enough to divide by $n$ once, at the start of the backward pass, because every later slope
# inherits the factor. From here on, `numerical_slope` isn't part of the program. Keep it in your
# pocket all the same. Whenever you write a gradient, nudge.
#
# ## Downhill
#
# Picture the loss as a valley, and a weight as a ball on one of its sides. The slope says which way
# is up, and the ball should roll the other way.
#
# $$w \leftarrow w - \text{rate} \cdot dw$$

# %% tags=["piece"] piece="mlp.descend"

# %% [markdown]
# Here's the valley of one weight of the tiny network, `fc2[1][0]`, on the name *anna*. Where the
# slope is negative, the loss falls to the right, and the weight should grow.

# %%
from microgpt_ref.lab.train1 import show_weight

anna = tiny.encode("anna")
n_row = tiny_weights["fc2"][1]


def tiny_loss():
    return document_loss(lambda token: mlp(tiny_weights, token), anna)


show_weight(n_row[0], tiny_loss, n_row, 0)

# %% tags=["live"]
from microgpt_ref.lab.widgets import play, slider

play(
    "The slope's sign says which way the loss falls. What is the slope where the loss is smallest?",
    lambda weight: show_weight(weight, tiny_loss, n_row, 0),
    weight=slider("weight", [i / 20 for i in range(-20, 41)], 0.35),
)

# %% [markdown]
# Now let all seven weights roll at once, for a hundred steps.

# %%
for step in range(101):
    loss, grads = mlp_gradient(tiny_weights, anna)
    if step % 20 == 0:
        print(f"step {step:3d}   loss {loss:.4f}")
    descend(tiny_weights, grads, 0.1)

print(rounded([cross_entropy(mlp(tiny_weights, t), after) for t, after in zip(anna, anna[1:])]))

# %% [markdown]
# The loss falls fast at first and then slowly. The last line lists the five surprises along ·anna·.
# If we had counted these pairs instead, without adding one, no surprise would be larger than
# $\ln 2$, about 0.69. Here all five are larger. Two of them are $\ln 3$, which is what a shrug costs among three tokens. The
# gate for n was shut at the start, no complaint ever comes through it, and it stays shut. And one
# hidden number can't serve both a and BOS, because what helps one hurts the other. Seven weights
# are too few.
#
# This is **gradient descent**. When every step looks at a different document, it's called
# *stochastic* gradient descent, or **SGD**. Each name pulls its own way, and on average the pulls
# point downhill.
#
# Now train the real network. The loop is train0's again, and `learn` descends instead of counting.

# %% tags=["main"]
def learn(tokens, rate):
    loss, grads = mlp_gradient(weights, tokens)
    descend(weights, grads, rate)
    return loss


steps = 1000
losses = train(learn, docs, tokenizer, steps, rate=1.0)

# %% tags=["quick"]
from microgpt_ref.lab.quick import quick_train


def learn(tokens, rate):
    loss, grads = mlp_gradient(weights, tokens)
    descend(weights, grads, rate)
    return loss


steps = 1000
losses = quick_train("train1", weights, docs, tokenizer, steps, rate=1.0)

# %%
from microgpt_ref.lab.figures import loss_curve

loss_curve(losses, "train1", reference=("counting, held out", counted_loss))

# %% [markdown]
# During the first steps next to nothing happens. Every slope has other weights among its factors,
# and those are still close to 0. Then they grow, and the loss comes down. Why a rate of 1.0? The
# figure at the top of this page shows two others. At 0.1 the network crawls, and at 3.0 it blows
# up.
#
# ## Was it worth it?
#
# **What do you expect?** The network has read the same thousand names, and it looks at the same one
# letter. Counting reached 2.4756. Where does the network end up?

# %% tags=["main", "reveal"] ask="the held-out loss, in nats" answer="loss" digits=4
held_out = docs[1000:1300]
loss = evaluate(lambda tokens: document_loss(next_logits, tokens), held_out, tokenizer)
print(f"held-out loss: {loss:.4f} nats per token")

# %% [markdown]
# We did all this work, and the network is slightly *worse* than counting! It's even worse than the
# learned table after its one pass. Is it a failure? Give it a second pass over the names before you
# judge.

# %%
more = {name: [row[:] for row in w] for name, w in weights.items()}


def learn_more(tokens, rate):
    loss, grads = mlp_gradient(more, tokens)
    descend(more, grads, rate)
    return loss


train(learn_more, docs[:1000], tokenizer, 1000, rate=1.0)
more_loss = evaluate(
    lambda tokens: document_loss(lambda token: mlp(more, token), tokens), held_out, tokenizer
)
print(f"held-out loss after a second pass: {more_loss:.4f}")

# %% tags=["quick"]
from microgpt_ref.lab.quick import quick_loss, quick_train

more = {name: [row[:] for row in w] for name, w in weights.items()}


def learn_more(tokens, rate):
    loss, grads = mlp_gradient(more, tokens)
    descend(more, grads, rate)
    return loss


quick_train("train1", more, docs[:1000], tokenizer, 1000, rate=1.0)
more_loss = evaluate(quick_loss("train1", more, tokenizer), held_out, tokenizer)
print(f"held-out loss after a second pass: {more_loss:.4f}")

# %% [markdown]
# It wasn't finished, and it isn't finished now. A run of five passes, as many as the table had,
# gets it to 2.4652, where the table got to 2.4644. Trained long enough, the two are nearly equal,
# and there's a reason. With one letter to look at there are only 27 situations, a thousand names
# show the common ones often enough, and there's little for shared parts to share. We've built an
# engine and are using it to cross the street.
#
# Still, look at what it found along the way. An embedding is a list of 16 numbers, and you can
# think of it as an arrow in a space of 16 dimensions. For each of five letters, here are the four
# whose arrows point most nearly in the same direction.

# %%
from microgpt_ref.lab.train1 import most_alike

for letter in "aeiom":
    print(letter, "is most like", *most_alike(weights["wte"], tokenizer, letter))

# %% [markdown]
# Nobody told it about vowels. They found each other, because similar letters follow them. Sixteen
# dimensions don't fit on a page, but two do. So these maps keep the two directions in which the
# embeddings differ most.

# %%
from microgpt_ref.lab.train1 import embedding_maps

embedding_maps(wte_at_first, weights["wte"], tokenizer)

# %% [markdown] retires="bigram.bigram_probs bigram.bigram_loss bigram.zero_counts bigram.count_pairs"
# Even y has joined the vowels. A table can't discover such a thing, because it has no idea that two
# of its rows are alike. So the program goes on with the network, and the four counting functions
# leave it for good.
#
# ## Bolder or more careful
#
# Before we draw names, there's one more knob to turn. Divide the logits by a number, the
# **temperature**, before the softmax. Below 1, a likely token gets likelier still. Above 1, a rare
# one gets a better chance. The next piece turns a model's `next_logits` into the `next_probs` that
# `generate` asks for.

# %% tags=["piece"] piece="layers.with_temperature"

# %% [markdown]
# **What do you expect?** On paper the powers were $4, 2, 2$ and the probabilities
# $\frac12, \frac14, \frac14$. What becomes of the $\frac12$ at a temperature of 0.5? (To divide a
# logit by one half is to double it, and that squares its power. `with_temperature` returns a
# function, and the `(0)` calls it with token 0.)

# %% tags=["reveal"] ask="the ½ becomes" answer="with_temperature(lambda token: paper_logits, 0.5)(0)[0]" digits=4
paper_logits = [math.log(4), math.log(2), math.log(2)]
print(rounded(with_temperature(lambda token: paper_logits, 0.5)(0)))

# %% [markdown]
# $4, 2, 2$ become $16, 4, 4$, and $16/24$ is two thirds. Here's what temperature does to the
# network's opinion of what follows m.

# %%
from microgpt_ref.lab.train1 import temperature_bars

m = tokenizer.encode("m")[1]
probs_at = {t: with_temperature(next_logits, t)(m) for t in [0.5, 1.0, 2.0]}
temperature_bars(probs_at, tokenizer, m)

# %% [markdown]
# From here on our programs draw at a temperature of 0.5.

# %% tags=["main"]
next_probs = with_temperature(next_logits, 0.5)
names = [tokenizer.decode(generate(next_probs, tokenizer.bos, 16, rng)) for _ in range(20)]
print("\n".join(names))

# %% [markdown]
# There are no monsters this time, but plenty of stumps, and *felin*, *jarisa* and *brisa* are
# lovely. Has the network learned something that the table didn't know? Careful! Two things have
# changed since train0, the model and the temperature. To see which of them made the difference,
# draw from both models at both temperatures.

# %%
def counted_logits(token):
    return [math.log(p) for p in bigram_probs(counts, token)]


def real_names(logits, temperature, dice):
    rows = [with_temperature(logits, temperature)(token) for token in range(27)]
    drawn = [generate(lambda token: rows[token], tokenizer.bos, 16, dice) for _ in range(2000)]
    known = sum(tokenizer.decode(tokens) in every_name for tokens in drawn) / len(drawn)
    return f"{known:4.0%} are real names, {sum(map(len, drawn)) / len(drawn):.1f} letters on average"


every_name = set(docs)
for temperature in [1.0, 0.5]:
    for label, logits in [("counting", counted_logits), ("network", next_logits)]:
        print(f"at {temperature}, {label:8}:", real_names(logits, temperature, random.Random(0)))

# %% [markdown]
# It was the temperature. At the same temperature, both models make real names about equally often.
# Anything else would have been strange, since they hold nearly the same table. A low temperature
# plays it safe, and with names that means short ones. After which letters is the end the likeliest
# token of all?

# %%
likeliest = {t: max(range(27), key=lambda target: next_logits(t)[target]) for t in range(27)}
print([tokenizer.decode([t]) for t in range(26) if likeliest[t] == tokenizer.bos])
print("q was seen", sum(counts[tokenizer.encode("q")[1]]), "times")

# %% [markdown]
# q doesn't belong there. But it was seen so rarely that its embedding has moved far less than that
# of any other letter. The network hardly knows what follows q, and the end leads by very little.
#
# ## What to remember
#
# - Softmax turns any numbers into probabilities. Subtract the largest first.
# - A slope says how fast the loss changes with one weight. All the slopes together are the
#   gradient. Along a logit, the slope is a complaint, $p$ − target.
# - By the chain rule, we multiply along a path and add where paths meet. One trip backward finds
#   all slopes.
# - A gradient written by hand is wrong until it has been nudged.
# - Gradient descent moves each weight a little against its slope, again and again.
# - A table can be learned. A network learns it no better, but its letters share what they learn.

# %%
for label, value in [("train0", counted_loss), ("train1", loss)]:
    print(f"{label}: held-out loss {value:.4f}, hesitates between {math.exp(value):.2f} tokens")

# %% [markdown]
# ## Questions
#
# Open the answer that you think is right. It tells you whether you chose well, and why.

# %% [markdown] tags=["question"] question="train1.shifted"
# Three logits are ln 6, ln 3 and 0. Now add 5 to each of them. What probability does softmax give
# to the first?
#
# - [ ] 0.9955 :: It would be if 5 were added to the first alone.
# - [x] 0.6000 :: 6/10, as before. Every power of e is multiplied by the same factor, and so is
#   their sum.
# - [ ] 0.3796 :: That's the first logit divided by the sum of the logits. You need e to the power
#   of each first.

# %% [markdown] tags=["question"] question="train1.sure"
# A model gives the token that really comes next a probability of 0.9. What is the slope of the
# surprise along that token's logit?
#
# - [ ] 0.9 :: It would be if this token hadn't come. For the target, the slope is 1 less.
# - [x] -0.1 :: p - 1. The surer the model already is, the less there is to complain about.
# - [ ] 0.1 :: The size is right, but the surprise falls as this logit grows.
# - [ ] -0.1054 :: That's ln 0.9, which is minus the surprise itself, not its slope.

# %% [markdown] tags=["question"] question="train1.weights"
# Suppose the embeddings have 8 numbers instead of 16, and there are again four hidden numbers for
# each number of the embedding. How many weights does the network have for 27 tokens?
#
# - [ ] 1,592 :: That's half of 3,184. But `fc1` loses half of its rows *and* half of its columns.
# - [x] 1,336 :: 27 · 8 for `wte`, 32 · 8 for `fc1`, 27 · 32 for `fc2`.
# - [ ] 796 :: That's a quarter of 3,184. Only `fc1` shrinks both ways; `wte` and `fc2` keep 27
#   rows.

# %% [markdown] tags=["question"] question="train1.absent"
# There is no b in *emma*. Which part of the gradient of its loss is 0: the row of b in `wte`, or
# the row of b in `fc2`?
#
# - [ ] Both :: The row in `fc2` makes the logit of b, and b is one of the tokens that could have
#   come.
# - [x] Only the row in `wte` :: It's never looked up, and no path leads from it to the loss. But
#   every prediction gave b some probability, and it should have been less.
# - [ ] Only the row in `fc2` :: It's the other way round. Ask what is looked up, and what is
#   predicted.
# - [ ] Neither :: Would the loss notice if the embedding of b were different?

# %% [markdown] tags=["question"] question="train1.zero_row"
# For one document, all slopes along row 7 of `fc1` are 0, by hand and by nudging alike. What is the
# likeliest reason?
#
# - [ ] The weights in this row are 0 :: Then the slopes by hand would be 0, because the gate is
#   shut. But a nudge up could open it, so nudging wouldn't agree.
# - [x] The hidden number that it makes is zero for all of the document's tokens :: Its gate is shut
#   every time, and no small change to the row gets through.
# - [ ] The loss can't get any lower :: Then all slopes would be 0, in the other rows too.
# - [ ] The rate is too small :: The rate only matters after the gradient, in the step.

# %% [markdown] tags=["question"] question="train1.factor"
# On a name of seven letters, each slope by hand is 8 times the one found by nudging. What is
# missing?
#
# - [ ] The gate of the ReLU :: That would change some slopes and not others, by different factors.
# - [x] A division by the number of predictions :: Seven letters and the end make eight predictions,
#   and the loss is their mean.
# - [ ] The learning rate :: It isn't part of the gradient.
# - [ ] A smaller nudge :: With any small nudge, nudging is off by far less than that.

# %% [markdown] tags=["question"] question="train1.step"
# A weight is 0.5, the slope of the loss along it is -2, and the rate is 0.1. Where is the weight
# after a step?
#
# - [ ] 0.3 :: That's uphill, because the loss falls as this weight grows.
# - [x] 0.7 :: Against the slope: 0.5 - 0.1 · (-2).
# - [ ] 2.5 :: That's a step by the whole slope. The rate takes a tenth of it.
# - [ ] 0.4 :: That subtracts the rate alone. It has to be multiplied by the slope.

# %% [markdown] tags=["question"] question="train1.flat"
# Why does the loss hardly fall at the beginning of training?
#
# - [ ] The rate is small at first :: It's largest at first, and falls from there.
# - [x] Each slope is a product with other weights in it, and those are near zero :: On the way
#   back, a layer's `dx` is made with its weights. As they grow, the slopes grow.
# - [ ] The first names are harder :: They are shuffled. No part of the list is harder than
#   another.
# - [ ] The gates of the ReLU are all shut :: With random weights, about half of them are open.

# %% [markdown] tags=["question"] question="train1.temperature"
# Three tokens have the probabilities 0.6, 0.3 and 0.1. What is the probability of the first at a
# temperature of 0.5?
#
# - [ ] 0.3600 :: Squaring is right, but the three squares no longer add up to 1.
# - [x] 0.7826 :: 0.36 divided by 0.36 + 0.09 + 0.01.
# - [ ] 0.4727 :: That's a temperature of 2, with square roots instead of squares.
# - [ ] 1.2000 :: Logits are divided by the temperature, not probabilities, and no probability
#   exceeds 1.

# %% [markdown]
# ## Exercises
#
# Hints are folded under each task, and the solutions are in the last part of the book. The points
# only matter if you take this course in a class.

# %% [markdown] exercise="train1.by_hand" kind="by hand" size="short" minutes="15"
# ### One slope on paper
#
# **Aim.** Go forward and backward through two layers yourself.
#
# This network has the tokens a, n and BOS again, and embeddings of one number, but *two* hidden
# numbers, each with its ReLU. The embedding of a is $x = 2$, and
#
# $$\text{fc1} = \begin{pmatrix} \frac12 \\ -1 \end{pmatrix} \qquad
# \text{fc2} = \begin{pmatrix} \ln 3 & 1 \\ \ln 2 & 3 \\ 0 & 0 \end{pmatrix}$$
#
# It sees an a, and the token that really comes next is another a. What is $dx$, the slope of this
# one surprise along $x$?
#
# **Done when** your number is in the cell below, with at least four decimals, and the check says
# *right*. (You may let `math.log` do the last step.)

# %% [markdown] tags=["release"]
# > This network has the tokens a, n and BOS again, and embeddings of one number, but *two* hidden
# > numbers, each with its ReLU.
#
# This network has the tokens a, n and BOS, embeddings of one number, and *two* hidden numbers, each
# with its ReLU.

# %% [markdown] tags=["hint"]
# The powers of the three logits are whole numbers. If yours aren't, which hidden number should be
# 0?

# %% [markdown] tags=["hint"]
# For each hidden number, go down its column of fc2, and add up three products of a weight and a
# $dz$. Which of the two results may pass its gate?

# %% tags=["exercise"]
my_dx = ...

# %% tags=["solution"]
my_dx = (-math.log(3) / 2 + math.log(2) / 3) / 2

# %% tags=["check"]
check("train1.by_hand", my_dx)

# %% tags=["solution"]
fc1_on_paper, fc2_on_paper = [[0.5], [-1.0]], [[math.log(3), 1.0], [math.log(2), 3.0], [0.0, 0.0]]
x_on_paper = [2.0]


def loss_on_paper():
    return cross_entropy(feed_forward(fc1_on_paper, fc2_on_paper, x_on_paper), 0)


print(f"by hand {my_dx:.4f}   by nudging {numerical_slope(loss_on_paper, x_on_paper, 0):.4f}")

# %% [markdown] tags=["solution"]
# On the way forward, fc1 gives $1$ and $-2$, which makes the hidden numbers $1$ and $0$. The logits
# are $\ln 3, \ln 2, 0$, their powers are $3, 2, 1$, and the probabilities are
# $\frac12, \frac13, \frac16$.
#
# On the way back, $dz$ is $-\frac12, \frac13, \frac16$. Down the first column of fc2 we get
# $-\frac12 \ln 3 + \frac13 \ln 2$, which passes its open gate and is multiplied by $\frac12$. The
# second hidden number would get $-\frac12 + 1 = \frac12$, but its gate is shut, and none of it
# reaches $x$.

# %% [markdown] exercise="train1.central" kind="go further" size="short" minutes="15" points="3"
# ### Nudge both ways
#
# **Aim.** Find slopes by a better kind of nudging, one that checks a gradient more sharply.
#
# `numerical_slope` compares the loss after a nudge with the loss before it. The **central
# difference** nudges once up and once down, and takes the slope between the two:
#
# $$\frac{f(x + h) - f(x - h)}{2h}$$
#
# Write `central_gradient(f, x, h)`. Here `f` is a function that takes a list of numbers and returns
# one number. Your function returns a list of the central differences, one along each entry of `x`,
# while the other entries stay where they are. Afterwards `x` must be what it was, to the last
# digit. The list may be empty.
#
# **Done when** the check says *right*.

# %% [markdown] tags=["hint"]
# For each slope you need two lists to call `f` with. How do they differ from `x`?

# %% [markdown] tags=["hint"]
# If you add `h` to a float and take it away again, the last digit may have changed. It's safer to
# work on a copy, or to keep the number and put it back.

# %% tags=["exercise"]
def central_gradient(f, x, h):
    ...  # your code here: it returns a list of slopes

# %% tags=["solution"]
def central_gradient(f, x, h):
    slopes = []
    for j in range(len(x)):
        up, down = x[:], x[:]
        up[j] += h
        down[j] -= h
        slopes.append((f(up) - f(down)) / (2 * h))
    return slopes

# %% tags=["check"]
check("train1.central", central_gradient)

# %% tags=["solution"]
for h in [1e-1, 1e-2, 1e-3]:
    forward = (math.exp(h) - 1) / h
    (central,) = central_gradient(lambda x: math.exp(x[0]), [0.0], h)
    print(f"h {h:5.3f}   off by {forward - 1:.7f} one way, {central - 1:.7f} both ways")

# %% [markdown] tags=["solution"]
# The slope of $e^x$ at 0 is 1. When $h$ shrinks to a tenth, the error of nudging one way shrinks to
# a tenth as well, but that of nudging both ways shrinks to a hundredth. A curve that bends upward
# lifts both of its ends alike, and the difference cancels that out.
#
# Common mistakes: dividing by $h$, though the two points are $2h$ apart; not putting an entry back
# before the next one's turn; `up = x`, which is only a second name for the same list.

# %% [markdown] exercise="train1.tanh" kind="go further" size="short" minutes="15" points="3"
# ### Another gate, backward
#
# **Aim.** Find a local derivative that the lesson hasn't given you.
#
# Before ReLU, many networks used the **hyperbolic tangent**,
#
# $$\tanh x = \frac{e^{x} - e^{-x}}{e^{x} + e^{-x}}$$
#
# It goes smoothly from $-1$ to $1$, and Python has it as `math.tanh`. Suppose it was applied to
# every entry of a vector, $y_j = \tanh x_j$. Write `tanh_backward(x, dy)`. Given the vector `x` and
# the slopes `dy` of the loss along $y$, it returns the list $dx$. Use a formula, not nudging, even
# if the check might not notice. It has to work for entries like 1000 and for empty lists, too.
#
# **Done when** the check says *right*.

# %% [markdown] tags=["release"]
# > a local derivative that the lesson hasn't given you.
#
# a local derivative that nobody has given you.

# %% [markdown] tags=["hint"]
# Nudge `math.tanh` at a few points, and write the slope beside the value of tanh there. At 0 the
# slope is 1 and tanh is 0. Far out the slope is near 0, and tanh is near 1 or -1.

# %% [markdown] tags=["hint"]
# The slope can be written in terms of $y$ alone. What happens to it as $y$ goes from 0 to 1, and
# what happens as $y$ goes from 0 to $-1$? Write down $y$ and the slope for $x = 0, 0.5, 1, 2$, and
# compare the slope with $y^2$.

# %% tags=["exercise"]
def tanh_backward(x, dy):
    ...  # your code here: it returns dx

# %% tags=["solution"]
def tanh_backward(x, dy):
    return [d * (1 - math.tanh(a) ** 2) for a, d in zip(x, dy)]

# %% tags=["check"]
check("train1.tanh", tanh_backward)

# %% [markdown] tags=["solution"]
# Call the numerator $u$ and the denominator $v$. Then $u$ has the slope $v$, and $v$ has the slope
# $u$. Therefore the quotient has the slope $(v \cdot v - u \cdot u) / v^2 = 1 - y^2$. This slope is
# multiplied by $dy$, since the two lie on the same path. Far out, on both sides, it comes close to
# 0, like a gate that's nearly shut.
#
# Common mistakes: $1 - y$; $1 - x^2$, which has the input where the output belongs; a formula with
# `math.cosh`, which is right but overflows at 1000; forgetting `dy`.

# %% [markdown] exercise="train1.smoothed" kind="go further" size="short" minutes="25" points="4"
# ### A target that isn't certain
#
# **Aim.** Derive the gradient of a loss that the lesson doesn't have.
#
# If a model is told over and over that exactly one token was right, it drives its logits further
# and further apart. **Label smoothing** asks for less. It spreads a `share` of each target evenly
# over all $V$ tokens, including the right one. The loss of a prediction is then
#
# $$(1 - \text{share}) \cdot (\text{surprise at the target}) +
# \text{share} \cdot (\text{mean of the surprises at all } V \text{ tokens})$$
#
# Write `smoothed_gradient(logits, target, share)`, the list of the slopes of this loss along each
# logit. With a share of 0 it's the gradient from the lesson. The share may be anything from 0 to 1,
# and logits like 1000 must not overflow. Use a formula, not nudging, even if the check might not
# notice.
#
# **Done when** the check says *right*.

# %% [markdown] tags=["release"]
# > Derive the gradient of a loss that the lesson doesn't have.
#
# Derive the gradient of a loss that you haven't met yet.
#
# > With a share of 0 it's the gradient from the lesson.
#
# With a share of 0 it's the gradient of the surprise at the target.

# %% [markdown] tags=["hint"]
# You know the slopes of the surprise at any one token. The new loss is a sum of such surprises,
# each multiplied by a number. What are its slopes then?

# %% [markdown] tags=["hint"]
# All surprises contain the term $\ln s$. What weight does it get in total? The logits are
# subtracted. What weight does the target's logit get, and what weight does each of the others get?

# %% tags=["exercise"]
def smoothed_gradient(logits, target, share):
    ...  # your code here: it returns a list, as long as logits

# %% tags=["solution"]
def smoothed_gradient(logits, target, share):
    dlogits = [p - share / len(logits) for p in softmax(logits)]
    dlogits[target] -= 1 - share
    return dlogits

# %% tags=["check"]
check("train1.smoothed", smoothed_gradient)

# %% tags=["solution"]
for share in (0.0, 0.15, 0.3):
    smooth = smoothed_gradient([math.log(8), 0.0, 0.0], 0, share)
    print(f"share {share:.2f}: all slopes below a billionth: {max(map(abs, smooth)) < 1e-9}")

# %% [markdown] tags=["solution"]
# In the sum, $\ln s$ has the weight $1 - \text{share} + \text{share} = 1$, which gives $p_i$ as
# before. Each logit is subtracted with the weight $\text{share}/V$. For the target's logit, another
# $1 - \text{share}$ is added to that weight. It's still a complaint: $p$ minus what was wanted. At
# probabilities of $0.8, 0.1, 0.1$ and a share of $0.3$, all slopes are 0. The model isn't asked for
# more than that.
#
# Common mistakes: leaving out the target when the share is spread, or dividing the share by $V -
# 1$; multiplying $p$ by $1 - \text{share}$.

# %% [markdown] exercise="train1.bias" kind="go further" size="longer" minutes="35" points="5"
# ### Layers with a bias
#
# **Aim.** Take a change to the model through the whole backward pass.
#
# Many networks add one more vector of weights, the **bias**, to what a layer returns:
#
# $$\text{hidden} = \text{relu}(\text{fc1}\,x + b_1) \qquad \text{logits} = \text{fc2}\,\text{hidden} + b_2$$
#
# Write `bias_gradient(weights, b1, b2, tokens)`. `weights` is a dictionary with `wte`, `fc1` and
# `fc2`, of any sizes that fit together; `b1` and `b2` are lists; `tokens` is a document with BOS at
# both ends, possibly with no letter in between. Your function returns two lists, $db_1$ and $db_2$:
# the slopes of the document's loss (the mean surprise per prediction) along each bias. It changes
# nothing that it's given.
#
# **Done when** the check says *right*.

# %% [markdown] tags=["hint"]
# Begin with the forward pass, as in `mlp_gradient`, and put the biases in. Does the gate look at
# $\text{fc1}\,x$, or at what ReLU was given?

# %% [markdown] tags=["hint"]
# If a bias grows by 1, the sum that it's part of grows by 1, whatever the rest is. So what is the
# local derivative? And which vector on the way back is $db_2$ for one prediction?

# %% [markdown] tags=["hint"]
# A document uses the same bias for each of its predictions. Start from two lists of zeros, and
# divide by $n$ in one place.

# %% tags=["exercise"]
def bias_gradient(weights, b1, b2, tokens):
    ...  # your code here: it returns db1, db2

# %% tags=["solution"]
def bias_gradient(weights, b1, b2, tokens):
    db1, db2, n = [0.0] * len(b1), [0.0] * len(b2), len(tokens) - 1
    for token, target in zip(tokens, tokens[1:]):
        before_bend = add(linear(weights["fc1"], weights["wte"][token]), b1)
        hidden = [relu(h) for h in before_bend]
        dlogits = [p / n for p in softmax(add(linear(weights["fc2"], hidden), b2))]
        dlogits[target] -= 1 / n
        db2 = add(db2, dlogits)
        for i, h in enumerate(before_bend):
            if h > 0:
                db1[i] += total([row[i] * d for row, d in zip(weights["fc2"], dlogits)])
    return db1, db2

# %% tags=["check"]
check("train1.bias", bias_gradient)

# %% [markdown] tags=["solution"]
# The local derivative of a sum along one of its terms is 1. So $db_2$ is $dz$ itself, and $db_1$ is
# the part of $d\text{hidden}$ that the gate lets through; both are added up over the predictions.
#
# Common mistakes: the slopes of the last prediction only (`=` for `+=`); a gate that looks at
# $\text{fc1}\,x$ without the bias, and is therefore open where the ReLU was shut; dividing by $n$
# twice, or by the number of tokens; adding `b1` after the ReLU.

# %% [markdown] exercise="train1.no_gate" kind="break and explain" size="longer" minutes="25"
# ### Without the gate
#
# **Aim.** See what a wrong gradient does to training, and what it doesn't do.
#
# Copy `mlp_gradient` under another name, and take the gate out of its backward pass, so that
# `dhidden` goes straight on to `fc1`. Train two networks for 300 steps at a rate of 1.0, from the
# same random weights, one with each gradient, and compute the loss of both on `held_out`. **What do
# you expect?** Which one ends lower, and by how much? Explain in a few sentences what the missing
# gate changes, why the loss falls all the same, why the held-out loss alone would never have told
# you of the mistake, and what would have.
#
# **Done when** you have both losses, and an explanation that says which matrices' gradients are
# wrong, why the loss still falls, and which test finds it.

# %% [markdown] tags=["hint"]
# `random_weights(mlp_shapes(27, 16), random.Random(0))` gives the same weights each time.

# %% [markdown] tags=["hint"]
# For which of the three matrices is the broken gradient still right? In the other two, how many
# slopes even have the wrong sign?

# %% [markdown] tags=["exercise"]
# *Your numbers and your explanation:*

# %% tags=["solution"]
def gateless_gradient(weights, tokens):
    losses, grads, n = [], zeros_like(weights), len(tokens) - 1
    for token, target in zip(tokens, tokens[1:]):
        x = weights["wte"][token]
        hidden = [relu(h) for h in linear(weights["fc1"], x)]
        logits = linear(weights["fc2"], hidden)
        losses.append(cross_entropy(logits, target))
        dlogits = [p / n for p in softmax(logits)]
        dlogits[target] -= 1 / n
        dhidden = linear_backward(weights["fc2"], hidden, dlogits, grads["fc2"])
        dx = linear_backward(weights["fc1"], x, dhidden, grads["fc1"])
        grads["wte"][token] = add(grads["wte"][token], dx)
    return total(losses) / n, grads

# %% tags=["solution"]
def loss_after(gradient, n_embd, steps):
    fresh = random_weights(mlp_shapes(27, n_embd), random.Random(0))

    def learn_fresh(tokens, rate):
        loss, grads = gradient(fresh, tokens)
        descend(fresh, grads, rate)
        return loss

    train(learn_fresh, docs, tokenizer, steps, rate=1.0)
    return evaluate(
        lambda tokens: document_loss(lambda t: mlp(fresh, t), tokens), held_out, tokenizer
    )


for gradient in (mlp_gradient, gateless_gradient):
    print(f"{gradient.__name__}: held-out loss {loss_after(gradient, 16, 300):.4f}")

# %% tags=["solution"]
fresh = random_weights(mlp_shapes(27, 16), random.Random(0))
_, broken = gateless_gradient(fresh, emma)
_, correct = mlp_gradient(fresh, emma)
for name in fresh:
    pairs = [(a, b) for row, other in zip(broken[name], correct[name]) for a, b in zip(row, other)]
    off, wrong_sign = sum(a != b for a, b in pairs), sum(a * b < 0 for a, b in pairs)
    print(f"{name}: of {len(pairs)} slopes {off} are off, {wrong_sign} have the wrong sign")

# %% [markdown] tags=["solution"]
# The broken gradient does no worse. After 300 steps it's even a little ahead! In `fc2` it's right,
# because `fc2` lies after the gates. In the other two matrices, most of the slopes that *emma*
# touches are off, but most of those keep their sign. A step still leads downhill, though not along
# the steepest path. It also moves rows whose gate is shut, which the correct gradient leaves alone.
# At first that may even help.
#
# So neither the curve nor the held-out loss gives the mistake away. Nudging does, because it finds
# 0 where the gate is shut.
#
# Common mistakes: starting the two networks from different weights; and concluding that a better
# loss makes a gradient right. With a wrong gradient, the steps follow something other than the
# slope of the loss, and nobody can say where that leads.

# %% [markdown] exercise="train1.wider" kind="open" size="project" minutes="60"
# ### Another network
#
# **Aim.** Change one thing about the network, and find out what it's worth.
#
# Choose one: a different width for the embeddings, a different number of hidden numbers, tanh in
# place of ReLU, one more layer, biases, a different rate, or more steps. Before you train, write
# down the held-out loss that you expect. Check your gradient by nudging, train for 1,000 steps, and
# compute the loss on `held_out`.
#
# **Done when** you have a table of at least three settings that differ in one thing, and can say
# how much of the difference you would bet on. Run one of the settings from three different sets of
# random weights.

# %% [markdown] tags=["hint"]
# Two runs that differ only in their random weights differ in their loss, too. By how much? Until
# you know that, a small difference tells you nothing.

# %% [markdown] tags=["exercise"]
# *What you expected, and what you found:*

# %% tags=["solution"]
for n_embd in (2, 4):
    print(f"embeddings of {n_embd}: held-out loss {loss_after(mlp_gradient, n_embd, 1000):.4f}")

# %% [markdown] tags=["solution"]
# There's no single right answer. These two networks are narrower than the lesson's, which reached
# 2.5062 with 16 numbers per token, and they fall behind. Two numbers leave 27 tokens little room. A
# good report gives the number of parameters of each run, what you expected, and the held-out loss.
# It says that everything else was equal. Before it trusts a difference in the third decimal, it
# shows the same run from other random weights.

# %% tags=["check"]
summary("train1")

# %% [markdown]
# ## What you have built
#
# Here is the program so far, one bar per line. What this lesson added stands out, and [How the
# program changes](../book/changes.md) shows it line by line.

# %% tags=["hide-input"]
from microgpt_ref.lab.figures import program_map

program_map("train1")

# %% [markdown]
# **What still hurts.** `mlp_gradient` fits this one network and no other. Change the model, and you
# have to find new rules with pencil and paper, write them down without a mistake, and nudge them.
# And the models to come have many more layers. Yet every step was of the same kind. We took a local
# derivative, multiplied along the path, and added where paths met. A machine could do that. *Can
# the chain rule run itself?* That's [train2](train2.ipynb).

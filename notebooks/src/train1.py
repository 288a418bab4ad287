# %% [markdown]
# # train1: can the table be learned?
#
# In train0 you counted a table. That worked because there was something to count. Nearly all the
# numbers in a large model stand for no count: they begin at random, and training changes them
# little by little, in the direction that lowers the loss. In this lesson you find the same table in
# that way, with a small **neural network**: layers of multiplications and additions, one after
# another.
#
# | | |
# |---|---|
# | **question** | can the table be learned? |
# | **loss so far** | 2.4756 on held-out names, by counting; counted again below |
# | **new here** | softmax, layers, slopes, the chain rule, gradient descent, temperature |
# | **dropped** | the counts |
# | **time** | about 75 minutes to read and try; the cells run in about half a minute |

# %% tags=["setup"]

# %%
import math
import random

from microgpt_ref.bigram import bigram_loss, bigram_probs, count_pairs, zero_counts
from microgpt_ref.data import load_docs
from microgpt_ref.lab.train1 import rounded
from microgpt_ref.sampling import generate
from microgpt_ref.tokenizer import Tokenizer
from microgpt_ref.training import evaluate, train

docs = load_docs("ssa2018")

# %% [markdown]
# What you import here comes from train0 and stays, all but the functions that count. Those are
# needed once more, for the mark to beat: train0's loss on the held-out names.

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
# > **The loss.** A model gives the token that really came next some probability $p$. Its
# > surprise at that token is $-\ln p$, measured in *nats*: 0 if it was certain and right, and
# > more the less it expected what came. The loss is the mean surprise per token. $e^{\text{loss}}$
# > is the number of letters it hesitates between: a model that wavers evenly among $k$ letters
# > has a loss of $\ln k$.
#
# ## Any numbers will do
#
# Probabilities are awkward to change little by little: none may be negative, and if one grows,
# others have to shrink. So our model puts out free numbers instead, one for each token, called
# **logits**. Only the last step makes probabilities of them. It is called **softmax**: take $e$ to
# the power of each logit, which is always positive, and divide by the sum.
#
# $$p_i = \frac{e^{z_i}}{\sum_j e^{z_j}}$$
#
# Here $z_i$ is the logit of token $i$. Suppose you had counted what follows some token: one token 6
# times, another 3 times, a third once. Take the logarithms of these counts as logits:

# %%
def softmax_draft(logits):
    exps = [math.exp(logit) for logit in logits]
    return [e / sum(exps) for e in exps]


print(rounded(softmax_draft([math.log(6), math.log(3), math.log(1)])))

# %% [markdown]
# Softmax undoes the logarithm and divides by the row sum, as train0 did. So whatever can be
# counted, there are logits that give the same probabilities. The question is how to find them.
#
# But training may drive a logit far up, and then the draft breaks:

# %%
try:
    print(softmax_draft([1000.0, 0.0, 0.0]))
except OverflowError:
    print("e^1000 is too large: a float ends at about 1.8e308")

# %% [markdown]
# The probabilities themselves are harmless. The cure: subtract the same number from all logits.
# That divides every $e^{z}$ by the same factor, above the line and below it, so the quotients stay
# what they are. Subtract the largest logit, and the largest power is $e^0 = 1$. Nothing can
# overflow.
#
# Before the real softmax come four helpers. `total` adds from left to right; Python's own `sum`
# adds floats in different ways in different versions, and our numbers are to be the same
# everywhere. The other three are given plain numbers here; what they do with anything that has a
# `grad`, an `exp` or a `log` of its own waits for train2.

# %% tags=["piece"] piece="layers.total"

# %% tags=["piece"] piece="layers.plain layers.exp layers.log"

# %% tags=["piece"] piece="layers.softmax"

# %%
print(softmax([1000.0, 0.0, 0.0]))

# %% [markdown]
# One thing is left. The last two probabilities are so small that a float rounds them to 0, and you
# know from train0 what a zero does to the loss. But the surprise can be had without the detour:
#
# $$-\ln p_t = -\ln \frac{e^{z_t}}{\sum_j e^{z_j}} = \ln \sum_j e^{z_j} - z_t$$
#
# Here $t$ is the target, the token that really came next. The surprise, computed from logits in
# this way, is called **cross-entropy**.

# %% tags=["piece"] piece="layers.cross_entropy"

# %%
print(cross_entropy([1000.0, 0.0, 0.0], 1))

# %% [markdown]
# ## A network in place of the table
#
# We could keep one logit for each pair of tokens. That would be a table again, in which what is
# known of *e* says nothing about *a*. Instead each token gets a row of 16 numbers, its
# **embedding**, and what comes after makes 27 logits out of these. Tokens with similar rows get
# similar logits. Nobody says which tokens are similar; that is learned with the rest.
#
# The next step is a **layer**: a matrix $W$ with one row of weights for each number that is to
# come out.
#
# $$y_i = \sum_j W_{ij}\, x_j$$

# %% tags=["piece"] piece="layers.dot layers.linear"

# %%
print(linear([[1, 2], [3, 4], [5, 6]], [10, 1]))

# %% [markdown]
# Two numbers in, three out. Check the second by hand: $3 \cdot 10 + 4 \cdot 1$.
#
# Two layers in a row would be worth no more than one: there is always a single matrix that does
# what the two do together. So a bend goes between them: negative numbers become 0. It is called
# **ReLU**, *rectified linear unit*. The numbers between the layers are the **hidden** ones.
#
# $$\text{hidden} = \text{relu}(\text{fc1}\; x) \qquad \text{logits} = \text{fc2}\; \text{hidden}$$

# %% tags=["piece"] piece="layers.relu mlp.feed_forward"

# %% [markdown]
# `fc1` and `fc2` are the two *fully connected* layers. Two names come from GPT-2: `wte` holds the
# *word token embeddings*, a row a token, and `n_embd` is how many numbers an *embedding* has. The
# whole is called an MLP, *multi-layer perceptron*.

# %% tags=["piece"] piece="mlp.mlp_shapes mlp.mlp"

# %% [markdown]
# If all weights began equal, all hidden numbers would be equal, would be changed alike, and would
# stay equal for ever. So we draw the weights at random, near 0.

# %% tags=["piece"] piece="layers.random_matrix layers.random_weights"

# %% tags=["main"]
weights = random_weights(mlp_shapes(tokenizer.vocab_size, 16), rng)


def next_logits(token):
    return mlp(weights, token)


# %%
sizes = {name: len(w) * len(w[0]) for name, w in weights.items()}
print(sizes, "together", sum(sizes.values()))

# %% [markdown]
# These numbers, which training changes, are the model's **parameters**. The loss of a document is
# its mean surprise, as before, now for any model that gives logits:

# %% tags=["piece"] piece="layers.document_loss"

# %% [markdown]
# **What do you expect?** With weights this small all logits are close to 0. What, to one decimal,
# is the untrained network's loss on *emma*?

# %% tags=["reveal"]
print(f"untrained: {document_loss(next_logits, tokenizer.encode('emma')):.4f}")
print(f"ln 27:     {math.log(27):.4f}")

# %% [markdown]
# ## The slope of the loss
#
# Which way should a weight move? Try it out on a network so small that every number can be
# followed: train0's three tokens a, n and BOS, embeddings of one number, and one hidden number.
# That makes seven weights.

# %%
tiny = Tokenizer(["ana", "nan", "anna"])  # a is 0, n is 1, BOS is 2
ln2 = math.log(2)
tiny_weights = {"wte": [[4.0], [-2.0], [2.0]], "fc1": [[0.5]], "fc2": [[ln2], [ln2 / 2], [ln2 / 2]]}


# %%
def tiny_loss():
    return document_loss(lambda token: mlp(tiny_weights, token), tiny.encode("anna"))


print(f"{tiny_loss():.4f}")

# %% [markdown]
# Nudge a weight, and look at the loss again. By how much has it changed, for each unit that the
# weight has moved? That is the **slope** of the loss along this weight, very nearly.

# %% tags=["piece"] piece="mlp.numerical_slope"

# %%
from microgpt_ref.lab.train1 import show_weight

n_row = tiny_weights["fc2"][1]  # one weight: from the hidden number to the logit of n
print(f"slope {numerical_slope(tiny_loss, n_row, 0):.4f}")
show_weight(n_row[0], tiny_loss, n_row, 0)

# %% [markdown]
# A negative slope: if this weight grows, the loss falls. The curve shows the loss for many values
# of the weight, all others left alone. The dashed line, the **tangent**, has the slope found by
# nudging.
#
# In JupyterLab or Colab, run the next cell and move the weight, with the mouse or the arrow keys.

# %% tags=["live"]
from microgpt_ref.lab.widgets import play, slider

play(
    "The slope's sign says which way the loss falls. What is the slope where the loss is smallest?",
    lambda weight: show_weight(weight, tiny_loss, n_row, 0),
    weight=slider("weight", [i / 10 for i in range(-10, 21)], 0.3),
)

# %% [markdown]
# Left of the lowest point the slope is negative, right of it positive, and at the lowest point it
# is zero. So a step *against* the slope leads downhill, if it isn't too long.
#
# All the slopes together, one a weight, are the **gradient** of the loss. Nudging could find
# it. **What do you expect?** How often is the loss computed for the gradient of our real network,
# if `numerical_slope` is called for each weight?

# %% tags=["reveal"]
print("twice for each weight:", 2 * sum(sizes.values()), "times, for one step of training")

# %% [markdown]
# ## The chain rule on paper
#
# There is a far cheaper way. Take pencil and paper: the tiny network sees an a, and the token that
# really came next is n. Forwards, with $z$ for the logits:
#
# | | how | value |
# |---|---|---|
# | $x$ | the embedding of a | $4$ |
# | $\text{fc1}\,x$ | $\frac12 \cdot 4$ | $2$ |
# | hidden | positive, so it stays | $2$ |
# | $z$ | $2 \cdot (\ln 2,\ \frac12 \ln 2,\ \frac12 \ln 2)$ | $\ln 4,\ \ln 2,\ \ln 2$ |
# | $e^z$ | | $4,\ 2,\ 2$ |
# | $p$ | divided by their sum, 8 | $\frac12,\ \frac14,\ \frac14$ |
# | loss | $-\ln \frac14$ | $\ln 4$ |

# %%
token, target = 0, 1  # a, and then n
x = tiny_weights["wte"][token]
fc1_x = linear(tiny_weights["fc1"], x)
hidden = [relu(h) for h in fc1_x]
logits = linear(tiny_weights["fc2"], hidden)
print("x", x, " fc1_x", fc1_x, " hidden", hidden, " p", rounded(softmax(logits)))
print(f"loss {cross_entropy(logits, target):.4f}, ln 4 is {math.log(4):.4f}")

# %% [markdown]
# Now backwards, by one rule, the **chain rule**. If $y$ grows three times as fast as $x$, and the
# loss twice as fast as $y$, then the loss grows six times as fast as $x$: *along a way, multiply*.
# And if $x$ reaches the loss by several ways, *add them up*. The factor that a single operation
# contributes is its **local derivative**: in $y = w\,x$ it is $w$ along $x$, and $x$ along $w$.
#
# We write $dx$ for the slope of the loss along $x$, and so on, and start at the end. The loss is
# $\ln s - z_t$, with $s = \sum_j e^{z_j}$. The slope of $\ln s$ is $1/s$, and $e^z$ is its own
# slope. So by way of $s$, the slope along $z_i$ is $e^{z_i} / s$, which is $p_i$. The target's
# logit has a second way, with the slope $-1$:
#
# $$dz_i = p_i - (1 \text{ if } i = t \text{, else } 0)$$
#
# For our example, $\frac12,\ -\frac34,\ \frac14$. Read it as a complaint: n should have had more,
# the others less. From hidden, three ways lead to the loss, one through each logit.
#
# | | how | value |
# |---|---|---|
# | $d\text{fc2}$ | each $dz_i$ times hidden, 2 | $1,\ -\frac32,\ \frac12$ |
# | $d\text{hidden}$ | $dz_i$ by weight: $(\frac12 - \frac38 + \frac18) \ln 2$ | $\frac14 \ln 2$ |
# | $d(\text{fc1}\,x)$ | the bend let it pass, so all of it | $\frac14 \ln 2$ |
# | $d\text{fc1}$ | times $x$, 4 | $\ln 2$ |
# | $dx$ | times the weight, $\frac12$ | $\frac18 \ln 2$ |
#
# Had $\text{fc1}\,x$ been negative, ReLU would have put out 0. No small change would come through,
# and the slopes behind it would be 0. The bend is a gate, open or shut.

# %%
dlogits = softmax(logits)
dlogits[target] -= 1
dfc2 = [d * hidden[0] for d in dlogits]
dhidden = total([row[0] * d for row, d in zip(tiny_weights["fc2"], dlogits)])
dfc1_x = dhidden if fc1_x[0] > 0 else 0.0
dfc1, dx = dfc1_x * x[0], dfc1_x * tiny_weights["fc1"][0][0]
print("dfc2", rounded(dfc2), f" dfc1 {dfc1:.4f}  dx {dx:.4f}")

# %% [markdown]
# Does nudging find the same?

# %%
def pair_loss():
    return cross_entropy(mlp(tiny_weights, token), target)


rows = [*tiny_weights["fc2"], tiny_weights["fc1"][0], x]
print(rounded([numerical_slope(pair_loss, row, 0) for row in rows]))

# %% [markdown]
# ## Layer by layer
#
# For layers of any size the rule is the same, with indices. Out of $y_i = \sum_j W_{ij} x_j$ comes
#
# $$dW_{ij} = dy_i\, x_j \qquad dx_j = \sum_i W_{ij}\, dy_i$$
#
# A weight serves in every prediction of a document: again several ways. So its slopes are added
# up, in matrices `dw` that begin at zero.

# %% tags=["piece"] piece="mlp.linear_backward"

# %% tags=["piece"] piece="mlp.zeros_like layers.add"

# %% [markdown]
# Put together, they give a first attempt at the gradient of a document. At the end `dx` goes to the
# row of `wte` that was read. The attempt contains two mistakes. Do you see them?

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
# It runs, and nothing looks odd; wrong gradients rarely do. So check some of its slopes against
# nudging, on the name *emma*.

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
sample = [("fc2", 12, 2), ("fc2", 0, 7), ("fc1", 5, 3), ("fc1", 6, 3), ("wte", 4, 0), ("wte", 4, 1)]
compare(mlp_gradient_draft(weights, emma), sample)

# %% [markdown]
# The check says more than *wrong*. In `fc2` both slopes are five times too large, and *emma* has
# five predictions: the loss is their mean, and we forgot to divide by $n$. In `fc1` and `wte` no
# such factor helps. Look at `fc1[5][3]`: nudging finds 0, a gate that is shut, and the draft walks
# through it.
#
# Here is the gradient without the mistakes; it also gives the loss. Find the lines that mend them.

# %% tags=["piece"] piece="mlp.mlp_gradient"

# %%
loss, grads = mlp_gradient(weights, emma)
compare(grads, sample)

# %%
from microgpt_ref.lab.train1 import widest_gap

gap = widest_gap(emma_loss, weights, grads, 40, random.Random(0))
print("widest gap, over 40 weights drawn at random, below a millionth:", gap < 1e-6)

# %% [markdown] retires="mlp.numerical_slope"
# Going backwards through the layers, and using each slope for those before it, is called
# **back-propagation**. Nudging has done its duty: `numerical_slope` checks a gradient, and the
# program runs without it.
#
# ## Downhill
#
# Now the step. Each weight moves against its slope, by the slope times a factor that we choose, the
# **learning rate**:
#
# $$w \leftarrow w - \text{rate} \cdot dw$$
#
# Try it with the tiny network and *anna*.

# %% tags=["piece"] piece="mlp.descend"

# %%
for step in range(101):
    loss, grads = mlp_gradient(tiny_weights, tiny.encode("anna"))
    if step % 20 == 0:
        print(f"step {step:3d}   loss {loss:.4f}")
    descend(tiny_weights, grads, 0.1)

# %% [markdown] retires="bigram.zero_counts bigram.count_pairs"
# This is **gradient descent**. Where each step sees another document, it is called *stochastic*, or
# SGD for short: each name pulls its own way, and the pulls even out.
#
# Now the real network, in the loop of train0. `learn` descends where train0's counted, so
# `zero_counts` and `count_pairs` are retired. The rate starts at 1.0 and falls in a straight line
# to 0, so that single names shake the weights less and less.

# %% tags=["main"]
def learn(tokens, rate):
    loss, grads = mlp_gradient(weights, tokens)
    descend(weights, grads, rate)
    return loss


steps = 1000
losses = train(learn, docs, tokenizer, steps, rate=1.0)

# %%
from microgpt_ref.lab.figures import loss_curve

loss_curve(losses, "train1", reference=("counting, held out", counted_loss))

# %% [markdown]
# At first nearly nothing happens: with all weights near 0, all slopes are small too. Then the loss
# falls, and it comes down to near the dashed line.
#
# ## Beside counting
#
# **What do you expect?** The same thousand names, the same one letter of memory. Is the held-out
# loss above or below that of counting, and by how much?

# %% tags=["main", "reveal"]
held_out = docs[1000:1300]
loss = evaluate(lambda tokens: document_loss(next_logits, tokens), held_out, tokenizer)
print(f"held-out loss: {loss:.4f} nats per token")

# %% [markdown]
# All this work, and the network does slightly worse than the table. Where does it fall short? Here
# are its probabilities against the counted ones, pair by pair:

# %%
from microgpt_ref.lab.train1 import tables_compared

counted = [bigram_probs(counts, token) for token in range(27)]
learned = [softmax(next_logits(token)) for token in range(27)]
tables_compared(counted, learned, [sum(row) for row in counts])

# %% [markdown]
# It has found most of the table, and is furthest off where the first token is rare. Counting uses a
# pair fully the first time it comes; a step of gradient descent moves each weight a little, and a
# few visits don't take it all the way. If that is the reason, the network is also behind on the
# names that it was trained with, and a second pass over them helps. (It takes as long as the
# first.)

# %%
more = {name: [row[:] for row in w] for name, w in weights.items()}


def learn_more(tokens, rate):
    loss, grads = mlp_gradient(more, tokens)
    descend(more, grads, rate)
    return loss


again = train(learn_more, docs[:1000], tokenizer, 1000, rate=1.0)

# %%
def two_losses(loss):
    return rounded([evaluate(loss, part, tokenizer) for part in (docs[:1000], held_out)])


print("on the names trained with, on those held out")
print(two_losses(lambda tokens: bigram_loss(counts, tokens)), "by counting")
print(two_losses(lambda tokens: document_loss(next_logits, tokens)), "by learning")
print(two_losses(lambda tokens: document_loss(lambda t: mlp(more, t), tokens)), "in two passes")

# %% [markdown]
# So it is: the network hasn't yet taken in all that stands in its thousand names. A second pass
# brings it closer in both columns. Five passes from the start would take it past counting.
#
# And it has something that a table lacks: tokens can be alike. For some letters, here are those
# whose embeddings point most nearly in the same direction.

# %%
from microgpt_ref.lab.train1 import most_alike

for letter in "aeiom":
    print(letter, "is most like", *most_alike(weights["wte"], tokenizer, letter))

# %% [markdown] retires="bigram.bigram_probs bigram.bigram_loss"
# Nobody told it about vowels. It put them together because similar letters follow them. And it can
# be given more to look at than one letter, without a table that grows by a factor of 27 each time.
# That is why the program goes on with it, although it has lost this race. `softmax` and
# `document_loss` stand where `bigram_probs` and `bigram_loss` stood, and those are retired.
#
# ## Bolder or more careful
#
# When names are drawn, the logits can first be divided by a number, the **temperature**: below 1
# the likely becomes likelier still, above 1 rare tokens get a better chance.

# %% tags=["piece"] piece="layers.with_temperature"

# %% [markdown]
# **What do you expect?** On paper the probabilities were $\frac12, \frac14, \frac14$, out of powers
# $4, 2, 2$. What becomes of the $\frac12$ at temperature $0.5$? (Dividing a logit by one half
# doubles it, which squares the power.)

# %% tags=["reveal"]
print(rounded(with_temperature(lambda token: logits, 0.5)(0)))

# %%
from microgpt_ref.lab.train1 import temperature_bars

m = tokenizer.encode("m")[1]
probs_at = {t: with_temperature(next_logits, t)(m) for t in [0.5, 1.0, 2.0]}
temperature_bars(probs_at, tokenizer, m)

# %% [markdown]
# From here on our programs sample at temperature 0.5.

# %% tags=["main"]
next_probs = with_temperature(next_logits, 0.5)
names = [tokenizer.decode(generate(next_probs, tokenizer.bos, 16, rng)) for _ in range(20)]
print("\n".join(names))

# %% [markdown]
# Likely letter after likely letter, as a low temperature wants it, and as forgetful as train0: a
# network that is shown one letter knows nothing of the one before.
#
# ## What to take along
#
# - Softmax makes probabilities of any numbers; the largest is subtracted first.
# - A slope says how much the loss changes as one weight changes; all of them are the gradient.
# - The chain rule: along a way multiply, over several ways add. One trip backwards finds
#   all slopes.
# - A gradient made by hand is wrong until it has been checked against nudging.
# - Gradient descent: each weight a little against its slope, over and over.
# - On the same names, learning the table came out a little worse than counting it:

# %%
for label, value in [("train0", counted_loss), ("train1", loss)]:
    print(f"{label}: held-out loss {value:.4f}, hesitates between {math.exp(value):.2f} letters")

# %% [markdown]
# **Can you answer these without looking?** Why may a number be subtracted from all logits? What is
# the slope of the loss along the target's logit if the model is already sure of it? Why is the
# slope 0 along the embedding of a letter that doesn't occur? What may a slope of 0 in `fc1` tell
# you about a hidden number? Why is the loss curve so flat at first?
#
# **What still hurts.** `mlp_gradient` fits this one network. For every change to the model you have
# to find new rules with pencil and paper, write them down without a mistake, and check them; and
# what is coming has many more layers. Yet every step was the same: a local derivative, multiplied
# along, added up. *Can the chain rule run itself?* That is train2.

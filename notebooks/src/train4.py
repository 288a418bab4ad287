# %% [markdown]
# # train4: what is missing to be a GPT?
#
# GPT stands for *generative pre-trained transformer*, and in train3 you built most of one. Three
# things are missing. Its attention has one head where GPT-2 has several. It has one layer, and no
# way to have more. And it learns by the oldest recipe there is. With these three the program is
# complete.
#
# | | |
# |---|---|
# | **question** | what is missing to be a GPT? |
# | **loss so far** | 2.38, train3's; the next cells list them all |
# | **new here** | several heads, several layers, Adam; saving, and playing with the result |
# | **what it drops** | train3's model, in favour of its general form, and SGD |
# | **time** | about an hour to read and try; one cell trains for about a minute |

# %% tags=["setup"]

# %%
import gc
import math
import random

from microgpt_ref.data import load_docs
from microgpt_ref.lab.checks import check, summary
from microgpt_ref.layers import add, document_loss, linear, random_weights, rmsnorm
from microgpt_ref.layers import with_temperature
from microgpt_ref.mlp import feed_forward
from microgpt_ref.sampling import generate
from microgpt_ref.tokenizer import Tokenizer
from microgpt_ref.training import evaluate, train
from microgpt_ref.transformer import attention, start_transformer, transformer_shapes
from microgpt_ref.value import Value, flatten, to_floats, to_values

# %% [markdown]
# Here is the program at the end of this lesson, in small, a bar a line. What this lesson adds to it
# is thick and dark.

# %%
from microgpt_ref.lab.figures import program_map

program_map("train4")

# %% [markdown]
# > **The loss.** A model gives the token that really came next some probability $p$. Its
# > surprise at that token is $-\ln p$, measured in *nats*: 0 if it was certain and right, and
# > more the less it expected what came. The loss is the mean surprise per token. $e^{\text{loss}}$
# > is the number of letters it hesitates between: a model that wavers evenly among $k$ letters
# > has a loss of $\ln k$.
#
# Where do we stand? Runs of the earlier lessons are kept in the package, with their losses:

# %%
from microgpt_ref.lab.runs import load_run


def ladder_row(label, loss):
    return f"{label:9} held-out loss {loss:.4f}, hesitates between {math.exp(loss):.2f} letters"


for stage in ["train0", "train1", "train2", "train3"]:
    print(ladder_row(stage, load_run(stage)["held_out_loss"]))

# %% [markdown]
# ## Several small heads
#
# Attention asks one question of all positions so far, and gets one weighted average back. What if
# a position wants to know two things, say the first letter and the last vowel? A query can ask for
# both at once, but there is only one set of shares for the answer. Two positions show it (the
# answers are what attention calls values):

# %%
q = [8, 0, 0, 8]  # asks for two things
keys = [[1, 0, 0, 0], [0, 0, 0, 1]]  # each position has one of them
answers = [[1, 1, 1, 1], [5, 5, 5, 5]]
print(attention(q, keys, answers))

# %% [markdown]
# Both keys fit equally well, and out comes the middle: 3, which neither position said. An average
# of the answers to two questions answers neither.
#
# So cut the vectors into slices, and let each slice be an attention of its own, with its own
# scores and shares: a **head**. (In the code `slice(2, 4)` stands for the 2:4 of `q[2:4]`.)

# %% [markdown] exercise="train4.multi_head" kind="build it first" size="short" minutes="15"
# ### Several heads
#
# **Aim.** Turn one attention into several small ones.
#
# Write `my_multi_head_attention(q, keys, values, n_head)`, which returns a list as long as `q`.
# `q` is a vector, `keys` and `values` are lists of vectors of the same length, one a position, and
# `n_head` divides that length. The first head has the first slice of all of them, the second the
# next, and so on; each is an `attention(q, keys, values)` on its slices. The output has the first
# head's answer first, then the second's. `q`, `keys` and `values` stay as they are.
#
# **Done when** the check says *right*. It tries vectors of 4 to 12 entries, and one head too.

# %% [markdown] tags=["hint"]
# How many entries has each head? With 12 entries and 4 heads, where does the third slice begin, and
# where does it end?

# %% [markdown] tags=["hint"]
# `q[4:8]` cuts one vector. `keys` is a list of vectors: cut each of them, in a comprehension.

# %% tags=["exercise"]
def my_multi_head_attention(q, keys, values, n_head):
    ...  # your code here: it returns one list of len(q) numbers

# %% tags=["solution"]
def my_multi_head_attention(q, keys, values, n_head):
    size = len(q) // n_head
    output = []
    for i in range(n_head):
        first, end = i * size, (i + 1) * size
        own_keys = [k[first:end] for k in keys]
        own_values = [v[first:end] for v in values]
        output += attention(q[first:end], own_keys, own_values)
    return output

# %% tags=["check"]
check("train4.multi_head", my_multi_head_attention)

# %% [markdown] tags=["solution"]
# `attention` divides by the root of the length of the query that it gets, so the scale of a small
# head comes by itself. Frequent slips: `append` for `+=`, which makes a list of lists; slices of
# `n_head` entries, where `n_head` is how many there are; and keys that aren't cut: `dot` then
# compares each query with their first entries, without a complaint.

# %% [markdown]
# The lesson's own:

# %% tags=["piece"] piece="gpt.multi_head_attention"

# %% [markdown]
# **What do you expect?** With two heads, the first has the query `[8, 0]` and the keys `[1, 0]` and
# `[0, 0]`. Which number, roughly, does it answer? And the second head?

# %% tags=["reveal"]
print([round(x, 4) for x in multi_head_attention(q, keys, answers, 2)])

# %% [markdown]
# Each head takes its answer from the position that fits *its* question: about 1 from the one, and
# about 5 from the other. By hand: the first head's scores are $8 / \sqrt 2 = 5.657$ and 0, its
# shares $e^{5.657} = 286$ parts in 287 and 1 part in 287, and $(286 \cdot 1 + 1 \cdot 5) / 287 =
# 1.0139$. This is **multi-head attention**. Its output is as long as before, since the heads'
# answers are put one after another; `wo` then mixes them.
#
# Heads cost no parameters, because `wq`, `wk` and `wv` stay as large as they were. They do have a
# price: each question is asked with fewer numbers.
#
# ## Layers
#
# train3 did two things to the vector $x$ of a position. It added what attention found, and then
# what the feed-forward network made of that. The two together are a **block**, or layer. A block
# takes a vector and returns one of the same length, so another block can follow. It attends to
# positions that have already looked around: in *emma* the second m has taken something from the e.
# In a second layer, the a that looks at this m finds a letter that knows what came before it.

# %% tags=["piece"] piece="gpt.block"

# %% [markdown] retires="transformer.self_attention"
# Compare it with train3's: the same steps in the same order, now with several heads, so that
# `self_attention` can go. Its weights' names now begin with their layer. The whole model has the
# embeddings before the blocks and `lm_head` after them, and each layer keeps its own cache of keys
# and values. (All caches are equally long, so the first one tells the position.)

# %% tags=["piece"] piece="gpt.gpt gpt.start_gpt"

# %% [markdown]
# ## Where the parameters are
#
# These are the matrices that hold them:

# %% tags=["piece"] piece="gpt.gpt_shapes"

# %% [markdown] retires="transformer.transformer_shapes"
# (It takes the place of `transformer_shapes`. As for the NB: GPT-2 uses `wte` a second time as its
# `lm_head`, which is called *tying*. Ours has weights of its own.) The names come shuffled as
# always. Our settings have GPT-2's names: vectors of 16 entries (`n_embd`, the width of an
# embedding), four heads of 4 entries each, one layer, and at most 16 positions.

# %%
docs = load_docs("ssa2018")

# %% tags=["main"]
rng = random.Random(42)
rng.shuffle(docs)
tokenizer = Tokenizer(docs)
n_embd, n_head, n_layer, block_size = 16, 4, 1, 16
shapes = gpt_shapes(tokenizer.vocab_size, n_embd, block_size, n_layer)
weights = random_weights(shapes, rng)

# %% [markdown]
# **What do you expect?** Multiply it out. How many parameters are in `layer0.fc1`? How many are
# there in all? And how many would a second layer add?

# %% tags=["reveal"]
for name, (rows, columns) in shapes.items():
    print(f"{name:11} {rows:3} x {columns:2} = {rows * columns:5,}")
second = gpt_shapes(tokenizer.vocab_size, n_embd, block_size, n_layer=2)
print(f"in all: {len(flatten(weights)):,}")
in_two = sum(rows * columns for rows, columns in second.values())
print(f"with two layers: {in_two:,}, which is {in_two - len(flatten(weights)):,} more")

# %% [markdown]
# Nearly half of them are in the feed-forward network.
#
# With one head, attention must be the one that you know, to the last bit; and if there is also
# only one layer, the model must be train3's. To check, take weights of train3's shapes, give them
# their new names, and let both models read *emma*:

# %%
old_weights = random_weights(transformer_shapes(tokenizer.vocab_size, 16, 16), random.Random(1))
outside = ["wte", "wpe", "lm_head"]
renamed = {n if n in outside else f"layer0.{n}": w for n, w in old_weights.items()}
one_head = multi_head_attention(q, keys, answers, n_head=1)
print("one head:", one_head, one_head == attention(q, keys, answers))
old, new = start_transformer(old_weights), start_gpt(renamed, n_layer=1, n_head=1)
pairs = [ab for token in tokenizer.encode("emma")[:-1] for ab in zip(old(token), new(token))]
print(len(pairs), "logits of one layer, all equal:", all(a == b for a, b in pairs))

# %% [markdown] retires="transformer.transformer transformer.start_transformer"
# So `transformer` and `start_transformer` can go as well. (`attention` stays: each head is one.)
# And two layers? They run, with weights drawn for them:

# %%
deep = start_gpt(random_weights(second, random.Random(1)), n_layer=2, n_head=4)
print(f"emma, two untrained layers: {document_loss(deep, tokenizer.encode('emma')):.4f}")
print(f"ln 27: {math.log(27):.4f}")

# %% [markdown]
# For one name and one draw of the weights that is near enough. We stay with one layer. A second
# would nearly double the work (to look up rows of `wte` and `wpe` is hardly any); whether it would
# pay, we have not tried.
#
# ## The old recipe: too slow or too fast
#
# Here is the loss of a name, whether the weights are floats or Values:

# %% tags=["main"]
def name_loss(weights, tokens):
    return document_loss(start_gpt(weights, n_layer, n_head), tokens[: block_size + 1])


# %% [markdown]
# Now train the model with SGD, as in train2 and train3: *weight minus rate times gradient*. Each
# such run takes about a minute, so these were made beforehand, with three learning rates, 1.0 among
# them, which train1's network took without harm. (Rates are those of the first step; they fall to 0
# as always.)

# %%
from microgpt_ref.lab.train4 import compare_curves

sgd = {rate: load_run(f"train4-sgd-{rate}") for rate in [0.01, 0.1, 1.0]}
curves = {f"SGD, rate {rate}": run["losses"] for rate, run in sgd.items()}
compare_curves(curves, window=20, y_limits=(2, 6), log_steps=True)

# %% [markdown]
# At 0.01 it crawls. At 0.1 it does well. At 1.0 it leaps about, and then out of the picture:

# %%
for step in [40, 42, 44, 46, 48, 50]:
    print(f"rate 1.0, step {step}: loss {sgd[1.0]['losses'][step - 1]:.3g}")
print(f"after {len(sgd[1.0]['losses'])} steps: {sgd[1.0]['ended']}")

# %% [markdown]
# A step was so long that it overshot and landed, probably, where gradients are larger. That made
# the next one longer still, until the numbers were too large to compute with. The other two, on
# held-out names:

# %%
print(ladder_row("SGD 0.01", sgd[0.01]["held_out_loss"]))
print(ladder_row("SGD 0.1", sgd[0.1]["held_out_loss"]))
print(ladder_row("train3", load_run("train3")["held_out_loss"]))

# %% [markdown]
# Look at the last two lines. train3 was trained by SGD at 0.1 as well; what differs is four heads
# against one, and which random weights it began with (`lm_head` is drawn earlier now). One run each
# can't tell such a small difference from luck, and in this lesson we make nothing of any below a
# hundredth. So no help can be seen from four heads. Learning better might help.
#
# ## One rate for all
#
# Why is the right rate hard to find? Look at the gradients of one name, before any training: the
# mean size of an entry, for each matrix.

# %%
values = to_values(weights)
name_loss(values, tokenizer.encode(docs[0])).backward()
for name, w in values.items():
    sizes = [abs(p.grad) for row in w for p in row]
    print(f"{name:11} {sum(sizes) / len(sizes):.5f}")

# %% [markdown]
# In `lm_head` they are over a hundred times as large as in `layer0.wq`, and one rate has to serve
# both. That is why train3's `wq` and `wk`, which make queries and keys, hardly moved.
#
# **Adam** (Kingma and Ba, 2015) has three ideas. The second is the answer to this; the first deals
# with another trouble.
#
# ### First idea: a running mean
#
# One name is a poor adviser. Take one weight of the untrained model, in the row of `lm_head` that
# decides whether a name ends, hold all weights still, and ask twenty names:

# %%
def gradient_draft(doc, parameter):
    for p in flatten(values):
        p.grad = 0.0
    name_loss(values, tokenizer.encode(doc)).backward()
    return parameter.grad


ending = values["lm_head"][tokenizer.bos][0]
gradients = [gradient_draft(doc, ending) for doc in docs[:20]]

# %% [markdown]
# Instead of following each of them, follow their **running mean** $m$: keep most of it, and mix in
# a little of the new gradient $g$. (How much is a choice: here 0.85. A second mean, further
# down, keeps 0.99.)
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1)\, g \qquad \beta_1 = 0.85$$

# %%
from microgpt_ref.lab.train4 import running_mean_chart


def running_mean_draft(numbers, beta):
    mean, means = 0.0, []
    for number in numbers:
        mean = beta * mean + (1 - beta) * number
        means.append(mean)
    return means


m = running_mean_draft(gradients, 0.85)
running_mean_chart(gradients, m, "one weight of lm_head")

# %% [markdown]
# Where names contradict each other they largely cancel out: the mean swings far less than the
# single gradients. This is also called **momentum**: like a ball, it keeps its direction for a
# while.
#
# ### Second idea: divide by the usual size
#
# Two weights are enough to see the trouble with sizes. Let the loss be
# $\frac{1}{2}(100\,a^2 + b^2)$, and start at $a = b = 1$. The gradients are $100\,a$ and $b$, and 0
# is best for both. Twenty steps of SGD:

# %%
def sgd_draft(factor, rate):
    x = 1.0
    for _ in range(20):
        x -= rate * factor * x
    return x


for rate in [0.001, 0.01, 0.03]:
    print(f"rate {rate}: a = {sgd_draft(100, rate):.4f}   b = {sgd_draft(1, rate):.4f}")

# %% [markdown]
# Do the first step by hand for the rate 0.03: $a$ goes to $1 - 0.03 \cdot 100 \cdot 1 = -2$, too
# far, and from then on each step doubles it and changes its sign. And at a rate that suits $a$,
# $b$ has gone less than a fifth of its way.
#
# Now divide each gradient by its own usual size, the root of the mean of its squares so far:

# %%
def scaled_draft(factor, rate):
    x, squares = 1.0, []
    for _ in range(20):
        squares.append((factor * x) ** 2)
        x -= rate * factor * x / math.sqrt(sum(squares) / len(squares))
    return x


print(f"rate 0.05: a = {scaled_draft(100, 0.05):.4f}   b = {scaled_draft(1, 0.05):.4f}")

# %% [markdown]
# They walk in step. The factor 100 is in the gradient and in its usual size, and cancels out. The
# first step is as long as the rate, 0.05, for both. (Later ones are shorter here, as the gradient
# shrinks while the mean remembers the larger ones: so 20 steps don't lead all the way to 0.)
#
# Adam keeps no list of squares. It has a running mean of them, $v$, with a longer memory:
#
# $$v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2 \qquad \beta_2 = 0.99$$
#
# ### Third idea: correct the start
#
# **What do you expect?** The running mean of 1, 1, 1 ought to be 1, but it begins at 0. What is it
# after the first number, with $\beta = 0.85$? And with $\beta = 0.99$?

# %% tags=["reveal"]
for beta in [0.85, 0.99]:
    print(f"beta {beta}:", [round(mean, 4) for mean in running_mean_draft([1, 1, 1], beta)])

# %% [markdown]
# Both start far too small. Each number leaves $\beta$ of what is still missing: with $\beta =
# 0.85$ first 0.85, then $0.85^2 = 0.7225$, so that 0.2775 is there. After $t$ numbers a running
# mean holds the part $1 - \beta^t$ of what it should, so divide by that:
#
# $$\hat m = \frac{m}{1 - \beta_1^t} \qquad \hat v = \frac{v}{1 - \beta_2^t}$$
#
# A step will be the rate times $\hat m / \sqrt{\hat v}$. Without this correction $m$ is $1 -
# \beta_1^t$ of its size, and $\sqrt v$, which divides it, $\sqrt{1 - \beta_2^t}$ of its own. How
# long would a step be then, beside one that is corrected?

# %%
m_hat = [mean / (1 - 0.85**t) for t, mean in enumerate(m, 1)]
for t in [1, 3, 8, 20, 100, 300]:
    too_long = (1 - 0.85**t) / math.sqrt(1 - 0.99**t)
    print(f"step {t} without the correction: {too_long:.2f} times as long")
running_mean_chart(gradients, m, "one weight of lm_head", m_hat)

# %% [markdown]
# At the first step it is $0.15 / 0.1 = 1.5$ times as long, then more, as $m$ fills up sooner than
# $v$: without the correction the first steps are longer than the rate says. In the picture the two
# lines of $m$ differ at the start and soon meet. The three ideas together, for a parameter $p$
# (here no probability) and with a tiny number $\varepsilon$:
#
# $$p \leftarrow p - \text{rate} \cdot \frac{\hat m}{\sqrt{\hat v} + \varepsilon}$$

# %% [markdown] exercise="train4.adam_step" kind="build it first" size="longer" minutes="20"
# ### A step of Adam
#
# **Aim.** Put the three ideas together, for many weights at once.
#
# Write `my_adam_step(weights, gradients, m, v, t, rate)`. The first four are lists of numbers of
# the same length; `m` and `v` are the running means before this step, and `t` is the step's number,
# 1 for the first. It returns three new lists, in this order: the weights after the step, `m` and
# `v` after it. What it is given stays as it is. $\beta_1$ is 0.85, $\beta_2$ is 0.99, and
# $\varepsilon$, which is 0.00000001, is added to the root. (It is for weights whose gradient has
# always been 0: what would happen to them without it?)
#
# **Done when** the check says *right*.

# %% [markdown] tags=["hint"]
# Do it for one weight first: new $m$, new $v$, both corrected, the step. Then put a loop around it.

# %% [markdown] tags=["hint"]
# The $m$ that you return is the running mean itself. The corrected one is used in the step and
# forgotten.

# %% tags=["exercise"]
def my_adam_step(weights, gradients, m, v, t, rate):
    ...  # your code here: it returns new weights, new m, new v

# %% tags=["solution"]
def my_adam_step(weights, gradients, m, v, t, rate):
    new_weights, new_m, new_v = [], [], []
    for w, g, old_m, old_v in zip(weights, gradients, m, v):
        new_m.append(0.85 * old_m + 0.15 * g)
        new_v.append(0.99 * old_v + 0.01 * g**2)
        m_hat = new_m[-1] / (1 - 0.85**t)
        v_hat = new_v[-1] / (1 - 0.99**t)
        new_weights.append(w - rate * m_hat / (math.sqrt(v_hat) + 1e-8))
    return new_weights, new_m, new_v

# %% tags=["check"]
check("train4.adam_step", my_adam_step)

# %% [markdown] tags=["solution"]
# Where all gradients have been 0, $\hat m / \sqrt{\hat v}$ is 0/0; $\varepsilon$ makes it 0.
# Frequent slips: the corrected $m$ and $v$ are handed on, so that they are corrected once more at
# the next step; the root is taken before the correction; $\varepsilon$ stands inside the root; the
# lists are changed in place, and the caller's old ones are gone.

# %% [markdown]
# The lesson's own works on Values, and keeps $m$, $v$ and the number of steps itself:

# %% tags=["piece"] piece="adam.Adam"

# %% [markdown] retires="adam.SGD"
# ($\varepsilon$, a tiny number, is for weights whose gradient has always been 0, such as the row of
# `wte` for a letter not met yet. Without it 0 would be divided by 0.) Adam takes `SGD`'s place, and
# `SGD` leaves the program.
#
# **What do you expect?** A weight is 0.5, its first gradient is 0.02, the rate is 0.01. Do it by
# hand: $m$, $v$, both corrected, then the step. What if the gradient is −2,000?

# %% tags=["reveal"]
for gradient in [0.02, -2000.0]:
    weight = Value(0.5)
    weight.grad = gradient
    Adam([weight]).step(0.01)
    print(f"gradient {gradient}: the weight goes from 0.5 to {weight.data:.4f}")

# %% [markdown]
# At the first step $\hat m = g$ and $\sqrt{\hat v} = |g|$. Their quotient is the sign of $g$, and
# the weight moves by the rate. Later steps are shorter where gradients disagree, as $m$ is then
# small beside them: an exercise at the end has you compute one.
#
# ## SGD against Adam
#
# Eleven runs, made beforehand, over a wide range of learning rates:

# %%
from microgpt_ref.lab.train4 import rate_chart

sgd = {rate: load_run(f"train4-sgd-{rate}") for rate in [0.01, 0.03, 0.1, 0.3, 1.0]}
adam = {rate: load_run(f"train4-adam-{rate}") for rate in [0.0003, 0.001, 0.003, 0.03, 0.1]}
adam[0.01] = load_run("train4")
rate_chart({"SGD": sgd, "Adam": adam})

# %% [markdown]
# At the best of the rates tried, the two lie less than a hundredth of a nat apart: with a
# well-chosen rate SGD comes as far. The difference is in the choosing. SGD has two rates within
# three hundredths of its best (which may lie higher, between 0.3 and 1), and with the next one up
# it blows up. Adam has three such rates, and beyond them it gets worse but does not break.
#
# What is each of the three ideas worth? Here are three more runs, each with one switched off.
# (Without the scaling, a step is the rate times $\hat m$, which has the size of a gradient, so that
# run has SGD's rate of 0.1. The others have 0.01.)

# %%
for label, name in [
    ("Adam", "train4"),
    ("without running mean", "train4-without-momentum"),
    ("without correction", "train4-without-correction"),
    ("without scaling", "train4-without-scaling"),
    ("SGD", "train4-sgd-0.1"),
]:
    run = load_run(name)
    first = sum(run["losses"][:20]) / 20
    print(f"{label:20} first 20 steps {first:.4f}   held out {run['held_out_loss']:.4f}")

# %% [markdown]
# Without scaling we are back at SGD's loss. But without the running mean, and without the
# correction, the model ends a little *better* than with all three, and both are ahead in the first
# 20 steps too: so the longer first steps, without the correction, did no harm here. Are these two
# ideas useless, then? One run of 1,000 steps each can't say: another shuffle or other random
# weights would move all of these numbers, and the differences are small. You have seen what each
# idea does to a step. That each helps here, we can't claim.
#
# ## The whole run
#
# All is there. The weights become Values, Adam gets a list of them, and to learn is, as before,
# loss, backward, step. (train2 explains `gc.disable()`.)

# %% tags=["main"]
gc.disable()
values = to_values(weights)
optimizer = Adam(flatten(values))


def learn(tokens, rate):
    loss = name_loss(values, tokens)
    loss.backward()
    optimizer.step(rate)
    return loss.data


# %% [markdown]
# For looking back later, keep copies of the weights on the way.

# %%
snapshots = {}


def learn(tokens, rate, learn_alone=learn):
    loss = learn_alone(tokens, rate)
    if optimizer.steps in [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]:
        snapshots[optimizer.steps] = to_floats(values)
    return loss


# %% [markdown]
# The next cell trains for about a minute. Meanwhile:
# **what do you expect?** What is $e^{2.36}$, the number of letters that the model will hesitate
# between?

# %% tags=["main"]
steps = 1000
losses = train(learn, docs, tokenizer, steps, rate=0.01)

# %%
from microgpt_ref.lab.figures import STAGE_COLOURS

train3_losses = load_run("train3")["losses"]
colours = {"train3, SGD": STAGE_COLOURS["train3"]}
compare_curves({"train3, SGD": train3_losses, "train4, Adam": losses}, colours=colours)

# %% [markdown]
# Adam is ahead for the first hundred names. From there on the two run close together: both read
# the same names in the same order, and rise and fall as these are odd or common. Adam stays a
# little lower most of the time. Now the loss that counts:

# %% tags=["main"]
weights = to_floats(values)
held_out = docs[1000:1300]
loss = evaluate(lambda tokens: name_loss(weights, tokens), held_out, tokenizer)
print(f"held-out loss: {loss:.4f} nats per token")

# %% tags=["reveal"]
for stage in ["train0", "train1", "train2", "train3"]:
    print(ladder_row(stage, load_run(stage)["held_out_loss"]))
print(ladder_row("train4", loss))

# %% [markdown]
# (Not all of that is Adam's doing: SGD at a rate of 0.3 comes more than half of the way from
# train3's loss to this one, as the figure of rates shows.)
#
# The course began at 27 letters of hesitation. Counting brought it to 12, and all the rest to about
# ten and a half. It is little, probably because names are short and often arbitrary, and because a
# thousand names and 4,192 parameters are few. But listen to what it invents:

# %% tags=["main"]
names = []
for _ in range(20):
    next_probs = with_temperature(start_gpt(weights, n_layer, n_head), 0.5)
    names.append(tokenizer.decode(generate(next_probs, tokenizer.bos, block_size, rng)))
print("\n".join(names))

# %% [markdown]
# ## Looking back on the run
#
# With the copies you can watch the model grow up:

# %%
from microgpt_ref.lab.train4 import names_from

names_at = {step: names_from(w, tokenizer) for step, w in snapshots.items()}
for step in [1, 10, 20, 50, 100, 200, 500, 1000]:
    print(f"step {step:4}: {' '.join(names_at[step])}")

# %% [markdown]
# At step 50 some could be names; the mean loss of the fifty so far is 2.8255, as the figure above
# says.
#
# What would other settings have made of it? To try them, a minute a run is too long. The chapter
# after this lesson, *Everything else is efficiency*, builds engines that find the same losses in a
# fraction of a second. One of them trains here anew, from the same draws, on NumPy's arrays in the
# place of Values:

# %%
from microgpt_ref.lab.efficiency import train_now

train_now(n_embd=16, steps=1000, rate=0.01)

# %% [markdown]
# In JupyterLab or Colab, run the next cell and move its controls: each time, a model is trained.
# With *stop* you look at it after a part of its steps. For *names* you can give a file of your
# own, one name or word a line.

# %% tags=["live"]
from microgpt_ref.lab.widgets import play, slider, text

play(
    "At which stop do they first look like names? Which rate is best for 100 steps, and for 2,000?",
    lambda n_embd, steps, rate, names, stop: train_now(n_embd, steps, rate, names, stop),
    n_embd=slider("n_embd", [4, 8, 16, 32], 16),
    steps=slider("steps", [100, 500, 1000, 2000], 1000),
    rate=slider("rate", [0.001, 0.003, 0.01, 0.03, 0.1, 0.3], 0.01),
    names=text("names", "ssa2018"),
    stop=slider("stop", [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0], 1.0),
)

# %% [markdown]
# And the four heads? Here is what each attends to once *brid* has been read, as in Bridget:

# %%
from microgpt_ref.lab.train4 import head_map

head_map(weights, tokenizer, "brid", n_head)

# %% [markdown]
# An even share would be 0.20. Head 1 looks at the first letter above all. Heads 0 and 3 divide most
# of their attention between the dot and the i, head 2 between the b and the d. (*brid* was picked
# because they differ there.) train3 warned that a picture of attention is no proof that it is of
# use, and had a test: take something out of the trained model, and see what the held-out loss says.

# %%
print(f"nothing taken away:  {loss:.4f}")
for name in ["layer0.wq", "layer0.wo", "layer0.fc2", "wpe"]:
    without = {**weights, name: [[0.0] * len(row) for row in weights[name]]}
    worse = evaluate(lambda tokens: name_loss(without, tokens), held_out, tokenizer)
    print(f"{name:10} all zero: {worse:.4f}, which costs {worse - loss:.4f}")

# %% [markdown]
# As in train3, to take attention away, by `wq` or by `wo`, costs less than a hundredth, and
# positions cost most. Without `wo` the model has nothing but the last letter and its position, and
# still its loss is below train3's. So it makes little use yet of what its heads attend to.
#
# ## Temperature
#
# Before drawing, the logits are divided by a number, the **temperature**. Since train1 it has been
# 0.5.
#
# **What do you expect?** Draw fifty names at each of these temperatures. At which of them are there
# the most different ones, and at which the largest share of real ones among those?

# %% tags=["reveal"]
known, trained_on = set(docs), set(docs[:1000])
for temperature in [0.1, 0.5, 1.0, 2.0]:
    fifty = names_from(weights, tokenizer, temperature, count=50)
    different = set(fifty)
    print(f"temperature {temperature}: {len(different)} different,", end=" ")
    print(f"{len(different & known)} of them real,", end=" ")
    print(f"{len(different & trained_on)} trained on; the first five:", *fifty[:5])

# %% [markdown]
# Near 0 it keeps to what is likeliest, and repeats itself: more than half are real, but few are
# different. High up, every letter gets a chance, and names fall apart. At 0.5 nearly all are
# different, and one in five is in the list of names, though the model has no list to look it up in:
# none of them is among the thousand that it was trained on.
#
# ## A prompt
#
# `generate` has had its `prompt` since train0: tokens that are given, not drawn. The model reads
# them like any others, its cache remembers them, and from there it goes on by itself:

# %%
for beginning in ["ch", "mar", "q", "zzz"]:
    prompt = tokenizer.characters_to_ids(beginning)
    next_probs = with_temperature(start_gpt(weights, n_layer, n_head), 0.5)
    tokens = generate(next_probs, tokenizer.bos, block_size, random.Random(1), prompt)
    print(f"{beginning:3} ... {tokenizer.decode(tokens)}")

# %% [markdown]
# One talks to a large model in the same way: the question is a **prompt**, and the answer is how
# the document goes on. In JupyterLab or Colab, run the next cell and type the beginning of your
# name.

# %% tags=["live"]
from microgpt_ref.lab.train4 import show_names

play(
    "Type how your name begins. At which temperature does the model find the rest?",
    lambda temperature, prompt: show_names(weights, tokenizer, temperature, prompt),
    temperature=slider("temperature", [0.1, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0], 0.5),
    prompt=text("beginning", "ch"),
)

# %% [markdown]
# ## Saving and loading
#
# Weights are saved together with all that is needed to use them: a **checkpoint**. Ours is a text
# file, here in a folder that is gone afterwards. (`Settings("train4")` holds this lesson's 16, 4, 1
# and 16.)

# %%
import json
import tempfile
from pathlib import Path

from microgpt_ref import checkpoint
from microgpt_ref.model import Model, Settings

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "gpt.json")
    checkpoint.save(Model(Settings("train4"), tokenizer, weights), path)
    print("in the file:", ", ".join(json.loads(path.read_text())))
    loaded = checkpoint.load(path)

# %% [markdown]
# Is it the same model? Compare every logit for *emma*:

# %%
kept, back = start_gpt(weights, n_layer, n_head), loaded.start()
pairs = [ab for token in tokenizer.encode("emma")[:-1] for ab in zip(kept(token), back(token))]
print(len(pairs), "logits, equal to the last bit:", all(a == b for a, b in pairs))

# %% [markdown]
# ## The program, complete
#
# A last tidying up. `Value` can do more than the program asks for. Which of its methods does one
# step of training call?

# %%
from microgpt_ref.lab.train4 import methods_called

called = methods_called(Value, lambda: name_loss(values, tokenizer.encode("emma")).backward())
methods = [name for name, method in vars(Value).items() if callable(method)]
print("called:", ", ".join(name for name in methods if name in called))
print("never: ", ", ".join(name for name in methods if name not in called))

# %% [markdown] retires="value.Value.__repr__ value.Value.__neg__ value.Value.__radd__ value.Value.__rsub__ value.Value.__rmul__ value.Value.__rtruediv__ value.Value.__rpow__"
# They are for printing, for minus signs and for plain numbers on the left, and were good for
# learning. The program goes without, and is complete:

# %%
from microgpt_ref.lab.train4 import lines_by_lesson

lines = lines_by_lesson("train4")
print(f"{sum(lines.values())} lines, not counting empty ones; from each lesson:", lines)

# %% [markdown]
# (train3 has so few because most of its own were replaced in this lesson.) You have read them all,
# but for three that read the names from a file. The page *The program, whole* shows it in one
# piece, each line with the lesson that it comes from. It needs nothing but Python and a list of
# names.
#
# ## What scale buys
#
# Your model is GPT-2 in small, with a few differences: a simpler norm, and one before the first
# block, where GPT-2 has one after the last; ReLU, where GPT-2 has a smoother curve; no constants
# added in the layers; an `lm_head` of its own. How small? The largest GPT-2 has
# 1.5 billion parameters (Radford et al., 2019), and GPT-3 has 175 billion (Brown et al., 2020). The
# sizes of the models behind ChatGPT since then are not published.

# %%
for model, size in [("the largest GPT-2", 1.5e9), ("GPT-3", 175e9)]:
    print(f"{model} is {size / len(flatten(weights)):,.0f} times as large as ours")

# %% [markdown]
# In ChatGPT, this is the same: text is cut into tokens; vectors go through blocks of attention and
# feed-forward network; the loss is the surprise at the next token, and back-propagation says what
# to change; answers are drawn token by token.
#
# This is different: tokens are pieces of words, documents are web pages and books, and it learns
# from many at once. After this training, the *pre-training* of the name, comes another, on answers
# that people wrote and on judgements of which answers are better (Ouyang et al., 2022).
#
# Scale doesn't change the question, *what comes next?* It changes what an answer can draw on. After
# four letters of a name, it helps to know names. After four pages of a book, it helps to have
# understood them.
#
# ## What to take along
#
# - A head is attention on a slice of the vectors. Several heads ask several questions, and cost no
#   parameters.
# - A block is attention and a feed-forward network, each added to what goes in. Blocks are stacked.
# - Adam: a running mean of gradients, divided by their usual size, with the start corrected. Its
#   first step is as long as the rate, whatever the gradient's size.
# - Of the rates tried, Adam does well at three and breaks at none, SGD at two, and breaks at the
#   next. At the best of them, they can't be told apart here.
# - Temperature and prompt are chosen when sampling. A checkpoint holds all of a model.

# %% [markdown]
# ## Questions
#
# Open the option that you think is right: it says whether it is, and why.

# %% [markdown] tags=["question"] question="train4.head_parameters"
# A model with `n_embd` 16 gets four heads instead of one. How many entries has `layer0.wq` then?
#
# - [ ] 64 :: That is what one head of four gets to see of it: four rows of 16. All heads together
#   have all rows.
# - [x] 256 :: 16 · 16, as before. Its output of 16 numbers is cut into four slices, and cutting
#   costs nothing.
# - [ ] 1,024 :: That would be four whole matrices. The heads share one, in slices.

# %% [markdown] tags=["question"] question="train4.second_layer"
# What can the attention of a second layer find that the first can't?
#
# - [ ] Tokens that come later :: No layer looks ahead: the cache holds only what came before.
# - [ ] More positions :: Both look at all positions so far.
# - [x] What other positions have found by their own attention :: The first layer compares vectors
#   that know only their own letter and place. The second compares vectors to which the first has
#   added something.

# %% [markdown] tags=["question"] question="train4.two_layers"
# How many parameters has a model with 27 tokens, `n_embd` 8, `n_head` 4, `n_layer` 2 and
# `block_size` 16?
#
# - [ ] 1,328 :: That is it with one layer.
# - [x] 2,096 :: 560 in `wte`, `wpe` and `lm_head`, and 768 in each layer. `n_head` is of no matter.
# - [ ] 2,656 :: Here everything is taken twice. The embeddings and `lm_head` come once, whatever
#   `n_layer` is.
# - [ ] 3,632 :: That is half of 7,264. A layer's matrices have `n_embd` on both sides, so with half
#   the width they have a quarter of the entries.

# %% [markdown] tags=["question"] question="train4.cached"
# A model with two layers of four heads has read five tokens. How many key vectors are in its
# caches?
#
# - [ ] 5 :: One for each token, but each layer has a cache of its own.
# - [x] 10 :: Five in each layer. The heads take slices of them.
# - [ ] 20 :: Five for each head would be that; but heads share a key, each its slice.
# - [ ] 40 :: Five for each head in each layer; but heads share a key, each its slice.

# %% [markdown] tags=["question"] question="train4.first_step"
# A weight is 0.3, its first gradient is −50, and the rate is 0.02. Where is it after Adam's first
# step?
#
# - [ ] 0.28 :: That is downhill for a positive gradient. Here the loss falls as the weight grows.
# - [x] 0.32 :: The first step is as long as the rate, against the sign of the gradient.
# - [ ] 0.33 :: That is the step without the correction, 1.5 times as long.
# - [ ] 1.30 :: That is SGD's step: 0.02 times 50.

# %% [markdown] tags=["question"] question="train4.papers_betas"
# Kingma and Ba propose $\beta_1 = 0.9$ and $\beta_2 = 0.999$. How long would the first step be
# without the correction, in rates?
#
# - [ ] 0.10 :: So much of the gradient is in m. But it is divided by the root of v, which is too
#   small as well.
# - [ ] 1.50 :: That is it with our numbers, 0.85 and 0.99.
# - [x] 3.16 :: 0.1 divided by the root of 0.001. The longer the memory of v, the more it lacks at
#   the start.
# - [ ] 100 :: 0.1 divided by 0.001: the root of v is missing.

# %% [markdown] tags=["question"] question="train4.one_run"
# Adam ended at 2.3603, and without the correction at 2.3527. What follows?
#
# - [ ] The correction does harm and should go :: In this one run the model ended lower without it.
#   Another shuffle or other random weights would move both numbers.
# - [ ] The correction is useless :: Nor does that follow: it may help with other settings, or in
#   the first steps of a larger model.
# - [x] That here the correction made no difference that one run could show :: To say more, repeat
#   both with several seeds, and compare the difference with how much seeds move it.

# %% [markdown] tags=["question"] question="train4.temperature"
# Of two tokens, one has a logit that is larger by 1. At temperature 0.5, how many times as likely
# is it?
#
# - [ ] 1.65 times :: There the logits were multiplied by 0.5: that is temperature 2.
# - [ ] 2.00 times :: Temperature acts on logits, before the exponential, not on probabilities.
# - [ ] 2.72 times :: That is at temperature 1: e to the power 1.
# - [x] 7.39 times :: 1 divided by 0.5 is 2, and e to the power 2 is 7.39.

# %% [markdown]
# ## Exercises
#
# Each names its aim, its size, and when it is done. Run its cell, then the check. Hints are folded
# under each task; solutions stand in the book's last part. Points count where a class is marked,
# and nowhere else.

# %% [markdown] exercise="train4.by_hand" kind="by hand" size="short" minutes="10"
# ### Two gradients that disagree
#
# **Aim.** See on paper why Adam's steps get shorter where gradients contradict each other.
#
# A weight is 0.5. Its first gradient is 0.02, its second −0.02. The rate is 0.01 at both steps,
# $\beta_1 = 0.85$ and $\beta_2 = 0.99$. After the first step the weight is 0.49, as in the lesson.
# What is it after the second?
#
# **Done when** your number, with four decimals or more, is in the cell below and the check says
# *right*.

# %% [markdown] tags=["hint"]
# Both squares are the same, so $\hat v$ is that square: no need to compute $v$.

# %% [markdown] tags=["hint"]
# Keep $m$ from the first step, 0.15 · 0.02 = 0.003. What is it after the second gradient, and which
# part of what it should hold does it hold after two?

# %% tags=["exercise"]
my_weight = ...  # your number

# %% tags=["solution"]
m_2 = 0.85 * 0.003 + 0.15 * -0.02
m_hat_2 = m_2 / (1 - 0.85**2)
my_weight = 0.49 - 0.01 * m_hat_2 / 0.02
print(f"m: {m_2:.5f}   corrected: {m_hat_2:.5f}   step: {0.01 * m_hat_2 / 0.02:.5f}")
print(f"weight: {my_weight:.5f}")

# %% tags=["check"]
check("train4.by_hand", my_weight)

# %% [markdown] tags=["solution"]
# The new gradient counts a little more than the old one, so $m$ has changed its sign; but most of
# the two has cancelled out, and the step is less than a tenth of the rate. Frequent slips: a second
# step as long as the first; the first step's correction used again; the step given where the weight
# is asked for.

# %% [markdown] exercise="train4.clip" kind="go further" size="short" minutes="20" points="3"
# ### Clipping gradients
#
# **Aim.** Write a guard against steps that are much too long.
#
# Take all gradients of a model together as one long vector. Its length is the root of the sum of
# the squares of all entries, those of all matrices. *Clipping* by it means: if the length is above
# a limit, multiply every gradient by one and the same factor, so that it becomes the limit.
#
# Write `clipped(gradients, limit)`. `gradients` is a dictionary from names to matrices, as weights
# are, but of plain numbers. It returns a new dictionary with the same names, made of new lists. If
# the length is not above the limit, the numbers stay as they are. All gradients may be 0, and
# `limit` is above 0.
#
# **Done when** the check says *right*, and you know the length of the gradient of the untrained
# model for one name. (For that take fresh Values, `to_values(random_weights(shapes,
# random.Random(42)))`, and let `name_loss` of them and of `tokenizer.encode(docs[0])` go backward.
# Then the gradients are in the `grad` of each.)

# %% [markdown] tags=["hint"]
# Two passes: one over all entries for the length, one that builds the new matrices. What is the
# factor, if a length of 10 is to become 2?

# %% [markdown] tags=["hint"]
# One factor serves all matrices. It is never above 1.

# %% tags=["exercise"]
def clipped(gradients, limit):
    ...  # your code here

# %% tags=["solution"]
def clipped(gradients, limit):
    length = math.sqrt(sum(g**2 for w in gradients.values() for row in w for g in row))
    factor = limit / length if length > limit else 1.0
    return {name: [[factor * g for g in row] for row in w] for name, w in gradients.items()}

# %% tags=["check"]
check("train4.clip", clipped)

# %% tags=["solution"]
fresh = to_values(random_weights(shapes, random.Random(42)))
name_loss(fresh, tokenizer.encode(docs[0])).backward()
gradients_of_one = {name: [[p.grad for p in row] for row in w] for name, w in fresh.items()}
for label, w in [("untouched", gradients_of_one), ("clipped", clipped(gradients_of_one, 1.0))]:
    length, largest = math.hypot(*flatten(w)), max(map(abs, flatten(w)))
    print(f"{label:9} length {length:.4f}, largest {largest:.4f}")

# %% [markdown] tags=["solution"]
# One factor for all keeps the direction and only shortens the step. Frequent slips: each entry, or
# each matrix, clipped by itself, which turns the direction; short gradients made longer; the root
# forgotten; the same lists returned where nothing had to be clipped. Adam divides by the usual size
# anyway; but one huge gradient would stay in $v$ for a long time, and clipping keeps it out.

# %% [markdown] exercise="train4.schedule" kind="go further" size="short" minutes="20" points="3"
# ### Warm-up and cosine
#
# **Aim.** Replace our straight line of rates by one that begins gently and ends gently.
#
# Write `scheduled(rate, step, steps, warm_up)`: the rate at one step, where steps are counted from
# 1 to `steps`. In the first `warm_up` steps it rises in a straight line: as if from 0 at a step 0,
# to `rate` at step `warm_up`. Then it falls along half a wave of the cosine: from `rate` at step
# `warm_up` to 0 at step `steps`. `warm_up` may be 0: then it only falls. Or it may equal `steps`:
# then it never falls, and is `rate` at the last step.
#
# **Done when** the check says *right*, and you have looked at the rates of ten steps or so.

# %% [markdown] tags=["hint"]
# After the warm-up, which part of the way is behind you? It is 0 at step `warm_up`, 1 at step
# `steps`.

# %% [markdown] tags=["hint"]
# `math.cos` goes from 1 to −1 while its argument goes from 0 to $\pi$. Move and shrink that, so
# that it goes from 1 to 0.

# %% tags=["exercise"]
def scheduled(rate, step, steps, warm_up):
    ...  # your code here: it returns one number

# %% tags=["solution"]
def scheduled(rate, step, steps, warm_up):
    if step <= warm_up:
        return rate * step / warm_up
    done = (step - warm_up) / (steps - warm_up)
    return rate * (1 + math.cos(math.pi * done)) / 2

# %% tags=["check"]
check("train4.schedule", scheduled)

# %% tags=["solution"]
for step in [1, 50, 100, 325, 550, 775, 1000]:
    print(f"step {step:5,}: {scheduled(0.01, step, 1000, 100):.5f}")

# %% [markdown] tags=["solution"]
# With the warm-up in an `if` of its own neither end divides by 0: without one, the first step is
# already after it; with nothing but one, no step is. Frequent slips: the part of the way counted
# from step 0; a cosine that ends at −1, which would climb uphill; degrees.

# %% [markdown] exercise="train4.adamw" kind="go further" size="longer" minutes="25" points="4"
# ### Weights that fade
#
# **Aim.** Change Adam into AdamW (Loshchilov and Hutter, 2019).
#
# *Weight decay* lets every weight shrink a little at each step, so that it stays large only as long
# as the data ask for it. In AdamW it has nothing to do with the gradient, nor with $m$ and $v$:
# besides Adam's own step, each weight loses `rate * decay` of what it was before that step.
#
# Write a class `AdamW` with two methods. `AdamW(parameters, decay)` takes a list of Values and a
# number; `step(rate)` makes one step and sets the gradients back to 0. The rest is as in `Adam`,
# with the same $\beta_1$, $\beta_2$ and $\varepsilon$. To build on `Adam`, you may change the first
# line to `class AdamW(Adam):`.
#
# **Done when** the check says *right*, and you can say what happens to a weight whose gradient is
# always 0.

# %% [markdown] tags=["hint"]
# `class AdamW(Adam):` has all that Adam has. In its first method `super().__init__(parameters)`
# makes an Adam of it, and `self.decay = decay` keeps the decay; `super().step(rate)` is Adam's
# step.

# %% [markdown] tags=["hint"]
# Does it matter whether a weight fades before or after Adam's step? Do one step on paper both ways.

# %% tags=["exercise"]
class AdamW:
    def __init__(self, parameters, decay):
        ...  # your code here

    def step(self, rate):
        ...  # and here

# %% tags=["solution"]
class AdamW(Adam):
    def __init__(self, parameters, decay):
        super().__init__(parameters)
        self.decay = decay

    def step(self, rate):
        for p in self.parameters:
            p.data -= rate * self.decay * p.data
        super().step(rate)

# %% tags=["check"]
check("train4.adamw", AdamW)

# %% tags=["solution"]
idle = Value(1.0)
fading = AdamW([idle], decay=0.1)
for _ in range(1000):
    fading.step(0.01)
print(f"a weight without gradients, after 1,000 steps: {idle.data:.4f}")

# %% [markdown] tags=["solution"]
# Adam's step depends on the gradient alone, which was computed before, so the weight may fade
# first. The other way round, Adam's step would fade too. If the decay is added to the gradient
# instead, Adam divides it by the usual size: weights with large gradients then hardly fade, which
# is what AdamW was made to mend. Frequent slips: that one; the rate forgotten; the gradients not
# cleared.

# %% [markdown] exercise="train4.top_p" kind="go further" size="longer" minutes="25" points="4"
# ### The nucleus
#
# **Aim.** Sample only from what is likely, however many tokens that may be (Holtzman et al., 2020).
#
# Write `top_p(probs, p)`, which returns a new list as long as `probs`. It keeps the smallest set of
# tokens whose probabilities add up to `p` or more, the likeliest first; of equally likely ones the
# lower id goes first. Their probabilities are divided by their sum, so that they add up to 1 again;
# all others are 0. `p` is above 0 and at most 1. If it is 1, rounding may leave the sum of all a
# hair below it: then all are kept. (Below 1 rounding is no matter: in the check the probabilities
# are 64ths, which add up exactly, and the sum may be just `p`.)
#
# Then wrap it around `next_probs`, and invent names at temperature 1 with a few values of `p`.
#
# **Done when** the check says *right*, and you have seen what `p` does to the names.

# %% [markdown] tags=["hint"]
# Put the *ids* in order, not the probabilities: `sorted` has a `key`, and leaves equal ones in the
# order in which they come.

# %% [markdown] tags=["hint"]
# Go through the ids in that order, and add up. The token with which the sum gets there belongs to
# the set; the next one doesn't.

# %% tags=["exercise"]
def top_p(probs, p):
    ...  # your code here

# %% tags=["solution"]
def top_p(probs, p):
    kept, reached = [], 0.0
    for token in sorted(range(len(probs)), key=lambda token: -probs[token]):
        if reached < p:
            kept.append(token)
            reached += probs[token]
    return [prob / reached if token in kept else 0.0 for token, prob in enumerate(probs)]

# %% tags=["check"]
check("train4.top_p", top_p)

# %% tags=["solution"]
def nucleus_name(p, draws):
    all_probs = with_temperature(start_gpt(weights, n_layer, n_head), 1.0)
    tokens = generate(lambda token: top_p(all_probs(token), p), tokenizer.bos, block_size, draws)
    return tokenizer.decode(tokens)


for p in [0.5, 0.9, 1.0]:
    draws = random.Random(1)
    fifty = [nucleus_name(p, draws) for _ in range(50)]
    real = sum(name in known for name in set(fifty))
    print(f"p = {p}: {len(set(fifty))} different, {real} real; the first five:", *fifty[:5])

# %% [markdown] tags=["solution"]
# The loop ends with the tokens, whatever the rounding: no index can run out. A low temperature
# makes all unlikely tokens less likely; the nucleus makes them impossible, and leaves the
# proportions among the others as they are. Frequent slips: the token that reaches `p` left out; `>`
# for `>=`; the result sorted, so that probabilities stand at the wrong tokens; equal probabilities
# taken for the same token; no division by the sum.

# %% [markdown] exercise="train4.squared_relu" kind="go further" size="short" minutes="15" points="3"
# ### A bend of your own
#
# **Aim.** Add an operation to the graph: *squared ReLU* (So et al., 2021), which the first version
# of microgpt had.
#
# It is 0 for negative numbers and 0, and $x^2$ for positive ones. Write `squared_relu(x)` for a
# Value `x`. It returns one new Value whose only input is `x`, listed once, for negative `x` as
# well, with the right number and the right local derivative, plain numbers both: so the graph grows
# by one node, where `x.relu() * x.relu()` adds three. `x` stays as it is.
#
# **Done when** the check says *right*.

# %% [markdown] tags=["hint"]
# How does `relu` in train2's class do it? `Value(data, inputs, local_derivatives)` takes two
# tuples; one with a single entry needs its comma.

# %% [markdown] tags=["hint"]
# What is the slope of $x^2$? And how much does the result change where it is 0 on both sides?

# %% tags=["exercise"]
def squared_relu(x):
    ...  # your code here: it returns a Value

# %% tags=["solution"]
def squared_relu(x):
    bent = max(0.0, x.data)
    return Value(bent * bent, (x,), (2 * bent,))

# %% tags=["check"]
check("train4.squared_relu", squared_relu)

# %% tags=["solution"]
for number in [-1.0, 0.0, 0.5, 3.0]:
    x, h = Value(number), 1e-6
    squared_relu(x).backward()
    by_difference = (max(0.0, number + h) ** 2 - max(0.0, number - h) ** 2) / (2 * h)
    print(f"x = {number:4}: slope {x.grad:.4f}, by difference {by_difference:.4f}")

# %% [markdown] tags=["solution"]
# $2x$ is 0 at 0, so unlike ReLU this bend has no corner: its slope comes from both sides to the
# same number. Frequent slips: the slope $x$, or 1; the slope $2x$ below 0 as well; a plain number
# returned, so that the graph ends there.

# %% [markdown] exercise="train4.first_version" kind="go further" size="project" minutes="60" points="6"
# ### The first version
#
# **Aim.** Rebuild an earlier microgpt from its settings: know your way about in the whole program.
#
# The first version of 11 February 2026 had 243 lines and 4,064 parameters. So far as they are told
# here, its settings were: blocks of 8 positions; 500 steps; weights drawn with a spread of 0.02,
# but `wo` and `fc2` all 0; squared ReLU in place of ReLU; Adam with $\beta_1 = 0.9$ and $\beta_2 =
# 0.95$; BOS as id 0, with the letters after it; temperature 0.6. The rest as here: width 16, four
# heads, one layer.
#
# The part that is checked: `first_weights(vocab_size, rng)`, a dictionary of matrices, lists of
# rows of plain numbers, with the names and shapes of `gpt_shapes` for those settings. The entries
# of `layer0.wo` and `layer0.fc2` are 0. Every other entry is drawn from `rng`, from a bell curve of
# mean 0 and spread 0.02, in any order.
#
# Then put the rest together, train it, and invent names. (500 steps take about half a minute. Use a
# rate of 0.01, as here.)
#
# **Done when** the check says *right*, there are 4,064 parameters with 27 tokens, and you have your
# names.

# %% [markdown] tags=["hint"]
# `random_matrix` in `microgpt_ref.layers` takes a spread. `random_weights` doesn't.

# %% [markdown] tags=["hint"]
# The model: write `gpt` and `block` in one function of your own, for one layer. `relu` of
# `microgpt_ref.layers` works on numbers and on Values.

# %% [markdown] tags=["hint"]
# Our tokenizer has a to z as 0 to 25, and BOS as 26. Which sum turns 26 into 0, 0 into 1, and so
# on?

# %% tags=["exercise"]
def first_weights(vocab_size, rng):
    ...  # your code here: it returns a dictionary of matrices

# %% tags=["solution"]
def first_weights(vocab_size, rng):
    drawn = {}
    for name, (rows, columns) in gpt_shapes(vocab_size, 16, 8, n_layer=1).items():
        spread = 0.0 if name in ("layer0.wo", "layer0.fc2") else 0.02
        drawn[name] = [[rng.gauss(0, spread) for _ in range(columns)] for _ in range(rows)]
    return drawn

# %% tags=["check"]
check("train4.first_version", first_weights)

# %% tags=["solution"]
from microgpt_ref.layers import relu

first_rng = random.Random(42)
first = to_values(first_weights(27, first_rng))
print(f"{len(flatten(first)):,} parameters")


def first_gpt(w, token, keys, values):
    x = rmsnorm(add(w["wte"][token], w["wpe"][len(keys)]))
    y = rmsnorm(x)
    keys.append(linear(w["layer0.wk"], y))
    values.append(linear(w["layer0.wv"], y))
    heads = multi_head_attention(linear(w["layer0.wq"], y), keys, values, n_head=4)
    x = add(x, linear(w["layer0.wo"], heads))
    bent = [relu(a) ** 2 for a in linear(w["layer0.fc1"], rmsnorm(x))]
    return linear(w["lm_head"], add(x, linear(w["layer0.fc2"], bent)))


def start_first(w):
    keys, values = [], []
    return lambda token: first_gpt(w, token, keys, values)


first_adam, first_losses = Adam(flatten(first), beta1=0.9, beta2=0.95), []
for step in range(40):  # of 500
    ids = [(token + 1) % 27 for token in tokenizer.encode(docs[step])]
    loss = document_loss(start_first(first), ids[:9])
    loss.backward()
    first_adam.step(0.01 * (1 - step / 500))
    first_losses.append(loss.data)

print(f"loss of the first name {first_losses[0]:.4f}; ln 27 is {math.log(27):.4f}")
print(f"mean of the last ten of {len(first_losses)}: {sum(first_losses[-10:]) / 10:.4f}")
for _ in range(5):
    next_probs = with_temperature(start_first(to_floats(first)), 0.6)
    ids = generate(next_probs, 0, 8, first_rng)
    print(tokenizer.decode([token - 1 for token in ids]))

# %% [markdown] tags=["solution"]
# This trains for 40 steps only; let it go on to 500. With `wo` and `fc2` at 0 the block adds
# nothing at first, and with small weights all logits are small too: the first loss is near $\ln
# 27$. At the first step `fc1` gets no gradient, as `fc2` hands none on: it has to leave 0 first.
# Frequent slips: `wpe` with 16 rows; a spread of 0.02 taken for its square; one row of zeros
# repeated as the same list; a name of nine letters read to its end, though there are eight
# positions.

# %% [markdown] exercise="train4.large_eps" kind="break and explain" size="short" minutes="20"
# ### A large ε
#
# **Aim.** Find out what a number does that one never touches.
#
# Give Adam an `eps` of 1: `Adam(flatten(values), eps=1.0)`, where `values` are fresh Values,
# `to_values(random_weights(shapes, random.Random(42)))`. Let it make one step at 0.01 with the
# gradients of one name, and compare how far the weights of `lm_head` and of `layer0.wq` have moved,
# on average, with an `eps` of 1e-8 and of 1. **What do you expect?** Then, with `eps` 1 and fresh
# Values once more, let it learn from the first 20 names, at the lesson's rates: 0.01 for the first,
# and 0.00001 less for each that follows. Compare the mean of these 20 losses with that of Adam in
# the lesson, under *first 20 steps* where each idea is switched off.
#
# **Done when** you have the four distances and the mean loss, and can say in two or three sentences
# which method Adam has turned into, and why.

# %% [markdown] tags=["hint"]
# The gradients' sizes stand in the lesson, in the table before the first idea. How large is
# $\sqrt{\hat v}$ beside 1?

# %% [markdown] tags=["exercise"]
# *Your numbers and your explanation:*

# %% tags=["solution"]
untrained = random_weights(shapes, random.Random(42))
for eps in [1e-8, 1.0]:
    moving = to_values(untrained)
    name_loss(moving, tokenizer.encode(docs[0])).backward()
    Adam(flatten(moving), eps=eps).step(0.01)
    for name in ["lm_head", "layer0.wq"]:
        pairs = zip(flatten({name: untrained[name]}), flatten({name: moving[name]}))
        moves = [abs(before - after.data) for before, after in pairs]
        print(f"eps {eps:g}: {name:9} has moved by {sum(moves) / len(moves):.8f}")

moving, slow_losses = to_values(untrained), []
slow = Adam(flatten(moving), eps=1.0)
for step in range(20):
    loss = name_loss(moving, tokenizer.encode(docs[step]))
    loss.backward()
    slow.step(0.01 * (1 - step / 1000))
    slow_losses.append(loss.data)
for label, first_20 in [("eps 1", slow_losses), ("eps 1e-8", losses[:20])]:
    print(f"{label:8} first 20 steps {sum(first_20) / 20:.4f}")
print(f"SGD 0.01 first 20 steps {sum(sgd[0.01]['losses'][:20]) / 20:.4f}")

# %% [markdown] tags=["solution"]
# Most gradients here are far smaller than 1, so $\sqrt{\hat v} + 1$ is nearly 1, and the step is
# about the rate times $\hat m$: SGD with a running mean. The division, Adam's second idea, is
# switched off. So `lm_head` moves over a hundred times as far as `layer0.wq`, and the model crawls,
# as with SGD at 0.01. $\varepsilon$ does no harm as long as it is small beside the gradients.

# %% [markdown] exercise="train4.own_data" kind="open" size="project" minutes="90"
# ### A GPT of your own
#
# **Aim.** Take the finished program to text that you care about.
#
# Find or make a file with one item a line: towns, recipes' titles, species, words of a language. On
# the command line (in a notebook, with `!` in front):
#
# ```
# python -m microgpt_ref train --names my_file.txt --steps 1000 --save own.json
# python -m microgpt_ref sample own.json --prompt a --temperature 0.7
# ```
#
# `python -m microgpt_ref train --help` lists the settings: `--block-size` for longer items,
# `--n-embd`, `--n-head`, `--n-layer`, `--log losses.csv`. Or stay in Python: `Settings("train4",
# block_size=24)` and `new_model`, both in `microgpt_ref.model`. Change one setting, and ask whether
# it was worth its time. Hold something back to answer that.
#
# **Done when** you can say what knowing nothing would cost, your model's held-out loss as a number
# of characters that it hesitates between, what your one change brought, and which invented item is
# best.

# %% [markdown] tags=["hint"]
# Before you train: how many different characters are there, and how long are the items? An item
# longer than the block is cut.

# %% [markdown] tags=["hint"]
# To hold something back, put it into a second file. `checkpoint.load` brings the model back, and
# its `held_out_loss(docs)` marks it.

# %% [markdown] tags=["hint"]
# Twice the width makes most matrices four times as large. Try 100 steps first, and multiply.

# %% [markdown] tags=["exercise"]
# *What you found:*

# %% [markdown] tags=["solution"]
# There is no one solution. A good report names the number of items and of characters, $\ln V$, the
# held-out loss as $e^{\text{loss}}$, and beside it that of train0's table on the same rows: if
# counting pairs does nearly as well, say so. It compares runs that differ in one setting, and more
# than one seed where they lie close together. And it looks for copies: how many of the invented
# items are in the file?

# %% tags=["check"]
summary("train4")

# %% [markdown]
# **What still hurts.** A thousand names take about a minute, and names are all that it knows. The
# rest is speed and size; the page *From microgpt to ChatGPT* tells what that takes. Before you go
# there, look at the program once more, whole. *Is there a line in it that you couldn't explain?*

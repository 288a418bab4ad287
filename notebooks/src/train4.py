# %% [markdown]
# # train4: what is missing to be a GPT?
#
# | | |
# |---|---|
# | **question** | what is missing to be a GPT? |
# | **loss so far** | 2.38 on held-out names, in train3 |
# | **new here** | several heads, several layers, Adam; saving, and playing with the result |
# | **dropped** | SGD, and train3's model, which becomes a special case of the new one |
# | **time** | about 95 minutes, 35 of them for two exercises; one cell trains for a minute |
#
# At the end of this lesson you'll type the first letters of your name, and a GPT will go on from
# there. Its architecture is GPT-2's, a little simplified. It needs nothing but Python, and you'll have
# read every line of it. Here are names that it invents as it reads more and more of ours:

# %% tags=["setup"]

# %% tags=["hide-input"]
import gc
import math
import random

from microgpt_ref.data import load_docs
from microgpt_ref.lab.checks import check, summary
from microgpt_ref.lab.runs import load_run
from microgpt_ref.layers import add, document_loss, linear, random_weights, rmsnorm
from microgpt_ref.layers import with_temperature
from microgpt_ref.mlp import feed_forward
from microgpt_ref.sampling import generate
from microgpt_ref.tokenizer import Tokenizer
from microgpt_ref.training import evaluate, train
from microgpt_ref.transformer import attention, start_transformer, transformer_shapes
from microgpt_ref.value import Value, flatten, to_floats, to_values

grown = load_run("train4")["growing_up"]
for step in ["1", "10", "50", "200", "1000"]:
    print(f"names read: {step:>4}   {' '.join(grown[step])}")

# %% [markdown]
# What you see is the model of this lesson, growing up. GPT stands for *generative pre-trained
# transformer*. In train3 you built a transformer, and you made it generate. Three things are still
# missing. Its attention asks one question at a time, and GPT-2's asks several. It has a single layer,
# and you can't add another. And it learns by the oldest recipe there is, the one that failed the
# puzzle.
#
# ## Several small heads
#
# Suppose a position wants to know two things: what was the first letter, and where was the last
# vowel? One query can ask for both. But attention answers it with a single set of shares, and that's
# a problem. Two positions are enough to see it:

# %%
q = [8, 0, 0, 8]  # asks for two things
keys = [[1, 0, 0, 0], [0, 0, 0, 1]]  # each position has one of them
answers = [[1, 1, 1, 1], [5, 5, 5, 5]]  # the values
print(attention(q, keys, answers))

# %% [markdown]
# Both keys fit equally well, and out comes 3, which neither position said. The average of two answers
# answers neither question.
#
# Cut the vectors into slices, then, and let each slice do attention on its own, with its own scores
# and its own shares. Each slice is called a **head**. Side by side, the heads' answers are as long as
# the query was, and `wo` mixes them as before.

# %%
from microgpt_ref.lab.architecture import heads_picture

heads_picture(n_embd=16, n_head=4)

# %% [markdown] exercise="train4.multi_head" kind="build it first" size="short" minutes="15"
# ### Several heads
#
# **Aim.** Turn one attention into several small ones.
#
# Write `my_multi_head_attention(q, keys, values, n_head)`, which returns a list as long as `q`. `q`
# is a vector, `keys` and `values` are lists of vectors of the same length, one for each position,
# and `n_head` divides that length. The first head gets the first slice of every vector, the second
# head the next, and so on. Each head is an `attention(q, keys, values)` on its slices. In the
# output, the first head's answer comes first, then the second's. `q`, `keys` and `values` stay as
# they are.
#
# **Done when** the check says *right*. It tries vectors of 4 to 12 entries, and a single head too.

# %% [markdown] tags=["hint"]
# How many entries does each head get? With 12 entries and 4 heads, where does the third slice begin,
# and where does it end?

# %% [markdown] tags=["hint"]
# `q[4:8]` cuts one vector. `keys` is a list of vectors, so cut each of them in a comprehension.

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
# `attention` divides by the root of the length of the query that it gets, so a small head gets the
# right scale by itself.
#
# Common mistakes: `append` for `+=`, which makes a list of lists; slices of `n_head` entries,
# though `n_head` is how many slices there are; not cutting the keys, so that `dot` compares each
# query with their first entries and doesn't complain.

# %% [markdown]
# Here is the program's version. In it, `slice(2, 4)` stands for the `2:4` of `q[2:4]`:

# %% tags=["piece"] piece="gpt.multi_head_attention"

# %% [markdown]
# **What do you expect?** Try it on the query that asked for two things. With two heads, the first one
# gets the query `[8, 0]` and the keys `[1, 0]` and `[0, 0]`. Roughly what number does it answer with?

# %% tags=["reveal"] ask=["the first head answers", "the second head answers"] answer=["multi_head_attention(q, keys, answers, 2)[0]", "multi_head_attention(q, keys, answers, 2)[2]"] digits=4
print([round(x, 4) for x in multi_head_attention(q, keys, answers, 2)])

# %% [markdown]
# The first head says about 1, and the second says about 5. Each takes its answer from the position
# that fits *its* question. This is **multi-head attention**. The heads cost no parameters, because
# the matrices stay as they are, and only what comes out of them is cut. The price is that each
# question has fewer numbers to ask with.
#
# ## Layers
#
# In train3 two helpers added something to the stream: attention, and then the feed-forward network.
# Together they're called a **block**, or a layer. A block takes a vector and returns one of the same
# length, which another block could take. So why stop at one?

# %%
from microgpt_ref.lab.architecture import layers_picture

layers_picture(n_layer=2)

# %% [markdown]
# The second block sees more than the first. In *emma*, the first block lets the second m take
# something from the e. When the a looks at that m in the second block, it finds a letter that knows
# what came before it. GPT-2's largest version stacks 48 blocks. Here is one of
# ours:

# %% tags=["piece"] piece="gpt.block"

# %% [markdown] retires="transformer.self_attention"
# A block takes the same steps in the same order as train3's model, now with several heads, so
# `self_attention` can go. Each layer has its own matrices. `layer0.wq`, for example, is the first
# layer's `wq`. In the whole model, each layer also keeps its own cache:

# %% tags=["piece"] piece="gpt.gpt gpt.start_gpt"

# %% [markdown]
# The next piece lists the matrices. GPT-2 saves one of them by using `wte` a second time as its
# `lm_head`, which is called *tying*. Ours doesn't, as the docstring notes:

# %% tags=["piece"] piece="gpt.gpt_shapes"

# %% [markdown] retires="transformer.transformer_shapes"
# `gpt_shapes` takes the place of `transformer_shapes`. Our model gets vectors of 16 numbers, four heads
# of 4 numbers each, one layer, and at most 16 positions:

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
# **What do you expect?** train3's model had 4,192 parameters. How many does this one have, with its
# four heads?

# %% tags=["reveal"] ask="parameters in all" answer="len(flatten(weights))" digits=0
print(f"{len(flatten(weights)):,}")

# %%
second = gpt_shapes(tokenizer.vocab_size, n_embd, block_size, n_layer=2)
in_two = sum(rows * columns for rows, columns in second.values())
print(f"with a second layer: {in_two:,}")

# %% [markdown]
# With one layer it's the same number as before, since heads are free. With one layer and a single
# head, the model should even *be* train3's. To check, give train3's weights their new names, let
# both models read *emma*, and compare their logits at each position. (`old` and `new` each read one
# letter at a time, and remember those before it.)

# %%
old_weights = random_weights(transformer_shapes(tokenizer.vocab_size, 16, 16), random.Random(1))
outside = ["wte", "wpe", "lm_head"]
renamed = {n if n in outside else f"layer0.{n}": w for n, w in old_weights.items()}
old, new = start_transformer(old_weights), start_gpt(renamed, n_layer=1, n_head=1)
print("all 27 logits equal:", [old(t) == new(t) for t in tokenizer.encode("emma")[:-1]])

# %% [markdown] retires="transformer.transformer transformer.start_transformer"
# They're the same to the last bit, so `transformer` and `start_transformer` can go as well. Two of the
# three missing things are in place.
#
# ## The old recipe: too slow or too fast
#
# The third is the way the model learns. What it's trying to lower hasn't changed. It's still the
# [loss](train0.ipynb#the-loss) of a name:

# %% tags=["main"]
def name_loss(weights, tokens):
    return document_loss(start_gpt(weights, n_layer, n_head), tokens[: block_size + 1])


# %% [markdown]
# Train the model with SGD at three different rates. (Each run takes about a minute, so we made
# them beforehand.)

# %%
from microgpt_ref.lab.train4 import compare_curves

sgd = {rate: load_run(f"train4-sgd-{rate}") for rate in [0.01, 0.03, 0.1, 0.3, 1.0]}
curves = {f"SGD at {rate}": sgd[rate]["losses"] for rate in [0.01, 0.1, 1.0]}
compare_curves(curves, window=20, y_limits=(2, 6), log_steps=True)

# %%
for step in [40, 42, 44, 46, 48, 50]:
    print(f"rate 1.0, step {step}: loss {sgd[1.0]['losses'][step - 1]:.3g}")

# %% [markdown]
# At 0.01 it crawls. At 0.1 it does well. At 1.0 it stumbles after some forty steps, and by step 50
# the loss is a number with 86 digits. One step was too long. It landed where the slopes are steeper, and
# that made the next step longer still.
#
# Why is it so hard to find one good rate? Look at the slopes for one name, before any training. This
# is their average size in each matrix:

# %%
values = to_values(weights)
name_loss(values, tokenizer.encode(docs[0])).backward()
for name, w in values.items():
    sizes = [abs(p.grad) for row in w for p in row]
    print(f"{name:11} {sum(sizes) / len(sizes):.5f}")

# %% [markdown]
# The slopes in `lm_head` are over a hundred times as large as those in `layer0.wq`, and a single
# rate has to serve both. If it's small enough for `lm_head`, then `wq`, which asks the questions,
# never gets anywhere.
#
# The trouble is easier to see with two weights than with four thousand. Let the loss be
# $\frac{1}{2}(100\,a^2 + b^2)$, a valley that's steep in one direction and nearly flat in the other.
# Roll down it:

# %% tags=["hide-input"]
from microgpt_ref.lab.explorables import example

example("valley")

# %% [markdown]
# SGD zigzags between the steep walls, or it creeps along the bottom. Find the best rate you can,
# and then switch to **Adam** (Kingma and Ba, 2015). It walks.
#
# ## Adam, in three ideas
#
# ### First idea: a running mean
#
# One name is a poor adviser. Pick one weight of the untrained model, the first in the row of `lm_head`
# that gives the logit for the end of a name. Ask twenty names which way it should go:

# %%
def gradient_draft(doc, parameter):
    for p in flatten(values):
        p.grad = 0.0
    name_loss(values, tokenizer.encode(doc)).backward()
    return parameter.grad


ending = values["lm_head"][tokenizer.bos][0]
gradients = [gradient_draft(doc, ending) for doc in docs[:20]]

# %% [markdown]
# Instead of following each gradient, follow their **running mean** $m$. With each name, keep most
# of what it was, and mix in a little of the new gradient $g$. The Greek letter β (*beta*) says how
# much is kept:
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
# Where names contradict each other, their gradients cancel out, and the mean swings far less than
# the gradients do. The running mean is also called **momentum**. Like a ball, it keeps its
# direction for a while.
#
# ### Second idea: divide by the usual size
#
# Go back to the valley, whose slopes are $100\,a$ and $b$. Divide each of them by its own usual size,
# which is the root of the mean of its squares so far:

# %%
def scaled_draft(factor, rate):
    x, squares = 1.0, []
    for _ in range(20):
        squares.append((factor * x) ** 2)
        x -= rate * factor * x / math.sqrt(sum(squares) / len(squares))
    return x


print(f"after 20 steps from 1: a = {scaled_draft(100, 0.05):.4f}, b = {scaled_draft(1, 0.05):.4f}")

# %% [markdown]
# They walk in step. The factor 100 is in the slope and in its usual size, so it cancels out, and it
# no longer matters which slope is steep. The first step is exactly as long as the rate, for every
# weight that has a slope at all.
#
# Adam doesn't keep a list of squares. It keeps their running mean, $v$, which has a longer memory than
# $m$:
#
# $$v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2 \qquad \beta_2 = 0.99$$
#
# ### Third idea: correct the start
#
# **What do you expect?** The running mean of 1, 1, 1 ought to be 1. But it starts at 0. With
# $\beta = 0.85$, what is it after the first number?

# %% tags=["reveal"] ask="after the first number" answer="running_mean_draft([1], 0.85)[0]" digits=2
for beta in [0.85, 0.99]:
    print(f"beta {beta}:", [round(mean, 4) for mean in running_mean_draft([1, 1, 1], beta)])

# %% [markdown]
# That's far too small. After $t$ numbers, the running mean has come only $1 - \beta^t$ of the way from
# 0 to where it should be. (After three, $1 - 0.85^3$ is 0.3859, as printed.) Divide by that, and it's
# right. The corrected means get a hat:
#
# $$\hat m = \frac{m}{1 - \beta_1^t} \qquad \hat v = \frac{v}{1 - \beta_2^t}$$
#
# Put the three together, with a tiny number $\varepsilon$ for weights whose gradient has always been
# 0:
#
# $$p \leftarrow p - \text{rate} \cdot \frac{\hat m}{\sqrt{\hat v} + \varepsilon}$$

# %% [markdown] exercise="train4.adam_step" kind="build it first" size="longer" minutes="20"
# ### A step of Adam
#
# **Aim.** Put the three ideas together, for many weights at once.
#
# Write `my_adam_step(weights, gradients, m, v, t, rate)`. The first four are lists of numbers of
# the same length; `m` and `v` are the running means before this step, and `t` is the number of the
# step, 1 for the first. Your function returns three new lists, in this order: the weights after the
# step, and `m` and `v` after it. It changes nothing that it's given. $\beta_1$ is 0.85, $\beta_2$
# is 0.99, and $\varepsilon$, which is 0.00000001, is added to the root. (Without it, what would
# happen to weights whose gradient has always been 0?)
#
# **Done when** the check says *right*.

# %% [markdown] tags=["release"]
# > **Aim.** Put the three ideas together, for many weights at once.
#
# **Aim.** Put Adam's formulas together, for many weights at once.
#
# For a weight $p$ with the gradient $g$, these are
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1)\, g \qquad v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2$$
#
# $$\hat m = \frac{m}{1 - \beta_1^t} \qquad \hat v = \frac{v}{1 - \beta_2^t} \qquad
# p \leftarrow p - \text{rate} \cdot \frac{\hat m}{\sqrt{\hat v} + \varepsilon}$$

# %% [markdown] tags=["hint"]
# Do it for one weight first. Compute the new $m$ and the new $v$, correct both, and take the step.
# Then put a loop around it.

# %% [markdown] tags=["hint"]
# The $m$ that you return is the running mean itself. The corrected one is used in the step and then
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
# Where all gradients have been 0, $\hat m / \sqrt{\hat v}$ is 0/0, and $\varepsilon$ makes it 0.
#
# Common mistakes: returning the corrected $m$ and $v$, so that they're corrected once more at the
# next step; taking the root before the correction; $\varepsilon$ inside the root; changing the
# lists in place, so that the caller's old ones are gone.

# %% [markdown]
# The program's version works on Values, and it keeps $m$, $v$ and the number of steps itself:

# %% tags=["piece"] piece="adam.Adam"

# %% [markdown] retires="adam.SGD"
# Adam takes the place of `SGD`, which leaves the program.
#
# **What do you expect?** A weight is 0.5, its first gradient is 0.02, and the rate is 0.01. Where does
# Adam's first step take it? And what if the gradient is −2,000?

# %% tags=["reveal"] ask="with a gradient of −2,000 it goes to" answer="weight.data" digits=4
for gradient in [0.02, -2000.0]:
    weight = Value(0.5)
    weight.grad = gradient
    Adam([weight]).step(0.01)
    print(f"gradient {gradient}: the weight goes from 0.5 to {weight.data:.4f}")

# %% [markdown]
# At the first step, $\hat m$ is $g$ and $\sqrt{\hat v}$ is $|g|$. All that's left of the gradient is
# its sign, and the weight moves by the rate. Later steps are shorter where the gradients disagree,
# because there $\hat m$ is small beside $\sqrt{\hat v}$.
#
# ### Does it help?
#
# Here is how SGD and Adam do over a wide range of rates. Each run is tested on 300 names that it
# hasn't seen. One point is missing. It's the run that you're about to make.

# %%
from microgpt_ref.lab.train4 import rate_chart

adam = {rate: load_run(f"train4-adam-{rate}") for rate in [0.0003, 0.001, 0.003, 0.03, 0.1]}
adam[0.01] = load_run("train4")
rate_chart({"SGD": sgd, "Adam": adam}, hide=("Adam", 0.01))

# %% [markdown]
# SGD does best right at the edge of a cliff, and the next rate that we tried blows up. Adam does
# well over a wider range. Outside that range it gets worse, but it doesn't break.
#
# Do you remember the puzzle of train3, in which the last letter has to equal the first? SGD hardly
# moved `wq`, and failed. The optimizer that solved it, 100 words out of 100, was Adam. It had moved
# `wq` as far as the other matrices.
#
# ## The run
#
# Everything is in place. The weights become Values, and Adam gets a list of them. Learning takes
# three steps: compute the loss, go backward, and move the weights. (As in train2, `gc.disable()` only
# saves time.)

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
# We'll want to look back later, so let `learn` keep copies of the weights along the way:

# %%
snapshots = {}


def learn(tokens, rate, learn_alone=learn):  # learn_alone is the learn from above
    loss = learn_alone(tokens, rate)
    if optimizer.steps in [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]:
        snapshots[optimizer.steps] = to_floats(values)
    return loss


# %% [markdown]
# **What do you expect?** Counting hesitated between 11.89 tokens, and train3 between 10.81. What will
# it be now? Write down a number. Then start the next cell, which trains for about a minute.

# %% tags=["main"]
steps = 1000
losses = train(learn, docs, tokenizer, steps, rate=0.01)

# %% tags=["quick"]
from microgpt_ref.lab.quick import quick_train

steps = 1000
losses = quick_train(
    "train4", values, docs, tokenizer, steps, 0.01, optimizer,
    snapshots=snapshots, at=[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
)

# %% tags=["main"]
weights = to_floats(values)
held_out = docs[1000:1300]
loss = evaluate(lambda tokens: name_loss(weights, tokens), held_out, tokenizer)

# %% tags=["reveal"] ask="how many tokens it hesitates between" answer="math.exp(loss)" digits=2
print(f"held-out loss: {loss:.4f} nats per token, hesitates between {math.exp(loss):.2f} tokens")

# %%
from microgpt_ref.lab.train4 import ladder

stages = ["train0", "train1", "train2", "train3"]
ladder({stage: load_run(stage)["held_out_loss"] for stage in stages} | {"train4": loss})

# %% [markdown]
# That's the ladder of this course, from knowing nothing to a GPT. And this is what its last rung
# sounds like:

# %% tags=["main"]
names = []
for _ in range(20):
    next_probs = with_temperature(start_gpt(weights, n_layer, n_head), 0.5)
    names.append(tokenizer.decode(generate(next_probs, tokenizer.bos, block_size, rng)))
print("\n".join(names))

# %% [markdown]
# *Emelen, kieven, salelyn, nayri.* None of these is in the list of 32,257 names. You built the machine
# that made them up, and you started from counting letters.
#
# With the copies you can watch your own model grow up:

# %%
from microgpt_ref.lab.train4 import names_from

for step in [1, 10, 20, 50, 100, 200, 500, 1000]:
    print(f"step {step:4}: {' '.join(names_from(snapshots[step], tokenizer))}")

# %% [markdown]
# ## Was it luck?
#
# One run can be lucky. Another draw of the first weights moves the loss by up to a hundredth or two,
# and we've been comparing hundredths. So we repeated the run with eight different draws, and did
# the same with one head, with two layers, and with SGD. (With a faster engine, from the [efficiency
# chapter](efficiency.ipynb), that's a matter of seconds.) Each dot is a run, and each tick is the
# average of its row:

# %%
from microgpt_ref.lab.train4 import seeds_chart

seeds = load_run("train4-seeds")["held_out_losses"]
seeds_chart(seeds)

# %% [markdown]
# Now we can say something. Adam beats SGD, even when SGD runs at the best rate that we tried. With
# four heads, each of Adam's eight runs is better than all eight of SGD's. That isn't luck.
#
# Four heads don't clearly beat one, and two layers don't beat one at all. That isn't a bug. A name
# of six letters gives attention almost nothing to choose from, and what there is, one head can
# find. You've built the parts that make a large model large, and a small problem has no use for
# them yet. Keep the question, though. We'll ask it again once the model has seen thirty times as
# much.
#
# ## It wakes up
#
# What if the model had seen nearly the whole list, instead of a thousand names? A fast engine gets
# through 30,000 in a few seconds. We trained four models, on 1,000, 3,000, 10,000 and 30,000 names, and
# tested all four on the same names, which none of them had seen. Then we took things away, as in
# train3. With `wo` blank, nothing from attention gets through. With `wq` blank, nobody asks, and all shares are
# equal. By how much does the loss rise?

# %%
from microgpt_ref.lab.train4 import awakening

long_runs = load_run("train4-long")
awakening(long_runs)

# %%
for row in zip(long_runs["steps"], long_runs["held_out_loss"], long_runs["without_wq"]):
    print("{:6,} steps: loss {:.4f}, without wq {:.4f}".format(*row))
print("the longest run invents", *long_runs["samples"]["30000"][:8])

# %% [markdown]
# There it is. After a thousand names, asking is worth about a thousandth of a nat. After thirty
# thousand, it's worth more than eighty times as much. Look at the last column, too. From 3,000 names
# on, the loss without `wq` stays at about 2.3. What the model has gained since then, it has gained by
# asking.
#
# And do four heads beat one now? Here is the loss of both after 30,000 names, for eight draws of
# the first weights. Both runs in a column begin with the same draw, and only the number of heads
# differs:

# %%
for label, ends in load_run("train4-heads")["held_out_losses"].items():
    print(f"{label:7}", *(f"{end:.4f}" for end in ends["30000"]))

# %% [markdown]
# They do, eight times out of eight, and only once does a single head come near. The part that a
# thousand names had no use for has become useful.
#
# This is how you should picture a large model. It's made of parts like yours. It has more of them, and
# it has seen far more, which gives it far more reasons to look back.
#
# Train one yourself, right here, with more layers, wider vectors or more names:

# %% tags=["hide-input"]

example("train_gpt")

# %% [markdown]
# ## Your name
#
# Since train0, `generate` has taken a `prompt`, a list of tokens to start from. The model reads them
# like any others, and its cache remembers them. From there it goes on by itself:

# %%
for beginning in ["ch", "mar", "q", "zzz"]:
    prompt = tokenizer.characters_to_ids(beginning)
    next_probs = with_temperature(start_gpt(weights, n_layer, n_head), 0.5)
    tokens = generate(next_probs, tokenizer.bos, block_size, random.Random(1), prompt)
    print(f"{beginning:3} ... {tokenizer.decode(tokens)}")

# %% [markdown]
# A chat works the same way. Your question is a **prompt**, and the answer is how the document goes on.
# Now type the beginning of *your* name:

# %% tags=["live"]
from microgpt_ref.lab.train4 import show_names
from microgpt_ref.lab.widgets import play, slider, text

play(
    "Type how your name begins. At which temperature does the model find the rest?",
    lambda temperature, prompt: show_names(weights, tokenizer, temperature, prompt),
    temperature=slider("temperature", [0.1, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0], 0.5),
    prompt=text("beginning", "ch"),
)

# %% [markdown]
# **What do you expect?** Draw fifty names at each of four temperatures, 0.1, 0.5, 1 and 2. At 0.1,
# how many different names will there be among the fifty?

# %%
known, trained_on = set(docs), set(docs[:1000])


def fifty_names(temperature):
    fifty = names_from(weights, tokenizer, temperature, count=50)
    different = set(fifty)
    return (
        f"temperature {temperature}: {len(different)} different, {len(different & known)} of them "
        f"real, {len(different & trained_on)} trained on; the first five: {' '.join(fifty[:5])}"
    )

# %% tags=["reveal"] ask="different names at 0.1" answer="len(set(names_from(weights, tokenizer, 0.1, count=50)))" digits=0
print(fifty_names(0.1))

# %%
for temperature in [0.5, 1.0, 2.0]:
    print(fifty_names(temperature))

# %% [markdown]
# Near 0 the model keeps to what is likeliest, and it repeats itself. At high temperatures every
# letter gets a chance, and the names fall apart. In between, at 0.5, one in five is a real name. The
# model has no list to look them up in, and not one of them is among the thousand that it learned
# from.
#
# ## Keeping it
#
# A **checkpoint** is a file with a trained model's numbers and everything else that you need to use
# them. Ours is a text file:

# %%
import json
import tempfile
from pathlib import Path

from microgpt_ref import checkpoint
from microgpt_ref.model import Model
from microgpt_ref.settings import Settings

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "gpt.json")
    checkpoint.save(Model(Settings("train4"), tokenizer, weights), path)
    print("in the file:", ", ".join(json.loads(path.read_text())))
    loaded = checkpoint.load(path)

kept, back = start_gpt(weights, n_layer, n_head), loaded.start()
print("all 27 logits equal:", [kept(t) == back(t) for t in tokenizer.encode("emma")[:-1]])

# %% [markdown]
# ## The program, complete
#
# One bit of tidying up is left. `Value` can do more than the program asks of it. Which of its methods
# does a step of training never call?

# %%
from microgpt_ref.lab.train4 import methods_called

called = methods_called(Value, lambda: name_loss(values, tokenizer.encode("emma")).backward())
methods = [name for name, method in vars(Value).items() if callable(method)]
print("never called:", ", ".join(name for name in methods if name not in called))

# %% [markdown] retires="value.Value.__repr__ value.Value.__neg__ value.Value.__radd__ value.Value.__rsub__ value.Value.__rmul__ value.Value.__rtruediv__ value.Value.__rpow__"
# They helped you learn, but the program can do without them. Here it is, one bar per line, with
# this lesson's lines standing out:

# %%
from microgpt_ref.lab.figures import program_map
from microgpt_ref.lab.train4 import lines_by_lesson

lines = lines_by_lesson("train4")
print(f"{sum(lines.values())} lines, not counting empty ones; from each lesson:", lines)
program_map("train4")

# %% [markdown]
# You've seen all of these lines, except for the three that load the names. [The program,
# whole](../book/program.md) shows them in one piece. From that page you can also download the program
# as a file, `microgpt.py`. All it needs is Python and a list of names.
#
# ## What scale buys
#
# How far is it from here to GPT-2? In kind, it isn't far. GPT-2 has a slightly different norm in
# slightly different places, a smoother gate than ReLU, and constants added in its layers, and it ties
# `lm_head` to `wte`. In size, it's very far:

# %%
from microgpt_ref.lab.architecture import to_scale

to_scale(len(flatten(weights)))

# %%
for model, size in [("the largest GPT-2", 1.5e9), ("GPT-3", 175e9)]:
    print(f"{model} is {size / len(flatten(weights)):,.0f} times as large as ours")

# %% [markdown]
# (Radford and others, 2019; Brown and others, 2020. The sizes of the later models behind ChatGPT
# haven't been published.)
#
# In ChatGPT, much is the same. Text is cut into tokens, and their vectors go through blocks of
# attention and feed-forward networks. The loss is the surprise at the next token, and back-propagation
# says what to change. Answers are drawn token by token.
#
# Some things are different. Its tokens are pieces of words, its documents are web pages and books,
# and it learns from many at once. Learning from these documents is the *pre-training* in the name. A
# second training follows, on answers that people wrote and on judgements of which answers are better
# (Ouyang and others, 2022).
#
# Scale doesn't change the question, *what comes next?* It changes what an answer can draw on. After
# four letters of a name, it helps to know names. After four pages of a book, it helps to have
# understood them.
#
# ## What to remember
#
# - A head is attention on a slice of the vectors. Several heads ask several questions, and cost no
#   parameters.
# - A block is attention and a feed-forward network, each added to the stream. Blocks can be stacked.
# - Adam divides a running mean of the gradients by their usual size, and corrects the start of both.
#   Its first step is as long as the rate, whatever the size of the gradient.
# - Judge by several seeds. One run can't tell hundredths from luck.
# - After a thousand names the model hardly looks back. After thirty thousand it does, and four heads
#   have become better than one.
# - You choose a prompt and a temperature when you sample. A checkpoint holds the whole model.

# %% [markdown]
# ## Questions
#
# Open the answer that you think is right. It tells you whether you chose well, and why.

# %% [markdown] tags=["question"] question="train4.head_parameters"
# A model with an `n_embd` of 16 gets four heads instead of one. How many entries does `layer0.wq`
# have then?
#
# - [ ] 64 :: That's what one of the four heads gets to see of it, four rows of 16. Together, the
#   heads have all the rows.
# - [x] 256 :: 16 · 16, as before. Its output of 16 numbers is cut into four slices, and cutting
#   costs nothing.
# - [ ] 1,024 :: That would be four whole matrices. The heads share one, in slices.

# %% [markdown] tags=["question"] question="train4.second_layer"
# What can the attention of a second layer find that the first can't?
#
# - [ ] Tokens that come later :: No layer looks ahead, because the cache holds only what came before.
# - [ ] More positions :: Both look at all positions so far.
# - [x] What other positions have found by their own attention :: The first layer compares vectors
#   that know only their own letter and place. The second compares vectors to which the first has
#   added something.

# %% [markdown] tags=["question"] question="train4.two_layers"
# How many parameters does a model have with 27 tokens, `n_embd` 8, `n_head` 4, `n_layer` 2 and
# `block_size` 16?
#
# - [ ] 1,328 :: That's with one layer.
# - [x] 2,096 :: 560 in `wte`, `wpe` and `lm_head`, and 768 in each layer. `n_head` doesn't matter.
# - [ ] 2,656 :: Here everything is doubled. The embeddings and `lm_head` come once, whatever
#   `n_layer` is.
# - [ ] 3,632 :: That's half of 7,264. A layer's matrices have `n_embd` on both sides, so with half
#   the width they have a quarter of the entries.

# %% [markdown] tags=["question"] question="train4.cached"
# A model with two layers of four heads has read five tokens. How many key vectors are in its
# caches?
#
# - [ ] 5 :: One for each token, but each layer has its own cache.
# - [x] 10 :: Five in each layer. The heads take slices of them.
# - [ ] 20 :: That would be five for each head. But the heads share one key, and each takes its
#   slice.
# - [ ] 40 :: That would be five for each head in each layer. But the heads share one key, and each
#   takes its slice.

# %% [markdown] tags=["question"] question="train4.first_step"
# A weight is 0.3, its first gradient is −50, and the rate is 0.02. Where is it after Adam's first
# step?
#
# - [ ] 0.28 :: That's downhill for a positive gradient. Here the loss falls as the weight grows.
# - [x] 0.32 :: The first step is as long as the rate, against the sign of the gradient.
# - [ ] 0.33 :: That's the step without the correction, 1.5 times as long.
# - [ ] 1.30 :: That's SGD's step: 0.02 times 50.

# %% [markdown] tags=["question"] question="train4.papers_betas"
# Kingma and Ba propose $\beta_1 = 0.9$ and $\beta_2 = 0.999$. How long would the first step be
# without the correction, as a multiple of the rate?
#
# - [ ] 0.10 :: That's how much of the gradient is in m. But it's divided by the root of v, which is
#   too small as well.
# - [ ] 1.50 :: That's with our numbers, 0.85 and 0.99.
# - [x] 3.16 :: That's 0.1 divided by the root of 0.001. The longer v's memory, the further it
#   falls short at the start.
# - [ ] 100 :: That's 0.1 divided by 0.001, without the root of v.

# %% [markdown] tags=["question"] question="train4.one_run"
# In one run, Adam ended at 2.3603. In another, without the correction, it ended at 2.3527. What
# follows?
#
# - [ ] The correction does harm and should go :: In this one run the model ended lower without it.
#   Another shuffle or other random weights would move both numbers.
# - [ ] The correction is useless :: That doesn't follow either. It may help with other settings, or
#   in the first steps of a larger model.
# - [x] One run can't show whether the correction makes a difference here :: To say more, repeat
#   both with several seeds, and compare the difference with the spread from seed to seed.

# %% [markdown] tags=["question"] question="train4.temperature"
# Of two tokens, one has a logit that's larger by 1. At a temperature of 0.5, how many times as
# likely is it?
#
# - [ ] 1.65 times :: There the logits were multiplied by 0.5, which is a temperature of 2.
# - [ ] 2.00 times :: Temperature acts on logits, before the exponential, not on probabilities.
# - [ ] 2.72 times :: That's at a temperature of 1: e to the power 1.
# - [x] 7.39 times :: 1 divided by 0.5 is 2, and e to the power 2 is 7.39.

# %% [markdown]
# ## Exercises
#
# Hints are folded under each task, and the solutions are in the last part of the book. The points
# only matter if you take this course in a class.

# %% [markdown] exercise="train4.by_hand" kind="by hand" size="short" minutes="10"
# ### Two gradients that disagree
#
# **Aim.** See on paper why Adam's steps get shorter where gradients contradict each other.
#
# A weight is 0.5. Its first gradient is 0.02, and its second is −0.02. The rate is 0.01 at both
# steps, $\beta_1 = 0.85$ and $\beta_2 = 0.99$. After the first step the weight is 0.49, as in the
# lesson. What is it after the second?
#
# **Done when** your number is in the cell below, with at least four decimals, and the check says
# *right*.

# %% [markdown] tags=["release"]
# > After the first step the weight is 0.49, as in the
# > lesson.
#
# After the first step the weight is 0.49.

# %% [markdown] tags=["hint"]
# Both squares are the same, so $\hat v$ is that square. There's no need to compute $v$.

# %% [markdown] tags=["hint"]
# Keep $m$ from the first step, 0.15 · 0.02 = 0.003. What is it after the second gradient? And after
# two gradients, what fraction of its full size has it reached?

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
# The new gradient counts a little more than the old one, so $m$ has changed sign. But the two have
# almost cancelled out, and the step is less than a tenth of the rate.
#
# Common mistakes: a second step as long as the first; using the first step's correction again;
# giving the step where the weight is asked for.

# %% [markdown] exercise="train4.clip" kind="go further" size="short" minutes="20" points="3"
# ### Clipping gradients
#
# **Aim.** Write a guard against steps that are much too long.
#
# Think of all the gradients of a model as one long vector. Its length is the root of the sum of the
# squares of all entries, in all matrices. If the length is above a limit, *clipping* multiplies every
# gradient by the same factor, so that the length becomes the limit.
#
# Write `clipped(gradients, limit)`. `gradients` is a dictionary from names to matrices, like the
# weights, but of plain numbers. Your function returns a new dictionary with the same names, made of
# new lists. If the length isn't above the limit, the numbers stay as they are. The gradients may
# all be 0, and `limit` is above 0.
#
# **Done when** the check says *right*, and you know the length of the untrained model's gradient for
# one name. (For that, take fresh Values, `to_values(random_weights(shapes, random.Random(42)))`,
# compute their `name_loss` for `tokenizer.encode(docs[0])`, and call `backward` on it. Then each
# Value's `grad` holds its gradient.)

# %% tags=["release"]
n_embd, n_head, n_layer, block_size = 16, 4, 1, 16
shapes = gpt_shapes(tokenizer.vocab_size, n_embd, block_size, n_layer)
weights = random_weights(shapes, rng)

# %% [markdown] tags=["hint"]
# Go over all entries twice, once for the length and once to build the new matrices. What's the
# factor if a length of 10 is to become 2?

# %% [markdown] tags=["hint"]
# The same factor serves all matrices. It's never above 1.

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
# One factor for all entries keeps the direction and only shortens the step. Adam divides by the
# usual size anyway, but one huge gradient would stay in $v$ for a long time, and clipping keeps it
# out.
#
# Common mistakes: clipping each entry or each matrix by itself, which changes the direction; making
# short gradients longer; forgetting the root; returning the same lists where nothing had to be
# clipped.

# %% [markdown] exercise="train4.schedule" kind="go further" size="short" minutes="20" points="3"
# ### Warm-up and cosine
#
# **Aim.** Replace our straight line of rates with a curve that begins and ends gently.
#
# Write `scheduled(rate, step, steps, warm_up)`, which returns the rate at one step. Steps are counted
# from 1 to `steps`. During the first `warm_up` steps the rate rises in a straight line. The line
# would be at 0 at step 0, and it reaches `rate` at step `warm_up`. Then the rate falls along half a
# wave of the cosine, from `rate` at step `warm_up` to 0 at step `steps`. If `warm_up` is 0, the rate
# only falls. If `warm_up` equals `steps`, the rate never falls, and it's `rate` at the last step.
#
# **Done when** the check says *right*, and you have looked at the rates of ten steps or so.

# %% [markdown] tags=["hint"]
# After the warm-up, how much of the way is behind you? It's 0 at step `warm_up` and 1 at step
# `steps`.

# %% [markdown] tags=["hint"]
# `math.cos` goes from 1 to −1 while its argument goes from 0 to $\pi$. Shift and shrink that, so
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
# The warm-up has its own `if`, so that neither division is by 0. If `warm_up` is 0, no step
# gets to the first one. If it equals `steps`, no step gets to the second.
#
# Common mistakes: counting the part of the way from step 0; a cosine that ends at −1, so that the
# rate goes negative and the steps go uphill; degrees.

# %% [markdown] exercise="train4.adamw" kind="go further" size="longer" minutes="25" points="4"
# ### Weights that fade
#
# **Aim.** Turn Adam into AdamW (Loshchilov and Hutter, 2019).
#
# *Weight decay* lets every weight shrink a little at each step, so that it stays large only as long
# as the data ask for it. In AdamW it has nothing to do with the gradient, nor with $m$ and $v$.
# Besides Adam's own step, each weight loses `rate * decay` of what it was before that step.
#
# Write a class `AdamW` with two methods. `AdamW(parameters, decay)` takes a list of Values and a
# number; `step(rate)` takes one step and sets the gradients back to 0. It moves the Values that it
# was given, as `Adam` does, with the same $\beta_1$, $\beta_2$ and $\varepsilon$. If you want to
# build on `Adam`, you may change the first line to `class AdamW(Adam):`.
#
# **Done when** the check says *right*, and you can say what happens to a weight whose gradient is
# always 0.

# %% [markdown] tags=["hint"]
# `class AdamW(Adam):` has everything that Adam has. In its first method, `super().__init__(parameters)`
# makes an Adam of it, and `self.decay = decay` keeps the decay. `super().step(rate)` is Adam's step.

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
# Adam's step depends only on gradients, which have been computed already, so the weight may fade
# first. The other way round, Adam's step would fade too. If you add the decay to the gradient
# instead, Adam divides it by the usual size, and weights with large gradients hardly fade. That's
# what AdamW was made to mend.
#
# Common mistakes: that one; forgetting the rate; not clearing the gradients.

# %% [markdown] exercise="train4.top_p" kind="go further" size="longer" minutes="25" points="4"
# ### The nucleus
#
# **Aim.** Sample only from what is likely, however many tokens that may be (Holtzman and others,
# 2020).
#
# Write `top_p(probs, p)`, which returns a new list as long as `probs`. It keeps the smallest set of
# tokens whose probabilities add up to `p` or more, taking the likeliest first; if two are equally
# likely, the lower id comes first. It divides their probabilities by their sum, so that they add up
# to 1 again, and sets all others to 0. `p` is above 0 and at most 1. If it's 1, rounding may leave
# the sum of all `probs` a hair below 1, and then all tokens are kept. (For a `p` below 1, rounding
# doesn't matter. In the check, the probabilities are 64ths, which add up exactly, and the kept ones
# may add up to exactly `p`.)
#
# Then give `generate` a function that applies `top_p` to what `next_probs` returns, and invent names
# at a temperature of 1 with a few values of `p`.
#
# **Done when** the check says *right*, and you have seen what `p` does to the names.

# %% tags=["release", "trained"]
from microgpt_ref.lab.runs import load_run
from microgpt_ref.lab.trained import trained

weights = trained("train4")  # the lesson's 1,000 steps: a second with numpy, else half a minute
losses = load_run("train4")["losses"]  # of these steps

# %% [markdown] tags=["release"]
# > and invent names
# > at a temperature of 1 with a few values of `p`.
#
# and invent names
# at a temperature of 1 with a few values of `p`. (`weights` are those of a trained model.)
#
# > make `next_probs` with `with_temperature`, as in the lesson, and pass
#
# make `next_probs = with_temperature(start_gpt(weights, n_layer, n_head), 1.0)` anew for each name, and
# pass

# %% [markdown] tags=["hint"]
# Sort the *ids*, not the probabilities. `sorted` has a `key`, and it leaves ids with equal keys in
# their original order.

# %% [markdown] tags=["hint"]
# Go through the ids in that order, and add up. The token that takes the sum to `p` belongs to the
# set, and the next one doesn't.

# %% [markdown] tags=["hint"]
# For the names, make `next_probs` with `with_temperature`, as in the lesson, and pass
# `lambda token: top_p(next_probs(token), p)` to `generate`.

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
# The loop ends when the tokens do, whatever the rounding, so no index can run past the end. A low
# temperature makes all unlikely tokens less likely. The nucleus makes them impossible, and leaves
# the proportions among the others as they are.
#
# Common mistakes: leaving out the token that reaches `p`; `>` for `>=`; returning a sorted list, so
# that probabilities belong to the wrong tokens; treating equal probabilities as the same token; not
# dividing by the sum.

# %% [markdown] exercise="train4.squared_relu" kind="go further" size="short" minutes="15" points="3"
# ### A bend of your own
#
# **Aim.** Add an operation to the graph: *squared ReLU* (So and others, 2021), which the first
# version of microgpt used.
#
# It's 0 for 0 and for negative numbers, and $x^2$ for positive ones. Write `squared_relu(x)` for a
# Value `x`. It returns one new Value with the right number and the right local derivative, both
# plain numbers. `x` is its only input, listed once, even where `x` is negative. So the graph grows
# by one node, where `x.relu() * x.relu()` adds three. `x` stays as it is.
#
# **Done when** the check says *right*.

# %% [markdown] tags=["release"]
# > How does `relu` do it in train2's class?
#
# How does `Value.relu` do it?

# %% [markdown] tags=["hint"]
# How does `relu` do it in train2's class? `Value(data, inputs, local_derivatives)` takes two tuples,
# and a tuple with a single entry needs its comma.

# %% [markdown] tags=["hint"]
# What's the slope of $x^2$? And how fast does the result change where $x$ is negative, and the
# result is 0 all around?

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
# $2x$ is 0 at 0. Unlike ReLU, this bend has no corner, because its slope approaches the same number
# from both sides.
#
# Common mistakes: a slope of $x$, or of 1; a slope of $2x$ below 0 as well; returning a plain
# number, so that the graph ends there.

# %% [markdown] exercise="train4.first_version" kind="go further" size="project" minutes="60" points="6"
# ### The first version
#
# **Aim.** Rebuild an earlier microgpt from its settings, and find your way around the whole
# program.
#
# The first version, of 11 February 2026, had 243 lines and 4,064 parameters. These were its settings,
# as far as they matter here: blocks of 8 positions; 500 steps; weights drawn with a spread of 0.02,
# except that `wo` and `fc2` were all 0; squared ReLU in place of ReLU; Adam with $\beta_1 = 0.9$ and
# $\beta_2 = 0.95$; BOS as id 0, with the letters after it; a temperature of 0.6. Everything else is as
# in this lesson: width 16, four heads, one layer.
#
# The part that is checked is `first_weights(vocab_size, rng)`. It returns a dictionary of matrices
# (lists of rows of plain numbers) with the names and shapes of `gpt_shapes` for those settings. The
# entries of `layer0.wo` and `layer0.fc2` are 0. Every other entry is drawn from `rng`, from a bell
# curve of mean 0 and spread 0.02, in any order.
#
# Then put the rest together, train it, and invent names. (500 steps take about half a minute. Use a
# rate of 0.01, as here.)
#
# **Done when** the check says *right*, there are 4,064 parameters with 27 tokens, and you have your
# names.

# %% [markdown] tags=["hint"]
# `random_matrix` in `microgpt_ref.layers` takes a spread. `random_weights` doesn't.

# %% [markdown] tags=["hint"]
# For the model, write `gpt` and `block` as one function of your own, for one layer. `relu` in
# `microgpt_ref.layers` works on numbers and on Values.

# %% [markdown] tags=["hint"]
# Our tokenizer numbers a to z from 0 to 25, and BOS is 26. Which calculation turns 26 into 0, 0 into 1,
# and so on?

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
# This trains for 40 steps only; let it go on to 500. With `wo` and `fc2` at 0, the block adds nothing
# at first, and with small weights all logits are small too, so the first loss is near $\ln 27$. At
# the first step `fc1` gets no gradient, because `fc2` hands none on. `fc2` has to leave 0 first.
#
# Common mistakes: `wpe` with 16 rows; taking the spread of 0.02 for its square; one row of zeros
# repeated as the same list; reading a name of nine letters to its end, though there are eight
# positions.

# %% [markdown] exercise="train4.large_eps" kind="break and explain" size="short" minutes="20"
# ### A large ε
#
# **Aim.** Find out what $\varepsilon$ does. It's the number that nobody ever touches.
#
# Give Adam an `eps` of 1: `Adam(flatten(values), eps=1.0)`, where `values` are fresh Values,
# `to_values(random_weights(shapes, random.Random(42)))`. Let it take one step at 0.01 with the
# gradients of one name. Compare how far the weights of `lm_head` and of `layer0.wq` have moved, on
# average, with an `eps` of 1e-8 and of 1. **What do you expect?**
#
# Then, with an `eps` of 1 and fresh Values once more, let it learn from the first 20 names, at the
# lesson's rates: 0.01 for the first, and 0.00001 less for each one after it. Compare the mean of these
# 20 losses with that of the lesson's first 20, in `losses`.
#
# **Done when** you have the four distances and both means, and can say in two or three sentences
# which method Adam has turned into, and why.

# %% [markdown] tags=["release"]
# > let it learn from the first 20 names, at the
# > lesson's rates: 0.01 for the first,
#
# let it learn from the first 20 names, at these
# rates: 0.01 for the first,
#
# > with that of the lesson's first 20, in `losses`.
#
# with that of the first 20 of a run with an `eps` of 1e-8, in `losses`.
#
# > The lesson prints the sizes of the gradients before it rolls down the valley. How large is
#
# Print the sizes of the gradients of one name, matrix by matrix. How large is

# %% [markdown] tags=["hint"]
# The lesson prints the sizes of the gradients before it rolls down the valley. How large is
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
# about the rate times $\hat m$. That's SGD with a running mean. The division, Adam's second idea,
# is switched off. So `lm_head` moves over a hundred times as far as `layer0.wq`, and the model
# crawls, as with SGD at 0.01. $\varepsilon$ does no harm as long as it's small beside the
# gradients.

# %% [markdown] exercise="train4.own_data" kind="open" size="project" minutes="90"
# ### A GPT of your own
#
# **Aim.** Let the finished program loose on text that you care about.
#
# Find or make a file with one item per line: towns, titles of recipes, species, words of a language.
# Type this on the command line, or in a notebook with `!` in front of each line:
#
# ```
# python -m microgpt_ref train --names my_file.txt --steps 1000 --save own.json
# python -m microgpt_ref sample own.json --prompt a --temperature 0.7
# ```
#
# `python -m microgpt_ref train --help` lists the settings: `--block-size` for longer items,
# `--n-embd`, `--n-head`, `--n-layer`, `--log losses.csv`. Or stay in Python, and use
# `Settings("train4", block_size=24)` from `microgpt_ref.settings` and
# `new_model(tokenizer, rng, settings)` from `microgpt_ref.model`. The model's method `fit` trains
# it. Change one setting, and ask whether the change was worth the time. Hold something back to
# answer that.
#
# **Done when** you can say what knowing nothing would cost, how many characters your model
# hesitates between on held-out text, what difference your one change made, and which invented item
# is best.

# %% [markdown] tags=["hint"]
# Before you train: how many different characters are there, and how long are the items? An item
# longer than the block is cut.

# %% [markdown] tags=["hint"]
# To hold something back, put it into a second file. `checkpoint.load` brings the model back, and its
# `held_out_loss(docs)` tests it.

# %% [markdown] tags=["hint"]
# Twice the width makes most matrices four times as large. Time 100 steps first, and multiply.

# %% [markdown] tags=["exercise"]
# *What you found:*

# %% [markdown] tags=["solution"]
# There's no single right answer. A good report gives the number of items and of characters, $\ln
# V$, the held-out loss as $e^{\text{loss}}$, and beside it the loss of train0's table on the same
# rows. If counting pairs does nearly as well, it says so. It compares runs that differ in one
# setting, with more than one seed where the losses are close. And it looks for copies: how many
# of the invented items are in the file?

# %% tags=["check"]
summary("train4")

# %% [markdown]
# ## Where to go from here
#
# You've built a GPT. Four roads lead on:
#
# - [The program, whole](../book/program.md): everything that you've built, on one page and as a file
#   to download. *Is there a line in it that you couldn't explain?*
# - [Everything else is efficiency](efficiency.ipynb): the same model, thousands of times faster.
# - [From microgpt to ChatGPT](../book/to-chatgpt.md): what still lies between the two.
# - [The day after](../book/day-after.md): what to do next, with a first step for each.

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
# | **time** | about an hour to read and try; one cell trains for over a minute |

# %% tags=["setup"]

# %%
import gc
import math
import random

from microgpt_ref.data import load_docs
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
# is thick and coloured.

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
# positions that have already looked around: in *emma* the second m has taken something from the e,
# and there a second layer can fetch it.

# %% tags=["piece"] piece="gpt.block"

# %% [markdown] retires="transformer.self_attention"
# Compare it with train3's: the same steps in the same order, now with several heads, so that
# `self_attention` can go. Only the names of the weights begin with their layer. The whole model
# has the embeddings before the blocks and `lm_head` after them, and each layer keeps its own
# cache of keys and values. (All caches are equally long, so the first one tells the position.)

# %% tags=["piece"] piece="gpt.gpt gpt.start_gpt"

# %% [markdown]
# ## Where the parameters are
#
# The numbers that training changes are the model's **parameters**. These are the matrices that
# hold them:

# %% tags=["piece"] piece="gpt.gpt_shapes"

# %% [markdown] retires="transformer.transformer_shapes"
# (It takes the place of `transformer_shapes`.) The names come shuffled as always. Then our
# settings, under GPT-2's names: vectors of 16 entries (`n_embd`, the width of an embedding), four
# heads of 4 entries each, one layer, and at most 16 positions.

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
print(f"with two layers: {sum(rows * columns for rows, columns in second.values()):,}")

# %% [markdown]
# Nearly half of them are in the feed-forward network. A large GPT has the same kinds of matrices,
# only larger, and many layers of them.
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

# %% [markdown]
# About $\ln 27$, as it should be. We stay with one layer: a second one would make every step nearly
# twice as long, and a thousand names hardly fill the first.
#
# ## The old recipe: too slow or too fast
#
# Here is the loss of a name, whether the weights are floats or Values:

# %% tags=["main"]
def name_loss(weights, tokens):
    return document_loss(start_gpt(weights, n_layer, n_head), tokens[: block_size + 1])


# %% [markdown]
# Now train the model with SGD, as in train2 and train3: *weight minus rate times gradient*. Each
# such run takes over a minute, so these were made beforehand, with three learning rates, 1.0 among
# them, which train1's network took without harm. (Rates are those of the first step; they fall to 0
# as always. The axis of steps is stretched at its beginning.)

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
print("names from the last weights:", *sgd[1.0]["samples"][:3])

# %% [markdown]
# A step was so long that it overshot and landed where gradients are larger, which made the next
# one longer still, until the numbers were too large to compute with. The other two, on held-out
# names:

# %%
print(ladder_row("SGD 0.01", sgd[0.01]["held_out_loss"]))
print(ladder_row("SGD 0.1", sgd[0.1]["held_out_loss"]))
print(ladder_row("train3", load_run("train3")["held_out_loss"]))

# %% [markdown]
# Look at the last two lines. train3 was trained by SGD at 0.1 as well; what differs is four heads
# against one, and which random weights it began with. The two are too close to tell apart: four
# heads alone did not help here. Learning better might.
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
# both. That is why train3's question was hardly ever asked.
#
# **Adam** (Kingma and Ba, 2015) answers with three ideas.
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
# a little of the new gradient $g$.
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

# %%
m_hat = [mean / (1 - 0.85**t) for t, mean in enumerate(m, 1)]
for t in [1, 3, 8, 20, 100, 300]:
    too_long = (1 - 0.85**t) / math.sqrt(1 - 0.99**t)
    print(f"a step of Adam without it, number {t}: {too_long:.2f} times as long")
running_mean_chart(gradients, m, "one weight of lm_head", m_hat)

# %% [markdown]
# In the picture the two lines differ at the start and soon meet. The numbers above it show what
# follows. Without the correction $m$ is $1 - \beta_1^t$ of its size, and $\sqrt v$, which divides
# it, $\sqrt{1 - \beta_2^t}$ of its own: $0.15 / 0.1 = 1.5$ at the first step. So without it the
# first steps are longer than the rate says. The three ideas together ($\varepsilon$ is explained
# below):
#
# $$p \leftarrow p - \text{rate} \cdot \frac{\hat m}{\sqrt{\hat v} + \varepsilon}$$

# %% tags=["piece"] piece="adam.Adam"

# %% [markdown] retires="adam.SGD"
# ($\varepsilon$, a tiny number, is for weights whose gradient has always been 0, such as the row
# of `wte` for a letter not met yet.) Adam takes `SGD`'s place, and `SGD` leaves the program.
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
# the weight moves by the rate.
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
# At their best, the two lie less than a hundredth of a nat apart: with a well-chosen rate SGD comes
# nearly as far. The difference is in the choosing. Within three hundredths of its best SGD has two
# rates, one three times the other, and with the next one up it blows up. Adam has three such rates,
# over a range of ten, and beyond them it gets worse but does not break.
#
# What is each of the three ideas worth? Three more runs, with one of them switched off:

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
# (The last two have the rate 0.1, the others 0.01.) Without scaling we are back at SGD's loss. But
# without the running mean, and without the correction, the model ends a little *better* than with
# all three, and both are ahead in the first 20 steps too: so the longer first steps, without the
# correction, did no harm here. Are these two ideas useless, then? One run of 1,000 steps each can't
# say: another shuffle or other random weights would move all of these numbers, and the differences
# are small. You have seen what each idea does to a step. That it helps here, we can't claim.
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
# For looking back later, keep copies of the weights on the way. (The program does without.)

# %%
snapshots = {}
learn_alone = learn


def learn(tokens, rate):
    loss = learn_alone(tokens, rate)
    if optimizer.steps in [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]:
        snapshots[optimizer.steps] = to_floats(values)
    return loss


# %% [markdown]
# The next cell trains for over a minute. Its loss stands in the table above already. Meanwhile:
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
# little lower most of the time. (Not all of that is Adam's doing: at a rate of 0.3, SGD would have
# gone more than half of the way from train3's loss to this one, as the figure of rates shows.) Now
# the loss that counts:

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
# The whole climb of this course is from about 12 letters of hesitation to about ten and a half. It
# is little, partly because names are short and often arbitrary, partly because a thousand names
# and 4,192 parameters are few. But listen to what it invents:

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
# After which step do they first look like names, and how far has the loss come by then? In
# JupyterLab or Colab, run the next cell and move the step.

# %% tags=["live"]
from microgpt_ref.lab.train4 import show_replay
from microgpt_ref.lab.widgets import play, slider, text

play(
    "After which step do they first look like names? How far has the loss come by then?",
    lambda step: show_replay(losses, names_at, step),
    step=slider("step", sorted(names_at), 1),
)

# %% [markdown]
# And the four heads? Here is what each attends to once *brid* has been read, as in Bridget:

# %%
from microgpt_ref.lab.train4 import head_map

head_map(weights, tokenizer, "brid", n_head)

# %% [markdown]
# The second head looks at the first letter above all; the others have two favourites each, or a
# slight one. (*brid* was chosen because they agree so little. For most names the shares are
# flatter.) train3 warned that a picture of attention is no proof that it is of use, and had a test:
# take something out of the trained model, and see what the held-out loss says.

# %%
for name in ["layer0.wq", "layer0.wo", "layer0.fc2", "wpe"]:
    without = weights | {name: [[0.0] * len(row) for row in weights[name]]}
    worse = evaluate(lambda tokens: name_loss(without, tokens), held_out, tokenizer)
    print(f"{name:10} all zero: {worse:.4f}")

# %% [markdown]
# Set these beside train3's: there `wq` at zero cost 0.0004, and `wo` at zero 0.0016. Here both cost
# more. The question is being asked, but with a thousand names and 16 numbers a letter it is still
# worth little: most of what this model knows is the last letter and its position.
#
# ## Temperature
#
# Before drawing, the logits are divided by a number, since train1 by 0.5. This **temperature** is a
# choice of whoever samples; the model knows nothing of it.
#
# **What do you expect?** Draw fifty names at each of these temperatures. At which of them are there
# the most different ones, and the most real ones among those?

# %% tags=["reveal"]
known = set(docs)
for temperature in [0.1, 0.5, 1.0, 2.0]:
    fifty = names_from(weights, tokenizer, temperature, count=50)
    real = sum(name in known for name in set(fifty))
    print(f"temperature {temperature}: {len(set(fifty))} different, {real} real:", *fifty[:5])

# %% [markdown]
# Near 0 it keeps to what is likeliest, and repeats itself. High up, every letter gets a chance, and
# names fall apart. At 0.5 nearly all are different, and some are real, though it has no list.
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
# name. At which temperature does the model find the rest?

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
# file, here in a folder that is gone afterwards:

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
# On the command line, `python -m microgpt_ref train --save gpt.json` trains and saves, and
# `python -m microgpt_ref sample gpt.json --prompt ch` invents.
#
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

# %% [markdown] retires="value.Value.__repr__ value.Value.__neg__"
# `__repr__` is for people who look at a Value, `__neg__` for a formula with a minus in front.

# %% [markdown] retires="value.Value.__radd__ value.Value.__rsub__ value.Value.__rmul__"
# `__radd__`, `__rsub__` and `__rmul__` are for formulas with a plain number on the left.

# %% [markdown] retires="value.Value.__rtruediv__ value.Value.__rpow__"
# So is `__rtruediv__`; and `__rpow__` only says that it can't be done. All of these were good for
# learning. The program goes without, and is complete:

# %%
from microgpt_ref.lab.figures import program_map
from microgpt_ref.lab.train4 import lines_by_lesson

print("lines from each lesson:", lines_by_lesson("train4"))
program_map("train4")

# %% [markdown]
# You have read every line of it. The page *The program, whole* shows it in one piece, each line
# with the lesson that it comes from. It needs nothing but Python.
#
# ## What scale buys
#
# Your model is GPT-2 in small, with a few differences: rmsnorm for layer norm, ReLU for GELU, no
# biases, and an `lm_head` of its own in place of `wte` used twice. How small? The largest GPT-2 has
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
# from many at once. After this training comes another, on answers that people wrote and on
# judgements of which answers are better (Ouyang et al., 2022).
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
# - Adam does well over a wider range of rates. At its best it is only a little ahead of SGD here.
# - Temperature and prompt are chosen when sampling. A checkpoint holds all of a model.
#
# **Can you answer these without looking?** Why do four heads have no more parameters than one?
# What would a second layer attend to? Why are Adam's first steps longer than the rate without
# correction? What changes in its first step if a gradient is a thousand times as large? Why can't
# one run say that an idea is useless?
#
# **What still hurts.** A thousand names take over a minute, and names are all that it knows. The
# rest is speed and size; the page *From microgpt to ChatGPT* tells what that takes. Before you go
# there, look at the program once more, whole. *Is there a line in it that you couldn't explain?*

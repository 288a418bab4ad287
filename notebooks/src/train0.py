# %% [markdown]
# # train0: what comes next, by counting?
#
# A language model answers one question over and over: *given what has been written so far, what
# comes next?* In five lessons you build one that answers it as GPT does. This first one answers
# it by counting, in a few lines, and it already has everything that goes around a GPT: data,
# tokens, a loss, a training loop, and a way to invent new text.
#
# | | |
# |---|---|
# | **question** | what comes next, if all you see is the letter before it? |
# | **loss so far** | none yet: this lesson says what a loss is |
# | **new here** | tokens, counts, probabilities, the loss, sampling |
# | **time** | about 40 minutes to read and try; the cells run in a few seconds |
#
# Run each cell with Shift+Enter. Where the text asks *what do you expect?*, say a number aloud
# or write it down before you look: the output that answers is folded.

# %% tags=["setup"]

# %%
import math
import random

from microgpt_ref.lab.figures import program_map

program_map("train0")

# %% [markdown]
# That is the program at the end of this lesson, in small, a bar a line. All of it is new. Every
# later lesson begins with such a map, on which you see what it adds to the program.
#
# ## Names to learn from
#
# Our text is a list of first names, one a line: those given to at least five children born in
# the United States in 2018, as the Social Security Administration counted them. It comes with
# the package, so nothing is downloaded.

# %%
from microgpt_ref.data import load_docs

docs = load_docs("ssa2018")
print(len(docs), "names, from", docs[0], "to", docs[-1])
print(" ".join(docs[:10]))

# %% [markdown]
# We call each name a **document**: one piece of text with a beginning and an end. For a large
# model a document is a web page or a book; nothing below would change.
#
# Look at the data before you teach anything with it. How long are the names?

# %%
from microgpt_ref.lab.figures import bar_chart

lengths = list(range(1, 1 + max(len(doc) for doc in docs)))
of_length = [sum(len(doc) == n for doc in docs) for n in lengths]
bar_chart(lengths, of_length, "letters in a name", "number of names", "train0")

# %% [markdown]
# Which letters are they made of?

# %%
letters = sorted(set("".join(docs)))
times = [sum(doc.count(letter) for doc in docs) for letter in letters]
bar_chart(letters, times, "letter", "times in the list", "train0")

# %% [markdown]
# Girls' names come first in the list, the most frequent at the top, and boys' names after them.
# A name that was given to both stands there twice:

# %%
print(len(docs) - len(set(docs)), "rows repeat an earlier one, for example:")
girls = set(docs[:1000])
print(sorted(girls & set(docs[len(docs) // 2 :]))[:6])

# %% [markdown]
# Remember that for later: whoever learns from one row may have seen another one like it.
#
# We will train on a thousand names only, in every lesson. The first thousand of this list are
# all girls' names, and the most frequent ones, so we shuffle. The shuffle is **seeded**: it looks
# random, yet comes out the same on every machine, and so does every number in this course, as
# long as you run the cells once each, from the top. (*Restart and run all* repairs the rest.)

# %% tags=["main"]
rng = random.Random(42)
rng.shuffle(docs)

# %%
print(docs[:5])

# %% [markdown]
# ## Letters become numbers
#
# A model works on numbers, so each letter gets one: a is 0, b is 1, and so on. In a few lines:

# %%
def encode_draft(doc):
    return [letters.index(letter) for letter in doc]


print(encode_draft("emma"))

# %% [markdown]
# Something is missing. That list doesn't say that *emma* begins with its e, nor that it is over
# after the second a. Both are worth knowing: few names begin with x, and many end in a. So we
# add one more symbol. It is called **BOS**, beginning of sequence, and it marks the end as well,
# as if the next name began there: one symbol is enough. In pictures we draw it as a dot: ·emma·
#
# What the model sees are **tokens**: the 26 letters and BOS, numbered. The table from tokens to
# numbers and back is the **tokenizer**. Here is ours, exactly as it stands in the finished
# program:

# %% tags=["piece"] piece="tokenizer.Tokenizer"

# %% [markdown]
# This cell has just *defined* the tokenizer in your notebook. Whenever a cell shows a piece of the
# program, that is the real thing, and the lesson goes on with it. In its description, brackets
# give a size: (characters + 2,) is a list with two entries more than there are characters.

# %% tags=["main"]
tokenizer = Tokenizer(docs)

# %%
tokens = tokenizer.encode("emma")
print(tokens)
print(tokenizer.vocab_size, "tokens in the vocabulary; BOS is number", tokenizer.bos)

# %% [markdown]
# $V$ stands for the size of the **vocabulary**, the number of different tokens.
#
# ## Counting pairs
#
# The plan: for every token, count which token came after it. Three short names are few enough to
# do by hand. For *ana*, *nan* and *anna*, how often is a followed by n?
#
# With their ends they read ·ana·, ·nan· and ·anna·, and each of them has one *an*. So, three
# times. Now the same by program:

# %% tags=["piece"] piece="bigram.zero_counts bigram.count_pairs"

# %% [markdown]
# `counts[token][target]` is how many times `target` came right after `token`. `zip` sets the
# tokens beside the same tokens moved up by one, and so makes the pairs: from ·an· come ·a, an
# and n·. A pair of neighbours is called a **bigram**, and so is a model made of them.

# %%
tiny = Tokenizer(["ana", "nan", "anna"])  # a is 0, n is 1, BOS is 2
tiny_counts = zero_counts(tiny.vocab_size)
for name in ["ana", "nan", "anna"]:
    count_pairs(tiny_counts, tiny.encode(name))

print("     a  n  ·")
for label, row in zip("an·", tiny_counts):
    print(label, row)

# %% [markdown]
# Read the first row: an a was never followed by an a, three times by an n, and twice by the end.
# Check the other two rows against the names before you go on.
#
# ## From counts to probabilities
#
# A count becomes a **probability** when it is divided by the sum of its row: how often, out of
# all the times?

# %%
def probs_draft(row):
    return [count / sum(row) for count in row]


print("after a:", probs_draft(tiny_counts[0]))

# %% [markdown]
# The row adds up to 1, as probabilities must. With these the model can be asked how well it
# expected a text, and that will be its mark.
#
# If it gave the token that really came next a probability of 1, it was not surprised at all. The
# smaller the probability, the larger the surprise. The measure that we use is $-\ln p$, with the
# natural logarithm:

# %%
for p in [1, 1 / 2, 1 / 4, 1 / 8, 1 / 1000]:
    print(f"p = {p:.3f}   surprise = {abs(math.log(p)):.4f}")

# %% [markdown]
# Each halving of $p$ adds the same amount, $\ln 2$. That is why the logarithm: the probability of
# a whole name is the product of those of its steps, and the surprises of its steps add up.
#
# > **The loss.** A model gives the token that really came next some probability $p$. Its
# > surprise at that token is $-\ln p$, measured in *nats*: 0 if it was certain and right, and
# > more the less it expected what came. The loss is the mean surprise per token. $e^{\text{loss}}$
# > is the number of letters it hesitates between: a model that wavers evenly among $k$ letters
# > has a loss of $\ln k$.
#
# (If it gives each of $k$ tokens $1/k$, its surprise is $-\ln \frac1k = \ln k$, and $e$, about
# 2.718, to that power is $k$ again. So for any model $e^{\text{loss}}$ says: as unsure as if it had
# to choose evenly among so many.)
#
# ## A pair never seen
#
# Now ask our model of three names about a fourth, *naan*. It has never seen a followed by a.

# %%
p = probs_draft(tiny_counts[0])[0]
print("p(a after a) =", p)
try:
    print("surprise =", -math.log(p))
except ValueError:
    print("surprise: -ln 0 is infinite, and Python refuses to compute it")

# %% [markdown]
# One unseen pair, and the loss of the whole text is infinite: the model said *impossible*, and was
# wrong. But three names can't show that something is impossible. They only show that it isn't
# common.
#
# The cure is about as old as the theory of probability: count every pair **once more than seen**.
# This is Laplace's *rule of succession*:
#
# $$p(\text{next} \mid \text{token}) = \frac{\text{count} + 1}{\text{row sum} + V}$$
#
# The bar is read *given*: the probability of the next token, given this one. Each row gains $V$
# extra counts, one for each token, so we divide by $V$ more. (In the code `len(row)` is $V$.)

# %% tags=["piece"] piece="bigram.bigram_probs"

# %%
after_a = bigram_probs(tiny_counts, 0)
print("after a:", after_a, "which add up to", sum(after_a))

# %% [markdown]
# Nothing is impossible any more, and what was seen often is still the likeliest. The loss of a
# document, then, is the mean of its surprises:

# %% tags=["piece"] piece="bigram.bigram_loss"

# %% [markdown]
# By hand for *naan*, with the counts from above: the five pairs ·n, na, aa, an and n· have the
# probabilities 2/6, 4/8, 1/8, 4/8 and 2/8. Take their surprises, add them up, divide by 5:

# %%
surprises = [-math.log(p) for p in [2 / 6, 4 / 8, 1 / 8, 4 / 8, 2 / 8]]
print([round(surprise, 4) for surprise in surprises])
print(f"by hand:     {sum(surprises) / 5:.4f} nats per token")
print(f"bigram_loss: {bigram_loss(tiny_counts, tiny.encode('naan')):.4f}")

# %% [markdown]
# A document has one prediction more than letters: the last one is that it ends here.
#
# ## What an untrained model scores
#
# Back to real names. Take a table that has counted nothing yet, and score *emma* with it.
#
# **What do you expect?** All 27 tokens are equally likely. Which number is the loss?

# %% tags=["main"]
counts = zero_counts(tokenizer.vocab_size)

# %% tags=["reveal"]
print(f"loss of an empty table: {bigram_loss(counts, tokenizer.encode('emma')):.4f}")
print(f"ln 27 = {math.log(27):.4f}")

# %% [markdown]
# With every probability $1/27$, every surprise is $\ln 27$, whatever the name. Keep this number
# in mind: it is where every model of this course starts, and one that scores worse than that on
# average would do better by knowing nothing.
#
# ## Training
#
# To **train** is to show the model one document after another and let it change a little each
# time. One round is a **step**. In each we first note the loss, *then* learn from the document;
# the other way round it would be marked on what it has just been told.

# %% tags=["piece"] piece="training.train"

# %% [markdown]
# The loop doesn't know what kind of model it trains: that is hidden in `learn`, a function that
# it is given. So the loop can stay as it is until the end of the course. (`rate` is of no use to
# a model that counts; it waits for the next lesson.) Ours learns like this:

# %% tags=["main"]
def learn(tokens, rate):
    loss = bigram_loss(counts, tokens)
    count_pairs(counts, tokens)
    return loss


steps = 1000
losses = train(learn, docs, tokenizer, steps)

# %%
print("first five:", [round(loss, 4) for loss in losses[:5]])
print("last five: ", [round(loss, 4) for loss in losses[-5:]])

# %% [markdown]
# The very first loss is that of the empty table. The second is even a little higher: one name
# tells next to nothing about the next, and its counts have taken some probability away from all
# other pairs. Single losses jump about, as some names are odd; their mean tells more.

# %%
from microgpt_ref.lab.figures import loss_curve

loss_curve(losses, "train0", reference=("an empty table, ln 27", math.log(27)))

# %% [markdown]
# (The line begins where there are 50 names to take the mean of.) Most is learned within the first
# two hundred names. After that it falls slowly: with one letter to go by, there is not much more
# to know.
#
# ## What the table has learned
#
# The model is nothing but this table. Here it is, whole:

# %%
from microgpt_ref.lab.figures import count_heatmap

count_heatmap(counts, tokenizer)

# %% [markdown]
# Take a minute to read it. (The colours are stretched at the pale end, so that one differs from
# none.) The last row shows what names begin with, the last column what they end with. A dark
# square is a frequent pair, not yet a sure one: for that, compare it with the rest of its row.
#
# **What do you expect?** After which token is the model surest of what comes next, and how sure?

# %% tags=["reveal"]
def favourite(token):
    probs = bigram_probs(counts, token)
    best = max(range(len(probs)), key=lambda target: probs[target])
    return probs[best], tokenizer.decode([token]) or "·", tokenizer.decode([best]) or "·"


for p, letter, follower in sorted(map(favourite, range(27)), reverse=True)[:3]:
    print(f"after {letter} comes {follower} with probability {p:.2f}")

# %% [markdown]
# Even at its surest it is right less than half of the time. Did you think of u after q?

# %%
q, u = tokenizer.encode("qu")[1:3]
q_row = counts[q]
print("after q:", {tokenizer.decode([t]) or "·": c for t, c in enumerate(q_row) if c > 0})
print(f"p(u after q) = ({q_row[u]} + 1) / ({sum(q_row)} + 27) = {bigram_probs(counts, q)[u]:.2f}")

# %% [markdown]
# You were right about the names. But there are few q's among a thousand of them, and next to the
# 27 extra counts the real ones weigh little. You can look up why the table gives any answer that it
# gives, and that is the virtue of so small a model. One row of it, as probabilities:

# %%
from microgpt_ref.lab.train0 import show_followers

show_followers(counts, tokenizer, "a")

# %% [markdown]
# In JupyterLab or Colab, run the next cell and choose another letter, with the mouse or the arrow
# keys. After which one is the model least sure?

# %% tags=["live"]
from microgpt_ref.lab.widgets import choice, play

play(
    "After which letter is the model least sure of what comes next?",
    lambda letter: show_followers(counts, tokenizer, letter),
    letter=choice("after", [*tokenizer.characters, "·"], "a"),
)

# %% [markdown]
# ## The loss that counts
#
# A low loss on names that the model was trained on could mean that it has learned them by heart.
# So we keep some back: 300 rows, numbers 1,000 to 1,299 of the shuffled list. Our runs end with row
# 999, so none of them ever sees these. The loss on such **held-out** documents is the mark by which
# we compare all our models.

# %% tags=["piece"] piece="training.evaluate"

# %% [markdown]
# It undoes the division that `loss` has made, adds everything up, and divides once: so a long name
# weighs more than a short one, as it has more tokens.

# %% tags=["main"]
held_out = docs[1000:1300]
loss = evaluate(lambda tokens: bigram_loss(counts, tokens), held_out, tokenizer)
print(f"held-out loss: {loss:.4f} nats per token")

# %% [markdown]
# **What do you expect?** Before the training the model wavered among 27 tokens. Among how many
# does it waver now?

# %% tags=["reveal"]
print(f"e^{loss:.4f} = {math.exp(loss):.2f}")

# %% [markdown]
# Counting has brought it down to about twelve. The rest of the course, with all its machinery,
# brings it to between ten and eleven: names are short and often arbitrary, and nobody can
# foretell them. What a better model gains here looks small in nats, and is easily heard
# in the names that it invents.
#
# One honest remark. We held back rows, not names, and a name may stand in two rows:

# %%
print(sorted(set(held_out) & set(docs[:1000])), "are among the training names too")

# %% [markdown]
# Only two, as we train on so few rows. They change little, so we leave them in and say so.
#
# ## Inventing names
#
# The same probabilities can be used the other way round: draw the next token at random, likely
# ones more often, then the one after it, until BOS says that the name is over, or it has 16
# letters. This is **sampling**.

# %% tags=["piece"] piece="sampling.generate"

# %% [markdown]
# `rng.choices` draws one token, with the probabilities as weights. (The `prompt` lets you choose
# how a document begins; leave it for later.)

# %% tags=["main"]
def next_probs(token):
    return bigram_probs(counts, token)


names = [tokenizer.decode(generate(next_probs, tokenizer.bos, 16, rng)) for _ in range(20)]
print("\n".join(names))

# %% [markdown]
# A few are names, some could be, and some could not: each *pair* of letters is plausible, the
# whole often isn't. The longest were cut off at 16 letters. And the real ones, are they copied?
# **What do you expect?** How many of the twenty are in the list of all names, and how many of those
# has the model seen?

# %% tags=["reveal"]
known, seen = set(docs), set(docs[:1000])
real = [name for name in names if name in known]
print(len(real), "of 20 are names:", real)
print(sum(name in seen for name in real), "of these are among the thousand that it learned from")

# %% [markdown]
# It has put them together by itself, from pairs.
#
# ## What one letter can't know
#
# Whatever stands before the last letter is forgotten:

# %%
def end_after(text):
    return bigram_probs(counts, tokenizer.encode(text)[-2])[tokenizer.bos]


for text in ["n", "an", "madisonnn"]:
    print(f"probability that the name ends after {text!r}: {end_after(text):.4f}")

# %% [markdown]
# To see two letters back, the table would need a row for each *pair* of tokens, then for each
# triple. How many of its entries would be seen at all, if we counted not a thousand names but the
# whole list?

# %%
texts = ["·" * 3 + doc + "·" for doc in docs]
for memory in [1, 2, 3]:
    size = 27 ** (memory + 1)
    met = {text[i - memory : i + 1] for text in texts for i in range(3, len(text))}
    print(f"memory {memory}: {size:7,} counts, {len(met) / size:4.0%} of them ever seen")

# %% [markdown]
# With three letters of memory, about 95 in 100 entries stay at zero, and each further letter makes
# the table 27 times as large. And what a table has counted after *emm* is of no help to it after
# *amm*, alike as they are. What we need is a model that can tell that two situations are alike.
#
# ## What to take along
#
# - Text is cut into tokens; BOS marks where a document begins and ends.
# - A language model gives each possible next token a probability.
# - The loss is the mean surprise, $-\ln p$, per token; $e^{\text{loss}}$ is the number of letters
#   it hesitates between. Knowing nothing costs $\ln V$.
# - Never say impossible: one zero makes the loss infinite.
# - Training is a loop of one document, one loss, one small change. Marks are given on documents
#   that were held out.
#
# **Can you answer these without looking?** Why does a document of five letters have six
# predictions? What is the loss of a model that gives the right token $1/10$ every time? Why is the
# loss noted before the counts change? What would the thousand names be if we didn't shuffle?
#
# **What still hurts.** The table can't be stretched to see further back. Before we can build
# something that can, we need another way to learn: not by counting, but by changing numbers little
# by little until the loss goes down. *Can the table be learned?* That is train1.

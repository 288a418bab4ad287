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

from microgpt_ref.lab.checks import check, summary
from microgpt_ref.lab.figures import program_map

program_map("train0")

# %% [markdown]
# That is the program at the end of this lesson, in small, a bar a line. Every later lesson begins
# with such a map, on which you see what it adds.
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
top_girls, second_half = set(docs[:1000]), set(docs[len(docs) // 2 :])
print(sorted(top_girls & second_half)[:6])

# %% [markdown]
# Remember that for later: a model can be tested on a name that it has learned from in another row.
#
# We will train on a thousand names only, in every lesson. The first thousand of this list are all
# girls' names, and the most frequent ones, so we shuffle. The shuffle is **seeded**: it looks
# random, yet comes out the same on every machine, and so does every number in this course, as long
# as you run the cells once each, from the top. (Where a number differs, *Restart and run all*.)

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
# Something is missing. Who looks only at what follows what can't see from this list that *emma*
# begins with its e, nor that it is over after the a. Both are worth knowing: few names begin with
# x, and many end in n or a. So we add one more symbol. It is called **BOS**, beginning of sequence,
# and it marks the end as well, as if the next name began there: one symbol is enough. In pictures
# we draw it as a dot: ·emma·
#
# What the model sees are **tokens**: the 26 letters and BOS. The number of a token is its **id**,
# and in the code `tokens` is a list of ids. The table from tokens to ids and back is the
# **tokenizer**. Here is ours, exactly as it stands in the finished
# program:

# %% tags=["piece"] piece="tokenizer.Tokenizer"

# %% [markdown]
# This cell has just *defined* the tokenizer in your notebook. Whenever a cell shows a piece of the
# program, with a description in triple quotes, that is the real thing, and the lesson goes on with
# it. The description says first what comes back, *Nothing* if something is only changed. Brackets
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
# times.
#
# From here on the lesson now and then asks you to build a piece before it shows its own. Nothing
# below needs your version, so you can also pass on and come back.

# %% [markdown] exercise="train0.count_pairs" kind="build it first" size="short" minutes="10"
# ### Count the pairs
#
# **Aim.** See how a list of tokens becomes pairs.
#
# `counts` is a table with a row for each token: `counts[token][target]` is how many times
# `target` came right after `token`. Write a function that adds the pairs of one document to it.
# `tokens` is a list of ids with BOS at both ends, such as `[2, 0, 1, 0, 2]` where there are only
# three tokens, and BOS is number 2.
#
# **Done when** the check below says *right*.

# %% [markdown] tags=["hint"]
# The document `[2, 0, 1, 0, 2]` has four pairs. Which is the first, and which the last?

# %% [markdown] tags=["hint"]
# Go through the positions `i`, and look at `tokens[i]` and `tokens[i + 1]`. Where must `i` stop?

# %% tags=["exercise"]
def my_count_pairs(counts, tokens):
    ...  # your code here: it changes counts, and returns nothing

# %% tags=["solution"]
def my_count_pairs(counts, tokens):
    for i in range(len(tokens) - 1):
        counts[tokens[i]][tokens[i + 1]] += 1

# %% tags=["check"]
check("train0.count_pairs", my_count_pairs)

# %% [markdown] tags=["solution"]
# The last `i` is that of the token before the last, as the last one has no successor: hence the
# `- 1`. Frequent slips: `= 1` instead of `+= 1`, which counts a pair at most once; row and column
# exchanged; and a new table made inside the function, so that the counts of earlier documents are
# lost.

# %% [markdown]
# Now the lesson's own:

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
# If it gives the token that really came next a probability of 1, it is not surprised at all. The
# smaller the probability, the larger the surprise. The measure that we use is $-\ln p$, with the
# natural logarithm: to the base $e$, about 2.718. (The unit that goes with it is called the nat.)

# %%
for p in [1, 1 / 2, 1 / 4, 1 / 8, 1 / 1000]:
    print(f"p = {p:.3f}   surprise = {math.log(1 / p):.4f}")

# %% [markdown]
# ($\ln \frac1p$ is the same as $-\ln p$.) Each halving of $p$ adds the same amount, $\ln 2$. That
# is why the logarithm: the probability of a whole name is that of its first token, times that of
# the second after the first, and so on, so the surprises add up. Two tokens of 1/2 and 1/4 make 1/8
# together, and 0.6931 + 1.3863 is 2.0794.
#
# > **The loss.** A model gives the token that really came next some probability $p$. Its
# > surprise at that token is $-\ln p$, measured in *nats*: 0 if it was certain and right, and
# > more the less it expected what came. The loss is the mean surprise per token. $e^{\text{loss}}$
# > is the number of letters it hesitates between: a model that wavers evenly among $k$ letters
# > has a loss of $\ln k$.
#
# (If it gives each of $k$ tokens $1/k$, its surprise is $-\ln \frac1k = \ln k$, and $e$, about
# 2.718, to that power is $k$ again. So for any model $e^{\text{loss}}$ says: as unsure as if it
# had to choose evenly among so many. The end of a name is counted as a letter here.)
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
# wrong. But three names can only show that something isn't common, not that it is impossible.
#
# The cure is an old one: count every pair **once more than seen**.
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
# document, then, is the mean of its surprises.

# %% [markdown] exercise="train0.loss" kind="build it first" size="short" minutes="10"
# ### The loss of a document
#
# **Aim.** Turn the box above into a few lines.
#
# Write a function that gives the loss of one document, a single number in nats per token.
# `bigram_probs(counts, token)` gives the probabilities of what comes after a token.
#
# **Done when** the check says *right*. By hand, the loss of *naan* comes out right after this
# exercise; compare.

# %% [markdown] tags=["hint"]
# For each pair of neighbours: the probabilities after the first of them, of these the one of the
# second, and of that the surprise.

# %% [markdown] tags=["hint"]
# Collect the surprises in a list. How many are there, for a document of so many tokens? Divide
# their sum by that number.

# %% tags=["exercise"]
def my_loss(counts, tokens):
    ...  # your code here: it returns one number

# %% tags=["solution"]
def my_loss(counts, tokens):
    surprises = []
    for token, target in zip(tokens, tokens[1:]):
        p = bigram_probs(counts, token)[target]
        surprises.append(-math.log(p))
    return sum(surprises) / len(surprises)

# %% tags=["check"]
check("train0.loss", my_loss)

# %% [markdown] tags=["solution"]
# Frequent slips: the sum instead of the mean; a division by `len(tokens)`, though there is one
# pair fewer than there are tokens; `-math.log` of the mean probability, which is not the mean of
# the surprises.

# %% [markdown]
# The lesson's own does the same:

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
print(f"by hand:                {math.log(tokenizer.vocab_size):.4f}")

# %% [markdown]
# With every probability $1/27$, every surprise is $\ln 27$, whatever the name. Keep this number
# in mind: it is about where every model of this course starts, and one that scores worse than that
# on average would do better by knowing nothing.
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
# tells next to nothing about the next, and its counts have taken some probability away from the
# other pairs in the same rows. Single losses jump about, as some names are odd; their mean tells
# more.

# %%
from microgpt_ref.lab.figures import loss_curve

loss_curve(losses, "train0", reference=("an empty table, ln 27", math.log(27)))

# %% [markdown]
# (The line begins where there are 50 names to take the mean of.) Most is learned within the first
# two hundred names. After that it falls slowly.
#
# ## What the table has learned
#
# The model is nothing but this table. Here it is, whole:

# %%
from microgpt_ref.lab.figures import count_heatmap

count_heatmap(counts, tokenizer)

# %% [markdown]
# Take a minute to read it. (The colours are stretched at the pale end, so that a count of 1 can be
# told from 0.) The last row shows what names begin with, the last column what they end with. A dark
# square is a frequent pair, not yet a sure one: for that, compare it with the rest of its row.
#
# **What do you expect?** After which token is the model surest of what comes next, and how sure?

# %% tags=["reveal"]
def favourite(token):
    probs = bigram_probs(counts, token)
    best = max(range(len(probs)), key=lambda target: probs[target])
    letter, follower = tokenizer.decode([token]), tokenizer.decode([best])
    return probs[best], letter or "·", follower or "·"  # BOS decodes to nothing


for p, letter, follower in sorted(map(favourite, range(27)), reverse=True)[:3]:
    print(f"after {letter} comes {follower} with probability {p:.2f}")

# %% [markdown]
# Even at its surest it gives its favourite less than one half, though that came after more than
# half of the j's, as the next cell shows: the 27 extra counts make it careful. Did you think of u
# after q?

# %%
for pair in ["ja", "qu"]:
    first, then = tokenizer.encode(pair)[1:3]  # without the BOS at both ends
    row = counts[first]
    followers = {tokenizer.decode([t]) or "·": count for t, count in enumerate(row) if count > 0}
    print(f"after {pair[0]}:", followers)
    print(f"p({pair[1]} after {pair[0]}) = ({row[then]} + 1) / ({sum(row)} + 27)", end=" = ")
    print(f"{bigram_probs(counts, first)[then]:.2f}")

# %% [markdown]
# You were right about the names. But there are few q's among a thousand of them, and next to the
# 27 extra counts the real ones weigh little. With so small a model you can always look up why it
# answers as it does. Here is the row of a, as probabilities:

# %%
from microgpt_ref.lab.train0 import show_followers

show_followers(counts, tokenizer, "a")

# %% [markdown]
# In JupyterLab or Colab, run the next cell and choose other letters. After which one is the model
# least sure, with the smallest probability even for its favourite?

# %% tags=["live"]
from microgpt_ref.lab.widgets import choice, play

play(
    "After which letter does the likeliest follower have the smallest probability?",
    lambda letter: show_followers(counts, tokenizer, letter),
    letter=choice("after", [*tokenizer.characters, "·"], "a"),
)

# %% tags=["reveal"]
p, letter, follower = min(map(favourite, range(27)))
row = counts[tokenizer.encode(letter)[1]]
print(f"after {letter} comes {follower} with probability {p:.2f}; {letter} was seen {sum(row)} times")

# %% [markdown]
# Little seen, and followed by many different letters. (q was seen still less, but mostly had its
# u.)
# %% [markdown]
# ## The loss that counts
#
# The losses above were noted while the model was still changing, each on a single name. For a mark
# we want the finished model, and names that it hasn't learned from: on names that it has learned
# from, a low loss could mean that it knows them by heart. So we keep some back: 300 rows, numbers
# 1,000 to 1,299 of the shuffled list, counted from 0 as Python does. We train on rows 0 to 999. The
# loss on such **held-out** documents is the mark by which we compare all our models.

# %% tags=["piece"] piece="training.evaluate"

# %% [markdown]
# Here `loss` is a function, as `learn` was in `train`. It has divided by the number of predictions,
# one fewer than the tokens; `evaluate` multiplies by that again, adds everything up, and divides
# once: so a long name weighs more than a short one, as it has more tokens.

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
# Only two. We leave them in, and say so.
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
# A few are names, some could be, and some could not: nearly every *pair* of letters is plausible,
# the whole often isn't. (In the last name, a k follows a q: no such pair was ever counted. It comes
# from the extra count that makes nothing impossible.) The longest were cut off at 16 letters. And
# the real ones, are they copied? **What do you expect?** How many of the twenty are in the list of
# all names, and how many of those has the model seen?

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
    last_letter = tokenizer.encode(text)[-2]  # after it comes BOS
    return bigram_probs(counts, last_letter)[tokenizer.bos]


for text in ["n", "an", "madisonnn"]:
    print(f"probability that the name ends after {text!r}: {end_after(text):.4f}")

# %% [markdown]
# To see two letters back, the table would need a row for each *pair* of tokens, then for each
# triple. How many of its entries would be seen at all, if we counted not a thousand names but the
# whole list?

# %%
texts = ["·" * 3 + doc + "·" for doc in docs]  # room for a memory of three
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
# %% [markdown]
# ## Questions
#
# Open the option that you think is right: it says whether it is, and why.

# %% [markdown] tags=["question"] question="train0.predictions"
# A name has five letters. How many predictions does the model make for it?
#
# - [ ] 5 :: Each letter is predicted once, the first of them from BOS. What comes after the last?
# - [x] 6 :: Five letters and the end. The BOS at the beginning is given, not predicted.
# - [ ] 7 :: There are seven tokens, but the first of them has nothing before it.

# %% [markdown] tags=["question"] question="train0.one_tenth"
# A model gives the right token a probability of 1/10 every time. What is its loss?
#
# - [ ] 0.1 nats :: That is the probability. The loss is the mean of -ln of it.
# - [x] 2.3026 nats :: The surprise is ln 10 at every token, so the mean is ln 10 too.
# - [ ] 10 nats :: It hesitates between ten letters; the loss is the logarithm of that.
# - [ ] 1 nat :: That would be the logarithm to base 10; nats have the natural one.

# %% [markdown] tags=["question"] question="train0.add_one"
# A token was followed by another 3 times, and its row of 27 counts adds up to 9. Which probability
# does the model give that pair?
#
# - [ ] 3/9 :: That is the share of what was seen, before one is added to every count.
# - [ ] 4/10 :: Each of the 27 counts gains one, not only this one.
# - [x] 4/36 :: One more for the pair, and 27 more for its row.
# - [ ] 3/36 :: The pair's own count gains one as well.

# %% [markdown] tags=["question"] question="train0.order"
# Why is the loss of a document noted before its pairs are counted?
#
# - [ ] It is faster :: Both ways take the same time.
# - [x] Otherwise the model would be marked on what it has just been told :: It would look better
#   than it is, and most of all on odd names, whose pairs nothing else had shown it.
# - [ ] Otherwise a count could be 0 :: One is added to each count, so a 0 does no harm.

# %% [markdown] tags=["question"] question="train0.no_shuffle"
# What would the training names be if we took the first thousand of the list unshuffled?
#
# - [ ] A fair sample all the same :: The list is in order: girls by number of births, then boys.
# - [x] The most frequent girls' names :: And the held-out rows would be the 300 girls' names that
#   come after them.
# - [ ] Names that begin with a :: Names given equally often are in alphabetical order, the others
#   are not.

# %% [markdown] tags=["question"] question="train0.memory"
# A table with a memory of two tokens has how many counts, if there are 27 tokens?
#
# - [ ] 729 :: That is 27 · 27, the table with a memory of one.
# - [ ] 1,458 :: Twice as many would be two tables. Here there is a row for each pair.
# - [x] 19,683 :: 27 · 27 rows of 27 counts.

# %% [markdown]
# ## Exercises
#
# Each names its aim, its size, and when it is done. Run its cell, then the check. Hints are folded
# under each task; solutions stand in the book's last part. Points count where a class is marked,
# and nowhere else.

# %% [markdown] exercise="train0.by_hand" kind="by hand" size="short" minutes="10"
# ### A surprise on paper
#
# **Aim.** Go once through the whole chain from names to a surprise, without a computer.
#
# A model has counted the names *bob* and *bo*, and no more. Its tokens are b, o and BOS. Write
# down its table of counts. Then, with one added to each count: what is its surprise, in nats, at
# the second letter of *bb*, the b that comes after b?
#
# **Done when** your number, with three decimals or more, is in the cell below and the check says
# *right*. (`math.log` may do the last step.)

# %% [markdown] tags=["hint"]
# The pairs are ·b, bo, ob, b· and ·b, bo, o·. Only the row of b matters.

# %% tags=["exercise"]
my_surprise = ...

# %% tags=["solution"]
my_surprise = math.log(6)

# %% tags=["check"]
check("train0.by_hand", my_surprise)

# %% [markdown] tags=["solution"]
# After b came o twice and the end once, b never: the row is 0, 2, 1. With one more for each it is
# 1, 3, 2, and the probability of b is $1/6$. Its surprise is $-\ln \frac16 = \ln 6$, about 1.792.

# %% [markdown] exercise="train0.trigram" kind="go further" size="longer" minutes="30" points="4"
# ### A memory of two
#
# **Aim.** Stretch the table by one token, and see what that gains and what it costs.
#
# Write `trigram_probs(documents, vocab_size, before, token)`: the probabilities, a list of
# `vocab_size` numbers, of what comes after the two tokens `before` and `token`, in this order.
# `documents` is a list of lists of tokens, each with BOS at both ends, and BOS is the last id. The
# first letter of a document has only one BOS before it: pretend that there are two. Add one to
# each count, as the lesson does, and leave `documents` as it is.
#
# Then compute the held-out loss of a table like that after 1,000 names. Is it better than the
# lesson's? And after all rows of the list but the held-out ones?
#
# **Done when** the check says *right*, and you can say in a sentence where the new table is better
# and where it is worse.

# %% [markdown] tags=["hint"]
# Put one more BOS in front of a document, and go through its tokens by threes.

# %% [markdown] tags=["hint"]
# `zip` takes three lists as well as two. Only the triples that begin with `before, token` count.

# %% tags=["exercise"]
def trigram_probs(documents, vocab_size, before, token):
    ...  # your code here

# %% tags=["solution"]
def trigram_probs(documents, vocab_size, before, token):
    row = [1] * vocab_size
    for tokens in documents:
        padded = [vocab_size - 1, *tokens]
        for first, second, target in zip(padded, padded[1:], padded[2:]):
            if (first, second) == (before, token):
                row[target] += 1
    return [count / sum(row) for count in row]

# %% tags=["check"]
check("train0.trigram", trigram_probs)

# %% tags=["solution"]
def trigram_table(rows):
    table = [[[1] * 27 for _ in range(27)] for _ in range(27)]
    for tokens in map(tokenizer.encode, rows):
        padded = [26, *tokens]
        for first, second, target in zip(padded, padded[1:], padded[2:]):
            table[first][second][target] += 1
    return table


def trigram_loss(table, tokens):
    padded = [26, *tokens]
    triples = list(zip(padded, padded[1:], padded[2:]))
    ps = [table[a][b][c] / sum(table[a][b]) for a, b, c in triples]
    return sum(-math.log(p) for p in ps) / len(ps)


for rows in (docs[:1000], docs[:1000] + docs[1300:]):
    table = trigram_table(rows)
    loss = evaluate(lambda tokens: trigram_loss(table, tokens), held_out, tokenizer)
    print(f"after {len(rows):6,} names: {loss:.4f}")

# %% [markdown] tags=["solution"]
# `row` begins with ones, so that nothing has to be added later. After a thousand names the larger
# table is *worse* than the smaller one: most of its rows have seen a handful of names, and the 27
# extra counts outweigh them. After all the others it is much better. (A name may stand in two
# rows, and the larger the share that one learns from, the more of the held-out names have been
# seen: see the next exercise.)
#
# Frequent slips: the two tokens in the wrong order; the first letter forgotten, since one BOS
# alone makes no triple there; one added to the counts but not to the sum.

# %% [markdown] exercise="train0.split_by_name" kind="go further" size="longer" minutes="20" points="3"
# ### A split without leaks
#
# **Aim.** Hold back names, not rows, so that nothing that is held out has been seen.
#
# Write `split_by_name(docs, share, rng)`. It returns two lists of rows: those to train on, and
# those held out. All rows of a name are in the same list, repeats included, and no row is lost.
# The second list holds `share` of the different names, chosen at random by `rng`, to within one
# name. `docs` itself stays as it is.
#
# **Done when** the check says *right*.

# %% [markdown] tags=["hint"]
# First make a list in which every name stands once. Which half of the work is done on that list,
# and which on the rows?

# %% [markdown] tags=["hint"]
# `set` has no order that you can rely on: sort what comes out of it before `rng.shuffle` mixes it.

# %% tags=["exercise"]
def split_by_name(docs, share, rng):
    ...  # your code here

# %% tags=["solution"]
def split_by_name(docs, share, rng):
    different = sorted(set(docs))
    rng.shuffle(different)
    kept_back = set(different[: round(share * len(different))])
    train_rows = [doc for doc in docs if doc not in kept_back]
    held_out_rows = [doc for doc in docs if doc in kept_back]
    return train_rows, held_out_rows

# %% tags=["check"]
check("train0.split_by_name", split_by_name)

# %% [markdown] tags=["solution"]
# The names are shuffled and cut, and only then come the rows. Frequent slips: rows shuffled and
# cut, so that a repeat leaks; repeats dropped altogether; `set` shuffled unsorted, which gives
# another split each time Python starts.

# %% [markdown] exercise="train0.interpolated" kind="go further" size="longer" minutes="25" points="3"
# ### Instead of adding one
#
# **Aim.** Meet another cure for pairs never seen: ask a humbler model for part of the answer.
#
# Write `interpolated_probs(counts, token, weight)`. Its probabilities are a mixture of two:
# `weight` times how often each target came after `token`, as a share of that row (no one is
# added), and `1 - weight` times how often each target came at all, as a share of the whole table.
# If a token was never followed by anything, the second model answers alone.
#
# Try it on held-out names with a few weights. Does it beat adding one?
#
# **Done when** the check says *right*, and you know the best of five weights.

# %% [markdown] tags=["hint"]
# How often a target came at all is the sum of one column of the table.

# %% [markdown] tags=["hint"]
# The probabilities must add up to 1, whatever the weight: print their sum for some token.

# %% tags=["exercise"]
def interpolated_probs(counts, token, weight):
    ...  # your code here

# %% tags=["solution"]
def interpolated_probs(counts, token, weight):
    came = [sum(row[target] for row in counts) for target in range(len(counts))]
    everything = sum(came)
    followed = sum(counts[token])
    if followed == 0:
        return [n / everything for n in came]
    return [
        weight * counts[token][target] / followed + (1 - weight) * came[target] / everything
        for target in range(len(counts))
    ]

# %% tags=["check"]
check("train0.interpolated", interpolated_probs)

# %% tags=["solution"]
def interpolated_loss(tokens, weight):
    ps = [interpolated_probs(counts, a, weight)[b] for a, b in zip(tokens, tokens[1:])]
    return sum(-math.log(p) for p in ps) / len(ps)


for weight in (0.5, 0.8, 0.9, 0.95, 0.99):
    loss = evaluate(lambda tokens: interpolated_loss(tokens, weight), held_out, tokenizer)
    print(f"weight {weight:.2f}: {loss:.4f}")

# %% [markdown] tags=["solution"]
# The weight has to be found: near 0.9 the mixture does a little better than adding one, which
# scored 2.4756, as the counts of rare tokens are no longer drowned in 27 extra ones. Far from
# there it does worse, and with a weight of 1 a pair never seen would cost the whole text, as it
# did at first. (To choose the weight by the held-out names is to learn from them a little: with
# more than five choices one would hold back a second list.) Frequent slips: rows summed where
# columns are meant; one added here as well.

# %% [markdown] exercise="train0.no_shuffle" kind="break and explain" size="short" minutes="15"
# ### Without the shuffle
#
# **Aim.** See what an order in the data does to a mark.
#
# Train a fresh table on the first 1,000 rows of `load_docs("ssa2018")`, unshuffled, and mark it on
# two lists: rows 1,000 to 1,299 of that same unshuffled list, and our `held_out`. **What do you
# expect?** Which mark will be better? Explain the difference in two or three sentences.
#
# **Done when** you have both numbers, and an explanation that someone who has read this lesson
# would accept.

# %% [markdown] tags=["hint"]
# What kind of names are the first 1,300 rows? Look at their last letters.

# %% [markdown] tags=["exercise"]
# *Your numbers and your explanation:*

# %% tags=["solution"]
unshuffled = load_docs("ssa2018")
girls_counts = zero_counts(tokenizer.vocab_size)
for doc in unshuffled[:1000]:
    count_pairs(girls_counts, tokenizer.encode(doc))
for label, rows in (("rows 1,000 to 1,299, unshuffled", unshuffled[1000:1300]), ("ours", held_out)):
    loss = evaluate(lambda tokens: bigram_loss(girls_counts, tokens), rows, tokenizer)
    print(f"{label}: {loss:.4f}")
for label, rows in (("of the first thousand", unshuffled[:1000]), ("of all", docs)):
    print(f"{sum(doc.endswith('a') for doc in rows) / len(rows):.0%} {label} end in a")

# %% [markdown] tags=["solution"]
# The mark on the next rows of the same list is the better one, and it is misleading: those rows
# are girls' names of the same kind, many of which end in a. On a fair sample of all names the same
# table does worse. A held-out set says something only about data like itself.

# %% [markdown] exercise="train0.own_data" kind="open" size="project" minutes="60"
# ### Names of your own
#
# **Aim.** Do all of this lesson on words that you care about.
#
# Find a list with one item a line: towns, plants, words of another language, titles. Save it as a
# text file in UTF-8, and read it with `load_docs("path/to/file.txt")`. How large is $V$, and what
# would knowing nothing cost? Train a table on most of it, hold the rest back, mark it, and invent
# twenty more.
#
# **Done when** you can say by how much your table beats knowing nothing, which invented item you
# like best, and what in your data made the task harder or less hard than names.

# %% [markdown] tags=["hint"]
# Capital letters and accents are tokens of their own. `doc.lower()` may halve your vocabulary.

# %% [markdown] tags=["exercise"]
# *What you found:*

# %% [markdown] tags=["solution"]
# There is no one solution. A good report names the size of the vocabulary and $\ln V$, the number
# of items trained on and held back, both losses as $e^{\text{loss}}$, and looks at the table for
# the rows that make the difference. Lists with few items and many characters suffer most from
# adding one: try the mixture of the exercise above.

# %% tags=["check"]
summary("train0")

# %% [markdown]
# **What still hurts.** To stretch the table doesn't make it see further back, unless it has far
# more names to count. Before we can build something that can, we need another way to learn: not by
# counting, but by changing numbers little by little until the loss goes down. *Can the table be
# learned?* That is train1.

# %% [markdown]
# # train0: what comes next, by counting?
#
# | | |
# |---|---|
# | **question** | what comes next, if you can see only one letter? |
# | **new here** | tokens, counts, probabilities, sampling, the loss |
# | **time** | about 50 minutes, 20 of them for two exercises; the cells run in seconds |
#
# Dandan. Styallo. Kerice. Addorelenatz.
#
# Nobody chose these names. A machine made them up, letter by letter, after reading a thousand
# real ones. Here it is. Press the button and watch a name grow.

# %% tags=["setup"]

# %% tags=["hide-input"]
import math
import random

from microgpt_ref.lab.checks import check, summary
from microgpt_ref.lab.explorables import example

example("name_machine")

# %% [markdown]
# The machine looks at the last letter and finds that letter's row in a table. The row gives each
# letter a bar, and the taller the bar, the more often the machine picks its letter. Then it forgets
# everything except its pick, and looks up the next row. When it picks the dot, the name is
# finished.
#
# A program like this is called a **language model**. It looks at what has been written so far, and
# gives each possible next piece a probability. ChatGPT runs the same loop. It looks further back,
# and it has a far better way of finding the bars. In five lessons, this course takes you from this
# machine to a small version of that one. Here you build the machine, and then you find out how bad
# it is. The second half matters more, because we can only improve what we can measure.
#
# ## A thousand names
#
# Our text is a list of first names. According to the Social Security Administration, each was given
# to at least five girls or five boys born in the United States in 2018. The list comes with the
# course. You don't need to download anything.

# %%
from microgpt_ref.data import load_docs

docs = load_docs("ssa2018")
print(len(docs), "names, from", docs[0], "to", docs[-1])
print(" ".join(docs[:10]))

# %% [markdown]
# Each name is a **document**, one piece of text with a beginning and an end. For a large model, a
# document is a web page or a book. The code in this lesson wouldn't notice the difference.
#
# Look at the data before you teach anything with it. How long are the names? (`sum` can count the
# names of each length, because Python treats True as 1 and False as 0.)

# %%
from microgpt_ref.lab.figures import bar_chart

lengths = list(range(1, 1 + max(len(doc) for doc in docs)))
of_length = [sum(len(doc) == n for doc in docs) for n in lengths]
bar_chart(lengths, of_length, "letters in a name", "number of names", "train0")

# %% [markdown]
# Most names have about six letters. Keep that in mind, because it means that a name gives a model
# very little to go on.
#
# Every lesson trains on a thousand of these names. The first thousand won't do, because the list
# starts with the most popular girls' names. That's why we shuffle it. In the next cell, `rng` is
# short for *random number generator*. Its numbers look random, but they follow from a **seed**,
# here 42, and they're the same on every computer. Everything that this course prints comes out the
# same for you, as long as you run each cell once, from the top.

# %% tags=["main"]
rng = random.Random(42)
rng.shuffle(docs)

# %%
print(docs[:5])

# %% [markdown]
# ## Letters become numbers
#
# A model calculates, and it can't calculate with letters. Let's give each letter its place in the
# alphabet, counted from 0:

# %%
letters = sorted(set("".join(docs)))


def encode_draft(doc):
    return [letters.index(letter) for letter in doc]


print(encode_draft("emma"))

# %% [markdown]
# Something is missing. A model that only knows which letter follows which can't tell from this
# list that *emma* starts with an e, or that it's over after the a. Both matter, because few names
# start with x, and a great many end in n or a. We add one more symbol and put it at both ends. It's
# called **BOS**, for *beginning of sequence*. The end needs no symbol of its own, since the end of
# one name is where the next could begin. In pictures BOS is a dot, and *emma* becomes ·emma·.
#
# The 26 letters and BOS are our **tokens**, the pieces that the model reads and writes. A token's
# number is its **id**, and a **tokenizer** turns text into ids and back.
#
# The next cell holds the tokenizer of the finished program, written as a **class**. A class is a
# plan for making objects, which carry data and know what to do with it. `Tokenizer(docs)` makes one
# such object. To set it up, Python runs the function called `__init__`. Inside that function,
# `self` stands for the new object, and whatever is stored on `self` stays with it. The functions
# inside a class are its **methods**. When you later write `tokenizer.encode("emma")`, Python calls
# the method `encode` with the object `tokenizer` as `self`.

# %% tags=["piece"] piece="tokenizer.Tokenizer"

# %% [markdown]
# `__init__` collects every character that occurs in the documents, in alphabetical order. (A `set`
# keeps only one of each.) `ids` is a dictionary from each character to its number, and BOS gets the
# next free number. `encode` puts BOS before and after a document's ids. (The star spreads one list
# out inside another.) `characters_to_ids` looks up the ids. If it meets a character that it has
# never seen, it stops with an error that says so. `decode` turns ids back into text.
#
# You've just read a **piece of the program**. Every cell with a description in triple quotes holds
# one, word for word. Later lessons replace some of the pieces. This one will still be there when
# the GPT is finished. The description says what a function returns, and the brackets in it give a
# size. For instance, (characters + 2,) is a list with two more entries than the text has
# characters.

# %% tags=["main"]
tokenizer = Tokenizer(docs)

# %%
print(tokenizer.encode("emma"))
print(tokenizer.decode([26, 4, 12, 12, 0, 26]))
print(tokenizer.vocab_size, "tokens in the vocabulary; BOS is number", tokenizer.bos)

# %% [markdown]
# The set of all tokens is the **vocabulary**, and $V$ is its size. In a description, (V,) is a list
# of $V$ numbers, and (V, V) is a table with $V$ rows of $V$ numbers each.
#
# ## Counting pairs
#
# For each pair of tokens, the machine's table says how often the second came right after the first.
# We get it by counting, and with three short names you can do that by hand. In *ana*, *nan* and
# *anna*, how often is a followed by n?
#
# With a dot at each end they're ·ana·, ·nan· and ·anna·. Each of them contains *an* once, which
# makes three.
#
# Now do it in Python. From time to time a lesson asks you to build a piece before it shows you the
# program's version. Nothing further down needs yours. You can always skip ahead and come back.

# %% [markdown] exercise="train0.count_pairs" introduces="target token" kind="build it first" size="short" minutes="10"
# ### Count the pairs
#
# **Aim.** Turn a list of tokens into counted pairs.
#
# Write a function that adds the pairs of one document to a table. The table, `counts`, has one row
# for each token, and its entry `counts[token][target]` says how many times `target` came right
# after `token`. The document, `tokens`, is a list of ids with BOS at both ends. If there were only
# three tokens, with BOS as number 2, it could be `[2, 0, 1, 0, 2]`.
#
# **Done when** the check below says *right*.

# %% [markdown] tags=["hint"]
# The document `[2, 0, 1, 0, 2]` has four pairs. Which comes first, and which comes last?

# %% [markdown] tags=["hint"]
# Go through the positions `i`, and look at `tokens[i]` and `tokens[i + 1]`. Where does `i` have to
# stop?

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
# Nothing comes after the last token, which is why `i` has to stop one token earlier. The `- 1` sees
# to that.
#
# Common mistakes: `= 1` instead of `+= 1`, which counts every pair at most once; row and column the
# wrong way round; and a new table made inside the function, which loses the counts of earlier
# documents.

# %% [markdown]
# The program does it like this:

# %% tags=["piece"] piece="bigram.zero_counts bigram.count_pairs"

# %% [markdown]
# `zero_counts` makes an empty table, with a row of zeros for each token. In `count_pairs`, `zip`
# lays the tokens beside the same tokens shifted by one, and hands them out in pairs. From ·an· it
# makes ·a, an and n·. A pair of neighbours is called a **bigram**, and a model that knows only
# bigrams is called a bigram model.

# %%
tiny = Tokenizer(["ana", "nan", "anna"])  # a is 0, n is 1, BOS is 2
tiny_counts = zero_counts(tiny.vocab_size)
for name in ["ana", "nan", "anna"]:
    count_pairs(tiny_counts, tiny.encode(name))

print("     a  n  ·")
for label, row in zip("an·", tiny_counts):
    print(label, row)

# %%
from microgpt_ref.lab.train0 import show_pairs

show_pairs(["ana", "nan", "anna"], tiny_counts, tiny)

# %% [markdown]
# The first row says that a was followed three times by n, twice by the end of the name, and never
# by another a. Check the other two rows against the arcs before you go on.
#
# ## Drawing a name
#
# Divide a count by the sum of its row, and you get a **probability**. For the pair *an*, it's the
# share of all a's that were followed by n.

# %%
def probs_draft(row):
    return [count / sum(row) for count in row]


print("after a:", probs_draft(tiny_counts[0]))

# %% [markdown]
# The three numbers add up to 1, as probabilities do. The machine's bars show numbers like these. To
# make a name, start from BOS and draw the next token at random, with the probabilities in BOS's
# row. Go to the row of the token you drew, and draw again. When BOS comes up, the name is over.
# This is called **sampling**.

# %% tags=["piece"] piece="sampling.generate"

# %% [markdown]
# `rng.choices` does the drawing. A token with twice the weight comes up twice as often. To find the
# probabilities, `generate` calls a function that we hand it, `next_probs`. In Python you can hand
# over a function like any other value. That's why `generate` doesn't need to know what kind of
# model it draws from. It will still be here in the last lesson, when the model is a GPT.
# (`max_tokens` cuts off a name that doesn't end by itself. `prompt` lets you choose how a name
# begins, and that's for later.)
#
# Count a thousand names, and draw ten new ones:

# %%
first_counts = zero_counts(tokenizer.vocab_size)
for doc in docs[:1000]:
    count_pairs(first_counts, tokenizer.encode(doc))


def machine(token):
    return probs_draft(first_counts[token])


dice = random.Random(4)  # the seed of the machine above
for _ in range(10):
    print(tokenizer.decode(generate(machine, tokenizer.bos, 16, dice)))

# %% [markdown]
# You've built the machine from the top of the page, and it draws the names that this lesson began
# with. *Kerice* could pass for a name. *Sle* couldn't, and *rtereiak* is a cat on a keyboard.
#
# ## The loss
#
# How bad is it? "Kerice sounds fine" won't do. To improve a model we need a number, and to get one
# we turn the machine around. Instead of letting it write, we show it a real name and watch how
# surprised it is.
#
# Say the model gave a probability $p$ to the letter that really came next. If $p$ was 1, it saw the
# letter coming and isn't surprised at all. The smaller $p$ was, the bigger the surprise. We measure
# it as $-\ln p$, where $\ln$ is the natural logarithm. Drag $p$ to see how it behaves:

# %% tags=["hide-input"]

example("surprise")

# %% [markdown]
# Why do we take a logarithm, when $1 - p$ and $1/p$ also grow as $p$ shrinks? We want surprises to
# add up. To get the probability of a whole name, you multiply together the probabilities that the
# model gave to its tokens. A logarithm turns this product into a sum.

# %%
print(f"{1/2} · {1/4} = {1/2 * 1/4}")
print(f"-ln {1/2} = {-math.log(1/2):.4f}")
print(f"-ln {1/4} = {-math.log(1/4):.4f}")
print(f"-ln {1/8} = {-math.log(1/8):.4f}, the sum of the two above")

# %% [markdown]
# Average the surprises over a document, and you have the number that the rest of this course is
# about.
#
# > **The loss.** At each position the model gives some probability $p$ to the token that really
# > comes next. Its surprise there is $-\ln p$, measured in *nats*. It's 0 if the model was certain
# > and right; the less it expected the token, the larger it is. The loss is the mean surprise per
# > token. And $e^{\text{loss}}$ is the number of tokens that the model hesitates between. If it
# > gives each of $k$ tokens the probability $1/k$, its loss is $\ln k$.
#
# In books and papers this loss is called the **cross-entropy**, and $e^{\text{loss}}$ is called the
# **perplexity**. Every model in this course is judged by its loss. So are the models behind ChatGPT
# while they learn from text.
#
# ## A pair never seen
#
# Let's measure the loss of the model that has read *ana*, *nan* and *anna*. We show it a fourth
# name, *naan*, in which an a follows an a.

# %%
p = probs_draft(tiny_counts[0])[0]
print("p(a after a) =", p)
try:
    print("surprise =", -math.log(p))
except ValueError:
    print("surprise: -ln 0 is infinite, and Python refuses to compute it")

# %% [markdown]
# A single pair that the model has never seen makes its surprise infinite. The model had said
# *impossible*, and it was wrong. Three names can't show that a pair is impossible. They can only
# show that it hasn't come up yet.
#
# The cure is more than two hundred years old. Laplace's *rule of succession* tells us to count every
# pair *once more than we have seen it*.
#
# $$p(\text{next} \mid \text{token}) = \frac{\text{count} + 1}{\text{row sum} + V}$$
#
# The upright line means *given*, and the left side reads "the probability of the next token, given
# this one". Each of the $V$ counts in the row grows by one. That makes the sum of the row grow by
# $V$, which the code finds as `len(row)`.

# %% tags=["piece"] piece="bigram.bigram_probs"

# %%
after_a = bigram_probs(tiny_counts, 0)
print("after a:", after_a, "which add up to", sum(after_a))

# %% [markdown]
# Nothing is impossible any more, and the token that came up most often is still the most likely.
# Now the loss is safe to compute, and it's yours to write.

# %% [markdown] exercise="train0.loss" kind="build it first" size="short" minutes="10"
# ### The loss of a document
#
# **Aim.** Turn the definition of the loss into a few lines of Python.
#
# Write a function that returns the loss of one document, a single number in nats per token. Call
# `bigram_probs(counts, token)` to get the probabilities of whatever comes after `token`.
#
# **Done when** the check says *right*. After that, we work out the loss of *naan* by hand, and you
# can compare.

# %% [markdown] tags=["release"]
# > After that, we work out the loss of *naan* by hand, and you
# > can compare.

# %% [markdown] tags=["hint"]
# Take each pair of neighbours. Get the probabilities of what comes after the first, pick out the
# one that belongs to the second, and turn it into a surprise.

# %% [markdown] tags=["hint"]
# Collect the surprises in a list. How many of them does a document of five tokens have? Divide
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
# Common mistakes: the sum instead of the mean; dividing by `len(tokens)`, when there is one pair
# fewer than there are tokens; and taking the logarithm of the mean probability, which isn't the
# mean of the surprises.

# %% [markdown]
# The program's version computes the same number:

# %% tags=["piece"] piece="bigram.bigram_loss"

# %% [markdown]
# Let's check it by hand on *naan*. Its five pairs are ·n, na, aa, an and n·. With one added to each
# count, the little table gives them the probabilities 2/6, 4/8, 1/8, 4/8 and 2/8.

# %%
surprises = [-math.log(p) for p in [2 / 6, 4 / 8, 1 / 8, 4 / 8, 2 / 8]]
print([round(surprise, 4) for surprise in surprises])
print(f"by hand:     {sum(surprises) / 5:.4f} nats per token")
print(f"bigram_loss: {bigram_loss(tiny_counts, tiny.encode('naan')):.4f}")

# %%
from microgpt_ref.lab.train0 import show_surprises

show_surprises("naan", tiny_counts, tiny)

# %% [markdown]
# Four letters make five predictions, because the model also has to predict that the name ends. The
# pair aa, whose surprise was infinite a moment ago, is now the tallest bar and no more than that.
#
# ## Training
#
# Back to real names. Take a table that hasn't counted anything yet, and show it *emma*.
#
# **What do you expect?** It has seen nothing, and therefore it gives all 27 tokens the same
# probability. What's its loss?

# %% tags=["main"]
counts = zero_counts(tokenizer.vocab_size)

# %% tags=["reveal"] ask="the loss of emma, in nats" answer="empty" digits=4
empty = bigram_loss(counts, tokenizer.encode("emma"))
print(f"loss of an empty table: {empty:.4f}")

# %% [markdown]
# Every token has a probability of $1/27$, and the loss is $\ln 27$, whatever the name. Remember
# this number. Every model in this course starts out near it, and one that scores worse would do
# better to shrug.
#
# To **train** a model is to show it one document after another and let it change a little each
# time. One round is a **step**. At each step we note the loss first, and then we let the model
# learn. The other way round, we'd be asking it about something that it had been told a moment
# before.

# %% tags=["piece"] piece="training.train"

# %% [markdown]
# The loop knows nothing about counting. Like `generate`, it's given a function. `learn` takes a
# document's tokens, changes the model and returns the loss. The same loop can train the GPT in the
# last lesson, because only `learn` will be different. (`%` gives the remainder of a division. Once
# the loop has used the last document, this takes it back to the first. `rate` says how large the
# changes should be. Counting has no use for it, but the next lesson does. `report` is for anyone
# who wants to watch.) Our `learn` looks like this:

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
print("same table as the machine's:", counts == first_counts)

# %% [markdown]
# The first loss is that of the empty table. The second is *higher*. The first name says almost
# nothing about the second. It raised the probabilities of its own pairs, and that lowered the
# probabilities of all the other pairs in the same rows. Learning can make things worse before it
# makes them better.
#
# Single losses jump about, because some names are odd. Their average tells the story:

# %%
from microgpt_ref.lab.figures import loss_curve

loss_curve(losses, "train0", reference=("an empty table, ln 27", math.log(27)))

# %% [markdown]
# The first two hundred names teach the table most of what it will ever know. The other eight
# hundred add a little.
#
# ## What it has learned
#
# This model consists of its table of counts and nothing else. We can look at everything it knows:

# %%
from microgpt_ref.lab.figures import count_heatmap

count_heatmap(counts, tokenizer)

# %% [markdown]
# Take a minute with it. The last row shows how names begin, and the last column how they end. The
# darkest square, n·, counts the names that end in n. Find the row of q, which is almost empty. Then
# find the vowels, whose columns are dark stripes, because nearly every letter can be followed by
# one.
#
# **What do you expect?** After which letter is the model surest of what comes next, and what
# probability does it give its favourite? (In the cell below, `lambda target: probs[target]` is a
# small function without a name. It takes a target and returns its probability, which is the `key`
# by which `max` compares the targets. `map(favourite, range(27))` calls `favourite` once for each
# token, and `sorted` compares the results by their first entry, the probability.)

# %%
def favourite(token):
    probs = bigram_probs(counts, token)
    best = max(range(len(probs)), key=lambda target: probs[target])
    letter, follower = tokenizer.decode([token]), tokenizer.decode([best])
    times = sum(counts[token])
    return probs[best], letter or "·", follower or "·", times  # BOS decodes to ""

# %% tags=["reveal"] ask=["it is surest after", "with a probability of"] answer=["surest[0][1]", "surest[0][0]"] digits=2
surest = sorted(map(favourite, range(27)), reverse=True)
for p, letter, follower, _ in surest[:3]:
    print(f"after {letter} comes {follower} with probability {p:.2f}")

# %% [markdown]
# Did you think of u after q? In English words you'd be right. Look at the counts:

# %%
for pair in ["ja", "qu"]:
    first, then = tokenizer.encode(pair)[1:3]  # without the BOS at both ends
    row = counts[first]
    seen = [t for t in range(27) if row[t] > 0]
    print(f"after {pair[0]}:", {tokenizer.decode([t]) or "·": row[t] for t in seen})
    p = bigram_probs(counts, first)[then]
    print(f"p({pair[1]} after {pair[0]}) = ", end="")
    print(f"({row[then]} + 1) / ({sum(row)} + 27) = {p:.2f}")

# %% [markdown]
# A thousand names have hardly any q in them, and the 27 counts that we added drown the few real
# ones. The cure for *impossible* has a price, and rare letters pay it. With a model this small you
# can always find out why it answers as it does. With a large one, even experts struggle to.
# Remember that when we get there.
#
# Look up some other letters. Where is the model least sure? In other words, after which letter is
# the tallest bar at its lowest?

# %% tags=["live"]
from microgpt_ref.lab.train0 import show_followers
from microgpt_ref.lab.widgets import choice, play

play(
    "After which letter is the tallest bar lowest?",
    lambda letter: show_followers(counts, tokenizer, letter),
    letter=choice("after", [*tokenizer.characters, "·"], "a"),
)

# %% tags=["reveal"] ask="it is least sure after" answer="unsure[0][1]"
unsure = sorted(map(favourite, range(27)))
for p, letter, follower, times in unsure[:3]:
    print(f"after {letter} comes {follower} with probability {p:.2f}", end="")
    print(f" ({letter} was seen {times} times)")

# %% [markdown]
# x and f are rare. The 27 counts that we added flatten their rows, just as they flattened q's, and
# the model is unsure because it has seen too little. The dot is another matter. It stands for the
# beginning of a name, and the model has seen a thousand of those. It's still unsure, because names
# really do begin with all sorts of letters. More names would cure the first kind of doubt. Nothing
# cures the second.
#
# Now let the model read. The last name of the whole list is *zzyzx*, and it isn't among the
# thousand:

# %%
show_surprises("zzyzx", counts, tokenizer)

# %% [markdown]
# Its loss is higher than that of the empty table. On this name, the model would have done better to
# shrug. How surprised is it by yours?

# %% tags=["live"]
from microgpt_ref.lab.train0 import show_your_name
from microgpt_ref.lab.widgets import play, text

play(
    "Which letter of your name surprises the model most?",
    lambda name: show_your_name(name, counts, tokenizer),
    name=text("your name", "matthew"),
)

# %% [markdown]
# ## A fair test
#
# So far, each loss has come from a single name, while the model was still changing. To compare
# models, we test the finished one on names that it hasn't learned from. On a name that it *has*
# seen, a low loss could mean that it knows the name by heart, like a student who has seen the exam.
# That's why we keep 300 names out of training. The mean loss per token on such **held-out** names
# is the score by which all our models are compared.

# %% tags=["piece"] piece="training.evaluate"

# %% [markdown]
# `loss` is a function here, as `learn` was in `train`. It returns a mean per token. `evaluate`
# multiplies that by the number of predictions, adds everything up, and divides once at the end.
# That way every token counts the same, whether its name is long or short.

# %% tags=["main"]
held_out = docs[1000:1300]
loss = evaluate(lambda tokens: bigram_loss(counts, tokens), held_out, tokenizer)
print(f"held-out loss: {loss:.4f} nats per token")

# %% [markdown]
# **What do you expect?** Before training, the model hesitated between 27 tokens. Between how many
# does it hesitate now?

# %% tags=["reveal"] ask="how many tokens it hesitates between" answer="math.exp(loss)" digits=2
print(f"{math.exp(loss):.2f} tokens")

# %% [markdown]
# Counting alone brought the number from 27 down to about twelve. Everything else in this course,
# with all its machinery, will bring it down to between ten and eleven. That sounds like a
# disappointment, but it isn't one. Names are short and often arbitrary, and nobody can know whether
# *mar* goes on to be Mary, Mark or Marvin. A small step in the loss is a large step for the ear, as
# you'll hear.
#
# We have to admit one thing. We held back rows of the list, and a name that was given to both girls
# and boys appears in two rows:

# %%
leaked = sorted(set(held_out) & set(docs[:1000]))
print(leaked, "are held out, and also training names")
clean = [doc for doc in held_out if doc not in leaked]
without = evaluate(lambda tokens: bigram_loss(counts, tokens), clean, tokenizer)
print(f"held-out loss without them: {without:.4f}")

# %% [markdown]
# Two out of 300 hardly move the score. We leave them in, and say so.
#
# ## Twenty new names
#
# Now the finished model writes. From here on, every lesson invents twenty names this way, so that
# you can hear the difference.

# %% tags=["main"]
def next_probs(token):
    return bigram_probs(counts, token)


names = [tokenizer.decode(generate(next_probs, tokenizer.bos, 16, rng)) for _ in range(20)]
print("\n".join(names))

# %% [markdown]
# *Torile* and *xiesa* sound like somebody. *Ffrijneriawarler* doesn't. It ran on until we cut it
# off at 16 letters, and so did two others. Pair by pair, nearly everything that the model writes is
# plausible. A whole name often isn't.
#
# And *cqkolynn*? Look it up:

# %%
for pair in ["cq", "qk"]:
    first, then = tokenizer.encode(pair)[1:3]
    print(f"{pair} was counted {counts[first][then]} times")

# %% [markdown]
# Neither pair was ever seen. They could come up only because we add one to every count. We promised
# that nothing would be impossible, and now and then the model takes us at our word.
#
# **What do you expect?** Some of the twenty are real names. How many? And how many of those did the
# model copy from its thousand training names?

# %% tags=["reveal"] ask=["real names among the twenty", "of these, copied"] answer=["len(real)", "copied"] digits=0
known, learned = set(docs), set(docs[:1000])
real = [name for name in names if name in known]
print(len(real), "of 20 are in the whole list:", real)
copied = sum(name in learned for name in real)
print(copied, "of these are among the thousand that it learned from")

# %% [markdown]
# It copied none. By putting pairs together, it found real names that it had never been shown.
#
# ## What one letter can't know
#
# Ask the model how likely a name is to end after *n*, after *an*, and after *madisonnn*:

# %%
def end_after(begun):
    last_letter = tokenizer.encode(begun)[-2]  # after it comes BOS
    return bigram_probs(counts, last_letter)[tokenizer.bos]


for begun in ["n", "an", "madisonnn"]:
    print(f"p(the name ends after {begun}) = {end_after(begun):.4f}")

# %% [markdown]
# The model gives the same number three times. It forgets everything but the last letter, and no
# amount of counting will cure that.
#
# Then why not give the table a row for each *pair* of letters, or for each triple? Such a table
# does see further back. But how much of it would we ever fill? This time, count the whole list, all
# 32,000 names:

# %%
dotted = ["·" * 3 + doc + "·" for doc in docs]  # room for a memory of three
for memory in [1, 2, 3]:
    size = 27 ** (memory + 1)
    met = set()  # every stretch of letters that occurs, kept once
    for name in dotted:
        met |= {name[i - memory : i + 1] for i in range(3, len(name))}
    print(f"memory {memory}: {size:7,} counts, {len(met) / size:4.0%} ever seen")

# %% [markdown]
# With a memory of three letters, the table has half a million entries, and 95 in 100 stay empty.
# Every further letter makes it 27 times as large. And its rows are strangers to one another.
# Whatever the table has counted after *emm* doesn't help it after *amm*. You can see that the two
# are alike. A table can't, because *alike* isn't something that it can count. We need a model that
# knows when two situations are alike.
#
# ## What to remember
#
# - Text is cut into tokens. BOS marks where a document begins and ends.
# - A language model gives every possible next token a probability. Drawing from these
#   probabilities, again and again, writes new text.
# - The loss is the mean surprise, $-\ln p$, per token. $e^{\text{loss}}$ says how many tokens the
#   model hesitates between. Knowing nothing costs $\ln V$.
# - A model must never say *impossible*. A single zero makes the loss infinite.
# - Training repeats one step. It takes a document, notes the loss and changes the model a little.
# - Models are compared on documents that they haven't learned from. The score to beat is 2.4756
#   nats per token, or about twelve tokens to hesitate between.

# %% [markdown]
# ## Questions
#
# Open the answer that you think is right. It tells you whether you chose well, and why.

# %% [markdown] tags=["question"] question="train0.predictions"
# A name has five letters. How many predictions does the model make for it?
#
# - [ ] 5 :: Each letter is predicted once, the first of them from BOS. What comes after the last?
# - [x] 6 :: Five letters and the end. The BOS at the beginning is given, not predicted.
# - [ ] 7 :: There are seven tokens, but the first of them has nothing before it.

# %% [markdown] tags=["question"] question="train0.one_tenth"
# A model gives the right token a probability of 1/10 every time. What is its loss?
#
# - [ ] 0.1 nats :: That's the probability. Its surprise is -ln 0.1, and the loss is the mean
#   surprise.
# - [x] 2.3026 nats :: The surprise is ln 10 at every token, so the mean is ln 10 too.
# - [ ] 10 nats :: It hesitates between ten tokens, and the loss is the logarithm of that.
# - [ ] 1 nat :: That would be the logarithm to base 10. Nats come from the natural logarithm.

# %% [markdown] tags=["question"] question="train0.add_one"
# One token followed another 3 times, and the 27 counts in the row add up to 9. What probability
# does the model give this pair?
#
# - [ ] 3/9 :: That's the share of what was seen, before one is added to every count.
# - [ ] 4/10 :: All 27 counts grow by one, not only this one.
# - [x] 4/36 :: One more for the pair, and 27 more for the row.
# - [ ] 3/36 :: The pair's own count grows by one as well.

# %% [markdown] tags=["question"] question="train0.order"
# Why do we note the loss of a document before we count its pairs?
#
# - [ ] It's faster :: Both ways take the same time.
# - [x] Otherwise we'd test the model on what it has just been told :: It would look better than it
#   is, most of all on odd names, whose pairs it hadn't seen anywhere else.
# - [ ] Otherwise a count could be 0 :: We add one to each count, so a 0 does no harm.

# %% [markdown] tags=["question"] question="train0.no_shuffle"
# Which names would we train on if we took the first thousand of the list without shuffling?
#
# - [ ] A fair sample of all names :: The list is in order: girls by number of births, then boys.
# - [x] The most frequent girls' names :: And we would test on the 300 girls' names after them.
# - [ ] Names that begin with a :: Only names given equally often are in alphabetical order.

# %% [markdown] tags=["question"] question="train0.memory"
# How many counts does a table with a memory of two tokens have, if there are 27 tokens?
#
# - [ ] 729 :: That's 27 · 27, the table with a memory of one.
# - [ ] 1,458 :: Twice as many would be two tables. Here there is one row for each pair.
# - [x] 19,683 :: 27 · 27 rows of 27 counts.

# %% [markdown]
# ## Exercises
#
# Each exercise says what it's for, how long it takes, and when you're done. Write in its cell, then
# run the check below it. Hints are folded under each task, and the solutions are in the last part
# of the book. The points only matter if you take this course in a class.

# %% [markdown] exercise="train0.by_hand" kind="by hand" size="short" minutes="10"
# ### A surprise on paper
#
# **Aim.** Get from names to a surprise without a computer, for once.
#
# A model has counted two names, *bob* and *bo*. Its tokens are b, o and BOS. Write down its table
# of counts, and add one to each count. Now show it the name *bb*. What is its surprise, in nats, at
# the second letter, the b that comes after b?
#
# **Done when** your number is in the cell below, with at least three decimals, and the check says
# *right*. (You may leave the last step to `math.log`.)

# %% [markdown] tags=["hint"]
# The pairs are ·b, bo, ob, b· and ·b, bo, o·. You only need the row of b.

# %% tags=["exercise"]
my_surprise = ...

# %% tags=["solution"]
my_surprise = math.log(6)

# %% tags=["check"]
check("train0.by_hand", my_surprise)

# %% [markdown] tags=["solution"]
# The letter b was never followed by another b. It was followed twice by o and once by the end of
# the name, which makes its row 0, 2, 1.
# Adding one to each count makes it 1, 3, 2, and the probability of b is $1/6$. Its surprise is
# $-\ln \frac16 = \ln 6$, about 1.792.

# %% [markdown] exercise="train0.trigram" kind="go further" size="longer" minutes="30" points="4"
# ### A memory of two
#
# **Aim.** Make the table look one token further back, and see what that gains and what it costs.
#
# Write `trigram_probs(documents, vocab_size, before, token)`. It returns a list of `vocab_size`
# probabilities, one for each token that may come after `before` and `token`, in this order.
# `documents` is a list of lists of tokens, each with BOS at both ends, and BOS is the last id, that
# is, `vocab_size - 1`. The first letter of a document has only one BOS before it. Pretend that
# there are two. Add one to each count, as in the lesson, and leave `documents` unchanged.
#
# Then compute the held-out loss of such a table after 1,000 names. Is it better than the lesson's?
# Now let it count all rows of the list except the held-out ones, and compare it with the lesson's
# table again.
#
# **Done when** the check says *right*, and you can say in one sentence where the new table is
# better and where it's worse.

# %% [markdown] tags=["release"]
# > Add one to each count, as in the lesson, and
#
# Add one to each count, as `bigram_probs` does, and
#
# > Is it better than the lesson's?
#
# Is it better than that of a table of pairs, which `count_pairs` and
# `bigram_loss` give you?
#
# > compare it with the lesson's
# > table again.
#
# compare it with the table of pairs again.

# %% [markdown] tags=["hint"]
# Put one more BOS in front of each document, and go through its tokens three at a time. (Your
# function reads all documents at each call. For the long list, count once, into a table with one
# row for each pair.)

# %% [markdown] tags=["hint"]
# `zip` takes three lists as readily as two. Count only the triples that begin with `before, token`.

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
# `row` starts with ones, which means that nothing has to be added later.
#
# After a thousand names the larger table is *worse* than the smaller one. Most of its rows have
# counted fewer than ten letters, if any, and the 27 extra counts drown them. After all the other
# names it's much better. (Take that with a grain of salt. The lesson's smaller table gets better
# with more names, too. And a name may be in two rows. The more of the list a table learns from, the
# more of the held-out names it has seen. The next exercise is about this.)
#
# Common mistakes: the two tokens in the wrong order; the first letter forgotten, because one BOS
# alone doesn't make a triple there; one added to the counts but not to their sum.

# %% [markdown] exercise="train0.split_by_name" kind="go further" size="longer" minutes="20" points="3"
# ### A split without leaks
#
# **Aim.** Hold back names instead of rows, so that the model is never tested on a name that it has
# seen.
#
# Write `split_by_name(docs, share, rng)`. It returns two lists of rows: those to train on, and
# those to hold out. All rows of a name are in the same list, repeats included, and no row gets
# lost. The second list holds `share` of the different names, to within one name, and `rng` chooses
# them at random. `docs` itself stays unchanged.
#
# **Done when** the check says *right*.

# %% [markdown] tags=["hint"]
# First make a list in which every name appears once. Which half of the work is done on that list,
# and which half on the rows?

# %% [markdown] tags=["hint"]
# You can't rely on the order of a `set`. Sort what comes out of it before `rng.shuffle` mixes it.

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
# Shuffle the names first and cut their list in two. Then each row follows its name.
#
# Common mistakes: shuffling and cutting the rows, so that a repeat leaks; dropping the repeats
# altogether; shuffling the `set` unsorted, which gives a different split each time Python starts.

# %% [markdown] exercise="train0.interpolated" kind="go further" size="longer" minutes="25" points="3"
# ### Instead of adding one
#
# **Aim.** Meet another cure for pairs never seen, in which a humbler model gives part of the
# answer.
#
# Write `interpolated_probs(counts, token, weight)`. Its probabilities are a mixture of two models.
# The first says how often each target came after `token`, as a share of that row, with nothing
# added. The second says how often each target came up anywhere, as a share of the whole table. The
# first is multiplied by `weight`, the second by `1 - weight`, and the two are added up. If nothing
# ever came after `token`, the second model answers alone.
#
# Try it on the held-out names with weights of 0.5, 0.8, 0.9, 0.95 and 0.99. Does it beat the table
# with one added to each count?
#
# **Done when** the check says *right*, and you know the best of the five weights.

# %% [markdown] tags=["hint"]
# To find how often a target came up anywhere, add up one column of the table.

# %% [markdown] tags=["hint"]
# The probabilities must add up to 1, whatever the weight. Print their sum for some token.

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
# Near a weight of 0.9 the mixture does a little better than adding one, which scored 2.4756,
# because 27 extra counts no longer drown the counts of rare tokens. Far from 0.9 it does worse. And
# with a weight of 1, a single pair never seen would make the loss infinite, as it did at first.
#
# (If you use the held-out names to choose the weight, you've learned a little from them. If you had
# many more weights to try, you would hold back a second list and choose the weight on that one.)
#
# Common mistakes: adding up rows where you need columns; adding one here as well.

# %% [markdown] exercise="train0.no_shuffle" kind="break and explain" size="short" minutes="15"
# ### Without the shuffle
#
# **Aim.** See what the order of the data does to a score.
#
# Train a fresh table on the first 1,000 rows of `load_docs("ssa2018")`, unshuffled. Compute its
# loss on two lists: rows 1,000 to 1,299 of that same unshuffled list, and our `held_out`. **What do
# you expect?** Which loss will be lower? Explain the difference in two or three sentences.
#
# **Done when** you have both numbers, and an explanation that would convince someone who has read
# this lesson.

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
# The loss on the next rows of the same list is lower, but it's misleading. Those rows are more
# girls' names of the same kind, and many of them end in a. On a fair sample of all names, the same
# table does worse. A held-out list only tells you about data like itself.

# %% [markdown] exercise="train0.own_data" kind="open" size="project" minutes="60"
# ### Names of your own
#
# **Aim.** Do everything in this lesson with words that you care about.
#
# Find a list with one item per line: towns, plants, song titles, words of another language. Save it
# as a text file in UTF-8, and read it with `load_docs("path/to/file.txt")`. How large is $V$, and
# what would it cost to know nothing? Train a table on most of the list, test it on the rest, and
# invent twenty more items.
#
# **Done when** you can say by how much your table beats knowing nothing, which invented item you
# like best, whether your data was harder to predict than names, and why.

# %% [markdown] tags=["hint"]
# Capital letters and accented letters count as separate tokens. `doc.lower()` may halve your
# vocabulary.

# %% [markdown] tags=["exercise"]
# *What you found:*

# %% [markdown] tags=["solution"]
# There's no single right answer. A good report gives the size of the vocabulary and $\ln V$. It
# says how many items you trained on and how many you held back. It gives the loss in training and
# the loss on the items held back, each also as $e^{\text{loss}}$. And it looks into the table for
# the rows that make the difference. Short lists with many different characters suffer most from
# adding one. Try the mixture from the exercise above on them.

# %% tags=["check"]
summary("train0")

# %% [markdown]
# ## What you have built
#
# Here is your program in miniature, one bar per line. Every lesson ends with a map like this, which
# shows what it adds.

# %% tags=["hide-input"]
from microgpt_ref.lab.figures import program_map

program_map("train0")

# %% [markdown]
# **What still hurts.** A table that looks further back is empty almost everywhere, and its rows
# can't learn from each other. Something better will have to learn in another way. It could start
# with any old numbers and nudge them, a little at a time, until the loss goes down. Before we build
# anything larger, let's try that on the table we know. *Can the table be learned?* That's
# the question of [train1](train1.ipynb).

"""Answers to the exercises of train0, written without sight of its checks."""

import itertools
import math
import random
import statistics
from collections import Counter
from fractions import Fraction

from microgpt_ref.bigram import bigram_probs, count_pairs
from tests.bank import right, wrong

# train0.count_pairs


@wrong(
    "train0.count_pairs",
    "Sets the count to 1 instead of adding 1",
    says="A pair that comes twice has to be counted twice:",
)
def pairs_set_to_one(counts, tokens):
    for i in range(len(tokens) - 1):
        counts[tokens[i]][tokens[i + 1]] = 1


@wrong("train0.count_pairs", "Row and column swapped", says="The pairs are turned round: take")
def pairs_swapped(counts, tokens):
    for i in range(len(tokens) - 1):
        counts[tokens[i + 1]][tokens[i]] += 1


@wrong(
    "train0.count_pairs",
    "Stops one pair too early, so the end of the name isn't counted",
    says="The last pair, letter and end,",
)
def pairs_without_last(counts, tokens):
    for i in range(len(tokens) - 2):
        counts[tokens[i]][tokens[i + 1]] += 1


@wrong(
    "train0.count_pairs",
    "Begins at the first letter, so the pair of BOS and it is missing",
    says="The first pair, beginning and letter,",
)
def pairs_without_first(counts, tokens):
    for i in range(1, len(tokens) - 1):
        counts[tokens[i]][tokens[i + 1]] += 1


@wrong(
    "train0.count_pairs",
    "Goes through all tokens, and runs past the end",
    says="An index runs past the end",
)
def pairs_past_end(counts, tokens):
    for i in range(len(tokens)):
        counts[tokens[i]][tokens[i + 1]] += 1


@wrong(
    "train0.count_pairs",
    "tokens[-1] at i = 0: a pair of BOS and BOS is counted",
    says="A pair of BOS and BOS",
)
def pairs_wrapped(counts, tokens):
    for i in range(len(tokens)):
        counts[tokens[i - 1]][tokens[i]] += 1


@wrong(
    "train0.count_pairs",
    "Adds the ends a second time, though they are there already",
    says="The ends are added a second",
)
def pairs_with_more_ends(counts, tokens):
    bos = len(counts) - 1
    ended = [bos] + tokens + [bos]
    for token, target in zip(ended, ended[1:]):
        counts[token][target] += 1


@wrong(
    "train0.count_pairs",
    "Counts every later token, not the next one only",
    says="Every later token is counted: only",
)
def pairs_of_all_later(counts, tokens):
    for i in range(len(tokens)):
        for j in range(i + 1, len(tokens)):
            counts[tokens[i]][tokens[j]] += 1


@wrong(
    "train0.count_pairs",
    "Cuts the tokens into twos, so every second pair is missing",
    says="Every second pair is missing: a",
)
def pairs_by_twos(counts, tokens):
    for i in range(0, len(tokens) - 1, 2):
        counts[tokens[i]][tokens[i + 1]] += 1


@wrong(
    "train0.count_pairs",
    "Finds the position with index, which gives the first one each time",
    says="`tokens.index` gives the first place of",
)
def pairs_by_index(counts, tokens):
    for token in tokens[:-1]:
        target = tokens[tokens.index(token) + 1]
        counts[token][target] += 1


@wrong(
    "train0.count_pairs",
    "A set of pairs: one that occurs twice in a name is counted once",
    says="A pair that comes twice has to be counted twice.",
)
def pairs_as_set(counts, tokens):
    for token, target in set(zip(tokens, tokens[1:])):
        counts[token][target] += 1


@wrong(
    "train0.count_pairs",
    "Adds to a copy and returns it; the table itself stays as it was",
    says="Change `counts` itself: counts[token][target] += 1.",
)
def pairs_in_copy(counts, tokens):
    new = [row[:] for row in counts]
    for token, target in zip(tokens, tokens[1:]):
        new[token][target] += 1
    return new


@wrong(
    "train0.count_pairs",
    "Empties the table first, so earlier documents are forgotten",
    says="What the table held before is",
)
def pairs_from_zero(counts, tokens):
    for row in counts:
        for j in range(len(row)):
            row[j] = 0
    for token, target in zip(tokens, tokens[1:]):
        counts[token][target] += 1


@wrong("train0.count_pairs", "Takes BOS for 26 whatever the vocabulary")
def pairs_with_bos_26(counts, tokens):
    last = 26
    for token in tokens[1:]:
        counts[last][token] += 1
        last = token


@wrong("train0.count_pairs", "Leaves out doubled letters", says="A token that follows itself is")
def pairs_without_doubles(counts, tokens):
    for token, target in zip(tokens, tokens[1:]):
        if token != target:
            counts[token][target] += 1


@right("train0.count_pairs")
def pairs_by_memory(counts, tokens):
    last = None
    for token in tokens:
        if last is not None:
            counts[last][token] += 1
        last = token


@right("train0.count_pairs")
def pairs_by_counter(counts, tokens):
    for (token, target), times in Counter(itertools.pairwise(tokens)).items():
        counts[token][target] += times


@right("train0.count_pairs")
def pairs_from_behind(counts, tokens):
    i = len(tokens) - 1
    while i > 0:
        row = counts[tokens[i - 1]]
        row[tokens[i]] = row[tokens[i]] + 1
        i -= 1


# train0.loss


@wrong("train0.loss", "The sum of the surprises, not their mean", says="This is the sum: the loss")
def loss_summed(counts, tokens):
    surprise = 0.0
    for token, target in zip(tokens, tokens[1:]):
        surprise -= math.log(bigram_probs(counts, token)[target])
    return surprise


@wrong(
    "train0.loss",
    "Divides by the number of tokens, not of predictions",
    says="This divides by the number of tokens",
)
def loss_by_tokens(counts, tokens):
    surprise = 0.0
    for token, target in zip(tokens, tokens[1:]):
        surprise -= math.log(bigram_probs(counts, token)[target])
    return surprise / len(tokens)


@wrong(
    "train0.loss",
    "Divides by the number of letters, and forgets that the end is predicted",
    says="This divides by the number of letters",
)
def loss_by_letters(counts, tokens):
    surprise = 0.0
    for token, target in zip(tokens, tokens[1:]):
        surprise -= math.log(bigram_probs(counts, token)[target])
    return surprise / (len(tokens) - 2)


@wrong("train0.loss", "The minus sign is missing", says="The sign is the wrong way")
def loss_negative(counts, tokens):
    logs = [math.log(bigram_probs(counts, a)[b]) for a, b in zip(tokens, tokens[1:])]
    return sum(logs) / len(logs)


@wrong("train0.loss", "The logarithm to base 2: bits, not nats", says="The logarithm is to base 2;")
def loss_in_bits(counts, tokens):
    bits = [-math.log2(bigram_probs(counts, a)[b]) for a, b in zip(tokens, tokens[1:])]
    return sum(bits) / len(bits)


@wrong(
    "train0.loss",
    "The mean of the probabilities first, then one surprise",
    says="This is -ln of the mean",
)
def loss_of_mean_probability(counts, tokens):
    probs = [bigram_probs(counts, a)[b] for a, b in zip(tokens, tokens[1:])]
    return -math.log(sum(probs) / len(probs))


@wrong(
    "train0.loss",
    "The probability of the earlier token after the later one",
    says="The row is that of the",
)
def loss_backwards(counts, tokens):
    surprises = [-math.log(bigram_probs(counts, b)[a]) for a, b in zip(tokens, tokens[1:])]
    return sum(surprises) / len(surprises)


@wrong(
    "train0.loss",
    "The share of the row as counted, without the one more",
    says="One was not added to each",
)
def loss_of_bare_counts(counts, tokens):
    surprise = 0.0
    for token, target in zip(tokens, tokens[1:]):
        surprise += -math.log(counts[token][target] / sum(counts[token]))
    return surprise / (len(tokens) - 1)


@wrong("train0.loss", "The end of the name isn't predicted", says="The last pair, letter and end,")
def loss_without_end(counts, tokens):
    surprises = []
    for i in range(len(tokens) - 2):
        surprises.append(-math.log(bigram_probs(counts, tokens[i])[tokens[i + 1]]))
    return sum(surprises) / len(surprises)


@wrong(
    "train0.loss",
    "Returns inside the loop, after the first pair",
    says="Only the first pair's surprise is",
)
def loss_of_first_pair(counts, tokens):
    surprise = 0.0
    for token, target in zip(tokens, tokens[1:]):
        surprise += -math.log(bigram_probs(counts, token)[target])
        return surprise / (len(tokens) - 1)


@wrong(
    "train0.loss",
    "Counts the pairs first, and is marked on what it has just been told",
    says="Make a new list, or work",
)
def loss_after_counting(counts, tokens):
    count_pairs(counts, tokens)
    surprise = 0.0
    for token, target in zip(tokens, tokens[1:]):
        surprise += -math.log(bigram_probs(counts, token)[target])
    return surprise / (len(tokens) - 1)


@wrong(
    "train0.loss",
    "The mean surprise over all tokens that might have come, weighted by p",
    says="This is the surprise that the",
)
def loss_as_entropy(counts, tokens):
    surprise = 0.0
    for token in tokens[:-1]:
        surprise += sum(-p * math.log(p) for p in bigram_probs(counts, token))
    return surprise / (len(tokens) - 1)


@wrong(
    "train0.loss",
    "e to the power of the loss: the number of letters it hesitates between",
    says="This is e to the power",
)
def loss_as_letters(counts, tokens):
    surprises = [-math.log(bigram_probs(counts, a)[b]) for a, b in zip(tokens, tokens[1:])]
    return math.exp(sum(surprises) / len(surprises))


@wrong("train0.loss", "1 - p as the surprise", says="This takes 1 - p for")
def loss_of_missing_probability(counts, tokens):
    missing = [1 - bigram_probs(counts, a)[b] for a, b in zip(tokens, tokens[1:])]
    return sum(missing) / len(missing)


@wrong(
    "train0.loss",
    "Gives the list of surprises, not one number",
    says="These are all the surprises: the",
)
def loss_as_list(counts, tokens):
    return [-math.log(bigram_probs(counts, a)[b]) for a, b in zip(tokens, tokens[1:])]


@right("train0.loss")
def loss_of_two_logarithms(counts, tokens):
    size = len(counts)
    return statistics.fmean(
        math.log(sum(counts[a]) + size) - math.log(counts[a][b] + 1)
        for a, b in itertools.pairwise(tokens)
    )


@right("train0.loss")
def loss_as_running_mean(counts, tokens):
    mean = 0.0
    for i in range(1, len(tokens)):
        p = bigram_probs(counts, tokens[i - 1])[tokens[i]]
        mean += (math.log(1 / p) - mean) / i
    return mean


# train0.by_hand: the row of b is b 0, o 2, BOS 1, so p = 1/6

wrong(
    "train0.by_hand",
    "The probability, not the surprise",
    says="That is the probability: the surprise",
)(1 / 6)
wrong("train0.by_hand", "The sign is wrong", says="That is ln p: the surprise")(-1.7918)
wrong("train0.by_hand", "The logarithm to base 2", says="You take the logarithm to base")(2.585)
wrong("train0.by_hand", "The logarithm to base 10", says="You take the logarithm to base")(0.7782)
wrong(
    "train0.by_hand",
    "One is added to the pair, but nothing to the row: 1/3",
    says="You divide by the sum of",
)(math.log(3))
wrong("train0.by_hand", "The row gains 1 only, not 3: 1/4", says="The sum gains one for each")(
    1.3863
)
wrong("train0.by_hand", "BOS forgotten as a token: 1/5", says="The sum gains one for each")(1.6094)
wrong(
    "train0.by_hand", "27 extra counts, as for real names: 1/30", says="Here are 3 tokens, not 27:"
)(3.4012)
wrong("train0.by_hand", "The b that comes after BOS: 3/5", says="That is the surprise at the")(
    0.5108
)
wrong(
    "train0.by_hand",
    "The loss of all of bb: the mean of ln(5/3), ln 6 and ln 3",
    says="That is the mean over all",
)(1.1337)
wrong("train0.by_hand", "The o after b in place of the b: 3/6", says="That is the surprise at an")(
    math.log(2)
)
wrong(
    "train0.by_hand",
    "Rounded to one decimal, where three are asked for",
    says="The number was rounded: keep more",
)(1.8)
wrong("train0.by_hand", "Nothing added: a surprise without end", says="One was not added: with it")(
    math.inf
)
right("train0.by_hand")(1.792)
right("train0.by_hand")(-math.log(1 / 6))

# train0.trigram


@wrong(
    "train0.trigram",
    "Doesn't pretend that there is a second BOS at the front",
    says="The first letter of a document",
)
def trigram_without_second_bos(documents, vocab_size, before, token):
    counts = [0] * vocab_size
    for doc in documents:
        for a, b, c in zip(doc, doc[1:], doc[2:]):
            if (a, b) == (before, token):
                counts[c] += 1
    return [(count + 1) / (sum(counts) + vocab_size) for count in counts]


@wrong(
    "train0.trigram",
    "Puts two more BOS in front: then BOS follows two BOS",
    says="begins with two, not with three",
)
def trigram_with_third_bos(documents, vocab_size, before, token):
    bos = vocab_size - 1
    counts = [0] * vocab_size
    for doc in documents:
        doc = [bos, bos] + doc
        for a, b, c in zip(doc, doc[1:], doc[2:]):
            if a == before and b == token:
                counts[c] += 1
    return [(count + 1) / (sum(counts) + vocab_size) for count in counts]


@wrong("train0.trigram", "One more BOS at the end too", says="A document ends with its BOS")
def trigram_with_bos_at_end(documents, vocab_size, before, token):
    bos = vocab_size - 1
    counts = [0] * vocab_size
    for doc in documents:
        doc = [bos] + doc + [bos]
        for a, b, c in zip(doc, doc[1:], doc[2:]):
            if a == before and b == token:
                counts[c] += 1
    return [(count + 1) / (sum(counts) + vocab_size) for count in counts]


@wrong(
    "train0.trigram",
    "Strings all documents together, and counts triples across their borders",
    says="Documents are strung together: no three",
)
def trigram_across_borders(documents, vocab_size, before, token):
    text = []
    for doc in documents:
        text += [vocab_size - 1] + doc
    counts = [0] * vocab_size
    for i in range(2, len(text)):
        if text[i - 2] == before and text[i - 1] == token:
            counts[text[i]] += 1
    return [(count + 1) / (sum(counts) + vocab_size) for count in counts]


@wrong("train0.trigram", "before and token swapped", says="The two tokens are taken in")
def trigram_swapped(documents, vocab_size, before, token):
    counts = [0] * vocab_size
    for doc in documents:
        doc = [vocab_size - 1] + doc
        for a, b, c in zip(doc, doc[1:], doc[2:]):
            if a == token and b == before:
                counts[c] += 1
    return [(count + 1) / (sum(counts) + vocab_size) for count in counts]


@wrong("train0.trigram", "Divides by the row sum plus 1", says="The sum gains one for each")
def trigram_plus_one_below(documents, vocab_size, before, token):
    counts = [0] * vocab_size
    for doc in documents:
        doc = [vocab_size - 1] + doc
        for a, b, c in zip(doc, doc[1:], doc[2:]):
            if a == before and b == token:
                counts[c] += 1
    return [(count + 1) / (sum(counts) + 1) for count in counts]


@wrong("train0.trigram", "Doesn't add one to the counts", says="One was not added to each")
def trigram_bare(documents, vocab_size, before, token):
    counts = [0] * vocab_size
    for doc in documents:
        doc = [vocab_size - 1] + doc
        for a, b, c in zip(doc, doc[1:], doc[2:]):
            if a == before and b == token:
                counts[c] += 1
    return [count / sum(counts) if sum(counts) else 0.0 for count in counts]


@wrong("train0.trigram", "27 tokens, whatever vocab_size says", says="27 stands in it as a")
def trigram_for_27(documents, vocab_size, before, token):
    counts = [1] * 27
    for doc in documents:
        doc = [26] + doc
        for a, b, c in zip(doc, doc[1:], doc[2:]):
            if a == before and b == token:
                counts[c] += 1
    return [count / sum(counts) for count in counts]


@wrong(
    "train0.trigram",
    "Divides by the row sum of the last token alone, as the bigram does",
    says="This divides by how often the",
)
def trigram_over_bigram_row(documents, vocab_size, before, token):
    triples, pairs = [0] * vocab_size, 0
    for doc in documents:
        doc = [vocab_size - 1] + doc
        for a, b, c in zip(doc, doc[1:], doc[2:]):
            if b == token:
                pairs += 1
                if a == before:
                    triples[c] += 1
    return [(count + 1) / (pairs + vocab_size) for count in triples]


@wrong(
    "train0.trigram",
    "Looks only for before: what comes two places after it",
    says="This looks at the token before",
)
def trigram_skipping(documents, vocab_size, before, token):
    counts = [1] * vocab_size
    for doc in documents:
        doc = [vocab_size - 1] + doc
        for a, c in zip(doc, doc[2:]):
            if a == before:
                counts[c] += 1
    return [count / sum(counts) for count in counts]


@wrong(
    "train0.trigram",
    "Puts the BOS into the documents themselves: each call adds another",
    says="Make a new list, or work",
)
def trigram_growing_documents(documents, vocab_size, before, token):
    counts = [1] * vocab_size
    for doc in documents:
        doc.insert(0, vocab_size - 1)
        for i in range(len(doc) - 2):
            if doc[i] == before and doc[i + 1] == token:
                counts[doc[i + 2]] += 1
    return [count / sum(counts) for count in counts]


@wrong(
    "train0.trigram",
    "Keeps its table from call to call, and counts the documents again",
    says="Does it keep something from one",
)
def trigram_keeping_table(documents, vocab_size, before, token, table={}):  # noqa: B006
    for doc in documents:
        doc = [vocab_size - 1] + doc
        for triple in zip(doc, doc[1:], doc[2:]):
            table[triple] = table.get(triple, 0) + 1
    row = [table.get((before, token, c), 0) + 1 for c in range(vocab_size)]
    return [count / sum(row) for count in row]


@wrong("train0.trigram", "Takes vocab_size itself for BOS", says="The first letter of a document")
def trigram_with_bos_too_high(documents, vocab_size, before, token):
    counts = [1] * vocab_size
    for doc in documents:
        doc = [vocab_size] + doc
        for a, b, c in zip(doc, doc[1:], doc[2:]):
            if a == before and b == token:
                counts[c] += 1
    return [count / sum(counts) for count in counts]


@wrong(
    "train0.trigram",
    "Stops one triple too early: no name of this table ever ends",
    says="The end of each document is",
)
def trigram_without_end(documents, vocab_size, before, token):
    counts = [1] * vocab_size
    for doc in documents:
        doc = [vocab_size - 1] + doc
        for i in range(len(doc) - 3):
            if doc[i] == before and doc[i + 1] == token:
                counts[doc[i + 2]] += 1
    return [count / sum(counts) for count in counts]


@wrong(
    "train0.trigram",
    "No probability for BOS: the list is one too short",
    says="The last entry is missing.",
)
def trigram_without_bos(documents, vocab_size, before, token):
    counts = [0] * vocab_size
    for doc in documents:
        doc = [vocab_size - 1] + doc
        for a, b, c in zip(doc, doc[1:], doc[2:]):
            if a == before and b == token:
                counts[c] += 1
    row_sum = sum(counts) + vocab_size
    return [(counts[c] + 1) / row_sum for c in range(vocab_size - 1)]


@right("train0.trigram")
def trigram_by_counter(documents, vocab_size, before, token):
    bos = vocab_size - 1
    seen = Counter(
        doc[i]
        for doc in documents
        for i in range(1, len(doc))
        if doc[i - 1] == token and (doc[i - 2] if i > 1 else bos) == before
    )
    return [(seen[c] + 1) / (seen.total() + vocab_size) for c in range(vocab_size)]


@right("train0.trigram")
def trigram_by_whole_table(documents, vocab_size, before, token):
    size = range(vocab_size)
    table = [[[1 for _ in size] for _ in size] for _ in size]
    for doc in documents:
        a, b = vocab_size - 1, doc[0]
        for c in doc[1:]:
            table[a][b][c] += 1
            a, b = b, c
    row = table[before][token]
    return [count / sum(row) for count in row]


# train0.split_by_name


@wrong(
    "train0.split_by_name",
    "Splits rows, not names: a repeat may lie on the other side",
    says="Shuffle and cut the different names,",
)
def split_rows(docs, share, rng):
    rows = docs[:]
    rng.shuffle(rows)
    n = round(share * len(rows))
    return rows[n:], rows[:n]


@wrong("train0.split_by_name", "Shuffles the docs it was given", says="Make a new list, or work")
def split_shuffling_docs(docs, share, rng):
    rng.shuffle(docs)
    names = list(dict.fromkeys(docs))
    held = set(names[: round(share * len(names))])
    return [doc for doc in docs if doc not in held], [doc for doc in docs if doc in held]


@wrong(
    "train0.split_by_name",
    "Each name once: the repeats are lost",
    says="The repeated rows are gone: keep",
)
def split_losing_repeats(docs, share, rng):
    names = sorted(set(docs))
    rng.shuffle(names)
    n = round(share * len(names))
    return names[n:], names[:n]


@wrong(
    "train0.split_by_name",
    "The held-out rows come first",
    says="The two lists have changed places:",
)
def split_swapped(docs, share, rng):
    names = sorted(set(docs))
    rng.shuffle(names)
    held = set(names[: round(share * len(names))])
    return [doc for doc in docs if doc in held], [doc for doc in docs if doc not in held]


@wrong(
    "train0.split_by_name",
    "A share of the rows, not of the different names",
    says="The share is that of the",
)
def split_share_of_rows(docs, share, rng):
    names = sorted(set(docs))
    rng.shuffle(names)
    train, held = [], []
    for name in names:
        rows = [doc for doc in docs if doc == name]
        if len(held) < share * len(docs):
            held += rows
        else:
            train += rows
    return train, held


@wrong(
    "train0.split_by_name",
    "As many names as that share of the rows would be",
    says="That is the share of all",
)
def split_counting_rows(docs, share, rng):
    names = sorted(set(docs))
    rng.shuffle(names)
    held = set(names[: round(share * len(docs))])
    return [doc for doc in docs if doc not in held], [doc for doc in docs if doc in held]


@wrong(
    "train0.split_by_name",
    "A coin for each name: the share is right only on average",
    says="Chance decides only which names, not how many",
)
def split_by_coin(docs, share, rng):
    held = {name for name in sorted(set(docs)) if rng.random() < share}
    return [doc for doc in docs if doc not in held], [doc for doc in docs if doc in held]


@wrong("train0.split_by_name", "Python's own random in place of the rng it was given")
def split_by_other_random(docs, share, rng):
    names = sorted(set(docs))
    random.shuffle(names)
    held = set(names[: round(share * len(names))])
    return [doc for doc in docs if doc not in held], [doc for doc in docs if doc in held]


@wrong(
    "train0.split_by_name",
    "Always the same seed: what rng would draw doesn't matter",
    says="Let rng choose them: a fixed",
)
def split_by_own_seed(docs, share, rng):
    rng.seed(42)
    names = sorted(set(docs))
    rng.shuffle(names)
    held = set(names[: round(share * len(names))])
    return [doc for doc in docs if doc not in held], [doc for doc in docs if doc in held]


@wrong(
    "train0.split_by_name",
    "Nothing is drawn: the last names of the alphabet are held out",
    says="Let rng choose them: a fixed",
)
def split_by_alphabet(docs, share, rng):
    names = sorted(set(docs))
    held = set(names[len(names) - round(share * len(names)) :])
    return [doc for doc in docs if doc not in held], [doc for doc in docs if doc in held]


@wrong(
    "train0.split_by_name",
    "Draws rows, so that a name drawn twice makes the share too small",
    says="The share is that of the",
)
def split_drawing_rows(docs, share, rng):
    held = set(rng.sample(docs, round(share * len(set(docs)))))
    return [doc for doc in docs if doc not in held], [doc for doc in docs if doc in held]


@wrong(
    "train0.split_by_name",
    "choices draws with repeats: fewer names than the share",
    says="Are names drawn twice? rng.sample takes",
)
def split_with_choices(docs, share, rng):
    names = sorted(set(docs))
    held = set(rng.choices(names, k=round(share * len(names))))
    return [doc for doc in docs if doc not in held], [doc for doc in docs if doc in held]


@wrong(
    "train0.split_by_name",
    "Only repeats that stand next to each other stay together",
    says="Shuffle and cut the different names,",
)
def split_neighbours(docs, share, rng):
    groups = [list(group) for _, group in itertools.groupby(docs)]
    rng.shuffle(groups)
    n = round(share * len(groups))
    return sum(groups[n:], []), sum(groups[:n], [])


@wrong(
    "train0.split_by_name",
    "Splits rows, then drops training rows that are held out too",
    says="Every row belongs to one of",
)
def split_dropping_leaks(docs, share, rng):
    rows = docs[:]
    rng.shuffle(rows)
    held = rows[: round(share * len(rows))]
    return [doc for doc in rows if doc not in held], [*dict.fromkeys(held)]


@wrong(
    "train0.split_by_name",
    "remove takes the first row of a name only, and from docs itself",
    says="Make a new list, or work",
)
def split_by_remove(docs, share, rng):
    names = sorted(set(docs))
    held = rng.sample(names, round(share * len(names)))
    for name in held:
        docs.remove(name)
    return docs, held


@right("train0.split_by_name")
def split_by_sample(docs, share, rng):
    names = list(dict.fromkeys(docs))
    held = set(rng.sample(names, math.floor(share * len(names))))
    parts = [], []
    for doc in docs:
        parts[doc in held].append(doc)
    return parts


@right("train0.split_by_name")
def split_by_groups(docs, share, rng):
    rows = {}
    for doc in docs:
        rows.setdefault(doc, []).append(doc)
    left, wanted = len(rows), round(share * len(rows))
    train, held = [], []
    for name in rows:  # each name with the chance that makes the number come out
        if rng.random() * left < wanted:
            held += rows[name]
            wanted -= 1
        else:
            train += rows[name]
        left -= 1
    return train, held


@right("train0.split_by_name")
def split_by_random_keys(docs, share, rng):
    key = {name: rng.random() for name in sorted(set(docs))}
    order = sorted(key, key=key.get)
    cut = min(len(order), math.ceil(share * len(order)))
    out = dict.fromkeys(order[:cut])
    return list(filter(lambda doc: doc not in out, docs)), list(filter(out.__contains__, docs))


# train0.interpolated


@wrong(
    "train0.interpolated",
    "The two weights are swapped",
    says="The weights have changed places: weight",
)
def mixed_swapped(counts, token, weight):
    columns = [sum(row[t] for row in counts) for t in range(len(counts))]
    row, every = counts[token], sum(columns)
    if sum(row) == 0:
        weight = 1
        return [c / every for c in columns]
    return [(1 - weight) * r / sum(row) + weight * c / every for r, c in zip(row, columns)]


@wrong("train0.interpolated", "Divides by an empty row", says="A token may never have been")
def mixed_dividing_by_zero(counts, token, weight):
    columns = [sum(column) for column in zip(*counts)]
    row = counts[token]
    return [weight * r / sum(row) + (1 - weight) * c / sum(columns) for r, c in zip(row, columns)]


@wrong(
    "train0.interpolated",
    "An empty row counts as zeros: the sum is 1 - weight",
    says="Where there is nothing to say",
)
def mixed_losing_weight(counts, token, weight):
    columns = [sum(column) for column in zip(*counts)]
    row, every = counts[token], sum(columns)
    row_sum = sum(row) or 1
    return [weight * r / row_sum + (1 - weight) * c / every for r, c in zip(row, columns)]


@wrong(
    "train0.interpolated",
    "For an empty row all tokens alike, not the second model",
    says="All tokens alike is not the",
)
def mixed_uniform_for_empty(counts, token, weight):
    row, size = counts[token], len(counts)
    if not any(row):
        return [1 / size] * size
    columns = [sum(column) for column in zip(*counts)]
    every = sum(columns)
    return [weight * r / sum(row) + (1 - weight) * c / every for r, c in zip(row, columns)]


@wrong(
    "train0.interpolated",
    "The second model takes all tokens as equally likely",
    says="The second part says 1/V for",
)
def mixed_with_uniform(counts, token, weight):
    row, size = counts[token], len(counts)
    if sum(row) == 0:
        return [1 / size] * size
    return [weight * r / sum(row) + (1 - weight) / size for r in row]


@wrong("train0.interpolated", "Adds one to the row as before", says="One is added to the counts")
def mixed_with_one_added(counts, token, weight):
    columns = [sum(column) for column in zip(*counts)]
    first, every = bigram_probs(counts, token), sum(columns)
    return [weight * p + (1 - weight) * c / every for p, c in zip(first, columns)]


@wrong(
    "train0.interpolated",
    "Adds the counts first and divides once: long columns outweigh rows",
    says="The counts were added up and",
)
def mixed_counts(counts, token, weight):
    row = counts[token]
    if sum(row) == 0:
        weight = 0
    columns = [sum(column) for column in zip(*counts)]
    mixed = [weight * r + (1 - weight) * c for r, c in zip(row, columns)]
    return [m / sum(mixed) for m in mixed]


@wrong(
    "train0.interpolated",
    "The second model only where the pair was never seen",
    says="The single tokens are asked only",
)
def mixed_only_unseen(counts, token, weight):
    row = counts[token]
    columns = [sum(column) for column in zip(*counts)]
    every = sum(columns)
    if sum(row) == 0:
        return [c / every for c in columns]
    return [
        weight * r / sum(row) if r > 0 else (1 - weight) * c / every for r, c in zip(row, columns)
    ]


@wrong(
    "train0.interpolated",
    "The whole weight to the second model for each pair never seen",
    says="A pair never seen gets the",
)
def mixed_full_for_unseen(counts, token, weight):
    row, every = counts[token], sum(map(sum, counts))
    probs = []
    for target in range(len(counts)):
        overall = sum(r[target] for r in counts) / every
        if row[target] == 0:
            probs.append(overall)
        else:
            probs.append(weight * row[target] / sum(row) + (1 - weight) * overall)
    return probs


@wrong(
    "train0.interpolated",
    "The column of the token in place of its row",
    says="This is the column of the",
)
def mixed_transposed(counts, token, weight):
    columns = [sum(column) for column in zip(*counts)]
    came_before, every = [row[token] for row in counts], sum(columns)
    if sum(came_before) == 0:
        weight = 0
    seen = sum(came_before) or 1
    return [weight * b / seen + (1 - weight) * c / every for b, c in zip(came_before, columns)]


@wrong(
    "train0.interpolated",
    "The pair's share of its column as the second model",
    says="The second part is a share",
)
def mixed_share_of_column(counts, token, weight):
    columns = [sum(column) or 1 for column in zip(*counts)]
    row = counts[token]
    if sum(row) == 0:
        return [r / c for r, c in zip(row, columns)]
    return [weight * r / sum(row) + (1 - weight) * r / c for r, c in zip(row, columns)]


@wrong(
    "train0.interpolated",
    "The second model leaves out the token's own row",
    says="The token's own row counts in",
)
def mixed_without_own_row(counts, token, weight):
    others = [row for t, row in enumerate(counts) if t != token]
    columns = [sum(column) for column in zip(*others)]
    row, every = counts[token], sum(columns)
    if sum(row) == 0:
        return [c / every for c in columns]
    return [weight * r / sum(row) + (1 - weight) * c / every for r, c in zip(row, columns)]


@wrong(
    "train0.interpolated",
    "Divides without a remainder, so nearly all shares are 0",
    says="// divides without a remainder: shares",
)
def mixed_whole_numbers(counts, token, weight):
    columns = [sum(column) for column in zip(*counts)]
    row, every = counts[token], sum(columns)
    if sum(row) == 0:
        return [c // every for c in columns]
    return [weight * (r // sum(row)) + (1 - weight) * (c // every) for r, c in zip(row, columns)]


@right("train0.interpolated")
def mixed_in_fractions(counts, token, weight):
    every = sum(sum(row) for row in counts)
    row_sum = sum(counts[token])
    share = Fraction(weight) if row_sum else Fraction(0)
    probs = []
    for target, seen in enumerate(counts[token]):
        overall = Fraction(sum(row[target] for row in counts), every)
        here = Fraction(seen, row_sum) if row_sum else 0
        probs.append(float(share * here + (1 - share) * overall))
    return probs


@right("train0.interpolated")
def mixed_by_adding_up(counts, token, weight):
    every = sum(map(sum, counts))
    probs = [0.0] * len(counts)
    for row in counts:
        for target, times in enumerate(row):
            probs[target] += times / every
    seen = sum(counts[token])
    if seen:
        for target, times in enumerate(counts[token]):
            probs[target] += weight * (times / seen - probs[target])
    return probs

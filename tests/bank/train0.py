"""Answers to the exercises of train0, written beside its checks."""

import math
from collections import Counter

import numpy as np

from microgpt_ref.bigram import bigram_probs
from tests.bank import by_hand_results, changed, right, wrong

QUESTIONS = {
    "train0.predictions": lambda: str(len("a" * 5) + 1),
    "train0.one_tenth": lambda: f"{-math.log(1 / 10):.4f}",
    "train0.add_one": lambda: three_of_nine(),
    "train0.memory": lambda: f"{27**3:,}",
}


def three_of_nine():
    """The probability of a pair seen 3 times in a row that adds up to 9, as the reference has it."""
    row = [3, 6] + [0] * 25
    for k in range(1, 100):
        if abs(bigram_probs([row], 0)[0] - 4 / k) < 1e-12:
            return f"4/{k}"


wrong("train0.by_hand", "the probability, not the surprise", says="That is the probability")(1 / 6)
wrong("train0.by_hand", "the sign", says="no surprise is below 0")(-math.log(6))
wrong("train0.by_hand", "V not added", says="gains one for each token")(math.log(3))
wrong("train0.by_hand", "BOS forgotten", says="BOS is a token too")(math.log(5))
wrong("train0.by_hand", "base 2", says="base 2")(math.log2(6))
wrong("train0.by_hand", "base 10", says="base 10")(math.log10(6))
wrong("train0.by_hand", "another row", says="row of o")(math.log(2.5))
wrong("train0.by_hand", "a text")("ln 6")
right("train0.by_hand")(1.7918)
right("train0.by_hand")(math.log(6))
right("train0.by_hand")(-math.log(1 / 6))


@right("train0.count_pairs")
def by_zip(counts, tokens):
    for a, b in zip(tokens, tokens[1:]):
        counts[a][b] += 1


@right("train0.count_pairs")
def while_loop(counts, tokens):
    i = 1
    while i < len(tokens):
        counts[tokens[i - 1]][tokens[i]] = counts[tokens[i - 1]][tokens[i]] + 1
        i += 1
    return counts


@right("train0.count_pairs")
def by_counter(counts, tokens):
    for (a, b), n in Counter(zip(tokens[:-1], tokens[1:])).items():
        row = counts[a]
        row[b] += n


@wrong("train0.count_pairs", "a new table", says="Change `counts` itself")
def new_table(counts, tokens):
    counts = [row[:] for row in counts]
    for a, b in zip(tokens, tokens[1:]):
        counts[a][b] += 1
    return counts


@wrong("train0.count_pairs", "the index runs out")
def runs_out(counts, tokens):
    for i in range(len(tokens)):
        counts[tokens[i]][tokens[i + 1]] += 1


@right("train0.loss")
def one_expression(counts, tokens):
    pairs = list(zip(tokens, tokens[1:]))
    return -sum(math.log(bigram_probs(counts, a)[b]) for a, b in pairs) / len(pairs)


@right("train0.loss")
def product_first(counts, tokens):
    product = 1.0
    for a, b in zip(tokens, tokens[1:]):
        product *= (counts[a][b] + 1) / (sum(counts[a]) + len(counts))
    return -math.log(product) / (len(tokens) - 1)


@right("train0.loss")
def in_numpy(counts, tokens):
    table = np.array(counts) + 1
    probs = table / table.sum(axis=1, keepdims=True)
    return -np.log(probs[tokens[:-1], tokens[1:]]).mean()


@wrong("train0.loss", "the sum, not the mean", says="This is the sum")
def total_surprise(counts, tokens):
    return sum(-math.log(bigram_probs(counts, a)[b]) for a, b in zip(tokens, tokens[1:]))


@wrong("train0.loss", "rounded", says="rounded")
def rounded(counts, tokens):
    return round(one_expression(counts, tokens), 4)


@wrong("train0.loss", "a vocabulary of 27 written in", says="27 stands in it")
def hard_coded(counts, tokens):
    ps = [(counts[a][b] + 1) / (sum(counts[a]) + 27) for a, b in zip(tokens, tokens[1:])]
    return -sum(map(math.log, ps)) / len(ps)


@right("train0.trigram")
def with_counter(documents, vocab_size, before, token):
    bos = vocab_size - 1
    seen = Counter()
    for tokens in documents:
        longer = [bos] + tokens
        seen.update(zip(longer, longer[1:], longer[2:]))
    row = [seen[before, token, target] + 1 for target in range(vocab_size)]
    return [n / sum(row) for n in row]


@right("train0.trigram")
def whole_table(documents, vocab_size, before, token):
    table = np.ones((vocab_size, vocab_size, vocab_size))
    for tokens in documents:
        padded = [vocab_size - 1, *tokens]
        for i in range(2, len(padded)):
            table[padded[i - 2], padded[i - 1], padded[i]] += 1
    row = table[before, token]
    return row / row.sum()


@right("train0.trigram")
def by_index(documents, vocab_size, before, token):
    row = [0] * vocab_size
    for tokens in documents:
        for i in range(1, len(tokens)):
            two_back = tokens[i - 2] if i >= 2 else vocab_size - 1
            if two_back == before and tokens[i - 1] == token:
                row[tokens[i]] += 1
    total = sum(row) + vocab_size
    return [(n + 1) / total for n in row]


@wrong("train0.trigram", "no second BOS", says="begin each document with BOS twice")
def one_bos(documents, vocab_size, before, token):
    row = [1] * vocab_size
    for tokens in documents:
        for a, b, c in zip(tokens, tokens[1:], tokens[2:]):
            if (a, b) == (before, token):
                row[c] += 1
    return [n / sum(row) for n in row]


@wrong("train0.trigram", "27 written in", says="27 stands in it")
def twenty_seven(documents, vocab_size, before, token):
    return by_index(documents, 27, before, token)


@wrong("train0.trigram", "the documents changed", says="Make a new list")
def changes_documents(documents, vocab_size, before, token):
    for tokens in documents:
        tokens.insert(0, vocab_size - 1)
    return one_bos(documents, vocab_size, before, token)


@right("train0.split_by_name")
def by_sample(docs, share, rng):
    different = sorted(set(docs))
    held = set(rng.sample(different, round(share * len(different))))
    return [d for d in docs if d not in held], [d for d in docs if d in held]


@right("train0.split_by_name")
def in_order_of_appearance(docs, share, rng):
    different = list(dict.fromkeys(docs))
    rng.shuffle(different)
    cut = int(len(different) * share)
    held, parts = set(different[:cut]), ([], [])
    for doc in docs:
        parts[doc in held].append(doc)
    return parts


@right("train0.split_by_name")
def groups(docs, share, rng):
    rows = {}
    for doc in docs:
        rows.setdefault(doc, []).append(doc)
    different = sorted(rows)
    rng.shuffle(different)
    cut = round(share * len(different))
    return sum((rows[n] for n in different[cut:]), []), sum((rows[n] for n in different[:cut]), [])


@wrong("train0.split_by_name", "rows are cut", says="not the rows")
def cuts_rows(docs, share, rng):
    docs = docs[:]
    rng.shuffle(docs)
    cut = round(share * len(docs))
    return docs[cut:], docs[:cut]


@wrong("train0.split_by_name", "repeats dropped", says="The repeated rows are gone")
def drops_repeats(docs, share, rng):
    different = sorted(set(docs))
    rng.shuffle(different)
    cut = round(share * len(different))
    return different[cut:], different[:cut]


@wrong("train0.split_by_name", "the lists exchanged", says="changed places")
def exchanged(docs, share, rng):
    return by_sample(docs, share, rng)[::-1]


@wrong("train0.split_by_name", "no chance in it", says="Let rng choose")
def alphabetical(docs, share, rng):
    different = sorted(set(docs))
    held = set(different[: round(share * len(different))])
    return [d for d in docs if d not in held], [d for d in docs if d in held]


@wrong("train0.split_by_name", "shuffles docs itself", says="Make a new list")
def shuffles_in_place(docs, share, rng):
    rng.shuffle(docs)
    different = list(dict.fromkeys(docs))
    held = set(different[: round(share * len(different))])
    return [d for d in docs if d not in held], [d for d in docs if d in held]


@wrong("train0.split_by_name", "repeats moved to the training rows", says="")
def moves_leaks(docs, share, rng):
    train, held = cuts_rows(docs, share, rng)
    return train + [d for d in held if d in train], [d for d in held if d not in train]


@right("train0.interpolated")
def by_columns(counts, token, weight):
    columns = [sum(column) for column in zip(*counts)]
    n, row = sum(columns), counts[token]
    if not any(row):
        weight, row = 0, [1] * len(row)
    return [weight * a / sum(row) + (1 - weight) * b / n for a, b in zip(row, columns)]


@right("train0.interpolated")
def with_numpy(counts, token, weight):
    table = np.array(counts, dtype=float)
    alone = table.sum(axis=0) / table.sum()
    if table[token].sum() == 0:
        return alone
    return weight * table[token] / table[token].sum() + (1 - weight) * alone


@right("train0.interpolated")
def in_a_loop(counts, token, weight):
    total = sum(map(sum, counts))
    result = []
    for target in range(len(counts)):
        single = 0
        for row in counts:
            single += row[target] / total
        pair = counts[token][target] / sum(counts[token]) if sum(counts[token]) else single
        result.append(weight * pair + (1 - weight) * single)
    return result


@wrong("train0.interpolated", "rows for columns", says="sum of its column")
def rows_for_columns(counts, token, weight):
    rows = [sum(row) for row in counts]
    return [
        weight * a / rows[token] + (1 - weight) * b / sum(rows) for a, b in zip(counts[token], rows)
    ]


@wrong("train0.interpolated", "a token never seen", says="never have been followed")
def divides_by_zero(counts, token, weight):
    columns = [sum(column) for column in zip(*counts)]
    row, n = counts[token], sum(columns)
    return [weight * a / sum(row) + (1 - weight) * b / n for a, b in zip(row, columns)]


@wrong("train0.interpolated", "not weighted", says="These are the two")
def just_added(counts, token, weight):
    columns = [sum(column) for column in zip(*counts)]
    row, n = counts[token], sum(columns)
    return [a / max(1, sum(row)) + b / n for a, b in zip(row, columns)]


@wrong("train0.split_by_name", "Some rows in both", says="Every row belongs to one")
def some_twice(docs, share, rng):
    different = sorted(set(docs))
    rng.shuffle(different)
    kept = set(different[: round(share * len(different))])
    held_out = [doc for doc in docs if doc in kept]
    return [doc for doc in docs if doc not in kept] + held_out[:4], held_out


# Right answers that are changed, one known mistake at a time


@right("train0.count_pairs")
def counted(counts, tokens):
    for i in range(1, len(tokens)):
        token, target = (tokens[i - 1], tokens[i])
        counts[token][target] += 1


changed(
    "train0.count_pairs",
    counted,
    ("Every pair is counted two times", "+= 1", "+= 2"),
    ("entered in both orders", "+= 1", "+= 1\n        counts[target][token] += 1"),
    ("as a target or before one", "counts[token]", "if token and target: counts[token]"),
    ("A target 0 is taken", "counts[token]", "if target: counts[token]"),
    ("A token 0 before", "counts[token]", "if token: counts[token]"),
    ("tokens beside themselves", "in range(1, len(tokens))", "in range(len(tokens))", "i - 1", "i"),
)


@right("train0.loss")
def averaged(counts, tokens):
    surprises = []
    for token, target in zip(tokens, tokens[1:]):
        row = [n + 1 for n in counts[token]]
        p = row[target] / sum(row)
        surprises.append(-math.log(p))
    return sum(surprises) / len(surprises)


changed(
    "train0.loss",
    averaged,
    ("This is the mean probability", "-math.log(p)", "p"),
    ("not V to the row sum", "/ sum(row)", "/ sum(counts[token])"),
    ("This is the first pair's surprise", "return", "    return", "/ len(surprises)", ""),
    ("the surprise at the token itself", "row[target]", "row[token]"),
    ("A target 0 is taken", "surprises.append", "if target: surprises.append"),
    ("A token 0 is taken", "surprises.append", "if token: surprises.append"),
    ("The first pair, beginning", "in zip(tokens, tokens[1:])", "in zip(tokens[1:], tokens[2:])"),
)


@right("train0.trigram")
def by_table(documents, vocab_size, before, token):
    table = [[[1] * vocab_size for _ in range(vocab_size)] for _ in range(vocab_size)]
    for tokens in documents:
        tokens = [vocab_size - 1] + tokens
        for a, b, c in zip(tokens, tokens[1:], tokens[2:]):
            table[a][b][c] += 1
    row = table[before][token]
    return [n / sum(row) for n in row]


changed(
    "train0.trigram",
    by_table,
    (
        "one token of memory",
        "table[before][token]",
        "[1 + sum((t[token][j] - 1 for t in table)) for j in range(vocab_size)]",
    ),
    ("nothing comes after that", "+ tokens", "+ tokens + [vocab_size - 1]"),
    (
        "26 stands in it",
        "tokens = [vocab_size - 1]",
        "tokens = [26]",
        "table[a]",
        "if max(a, b) < vocab_size: table[a]",
    ),
    (
        "All rows are one and the same",
        "[[[1] * vocab_size for _ in range(vocab_size)] for _ in range(vocab_size)]",
        "[[[1] * vocab_size] * vocab_size] * vocab_size",
    ),
    ("not with three", "[vocab_size - 1] + tokens", "[vocab_size - 1] * 2 + tokens"),
)


@right("train0.interpolated")
def mixture(counts, token, weight):
    row = counts[token]
    came = [sum(line[j] for line in counts) for j in range(len(counts))]
    pairs = [n / max(1, sum(row)) for n in row]
    alone = [n / sum(came) for n in came]
    weight = weight if sum(row) else 0.0
    return [weight * a + (1 - weight) * b for a, b in zip(pairs, alone)]


changed(
    "train0.interpolated",
    mixture,
    ("Counts were mixed before they", "n / sum(came)", "n"),
    ("The single tokens have no part", " + (1 - weight) * b", "", "weight * a", "a"),
    ("The pairs have no part", "weight * a + (1 - weight) * b", "b"),
    ("isn't weighted with 1 - weight", "(1 - weight) * b", "b"),
)


by_hand_results(
    "train0.by_hand",
    {
        1.386294: "The sum gains one for each of",
    },
)

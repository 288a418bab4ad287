"""Checks of train0's exercises."""

import math
import random
from collections import Counter

from microgpt_ref.lab.checks.comparing import Wrong, attempt, call, collect, equal, near, plain

CHECKS = {}
exercise = collect(CHECKS)


def random_tokens(rng, vocab_size, length):
    """A document's tokens, BOS at both ends."""
    bos = vocab_size - 1
    return [bos, *(rng.randrange(bos) for _ in range(length)), bos]


def random_counts(rng, vocab_size):
    """A table of counts, some of them 0, of which no row is all 0."""
    counts = [
        [rng.choice([0, 0, 1, 2, 5, 9]) for _ in range(vocab_size)] for _ in range(vocab_size)
    ]
    for i, row in enumerate(counts):
        row[i] += 1 + i
    return counts


@exercise("train0.by_hand")
def by_hand(answer, rng):
    """The surprise at b after b, after bob and bo: the row 0, 2, 1 gives (0 + 1) / (3 + 3)."""
    equal(
        answer,
        math.log(6),
        "Your surprise",
        {
            "That is the probability: the surprise is -ln of it.": 1 / 6,
            "That is ln p: the surprise is -ln p, and no surprise is below 0.": -math.log(6),
            "You divide by the sum of the row as it was: it gains one for each token, V = 3.": (
                math.log(3)
            ),
            "The sum gains one for each token, and BOS is a token too: V = 3.": math.log(5),
            "The sum gains one for each of the three tokens, not one alone.": math.log(4),
            "Here are 3 tokens, not 27: the sum gains one for each.": math.log(30),
            "That is the surprise at the first b, after BOS: look at the second one.": math.log(
                5 / 3
            ),
            "That is the surprise at an o after b: look at another b.": math.log(2),
            "That is the mean over all of bb, its loss: give the surprise at one token.": (
                (math.log(5 / 3) + math.log(6) + math.log(3)) / 3
            ),
            "One was not added: with it nothing is impossible.": math.inf,
            "You take the logarithm to base 2; nats have the natural one.": math.log2(6),
            "You take the logarithm to base 10; nats have the natural one.": math.log10(6),
            "That is the row of o: the token before is b.": math.log(2.5),
        },
        tolerance=5e-4,
        reveal=False,
    )


@exercise("train0.count_pairs", ours=("bigram.count_pairs",))
def count_pairs(answer, rng):
    """Adds each pair of neighbours to the table it is given."""
    for length in (5, 7, 3, 1, 0):
        tokens = random_tokens(rng, 6, length)
        if length == 5:
            tokens[2], tokens[4] = 0, max(1, tokens[4])  # an id that is false in Python
        before = random_counts(rng, 6)
        result, (after, _) = call(answer, before, tokens, changes=(0,), again=False)
        pairs = list(zip(tokens, tokens[1:]))

        def counted(pairs, start=before):
            return [
                [count + pairs.count((i, j)) for j, count in enumerate(row)]
                for i, row in enumerate(start)
            ]

        if after == before and result is not None:
            raise Wrong(
                "The table that it is given is as before.",
                "Change `counts` itself: counts[token][target] += 1.",
            )
        equal(
            after,
            counted(pairs),
            f"After {tokens}, counts",
            {
                "The pairs are turned round: take row token, column target.": lambda: counted(
                    [(b, a) for a, b in pairs]
                ),
                "The last pair, letter and end, is missing.": lambda: counted(pairs[:-1]),
                "The first pair, beginning and letter, is missing.": lambda: counted(pairs[1:]),
                "A pair that comes twice has to be counted twice: += 1, not = 1.": lambda: [
                    [1 if (i, j) in pairs else count for j, count in enumerate(row)]
                    for i, row in enumerate(before)
                ],
                "A pair that comes twice has to be counted twice.": lambda: counted(
                    list(dict.fromkeys(pairs))
                ),
                "What the table held before is lost: add to it.": lambda: counted(
                    pairs, [[0] * 6 for _ in range(6)]
                ),
                "A pair of BOS and BOS is counted: tokens[-1] is the last; begin where there is "
                "a token before.": lambda: counted([*pairs, (tokens[-1], tokens[0])]),
                "The ends are added a second time: tokens has BOS at both ends already.": lambda: (
                    counted([*pairs, (5, 5), (5, 5)])
                ),
                "Every later token is counted: only the next one makes a pair.": lambda: counted(
                    [(a, b) for i, a in enumerate(tokens) for b in tokens[i + 1 :]]
                ),
                "Every second pair is missing: a token is in two.": lambda: counted(pairs[::2]),
                "`tokens.index` gives the first place of a token: go by positions.": lambda: (
                    counted([(a, tokens[tokens.index(a) + 1]) for a in tokens[:-1]])
                ),
                "A token that follows itself is a pair like any other.": lambda: counted(
                    [(a, b) for a, b in pairs if a != b]
                ),
                "Every pair is counted two times.": lambda: counted(pairs + pairs),
                "Each pair is entered in both orders: the row is that of the first.": lambda: (
                    counted(pairs + [(b, a) for a, b in pairs])
                ),
                "The token 0 is taken for none, as a target or before one: `if token` is false for "
                "it.": lambda: counted([(a, b) for a, b in pairs if a and b]),
                "A target 0 is taken for none: `if target` is false for it.": lambda: counted(
                    [(a, b) for a, b in pairs if b]
                ),
                "A token 0 before the target is taken for none: `if token` is false for "
                "it.": lambda: counted([(a, b) for a, b in pairs if a]),
                "These are the tokens beside themselves: the second of a pair is the next "
                "one.": lambda: counted([(a, a) for a in tokens]),
            },
        )


def mean(numbers):
    """The mean of some numbers."""
    return sum(numbers) / len(numbers)


@exercise("train0.loss", ours=("bigram.bigram_loss",))
def loss(answer, rng):
    """Mean surprise of a document's tokens."""
    for length in (6, 4, 9, 1, 0):
        counts, tokens = random_counts(rng, 7), random_tokens(rng, 7, length)
        if length == 6:
            tokens[3] = 0  # an id that is false in Python
        zero = "The logarithm of 0 is infinite: add one to each count, V to the row sum."
        got = call(answer, counts, tokens, errors={ValueError: zero})
        pairs = list(zip(tokens, tokens[1:]))

        def p(a, b, more=1, size=7, counts=counts):
            return (counts[a][b] + more) / (sum(counts[a]) + more * size)

        surprises = [-math.log(p(a, b)) for a, b in pairs]
        n = len(pairs)
        equal(
            got,
            sum(surprises) / n,
            f"The loss of {tokens}",
            {
                "This is the sum: the loss is the mean over the pairs.": sum(surprises),
                "This divides by the number of tokens: there is one pair fewer.": sum(surprises)
                / len(tokens),
                "This divides by the number of letters: the end is predicted too.": lambda: (
                    sum(surprises) / (len(tokens) - 2)
                ),
                "The sign is the wrong way round: surprise is -ln p.": -sum(surprises) / n,
                "This is the mean probability: take -ln of each first.": sum(
                    p(a, b) for a, b in pairs
                )
                / n,
                "This is -ln of the mean probability: take the logarithm of each, then the "
                "mean.": -math.log(sum(p(a, b) for a, b in pairs) / n),
                "One was not added to each count.": lambda: (
                    sum(-math.log(p(a, b, more=0)) for a, b in pairs) / n
                ),
                "One was added to the count, but not V to the row sum.": lambda: (
                    sum(-math.log(p(a, b, size=0)) for a, b in pairs) / n
                ),
                "The row is that of the token to come: take the row of the token before.": lambda: (
                    sum(-math.log(p(b, a)) for a, b in pairs) / n
                ),
                "27 stands in it as the size of the vocabulary: here it is another, "
                "len(counts).": lambda: sum(-math.log(p(a, b, size=27)) for a, b in pairs) / n,
                "This is the first pair's surprise: is the return inside the loop?": surprises[0],
                "Only the first pair's surprise is there: is the return inside the loop?": (
                    surprises[0] / n
                ),
                "This is e to the power of the loss, the number of letters: stop before that.": (
                    math.exp(sum(surprises) / n)
                ),
                "This takes 1 - p for the surprise: it is -ln p.": lambda: (
                    sum(1 - p(a, b) for a, b in pairs) / n
                ),
                "This is the surprise that the model expects, over all that might have come: "
                "take that of the one which came.": lambda: (
                    -sum(p(a, t) * math.log(p(a, t)) for a, _ in pairs for t in range(7)) / n
                ),
                "This is the surprise at the token itself: take the probability of the one that "
                "comes next.": lambda: sum(-math.log(p(a, a)) for a, b in pairs) / n,
                "A target 0 is taken for none: `if target` is false for it.": lambda: mean(
                    [s for s, (_, b) in zip(surprises, pairs) if b]
                ),
                "A token 0 is taken for none: `if token` is false for it.": lambda: mean(
                    [s for s, (a, _) in zip(surprises, pairs) if a]
                ),
                "These are all the surprises: the loss is one number, their mean.": surprises,
                "The logarithm is to base 2; nats have the natural one.": sum(surprises)
                / n
                / math.log(2),
                "The last pair, letter and end, is missing.": lambda: sum(surprises[:-1]) / (n - 1),
                "The first pair, beginning and letter, is missing.": lambda: (
                    sum(surprises[1:]) / (n - 1)
                ),
            },
        )


@exercise("train0.trigram")
def trigram(answer, rng):
    """Probabilities (V,) of the next token after two, from documents, with one added to each."""
    for size, n_docs in ((4, 30), (5, 40), (3, 4), (6, 1)):
        bos = size - 1
        documents = [random_tokens(rng, size, rng.randrange(2, 6)) for _ in range(n_docs)]
        texts = ["".join(chr(97 + t) for t in [bos, *doc]) for doc in documents]
        pairs = [(a, b) for a in range(bos) for b in range(bos)]
        for before, token in [*rng.sample(pairs, 3), (bos, 0), (bos, bos), (0, bos)]:
            got = call(answer, documents, size, before, token)

            def counted(context, texts=texts, size=size):
                return [
                    sum(
                        text[i:].startswith(context + chr(97 + t))
                        for text in texts
                        for i in range(len(text))
                    )
                    for t in range(size)
                ]

            def share(context, texts=texts, size=size, more=1, over=None):
                counts = counted(context, texts)
                over = sum(counts) + more * size if over is None else over
                return [(count + more) / over for count in counts]

            first, second, end = chr(97 + before), chr(97 + token), chr(97 + bos)
            pair = first + second

            def right_for_27():
                doc, probs = [26, 3, 26], [1 / 28] * 27
                probs[3] *= 2
                return near(plain(attempt(answer, [[doc], 27, 26, 26], {}), ""), probs)

            equal(
                got,
                share(pair),
                f"After the tokens {before}, {token}: probs",
                {
                    "With one more BOS a document begins with two, not with three.": lambda: share(
                        pair, [end + text for text in texts]
                    ),
                    "This looks at one token of memory: the counts of a pair decide.": lambda: (
                        share(second)
                    ),
                    "This looks at the token before the last alone.": lambda: [
                        (count + 1) / (sum(row) + size)
                        for row in [
                            [
                                sum(counted(first + chr(97 + t))[u] for t in range(size))
                                for u in range(size)
                            ]
                        ]
                        for count in row
                    ],
                    "The two tokens are taken in the other order.": lambda: share(second + first),
                    "One was not added to each count.": lambda: share(pair, more=0),
                    "The sum gains one for each token, not one alone.": lambda: share(
                        pair, over=sum(counted(pair)) + 1
                    ),
                    "This divides by how often the second token came at all: divide by how often "
                    "the two came.": lambda: share(pair, over=sum(counted(second)) + size),
                    "A document ends with its BOS: nothing comes after that.": lambda: share(
                        pair, [text + end for text in texts]
                    ),
                    "Documents are strung together: no three tokens go across a border.": lambda: (
                        share(pair, ["".join(texts)])
                    ),
                    "26 stands in it for BOS. That is so with 27 tokens alone: BOS is "
                    "vocab_size - 1.": lambda: (
                        share(pair, [text[1:] for text in texts]) if right_for_27() else None
                    ),
                    "All rows are one and the same list: [[1] * n] * n repeats one row.": lambda: (
                        share("", [text[2:] for text in texts])
                    ),
                    "The first letter of a document has no two tokens before it: begin each "
                    "document with BOS twice.": lambda: share(pair, [text[1:] for text in texts]),
                    "The end of each document is missing.": lambda: share(
                        pair, [text[:-1] for text in texts]
                    ),
                },
            )


@exercise("train0.split_by_name")
def split_by_name(answer, rng):
    """Two lists of rows that share no name, the second of about the share that was asked for."""
    names = ["ana", "bo", "cy", "dan", "eve", "fay", "gus", "hal", "ida", "jo", "kim", "lou"]
    names += [a + b for a in "mnopqrstu" for b in ("ara", "ella", "io")]
    for seed, share in ((1, 0.2), (2, 0.5), (3, 0.1)):
        docs = names + rng.sample(names, 12) + rng.choices(names, k=6)
        rng.shuffle(docs)
        result = plain(call(answer, docs, share, random.Random(seed)), "The result")
        if not isinstance(result, list) or [type(part) for part in result] != [list, list]:
            raise Wrong("It should give two lists: rows to train on, and rows held out.")
        train, held_out = result
        both = set(train) & set(held_out)
        if sorted(train + held_out) != sorted(docs):
            given, back = Counter(docs), Counter(train + held_out)
            lost, more = (given - back).total(), (back - given).total()
            cause = "Every row belongs to one of the two lists, repeats too."
            if sorted(train + held_out) == sorted(set(docs)):
                cause = "The repeated rows are gone: keep each row, beside its like."
            faults = [f"{lost} are in neither list"] * bool(lost)
            faults += [f"{more} come back once too often"] * bool(more)
            raise Wrong(f"Of {len(docs)} rows, {' and '.join(faults)}.", cause)
        if both:
            raise Wrong(
                f"{len(both)} names are in both lists, {sorted(both)[0]!r} among them.",
                "Shuffle and cut the different names, not the rows: repeats then stay together.",
            )
        if not train or not held_out:
            empty = "second list is empty: nothing is held out" if train else "first list is empty"
            raise Wrong(f"The {empty}.", "Cut at share times the number of names.")
        part = len(set(held_out)) / len(set(docs))
        if abs(part - share) > 1 / len(set(docs)) + 1e-9:
            cause = ""
            if abs(part - (1 - share)) <= 1 / len(set(docs)):
                cause = "The two lists have changed places: the second is the one held out."
            elif abs(len(held_out) / len(docs) - share) <= 1.5 / len(docs):
                cause = "The share is that of the rows: here it is that of the different names."
            elif abs(len(set(held_out)) - share * len(docs)) <= 1:
                cause = "That is the share of all rows: count the different names."
            else:
                sizes = {
                    len(set(attempt(answer, [list(docs), share, random.Random(i)], {})[1]))
                    for i in range(9)
                }
                cause = "Chance decides only which names, not how many: shuffle them, then cut."
                if max(sizes) < share * len(set(docs)) - 1:
                    cause = (
                        "Are names drawn twice? rng.sample takes each once, rng.choices doesn't."
                    )
            raise Wrong(
                f"{part:.0%} of the different names are held out; it should be {share:.0%}.", cause
            )
        other = plain(call(answer, docs, share, random.Random(seed + 10)), "The result")
        if set(other[1]) == set(held_out):
            raise Wrong(
                "With another rng the same names are held out.",
                "Let rng choose them: a fixed order isn't a random one.",
            )


@exercise("train0.interpolated", usual=5)
def interpolated(answer, rng):
    """A mixture of the bigram's shares and those of single tokens."""
    for size, weight in ((5, 0.75), (4, 0.5), (6, 0.9), (4, 0.0), (4, 1.0)):
        counts = random_counts(rng, size)
        token = rng.randrange(size)
        got = call(answer, counts, token, weight)
        row = [count / sum(counts[token]) for count in counts[token]]
        columns = [sum(line[j] for line in counts) for j in range(size)]
        rows = [sum(line) for line in counts]
        whole = sum(rows)
        alone = [column / whole for column in columns]

        def mix(a, b, weight=weight):
            return [weight * x + (1 - weight) * y for x, y in zip(a, b)]

        smoothed = [(count + 1) / (sum(counts[token]) + size) for count in counts[token]]
        equal(
            got,
            mix(row, alone),
            f"After token {token}, with weight {weight}: probs",
            {
                "The weights have changed places: weight is the pair's.": lambda: mix(alone, row),
                "How often a token comes is the sum of its column; this is that of its row.": (
                    lambda: mix(row, [r / whole for r in rows])
                ),
                "One is added to the counts here too: the mixture needs no such help.": (
                    lambda: mix(smoothed, alone)
                ),
                "Counts were mixed before they were divided: make shares first.": lambda: mix(
                    row, columns
                ),
                "The second part says 1/V for every token: let it be how often each one comes.": (
                    lambda: mix(row, [1 / size] * size)
                ),
                "These are the two added up: multiply by weight and 1 - weight.": lambda: [
                    x + y for x, y in zip(row, alone)
                ],
                "The single tokens have no part in it yet.": lambda: row,
                "The pairs have no part in it yet.": lambda: alone,
                "The counts were added up and divided once: make shares of each first.": lambda: [
                    part / sum(mixed) for mixed in [mix(counts[token], columns)] for part in mixed
                ],
                "The single tokens are asked only where the pair was never seen: they always have "
                "their part.": lambda: [
                    weight * a if a else (1 - weight) * b for a, b in zip(row, alone)
                ],
                "A pair never seen gets the single tokens' whole share: it is 1 - weight.": (
                    lambda: [mix([a], [b])[0] if a else b for a, b in zip(row, alone)]
                ),
                "This is the column of the token: what came before it. Take its row.": lambda: mix(
                    [line[token] / columns[token] for line in counts], alone
                ),
                "The second part is a share of its column: of the whole table it must be.": (
                    lambda: mix(row, [a / b for a, b in zip(counts[token], columns)])
                ),
                "The token's own row counts in the second part too.": lambda: mix(
                    row,
                    [(a - b) / (whole - rows[token]) for a, b in zip(columns, counts[token])],
                ),
                "// divides without a remainder: shares need /.": lambda: [0.0] * size,
                "The single tokens' part isn't weighted with 1 - weight.": lambda: [
                    weight * x + y for x, y in zip(row, alone)
                ],
            },
        )
    counts = [[0] * 4 for _ in range(4)]
    counts[0][1] = 2
    got = call(
        answer,
        counts,
        2,
        0.5,
        errors={ZeroDivisionError: "A token may never have been followed by anything: what then?"},
    )
    equal(
        got,
        [0.0, 1.0, 0.0, 0.0],
        "After a token that was never seen: probs",
        {
            "Where there is nothing to say of a pair, the single tokens get the whole weight.": (
                [0.0, 0.5, 0.0, 0.0]
            ),
            "All tokens alike is not the second model: how often did each come at all?": (
                [0.25] * 4
            ),
        },
    )

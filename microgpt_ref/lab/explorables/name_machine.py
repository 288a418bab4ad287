"""A machine over a table of counts: its row for the last letter as bars, and a name that grows."""

import random

from microgpt_ref.bigram import count_pairs, zero_counts
from microgpt_ref.data import load_docs
from microgpt_ref.lab.canvas.svg import element
from microgpt_ref.lab.explorables import Explorable, still
from microgpt_ref.lab.figures import token_label
from microgpt_ref.sampling import generate
from microgpt_ref.tokenizer import Tokenizer

STAGE = "train0"
HEIGHTS = (450, 350)
SEED = 4  # of its draws: train0 prints the names that come of it
LONGEST = 16  # letters, before a name is cut off
WIDTH, HEIGHT = 720, 300
BASE, TALLEST = 248, 190  # of the bars


def name_machine(counts, labels, seed=SEED, opening="ke"):
    """The explorable of a table of counts (V, V), whose last token begins and ends a name.

    opening: the letters of the name that it opens with; the draws begin with a new name
    """
    bos = len(labels) - 1
    unknown = sorted(set(opening) - set(labels[:bos]))
    if unknown:
        raise ValueError(f"opening {opening!r}: there is no token for {', '.join(unknown)}")
    data = {
        "counts": counts,
        "labels": labels,
        "seed": seed,
        "longest": LONGEST,
        "opening": opening,
    }
    last = labels.index(opening[-1]) if opening else bos
    row = counts[last]
    best = sorted(range(len(row)), key=lambda token: -row[token])[:3]
    caption = "It knows which letter tends to follow which, and nothing else."
    likeliest = ", ".join(
        f"{in_words(labels[token])} {100 * row[token] / sum(row):.0f} percent" for token in best
    )
    description = (
        f"A name being made, ·{opening}, beside one bar for each of {len(labels)} tokens: how "
        f"often each came after {in_words(labels[last])} in a thousand names. The likeliest are "
        f"{likeliest}. A whole name is drawn letter by letter, and ends when the dot is drawn."
    )
    picture = draw(data, last, description)
    return Explorable("name_machine", STAGE, data, caption, description, picture, HEIGHTS)


def counted():
    """(counts, labels) of the pairs in the first thousand of the shuffled names."""
    docs = load_docs()
    random.Random(42).shuffle(docs)
    tokenizer = Tokenizer(docs)
    counts = zero_counts(tokenizer.vocab_size)
    for doc in docs[:1000]:
        count_pairs(counts, tokenizer.encode(doc))
    return counts, [token_label(tokenizer, token) for token in range(tokenizer.vocab_size)]


def example():
    """The machine of train0: the first thousand of the shuffled names, counted."""
    return name_machine(*counted())


def names(data, count):
    """The first names that the machine draws."""
    counts, bos = data["counts"], len(data["labels"]) - 1
    dice = random.Random(data["seed"])

    def next_probs(token):
        return [one / sum(counts[token]) for one in counts[token]]

    drawn = [generate(next_probs, bos, data["longest"], dice) for _ in range(count)]
    return ["".join(data["labels"][token] for token in tokens) for tokens in drawn]


def in_words(label):
    """A token's label in a sentence."""
    return "the dot" if label == "·" else label


def draw(data, last, description):
    """The still picture: a name half grown, and the bars of its last letter."""
    accent = still.accent(STAGE)
    row, labels = data["counts"][last], data["labels"]
    best = max(range(len(row)), key=row.__getitem__)
    each = (WIDTH - 40) / len(labels)
    grown = f"·{data['opening']}"
    parts = [
        still.text(22, 62, grown, 46, anchor="start", weight=700, mono=True),
        still.text(
            60 + 28 * len(grown),
            60,
            f"after {in_words(labels[last])} comes …",
            15,
            still.SOFT,
            "start",
        ),
    ]
    for token, count in enumerate(row):
        height = max(1.0, TALLEST * count / row[best])
        x = 20 + each * token
        shade = None if token == best else "0.4"
        bar = {"x": x + 2, "y": BASE - height, "width": each - 4, "height": height, "rx": 3}
        parts.append(element("rect", **bar, fill=accent, fill_opacity=shade))
        parts.append(still.text(x + each / 2, BASE + 20, labels[token], 15, mono=True))
    share = f"{100 * row[best] / sum(row):.0f}%"
    x = 20 + each * (best + 0.5)
    parts.append(still.text(x, BASE - TALLEST - 8, share, 14, accent, weight=700))
    return still.picture(WIDTH, HEIGHT, description, "".join(parts))

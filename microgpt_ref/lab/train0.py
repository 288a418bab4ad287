"""What lesson train0 shows: which tokens follow a letter."""

from microgpt_ref.bigram import bigram_probs
from microgpt_ref.lab.figures import Picture, chart_on, token_label


def show_followers(counts, tokenizer, letter):
    """The probabilities of all tokens after a letter, or after · for the start of a name."""
    token = tokenizer.bos if letter == "·" else tokenizer.characters_to_ids(letter)[0]
    probs = bigram_probs(counts, token)
    labels = [token_label(tokenizer, t) for t in range(len(probs))]
    best = sorted(range(len(probs)), key=lambda t: -probs[t])[:3]

    def draw(drawing):
        chart = chart_on(drawing, (-0.6, len(labels) - 0.4), (0, max(probs)), 200, 190, top=48)
        chart.y_axis("probability", most=3, above=36)
        shades = [1.0 if t in best else 0.45 for t in range(len(probs))]
        chart.bars(probs, "train0", opacity=shades)
        chart.x_axis(f"what follows {letter} (· marks the end)", list(enumerate(labels)))
        for t in best:
            x, y = chart.at(t, probs[t])
            drawing.text(x, y - 10, f"{probs[t]:.2f}", 12, "ink", "middle", bold=True, halo=True)

    likeliest = ", ".join(f"{labels[t]} {probs[t]:.2f}" for t in best)
    description = (
        f"Bar chart of the probability of each token after {letter}, which was seen "
        f"{sum(counts[token]):,} times. Likeliest: {likeliest}."
    )
    return Picture(draw, followers_caption(letter, labels[best[0]], probs[best[0]]), description)


def followers_caption(letter, first, share):
    """Which token is the likeliest after a letter, as a sentence."""
    share = f"{100 * share:.0f}%"
    if letter == "·":
        return f"More names start with {first} than with any other letter: {share} of them."
    if first == "·":
        return f"After {letter}, the name is most likely to end ({share})."
    return f"After {letter}, the likeliest letter is {first} ({share})."

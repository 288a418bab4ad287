"""What lesson train0 shows: which tokens follow a letter."""

from microgpt_ref.bigram import bigram_probs
from microgpt_ref.lab.figures import STAGE_COLOURS, Picture, new_axes, token_label


def show_followers(counts, tokenizer, letter):
    """The probabilities of all tokens after a letter, or after · for the start of a name."""
    token = tokenizer.bos if letter == "·" else tokenizer.characters_to_ids(letter)[0]
    probs = bigram_probs(counts, token)
    labels = [token_label(tokenizer, t) for t in range(len(probs))]
    figure, axes = new_axes(height=2.8)
    axes.bar(labels, probs, color=STAGE_COLOURS["train0"])
    axes.set_xlabel(f"next token after {letter} (· marks the end)")
    axes.set_ylabel("probability")
    best = sorted(range(len(probs)), key=lambda t: -probs[t])[:3]
    likeliest = ", ".join(f"{labels[t]} {probs[t]:.2f}" for t in best)
    caption = (
        f"bars of the probability of each token after {letter}, of which {sum(counts[token]):,} "
        f"were seen; likeliest are {likeliest}"
    )
    return Picture(figure, caption)

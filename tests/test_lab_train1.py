"""train1's lab: what its figures say, and what the slider's function does at its ends.

Also some statements of the lesson that none of its cells prints.
"""

import math
import random

import pytest

from microgpt_ref.bigram import bigram_probs, count_pairs, zero_counts
from microgpt_ref.data import load_docs
from microgpt_ref.lab.figures import Picture
from microgpt_ref.lab.train1 import (
    cosine,
    embedding_maps,
    flat,
    most_alike,
    moved_share,
    rounded,
    show_weight,
    tables_compared,
    temperature_bars,
    weight_curve,
    widest_directions,
    widest_gap,
)
from microgpt_ref.layers import cross_entropy, document_loss, random_weights, softmax
from microgpt_ref.mlp import descend, mlp, mlp_gradient, mlp_shapes
from microgpt_ref.tokenizer import Tokenizer
from microgpt_ref.training import evaluate, train


def parabola(row):
    """A loss of one weight, smallest at 0.5, where it is 1."""
    return lambda: (row[0] - 0.5) ** 2 + 1


@pytest.fixture
def tiny():
    """The lesson's network of seven weights, and its loss on anna."""
    tokenizer, ln2 = Tokenizer(["ana", "nan", "anna"]), math.log(2)
    weights = {
        "wte": [[4.0], [-2.0], [2.0]],
        "fc1": [[0.5]],
        "fc2": [[ln2], [ln2 / 2], [ln2 / 2]],
    }
    return weights, lambda: document_loss(lambda t: mlp(weights, t), tokenizer.encode("anna"))


def test_rounded():
    assert rounded([1 / 3, -0.00004, 2]) == [0.3333, 0.0, 2]


def test_weight_curve_goes_from_low_to_high_and_leaves_the_weight():
    row = [0.25]
    weights, losses = weight_curve(parabola(row), row, 0, -1.0, 2.0)
    assert (weights[0], weights[-1], len(weights), len(losses)) == (-1.0, 2.0, 61, 61)
    assert losses == [(weight - 0.5) ** 2 + 1 for weight in weights]
    assert row == [0.25]


@pytest.mark.parametrize(
    "weight, loss, slope",
    [(-1.0, "3.2500", "-3.0000"), (0.5, "1.0000", "0.0000"), (2.0, "3.2500", "3.0000")],
)
def test_show_weight_at_its_ends_and_at_the_lowest_point(weight, loss, slope):
    row = [0.25]
    picture = show_weight(weight, parabola(row), row, 0)
    assert "lowest near 0.50 (1.0000 nats per token)" in picture.description
    assert f"At {weight:.2f} the loss is {loss} and the slope of its tangent is {slope}." in (
        picture.description
    )
    assert row == [0.25]


def test_show_weight_takes_a_flat_loss():
    row = [0.0]
    assert "slope of its tangent is 0.0000" in show_weight(0.0, lambda: 1.0, row, 0).description


def test_show_weight_follows_the_data(tiny):
    weights, loss = tiny
    row = weights["fc2"][1]
    before = show_weight(0.3, loss, row, 0).description
    weights["fc2"][0][0] += 0.1
    assert show_weight(0.3, loss, row, 0).description != before


def test_slope_changes_its_sign_once_between_the_slider_s_ends(tiny):
    weights, loss = tiny
    row = weights["fc2"][1]
    descriptions = [show_weight(i / 10, loss, row, 0).description for i in range(-10, 21)]
    negative = ["tangent is -" in description for description in descriptions]
    assert negative == sorted(negative, reverse=True)
    assert negative[0] and not negative[-1]


def test_show_weight_computes_the_loss_no_more_often_than_it_needs():
    row, calls = [0.25], []

    def loss():
        calls.append(row[0])
        return row[0] ** 2

    show_weight(0.3, loss, row, 0)
    assert len(calls) <= 64  # 61 for the curve, 1 for the mark, 2 for the slope


def test_moved_share():
    assert moved_share([0.5, 0.5], [0.5, 0.5]) == 0
    assert moved_share([1.0, 0.0], [0.0, 1.0]) == 1
    assert moved_share([0.5, 0.25, 0.25], [0.25, 0.5, 0.25]) == 0.25


def test_tables_compared_says_how_far_rare_and_frequent_rows_are_off():
    counted = [[0.5, 0.5], [1.0, 0.0]]
    same = tables_compared(counted, counted, [100, 99])
    assert isinstance(same, Picture)
    assert "4 pairs" in same.description
    assert "0.00 of its probability" in same.description
    assert "after tokens seen at least 100 times (dots, 1 tokens)" in same.description
    other = tables_compared(counted, [[0.25, 0.75], [0.0, 1.0]], [100, 99])
    assert "0.25 of its probability" in other.description
    assert "1.00 after rarer ones (crosses, 1 tokens)" in other.description


def test_tables_compared_without_a_rare_token():
    description = tables_compared([[1.0]], [[1.0]], [100]).description
    assert "0.00 after rarer ones (crosses, 0 tokens)" in description


def test_temperature_bars_name_the_likeliest_token():
    tokenizer = Tokenizer(["ab"])
    picture = temperature_bars({0.5: [0.8, 0.1, 0.1], 2.0: [0.2, 0.3, 0.5]}, tokenizer, 2)
    assert "each token after ·" in picture.description
    assert "at 0.5, a with 0.8000; at 2, · with 0.5000" in picture.description
    one = temperature_bars({1.0: [0.1, 0.8, 0.1]}, tokenizer, 0)
    assert "each token after a" in one.description and "at 1, b with 0.8000" in one.description


@pytest.mark.parametrize("make", ["weight", "tables", "temperature", "maps"])
def test_pictures_are_png(make, tiny):
    weights, loss = tiny
    picture = {
        "weight": lambda: show_weight(0.3, loss, weights["fc2"][1], 0),
        "tables": lambda: tables_compared([[1.0]], [[1.0]], [100]),
        "temperature": lambda: temperature_bars({1.0: [0.5, 0.5]}, Tokenizer(["a"]), 0),
        "maps": lambda: embedding_maps(
            [[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]],
            [[1.0, 2.0], [0.0, 0.5], [0.0, 0.0]],
            Tokenizer(["ae"]),
            "ae",
        ),
    }[make]()
    assert picture.png().startswith(b"\x89PNG")


def test_cosine():
    assert cosine([2.0, 0.0], [5.0, 0.0]) == 1
    assert cosine([1.0, 0.0], [0.0, 3.0]) == 0
    assert cosine([1.0, 2.0], [-2.0, -4.0]) == pytest.approx(-1)


def test_most_alike_comes_best_first_and_leaves_out_the_character_and_bos():
    rows = [[1.0, 0.0], [0.0, 1.0], [1.0, 0.1], [-1.0, 0.0], [1.0, 0.0]]
    assert most_alike(rows, Tokenizer(["abcd"]), "a") == ["c", "b", "d"]
    assert most_alike(rows, Tokenizer(["abcd"]), "a", k=1) == ["c"]


def test_widest_directions_are_those_in_which_rows_differ_most():
    rows = [[0.0, 3.0, 0.0], [0.0, -3.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, -1.0], [0.1, 0.0, 0.0]]
    first, second = widest_directions(rows)
    assert [abs(a) for a in first] == pytest.approx([0, 1, 0], abs=1e-6)
    assert [abs(a) for a in second] == pytest.approx([0, 0, 1], abs=1e-6)


def test_flat_turns_the_plane_by_what_is_marked_and_says_how_much_it_keeps():
    rows = [[5.0, 1.0, 0.0], [-5.0, 1.0, 0.0], [5.0, -1.0, 1.0], [-5.0, -1.0, -1.0]]
    for marked in ([0, 2], [1, 3]):
        places, share = flat(rows, marked)
        assert all(places[i][0] > 4 for i in marked) and places[marked[0]][1] >= 0
        assert math.dist(places[0], places[1]) == pytest.approx(10, abs=0.1)
        assert 0.98 < share <= 1


def test_embedding_maps_say_whether_training_brought_the_marked_ones_together():
    tokenizer, rng = Tokenizer(["abcd"]), random.Random(1)
    before = [[rng.gauss(0, 1) for _ in range(3)] for _ in range(5)]
    after = [[2.0, 0.1, 0.0], [-2.0, 0.0, 0.3], [2.1, 0.3, 0.1], [-1.9, 0.2, 0.0], [9.0, 9.0, 9.0]]
    picture = embedding_maps(before, after, tokenizer, marked="ac")
    assert "Two maps of 4 letters" in picture.description  # BOS, the last row, is left out
    assert picture.description.endswith("the letters furthest to the right are c and a.")
    assert picture.caption == "Scattered before training, the vowels stand together after it."
    other = embedding_maps(before, before[::-1], tokenizer, marked="ac")
    assert other.description != picture.description and "vowels" not in other.caption


@pytest.mark.no_cover
def test_almost_half_of_the_learned_table_s_lead_comes_from_rare_letters():
    docs, tokenizer, _ = shuffled()
    counts, table = zero_counts(27), [[0.0] * 27 for _ in range(27)]

    def learn(tokens, rate):
        for token, target in zip(tokens, tokens[1:]):
            slopes = softmax(table[token])
            slopes[target] -= 1
            table[token] = [z - rate * slope for z, slope in zip(table[token], slopes)]

    for doc in docs[:1000]:
        count_pairs(counts, tokenizer.encode(doc))
    train(learn, docs[:1000], tokenizer, 5000, rate=1.0)
    lead = [0.0] * 27
    for tokens in map(tokenizer.encode, docs[1000:1300]):
        for token, target in zip(tokens, tokens[1:]):
            counted = -math.log(bigram_probs(counts, token)[target])
            lead[token] += counted - cross_entropy(table[token], target)
    rare = [token for token in range(27) if sum(counts[token]) < 100]
    assert len(rare) == 11
    assert 0.4 < sum(lead[token] for token in rare) / sum(lead) < 0.5


def test_widest_gap_finds_what_is_planted(tiny):
    weights, loss = tiny
    _, grads = mlp_gradient(weights, Tokenizer(["ana", "nan", "anna"]).encode("anna"))
    kept = {name: [row[:] for row in w] for name, w in weights.items()}
    assert widest_gap(loss, weights, grads, 7, random.Random(0)) < 1e-4
    assert weights == kept
    grads["fc1"][0][0] += 0.02
    assert widest_gap(loss, weights, grads, 7, random.Random(0)) == pytest.approx(0.02, abs=1e-4)


def shuffled():
    """What the lesson begins with: shuffled documents, their tokenizer, and the weights."""
    docs, rng = load_docs(), random.Random(42)
    rng.shuffle(docs)
    tokenizer = Tokenizer(docs)
    return docs, tokenizer, random_weights(mlp_shapes(tokenizer.vocab_size, 16), rng)


def test_the_gate_that_the_lesson_s_draft_walks_through_is_shut():
    _, tokenizer, weights = shuffled()
    x = [weights["wte"][token] for token in tokenizer.encode("emma")]
    assert all(sum(a * b for a, b in zip(weights["fc1"][5], row)) < 0 for row in x)


def trained(steps, rate):
    """Documents, tokenizer and weights, after so many steps on the first thousand names."""
    docs, tokenizer, weights = shuffled()

    def learn(tokens, rate):
        loss, grads = mlp_gradient(weights, tokens)
        descend(weights, grads, rate)
        return loss

    train(learn, docs[:1000], tokenizer, steps, rate=rate)
    return docs, tokenizer, weights


def held_out_loss(steps, rate):
    """The loss on the held-out names of a network trained so."""
    docs, tokenizer, weights = trained(steps, rate)
    return evaluate(
        lambda tokens: document_loss(lambda t: mlp(weights, t), tokens), docs[1000:1300], tokenizer
    )


@pytest.mark.slow
def test_five_passes_take_the_network_past_counting():
    assert f"{held_out_loss(5000, 1.0):.4f}" == "2.4652"  # counting: 2.4756


@pytest.mark.slow
def test_a_rate_of_a_tenth_is_too_slow_and_one_of_3_too_fast():
    assert held_out_loss(1000, 0.1) > 2.9
    assert math.isnan(held_out_loss(1000, 3.0))


@pytest.mark.slow
def test_the_end_is_the_likeliest_token_after_a_e_i_n_and_y():
    _, tokenizer, weights = trained(1000, 1.0)
    for token in tokenizer.encode("aeiny")[1:-1]:
        logits = mlp(weights, token)
        assert max(logits) == logits[tokenizer.bos]


@pytest.mark.slow
def test_q_s_embedding_moves_far_less_than_any_other():
    (_, tokenizer, before), (_, _, weights) = shuffled(), trained(1000, 1.0)
    moved = {
        character: math.dist(row, other)
        for character, row, other in zip(tokenizer.characters, before["wte"], weights["wte"])
    }
    q = moved.pop("q")
    assert q < 0.5 * min(moved.values())
    probs = softmax(mlp(weights, tokenizer.encode("q")[1]))
    assert max(probs) == probs[tokenizer.bos] < 2 / len(probs)

"""train4: many heads and many layers; with one of each it is train3."""

import random

import pytest

from microgpt_ref.gpt import block, gpt, gpt_shapes, multi_head_attention, start_gpt
from microgpt_ref.layers import add, linear, random_matrix, random_weights, rmsnorm
from microgpt_ref.mlp import feed_forward
from microgpt_ref.transformer import attention, start_transformer


def large_weights(n_layer):
    """Weights large enough that every part of the model matters."""
    drawn = random_weights(gpt_shapes(5, 4, 6, n_layer), random.Random(3))
    return {name: [[10 * a for a in row] for row in w] for name, w in drawn.items()}


def logits_of(weights, tokens, n_layer, n_head):
    """The logits at each position of a document."""
    next_logits = start_gpt(weights, n_layer, n_head)
    return [next_logits(token) for token in tokens]


def test_shapes_in_the_order_of_drawing():
    parts = ["wq", "wk", "wv", "wo", "fc1", "fc2"]
    layers = [f"layer{i}.{part}" for i in (0, 1) for part in parts]
    shapes = gpt_shapes(27, 16, 8, 2)
    assert list(shapes) == ["wte", "wpe", "lm_head", *layers]
    assert [shapes[name] for name in ("wte", "wpe", "lm_head")] == [(27, 16), (8, 16), (27, 16)]
    for i in (0, 1):
        assert [shapes[f"layer{i}.{p}"] for p in parts] == [(16, 16)] * 4 + [(64, 16), (16, 64)]


def test_each_head_is_attention_on_its_slice():
    rng = random.Random(1)
    q, keys, values = (random_matrix(n, 6, rng, spread=1) for n in (1, 3, 3))
    output = multi_head_attention(q[0], keys, values, 3)
    for s in (slice(0, 2), slice(2, 4), slice(4, 6)):
        assert output[s] == attention(q[0][s], [k[s] for k in keys], [v[s] for v in values])
    assert len(output) == 6


def test_one_head_is_single_head_attention():
    rng = random.Random(1)
    q, keys, values = (random_matrix(n, 6, rng, spread=1) for n in (1, 3, 3))
    assert multi_head_attention(q[0], keys, values, 1) == attention(q[0], keys, values)


def test_heads_make_a_difference():
    weights, tokens = large_weights(1), [4, 0, 1, 2]
    one, two = (logits_of(weights, tokens, 1, n_head)[3] for n_head in (1, 2))
    assert one != pytest.approx(two, abs=1e-6)


def test_one_layer_with_one_head_is_train3_to_the_last_bit():
    weights, tokens = large_weights(1), [4, 0, 1, 2, 4, 3]
    next_logits = start_transformer(
        {name.removeprefix("layer0."): weights[name] for name in weights}
    )
    assert logits_of(weights, tokens, 1, 1) == [next_logits(token) for token in tokens]


def test_block_is_what_its_equations_say():
    weights, x = large_weights(2), [1.0, -1.0, 0.5, 2.0]
    keys, values = [[0.1, 0.2, 0.3, 0.4]], [[1.0, 0.0, 0.0, 1.0]]
    w = {name: weights[f"layer1.{name}"] for name in ("wq", "wk", "wv", "wo", "fc1", "fc2")}
    y = rmsnorm(x)
    all_keys, all_values = [*keys, linear(w["wk"], y)], [*values, linear(w["wv"], y)]
    heads = multi_head_attention(linear(w["wq"], y), all_keys, all_values, 2)
    after = add(x, linear(w["wo"], heads))
    after = add(after, feed_forward(w["fc1"], w["fc2"], rmsnorm(after)))
    assert block(weights, "layer1", x, keys, values, 2) == after
    assert (keys, values) == (all_keys, all_values)


def test_layers_follow_one_another_each_with_its_cache():
    weights = large_weights(2)
    keys, values = [[], []], [[], []]
    for position, token in enumerate([4, 0, 1]):
        x = rmsnorm(add(weights["wte"][token], weights["wpe"][position]))
        copies = [[list(cache) for cache in caches] for caches in (keys, values)]
        for i in (0, 1):
            x = block(weights, f"layer{i}", x, copies[0][i], copies[1][i], 2)
        assert gpt(weights, token, keys, values, 2) == linear(weights["lm_head"], x)
        assert [keys, values] == copies


def test_no_position_sees_the_future():
    weights = large_weights(2)
    found, others = (logits_of(weights, t, 2, 2) for t in ([4, 0, 1, 2, 3], [4, 0, 1, 3, 0]))
    assert found[:3] == others[:3] and found[3] != others[3]


def test_every_position_sees_all_of_the_past():
    weights, tokens = large_weights(2), [4, 0, 1, 2, 3]
    last = logits_of(weights, tokens, 2, 2)[4]
    for i in range(5):
        changed = [*tokens[:i], (tokens[i] + 1) % 5, *tokens[i + 1 :]]
        assert logits_of(weights, changed, 2, 2)[4] != pytest.approx(last, abs=1e-9)

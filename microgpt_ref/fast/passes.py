"""The ways forward and backward through a whole network, all rows of a part at a time."""

from microgpt_ref.fast.attention import attention_of_all
from microgpt_ref.fast.rowwise import (
    embed,
    embed_backward,
    relu,
    relu_backward,
    rmsnorm,
    rmsnorm_backward,
)
from microgpt_ref.fast.tiles import fast, linear
from microgpt_ref.fast.updates import linear_backward
from microgpt_ref.fast.vectors import LANES


@fast
def forward(b, at, ids, places, begins, n):
    """Fills n rows, up to their logits.

    ids, places: each row's token, and its position in its document
    begins: the first row of each document, and n
    """
    d, f, line, none = at.d // LANES, at.f // LANES, at.d_line, (at.zeros, at.still)
    embed(b, at, ids, places, n)
    rmsnorm(b, at, at.x0, at.x, at.s0, n)
    for i in range(at.n_layer):
        kept, w = i * at.kept, at.turned + i * at.layer
        x, mid, after = (at.x + kept, line), (at.mid + kept, line), (at.x + kept + at.kept, line)
        y, z, heads = (at.y + kept, line), (at.z + kept, line), (at.heads + kept, line)
        qkv, hidden = (at.qkvs + kept, at.qkv_line), (at.hidden + kept, at.f_line)
        rmsnorm(b, at, x[0], y[0], at.s + kept, n)
        linear(b, y, at.qkv + w, none, qkv, n, at.d, 3 * d)
        attention_of_all(b, at, begins, kept, False)
        linear(b, heads, at.wo + w, x, mid, n, at.d, d)
        rmsnorm(b, at, mid[0], z[0], at.r + kept, n)
        linear(b, z, at.fc1 + w, none, hidden, n, at.d, f)
        relu(b, at, hidden[0], n)
        linear(b, hidden, at.fc2 + w, mid, after, n, at.f, d)
    x, logits = (at.x + at.n_layer * at.kept, line), (at.logits, at.v_line)
    linear(b, x, at.turned + at.lm, none, logits, n, at.d, at.v // LANES)


@fast
def backward(b, at, ids, places, begins, n, how):
    """Adds to the gradient what n rows have in it, from that of the logits; or moves the weights.

    how: see `updates.learn`
    """
    d, f, line, none = at.d, at.f, at.d_line, (at.zeros, at.still)
    dx, dy, logits = (at.dx, line), (at.dy, line), (at.logits, at.v_line)
    dqkv, dhidden = (at.dqkv, at.qkv_line), (at.dhidden, at.f_line)
    x = at.x + at.n_layer * at.kept, line
    linear_backward(b, at, at.lm, logits, at.v, x, d, dx, n, how)
    for i in range(at.n_layer - 1, -1, -1):
        kept, w = i * at.kept, i * at.layer
        y, z, heads = (at.y + kept, line), (at.z + kept, line), (at.heads + kept, line)
        hidden = at.hidden + kept, at.f_line
        linear_backward(b, at, at.fc2 + w, dx, d, hidden, f, dhidden, n, how)
        relu_backward(b, at, hidden[0], n)
        linear_backward(b, at, at.fc1 + w, dhidden, f, z, d, dy, n, how)
        rmsnorm_backward(b, at, dy[0], z[0], at.r + kept, dx, dx[0], n)
        linear_backward(b, at, at.wo + w, dx, d, heads, d, dy, n, how)
        attention_of_all(b, at, begins, kept, True)
        linear_backward(b, at, at.qkv + w, dqkv, 3 * d, y, d, dy, n, how)
        rmsnorm_backward(b, at, dy[0], y[0], at.s + kept, dx, dx[0], n)
    rmsnorm_backward(b, at, dx[0], at.x, at.s0, none, dy[0], n)
    embed_backward(b, at, ids, places, n)

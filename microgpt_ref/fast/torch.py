"""PyTorch: the way on for those who outgrow one machine.

Automatic differentiation comes back, on whole arrays and on a GPU where there is one. A call costs
more than one of NumPy, so this engine needs large batches, or large models, to be ahead.

Attention and Adam are one call each. torch.compile, which makes one function of many calls, takes
ten seconds to begin with, and on processors it pays for single names at width 16 alone (1.4 times
as fast; 0.8 to 0.9 times at widths of 64 and 256, with 16 documents a step). It isn't used.
"""

import copy
import math

import torch
from torch.nn import functional as F

from microgpt_ref.learners import Learner

NO_TARGET = -1  # of positions that are padding


def norm(x):
    """x with each row's root mean square at 1."""
    return F.rms_norm(x, x.shape[-1:], eps=1e-5)


def attention(w, layer, x, n_head):
    """What all positions of x (B, T, n_embd) take from those before them and from themselves."""
    heads = [
        F.linear(x, w[f"{layer}.{name}"]).unflatten(-1, (n_head, -1)).transpose(1, 2)
        for name in ("wq", "wk", "wv")
    ]  # each (B, n_head, T, head size)
    output = F.scaled_dot_product_attention(*heads, is_causal=True)
    return F.linear(output.transpose(1, 2).flatten(2), w[f"{layer}.wo"])


def logits(w, tokens, n_layer, n_head):
    """Logits (B, T, V) of what follows each of the tokens (B, T), with the weights w by name."""
    x = norm(w["wte"][tokens] + w["wpe"][: tokens.shape[1]])
    for i in range(n_layer):
        x = x + attention(w, f"layer{i}", norm(x), n_head)
        hidden = F.relu(F.linear(norm(x), w[f"layer{i}.fc1"]))
        x = x + F.linear(hidden, w[f"layer{i}.fc2"])
    return F.linear(x, w["lm_head"])


class GPT(torch.nn.Module):
    """The weights as parameters; its result is the sum of the documents' losses."""

    def __init__(self, weights, settings, dtype=torch.float32):
        super().__init__()
        self.settings = settings
        self.names = list(weights)
        for name, matrix in weights.items():
            parameter = torch.nn.Parameter(torch.as_tensor(matrix, dtype=dtype))
            self.register_parameter(name.replace(".", "_"), parameter)

    def matrices(self):
        """The parameters by the names of the weights."""
        return {name: getattr(self, name.replace(".", "_")) for name in self.names}

    def forward(self, inputs, targets):
        """The sum of the documents' mean losses, in nats per token, from ids (B, T)."""
        found = logits(self.matrices(), inputs, self.settings.n_layer, self.settings.n_head)
        losses = F.cross_entropy(
            found.flatten(0, 1), targets.flatten(), ignore_index=NO_TARGET, reduction="none"
        ).view_as(targets)
        return (losses.sum(1) / (targets != NO_TARGET).sum(1)).sum()


def padded(documents, device):
    """Inputs and targets (B, T), T the longest document's; a padded position has no target.

    No mask is needed for padding: it stands after a document's end, where nothing looks ahead.
    """
    longest = max(map(len, documents)) - 1
    inputs = [ids[:-1] + [0] * (longest + 1 - len(ids)) for ids in documents]
    targets = [ids[1:] + [NO_TARGET] * (longest + 1 - len(ids)) for ids in documents]
    return torch.tensor(inputs, device=device), torch.tensor(targets, device=device)


class Engine(Learner):
    """Weights on a GPU where there is one, in float32."""

    dtype = torch.float32

    def __init__(self, model, documents, optimizer="adam", batch=1):
        super().__init__(model, documents, optimizer, batch)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.gpt = GPT(model.weights, self.settings, self.dtype).to(self.device)
        self.stepper = new_optimizer(optimizer, self.gpt.parameters())

    def backward(self, documents):
        """The mean loss of some documents; leaves its gradient in the parameters' `grad`."""
        self.stepper.zero_grad()
        loss = self.gpt(*padded(documents, self.device)) / len(documents)
        loss.backward()
        return loss.item()

    def learn(self, documents, rate):
        loss = self.backward(documents)
        largest = torch.finfo(self.dtype).max
        self.stepper.param_groups[0]["lr"] = rate if abs(rate) <= largest else math.inf
        self.stepper.step()
        return loss

    def gradient(self, documents):
        loss = self.backward(documents)
        grads = {name: w.grad.tolist() for name, w in self.gpt.matrices().items()}
        self.stepper.zero_grad()
        return loss, grads

    def weights(self):
        return {name: w.detach().tolist() for name, w in self.gpt.matrices().items()}

    def state(self):
        return copy.deepcopy((self.gpt.state_dict(), self.stepper.state_dict()))

    def restore(self, state):
        weights, moments = copy.deepcopy(state)
        self.gpt.load_state_dict(weights)
        self.stepper.load_state_dict(moments)


def new_optimizer(name, parameters):
    """The optimizer of that name, with the course's settings; its rate is set at each step."""
    if name == "sgd":
        return torch.optim.SGD(parameters)
    # NB: fused, as one call for all weights saves a tenth of the time of small models
    return torch.optim.Adam(parameters, betas=(0.85, 0.99), eps=1e-8, fused=True)


def products_in(dtype, device):
    """A context in which matrices are multiplied in bfloat16, if that's the dtype.

    The weights, their sums and the loss stay in float32: bfloat16 has the range of float32, and
    three digits.
    """
    shortened = dtype == torch.bfloat16
    return torch.autocast(device.type, torch.bfloat16, enabled=shortened)

"""A model of each stage: settings, weights, losses, gradients, training and sampling."""

import copy
import gc
import math
import random
import signal

import pytest

from microgpt_ref.adam import SGD
from microgpt_ref.data import load_docs
from microgpt_ref.gpt import start_gpt
from microgpt_ref.layers import document_loss, random_weights, softmax
from microgpt_ref.mlp import mlp_gradient, mlp_shapes, numerical_slope
from microgpt_ref.model import new_model
from microgpt_ref.runner import TrainingError
from microgpt_ref.settings import Settings, check_temperature
from microgpt_ref.stages import SIZES, STAGES
from microgpt_ref.tokenizer import Tokenizer
from microgpt_ref.value import Value, flatten, to_values

NAMES = list(STAGES)
NETWORKS = NAMES[1:]
WITH_VALUES = NAMES[2:]
STAGES_WITH = {
    size: [name for name, stage in STAGES.items() if size in stage.options] for size in SIZES
}
DEFAULTS = {"n_layer": 1, "n_embd": 16, "n_head": 4, "block_size": 16}


class Enough(Exception):
    """Ends a training early."""


def first_losses(model, docs, count, **options):
    """The first losses of a training that would have taken 1,000 steps."""
    losses = []

    def report(step, loss):
        losses.append(loss)
        if len(losses) == count:
            raise Enough

    with pytest.raises(Enough):
        model.fit(docs, 1000, report=report, **options)
    return losses


def full_model(stage):
    """A model of the default size, and its documents, as the command line makes them."""
    docs, rng = load_docs(), random.Random(42)
    rng.shuffle(docs)
    return new_model(Tokenizer(docs), rng, Settings(stage)), docs


# Settings


@pytest.mark.parametrize("stage", STAGES)
def test_default_settings(stage):
    settings = Settings(stage)
    for name in SIZES:
        has = stage in STAGES_WITH[name]
        assert getattr(settings, name) == (DEFAULTS[name] if has else None)


def test_default_stage_is_the_last():
    assert Settings() == Settings("train4", 1, 16, 4, 16)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("name", SIZES)
def test_settings_that_the_stage_lacks_name_those_that_have_them(stage, name):
    if stage in STAGES_WITH[name]:
        assert getattr(Settings(stage, **{name: 8}), name) == 8
        return
    with pytest.raises(ValueError, match=f"{name} .*{stage}: .*{', '.join(STAGES_WITH[name])}$"):
        Settings(stage, **{name: 8})


@pytest.mark.parametrize("value", [0, -1, 1.5, 4.0, True, "4"])
@pytest.mark.parametrize("name", SIZES)
def test_sizes_are_whole_numbers_from_1(name, value):
    with pytest.raises(ValueError, match=f"{name} {value!r} is out of range: use a whole number"):
        Settings("train4", **{name: value})


def test_smallest_sizes():
    assert Settings("train4", 1, 1, 1, 1).n_embd == 1


def test_heads_share_n_embd():
    assert Settings("train4", n_embd=12, n_head=3).n_head == 3
    with pytest.raises(ValueError, match="n_embd 16 can't be shared among 3 heads"):
        Settings("train4", n_head=3)


def test_unknown_stage_is_named_with_those_known():
    with pytest.raises(ValueError, match=r"'train5': use one of train0, train1, .*, train4"):
        Settings("train5")


@pytest.mark.parametrize("value", [0, 0.0, -1, math.nan, math.inf, -math.inf])
def test_temperature_out_of_range(value):
    with pytest.raises(ValueError, match=f"temperature {value!r} is out of range"):
        check_temperature(value)


@pytest.mark.parametrize("value", [5e-324, 0.5, 1, 1e308])
def test_temperature_in_range(value):
    assert check_temperature(value) is None


def test_learning_rates():
    assert STAGES["train1"].rates == STAGES["train2"].rates == {"sgd": 1.0}
    assert STAGES["train3"].rates == {"sgd": 0.1}
    assert list(STAGES["train4"].rates.items()) == [("adam", 0.01), ("sgd", 0.1)]


# Weights


@pytest.mark.parametrize(("stage", "count"), list(zip(NAMES, (729, 3184, 3184, 4192, 4192))))
def test_parameter_count(stage, count):
    model = new_model(Tokenizer(load_docs()), random.Random(1), Settings(stage))
    assert model.parameter_count == count == len(flatten(model.weights))


@pytest.mark.parametrize("stage", NETWORKS)
def test_weights_are_drawn_in_the_order_of_their_shapes(stage, small_model):
    model, rng = small_model(stage), random.Random(1)
    shapes = model.settings.shapes(model.tokenizer.vocab_size)
    assert model.weights == random_weights(shapes, rng)
    assert list(model.weights) == list(shapes)


def test_shapes_follow_the_settings():
    shapes = Settings("train4", 3, 8, 2, 5).shapes(11)
    assert shapes["wpe"] == (5, 8) and shapes["lm_head"] == (11, 8) and "layer2.fc2" in shapes
    assert Settings("train3", n_embd=8, block_size=5).shapes(11)["wpe"] == (5, 8)
    assert Settings("train1", n_embd=8).shapes(11) == mlp_shapes(11, 8)
    assert Settings("train0").shapes(11) == {"counts": (11, 11)}


def test_train0_begins_with_nothing_counted_and_draws_nothing():
    rng = random.Random(1)
    model = new_model(Tokenizer(["ab"]), rng, Settings("train0"))
    assert model.weights == {"counts": [[0, 0, 0]] * 3}
    assert rng.getstate() == random.Random(1).getstate()


def test_new_model_is_a_gpt_unless_told():
    assert new_model(Tokenizer(["ab"]), random.Random(1)).settings == Settings("train4")


# Probabilities and losses


@pytest.mark.parametrize("stage", STAGES)
def test_probabilities_sum_to_1_at_every_position(stage, small_model, docs):
    model = small_model(stage)
    model.fit(docs, 3)
    next_probs = model.start_probs()
    for token in model.tokenizer.encode("abba")[:-1]:
        probs = next_probs(token)
        assert min(probs) > 0 and sum(probs) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("stage", STAGES)
def test_untrained_loss_is_near_ln_v(stage):
    model, docs = full_model(stage)
    assert model.held_out_loss(docs[:5]) == pytest.approx(math.log(27), abs=0.1)


@pytest.mark.parametrize("stage", STAGES)
def test_loss_is_the_mean_surprise_of_its_probabilities(stage, small_model, docs):
    model = small_model(stage)
    model.fit(docs, 3)
    tokens, next_probs = model.tokenizer.encode("abba"), model.start_probs()
    surprises = [-math.log(next_probs(token)[n]) for token, n in zip(tokens, tokens[1:])]
    assert model.loss(tokens) == pytest.approx(sum(surprises) / 5, abs=1e-12)


@pytest.mark.parametrize("stage", NETWORKS)
def test_temperature_divides_the_logits(stage, small_model):
    model = small_model(stage)
    bos = model.tokenizer.bos
    expected = softmax([logit / 0.3 for logit in model.start()(bos)])
    assert model.start_probs(0.3)(bos) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("stage", NETWORKS)
def test_floats_and_values_give_the_same_logits_to_the_last_bit(stage, small_model):
    model = small_model(stage)
    on_floats, on_values = model.start(), model.start(to_values(model.weights))
    for token in model.tokenizer.encode("abba")[:-1]:
        assert [logit.data for logit in on_values(token)] == on_floats(token)


def test_heads_and_layers_reach_the_network(small_model):
    model = small_model("train4")
    expected = start_gpt(model.weights, 2, 2)
    found = model.start()
    for token in (0, 1, 2):
        assert found(token) == expected(token)


@pytest.mark.parametrize("stage", ["train3", "train4"])
def test_long_documents_are_cut_to_the_block(stage, small_model):
    model = small_model(stage, block_size=3)
    assert model.cut([5, 0, 1, 1, 0, 5]) == [5, 0, 1, 1]
    assert model.cut([5, 0, 1, 5]) == [5, 0, 1, 5]
    assert model.loss([5, 0, 1, 1, 0, 5]) == model.loss([5, 0, 1, 1])
    assert len(model.fit(["abbaabba"], 1)) == 1


@pytest.mark.parametrize("stage", NAMES[:3])
def test_nothing_is_cut_without_a_block(stage, small_model):
    tokens = [5, *[0, 1] * 20, 5]
    assert small_model(stage).cut(tokens) == tokens


@pytest.mark.parametrize("stage", STAGES)
def test_held_out_loss_is_the_mean_over_all_tokens(stage, small_model):
    model = small_model(stage)
    first, second = (model.loss(model.tokenizer.encode(doc)) for doc in ("abba", "i"))
    expected = (5 * first + 2 * second) / 7
    assert model.held_out_loss(["abba", "i"]) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("stage", ["train3", "train4"])
def test_held_out_loss_counts_only_tokens_that_are_predicted(stage, small_model):
    model = small_model(stage, block_size=3)
    first, second = (model.loss(model.tokenizer.encode(doc)) for doc in ("abbaabba", "i"))
    expected = (3 * first + 2 * second) / 5
    assert model.held_out_loss(["abbaabba", "i"]) == pytest.approx(expected, abs=1e-12)


# Gradients


@pytest.mark.parametrize("stage", WITH_VALUES)
def test_gradients_against_differences_in_all_weights(stage, small_model):
    model = small_model(stage, n_embd=2)
    model.weights = {name: [[5 * a for a in row] for row in w] for name, w in model.weights.items()}
    tokens, values = model.tokenizer.encode("abi"), to_values(model.weights)
    document_loss(model.start(values), tokens).backward()

    def loss():
        return model.loss(tokens)

    for name, w in model.weights.items():
        for row, value_row in zip(w, values[name]):
            for j, value in enumerate(value_row):
                slopes = [numerical_slope(loss, row, j, nudge) for nudge in (1e-5, -1e-5)]
                assert value.grad == pytest.approx(sum(slopes) / 2, abs=1e-8)


def test_train1_and_train2_learn_alike(small_model, docs):
    by_hand, by_values = small_model("train1"), small_model("train2")
    assert by_hand.fit(docs, 30) == pytest.approx(by_values.fit(docs, 30), abs=1e-12)
    found = flatten(by_hand.weights)
    assert found == pytest.approx(flatten(by_values.weights), abs=1e-12)


@pytest.mark.parametrize("stage", WITH_VALUES)
def test_graph_has_no_node_that_the_loss_does_not_need(stage, small_model, monkeypatch):
    model, made = small_model(stage), []
    values, make = to_values(model.weights), Value.__init__

    def noted(self, *arguments):
        made.append(self)
        make(self, *arguments)

    monkeypatch.setattr(Value, "__init__", noted)
    loss = document_loss(model.start(values), model.tokenizer.encode("abba"))
    needed = {id(node) for node in loss.topological_order() if node.inputs}
    assert len(needed) == len(made) > 100
    assert needed == {id(node) for node in made}


@pytest.mark.parametrize("stage", STAGES)
def test_a_step_leaves_no_reference_cycles(stage, small_model, docs):
    model = small_model(stage)
    gc.collect()
    gc.disable()
    try:
        model.fit(docs, 2)
        assert gc.collect() == 0
    finally:
        gc.enable()


# Training


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.no_cover
def test_first_losses_are_those_of_the_golden_run(stage, golden):
    model, docs = full_model(stage)
    expected = golden(stage)["losses"][:4]
    assert first_losses(model, docs, 4) == pytest.approx(expected, abs=1e-6)


@pytest.mark.no_cover
def test_train4_with_sgd_learns_as_the_golden_run(golden):
    model, docs = full_model("train4")
    expected = golden("train4-sgd")["losses"][:20]
    found = first_losses(model, docs, 20, optimizer="sgd")
    assert found == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("stage", STAGES)
def test_losses_come_from_before_their_step_and_fall(stage, small_model):
    model = small_model(stage)
    tokens = model.tokenizer.encode("abba")
    before = model.loss(tokens)
    losses = model.fit(["abba"], 20)
    assert losses[0] == pytest.approx(before, abs=1e-12)
    assert model.loss(tokens) < losses[1] < losses[0]


@pytest.mark.parametrize("stage", NETWORKS)
def test_a_training_goes_on_where_the_last_one_ended(stage, small_model, docs):
    model = small_model(stage)
    model.fit(docs, 3)
    loss = model.loss(model.tokenizer.encode(docs[0]))
    assert model.fit(docs, 1) == [pytest.approx(loss, abs=1e-12)]


def test_rate_may_be_given(small_model, docs):
    model = small_model("train1")
    before, tokens = model.weights, model.tokenizer.encode(docs[0])
    _, grads = mlp_gradient(before, tokens)
    model.fit(docs, 1, rate=0.25)
    expected = [w - 0.25 * d for w, d in zip(flatten(before), flatten(grads))]
    assert flatten(model.weights) == pytest.approx(expected, abs=1e-15)
    before = model.weights
    model.fit(docs, 2, rate=0.0)
    assert model.weights == before


def test_train4_learns_by_adam_unless_told(small_model, docs):
    models = [small_model("train4") for _ in range(3)]
    for model, optimizer in zip(models, (None, "adam", "sgd")):
        model.fit(docs, 2, optimizer)
    assert models[0].weights == models[1].weights != models[2].weights


@pytest.mark.parametrize("stage", WITH_VALUES)
def test_optimizer_may_be_a_class(stage, small_model, docs):
    one, two = small_model(stage), small_model(stage)
    assert one.fit(docs, 3, "sgd", rate=0.1) == two.fit(docs, 3, SGD, rate=0.1)
    assert one.weights == two.weights


def test_optimizer_that_is_a_class_needs_a_rate(small_model, docs):
    with pytest.raises(ValueError, match="rate"):
        small_model("train4").fit(docs, 3, SGD)


@pytest.mark.parametrize("stage", ["train0", "train1"])
def test_optimizer_that_is_a_class_needs_a_graph(stage, small_model, docs):
    with pytest.raises(ValueError, match=f"{stage} has no graph .*: use train2 to 4"):
        small_model(stage).fit(docs, 1, optimizer=SGD, rate=0.1)


@pytest.mark.parametrize("stage", STAGES)
def test_unknown_optimizer_is_named_with_those_known(stage, small_model, docs):
    known = " or ".join(STAGES[stage].rates)
    with pytest.raises(ValueError, match=f"unknown optimizer 'adamw' for {stage}: use {known}$"):
        small_model(stage).fit(docs, 1, "adamw")


@pytest.mark.parametrize("steps", [0, -1, 2.5])
def test_steps_out_of_range(steps, small_model, docs):
    with pytest.raises(ValueError, match=f"steps {steps} is out of range"):
        small_model("train0").fit(docs, steps)


def test_a_run_may_stop_at_any_of_its_steps(small_model, docs):
    whole = small_model("train1").fit(docs, 4)
    assert [small_model("train1").fit(docs, 4, stop=n) for n in (1, 3, 4)] == [
        whole[:1],
        whole[:3],
        whole,
    ]
    with pytest.raises(ValueError, match="stop 5 is past the last step: use at most steps 4"):
        small_model("train1").fit(docs, 4, stop=5)


def test_no_documents(small_model):
    with pytest.raises(ValueError, match="no documents to learn from"):
        small_model("train0").fit([], 1)


def test_documents_of_other_characters(small_model):
    with pytest.raises(ValueError, match="'x' is not in the vocabulary: abcino"):
        small_model("train4").fit(["ab", "ax"], 2)


DIVERGING = [(stage, "sgd", rate) for stage in NETWORKS for rate in (1e6, 1e200)]
DIVERGING += [("train4", "adam", 1e100), ("train4", "adam", 1e200)]


@pytest.mark.parametrize(("stage", "optimizer", "rate"), DIVERGING)
def test_divergence_keeps_the_last_weights_that_were_good(
    stage, optimizer, rate, small_model, docs
):
    model, same, losses = small_model(stage), small_model(stage), []

    def report(step, loss):
        losses.append(loss)

    with pytest.raises(TrainingError, match="use a lower learning rate") as error:
        model.fit(docs, 100, optimizer, rate, report)
    steps = len(losses)
    assert f"at step {steps + 1}:" in str(error.value)
    assert all(math.isfinite(loss) for loss in losses)
    if steps > 1:  # the weights that the last loss came from
        same.fit(docs, 100, optimizer, rate, stop=steps - 1)
    assert model.weights == same.weights
    assert model.loss(model.tokenizer.encode(docs[(steps - 1) % len(docs)])) == losses[-1]
    assert gc.isenabled()


def test_a_loss_that_is_infinite_is_none(small_model, docs):
    model = small_model("train1")
    model.weights["fc2"][0] = [math.inf] * 16
    before = copy.deepcopy(model.weights)
    with pytest.raises(TrainingError, match="at step 1:"):
        model.fit(docs, 5)
    assert model.weights == before


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("error", [None, Enough, KeyboardInterrupt])
def test_collector_is_off_while_training_and_then_as_it_was(stage, error, small_model, docs):
    def report(step, loss):
        assert not gc.isenabled()
        if error:
            raise error

    for switch in (gc.disable, gc.enable):
        switch()
        try:
            small_model(stage).fit(docs, 2, report=report)
        except (Enough, KeyboardInterrupt):
            assert error
        assert gc.isenabled() == (switch is gc.enable)


@pytest.mark.parametrize("stage", STAGES)
def test_ctrl_c_ends_a_training_between_two_steps(stage, small_model, docs):
    model, same, steps = small_model(stage), small_model(stage), []

    def interrupted(step, loss):
        steps.append(step)
        if step == 2:
            signal.raise_signal(signal.SIGINT)
            steps.append("after")

    def ended(step, loss):
        if step == 2:
            raise Enough

    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        model.fit(docs, 10, report=interrupted)
    with pytest.raises(Enough):
        same.fit(docs, 10, report=ended)
    assert steps == [0, 1, 2, "after"]
    assert model.weights == same.weights
    assert signal.getsignal(signal.SIGINT) is handler


# Sampling


@pytest.mark.parametrize("stage", STAGES)
def test_samples_are_drawn_one_token_a_draw(stage, small_model, docs):
    model = small_model(stage)
    model.fit(docs, 3)
    rng, same = random.Random(5), random.Random(5)
    for _ in range(20):
        text = model.sample(rng, temperature=0.7)
        assert text == by_hand(model, same, 0.7)
    assert rng.getstate() == same.getstate()


def by_hand(model, rng, temperature):
    """A sample, drawn here."""
    next_probs, tokens = model.start_probs(temperature), [model.tokenizer.bos]
    while len(tokens) <= model.settings.max_tokens:
        probs = next_probs(tokens[-1])
        tokens += rng.choices(range(len(probs)), weights=probs)
        if tokens[-1] == model.tokenizer.bos:
            break
    return model.tokenizer.decode(tokens)


@pytest.mark.parametrize("stage", STAGES)
def test_prompt_begins_the_sample_and_counts_towards_its_length(stage, small_model):
    model = small_model(stage)
    longest = model.settings.max_tokens
    assert longest == (6 if stage in ("train3", "train4") else 16)
    full = "ab" * (longest // 2)
    assert model.sample(random.Random(5), prompt=full) == full
    samples = [model.sample(random.Random(i), 2.0, prompt="bo") for i in range(50)]
    assert all(s.startswith("bo") and len(s) <= longest for s in samples)
    assert max(map(len, samples)) > 3
    with pytest.raises(ValueError, match=f"has {longest + 1} characters: use at most {longest}$"):
        model.sample(random.Random(5), prompt=full + "a")


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.no_cover
def test_prompt_steers_what_comes_after_it(stage, small_model):
    model = small_model(stage)
    model.fit(["bci", "ano"], 200)
    for prompt, expected in (("b", "bc"), ("a", "an")):
        samples = [model.sample(random.Random(i), prompt=prompt) for i in range(40)]
        assert sum(s.startswith(expected) for s in samples) > 30


def test_prompt_of_other_characters(small_model):
    with pytest.raises(ValueError, match="'x' is not in the vocabulary: abcino"):
        small_model("train4").sample(random.Random(5), prompt="ax")


@pytest.mark.parametrize("temperature", [0, -1.0, math.nan, math.inf])
def test_sample_checks_the_temperature(temperature, small_model):
    with pytest.raises(ValueError, match=f"temperature {temperature!r} is out of range"):
        small_model("train4").sample(random.Random(5), temperature)


def test_temperature_is_a_half_unless_told(small_model, docs):
    model = small_model("train1")
    model.fit(docs, 30)
    one, two = random.Random(5), random.Random(5)
    samples = [model.sample(one) for _ in range(20)]
    assert samples == [model.sample(two, 0.5) for _ in range(20)]


# Defaults, and what stays as it is


def test_settings_stay_as_they_were_checked():
    with pytest.raises(AttributeError):
        Settings("train4").n_embd = 0


def test_a_training_takes_1000_steps_unless_told(small_model, docs):
    assert len(small_model("train0").fit(docs)) == 1000


def test_counting_has_no_learning_rate():
    assert STAGES["train0"].rates == {"count": 0.0}

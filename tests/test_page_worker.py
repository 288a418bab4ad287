"""The worker that trains for a page: its messages, as a page would send and get them."""

import json
import random

import node
import pytest
from conftest import DOCS

from microgpt_ref import checkpoint
from microgpt_ref.model import new_model
from microgpt_ref.settings import Settings
from microgpt_ref.tokenizer import Tokenizer

# Node stands in for the page: `send` posts to the worker, `until` waits for a message of a type
WORKER = """
let hear;
const heard = [];
globalThis.addEventListener = (type, listener) => { if (type === "message") hear = listener; };
globalThis.postMessage = (message) => heard.push(structuredClone(message));
await import("./worker.mjs");
const send = (...messages) => messages.forEach((data) => hear({ data: structuredClone(data) }));
const pause = (ms = 1) => new Promise((wake) => setTimeout(wake, ms));
const of = (type) => heard.filter((message) => message.type === type);
const until = async (type, count = 1) => { while (of(type).length < count) await pause(); };
const plain = () => heard.map((m) => (m.weights ? { ...m, weights: [...m.weights] } : m));
"""
NAMES = "\n".join(DOCS)
SIZES = {"n_embd": 8, "n_head": 2, "block_size": 6}
START = {"type": "start", "run": 1, "names": NAMES, "seed": 3, "sizes": SIZES, "samples": 4}


def exchange(script, given=None):
    """What the worker posted while a script sent messages to it."""
    return node.run(f"{WORKER}{script}\nanswer(plain());", given)


def python_run(steps, stage="train4", **sizes):
    """The same run in Python: losses, samples and the model."""
    rng, docs = random.Random(3), list(DOCS)
    rng.shuffle(docs)
    model = new_model(Tokenizer(docs), rng, Settings(stage, **sizes))
    losses = model.fit(docs, steps)
    return losses, [model.sample(rng) for _ in range(4)], model, docs


def only(messages, kind):
    """The messages of one type."""
    return [message for message in messages if message["type"] == kind]


def all_losses(messages):
    """The losses of all slices."""
    return [loss for message in only(messages, "losses") for loss in message["losses"]]


def numbers(model):
    """All weights of a model in one list."""
    return [a for matrix in model.weights.values() for row in matrix for a in row]


def test_run_posts_what_a_run_of_python_finds():
    given = START | {"training": {"steps": 30}}
    messages = exchange('send(given); await until("done");', given)
    losses, samples, model, _ = python_run(30, **SIZES)
    assert messages[0] == {
        "type": "started",
        "run": 1,
        "stage": "train4",
        "sizes": model.settings.sizes(),
        "characters": model.tokenizer.characters,
        "parameters": model.parameter_count,
        "documents": 5,
    }
    found = all_losses(messages)
    assert found == pytest.approx(losses, abs=1e-9)
    assert messages[-1]["type"] == "done" and messages[-1]["samples"] == samples
    assert messages[-1]["weights"] == pytest.approx(numbers(model), abs=1e-9)
    assert {message["run"] for message in messages} == {1}


def test_long_run_comes_in_slices():
    given = START | {"training": {"steps": 3000}}
    messages = exchange('send(given); await until("done");', given)
    slices = only(messages, "losses")
    assert len(slices) > 3
    taken = 0
    for message in slices:
        assert message["first"] == taken
        taken += len(message["losses"])
    assert taken == 3000


def test_counting_and_the_other_stages_run_too():
    for stage in ("train0", "train1", "train2", "train3"):
        start = {**START, "stage": stage, "sizes": {}, "training": {"steps": 5}}
        messages = exchange('send(given); await until("done");', start)
        losses, samples, _, _ = python_run(5, stage)
        assert all_losses(messages) == pytest.approx(losses, abs=1e-9)
        assert messages[-1]["samples"] == samples


def test_snapshots_come_after_as_many_steps_as_asked_for():
    more = {"training": {"steps": 20}, "snapshots": [20, 0, 5], "heldOut": [1, 4]}
    messages = exchange('send(given); await until("done");', START | more)
    snapshots = only(messages, "snapshot")
    assert [message["step"] for message in snapshots] == [0, 5, 20]
    for message in snapshots:
        before = messages[: messages.index(message)]
        assert len(all_losses(before)) == message["step"]
    _, _, model, docs = python_run(20, **SIZES)
    last = snapshots[-1]
    assert last["heldOutLoss"] == pytest.approx(model.held_out_loss(docs[1:4]), abs=1e-9)
    assert last["weights"] == pytest.approx(numbers(model), abs=1e-9)
    rng = random.Random(3)
    assert last["samples"] == [model.sample(rng) for _ in range(4)]
    assert snapshots[0]["weights"] != last["weights"] == messages[-1]["weights"]


def test_pause_and_resume_change_nothing_in_the_run():
    script = """
    send(given); await until("losses"); send({ type: "pause" }); await pause(80);
    const before = heard.length; await pause(80);
    heard.push({ type: "quiet", quiet: heard.length === before });
    send({ type: "resume" }, { type: "pause" }, { type: "resume" }, { type: "resume" });
    await until("done"); await pause(60);"""
    given = START | {"training": {"steps": 2000}}
    messages = exchange(script, given)
    assert only(messages, "quiet") == [{"type": "quiet", "quiet": True}]
    straight = exchange('send(given); await until("done");', given)
    assert len(only(messages, "done")) == 1
    assert only(messages, "done") == only(straight, "done")


def test_stop_ends_a_run_and_the_model_stays():
    script = """
    send(given); await until("losses"); send({ type: "stop" }); await pause(80);
    const before = heard.length; await pause(80);
    heard.push({ type: "quiet", quiet: heard.length === before });
    send({ type: "pause" }, { type: "resume" }); await pause(50);
    send({ type: "sample", samples: 2 });
    await until("samples");"""
    messages = exchange(script, START | {"training": {"steps": 100_000}})
    assert only(messages, "done") == []
    assert [message["type"] for message in messages[-2:]] == ["quiet", "samples"]
    assert messages[-2]["quiet"] is True and len(messages[-1]["samples"]) == 2


def test_another_start_ends_the_run_before():
    script = """
    send(given); await until("losses");
    send({ ...given, run: 2, training: { steps: 10 } }); await until("done"); await pause(60);"""
    messages = exchange(script, START | {"training": {"steps": 100_000}})
    second = next(i for i, message in enumerate(messages) if message["run"] == 2)
    assert {message["run"] for message in messages[second:]} == {2}
    losses, samples, _, _ = python_run(10, **SIZES)
    assert messages[-1]["samples"] == samples
    assert all_losses(messages[second:]) == pytest.approx(losses, abs=1e-9)


def test_two_starts_at_once_make_one_run():
    script = """
    const response = { ok: true, text: () => given.names };
    globalThis.fetch = async () => { await pause(20); return response; };
    const late = { ...given, names: undefined, url: "names.txt" };
    send(late, { ...given, run: 2 }); await until("done"); await pause(80);"""
    messages = exchange(script, START | {"training": {"steps": 10}})
    assert {message["run"] for message in messages} == {2}


@pytest.mark.parametrize("number", [1, 2])
def test_late_answer_of_an_earlier_start_changes_nothing(number):
    script = """
    globalThis.fetch = async () => { await pause(40); throw new Error("too late"); };
    send({ ...given.start, names: undefined, url: "names.txt" });
    send({ ...given.start, run: given.number }); await until("done"); await pause(80);"""
    start = START | {"training": {"steps": 10}}
    messages = exchange(script, {"start": start, "number": number})
    assert len(only(messages, "done")) == 1
    error = {"type": "error", "run": 1, "message": "too late", "step": 0}
    assert only(messages, "error") == [error]


def test_weights_of_a_snapshot_serve_a_model_of_the_page():
    script = """
    send(given); await until("done");
    const [{ characters, stage, sizes }, { weights, samples }] = [heard[0], heard.at(-1)];
    const model = new Model(new Tokenizer(characters), stage, sizes);
    model.weights.numbers.set(weights);
    const rng = new PythonRandom(3);
    heard.push({ type: "page", names: times(4, () => model.sample(rng)) });"""
    messages = exchange(script, START | {"training": {"steps": 9}, "snapshots": [9]})
    assert messages[-1]["names"] == only(messages, "snapshot")[0]["samples"]


def test_names_come_from_an_address():
    script = """
    globalThis.fetch = async (url) => ({ ok: url === "names.txt", status: 404,
      text: async () => given.names });
    const start = { ...given, names: undefined, url: "names.txt" };
    send(start); await until("done"); send({ ...start, url: "gone.txt", run: 2 });
    await until("error"); send({ ...start, url: undefined, run: 3 }); await until("error", 2);"""
    messages = exchange(script, START | {"training": {"steps": 3}})
    assert messages[0]["documents"] == 5
    errors = [message["message"] for message in only(messages, "error")]
    assert errors[0] == "gone.txt can't be fetched (404): give the address of a text"
    assert errors[1] == "there is nothing to learn from: give names or url"


def test_samples_begin_with_a_prompt():
    script = """
    send(given); await until("done");
    send({ type: "sample", samples: 5, prompt: "an", seed: 9, temperature: 0.7 });
    await until("samples");
    send({ type: "sample", prompt: "x" }); await until("error");"""
    messages = exchange(script, START | {"training": {"steps": 10}})
    _, _, model, _ = python_run(10, **SIZES)
    rng = random.Random(9)
    samples = [model.sample(rng, 0.7, "an") for _ in range(5)]
    assert only(messages, "samples") == [{"type": "samples", "samples": samples}]
    assert messages[-1]["message"] == "character 'x' is not in the vocabulary: abcino"


def test_checkpoint_goes_to_python_and_comes_back(tmp_path):
    script = """
    send(given); await until("done"); send({ type: "checkpoint" }); await until("checkpoint");"""
    messages = exchange(script, START | {"training": {"steps": 10}})
    path = tmp_path / "model.json"
    path.write_text(only(messages, "checkpoint")[0]["text"], encoding="utf-8")
    model = checkpoint.load(path)
    assert numbers(model) == only(messages, "done")[0]["weights"]
    content = json.loads(path.read_text(encoding="utf-8"))
    more = {"checkpoint": content, "training": {"steps": 7}, "sizes": {"n_embd": 99}}
    messages = exchange('send(given); await until("done");', START | more)
    docs = list(DOCS)
    random.Random(3).shuffle(docs)
    assert all_losses(messages) == pytest.approx(model.fit(docs, 7), abs=1e-9)


def test_what_can_not_be_is_said():
    script = """
    send({ type: "sample" }); await until("error");
    send({ ...given, stage: "train9" }); await until("error", 2);
    send({ ...given, names: "" }); await until("error", 3);"""
    messages = exchange(script, START)
    assert [message["message"] for message in messages] == [
        "there is no model yet: send a start",
        "unknown stage 'train9': use one of train0, train1, train2, train3, train4",
        "there are no documents: write one per line",
    ]


def test_loss_that_is_no_number_is_an_error_after_the_good_losses():
    training = {"steps": 300, "optimizer": "sgd", "rate": 1e200}
    script = 'send(given); await until("error"); await pause(60);'
    messages = exchange(script, START | {"training": training})
    losses = all_losses(messages)
    error = messages[-1]
    assert error["type"] == "error" and error["step"] == len(losses) > 0
    assert error["message"].startswith(f"the loss is not a number at step {len(losses) + 1}: use")

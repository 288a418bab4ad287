"""The JavaScript modules by themselves, as a page uses them: held to Python and to golden runs."""

import json
import random
import re
import subprocess
from itertools import pairwise

import node
import pytest
from conftest import DOCS, SMALL, skip_without_names

from microgpt_ref import checkpoint, fast
from microgpt_ref.data import find_makemore, read_docs
from microgpt_ref.fast import js
from microgpt_ref.learners import Autograd
from microgpt_ref.model import Model, new_model
from microgpt_ref.runner import TrainingError
from microgpt_ref.settings import Settings
from microgpt_ref.stages import STAGES
from microgpt_ref.tokenizer import Tokenizer
from tools.making import js_stages
from tools.setup import ROOT

MODULES = re.findall(r"^(\w+) {2,}\S", js.__doc__, flags=re.MULTILINE)


# The modules


def source(module):
    """The text of a module."""
    return (js.FOLDER / f"{module}.mjs").read_text(encoding="utf-8")


def imported(module):
    """What a module imports, as it says it."""
    return re.findall(r'(?:from|import\() ?"(.*?)"', source(module))


def test_docstring_names_every_module_once():
    assert sorted(MODULES) == sorted(path.stem for path in js.FOLDER.glob("*.mjs"))


@pytest.mark.parametrize("module", MODULES)
def test_module_needs_only_those_before_it(module):
    before = {f"./{name}.mjs" for name in MODULES[: MODULES.index(module)]}
    types = set(re.findall(r'import\("(.*?)"\)', source(module)))
    needed = set(imported(module)) - types
    assert needed <= before | ({"node:readline"} if module == "serve" else set())


@pytest.mark.parametrize("module", MODULES)
def test_module_opens_with_what_it_is_for(module):
    assert re.match(r"/\*\*\n? \*? ?\S.*[.:]", source(module))
    assert max(map(len, source(module).splitlines())) <= 100


@pytest.mark.parametrize("module", [name for name in MODULES if name != "serve"])
def test_module_of_a_page_knows_neither_document_nor_node(module):
    code = re.sub(r"/\*\*.*?\*/|//.*", "", source(module), flags=re.DOTALL)
    assert not re.search(r"\b(document\.|window|process|require|Buffer|localStorage)\b", code)


def test_table_of_stages_is_in_step():
    message = "run python -m tools.making.js_stages"
    assert js_stages.FILE.read_text(encoding="utf-8") == js_stages.text(), message


NPM = ROOT / "build" / "types" / "node_modules"
CHECKS = {
    "tsc": ["-p", js.FOLDER / "jsconfig.json", "--typeRoots", NPM / "@types"],
    "prettier": ["--print-width", "100", "--check", *js.FOLDER.glob("*.mjs")],
}


@pytest.mark.parametrize("tool", CHECKS)
def test_types_and_format_are_right(tool):
    program = NPM / ".bin" / tool
    if not program.exists():
        pytest.skip(f"needs {tool}: CONTRIBUTING.md says how to put it into build/types")
    done = subprocess.run([program, *CHECKS[tool]], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


# Python's draws

SEEDS = [0, 1, -1, 42, 2**31, 2**32 - 1, 2**32, -(2**32) - 7, 2**53 - 1, 2**64 + 5, -(2**70)]
SEEDS += [10**400, 2**20_100 + 12_345, -(7**8000), *range(100, 140)]  # of up to 702 words

DRAWS = """
answer(given.map(({ negative, size, weights }) => {
  const rng = new PythonRandom(negative ? -BigInt(size) : BigInt(size));
  const bells = [rng.gauss(0, 0.08), rng.random(), rng.gauss(3, 2), rng.gauss(0, 1)];
  const lists = [0, 1, 2, 3, 17, 256].map((n) => times(n, (_, i) => i));
  lists.forEach((list) => rng.shuffle(list));
  const chosen = rng.choices(times(weights.length, (_, i) => i), weights, 20);
  return { bells, lists, chosen, floats: times(700, () => rng.random()), last: rng.gauss(0, 1) };
}));
"""


def draws(seed, weights):
    """The same with Python."""
    rng = random.Random(seed)
    bells = [rng.gauss(0, 0.08), rng.random(), rng.gauss(3, 2), rng.gauss(0, 1)]
    lists = [list(range(n)) for n in (0, 1, 2, 3, 17, 256)]
    for numbers in lists:
        rng.shuffle(numbers)
    chosen = rng.choices(range(len(weights)), weights=weights, k=20)
    floats = [rng.random() for _ in range(700)]
    return {
        "bells": bells,
        "lists": lists,
        "chosen": chosen,
        "floats": floats,
        "last": rng.gauss(0, 1),
    }


WEIGHTS = [
    [0.25, 0.25, 0.5],
    [1],
    [0, 0, 3, 0],
    [5e-324, 1e-300, 0.0, 1.0],
    [5e-324, 5e-324, 5e-324],
    [1e-320, 2e-320, 0.0],
    [1e308, 7e307],
    [1e-17] * 20 + [1.0] + [1e-17] * 20,
]


def test_draws_are_python_s():
    rng = random.Random(7)
    cases = [(seed, [rng.random() for _ in range(27)]) for seed in SEEDS]
    cases += [(rng.getrandbits(60), weights) for weights in WEIGHTS]
    given = [
        {"negative": seed < 0, "size": hex(abs(seed)), "weights": weights}
        for seed, weights in cases
    ]
    for found, case in zip(node.run(DRAWS, given), cases, strict=True):
        expected = draws(*case)
        for name in ("bells", "last"):
            assert found.pop(name) == pytest.approx(expected.pop(name), rel=4e-16, abs=1e-300)
        assert found == expected, case[1]


def test_draws_of_a_common_number_are_those_of_the_same_bigint():
    script = "answer([7, -7, 7n, -7n].map((seed) => new PythonRandom(seed).random()))"
    assert node.run(script) == [random.Random(7).random()] * 4


def test_draws_that_can_not_be_are_refused():
    script = """
    const rng = new PythonRandom(1);
    answer([
      ...[[0, 0], [1, Infinity], [NaN]].map((w) => message(() => rng.choices(w, w))),
      ...[0.5, NaN, 2 ** 53].map((seed) => message(() => new PythonRandom(seed))),
    ]);"""
    weights, seeds = node.run(script)[:3], node.run(script)[3:]
    for total, says in zip(("0", "Infinity", "NaN"), weights, strict=True):
        assert says == f"weights add up to {total}: use weights with a finite sum above 0"
    assert [says.split()[1] for says in seeds] == ["0.5", "NaN", "9007199254740992"]


# Documents and tokens


def test_tokens_are_python_s():
    docs = ["\U0001f600b", "\uffee", "é a", "ｚ", "ba"]
    script = """
    const tokenizer = new Tokenizer(given);
    const { characters, bos, vocabSize } = tokenizer;
    const tokens = given.map((doc) => tokenizer.encode(doc));
    const texts = tokens.map((t) => tokenizer.decode(t));
    const unknown = message(() => tokenizer.encode("ab!"));
    answer({ characters, bos, vocabSize, tokens, texts, unknown });"""
    found, tokenizer = node.run(script, docs), Tokenizer(docs)
    assert found["characters"] == tokenizer.characters
    assert (found["bos"], found["vocabSize"]) == (tokenizer.bos, tokenizer.vocab_size)
    assert found["tokens"] == [tokenizer.encode(doc) for doc in docs]
    assert found["texts"] == docs
    assert found["unknown"].startswith("character '!' is not in the vocabulary:  ab")


def test_documents_of_a_text_are_python_s(tmp_path):
    text = "\ufeff anna \r\n\r\nbob\rcai\t\n\u3000mary ann\u00a0\n\u2003\n\ufeffx\n"
    path = tmp_path / "names.txt"
    path.write_bytes(text.encode("utf-8"))
    assert node.run("answer(readDocs(given))", text) == read_docs(path)


@pytest.mark.parametrize(
    "text, says",
    [
        ("a\nb\x00c", r'line 2 has the control character "\u0000": take it out'),
        ("a\x1cb", r'line 1 has the control character "\u001c": take it out'),
        ("a\n\u2028b", 'line 2 has the control character "\u2028": take it out'),
        (" \n\t\n", "there are no documents: write one per line"),
    ],
)
def test_text_that_can_not_be_learned_from_is_refused(text, says, tmp_path):
    assert node.run("answer(message(() => readDocs(given)))", text) == says
    (tmp_path / "names.txt").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError):
        read_docs(tmp_path / "names.txt")


# Full runs

FULL = """
const learned = docs(given.names);
const rng = new PythonRandom(42);
rng.shuffle(learned);
const model = newModel(new Tokenizer(learned), rng, given.stage);
const { optimizer } = given;
const run = new Run(model, learned, { optimizer });
while (!run.done) run.step(given.slice);
const names = times(20, () => model.sample(rng));
const heldOut = model.heldOutLoss(learned.slice(1000, 1300));
answer({ losses: run.losses, names, heldOut });
"""


@pytest.mark.parametrize("name", [*STAGES, "train4-sgd"])
def test_full_run_is_the_golden_one(name, golden):
    stage, _, optimizer = name.partition("-")
    options = {"optimizer": optimizer} if optimizer else {}
    found, expected = node.run(FULL, {"stage": stage, "slice": 333, **options}), golden(name)
    assert found["losses"] == pytest.approx(expected["losses"], abs=1e-9)
    assert found["names"] == expected["names"]
    assert found["heldOut"] == pytest.approx(expected["held_out_loss"], abs=1e-9)


def test_full_run_is_the_published_one():
    skip_without_names(["makemore"])
    published = json.loads((ROOT / "tests" / "published.json").read_text(encoding="utf-8"))
    given = {"stage": "train4", "slice": 1000, "names": str(find_makemore())}
    found = node.run(FULL, given)
    assert [f"{loss:.4f}" for loss in found["losses"][:13]] == published["losses"]
    assert found["names"] == published["samples"]


# Other models

SHAPES = """
const rng = new PythonRandom(given.seed);
const model = newModel(new Tokenizer(given.docs), rng, given.stage, given.sizes);
for (let i = 0; i < model.weights.numbers.length; i++) model.weights.numbers[i] *= given.size;
const first = model.encode(given.docs[0]);
const { network } = model;
const loss = network.gradient(first);
const grads = network.grads.toLists();
const run = new Run(model, given.docs, given.training);
run.step(given.training.steps);
const samples = times(5, () => model.sample(rng, 0.8));
const heldOut = model.heldOutLoss(given.docs);
answer({ loss, grads, losses: run.losses, weights: model.weights.toLists(), samples, heldOut });
"""
LONG = "abcdefghij" * 3
CASES = [
    ("train1", {"n_embd": 4}, ["ab", "a", LONG], {"steps": 5}),
    ("train1", {"n_embd": 32}, ["a"], {"steps": 3, "rate": 0.3}),
    ("train2", {"n_embd": 7}, ["abba", "b"], {"steps": 6}),
    ("train3", {"n_embd": 4, "block_size": 3}, ["abba", "b", "cab"], {"steps": 7}),
    ("train3", {"n_embd": 12, "block_size": 20}, [LONG, "e"], {"steps": 2}),
    ("train3", {"n_embd": 5, "block_size": 1}, ["ab", "b"], {"steps": 4}),
    ("train4", {"n_layer": 1, "n_embd": 4, "n_head": 1, "block_size": 4}, ["a"], {"steps": 8}),
    (
        "train4",
        {"n_layer": 3, "n_embd": 12, "n_head": 3, "block_size": 9},
        [LONG, "abc", "z", "aza"],
        {"steps": 3, "batch": 3},
    ),
    (
        "train4",
        {"n_layer": 2, "n_embd": 8, "n_head": 8, "block_size": 17},
        [LONG, "i", "hgfedcba"],
        {"steps": 5, "optimizer": "sgd", "rate": 0.5, "batch": 2},
    ),
    (
        "train4",
        {"n_layer": 1, "n_embd": 32, "n_head": 4, "block_size": 6},
        ["name", "o"],
        {"steps": 2, "optimizer": "adam", "batch": 3},
    ),
    ("train4", {"n_layer": 2, "n_embd": 6, "n_head": 2, "block_size": 1}, ["ab"], {"steps": 4}),
]


@pytest.mark.parametrize("size", [1, 5])
@pytest.mark.parametrize("stage, sizes, docs, training", CASES)
@pytest.mark.no_cover
def test_other_shapes_learn_what_the_reference_learns(stage, sizes, docs, training, size):
    given = {"stage": stage, "sizes": sizes, "docs": docs, "training": training}
    found = node.run(SHAPES, given | {"seed": 3, "size": size})
    model, rng = reference(stage, sizes, docs, size)
    loss, grads = gradient_of(model, docs[0])
    assert found["loss"] == pytest.approx(loss, abs=1e-9)
    close(found["grads"], grads)
    losses = model.fit(docs, **training)
    assert found["losses"] == pytest.approx(losses, abs=1e-9)
    close(found["weights"], model.weights)
    assert found["samples"] == [model.sample(rng, 0.8) for _ in range(5)]
    assert found["heldOut"] == pytest.approx(model.held_out_loss(docs), abs=1e-9)


def reference(stage, sizes, docs, size):
    """The same model in Python, its weights made larger, and the rng that drew them."""
    rng = random.Random(3)
    model = new_model(Tokenizer(docs), rng, Settings(stage, **sizes))
    for row in [row for matrix in model.weights.values() for row in matrix]:
        row[:] = [size * a for a in row]
    return model, rng


def gradient_of(model, doc):
    """The loss of a document and its gradient, through the graph of Values."""
    documents = [model.cut(model.tokenizer.encode(doc))]
    return Autograd(model, documents, "sgd").gradient(documents)


def close(ours, theirs):
    """Hold two tables of matrices to be equal to 1e-9."""
    assert list(ours) == list(theirs)
    for name, matrix in theirs.items():
        for row, other in zip(ours[name], matrix, strict=True):
            assert row == pytest.approx(other, abs=1e-9)


@pytest.mark.parametrize("temperature", [1e-310, 0.01, 3.0, 1e300])
@pytest.mark.parametrize("prompt", ["", "a", "ab"])
def test_samples_are_python_s_at_any_temperature(temperature, prompt):
    script = """
    const rng = new PythonRandom(3);
    const model = newModel(new Tokenizer(given.docs), rng, "train3");
    const { temperature, prompt } = given;
    answer(times(9, () => model.sample(rng, temperature, prompt)));"""
    model, rng = reference("train3", {}, DOCS, 1)
    expected = [model.sample(rng, temperature, prompt) for _ in range(9)]
    given = {"docs": DOCS, "temperature": temperature, "prompt": prompt}
    assert node.run(script, given) == expected


# Runs in slices


def test_slices_of_any_length_make_the_same_run():
    script = """
    const start = () => newModel(new Tokenizer(given), new PythonRandom(1), "train3");
    const runs = [new Run(start(), given, { steps: 9 }), new Run(start(), given, { steps: 9 })];
    const slices = [2, 1, 0, 4, 5, 3].map((n) => runs[0].step(n));
    answer({ slices, done: runs.map((run) => run.done), whole: runs[1].step(9) });"""
    found = node.run(script, DOCS)
    assert [len(losses) for losses in found["slices"]] == [2, 1, 0, 4, 2, 0]
    assert [loss for losses in found["slices"] for loss in losses] == found["whole"]
    assert found["done"] == [True, False]


def test_loss_that_is_no_number_leaves_the_last_good_weights():
    script = """
    const model = newModel(new Tokenizer(given), new PythonRandom(1), "train4");
    const run = new Run(model, given, { optimizer: "sgd", rate: 1e200 });
    let error;
    try { run.step(1000); } catch (caught) { error = caught; }
    const last = given[(run.losses.length - 1) % given.length];
    const again = model.network.loss(model.encode(last));
    const { losses } = run;
    answer({ losses, again, message: error.message, kind: error instanceof TrainingError });"""
    found = node.run(script, DOCS)
    model = new_model(Tokenizer(DOCS), random.Random(1))
    with pytest.raises(TrainingError) as raised:
        model.fit(DOCS, optimizer="sgd", rate=1e200)
    assert found["kind"] and found["message"] == str(raised.value)
    assert found["again"] == found["losses"][-1]


REFUSED = [
    ({"stage": "train5"}, "unknown stage 'train5': use one of train0, train1, train2, train3"),
    (
        {"stage": "train3", "sizes": {"n_head": 2}},
        "n_head is not an option of train3: use it with train4",
    ),
    (
        {"sizes": {"n_embd": 10}},
        "n_embd 10 can't be shared among 4 heads: use a multiple of n_head 4",
    ),
    ({"sizes": {"n_layer": 0}}, "n_layer 0 is out of range: use a whole number, 1 or more"),
    (
        {"stage": "train1", "training": {"batch": 2}},
        "batch is not an option of train1: use it with train4",
    ),
    ({"training": {"steps": 0.5}}, "steps 0.5 is out of range: use a whole number, 1 or more"),
    (
        {"stage": "train3", "training": {"optimizer": "adam"}},
        "unknown optimizer 'adam' for train3: use sgd",
    ),
    ({"temperature": 0}, "temperature 0 is out of range: use a finite number above 0"),
    ({"prompt": "ab" * 8 + "a"}, "prompt 'ababababababababa' has 17 characters: use at most 16"),
    ({"prompt": "a!"}, "character '!' is not in the vocabulary: abcino"),
    ({"names": []}, "there are no documents to learn from"),
]


@pytest.mark.parametrize("given, says", REFUSED)
def test_what_can_not_be_is_named(given, says):
    script = """
    const { stage, sizes, training, temperature, prompt, names } = given;
    answer(message(() => {
      const model = newModel(new Tokenizer(names), new PythonRandom(1), stage, sizes);
      new Run(model, names, training);
      model.sample(new PythonRandom(1), temperature, prompt);
    }));"""
    assert node.run(script, {"names": DOCS} | given).startswith(says)


# Checkpoints


@pytest.mark.parametrize("stage", STAGES)
def test_checkpoint_goes_there_and_back(stage, tmp_path):
    settings = Settings(stage, **SMALL[stage])
    model = new_model(Tokenizer(DOCS), random.Random(5), settings)
    model.fit(DOCS, 3)
    if stage != "train0":
        model.weights["wte"][0][:4] = [-0.0, 0.0, 3.0, -1e22]
        model.weights["wte"][1][:4] = [1e-7, 5e-324, 1.7e308, 0.1]
    checkpoint.save(model, tmp_path / "python.json")
    content = json.loads((tmp_path / "python.json").read_text())
    script = "answer(checkpointText(fromCheckpoint(given)))"
    (tmp_path / "js.json").write_text(node.run(script, content), encoding="utf-8")
    again = checkpoint.load(tmp_path / "js.json")
    assert isinstance(again, Model) and again.settings == settings
    assert repr(again.weights) == repr(model.weights)  # -0.0 is not 0.0


WRONG = {
    "format": ("format", "another", "it is no microgpt_ref checkpoint of version 1"),
    "version": ("version", 2, "it is no microgpt_ref checkpoint of version 1"),
    "vocabulary": ("vocabulary", ["b", "a"], "its vocabulary must be sorted"),
    "names": ("weights", {"wte": [[0.5]]}, "its matrices are wte: they must be wte, fc1, fc2"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_checkpoint_is_refused(case, tmp_path):
    name, value, says = WRONG[case]
    model = new_model(Tokenizer(["ab"]), random.Random(5), Settings("train1", n_embd=2))
    checkpoint.save(model, tmp_path / "model.json")
    content = json.loads((tmp_path / "model.json").read_text()) | {name: value}
    script = "answer(message(() => fromCheckpoint(given)))"
    assert node.run(script, content).startswith(says)


@pytest.mark.parametrize("row", [[0.5], [0.5, None], [0.5, "a"], [0.5, 0.5, 0.5]])
def test_wrong_matrix_is_refused(row, tmp_path):
    model = new_model(Tokenizer(["ab"]), random.Random(5), Settings("train1", n_embd=2))
    checkpoint.save(model, tmp_path / "model.json")
    content = json.loads((tmp_path / "model.json").read_text())
    content["weights"]["fc1"][3] = row
    script = "answer(message(() => fromCheckpoint(given)))"
    assert node.run(script, content) == "fc1 must have 8 rows of 2 finite numbers"


def test_slope_of_a_gradient_is_the_change_of_the_loss():
    script = """
    const model = newModel(new Tokenizer(given), new PythonRandom(1), "train4", { n_layer: 2 });
    const { network, weights } = model;
    const tokens = model.encode(given[0]);
    const loss = network.gradient(tokens);
    answer([3, 500, 900, 2000, 5000].map((i) => {
      const slope = network.grads.numbers[i];
      weights.numbers[i] += 1e-6;
      const above = network.loss(tokens);
      weights.numbers[i] -= 2e-6;
      const below = network.loss(tokens);
      weights.numbers[i] += 1e-6;
      return [slope, (above - below) / 2e-6];
    }));"""
    pairs = node.run(script, ["anna"])
    for slope, change in pairs:
        assert slope == pytest.approx(change, rel=1e-3, abs=1e-9)
    assert any(slope for slope, _ in pairs)
    assert all(a != b for a, b in pairwise(slope for slope, _ in pairs if slope))


def test_engine_in_python_has_the_numbers_of_the_modules():
    model, _ = reference("train4", {}, DOCS, 1)
    node.find()
    losses = fast.fit(model, DOCS, 6, engine="js")
    script = """
    const model = newModel(new Tokenizer(given), new PythonRandom(3));
    answer(new Run(model, given, { steps: 6 }).step(6));"""
    assert node.run(script, DOCS) == pytest.approx(losses, abs=1e-15)

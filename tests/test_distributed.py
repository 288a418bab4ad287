"""Several processes learn what one learns, from names and from a text, and go on after a kill."""

import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from microgpt_ref import checkpoint, fast
from microgpt_ref.data import load_docs
from microgpt_ref.model import new_model
from microgpt_ref.settings import Settings
from microgpt_ref.tokenizer import Tokenizer
from tools.setup import ROOT

torch = pytest.importorskip("torch", reason="needs PyTorch: make test-torch has it")
engine = pytest.importorskip("microgpt_ref.fast.torch", reason="needs PyTorch")
command = pytest.importorskip("microgpt_ref.fast.distributed", reason="needs PyTorch")
resume = pytest.importorskip("microgpt_ref.fast.resume", reason="needs PyTorch")
pytestmark = pytest.mark.torch

PATIENCE = 300  # seconds


def started(processes, *arguments):
    """A run with a number of processes, which has begun."""
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    line = [sys.executable, *launcher, "-m", "microgpt_ref.fast.distributed", *map(str, arguments)]
    variables = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(line, env=variables, encoding="utf-8", **pipes)


def distributed(processes, *arguments):
    """The status of such a run, and what it said."""
    with started(processes, *arguments) as run:
        _, said = run.communicate(timeout=PATIENCE)
    return run.returncode, said


@pytest.fixture
def alone(monkeypatch, capsys):
    """A function that runs the command in this process, as the only one of a group."""

    def run(*arguments):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free.getsockname()[1])}
        for name, value in {**place, "RANK": "0", "WORLD_SIZE": "1", "LOCAL_RANK": "0"}.items():
            monkeypatch.setenv(name, value)
        status = command.main(list(map(str, arguments)))
        return status, capsys.readouterr().err

    return run


def rows(path):
    """The losses in a table."""
    first, *lines = path.read_text(encoding="utf-8").splitlines()
    assert first == "step,loss"
    assert [line.partition(",")[0] for line in lines] == [str(n + 1) for n in range(len(lines))]
    return [float(line.partition(",")[2]) for line in lines]


# Names


def names_run(names, batch, path):
    """The options of a run on names, which keeps its weights."""
    return ["--steps", 20, "--batch", batch, "--names", names, "--save", path]


def distance(weights, others):
    """The largest difference between the numbers of two models."""
    pairs = [
        (a, b)
        for name in weights
        for x, y in zip(weights[name], others[name])
        for a, b in zip(x, y)
    ]
    return max(abs(a - b) for a, b in pairs)


@pytest.mark.parametrize("batch", [4, 5])  # shares of 2 and 2, and of 3 and 2
def test_two_processes_have_the_weights_of_one(batch, tmp_path, alone):
    names = tmp_path / "names.txt"
    names.write_text("anna\nbob\ncai\nabba\ni\nacacia\nbartholomew\n", encoding="utf-8")
    status, said = alone(*names_run(names, batch, tmp_path / "one.json"))
    assert status == 0, said
    status, said = distributed(2, *names_run(names, batch, tmp_path / "two.json"))
    assert status == 0, said
    one, two = (json.loads((tmp_path / f"{n}.json").read_text())["weights"] for n in ("one", "two"))
    assert distance(one, two) < 1e-6
    docs, rng = names.read_text().split(), random.Random(42)
    rng.shuffle(docs)
    model = new_model(Tokenizer(docs), rng)
    fast.fit(model, docs, 20, engine="numpy", batch=batch)
    assert distance(model.weights, two) < 1e-4


def test_fewer_documents_than_processes_are_refused(tmp_path):
    status, said = distributed(2, "--batch", "1", "--steps", "1", "--save", tmp_path / "model.json")
    assert status != 0 and list(tmp_path.iterdir()) == []
    assert said.count("batch 1 is smaller than the number of processes, 2") == 1


# A text, at a tenth of a million parameters

STEPS, EVERY = 40, 5
SIZES = ("--block-size", 32, "--n-layer", 2, "--n-embd", 64, "--batch", 6)


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    """A text of names."""
    docs = load_docs()
    random.Random(1).shuffle(docs)
    path = tmp_path_factory.mktemp("text") / "names.txt"
    path.write_text("\n".join(docs[:5000]) + "\n", encoding="utf-8")
    return path


def options(text, folder, *more):
    """The options of a run on a text, which keeps all that it makes in a folder."""
    files = ["--checkpoint", folder, "--every", EVERY, "--losses", folder / "losses.csv"]
    return ["--text", text, *SIZES, "--steps", STEPS, "--rate", 0.003, *files, *more]


@pytest.fixture(scope="module")
def unbroken(text, tmp_path_factory):
    """The folder of a run of two processes that nothing disturbed."""
    folder = tmp_path_factory.mktemp("unbroken")
    status, said = distributed(2, *options(text, folder, "--save", folder / "model.json"))
    assert status == 0, said
    assert re.search(rf"step +36 / {STEPS} \| loss \d\.\d+ \| [\d,]+ tokens/s \| \d+ s left", said)
    return folder


def test_a_run_on_a_text_learns_and_its_model_can_be_sampled(unbroken):
    losses = rows(unbroken / "losses.csv")
    assert len(losses) == STEPS and losses[0] > 3 and losses[-1] < 2.8
    model = checkpoint.load(unbroken / "model.json")
    assert 90_000 < model.parameter_count < 120_000
    rng = random.Random(1)
    assert len({model.sample(rng) for _ in range(5)}) > 2


def test_two_processes_learn_from_a_text_what_one_does(unbroken, text, tmp_path, alone):
    status, said = alone(*options(text, tmp_path))
    assert status == 0, said
    assert rows(tmp_path / "losses.csv") == pytest.approx(rows(unbroken / "losses.csv"), abs=1e-4)


def worker(run, rank):
    """The process of a rank, a child of torchrun."""
    tasks = Path(f"/proc/{run.pid}/task").iterdir()
    for child in " ".join((task / "children").read_text() for task in tasks).split():
        if f"RANK={rank}".encode() in Path(f"/proc/{child}/environ").read_bytes().split(b"\0"):
            return int(child)
    raise ProcessLookupError(f"there is no process of rank {rank}")


@pytest.mark.skipif(sys.platform != "linux", reason="finds the processes in /proc")
@pytest.mark.parametrize("rank", [0, 1])
def test_after_a_kill_the_same_command_goes_on_to_the_same_losses(rank, unbroken, text, tmp_path):
    with started(2, *options(text, tmp_path)) as run:
        end = time.monotonic() + PATIENCE
        while not (tmp_path / resume.NAME).exists():
            assert run.poll() is None and time.monotonic() < end, "it kept nothing"
            time.sleep(0.01)
        os.kill(worker(run, rank), signal.SIGKILL)
        _, said = run.communicate(timeout=PATIENCE)
    assert run.returncode != 0 and not (tmp_path / "losses.csv").exists()
    kept = re.findall(
        rf"^a process has ended: the run stops after \d+ of {STEPS} steps; the same command goes "
        rf"on after step (\d+), as kept in {re.escape(str(tmp_path))}$",
        said,
        re.M,
    )
    assert len(kept) == 1 and "microgpt_ref/fast" not in said.replace(str(ROOT), ""), said
    status, said = distributed(2, *options(text, tmp_path))
    found = int(re.search(r"goes on after step (\d+) of", said)[1])
    assert status == 0 and 0 < found < STEPS and found % EVERY == 0
    assert rows(tmp_path / "losses.csv") == rows(unbroken / "losses.csv")


def test_a_run_with_other_options_is_refused_in_one_line(unbroken, text, alone):
    before = (unbroken / resume.NAME).read_bytes()
    path = unbroken / resume.NAME
    says = f"{path} is of a run with seed 42, not 7: use another folder, or the same options\n"
    assert alone(*options(text, unbroken, "--seed", 7)) == (2, says)
    assert path.read_bytes() == before


def test_a_run_that_was_done_does_nothing_and_writes_its_losses_again(unbroken, text, alone):
    losses = rows(unbroken / "losses.csv")
    (unbroken / "losses.csv").unlink()
    status, said = alone(*options(text, unbroken))
    first, second = said.splitlines()
    assert status == 0 and re.fullmatch(r"[\d,]+ parameters, float32 on cpu, 1 process", first)
    assert second == f"goes on after step {STEPS} of {STEPS}, as kept in {unbroken}"
    assert rows(unbroken / "losses.csv") == losses


@pytest.mark.parametrize(
    "given, says",
    [
        (["--text", "none.txt"], "can't read none.txt (No such file or directory): use a text"),
        (["--names", "none.txt"], "can't read none.txt (No such file or directory): use ssa2018"),
        (["--n-embd", "10"], "n_embd 10 can't be shared among 4 heads"),
        (["--save", "none/model.json"], "can't write none/model.json (No such file or directory)"),
        (["--losses", "."], "can't write . (it is a folder): use a file"),
        (["--checkpoint", "file/new"], "can't write in file/new (Not a directory): use a folder"),
    ],
)
def test_what_can_t_be_is_one_line(given, says, alone, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    status, said = alone(*given)
    assert status == 2 and said.startswith(says) and said.count("\n") == 1


def test_machines_that_don_t_share_the_folder_are_told(text, tmp_path, alone, monkeypatch):
    monkeypatch.setattr(command, "summed", lambda numbers, device: [7.0])
    status, said = alone("--text", text, "--checkpoint", tmp_path)
    assert status == 2 and said.startswith(f"not all processes find the same state in {tmp_path}")


def test_a_loss_that_is_no_number_ends_the_run_with_the_last_good_weights(text, tmp_path, alone):
    arguments = ["--text", text, "--batch", 2, "--steps", 30, "--rate", 1e30]
    status, said = alone(*arguments, "--save", tmp_path / "model.json")
    assert status == 1 and "the loss is not a number at step" in said
    checkpoint.load(tmp_path / "model.json")


# What it keeps


@pytest.fixture
def learned():
    """A small model that has learned once, and its optimizer."""
    gpt = engine.GPT({"a": [[1.0, 2.0]]}, Settings("train4"))
    stepper = engine.new_optimizer("adam", gpt.parameters())
    gpt.a.sum().backward()
    stepper.step()
    return gpt, stepper


def test_what_is_kept_comes_back_to_the_last_bit(learned, tmp_path):
    gpt, stepper = learned
    resume.check_folder(tmp_path / "new")
    resume.write(tmp_path / "new", {"seed": 1}, [0.1, 0.2], gpt, stepper)
    assert [path.name for path in (tmp_path / "new").iterdir()] == [resume.NAME]
    other = engine.GPT({"a": [[0.0, 0.0]]}, Settings("train4"))
    moments = engine.new_optimizer("adam", other.parameters())
    assert resume.read(tmp_path / "new", {"seed": 1}, other, moments) == [0.1, 0.2]
    for one, its in (learned, (other, moments)):
        one.a.grad = torch.tensor([[0.5, -0.25]])
        its.step()
    assert torch.equal(gpt.a, other.a)
    assert resume.read(tmp_path / "none", {}, other, moments) == []


def test_a_write_that_fails_leaves_what_was_there(learned, tmp_path, monkeypatch):
    resume.write(tmp_path, {}, [0.1], *learned)
    before = (tmp_path / resume.NAME).read_bytes()

    def full(content, file):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(OSError, match=r"can't write .* \(No space left on device\): use a folder"):
        resume.write(tmp_path, {}, [0.1, 0.2], *learned)
    assert (tmp_path / resume.NAME).read_bytes() == before


@pytest.mark.parametrize(
    "content, says",
    [
        (b"text", "is not the state of a training run"),
        (b"", "is not the state of a training run"),
        ({"weights": 1}, "its format isn't 'microgpt_ref training'"),
        ({"format": resume.FORMAT, "version": 2}, "has version 2, this program reads 1"),
    ],
)
def test_another_file_is_refused(content, says, learned, tmp_path):
    path = tmp_path / resume.NAME
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        torch.save(content, path)
    with pytest.raises(ValueError, match=says):
        resume.read(tmp_path, {}, *learned)


# bfloat16


def test_bfloat16_is_the_default_on_gpus_that_have_it(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert command.parse([]).dtype == "float32"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    assert command.parse([]).dtype == "bfloat16"
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: False)
    assert command.parse([]).dtype == "float32"


def test_bfloat16_multiplies_in_it_and_keeps_weights_and_loss_in_float32():
    settings = Settings("train4", n_layer=2)
    model = new_model(Tokenizer(load_docs()), random.Random(7), settings)
    gpt = engine.GPT(model.weights, settings)
    ids = [model.tokenizer.encode(doc) for doc in ("emma", "bartholomew")]
    inputs, targets = engine.padded(ids, "cpu")
    exact, found = gpt(inputs, targets), {}
    for dtype in (torch.float32, torch.bfloat16):
        with engine.products_in(dtype, torch.device("cpu")):
            logits = engine.logits(gpt.matrices(), inputs, 2, 4)
            found[dtype] = gpt(inputs, targets)
        assert logits.dtype == dtype and found[dtype].dtype == torch.float32
    assert found[torch.float32].item() == exact.item()
    assert 0 < abs(found[torch.bfloat16] - exact) < 0.02 * exact
    found[torch.bfloat16].backward()
    assert all(w.grad.dtype == torch.float32 for w in gpt.parameters())


# What it says


def test_time_left_is_in_words():
    assert [command.duration(s) for s in (45, 720, 12_240)] == ["45 s", "12 min", "3.4 h"]


@pytest.mark.parametrize("given", [["--rate", "nan"], ["--every", "0"], ["--batch", "-1"]])
def test_numbers_that_can_t_be_are_refused(given, capsys):
    with pytest.raises(SystemExit):
        command.parse(given)
    assert re.search(r"(rate nan|every 0|batch -1) is out of range: use a", capsys.readouterr().err)
